//! Limits of a run.

use std::time::Duration;

use ws_server::{Config, SlowPeers};

use crate::random::Random;

/// Limits of a run.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    pub(super) message: usize,
    pub(super) low: usize,
    pub(super) high: usize,
    /// Bytes queued for one connection.
    pub(super) bound: usize,
    /// Bytes queued for all.
    pub(super) total: usize,
}

impl Limits {
    pub(super) fn new(random: &mut Random) -> Self {
        let message = [2_000, 40_000, 300_000][random.below(3)];
        let high = [500, 3_000, 64 * 1024][random.below(3)];
        let low = high / [2, 4, 100][random.below(3)];
        let bound = (message + 10 + random.below(400_000)).max(high);
        let total = if random.one_in(3) {
            bound * 2 + 1000
        } else {
            1 << 30
        };
        Self {
            message,
            low,
            high,
            bound,
            total,
        }
    }

    pub(super) fn config(self, random: &mut Random, deadlines: bool) -> Config {
        let config = Config::default()
            .http(true)
            .max_message_len(self.message)
            .read_budget([2000, 20_000, 65_536, 131_072][random.below(4)])
            .low_watermark(self.low)
            .high_watermark(self.high)
            .max_queued(self.bound)
            .max_queued_total(self.total)
            .streaming(random.one_in(5))
            .max_command_bytes(1 << 20);
        let slow_peers = if random.one_in(4) {
            SlowPeers::Close
        } else {
            SlowPeers::Report
        };
        let mut perhaps = |secs| random.one_in(4).then(|| Duration::from_secs(secs));
        let config = config
            .slow_peers(slow_peers)
            .message_timeout(perhaps(20))
            .lifetime(perhaps(100).filter(|_| deadlines));
        config
            .max_commands(1 + random.below(20))
            .max_undecided(if random.one_in(5) { 2 } else { 1000 })
    }

    #[cfg(feature = "deflate")]
    pub(super) fn compressed(self, config: Config, random: &mut Random) -> Config {
        use ws_server::ws_frame::deflate::{Compressor, Decompressor, SharedContexts, Tuning};
        let compression = ws_server::Compression::new();
        let least = [0, 10, 128][random.below(3)];
        let mut options = compression.get_options().clone().min_len(least);
        if random.one_in(2) {
            options = options.compressor(Compressor::Dedicated(Tuning::default()));
        }
        if random.one_in(2) {
            options = options.decompressor(Decompressor::Shared(SharedContexts::default()));
        }
        config
            .max_queued(self.bound + self.bound / 4 + 1000)
            .max_queued_total(self.total + self.total / 4 + 2000)
            .compression(compression.options(options))
    }
}
