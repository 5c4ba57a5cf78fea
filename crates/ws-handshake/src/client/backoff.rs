//! When to try again (RFC 6455 §7.2.3).

use core::time::Duration;

/// The delays between a connection that ended abnormally and the attempts to replace it.
///
/// The first is random from 0 to 5 seconds, so that the clients of a server that went away do not come back at once. Each
/// further is about twice as long as the one before, up to [`Backoff::LONGEST`]. Begin with a new one after a success.
///
/// ```
/// # fn random() -> u32 { 0x8000_0000 }
/// let mut backoff = ws_handshake::Backoff::new();
/// let first = backoff.next_delay(random());
/// assert!(first < std::time::Duration::from_secs(5));
/// assert!(backoff.next_delay(random()) > first);
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Backoff {
    attempts: u32,
}

impl Backoff {
    /// No delay is longer than this.
    pub const LONGEST: Duration = Duration::from_micros(FIRST << DOUBLINGS);

    /// Before the first attempt.
    #[must_use]
    pub const fn new() -> Self {
        Self { attempts: 0 }
    }

    /// How long to wait before the next attempt. `random` is any number, all being equally likely.
    #[must_use]
    pub fn next_delay(&mut self, random: u32) -> Duration {
        let longest = FIRST << self.attempts;
        let shortest = if self.attempts == 0 { 0 } else { longest / 2 };
        self.attempts = DOUBLINGS.min(self.attempts + 1);
        Duration::from_micros(shortest + (((longest - shortest) * u64::from(random)) >> 32))
    }
}

/// In microseconds. RFC 6455 §7.2.3 calls 0 to 5 seconds a reasonable first delay.
const FIRST: u64 = 5_000_000;

/// 5 seconds doubled so often are 160.
const DOUBLINGS: u32 = 5;
