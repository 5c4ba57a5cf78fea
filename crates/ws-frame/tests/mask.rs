//! Masking against a loop over bytes (RFC 6455 §5.3).

use proptest::prelude::*;
use ws_frame::Mask;

fn masked(key: [u8; 4], payload: &[u8]) -> Vec<u8> {
    payload
        .iter()
        .enumerate()
        .map(|(position, byte)| byte ^ key[position % 4])
        .collect()
}

fn payload(len: usize) -> Vec<u8> {
    (0..len)
        .map(|position| (position * 7 + position / 256).to_le_bytes()[0])
        .collect()
}

const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// Every length up to 300, from every phase of the key, at every alignment up to 64.
#[test]
fn t30_masks_like_a_loop_at_all_lengths_phases_and_alignments() {
    let whole = payload(4 + 300);
    let expected = masked(KEY, &whole);
    let mut buffer = vec![0; 64 + whole.len()];
    for alignment in 0..64 {
        for phase in 0..4 {
            for len in 0..=300 {
                let place = &mut buffer[alignment..alignment + phase + len];
                place.copy_from_slice(&whole[..phase + len]);
                let mut mask = Mask::new(KEY);
                mask.apply(&mut place[..phase]);
                mask.apply(&mut place[phase..]);
                assert_eq!(
                    place,
                    &expected[..phase + len],
                    "{len} bytes after {phase}, at {alignment}"
                );
            }
        }
    }
}

/// Payloads of some KiB that begin at a cache line.
#[test]
fn t30_masks_long_payloads_like_a_loop_at_all_alignments() {
    let whole = payload(4 + 5000);
    let expected = masked(KEY, &whole);
    let mut buffer = vec![0xee; 64 + whole.len() + 1];
    for alignment in 0..64 {
        for (phase, len) in [
            (0, 2047),
            (1, 2048),
            (2, 2049),
            (3, 2111),
            (0, 2112),
            (1, 5000),
        ] {
            let place = &mut buffer[alignment..=alignment + phase + len];
            place[..phase + len].copy_from_slice(&whole[..phase + len]);
            place[phase + len] = 0xee;
            let mut mask = Mask::new(KEY);
            mask.apply(&mut place[..phase]);
            mask.apply(&mut place[phase..phase + len]);
            assert_eq!(
                place[..phase + len],
                expected[..phase + len],
                "{len} bytes at {alignment}"
            );
            assert_eq!(place[phase + len], 0xee, "wrote too far");
            let mut next = [0];
            mask.apply(&mut next);
            assert_eq!(next[0], KEY[(phase + len) % 4], "the key after {len} bytes");
        }
    }
}

#[test]
fn t30_copies_masked_like_a_loop_and_no_further_than_both_reach() {
    let whole = payload(4 + 300);
    let expected = masked(KEY, &whole);
    for phase in 0..4 {
        for len in 0..=300_usize {
            for room in [len.saturating_sub(3), len, len + 5] {
                let mut mask = Mask::new(KEY);
                mask.apply(&mut whole[..phase].to_vec());
                let mut to = vec![0xee; room];
                let copied = mask.apply_copy(&whole[phase..phase + len], &mut to);
                assert_eq!(copied, len.min(room));
                assert_eq!(
                    to[..copied],
                    expected[phase..phase + copied],
                    "{len} bytes after {phase}"
                );
                assert!(
                    to[copied..].iter().all(|byte| *byte == 0xee),
                    "wrote too far"
                );
                let mut next = [0];
                mask.apply(&mut next);
                assert_eq!(
                    next[0],
                    KEY[(phase + copied) % 4],
                    "the key after {copied} bytes after {phase}"
                );
            }
        }
    }
}

/// One byte and then 255: a phase of the key that is counted in a byte would overflow.
#[test]
fn t29_any_two_pieces_of_300_bytes() {
    let whole = payload(300);
    for cut in 0..=300 {
        let mut buffer = whole.clone();
        let (front, back) = buffer.split_at_mut(cut);
        let mut mask = Mask::new(KEY);
        mask.apply(front);
        mask.apply(back);
        assert_eq!(buffer, masked(KEY, &whole), "cut at {cut}");
    }
}

proptest! {
    #[test]
    fn pieces_are_masked_like_the_whole(
        key: [u8; 4],
        payload: Vec<u8>,
        pieces in prop::collection::vec(0usize..40, 0..40),
    ) {
        let mut buffer = payload.clone();
        let mut mask = Mask::new(key);
        let mut rest = &mut buffer[..];
        for piece in pieces {
            let (front, back) = rest.split_at_mut(piece.min(rest.len()));
            mask.apply(front);
            rest = back;
        }
        mask.apply(rest);
        prop_assert_eq!(buffer, masked(key, &payload));
    }

    #[test]
    fn masking_twice_gives_the_payload_back(key: [u8; 4], payload: Vec<u8>) {
        let mut buffer = payload.clone();
        Mask::new(key).apply(&mut buffer);
        Mask::new(key).apply(&mut buffer);
        prop_assert_eq!(buffer, payload);
    }
}
