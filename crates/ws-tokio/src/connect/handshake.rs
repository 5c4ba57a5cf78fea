//! The opening handshake over a stream that is ready for it.

use std::io;

use ws_stream::{Client, Error};

use super::ConnectError;
use super::settings::Settings;
use crate::WebSocket;
use crate::stream::Stream;

pub(super) async fn open(
    settings: &Settings,
    url: &str,
    headers: &[(String, String)],
    stream: Stream,
) -> Result<WebSocket, ConnectError> {
    let mut client = Client::new(url)
        .encrypted()
        .config(settings.config.stream.clone());
    for (name, value) in headers {
        client = client.header(name, value);
    }
    for name in &settings.subprotocols {
        client = client.subprotocol(name);
    }
    if settings.require_subprotocol {
        client = client.require_subprotocol();
    }
    if let Some(origin) = &settings.origin {
        client = client.origin(origin);
    }
    let opened = client.connect(stream).await.map_err(failed)?;
    Ok(WebSocket::new(
        opened,
        &settings.config,
        settings.shutdown.as_ref(),
    ))
}

fn failed(error: Error) -> ConnectError {
    match error {
        Error::Url(error) => ConnectError::Url(error),
        Error::Field(error) => ConnectError::Request(error),
        Error::Refused(refusal) => ConnectError::Refused(refusal),
        Error::Vanished => {
            let message = "the server ended the connection before its answer";
            ConnectError::Handshake(io::Error::new(io::ErrorKind::UnexpectedEof, message))
        }
        error => ConnectError::Handshake(error.into()),
    }
}
