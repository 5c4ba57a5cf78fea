//! Requests of both kinds: an upgrade over HTTP/1.1, an extended CONNECT over HTTP/2.

use std::fmt;

use http::{Response, StatusCode};
use ws_handshake::connect::{ConnectRequest, ConnectRequestError};
use ws_handshake::extension::Extensions;
use ws_handshake::extension::deflate::PerMessageDeflate;
use ws_handshake::{Fields, HandshakeError, OriginPolicy, Protocol, Protocols, Upgrade};
use ws_stream::FieldError;

/// A checked request.
#[derive(Debug)]
pub(super) enum Opening<'a> {
    Upgrade(Upgrade<'a>),
    Connect(ConnectRequest<'a>),
}

/// Calls a method of either kind of request.
macro_rules! ask {
    ($opening:expr, $request:ident => $answer:expr) => {
        match $opening {
            Opening::Upgrade($request) => $answer,
            Opening::Connect($request) => $answer,
        }
    };
}

impl<'a> Opening<'a> {
    /// Checks a request. `protocol` is the `:protocol` that an HTTP/2 stack keeps beside it.
    pub(super) fn check(
        request: &'a http::Request<()>,
        protocol: Option<&'a str>,
    ) -> Result<Self, UpgradeError> {
        if request.version() == http::Version::HTTP_2 {
            return Ok(Self::Connect(ConnectRequest::from_http(request, protocol)?));
        }
        Ok(Self::Upgrade(
            ws_handshake::Request::from_http(request)?.upgrade()?,
        ))
    }

    pub(super) fn path(&self) -> &'a str {
        ask!(self, request => request.path())
    }

    pub(super) fn query(&self) -> Option<&'a str> {
        ask!(self, request => request.query())
    }

    pub(super) const fn fields(&self) -> Fields<'a> {
        ask!(self, request => request.fields())
    }

    pub(super) fn protocols(&self) -> Protocols<'a> {
        ask!(self, request => request.protocols())
    }

    pub(super) fn choose<'s>(&self, names: &[&'s str]) -> Option<Protocol<'s>> {
        ask!(self, request => request.choose(names))
    }

    #[cfg_attr(
        not(feature = "deflate"),
        expect(dead_code, reason = "for compression")
    )]
    pub(super) fn extensions(&self) -> Extensions<'a> {
        ask!(self, request => request.extensions())
    }

    /// `is_encrypted`: a request of HTTP/1.1 is known to have come over TLS.
    pub(super) fn check_origin(
        &self,
        policy: &OriginPolicy,
        is_encrypted: bool,
    ) -> Result<(), HandshakeError> {
        match self {
            Self::Upgrade(request) => request.secure(is_encrypted).check_origin(policy),
            Self::Connect(request) => request.check_origin(policy),
        }
    }

    pub(super) fn host(&self) -> String {
        ask!(self, request => request.host().to_string())
    }

    /// The answer that opens the connection.
    pub(super) fn accept(
        &self,
        protocol: Option<&str>,
        deflate: Option<PerMessageDeflate>,
        headers: &[(&str, &str)],
    ) -> Result<Response<()>, FieldError> {
        let protocol = protocol.and_then(|name| self.choose(&[name]));
        ask!(self, request => {
            request.accept().protocol(protocol).extensions(deflate).fields(headers).to_http()
        })
    }
}

/// A request that does not open a WebSocket connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum UpgradeError {
    /// The request of HTTP/1.1 breaks a rule of the opening handshake, or is no such request.
    Request(HandshakeError),
    /// The request of HTTP/2 breaks a rule of the extended CONNECT, or is no such request.
    Connect(ConnectRequestError),
    /// The server's HTTP stack does not hand connections over.
    NotUpgradable,
}

impl UpgradeError {
    /// The answer to the client, with the status and the headers that its fault deserves and an
    /// empty body.
    pub fn to_response<B: Default>(self) -> Response<B> {
        let answer = match self {
            Self::Request(error) => ws_handshake::Response::from(error)
                .to_http()
                .ok()
                .map(|answer| answer.map(drop)),
            Self::Connect(error) => error.to_http(),
            Self::NotUpgradable => None,
        };
        answer.map_or_else(failed, |answer| without_body(answer.map(|()| B::default())))
    }
}

/// An HTTP stack computes the length itself.
fn without_body<B>(mut answer: Response<B>) -> Response<B> {
    let headers = answer.headers_mut();
    headers.remove(http::header::CONTENT_LENGTH);
    headers.remove(http::header::CONTENT_TYPE);
    answer
}

/// The answer to a fault that is not the client's.
pub(super) fn failed<B: Default>() -> Response<B> {
    let mut answer = Response::new(B::default());
    *answer.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    answer
}

impl fmt::Display for UpgradeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request(error) => error.fmt(f),
            Self::Connect(error) => error.fmt(f),
            Self::NotUpgradable => f.write_str("the HTTP server does not hand connections over"),
        }
    }
}

impl std::error::Error for UpgradeError {}

impl From<HandshakeError> for UpgradeError {
    fn from(error: HandshakeError) -> Self {
        Self::Request(error)
    }
}

impl From<ConnectRequestError> for UpgradeError {
    fn from(error: ConnectRequestError) -> Self {
        Self::Connect(error)
    }
}
