//! Moments of a server's clock, in milliseconds.

use core::time::Duration;

/// A moment: milliseconds since the server began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(pub(super) u64);

impl Moment {
    /// Later than every moment of a clock.
    pub(super) const NEVER: Self = Self(u64::MAX);

    /// The whole milliseconds before and after a time since the server began. A timeout that is due
    /// at the first is due now, and one that is counted from the second is never early.
    ///
    /// Each read of a connection computes it: without a division.
    #[inline]
    pub(crate) fn around(since: Duration) -> (Self, Self) {
        let down = since
            .as_secs()
            .saturating_mul(1000)
            .saturating_add(since.subsec_millis().into())
            .min(LAST);
        let is_between = !since.subsec_nanos().is_multiple_of(1_000_000);
        (Self(down), Self((down + u64::from(is_between)).min(LAST)))
    }

    /// `wait` later, rounded up to a whole millisecond.
    pub(crate) fn after(self, wait: Duration) -> Self {
        self.after_millis(millis(wait))
    }

    /// `millis` milliseconds later.
    #[inline]
    pub(crate) fn after_millis(self, millis: u64) -> Self {
        Self(self.0.saturating_add(millis).min(LAST))
    }

    pub(crate) const fn until(self, later: Self) -> Duration {
        Duration::from_millis(later.0.saturating_sub(self.0))
    }
}

/// Milliseconds, rounded up.
pub(crate) fn millis(time: Duration) -> u64 {
    let (_, Moment(millis)) = Moment::around(time);
    millis
}

/// The last moment: the bits of 64 that the kind of a timeout leaves, 73 million years.
const LAST: u64 = u64::MAX >> 3;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Moment {
        Moment(millis)
    }

    #[test]
    fn moments_round_up_and_do_not_wrap() {
        assert_eq!(at(5).after(Duration::from_micros(1)), at(6));
        assert_eq!(at(5).after(Duration::MAX), at(LAST));
        assert_eq!(Moment::around(Duration::MAX), (at(LAST), at(LAST)));
        assert_eq!(at(9).until(at(5)), Duration::ZERO);
    }

    #[test]
    fn r08_a_wait_begins_at_the_end_of_the_millisecond_and_is_over_at_the_beginning() {
        let micros = Duration::from_micros;
        assert_eq!(Moment::around(micros(900)), (at(0), at(1)));
        assert_eq!(Moment::around(micros(2000)), (at(2), at(2)));
        assert_eq!(Moment::around(micros(1_002_001)), (at(1002), at(1003)));
    }
}
