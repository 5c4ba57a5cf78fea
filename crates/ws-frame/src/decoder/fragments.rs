//! Fast path of fragmented messages: fragments that are whole in one input are joined there.

use core::ops::Range;

use super::Decoder;
use super::state::State;
use crate::rules::{CONTINUATION, LAST_FRAGMENT};
use crate::{Mask, Opcode, Role};

impl Decoder {
    /// Takes the next message off the front of `input`, if it comes in at most `most` fragments
    /// that are whole in `input`, follow each other, hold at least a byte each, are not compressed
    /// and break no rule. Joins their payloads in place, unmasked. Otherwise returns `None` and
    /// changes nothing.
    ///
    /// It is tried at the first frame of a message alone, so the headers that it has passed when it
    /// gives up are read once more at most.
    pub(crate) fn decode_fragments<'b>(
        &mut self,
        input: &mut &'b mut [u8],
        most: u32,
    ) -> Option<(Opcode, &'b mut [u8])> {
        if !matches!(self.state, State::BetweenMessages) {
            return None;
        }
        let opcode = match *input.first()? {
            TEXT_FRAGMENT => Opcode::Text,
            BINARY_FRAGMENT => Opcode::Binary,
            _ => return None,
        };
        let end = self.end_of_fragments(input, most)?;
        let fragments = input.split_off_mut(..end)?;
        let payload = self.join(fragments);
        Some((opcode, fragments.get_mut(payload)?))
    }

    /// The length of all frames of the message that `input` begins with.
    fn end_of_fragments(&self, input: &[u8], most: u32) -> Option<usize> {
        let (mut at, mut message_len) = (0, 0);
        for _ in 0..most {
            let rest = input.get(at..)?;
            let (len, payload_at) = self.fragment(rest)?;
            message_len += len;
            at += payload_at + len;
            let is_last = match *rest.first()? {
                TEXT_FRAGMENT | BINARY_FRAGMENT if at == payload_at + len => false,
                CONTINUATION => false,
                LAST_FRAGMENT => true,
                _ => return None,
            };
            if len == 0 || at > input.len() || !self.rules.allows_len(message_len) {
                return None;
            }
            if is_last {
                return Some(at);
            }
        }
        None
    }

    /// The length of the payload of the frame that `input` begins with, and where it begins.
    #[inline]
    fn fragment(&self, input: &[u8]) -> Option<(usize, usize)> {
        let (&[_, second], after) = input.split_first_chunk()?;
        let (len, key_at) = self.rules.peek_len(second, after)?;
        Some((len, key_at + self.rules.key_len()))
    }

    /// Unmasks whole fragments, and moves their payloads to the end of the first one's. Returns the
    /// place of the message.
    fn join(&self, fragments: &mut [u8]) -> Range<usize> {
        let (mut from, mut message) = (0, 0..0);
        while let Some((len, payload_at)) = self.fragment(&fragments[from..]) {
            let payload_at = from + payload_at;
            let payload = payload_at..payload_at + len;
            if from == 0 {
                message = payload_at..payload_at;
            }
            match (self.rules.role(), fragments[..payload_at].last_chunk()) {
                (Role::Server, Some(key)) if from == 0 => {
                    Mask::new(*key).apply_once(&mut fragments[payload.clone()]);
                }
                (Role::Server, Some(key)) => {
                    Mask::new(*key).shift(fragments, payload.clone(), message.end);
                }
                _ => fragments.copy_within(payload.clone(), message.end),
            }
            message.end += len;
            from = payload.end;
        }
        message
    }
}

/// The first byte of a fragmented message.
const TEXT_FRAGMENT: u8 = Opcode::Text.bits();
const BINARY_FRAGMENT: u8 = Opcode::Binary.bits();
