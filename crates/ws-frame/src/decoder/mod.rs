//! Bytes to frames.

#[cfg(feature = "alloc")]
mod cut;
#[cfg(feature = "alloc")]
mod fragments;
mod state;
#[cfg(all(test, feature = "alloc"))]
mod tests;
#[cfg(feature = "alloc")]
mod unmask_ahead;

#[cfg(feature = "alloc")]
pub(crate) use self::cut::Piece;
pub(crate) use self::state::Ending;
use self::state::State;
#[cfg(feature = "alloc")]
pub(crate) use self::unmask_ahead::{SHORTEST_AHEAD, unmask_ahead};
use crate::header::PartialHeader;
use crate::rules::{Next, Rules};
use crate::{Chunk, Header, Mask, Opcode, ProtocolError, Role};

/// Decoder of frames. It needs `core` alone, allocates nothing and copies nothing.
///
/// The caller lends a slice of input. Payloads are unmasked in place and returned as parts of that
/// slice. The decoder always consumes all input: it stores a partial header. It checks every rule
/// of RFC 6455 about frames and their order at the first byte that breaks it. It does not check
/// that text is UTF-8 (see [`Utf8`](crate::Utf8)), does not parse the payload of a Close, and
/// answers no Ping: a `Connection` does.
///
/// ```
/// use ws_frame::{Decoder, Opcode, Role};
///
/// let mut decoder = Decoder::new(Role::Server);
/// let mut bytes = *b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";
/// let mut input = &mut bytes[..];
/// while let Some(chunk) = decoder.decode(&mut input)? {
///     assert_eq!(chunk.header.opcode, Opcode::Text);
///     assert_eq!(chunk.payload, b"Hello");
///     assert!(chunk.is_first() && chunk.is_last());
/// }
/// # Ok::<(), ws_frame::ProtocolError>(())
/// ```
#[derive(Debug)]
pub struct Decoder {
    state: State,
    rules: Rules,
}

impl Decoder {
    /// A decoder at the start of a connection. `role` is the role of this end: a server receives
    /// masked frames (§5.1).
    #[must_use]
    pub const fn new(role: Role) -> Self {
        Self {
            state: State::BetweenMessages,
            rules: Rules::new(role),
        }
    }

    /// Sets the longest payload of a text, binary or continuation frame, in bytes, inclusive. A
    /// longer one fails with [`ProtocolError::FrameTooBig`]. Default: no limit, since this layer
    /// stores no payload.
    #[doc(alias = "max_frame_size")]
    #[must_use]
    pub const fn max_frame_len(mut self, len: u64) -> Self {
        self.rules.set_max_frame_len(len);
        self
    }

    /// Sets whether the first frame of a message may carry RSV1, the bit of permessage-deflate (RFC
    /// 7692 §6). The bit is then in [`Header::rsv1`]. It remains an error on every other frame.
    /// Default: no.
    #[must_use]
    pub const fn allow_rsv1(mut self, allow: bool) -> Self {
        self.rules.set_allow_rsv1(allow);
        self
    }

