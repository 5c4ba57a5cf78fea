//! Frames that are most of what is sent, written in as few steps as they can be.

use alloc::vec::Vec;

use super::Encoder;
use super::encoded_header::first_byte;
use super::state::State;
use crate::header::{LEN_16, MASKED, MAX_CONTROL_LEN};
use crate::mask::extend_within_room;
use crate::{Mask, Opcode};

impl Encoder {
    /// Appends a short message, if that is all there is to it. In line where a message is sent: a call would cost a server as much as the
    /// copy, and a client as much as the key.
    #[inline]
    pub(crate) fn append_at_once(&self, opcode: Opcode, payload: &[u8], output: &mut Vec<u8>) -> bool {
        if payload.len() > usize::from(MAX_CONTROL_LEN) || self.state != State::BetweenMessages {
            return false;
        }
        let [len, ..] = payload.len().to_le_bytes();
        let first = first_byte(opcode, true);
        match self.keys {
            Some(keys) => append_masked(first, keys(), payload, output),
            None if output.capacity() - output.len() < 2 + payload.len() => return false,
            None => {
                output.extend_from_slice(&[first, len]);
                extend_within_room(output, payload);
            }
        }
        true
    }

    /// Appends a longer message under 64 KiB, if that is all there is to it.
    #[inline]
    pub(crate) fn append_simply(&self, opcode: Opcode, payload: &[u8], output: &mut Vec<u8>) -> bool {
        let (Ok(len @ MIN_16_BIT_LEN..), State::BetweenMessages) = (u16::try_from(payload.len()), self.state)
        else {
            return false;
        };
        let first = first_byte(opcode, true);
        let room = output.capacity() - output.len();
        match self.keys {
            Some(keys) if room >= 8 + payload.len() => append_masked_16(first, len, keys, payload, output),
            None if room >= 4 + payload.len() => append_16(first, len, payload, output),
            _ => return false,
        }
        true
    }
}

/// A frame of a server whose length takes two bytes more, where there is room for it.
#[inline]
fn append_16(first: u8, len: u16, payload: &[u8], output: &mut Vec<u8>) {
    let [high, low] = len.to_be_bytes();
    extend_within_room(output, &[first, LEN_16, high, low]);
    extend_within_room(output, payload);
}

/// A short frame of a client. It calls nothing but what it ends with, so that nothing is saved and restored on the way.
#[inline(never)]
fn append_masked(first: u8, key: [u8; 4], payload: &[u8], output: &mut Vec<u8>) {
    let room = output.capacity() - output.len();
    if room < 6 + Mask::SHORT_ROOM || room - 6 < payload.len() {
        return append_masked_tightly(first, key, payload, output);
    }
    let [len, ..] = payload.len().to_le_bytes();
    let [a, b, c, d] = key;
    output.extend_from_slice(&[first, MASKED | len, a, b, c, d]);
    Mask::new(key).append_short(payload, output);
}

/// The same, where there is no room, or no more than the frame takes.
#[cold]
#[inline(never)]
fn append_masked_tightly(first: u8, key: [u8; 4], payload: &[u8], output: &mut Vec<u8>) {
    let [len, ..] = payload.len().to_le_bytes();
    let [a, b, c, d] = key;
    output.reserve(6 + payload.len());
    output.extend_from_slice(&[first, MASKED | len, a, b, c, d]);
    Mask::new(key).append_once(payload, output);
}

/// A longer one, whose length takes two bytes, where there is room for it.
#[inline(never)]
fn append_masked_16(first: u8, len: u16, keys: fn() -> [u8; 4], payload: &[u8], output: &mut Vec<u8>) {
    let key @ [a, b, c, d] = keys();
    let [high, low] = len.to_be_bytes();
    extend_within_room(output, &[first, MASKED | LEN_16, high, low, a, b, c, d]);
    Mask::new(key).append_once(payload, output);
}

/// The shortest payload whose length takes two bytes more.
const MIN_16_BIT_LEN: u16 = LEN_16 as u16;
