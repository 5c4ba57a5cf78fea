#[cfg(feature = "alloc")]
mod ahead;
mod layer;
mod state;
#[cfg(all(test, feature = "alloc"))]
mod tests;

use core::mem;

#[cfg(feature = "alloc")]
pub(crate) use self::ahead::{SHORTEST_AHEAD, unmask_ahead};
pub(crate) use self::state::Ending;
use self::state::State;
use crate::header::PartialHeader;
use crate::rules::{Next, Rules};
use crate::{Chunk, Header, Mask, Opcode, ProtocolError, Role};

/// Turns bytes into frames, on `core` alone: no allocation, no copy.
///
/// Bytes go in as a slice that the caller lends; payloads come out as parts of that slice, unmasked in place. All input is
/// always consumed: a header that is cut is kept inside. Every rule of RFC 6455 about frames and their order is held, at the
/// first byte that breaks it. What this layer does not look at: whether text is UTF-8 (see [`Utf8`](crate::Utf8)), what a Close
/// says, and that pings want an answer; [`Connection`](crate::Connection) does.
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
    /// A decoder of what the peer sends, at the beginning of the connection: `role` is ours.
    #[must_use]
    pub const fn new(role: Role) -> Self {
        Self {
            state: State::BetweenMessages,
            rules: Rules::new(role),
        }
    }

    /// Refuses text, binary and continuation frames with a longer payload ([`ProtocolError::FrameTooBig`]). No limit unless set:
    /// this layer holds no payload.
    #[must_use]
    pub const fn max_frame_len(mut self, len: u64) -> Self {
        self.rules.set_max_frame_len(len);
        self
    }

    /// Lets the first frame of a message carry RSV1, as an agreed extension may want (permessage-deflate: RFC 7692 §6). The bit
    /// is then in [`Header::rsv1`]; it stays an error on every other frame.
    #[must_use]
    pub const fn allow_rsv1(mut self, allow: bool) -> Self {
        self.rules.set_allow_rsv1(allow);
        self
    }

    /// Takes the next chunk off the front of `input`; `None` once `input` is used up.
    ///
    /// Call it until it gives `None`. After the last chunk of a Close frame, and after an error, which is given once, whatever
    /// the peer sends is thrown away (RFC 6455 §5.5.1, §7.1.7).
    ///
    /// # Errors
    ///
    /// The first rule that the peer broke. Answer with a Close that carries its [`close_code`](ProtocolError::close_code).
    #[inline]
    pub fn decode<'b>(&mut self, input: &mut &'b mut [u8]) -> Result<Option<Chunk<'b>>, ProtocolError> {
        match self.decode_whole(input) {
            Some(chunk) => Ok(Some(chunk)),
            None => self.decode_rest(input),
        }
    }

    /// The common case, and nothing else: an unfragmented message, in one frame that breaks no rule and is whole in the input.
    /// Leaves everything as it is when that is not what comes next.
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
                // Zero where it was unmasked ahead.
                if *key != [0; 4] {
                    Mask::new(*key).apply_once(payload);
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

    /// Every other case.
    #[inline(never)]
    fn decode_rest<'b>(&mut self, input: &mut &'b mut [u8]) -> Result<Option<Chunk<'b>>, ProtocolError> {
        Ok(if self.find_payload(input)? {
            self.payload(input)
        } else {
            None
        })
    }

    /// Goes on to the next bytes of a payload; false if `input` holds none.
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
                State::BetweenMessages | State::Payload { .. } if input.is_empty() => return Ok(false),
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

    /// Takes what `input` holds of the payload, and goes on to the next frame if that was its end.
    #[inline]
    pub(crate) fn payload<'b>(&mut self, input: &mut &'b mut [u8]) -> Option<Chunk<'b>> {
        let (chunk, mask) = self.masked_payload(input)?;
        if let Some(mask) = mask {
            mask.apply_once(chunk.payload);
        }
        Some(chunk)
    }

    /// The same, with the payload as it came, and its mask if it has one.
    #[inline]
    pub(crate) fn masked_payload<'b>(
        &mut self,
        input: &mut &'b mut [u8],
    ) -> Option<(Chunk<'b>, Option<Mask>)> {
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
        let turned = mask.after(available);
        let mask = mem::replace(mask, turned);
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
        Some((chunk, (self.rules.role() == Role::Server).then_some(mask)))
    }

    fn end_frame(&mut self, header: Header) {
        match header.opcode {
            Opcode::Text | Opcode::Binary | Opcode::Continuation => {
                self.rules
                    .set_next(if header.fin { Next::Message } else { Next::Fragment });
            }
            Opcode::Close => return self.end(Ending::Closed),
            Opcode::Ping | Opcode::Pong => {}
        }
        self.state = match self.rules.next() {
            Next::Message => State::BetweenMessages,
            _ => State::Header(PartialHeader::EMPTY),
        };
    }

    fn end(&mut self, ending: Ending) {
        self.state = State::Ended(ending);
    }
}

const _: () = assert!(size_of::<Decoder>() <= 48);
