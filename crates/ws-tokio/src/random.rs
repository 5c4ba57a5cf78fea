//! Random numbers for jitter.

use std::time::Duration;

use ws_frame::keys;

/// A number for jitter; the middle one if the operating system gives no random bytes.
pub(crate) fn number() -> u32 {
    keys::random().map_or(u32::MAX / 2, |keys| u32::from_ne_bytes(keys()))
}

/// `random` in 2³² parts of a time.
pub(crate) fn share(time: Duration, random: u32) -> Duration {
    let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
    let part = (u128::from(nanos) * u128::from(random)) >> 32;
    Duration::from_nanos(u64::try_from(part).unwrap_or(u64::MAX))
}
