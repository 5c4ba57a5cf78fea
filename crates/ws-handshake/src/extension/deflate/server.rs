//! A server's choice among the offers.

use super::{NAME, Parameters, PerMessageDeflate, Setting, WindowBits};
use crate::extension::Extension;

/// What a server can do and would like; [`answer`](Self::answer) picks the first offer that fits.
///
/// ```
/// use ws_handshake::extension::{Extensions, deflate::DeflateServer};
///
/// let offers = Extensions::parse(b"permessage-deflate; client_max_window_bits").unwrap();
/// let agreed = DeflateServer::new().answer(offers).unwrap();
/// assert_eq!(agreed.to_string(), "permessage-deflate");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DeflateServer {
    /// Begin each message of ours with an empty window, asked or not. It is done in any case when the client wants it.
    pub server_no_context_takeover: bool,
    /// Whether the client shall begin each message with an empty window.
    pub client_no_context_takeover: ClientTakeover,
    /// The largest window to compress with. The client's wish can make it smaller.
    pub server_max_window_bits: WindowBits,
    /// The smallest window that we can compress with. An offer that wants a smaller one is declined.
    pub server_min_window_bits: WindowBits,
    /// The largest window that the client may compress with, if it can be told: only a client that offers the parameter
    /// understands it. Others may use 32 KiB (RFC 7692 §7.1.2.2).
    pub client_max_window_bits: WindowBits,
}

/// When a server answers `client_no_context_takeover` (RFC 7692 §7.1.1.2).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum ClientTakeover {
    /// The client may keep its window, whatever it offers.
    Keep,
    /// The client that offers to give up its window does so.
    #[default]
    IfOffered,
    /// Every client must give up its window. The RFC allows to demand it from those who did not offer it, but some
    /// clients do not look at the answer.
    Demand,
}

impl DeflateServer {
    /// Any window, and context takeover as the client wants it.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            server_no_context_takeover: false,
            client_no_context_takeover: ClientTakeover::IfOffered,
            server_max_window_bits: WindowBits::MAX,
            server_min_window_bits: WindowBits::MIN,
            client_max_window_bits: WindowBits::MAX,
        }
    }

    /// The answer to the first offer of `permessage-deflate` that fits; `None`: the connection has no compression.
    ///
    /// An offer with an unknown or repeated parameter, or a value out of range, is passed over (RFC 7692 §7.1).
    #[must_use]
    pub fn answer<'b>(&self, offers: impl IntoIterator<Item = Extension<'b>>) -> Option<PerMessageDeflate> {
        let mut offers = offers.into_iter().filter(|offer| offer.name() == NAME);
        offers.find_map(|offer| self.fit(Parameters::read(&offer)?))
    }

    fn fit(self, offer: Parameters) -> Option<PerMessageDeflate> {
        let server_window = smaller(offer.server_max_window_bits, self.server_max_window_bits);
        if server_window < self.server_min_window_bits {
            return None;
        }
        let client_window = match offer.client_max_window_bits {
            Setting::Absent => WindowBits::MAX,
            Setting::Empty => self.client_max_window_bits,
            Setting::Value(bits) => bits.min(self.client_max_window_bits),
        };
        Some(PerMessageDeflate {
            server_no_context_takeover: offer.server_no_context_takeover || self.server_no_context_takeover,
            client_no_context_takeover: match self.client_no_context_takeover {
                ClientTakeover::Keep => false,
                ClientTakeover::IfOffered => offer.client_no_context_takeover,
                ClientTakeover::Demand => true,
            },
            server_max_window_bits: offer
                .server_max_window_bits
                .map(|_| server_window)
                .or(told(server_window)),
            client_max_window_bits: told(client_window),
        })
    }
}

impl Default for DeflateServer {
    fn default() -> Self {
        Self::new()
    }
}

fn smaller(offered: Option<WindowBits>, ours: WindowBits) -> WindowBits {
    offered.map_or(ours, |bits| bits.min(ours))
}

/// 15 is what holds when nothing is said.
fn told(bits: WindowBits) -> Option<WindowBits> {
    (bits < WindowBits::MAX).then_some(bits)
}
