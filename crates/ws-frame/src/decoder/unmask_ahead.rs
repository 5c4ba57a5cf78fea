//! Unmasks a short text before its turn, so that vector checks do not wait for the stores of
//! unmasking.

use core::mem;

use crate::Mask;
use crate::rules::TEXT_MESSAGE;
use crate::wire::{MASKED, MAX_CONTROL_LEN};

/// Unmasks the text that `following` begins with, if it is whole and has [`SHORTEST_AHEAD`] to 125
/// bytes. Its key becomes zero, so the bytes still decode to the same frame, and no state records
/// the change.
///
/// A vector load of bytes that were just written in smaller pieces waits for those stores.
/// Unmasking the next text before the current one is checked takes a third off the time of a
/// 64-byte text. The frame itself is checked when its turn comes.
#[inline]
pub(crate) fn unmask_ahead(following: &mut [u8]) {
    if let [TEXT_MESSAGE, second @ SHORTEST..=LONGEST, rest @ ..] = following
        && let Some((key, rest)) = rest.split_first_chunk_mut()
        && let Some(payload) = rest.get_mut(..usize::from(*second & !MASKED))
    {
        Mask::new(mem::take(key)).apply_once(payload);
    }
}

/// The shortest text that is checked with vectors, in bytes.
pub(crate) const SHORTEST_AHEAD: usize = 64;
const SHORTEST: u8 = MASKED | 0x40;
const LONGEST: u8 = MASKED | MAX_CONTROL_LEN;

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    const KEY: [u8; 4] = [0x37, 0xFA, 0x21, 0x3D];

    fn text(first: u8, len: u8) -> Vec<u8> {
        let mut frame = Vec::from([first, MASKED | len]);
        frame.extend(KEY);
        frame.extend(KEY.iter().cycle().take(len.into()).map(|key| key ^ b'a'));
        frame.extend(b"next");
        frame
    }

    #[test]
    fn the_text_is_plain_and_its_key_is_zero() {
        for len in [64, 65, 125] {
            let mut frame = text(0x81, len);
            unmask_ahead(&mut frame);
            let (header, rest) = frame.split_at(6);
            assert_eq!(header, [0x81, MASKED | len, 0, 0, 0, 0]);
            let (payload, rest) = rest.split_at(len.into());
            assert!(payload.iter().all(|byte| *byte == b'a'));
            assert_eq!(rest, b"next");
            let once = frame.clone();
            unmask_ahead(&mut frame);
            assert_eq!(frame, once, "twice is as once");
        }
    }

    #[test]
    fn what_is_cut_or_no_such_text_stays_as_it_is() {
        let whole = text(0x81, 64);
        let cut = (0..6 + 64).map(|len| whole[..len].to_vec());
        let others = [
            text(0x81, 63),
            text(0x01, 64),
            text(0x82, 64),
            text(0xC1, 64),
        ];
        for bytes in cut.chain(others) {
            let mut after = bytes.clone();
            unmask_ahead(&mut after);
            assert_eq!(after, bytes);
        }
        let mut unmasked = whole;
        unmasked[1] = 0x40;
        let before = unmasked.clone();
        unmask_ahead(&mut unmasked);
        assert_eq!(unmasked, before);
    }

    /// The length 126 says that the length is elsewhere: what follows it is no key.
    #[test]
    fn r78_a_longer_text_is_not_unmasked_ahead() {
        for len in [126, 127] {
            let mut bytes = Vec::from([0x81, MASKED | len, 0, 126]);
            bytes.extend(KEY);
            bytes.resize(300, 0x55);
            let before = bytes.clone();
            unmask_ahead(&mut bytes);
            assert_eq!(bytes, before, "{len}");
        }
    }
}
