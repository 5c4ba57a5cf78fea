//! Negotiation of compression with a client.

use ws_frame::Connection;
use ws_handshake::{Upgrade, extension::deflate::PerMessageDeflate};

use super::Config;

impl Config {
    /// Negotiates compression with a client.
    #[cfg_attr(
        not(feature = "deflate"),
        expect(clippy::unused_self, reason = "it has no compression")
    )]
    pub(crate) fn agree(&self, upgrade: &Upgrade<'_>) -> Option<PerMessageDeflate> {
        #[cfg(feature = "deflate")]
        return self.compression.as_ref()?.answer(upgrade);
        #[cfg(not(feature = "deflate"))]
        {
            let _ = upgrade;
            None
        }
    }

    /// The longest form of a payload: one that does not shrink grows.
    #[cfg_attr(
        not(feature = "deflate"),
        expect(clippy::unused_self, reason = "it has no compression")
    )]
    pub(crate) const fn longest(&self, payload_len: usize) -> usize {
        #[cfg(feature = "deflate")]
        if self.compression.is_some() {
            return ws_frame::deflate::Deflater::longest(payload_len);
        }
        payload_len
    }

    /// A connection with the compression that was agreed on.
    pub(crate) fn connection(&self, agreed: Option<PerMessageDeflate>) -> Connection {
        let connection = Connection::server(self.frames);
        #[cfg(feature = "deflate")]
        if let (Some(agreed), Some(compression)) = (agreed, &self.compression) {
            return connection.with_deflate(parameters(agreed), compression.get_options());
        }
        #[cfg(not(feature = "deflate"))]
        let _ = agreed;
        connection
    }
}

/// Translates the parameters of the handshake for the codec: the two crates do not know each other.
#[cfg(feature = "deflate")]
fn parameters(agreed: PerMessageDeflate) -> ws_frame::deflate::Parameters {
    ws_frame::deflate::Parameters::new(
        agreed.server_no_context_takeover(),
        agreed.client_no_context_takeover(),
        agreed.server_max_window_bits(),
        agreed.client_max_window_bits(),
    )
    .expect("windows of the handshake have 8 to 15 bits")
}
