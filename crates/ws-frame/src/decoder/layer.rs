//! For the layer above, which knows more reasons to stop and to refuse.

use super::state::State;
use super::{Decoder, Ending};
#[cfg(feature = "alloc")]
use crate::Opcode;
use crate::ProtocolError;
#[cfg(feature = "deflate")]
use crate::header::PartialHeader;
use crate::rules::Next;

impl Decoder {
    pub(crate) const fn ending(&self) -> Option<Ending> {
        match self.state {
            State::Ended(ending) => Some(ending),
            _ => None,
        }
    }

    /// Whether some of a frame has come, and its end has not.
    #[cfg(feature = "alloc")]
    pub(crate) const fn is_midway(&self) -> bool {
        match &self.state {
            State::Header(partial) => !partial.is_empty(),
            State::Payload { .. } => true,
            State::BetweenMessages | State::Failing(_) | State::Ended(_) => false,
        }
    }

    pub(crate) const fn set_max_frame_len(&mut self, len: u64) {
        self.rules.set_max_frame_len(len);
    }

    /// Whether what follows in `input` is of a message that is not whole in one frame and one input, and whose first frame, if this is
    /// it, says nothing of compression.
    #[cfg(feature = "alloc")]
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

    /// Whether there is an error to tell, whatever comes.
    #[cfg(feature = "alloc")]
    pub(crate) const fn is_failing(&self) -> bool {
        matches!(self.state, State::Failing(_))
    }

    /// How many bytes are still to come of the data payload that has begun.
    pub(crate) const fn data_remaining(&self) -> Option<u64> {
        match self.state {
            State::Payload {
                opcode, remaining, ..
            } if !opcode.is_control() => Some(remaining),
            _ => None,
        }
    }

    /// Bounds what comes next: at most `len` bytes of message.
    pub(crate) const fn allow(&mut self, len: u64, next: Next) {
        self.rules.set_max_message_len(len);
        self.rules.set_next(next);
    }

    /// RSV1 now has a meaning.
    #[cfg(feature = "deflate")]
    pub(crate) const fn set_allow_rsv1(&mut self) {
        self.rules.set_allow_rsv1(true);
    }

    /// The next frame takes the long way, because something has to be done before it.
    #[cfg(feature = "deflate")]
    pub(crate) const fn delay(&mut self) {
        if matches!(self.state, State::BetweenMessages) {
            self.state = State::Header(PartialHeader::EMPTY);
        }
    }

    /// Fails with this error at the next call.
    pub(crate) const fn fail_next(&mut self, error: ProtocolError) {
        self.state = State::Failing(error);
    }

    /// Fails now: the caller reports the error.
    pub(crate) fn fail(&mut self) {
        self.end(Ending::Failed);
    }

    /// The stream has ended. Says how, the same at each call.
    pub(crate) fn end_of_input(&mut self) -> Ending {
        let ending = match self.ending() {
            Some(Ending::Closed | Ending::ClosedAndEof) => Ending::ClosedAndEof,
            _ => Ending::Failed,
        };
        self.end(ending);
        ending
    }
}
