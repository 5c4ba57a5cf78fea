//! Growth of the memory of a partially received message.

/// The number of bytes to reserve after `len` bytes for `more` bytes, of which there is no room for
/// all.
///
/// The capacity never exceeds four times the bytes received plus 4 KiB. In the last frame of a
/// message, whose end is known, it grows that fast, and never beyond the message. Before that it
/// doubles, and has 3 KiB to spare at first, so that a short message does not move. A claimed
/// length alone never makes it grow.
#[cold]
pub(super) fn growth(len: usize, more: usize, to_come: Option<u64>) -> usize {
    let received = len.saturating_add(more);
    let spare = match to_come {
        Some(to_come) => received
            .saturating_mul(3)
            .saturating_add(PAGE)
            .min(usize::try_from(to_come).unwrap_or(usize::MAX)),
        None => received.max(SMALL),
    };
    let most = MAX_VEC_LEN.saturating_sub(len);
    more.saturating_add(spare).min(most).max(more)
}

/// The longest vector, in bytes.
pub(in crate::connection) const MAX_VEC_LEN: usize = usize::MAX / 2;

/// The bytes that may be reserved beyond four times what has come.
const PAGE: usize = 4096;

/// The bytes reserved beyond the first fragments: with one KiB received, a page in all.
const SMALL: usize = 3 * 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::config::{Config, Settings};

    /// On a 32-bit target, doubling a message of 1 GiB would ask for more than a vector can hold.
    #[test]
    fn r71_growth_never_exceeds_the_longest_vector() {
        for to_come in [Some(0), Some(u64::MAX >> 1), None] {
            for len in [
                0,
                1,
                MAX_VEC_LEN / 4,
                MAX_VEC_LEN / 2,
                MAX_VEC_LEN / 2 + 1,
                MAX_VEC_LEN - 1000,
                MAX_VEC_LEN - 16,
            ] {
                let grown = growth(len, 16, to_come);
                assert!((16..=MAX_VEC_LEN - len).contains(&grown), "{len}: {grown}");
            }
        }
    }

    #[test]
    fn c73_growth_is_at_most_four_times_what_has_come_and_a_page() {
        for (len, more) in [(0, 1), (0, 1460), (1460, 1460), (100_000, 7)] {
            let received = len + more;
            assert_eq!(len + growth(len, more, Some(u64::MAX)), 4 * received + 4096);
            assert_eq!(
                len + growth(len, more, Some(10)),
                received + 10,
                "no more than the message"
            );
            assert_eq!(
                len + growth(len, more, None),
                (2 * received).max(received + 3072)
            );
        }
    }

    #[test]
    fn r71_a_held_message_is_never_longer_than_a_vector() {
        let config = Config::new().max_message_len(u64::MAX);
        assert!(Settings::of(config).max_message_len < MAX_VEC_LEN as u64);
        let streaming = config.streaming(true);
        assert_eq!(Settings::of(streaming).max_message_len, u64::MAX);
    }
}
