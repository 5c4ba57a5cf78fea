//! Compression: what is agreed on with a client, and what comes of it.

use ws_frame::Connection;
#[cfg(feature = "deflate")]
use ws_frame::deflate::Compressor;
#[cfg(feature = "deflate")]
use ws_handshake::extension::deflate::DeflateServer;
use ws_handshake::{Upgrade, extension::deflate::PerMessageDeflate};

use super::Config;

/// How messages are compressed.
///
/// The default agrees to what a client offers, has one compressor for all, and compresses messages from 128 bytes on.
#[cfg(feature = "deflate")]
#[derive(Clone, Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "what is said to the client, and what is done"
)]
pub struct Compression {
    /// What is agreed on with a client that offers compression. With a [`Shared`](Compressor::Shared) compressor, which forgets every
    /// message, it is told so in any case (`server_no_context_takeover`).
    pub negotiation: DeflateServer,
    /// How much memory and time it may take.
    pub options: ws_frame::deflate::Options,
}

#[cfg(feature = "deflate")]
impl Default for Compression {
    fn default() -> Self {
        Self {
            negotiation: DeflateServer::new(),
            options: ws_frame::deflate::Options::default(),
        }
    }
}

#[cfg(feature = "deflate")]
impl Compression {
    fn answer(&self, upgrade: &Upgrade<'_>) -> Option<PerMessageDeflate> {
        let mut negotiation = self.negotiation;
        // A client that knows this need not remember the server's messages.
        if matches!(self.options.get_compressor(), Compressor::Shared(_)) {
            negotiation = negotiation.server_no_context_takeover(true);
        }
        negotiation.answer(upgrade.extensions())
    }
}

impl Config {
    /// What compression is agreed on with a client.
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

    /// How long the payload of a message may become on its way to some peer: what does not shrink grows.
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

    /// A connection with that compression.
    pub(crate) fn connection(&self, agreed: Option<PerMessageDeflate>) -> Connection {
        let connection = Connection::server(self.frames);
        #[cfg(feature = "deflate")]
        if let (Some(agreed), Some(compression)) = (agreed, &self.compression) {
            return connection.with_deflate(parameters(agreed), &compression.options);
        }
        #[cfg(not(feature = "deflate"))]
        let _ = agreed;
        connection
    }
}

/// The two crates know nothing of each other.
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
