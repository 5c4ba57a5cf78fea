//! Delays between attempts to reconnect (RFC 6455 §7.2.3).

use core::time::Duration;

/// Delays before attempts to replace a connection that ended abnormally.
///
/// The first delay is random from 0 to 5 seconds, so that all clients of a server that went away do
/// not come back at the same moment. Each further delay is about twice as long, up to
/// [`Backoff::LONGEST`]. Begin with a new `Backoff` after a success.
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
    /// Upper bound of all delays.
    pub const LONGEST: Duration = Duration::from_micros(FIRST << DOUBLINGS);

    /// The state before the first attempt.
    #[must_use]
    pub const fn new() -> Self {
        Self { attempts: 0 }
    }

    /// The delay before the next attempt. `random` is a random number, uniform over all values.
    #[must_use]
    pub fn next_delay(&mut self, random: u32) -> Duration {
        let longest = FIRST << self.attempts;
        let shortest = if self.attempts == 0 { 0 } else { longest / 2 };
        self.attempts = DOUBLINGS.min(self.attempts + 1);
        Duration::from_micros(shortest + (((longest - shortest) * u64::from(random)) >> 32))
    }
}

/// Microseconds. RFC 6455 §7.2.3 calls 0 to 5 seconds a reasonable first delay.
const FIRST: u64 = 5_000_000;

/// 5 seconds doubled five times are 160 seconds.
const DOUBLINGS: u32 = 5;
