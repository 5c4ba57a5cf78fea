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
        let Extent::Whole(end) = self.extent(input, most) else {
            return None;
        };
        let fragments = input.split_off_mut(..end)?;
        let payload = self.join(fragments);
        Some((opcode, fragments.get_mut(payload)?))
    }

    /// If `input` is the front of a message that [`decode_fragments`](Self::decode_fragments) can
    /// take once it is whole, and it has few fragments of few bytes: the number of bytes without
    /// which it is not whole.
    ///
    /// It passes all headers in `input` at each call, which is why they are few.
    pub(super) fn cut_fragments_len(&self, input: &[u8], most: u32) -> Option<usize> {
        let (&[first, second], after) = input.split_first_chunk()?;
        let (len, _) = self.rules.peek_len(second, after)?;
        if first == TEXT_FRAGMENT && len < SHORTEST_TEXT {
            return None;
        }
        match self.extent(input, most.min(FEW)) {
            Extent::Cut(end) if end <= SHORT => Some(end),
            _ => None,
        }
    }

    /// The extent of the message in fragments that `input` begins with.
    fn extent(&self, input: &[u8], most: u32) -> Extent {
        let (mut at, mut message_len) = (0, 0);
        for _ in 0..most {
            let rest = &input[at..];
            let is_last = match rest.first() {
                None => return Extent::Cut(at + 1),
                Some(&(TEXT_FRAGMENT | BINARY_FRAGMENT)) if at == 0 => false,
                Some(&CONTINUATION) => false,
                Some(&LAST_FRAGMENT) => true,
                Some(_) => return Extent::Other,
            };
            let Some((len, payload_at)) = self.fragment(rest) else {
                return self
                    .rules
                    .peek_cut(rest)
                    .map_or(Extent::Other, |len| Extent::Cut(at + len));
            };
            message_len += len;
            at += payload_at + len;
            if len == 0 || !self.rules.allows_len(message_len) {
                return Extent::Other;
            }
            if at > input.len() {
                return Extent::Cut(at);
            }
            if is_last {
                return Extent::Whole(at);
            }
        }
        Extent::Other
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
pub(super) const TEXT_FRAGMENT: u8 = Opcode::Text.bits();
pub(super) const BINARY_FRAGMENT: u8 = Opcode::Binary.bits();

/// The extent of a message in fragments.
enum Extent {
    /// It is whole, and has this many bytes, headers included.
    Whole(usize),
    /// It has at least this many bytes, more than have come.
    Cut(usize),
    /// It is none of those that are joined in place.
    Other,
}

/// The most fragments that wait in a buffer for the rest of their message.
const FEW: u32 = 8;

/// The most bytes that they take.
const SHORT: usize = 16 * 1024;

/// The shortest first frame of a text that waits until its message is whole, in bytes of payload.
pub(super) const SHORTEST_TEXT: usize = 512;
