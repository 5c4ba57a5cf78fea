//! Compression, and its negotiation with a client.

use ws_frame::Connection;
#[cfg(feature = "deflate")]
use ws_frame::deflate::Compressor;
#[cfg(feature = "deflate")]
use ws_handshake::extension::deflate::DeflateServer;
use ws_handshake::{Upgrade, extension::deflate::PerMessageDeflate};

use super::Config;

/// Options of compression.
///
/// By default the server agrees to what a client offers, has one compressor for all connections,
/// and compresses messages of at least 128 bytes.
#[cfg(feature = "deflate")]
#[derive(Clone, Debug)]
#[must_use]
pub struct Compression {
    negotiation: DeflateServer,
    options: ws_frame::deflate::Options,
}

#[cfg(feature = "deflate")]
impl Compression {
    /// The default options.
    pub fn new() -> Self {
        Self {
            negotiation: DeflateServer::new(),
            options: ws_frame::deflate::Options::default(),
        }
    }

    /// Sets the parameters to agree on with a client that offers compression.
    ///
    /// A [`Shared`](Compressor::Shared) compressor forgets every message. The client is told so in
    /// any case (`server_no_context_takeover`).
    pub fn negotiation(self, negotiation: DeflateServer) -> Self {
        Self {
            negotiation,
            ..self
        }
    }

    /// The parameters to agree on with a client that offers compression.
    #[must_use]
    pub const fn get_negotiation(&self) -> &DeflateServer {
        &self.negotiation
    }

    /// Sets how messages are compressed, and how much memory that takes.
    pub fn options(self, options: ws_frame::deflate::Options) -> Self {
        Self { options, ..self }
    }

    /// Returns the options of the compressors and decompressors.
    pub const fn get_options(&self) -> &ws_frame::deflate::Options {
        &self.options
    }

    fn answer(&self, upgrade: &Upgrade<'_>) -> Option<PerMessageDeflate> {
        let mut negotiation = self.negotiation;
        // A client that knows this need not remember the server's messages.
        if matches!(self.options.get_compressor(), Compressor::Shared(_)) {
            negotiation = negotiation.server_no_context_takeover(true);
        }
        negotiation.answer(upgrade.extensions())
    }
}

#[cfg(feature = "deflate")]
impl Default for Compression {
    fn default() -> Self {
        Self::new()
    }
}

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
            return connection.with_deflate(parameters(agreed), &compression.options);
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
