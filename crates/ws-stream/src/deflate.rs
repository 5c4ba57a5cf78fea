//! Permessage-deflate (RFC 7692): options of [`Config::compression`], and the terms that are
//! negotiated.

use ws_frame::Connection;
#[doc(no_inline)]
pub use ws_frame::deflate::Options;
use ws_frame::deflate::Parameters;
#[doc(no_inline)]
pub use ws_handshake::extension::deflate::{DeflateOffer, DeflateServer, PerMessageDeflate};

use crate::Config;
use crate::config::Compression;

impl Config {
    /// Compresses messages with permessage-deflate (RFC 7692) if the peer agrees.
    ///
    /// ```
    /// let options = ws_stream::deflate::Options::default(); // shared: it holds a compressor
    /// let config = ws_stream::Config::new().compression(&options);
    /// ```
    #[must_use]
    pub fn compression(mut self, options: &Options) -> Self {
        self.compression = Some(Compression {
            options: options.clone(),
            server: DeflateServer::new(),
            offer: DeflateOffer::new(),
        });
        self
    }

    /// The terms on which a server accepts compression, in place of the defaults. Without effect
    /// before [`compression`](Self::compression).
    #[must_use]
    pub const fn deflate_server(mut self, server: DeflateServer) -> Self {
        if let Some(compression) = &mut self.compression {
            compression.server = server;
        }
        self
    }

    /// The terms that a client offers, in place of the defaults. Without effect before
    /// [`compression`](Self::compression).
    #[must_use]
    pub const fn deflate_offer(mut self, offer: DeflateOffer) -> Self {
        if let Some(compression) = &mut self.compression {
            compression.offer = offer;
        }
        self
    }

    pub(crate) const fn offer(&self) -> Option<DeflateOffer> {
        match &self.compression {
            Some(compression) => Some(compression.offer),
            None => None,
        }
    }

    pub(crate) fn options(&self) -> Options {
        self.compression
            .as_ref()
            .map_or_else(Options::default, |compression| compression.options.clone())
    }

    pub(crate) fn answer(&self, upgrade: &ws_handshake::Upgrade<'_>) -> Option<PerMessageDeflate> {
        self.compression
            .as_ref()?
            .server
            .answer(upgrade.extensions())
    }
}

/// Gives a connection the compression that its opening handshake agreed on, if any.
///
/// ```
/// use ws_frame::{Config, Connection};
/// use ws_frame::deflate::Options;
/// use ws_handshake::extension::deflate::DeflateServer;
/// use ws_handshake::extension::Extensions;
///
/// let options = Options::default(); // of the whole server
/// let offers = Extensions::parse(b"permessage-deflate; client_max_window_bits").unwrap();
/// let agreed = DeflateServer::new().answer(offers);
/// let connection = ws_stream::with_deflate(Connection::server(Config::new()), agreed, &options);
/// ```
#[must_use]
pub fn with_deflate(
    connection: Connection,
    agreed: Option<PerMessageDeflate>,
    options: &Options,
) -> Connection {
    match agreed {
        Some(agreed) => connection.with_deflate(parameters(agreed), options),
        None => connection,
    }
}

/// Converts between the types of the two protocol crates, which do not know each other.
fn parameters(agreed: PerMessageDeflate) -> Parameters {
    Parameters::new(
        agreed.server_no_context_takeover(),
        agreed.client_no_context_takeover(),
        agreed.server_max_window_bits(),
        agreed.client_max_window_bits(),
    )
    .expect("windows of the handshake have 8 to 15 bits")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_parameter_is_handed_on() {
        let answer = b"permessage-deflate; server_no_context_takeover; client_max_window_bits=10";
        let mut answer = ws_handshake::extension::Extensions::parse(answer).expect("a list");
        let answer = answer.next().expect("a member");
        let agreed = DeflateOffer::new()
            .agreed(&answer)
            .expect("an answer to the offer");
        let parameters = parameters(agreed);
        assert!(
            parameters.server_no_context_takeover() && !parameters.client_no_context_takeover()
        );
        assert_eq!(parameters.server_max_window_bits(), 15);
        assert_eq!(parameters.client_max_window_bits(), 10);
    }
}
