//! The state of a decoder.

use crate::header::PartialHeader;
use crate::{Mask, Opcode, ProtocolError};

/// The part of a frame that comes next.
///
/// ```text
///        first byte           header complete
///   ┌─────────────────▶ Header ────────────────▶ Payload
///   │                     ▲ │ rule broken          │
///   │   of a fragment     │ │                      │ payload complete
///   │   that is not last  │ ▼                      │
///   │                     │ Ended ◀── of a Close ──┤
///   │                     │   ▲                    │
///   │                     └───┼────────────────────┤
/// BetweenMessages ◀───────────┼──── of any other ──┘
///                             │
///                          Failing: the layer above has one more event to return
/// ```
#[derive(Clone, Copy, Debug)]
pub(super) enum State {
    /// At the start of a frame, and no message is under way.
    BetweenMessages,
    /// At the start of any other frame, or inside a header.
    Header(PartialHeader),
    /// Inside the payload of a frame.
    Payload {
        opcode: Opcode,
        fin: bool,
        rsv1: bool,
        mask: Mask,
        len: u64,
        remaining: u64,
    },
    /// Failed; the next call reports it.
    Failing(ProtocolError),
    /// All input is discarded.
    Ended(Ending),
}

/// The reason for which a decoder discards all input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The peer sent a Close.
    Closed,
    /// The peer sent a Close and ended the stream.
    ClosedAndEof,
    /// The peer broke a rule, or ended the stream without a Close.
    Failed,
}
