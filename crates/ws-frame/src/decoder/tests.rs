//! Any other path gives the same as the one for whole messages: here it is the one that is taken, because it is fast.

use alloc::vec::Vec;

use super::*;
use crate::header::{FIN, LEN_16, MASKED};

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
                assert_eq!((chunk.header.opcode, chunk.header.len), (opcode, u64::from(len)));
                assert_eq!((chunk.payload.len(), chunk.ends_message()), (len.into(), true));
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
