//! A client's offer, and the check of the answer.

use core::fmt;

use super::parameters::{Parameters, PerMessageDeflate, Setting, WindowBits};
use crate::extension::Extension;
use crate::extension::grammar::DEFLATE;

/// A client's offer. Its `Display` is the member of the `Sec-WebSocket-Extensions` field.
///
/// ```
/// # use ws_handshake::extension::{Extensions, deflate::DeflateOffer};
/// let offer = DeflateOffer::new();
/// assert_eq!(offer.to_string(), "permessage-deflate; client_max_window_bits");
///
/// let mut answers = Extensions::parse(b"permessage-deflate; client_max_window_bits=12").unwrap();
/// let answer = answers.next().unwrap();
/// assert_eq!(offer.agreed(&answer).unwrap().client_max_window_bits(), 12);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DeflateOffer {
    server_no_context_takeover: bool,
    client_no_context_takeover: bool,
    server_max_window_bits: Option<WindowBits>,
    client_max_window_bits: Option<WindowBits>,
}

impl DeflateOffer {
    /// The offer of browsers: the server can ask for a smaller window of the client.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            server_no_context_takeover: false,
            client_no_context_takeover: false,
            server_max_window_bits: None,
            client_max_window_bits: Some(WindowBits::MAX),
        }
    }

    /// Asks the server to begin each message with an empty window. Default: no.
    #[must_use]
    pub const fn server_no_context_takeover(mut self, on: bool) -> Self {
        self.server_no_context_takeover = on;
        self
    }

    /// Tells the server that the client begins each message with an empty window. Default: no.
    #[must_use]
    pub const fn client_no_context_takeover(mut self, on: bool) -> Self {
        self.client_no_context_takeover = on;
        self
    }

    /// Asks the server to compress with a window of at most this. Default: `None`, not mentioned.
    #[must_use]
    pub const fn server_max_window_bits(mut self, bits: Option<WindowBits>) -> Self {
        self.server_max_window_bits = bits;
        self
    }

    /// The largest window that the client compresses with. `None`: the server cannot ask for a
    /// smaller one. Default: [`WindowBits::MAX`].
    #[must_use]
    pub const fn client_max_window_bits(mut self, bits: Option<WindowBits>) -> Self {
        self.client_max_window_bits = bits;
        self
    }

    /// The value of [`server_max_window_bits`](Self::server_max_window_bits).
    #[must_use]
    pub const fn get_server_max_window_bits(&self) -> Option<WindowBits> {
        self.server_max_window_bits
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

    /// The agreed parameters, if `answer` answers this offer (RFC 7692 §7.1); otherwise the
    /// connection must fail.
    #[must_use]
    pub fn agreed(&self, answer: &Extension<'_>) -> Option<PerMessageDeflate> {
        if answer.name() != DEFLATE {
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
            client_no_context_takeover: answer.client_no_context_takeover
                || self.client_no_context_takeover,
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
