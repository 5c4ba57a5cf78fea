//! A server's choice among the offers.

use super::parameters::{Parameters, PerMessageDeflate, Setting, WindowBits};
use crate::extension::Extension;
use crate::extension::grammar::DEFLATE;

/// Abilities and wishes of a server; [`answer`](Self::answer) picks the first offer that fits.
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
    server_no_context_takeover: bool,
    client_no_context_takeover: ClientTakeover,
    server_max_window_bits: WindowBits,
    server_min_window_bits: WindowBits,
    client_max_window_bits: WindowBits,
}

/// Conditions for answering `client_no_context_takeover` (RFC 7692 §7.1.1.2).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum ClientTakeover {
    /// The client can keep its window, whatever it offers.
    Keep,
    /// A client that offers to give up its window does so.
    #[default]
    IfOffered,
    /// Every client must give up its window. RFC 7692 allows this even if the client did not offer
    /// it, but some clients ignore the answer.
    Demand,
}

impl DeflateServer {
    /// A server that accepts any window, with context takeover as the client wants it.
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

    /// Begins each message of the server with an empty window, even if the client does not ask for
    /// it. If the client asks, the server does so in any case. Default: no.
    #[must_use]
    pub const fn server_no_context_takeover(mut self, on: bool) -> Self {
        self.server_no_context_takeover = on;
        self
    }

    /// Sets whether the client must begin each message with an empty window. Default:
    /// [`ClientTakeover::IfOffered`].
    #[must_use]
    pub const fn client_no_context_takeover(mut self, takeover: ClientTakeover) -> Self {
        self.client_no_context_takeover = takeover;
        self
    }

    /// The largest window that the server compresses with. The client can ask for a smaller one.
    /// Default: [`WindowBits::MAX`].
    #[must_use]
    pub const fn server_max_window_bits(mut self, bits: WindowBits) -> Self {
        self.server_max_window_bits = bits;
        self
    }

    /// The smallest window that the server can compress with. It declines an offer that asks for a
    /// smaller one. Default: [`WindowBits::MIN`].
    #[must_use]
    pub const fn server_min_window_bits(mut self, bits: WindowBits) -> Self {
        self.server_min_window_bits = bits;
        self
    }

    /// The largest window that a client can compress with, if it understands the parameter, which
    /// its offer shows. Other clients can use 32 KiB (RFC 7692 §7.1.2.2). Default:
    /// [`WindowBits::MAX`].
    #[must_use]
    pub const fn client_max_window_bits(mut self, bits: WindowBits) -> Self {
        self.client_max_window_bits = bits;
        self
    }

    /// The value of [`server_max_window_bits`](Self::server_max_window_bits).
    #[must_use]
    pub const fn get_server_max_window_bits(&self) -> WindowBits {
        self.server_max_window_bits
    }

    /// The value of [`server_min_window_bits`](Self::server_min_window_bits).
    #[must_use]
    pub const fn get_server_min_window_bits(&self) -> WindowBits {
        self.server_min_window_bits
    }

    /// The answer to the first offer of `permessage-deflate` that fits. `None`: no compression.
    ///
    /// An offer with an unknown or repeated parameter, or with a value out of range, is skipped
    /// (RFC 7692 §7.1).
    #[must_use]
    pub fn answer<'b>(
        &self,
        offers: impl IntoIterator<Item = Extension<'b>>,
    ) -> Option<PerMessageDeflate> {
        let mut offers = offers.into_iter().filter(|offer| offer.name() == DEFLATE);
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
            server_no_context_takeover: offer.server_no_context_takeover
                || self.server_no_context_takeover,
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

/// The parameter to send: 15 is the value of one that is not sent.
fn told(bits: WindowBits) -> Option<WindowBits> {
    (bits < WindowBits::MAX).then_some(bits)
}
