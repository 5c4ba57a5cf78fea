//! [`WebSocketUpgrade`] as an extractor of axum.

use axum_core::body::Body;
use axum_core::extract::{FromRequestParts, OptionalFromRequestParts};
use axum_core::response::{IntoResponse, Response};
use http::request::Parts;

use crate::{UpgradeError, WebSocketUpgrade};

/// Extracts the request for a connection. The rejection is the answer to the client's fault: 426
/// for a request that does not ask for WebSocket.
impl<S: Send + Sync> FromRequestParts<S> for WebSocketUpgrade {
    type Rejection = UpgradeError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, UpgradeError> {
        Self::from_parts(parts)
    }
}

/// For a route that serves a page too: `None` if the request does not ask for WebSocket at all.
impl<S: Send + Sync> OptionalFromRequestParts<S> for WebSocketUpgrade {
    type Rejection = UpgradeError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, UpgradeError> {
        use ws_handshake::HandshakeError::{Method, Upgrade};
        use ws_handshake::connect::ConnectRequestError::{NotExtended, UnknownProtocol};

        match Self::from_parts(parts) {
            Ok(upgrade) => Ok(Some(upgrade)),
            Err(
                UpgradeError::Request(Method | Upgrade)
                | UpgradeError::Connect(NotExtended | UnknownProtocol),
            ) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl IntoResponse for UpgradeError {
    fn into_response(self) -> Response {
        self.to_response::<Body>()
    }
}
