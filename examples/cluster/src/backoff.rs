//! Pauses between attempts to reach the broker.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::time::Duration;

/// Pauses that double up to a limit, each with a random part, so that the nodes of a cluster do not
/// all return at the same moment.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    attempt: u32,
}

impl Backoff {
    /// The next pause: half of it fixed, half of it random.
    pub(crate) fn pause(&mut self) -> Duration {
        let whole = LONGEST.min(SHORTEST.saturating_mul(1 << self.attempt.min(10)));
        self.attempt = self.attempt.saturating_add(1);
        let part = u32::try_from(random() >> 32).unwrap_or_default();
        whole / 2 + whole.mul_f64(f64::from(part) / f64::from(u32::MAX)) / 2
    }

    /// Returns whether the last pause was the first one.
    pub(crate) fn is_first(&self) -> bool {
        self.attempt == 1
    }

    pub(crate) fn reset(&mut self) {
        self.attempt = 0;
    }
}

/// A number that differs from call to call and between processes.
pub(crate) fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

const SHORTEST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn k04_pauses_grow_up_to_a_limit_and_begin_anew() {
        let mut backoff = Backoff::default();
        let pauses: Vec<_> = (0..100).map(|_| backoff.pause()).collect();
        assert!(pauses[0] >= SHORTEST / 2 && pauses[0] <= SHORTEST);
        assert!(pauses[2] > pauses[0]);
        assert!(
            pauses[10..]
                .iter()
                .all(|pause| *pause >= LONGEST / 2 && *pause <= LONGEST)
        );
        backoff.reset();
        assert!(backoff.pause() <= SHORTEST && backoff.is_first());
        backoff.pause();
        assert!(!backoff.is_first());
    }
}
