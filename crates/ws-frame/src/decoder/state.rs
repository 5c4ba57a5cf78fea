use crate::header::PartialHeader;
use crate::{Mask, Opcode, ProtocolError};

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
///                          Failing: the layer above has one more event to give
/// ```
#[derive(Clone, Copy, Debug)]
pub(super) enum State {
    /// At the beginning of a frame that is the first of its message, or a control frame.
    BetweenMessages,
    /// At the beginning of any other frame, or inside the header of any.
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
    /// Broken, but not yet told.
    Failing(ProtocolError),
    /// Nothing that comes is looked at.
    Ended(Ending),
}

/// Why a decoder looks at nothing any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// A Close has come.
    Closed,
    /// A Close has come, then the end of the stream.
    ClosedAndEof,
    /// A rule was broken, or the stream ended without a Close.
    Failed,
}
