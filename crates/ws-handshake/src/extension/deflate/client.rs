//! A client's offer and the check of the answer.

use core::fmt;

use super::{NAME, Parameters, PerMessageDeflate, Setting, WindowBits};
use crate::extension::Extension;

/// What a client offers; its `Display` is the member of the `Sec-WebSocket-Extensions` field.
///
/// ```
/// # use ws_handshake::extension::{Extensions, deflate::DeflateOffer};
/// let offer = DeflateOffer::new();
/// assert_eq!(offer.to_string(), "permessage-deflate; client_max_window_bits");
///
/// let answer = Extensions::parse(b"permessage-deflate; client_max_window_bits=12").unwrap().next().unwrap();
/// assert_eq!(offer.agreed(&answer).unwrap().client_max_window_bits.unwrap().bits(), 12);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DeflateOffer {
    /// Ask the server to begin each message with an empty window.
    pub server_no_context_takeover: bool,
    /// Tell the server that each of our messages begins with an empty window.
    pub client_no_context_takeover: bool,
    /// Ask the server to compress with a window of at most this.
    pub server_max_window_bits: Option<WindowBits>,
    /// The largest window we compress with, 15 being all. `None`: the server cannot ask for a smaller one.
    pub client_max_window_bits: Option<WindowBits>,
}

impl DeflateOffer {
    /// What browsers offer: the server may ask for a smaller window of ours.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            server_no_context_takeover: false,
            client_no_context_takeover: false,
            server_max_window_bits: None,
            client_max_window_bits: Some(WindowBits::MAX),
        }
    }

    /// The offer that was written as a member of a list.
    pub(crate) fn read(offer: &Extension<'_>) -> Option<Self> {
        let read = Parameters::read(offer)?;
        Some(Self {
            server_no_context_takeover: read.server_no_context_takeover,
            client_no_context_takeover: read.client_no_context_takeover,
            server_max_window_bits: read.server_max_window_bits,
            client_max_window_bits: match read.client_max_window_bits {
                Setting::Absent => None,
                Setting::Empty => Some(WindowBits::MAX),
                Setting::Value(bits) => Some(bits),
            },
        })
    }

    /// What was agreed on, if `answer` is one to this offer (RFC 7692 §7.1); otherwise the connection must fail.
    #[must_use]
    pub fn agreed(&self, answer: &Extension<'_>) -> Option<PerMessageDeflate> {
        if answer.name() != NAME {
            return None;
        }
        let answer = Parameters::read(answer)?;
        let client_window = match (answer.client_max_window_bits, self.client_max_window_bits) {
            (Setting::Absent, _) => None,
            (Setting::Value(bits), Some(offered)) if bits <= offered => Some(bits),
            _ => return None,
        };
        let server_window = answer.server_max_window_bits.unwrap_or_default();
        let server_window_fits = server_window <= self.server_max_window_bits.unwrap_or_default();
        let takeover_fits = answer.server_no_context_takeover || !self.server_no_context_takeover;
        (server_window_fits && takeover_fits).then_some(PerMessageDeflate {
            server_no_context_takeover: answer.server_no_context_takeover,
            client_no_context_takeover: answer.client_no_context_takeover || self.client_no_context_takeover,
            server_max_window_bits: answer.server_max_window_bits,
            client_max_window_bits: client_window
                .or(self.client_max_window_bits)
                .filter(|bits| *bits < WindowBits::MAX),
        })
    }
}

impl Default for DeflateOffer {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Display for DeflateOffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parameters = Parameters {
            server_no_context_takeover: self.server_no_context_takeover,
            client_no_context_takeover: self.client_no_context_takeover,
            server_max_window_bits: self.server_max_window_bits,
            client_max_window_bits: match self.client_max_window_bits {
                None => Setting::Absent,
                Some(WindowBits::MAX) => Setting::Empty,
                Some(bits) => Setting::Value(bits),
            },
        };
        parameters.fmt(f)
    }
}