    /// Takes the next chunk off the front of `input`. Returns `None` once `input` is empty: call it
    /// until then.
    ///
    /// After the last chunk of a Close frame, and after an error, the decoder discards all input
    /// (RFC 6455 §5.5.1, §7.1.7).
    ///
    /// # Errors
    ///
    /// The first rule that the peer broke, once. Answer with a Close that carries its
    /// [`close_code`](ProtocolError::close_code).
    #[inline]
    pub fn decode<'b>(
        &mut self,
        input: &mut &'b mut [u8],
    ) -> Result<Option<Chunk<'b>>, ProtocolError> {
        match self.decode_whole(input) {
            Some(chunk) => Ok(Some(chunk)),
            None => self.decode_rest(input),
        }
    }

    /// Fast path: an unfragmented message of at most 65,535 bytes that breaks no rule and is whole
    /// in `input`. Returns `None`, and changes nothing, if anything else comes next.
    #[inline]
    pub(crate) fn decode_whole<'b>(&mut self, input: &mut &'b mut [u8]) -> Option<Chunk<'b>> {
        if !matches!(self.state, State::BetweenMessages) {
            return None;
        }
        let (opcode, len, at) = self.rules.peek(input)?;
        let header = Header {
            opcode,
            fin: true,
            rsv1: false,
            len: len as u64,
        };
        let payload = match self.rules.role() {
            Role::Server => {
                let frame = input.split_off_mut(..at + 4 + len)?;
                let (key, payload) = frame[at..].split_first_chunk_mut()?;
                let mask = Mask::new(*key);
                if !mask.is_zero() {
                    mask.apply_once(payload);
                }
                payload
            }
            Role::Client => &mut input.split_off_mut(..at + len)?[at..],
        };
        Some(Chunk {
            header,
            payload,
            remaining: 0,
        })
    }

    /// Slow path: every other frame.
    #[inline(never)]
    fn decode_rest<'b>(
        &mut self,
        input: &mut &'b mut [u8],
    ) -> Result<Option<Chunk<'b>>, ProtocolError> {
        Ok(if self.find_payload(input)? {
            self.payload(input)
        } else {
            None
        })
    }

    /// Reads up to the next bytes of a payload. Returns false if `input` holds none.
    pub(crate) fn find_payload(&mut self, input: &mut &mut [u8]) -> Result<bool, ProtocolError> {
        let found = self.advance(input);
        if found.is_err() {
            self.end(Ending::Failed);
            *input = &mut [];
        }
        found
    }

    fn advance(&mut self, input: &mut &mut [u8]) -> Result<bool, ProtocolError> {
        loop {
            match &mut self.state {
                State::BetweenMessages | State::Payload { .. } if input.is_empty() => {
                    return Ok(false);
                }
                State::BetweenMessages => self.state = State::Header(PartialHeader::EMPTY),
                State::Header(partial) => {
                    let Some((header, mask)) = partial.take(input, &self.rules)? else {
                        return Ok(false);
                    };
                    self.begin(header, mask);
                    if header.len == 0 {
                        return Ok(true);
                    }
                }
                State::Payload { .. } => return Ok(true),
                State::Failing(error) => return Err(*error),
                State::Ended(_) => {
                    *input = &mut [];
                    return Ok(false);
                }
            }
        }
    }

    fn begin(&mut self, header: Header, mask: Mask) {
        let Header {
            opcode,
            fin,
            rsv1,
            len,
        } = header;
        self.state = State::Payload {
            opcode,
            fin,
            rsv1,
            mask,
            len,
            remaining: len,
        };
    }

    /// Takes the bytes of the payload off the front of `input`, unmasked, and ends the frame with
    /// its last.
    #[inline]
    pub(crate) fn payload<'b>(&mut self, input: &mut &'b mut [u8]) -> Option<Chunk<'b>> {
        let State::Payload {
            opcode,
            fin,
            rsv1,
            mask,
            len,
            remaining,
        } = &mut self.state
        else {
            return None;
        };
        let available = usize::try_from(*remaining).map_or(input.len(), |len| len.min(input.len()));
        let payload = input.split_off_mut(..available)?;
        if self.rules.role() == Role::Server && !mask.is_zero() {
            mask.apply(payload);
        }
        *remaining -= available as u64;
        let header = Header {
            opcode: *opcode,
            fin: *fin,
            rsv1: *rsv1,
            len: *len,
        };
        let chunk = Chunk {
            header,
            payload,
            remaining: *remaining,
        };
        if chunk.is_last() {
            self.end_frame(header);
        }
        Some(chunk)
    }

    /// After the last byte of a data frame.
    #[inline]
    fn end_data_frame(&mut self, fin: bool) {
        if fin {
            self.rules.set_next(Next::Message);
            self.state = State::BetweenMessages;
        } else {
            self.rules.set_next(Next::Fragment);
            self.state = State::Header(PartialHeader::EMPTY);
        }
    }

    fn end_frame(&mut self, header: Header) {
        match (header.opcode, self.rules.next()) {
            (Opcode::Text | Opcode::Binary | Opcode::Continuation, _) => {
                self.end_data_frame(header.fin);
            }
            (Opcode::Close, _) => self.end(Ending::Closed),
            (Opcode::Ping | Opcode::Pong, Next::Message) => self.state = State::BetweenMessages,
            (Opcode::Ping | Opcode::Pong, _) => self.state = State::Header(PartialHeader::EMPTY),
        }
    }

    fn end(&mut self, ending: Ending) {
        self.state = State::Ended(ending);
    }
}

/// For the layer above, which has more reasons to stop and to refuse.
impl Decoder {
    pub(crate) const fn ending(&self) -> Option<Ending> {
        match self.state {
            State::Ended(ending) => Some(ending),
            _ => None,
        }
    }

    /// Whether a frame is partially received.
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

    /// Whether the next call reports an error, whatever the input.
    #[cfg(feature = "alloc")]
    pub(crate) const fn is_failing(&self) -> bool {
        matches!(self.state, State::Failing(_))
    }

    /// The opcode of the data payload that has begun.
    #[cfg(feature = "alloc")]
    pub(crate) const fn data_opcode(&self) -> Option<Opcode> {
        match self.state {
            State::Payload { opcode, .. } if !opcode.is_control() => Some(opcode),
            _ => None,
        }
    }

    /// The number of bytes still to come of the data payload that has begun.
    pub(crate) const fn data_remaining(&self) -> Option<u64> {
        match self.state {
            State::Payload {
                opcode, remaining, ..
            } if !opcode.is_control() => Some(remaining),
            _ => None,
        }
    }

    /// Sets the frame that may come next, and the number of bytes that its message may still have.
    pub(crate) const fn allow(&mut self, len: u64, next: Next) {
        self.rules.set_max_message_len(len);
        self.rules.set_next(next);
    }

    /// Accepts compressed messages.
    #[cfg(feature = "deflate")]
    pub(crate) const fn set_allow_rsv1(&mut self) {
        self.rules.set_allow_rsv1(true);
    }

    /// Sends the next frame through the slow path, because the layer above has something to do
    /// before it.
    #[cfg(feature = "deflate")]
    pub(crate) const fn delay(&mut self) {
        if matches!(self.state, State::BetweenMessages) {
            self.state = State::Header(PartialHeader::EMPTY);
        }
    }

    /// Makes the next call report this error.
    pub(crate) const fn fail_next(&mut self, error: ProtocolError) {
        self.state = State::Failing(error);
    }

    /// Discards all further input. The caller reports the error.
    pub(crate) fn fail(&mut self) {
        self.end(Ending::Failed);
    }

    /// Records the end of the stream, and returns how it ended: the same at each call.
    pub(crate) fn end_of_input(&mut self) -> Ending {
        let ending = match self.ending() {
            Some(Ending::Closed | Ending::ClosedAndEof) => Ending::ClosedAndEof,
            _ => Ending::Failed,
        };
        self.end(ending);
        ending
    }
}

const _: () = assert!(size_of::<Decoder>() <= 48);
