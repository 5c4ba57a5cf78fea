use ws_frame::Connection;
use ws_frame::deflate::{Options, Parameters, WindowBits};
use ws_handshake::extension::deflate as handshake;

/// Gives a connection the compression that its opening handshake agreed on, if it did.
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
    agreed: Option<handshake::PerMessageDeflate>,
    options: &Options,
) -> Connection {
    match agreed {
        Some(agreed) => connection.with_deflate(parameters(agreed), options),
        None => connection,
    }
}

/// The two protocol crates do not know each other.
fn parameters(agreed: handshake::PerMessageDeflate) -> Parameters {
    let window = |bits: Option<handshake::WindowBits>| {
        bits.and_then(|bits| WindowBits::new(bits.bits()))
            .unwrap_or_default()
    };
    Parameters {
        server_no_context_takeover: agreed.server_no_context_takeover,
        client_no_context_takeover: agreed.client_no_context_takeover,
        server_max_window_bits: window(agreed.server_max_window_bits),
        client_max_window_bits: window(agreed.client_max_window_bits),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_parameter_is_handed_on() {
        let agreed = handshake::PerMessageDeflate {
            server_no_context_takeover: true,
            client_max_window_bits: handshake::WindowBits::new(10),
            ..Default::default()
        };
        let parameters = parameters(agreed);
        assert!(parameters.server_no_context_takeover && !parameters.client_no_context_takeover);
        assert_eq!(parameters.server_max_window_bits.bits(), 15);
        assert_eq!(parameters.client_max_window_bits.bits(), 10);
    }
}
