//! Faults of the peer, and of the caller.

use core::fmt;

use crate::CloseCode;

/// A fault of the peer. Each variant is one clause of RFC 6455 or one limit, with one close code.
///
/// The connection has failed: the only frame left to send is a Close with
/// [`close_code`](Self::close_code). A `Connection` sends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProtocolError {
    /// A reserved bit is set without an extension that defines it (§5.2).
    ReservedBits,
    /// The opcode is reserved: 3 to 7 or 11 to 15 (§5.2).
    ReservedOpcode,
    /// A Close, Ping or Pong is fragmented (§5.5).
    FragmentedControl,
    /// A Close, Ping or Pong has a payload of more than 125 bytes (§5.5).
    ControlTooLong,
    /// A continuation without a message under way (§5.4).
    UnexpectedContinuation,
    /// A new message before the last fragment of the one under way (§5.4).
    ExpectedContinuation,
    /// A client sent a frame without a mask (§5.1).
    Unmasked,
    /// A server sent a frame with a mask (§5.1).
    Masked,
    /// A length takes more bytes than it needs (§5.2).
    NonMinimalLength,
    /// The highest bit of a 64-bit length is set (§5.2).
    LengthOutOfRange,
    /// The payload of a Close is a single byte, half a close code (§5.5.1).
    TruncatedCloseCode,
    /// A Close has a code that may not be sent (§7.4).
    InvalidCloseCode,
    /// The reason in a Close is not UTF-8 (§5.5.1).
    InvalidCloseReason,
    /// A text message is not UTF-8 (§8.1).
    InvalidUtf8,
    /// A compressed message is not DEFLATE, or ends inside a block (RFC 7692 §7.2.2).
    InvalidDeflate,
    /// A frame exceeds [`Decoder::max_frame_len`](crate::Decoder::max_frame_len) (§10.4).
    FrameTooBig,
    /// A message exceeds `Config::max_message_len` (§10.4).
    MessageTooBig,
    /// A message exceeds `Config::max_fragments`.
    TooManyFragments,
    /// Empty fragments in a row exceed `Config::max_empty_fragments`.
    TooManyEmptyFragments,
    /// A compressed message continues after final blocks (RFC 7692 §7.2.3.4) more than 4 times, and
    /// once more for each 16 compressed bytes.
    TooManyFinalBlocks,
}

impl ProtocolError {
    /// The code to close with (§7.4.1): 1002 for framing, 1007 for text and compression, 1009 for
    /// sizes, 1008 for counts.
    #[must_use]
    pub const fn close_code(self) -> CloseCode {
        match self {
            Self::ReservedBits
            | Self::ReservedOpcode
            | Self::FragmentedControl
            | Self::ControlTooLong
            | Self::UnexpectedContinuation
            | Self::ExpectedContinuation
            | Self::Unmasked
            | Self::Masked
            | Self::NonMinimalLength
            | Self::LengthOutOfRange
            | Self::TruncatedCloseCode
            | Self::InvalidCloseCode => CloseCode::PROTOCOL_ERROR,
            Self::InvalidCloseReason | Self::InvalidUtf8 | Self::InvalidDeflate => {
                CloseCode::INVALID_PAYLOAD
            }
            Self::FrameTooBig | Self::MessageTooBig => CloseCode::TOO_BIG,
            Self::TooManyFragments | Self::TooManyEmptyFragments | Self::TooManyFinalBlocks => {
                CloseCode::POLICY_VIOLATION
            }
        }
    }
}

impl fmt::Display for ProtocolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ReservedBits => "a reserved bit is set",
            Self::ReservedOpcode => "the opcode is reserved",
            Self::FragmentedControl => "a control frame is fragmented",
            Self::ControlTooLong => "a control frame exceeds 125 bytes",
            Self::UnexpectedContinuation => "a continuation frame without a message under way",
            Self::ExpectedContinuation => "a new message before the end of the one under way",
            Self::Unmasked => "a frame from a client is not masked",
            Self::Masked => "a frame from a server is masked",
            Self::NonMinimalLength => "a payload length is not in its shortest form",
            Self::LengthOutOfRange => "a payload length has its highest bit set",
            Self::TruncatedCloseCode => "a close frame has half a close code",
            Self::InvalidCloseCode => "the close code is reserved",
            Self::InvalidCloseReason => "the close reason is not UTF-8",
            Self::InvalidUtf8 => "a text message is not UTF-8",
            Self::InvalidDeflate => "a compressed message does not inflate",
            Self::FrameTooBig => "a frame exceeds max_frame_len",
            Self::MessageTooBig => "a message exceeds max_message_len",
            Self::TooManyFragments => "a message exceeds max_fragments",
            Self::TooManyEmptyFragments => "empty fragments in a row exceed max_empty_fragments",
            Self::TooManyFinalBlocks => "too many final blocks in a compressed message",
        })
    }
}

impl core::error::Error for ProtocolError {}

/// A fault of the caller: a frame that may not be sent, or not now. Nothing is written, and the
/// state of the connection is unchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SendError {
    /// This end has sent a Close, or the connection has failed or ended: nothing may follow (RFC
    /// 6455 §5.5.1).
    Closed,
    /// A message is under way. End it first, or continue it with a fragment of its kind (§5.4).
    MessageUnfinished,
    /// A continuation without a message under way (§5.4).
    NoMessage,
    /// A Close, Ping or Pong cannot be fragmented (§5.5).
    FragmentedControl,
    /// A Close, Ping or Pong has at most 125 bytes, the reason of a Close at most 123 (§5.5).
    ControlTooLong,
    /// A client masks each frame with a key of its own, so it cannot share encoded bytes (§5.3).
    MustMask,
    /// A payload has less than 2^63 bytes (§5.2).
    TooLong,
    /// Only a client chooses the code 1010: a server refuses an extension in the opening handshake
    /// (§7.4.1).
    ClientCloseCode,
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Closed => "the connection is closed for sending",
            Self::MessageUnfinished => "another message is under way",
            Self::NoMessage => "a continuation frame without a message under way",
            Self::FragmentedControl => "a control frame cannot be fragmented",
            Self::ControlTooLong => "a control frame exceeds 125 bytes",
            Self::MustMask => "a client cannot share encoded bytes",
            Self::TooLong => "a payload has 2^63 bytes or more",
            Self::ClientCloseCode => "a server may not choose the close code 1010",
        })
    }
}

impl core::error::Error for SendError {}
