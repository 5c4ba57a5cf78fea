//! Stopping.

use core::time::Duration;

use ws_frame::CloseCode;
use ws_handshake::HandshakeError;

use super::Server;
use crate::{Closed, ConnId, Transport, deadline::Moment, peer::State};

/// How the connections ended that were open when the server was stopped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StopReport {
    /// With a closing handshake.
    pub clean: u64,
    /// Without one: the peer was gone, or did not answer in time.
    pub cut: u64,
}

/// How far the stopping is.
#[derive(Debug)]
pub(super) struct Stopping {
    began: Moment,
    over: Duration,
    code: CloseCode,
    /// Those that were open, in the order in which they are told.
    open: Vec<ConnId>,
    /// How many of them were told.
    told: usize,
    report: StopReport,
}

impl<T: Transport> Server<T> {
    /// Stops the server: no connection is accepted any more, open ones get a Close with 1001, unanswered requests a 503, those that wait
    /// to be accepted too.
    ///
    /// Go on polling until [`is_stopped`](Self::is_stopped): that takes as long as the slowest peer, and no longer than
    /// twice the [`close_deadline`](crate::Config::close_deadline) (four times for one that never ceases to send).
    pub fn stop(&mut self) {
        self.stop_with(CloseCode::GOING_AWAY, Duration::ZERO);
    }

    /// Stops the server as [`stop`](Self::stop) does, but tells the open connections one after the other, spread over this
    /// time, so that they do not all come back at once elsewhere. Called again, it counts from the beginning: zero
    /// tells all that are left.
    pub fn stop_over(&mut self, over: Duration) {
        self.stop_with(CloseCode::GOING_AWAY, over);
    }

    /// Stops the server as [`stop_over`](Self::stop_over) does, with this close code: [`CloseCode::SERVICE_RESTART`] (1012) tells
    /// clients to come back, [`CloseCode::GOING_AWAY`] (1001) is what `stop` sends. Called again, the last code holds for those that are
    /// left.
    pub fn stop_with(&mut self, code: CloseCode, over: Duration) {
        if let Some(stopping) = &mut self.stopping {
            (stopping.over, stopping.code) = (over, code);
            return self.dismiss_due();
        }
        self.tick();
        let all = (0..self.peers.places()).filter_map(|index| self.peers.id_at(index));
        let is_open =
            |id: &ConnId| matches!(self.peers.get(*id), Some(peer) if matches!(peer.state, State::Open(_)));
        self.stopping = Some(Stopping {
            began: self.begin,
            over,
            code,
            open: all.filter(is_open).collect(),
            told: 0,
            report: StopReport::default(),
        });
        self.dismiss_waiting();
        self.gate.shut(self.poll.registry());
        self.dismiss_unopened();
        self.dismiss_due();
    }

    /// Whether the server was stopped, no connection is left, and every [`Event::Closed`](crate::Event::Closed) was given.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.stopping.is_some() && self.peers.is_empty() && self.due.is_empty()
    }

    /// How the open connections ended so far, once the server was stopped.
    #[must_use]
    pub fn stop_report(&self) -> Option<StopReport> {
        self.stopping.as_ref().map(|stopping| stopping.report)
    }

    /// Tells those whose time it is.
    pub(super) fn dismiss_due(&mut self) {
        if self.stopping.is_none() {
            return;
        }
        self.tick_once();
        while let Some(stopping) = &mut self.stopping
            && let Some(&id) = stopping.open.get(stopping.told)
            && stopping.due() <= self.now
        {
            stopping.told += 1;
            let code = stopping.code;
            // One that has ended, or is closing already, needs no Close.
            self.close(id, code, "").ok();
        }
    }

    pub(super) fn next_dismissal(&self) -> Option<Moment> {
        let stopping = self.stopping.as_ref()?;
        (stopping.told < stopping.open.len()).then(|| stopping.due())
    }

    pub(super) const fn report_close(&mut self, closed: &Closed<'_>) {
        if let Some(stopping) = &mut self.stopping {
            let counter = if closed.is_clean() {
                &mut stopping.report.clean
            } else {
                &mut stopping.report.cut
            };
            *counter += 1;
        }
    }

    fn dismiss_unopened(&mut self) {
        let mut from = 0;
        while let Some(id) = self.peers.next_from(from) {
            from = id.index() + 1;
            match self.peers.get(id).map(|peer| &peer.state) {
                Some(State::Head(_)) => self.refuse(id, HandshakeError::Unavailable),
                Some(State::Deciding(_)) => self.refuse_undecided(id),
                _ => {}
            }
        }
    }
}

impl Stopping {
    /// When the next one is told.
    fn due(&self) -> Moment {
        // Connections are numbered with 32 bits.
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let share = f64::from(number(self.told)) / f64::from(number(self.open.len()));
        self.began.after(self.over.mul_f64(share))
    }
}
