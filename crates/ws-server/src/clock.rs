//! The clock of a server.

use std::time::Instant;

use crate::{Config, config, timeouts::Moment};

/// The time as it was read last, in milliseconds since the server was made. It never goes back.
pub(crate) struct Clock {
    source: Option<config::Clock>,
    start: Instant,
    /// Rounded down, to compare with timeouts.
    now: Moment,
    /// Rounded up, for timeouts that begin.
    begin: Moment,
    /// The server has waited since the clock was read.
    is_stale: bool,
}

impl Clock {
    pub(crate) fn new(config: &Config) -> Self {
        let source = config.clock.clone();
        Self {
            start: source.as_ref().map_or_else(Instant::now, |clock| clock()),
            source,
            now: Moment::default(),
            begin: Moment::default(),
            is_stale: true,
        }
    }

    /// The time as it was read last.
    #[inline]
    pub(crate) const fn now(&self) -> Moment {
        self.now
    }

    /// Reads the clock, for a timeout that begins at this moment: the program may have worked for a
    /// minute since the turn began.
    pub(crate) fn begin(&mut self) -> Moment {
        self.read();
        self.begin
    }

    /// Reads the clock.
    pub(crate) fn read(&mut self) {
        let now = self
            .source
            .as_ref()
            .map_or_else(Instant::now, |clock| clock());
        let (down, up) = Moment::around(now.saturating_duration_since(self.start));
        self.now = self.now.max(down);
        self.begin = self.begin.max(up);
        self.is_stale = false;
    }

    /// Reads the clock, unless that was done since the server waited.
    #[inline]
    pub(crate) fn read_once(&mut self) {
        if self.is_stale {
            self.read();
        }
    }

    /// Records that the server waits.
    pub(crate) const fn set_stale(&mut self) {
        self.is_stale = true;
    }
}
