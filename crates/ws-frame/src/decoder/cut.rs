//! Messages that inputs cut.

use super::Decoder;
use super::fragments::{BINARY_FRAGMENT, SHORTEST_TEXT, TEXT_FRAGMENT};
use super::state::State;
use crate::rules::{BINARY_MESSAGE, CONTINUATION, LAST_FRAGMENT, Next, TEXT_MESSAGE};
use crate::{Header, Mask, Opcode, Role};

impl Decoder {
    /// If `input` is the front of a message that can wait until it is whole: the number of bytes
    /// without which it is not. Such a message comes in one frame, or in few short fragments, of
    /// which it may have at most `most`. A text that begins with a short frame is checked as it
    /// comes, and does not wait.
    #[inline(never)]
    pub(crate) fn cut_len(&self, input: &[u8], most: u32) -> Option<usize> {
        if !matches!(self.state, State::BetweenMessages) {
            return None;
        }
        match *input.first()? {
            TEXT_MESSAGE | BINARY_MESSAGE => self.cut_frame_len(input),
            TEXT_FRAGMENT | BINARY_FRAGMENT => self.cut_fragments_len(input, most),
            _ => None,
        }
    }

    fn cut_frame_len(&self, input: &[u8]) -> Option<usize> {
        let Some((len, at)) = self.rules.peek_any_len(input) else {
            return self.rules.peek_cut(input);
        };
        if len < SHORTEST_TEXT && input[0] == TEXT_MESSAGE {
            return None;
        }
        let frame_len = len.checked_add(at + self.rules.key_len())?;
        (input.len() < frame_len).then_some(frame_len)
    }

    /// Whether the payload in `input` belongs to a message that is not whole in one frame and one
    /// input, and whose first frame, if this is the one, is not compressed.
    pub(crate) const fn is_cut(&self, input: &[u8]) -> bool {
        match self.state {
            State::Payload {
                opcode: Opcode::Text | Opcode::Binary,
                fin: true,
                rsv1: false,
                len,
                remaining,
                ..
            } => remaining < len || (input.len() as u64) < len,
            State::Payload { opcode, rsv1, .. } => !opcode.is_control() && !rsv1,
            _ => false,
        }
    }

    /// Begins the frame at the front of `input`, and takes its header, if it is one that
    /// [`decode_whole`](Self::decode_whole) takes, and `input` holds some of its payload and not
    /// all. Otherwise returns `None` and changes nothing.
    #[inline]
    pub(crate) fn begin_cut(&mut self, input: &mut &mut [u8]) -> Option<Opcode> {
        if !matches!(self.state, State::BetweenMessages) {
            return None;
        }
        let (opcode, len, at) = self.rules.peek(input)?;
        let (mask, payload_at) = self.mask_at(at, input)?;
        if !(payload_at + 1..payload_at + len).contains(&input.len()) {
            return None;
        }
        _ = input.split_off_mut(..payload_at);
        let header = Header {
            opcode,
            fin: true,
            rsv1: false,
            len: len as u64,
        };
        self.begin(header, mask);
        Some(opcode)
    }

    /// Takes the header of the next fragment, if the front of `input` holds it, the fragment is not
    /// empty and has at most 65,535 bytes, and it breaks no rule. Returns whether it did.
    #[inline]
    pub(crate) fn begin_fragment(&mut self, input: &mut &mut [u8]) -> bool {
        match &self.state {
            State::Header(partial) if partial.is_empty() => {}
            _ => return false,
        }
        let Some((&[first @ (CONTINUATION | LAST_FRAGMENT), second], after)) =
            input.split_first_chunk()
        else {
            return false;
        };
        let Some((len @ 1.., at)) = self.rules.peek_len(second, after) else {
            return false;
        };
        let Some((mask, payload_at)) = self.mask_at(at, input) else {
            return false;
        };
        if self.rules.next() != Next::Fragment {
            return false;
        }
        _ = input.split_off_mut(..payload_at);
        let header = Header {
            opcode: Opcode::Continuation,
            fin: first == LAST_FRAGMENT,
            rsv1: false,
            len: len as u64,
        };
        self.begin(header, mask);
        true
    }

    /// The mask of the frame at the front of `input`, whose key is at `at`, and the place of its
    /// payload. `None` if `input` ends before that.
    #[inline]
    fn mask_at(&self, at: usize, input: &[u8]) -> Option<(Mask, usize)> {
        let key = match self.rules.role() {
            Role::Server => *input.get(at..)?.first_chunk()?,
            Role::Client => [0; 4],
        };
        Some((Mask::new(key), at + self.rules.key_len()))
    }

    /// Takes all of `input`, still masked, if it is the middle of a data frame: neither its first
    /// bytes nor its last.
    #[inline]
    pub(crate) fn middle<'b>(&mut self, input: &mut &'b mut [u8]) -> Option<Piece<'b>> {
        match self.state {
            State::Payload { len, remaining, .. }
                if remaining < len && (1..remaining).contains(&(input.len() as u64)) =>
            {
                self.piece(input)
            }
            _ => None,
        }
    }

    /// Takes the next bytes, still masked, of a message that is assembled. Returns `None` outside
    /// the payload of a data frame, and if `input` has no byte of it.
    #[inline]
    pub(crate) fn piece<'b>(&mut self, input: &mut &'b mut [u8]) -> Option<Piece<'b>> {
        let State::Payload {
            opcode,
            fin,
            mask,
            len,
            remaining,
            ..
        } = &mut self.state
        else {
            return None;
        };
        if opcode.is_control() || input.is_empty() && *remaining > 0 {
            return None;
        }
        let available = usize::try_from(*remaining).map_or(input.len(), |len| len.min(input.len()));
        let payload = input.split_off_mut(..available)?;
        let piece = Piece {
            payload,
            mask: (self.rules.role() == Role::Server).then_some(*mask),
            is_first: *remaining == *len,
            fin: *fin,
            remaining: *remaining - available as u64,
        };
        (*mask, *remaining) = (mask.after(available), piece.remaining);
        if piece.remaining == 0 {
            self.end_data_frame(piece.fin);
        }
        Some(piece)
    }
}

/// The part of a data frame's payload that one input holds, still masked.
pub(crate) struct Piece<'b> {
    pub(crate) payload: &'b mut [u8],
    /// `None` if the payload is not masked.
    pub(crate) mask: Option<Mask>,
    /// Whether the frame begins with this piece.
    pub(crate) is_first: bool,
    /// Whether the frame is the last of its message.
    pub(crate) fin: bool,
    /// The number of bytes of the frame that are still to come.
    pub(crate) remaining: u64,
}
