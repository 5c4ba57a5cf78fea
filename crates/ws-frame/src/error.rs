use core::fmt;

use crate::CloseCode;

/// What the peer did wrong. Each variant is one clause of RFC 6455, or one of our limits, and deserves one close code.
///
/// The connection it came on is over: the only thing left to send is a Close frame with [`close_code`](Self::close_code).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProtocolError {
    /// A reserved bit is set that no agreed extension gives a meaning (§5.2).
    ReservedBits,
    /// The opcode is one of 3 to 7 or 11 to 15 (§5.2).
    ReservedOpcode,
    /// A Close, Ping or Pong is not the last frame of its message (§5.5).
    FragmentedControl,
    /// A Close, Ping or Pong has a payload of more than 125 bytes (§5.5).
    ControlTooLong,
    /// A continuation came with no message to continue (§5.4).
    UnexpectedContinuation,
    /// A new message began before the last fragment of the one under way (§5.4).
    ExpectedContinuation,
    /// A client sent a frame without a mask (§5.1).
    Unmasked,
    /// A server sent a frame with a mask (§5.1).
    Masked,
    /// A length is written in more bytes than it needs (§5.2).
    NonMinimalLength,
    /// The highest bit of a 64-bit length is set (§5.2).
    LengthOutOfRange,
    /// The payload of a Close is a single byte, half a close code (§5.5.1).
    TruncatedCloseCode,
    /// A Close bears a code that may not be sent (§7.4).
    InvalidCloseCode,
    /// The reason in a Close is not UTF-8 (§5.5.1).
    InvalidCloseReason,
    /// A text message is not UTF-8 (§8.1).
    InvalidUtf8,
    /// A compressed message does not inflate, or is cut inside a block (RFC 7692 §7.2.2).
    InvalidDeflate,
    /// A frame is longer than our limit (§10.4).
    FrameTooBig,
    /// A message is longer than our limit (§10.4).
    MessageTooBig,
    /// A message has more fragments than our limit.
    TooManyFragments,
    /// More fragments in a row are empty than our limit.
    TooManyEmptyFragments,
    /// A compressed message goes on behind last blocks (RFC 7692 §7.2.3.4) more often than our limit: 4 times, and once more for each
    /// 16 compressed bytes.
    TooManyFinalBlocks,
}

impl ProtocolError {
    /// The code to close with: 1002 for framing, 1007 for text, 1009 for size, 1008 for the limits on counts (§7.4.1).
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
            Self::InvalidCloseReason | Self::InvalidUtf8 | Self::InvalidDeflate => CloseCode::INVALID_PAYLOAD,
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
            Self::ControlTooLong => "a control frame has more than 125 bytes",
            Self::UnexpectedContinuation => "a continuation without a message to continue",
            Self::ExpectedContinuation => "a new message inside an unfinished one",
            Self::Unmasked => "a frame from a client is not masked",
            Self::Masked => "a frame from a server is masked",
            Self::NonMinimalLength => "a length is not in its shortest form",
            Self::LengthOutOfRange => "a length has its highest bit set",
            Self::TruncatedCloseCode => "the close code is cut short",
            Self::InvalidCloseCode => "the close code may not be sent",
            Self::InvalidCloseReason => "the close reason is not UTF-8",
            Self::InvalidUtf8 => "a text message is not UTF-8",
            Self::InvalidDeflate => "a compressed message does not inflate",
            Self::FrameTooBig => "a frame is over the limit",
            Self::MessageTooBig => "a message is over the limit",
            Self::TooManyFragments => "a message has too many fragments",
            Self::TooManyEmptyFragments => "too many empty fragments in a row",
            Self::TooManyFinalBlocks => "too many final blocks in a compressed message",
        })
    }
}

impl core::error::Error for ProtocolError {}

/// What the caller may not send, or not now. Nothing has been written, and the connection stands as it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SendError {
    /// Our Close has been sent, or the connection has failed or ended: nothing may follow (RFC 6455 §5.5.1).
    Closed,
    /// The message under way must be finished, or continued with its own kind, first (§5.4).
    MessageUnfinished,
    /// A continuation was asked for, and no message is under way (§5.4).
    NoMessage,
    /// A Close, Ping or Pong cannot be a fragment (§5.5).
    FragmentedControl,
    /// A Close, Ping or Pong holds at most 125 bytes; the reason of a Close 123 (§5.5).
    ControlTooLong,
    /// A client masks each frame with a key of its own: what is encoded once cannot be shared (§5.3).
    MustMask,
    /// A payload holds fewer than 2^63 bytes (§5.2).
    TooLong,
    /// The code 1010 is for clients: a server refuses an extension in the opening handshake (§7.4.1).
    ClientCloseCode,
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Closed => "the connection is closed for sending",
            Self::MessageUnfinished => "another message is unfinished",
            Self::NoMessage => "no message to continue",
            Self::FragmentedControl => "a control frame cannot be a fragment",
            Self::ControlTooLong => "a control frame holds at most 125 bytes",
            Self::MustMask => "a client cannot share encoded bytes",
            Self::TooLong => "a payload holds fewer than 2^63 bytes",
            Self::ClientCloseCode => "a server does not send the close code 1010",
        })
    }
}

impl core::error::Error for SendError {}
