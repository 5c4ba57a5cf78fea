//! The slow path gives the same results as the fast one. These tests check which one is taken.

use alloc::vec::Vec;

use super::*;
use crate::wire::{FIN, LEN_16, MASKED};

/// A frame with a payload, and a key, of zeros.
fn frame(role: Role, first: u8, len: u16) -> Vec<u8> {
    let mask_bit = if role == Role::Server { MASKED } else { 0 };
    let [high, low] = len.to_be_bytes();
    let mut frame = match len {
        ..126 => Vec::from([first, mask_bit | low]),
        _ => Vec::from([first, mask_bit | LEN_16, high, low]),
    };
    let key_len = if role == Role::Server { 4 } else { 0 };
    frame.resize(frame.len() + key_len + usize::from(len), 0);
    frame
}

#[test]
fn whole_messages_go_straight_through() {
    for role in [Role::Server, Role::Client] {
        let mut decoder = Decoder::new(role);
        for opcode in [Opcode::Text, Opcode::Binary] {
            for len in [0, 1, 125, 126, 65_535] {
                let mut frame = frame(role, FIN | opcode.bits(), len);
                let mut input = &mut frame[..];
                let chunk = decoder.decode_whole(&mut input).unwrap();
                assert_eq!(
                    (chunk.header.opcode, chunk.header.len),
                    (opcode, u64::from(len))
                );
                assert_eq!(
                    (chunk.payload.len(), chunk.ends_message()),
                    (len.into(), true)
                );
                assert!(input.is_empty());
            }
        }
    }
}

#[test]
fn so_they_do_after_what_did_not() {
    for role in [Role::Server, Role::Client] {
        let fragments = [frame(role, 0x01, 3), frame(role, 0x80, 3)].concat();
        for mut other in [fragments, frame(role, 0x89, 5)] {
            let mut decoder = Decoder::new(role);
            let mut input = &mut other[..];
            while decoder.decode_rest(&mut input).unwrap().is_some() {}
            let mut message = frame(role, 0x82, 10);
            assert!(decoder.decode_whole(&mut &mut message[..]).is_some());
        }
    }
}

/// Something has to be done before the next frame: it takes the long way, and means the same.
#[cfg(feature = "deflate")]
#[test]
fn r77_a_delayed_frame_takes_the_long_way() {
    for role in [Role::Server, Role::Client] {
        let mut decoder = Decoder::new(role);
        decoder.delay();
        let mut message = [frame(role, 0x82, 10), frame(role, 0x82, 10)].concat();
        let mut input = &mut message[..];
        assert!(decoder.decode_whole(&mut input).is_none());
        assert!(!decoder.is_midway(), "nothing of it has come");
        let chunk = decoder.decode(&mut input).unwrap().unwrap();
        assert_eq!((chunk.payload.len(), chunk.ends_message()), (10, true));
        assert!(
            decoder.decode_whole(&mut input).is_some(),
            "only the next one"
        );
        // Inside a frame nothing is delayed, nor lost.
        let mut cut = frame(role, 0x82, 10);
        let (front, back) = cut.split_at_mut(4);
        assert!(
            decoder
                .decode(&mut &mut *front)
                .unwrap()
                .is_none_or(|chunk| !chunk.is_last())
        );
        decoder.delay();
        assert!(decoder.is_midway());
        let chunk = decoder.decode(&mut &mut *back).unwrap().unwrap();
        assert!(chunk.ends_message());
    }
}
