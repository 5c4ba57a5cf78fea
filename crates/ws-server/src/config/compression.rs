//! Options of compression.

use ws_frame::deflate::Compressor;
use ws_handshake::extension::deflate::DeflateServer;
use ws_handshake::{Upgrade, extension::deflate::PerMessageDeflate};

/// Options of compression.
///
/// By default the server agrees to what a client offers, has one compressor for all connections,
/// and compresses messages of at least 128 bytes.
#[derive(Clone, Debug)]
#[must_use]
pub struct Compression {
    negotiation: DeflateServer,
    options: ws_frame::deflate::Options,
}

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

    pub(super) fn answer(&self, upgrade: &Upgrade<'_>) -> Option<PerMessageDeflate> {
        let mut negotiation = self.negotiation;
        // A client that knows this need not remember the server's messages.
        if matches!(self.options.get_compressor(), Compressor::Shared(_)) {
            negotiation = negotiation.server_no_context_takeover(true);
        }
        negotiation.answer(upgrade.extensions())
    }
}

impl Default for Compression {
    fn default() -> Self {
        Self::new()
    }
}
