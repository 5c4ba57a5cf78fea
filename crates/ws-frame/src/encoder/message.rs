//! Fast path of sending: a whole message under 64 KiB, appended in as few steps as possible.

use alloc::vec::Vec;

use super::Encoder;
use super::keys::Keys;
use super::state::State;
use crate::wire::{
    self, MAX_CONTROL_LEN, MAX_LEN_7, MAX_LEN_16, SHORT_MASKED_LEN, extend_within_room, first_byte,
    short_masked_header,
};
use crate::{Mask, Opcode, copy};

impl Encoder {
    /// Appends a whole message of up to 125 bytes. Returns false, and appends nothing, if anything
    /// about it needs the slow path, [`append`](Self::append).
    ///
    /// Inlined where a message is sent: a call would cost a server as much as the copy.
    #[inline]
    pub(crate) fn append_short(
        &mut self,
        opcode: Opcode,
        payload: &[u8],
        output: &mut Vec<u8>,
    ) -> bool {
        let len = payload.len() as u64;
        if len > MAX_LEN_7 || self.state != State::BetweenMessages {
            return false;
        }
        let first = first_byte(opcode, true);
        match &mut self.keys {
            Some(keys) => append_masked(first, keys.draw(), payload, output),
            None if output.capacity() - output.len() < 2 + payload.len() => return false,
            None => {
                let (header, header_len) = wire::header::<0>(first, len, None);
                extend_within_room(output, &header[..header_len]);
                extend_within_room(output, payload);
            }
        }
        true
    }

    /// The same for a message of 126 to 65,535 bytes that fits in the spare capacity of `output`.
    #[inline]
    pub(crate) fn append_medium(
        &mut self,
        opcode: Opcode,
        payload: &[u8],
        output: &mut Vec<u8>,
    ) -> bool {
        let len = payload.len() as u64;
        let room = output.capacity() - output.len();
        let (is_medium, is_first) = (
            (MAX_LEN_7 + 1..=MAX_LEN_16).contains(&len),
            self.state == State::BetweenMessages,
        );
        if !is_medium || !is_first || room < 8 + payload.len() {
            return false;
        }
        let key = self.keys.as_mut().map(Keys::draw);
        let (header, header_len) = wire::header::<2>(first_byte(opcode, true), len, key);
        extend_within_room(output, &header[..header_len]);
        match key {
            Some(key) => Mask::new(key).append_once(payload, output),
            None => copy::append(output, payload),
        }
        true
    }
}

/// A short frame of a client. Its last step is a call, so that nothing is saved and restored around
/// it.
#[inline(never)]
fn append_masked(first: u8, key: [u8; 4], payload: &[u8], output: &mut Vec<u8>) {
    let room = output.capacity() - output.len();
    if room < SHORT_MASKED_LEN + payload.len().max(Mask::SHORT_ROOM) {
        return append_masked_tightly(first, key, payload, output);
    }
    extend_within_room(output, &short_masked_header(first, payload.len(), key));
    Mask::new(key).append_short(payload, output);
}

/// The same where `output` has little spare capacity. If it must grow, it gets enough for every
/// short frame: a buffer that is written out and cleared has it the next time.
#[cold]
#[inline(never)]
fn append_masked_tightly(first: u8, key: [u8; 4], payload: &[u8], output: &mut Vec<u8>) {
    let room = output.capacity() - output.len();
    if room < SHORT_MASKED_LEN + payload.len() {
        output.reserve(SHORT_MASKED_LEN + usize::from(MAX_CONTROL_LEN));
        return append_masked(first, key, payload, output);
    }
    output.extend_from_slice(&short_masked_header(first, payload.len(), key));
    Mask::new(key).append_once(payload, output);
}
