//! The types of the `http` crate in and out, for servers and clients that have an HTTP stack
//! already.

use alloc::string::ToString as _;
use core::fmt;

use ::http::header::{HeaderName, HeaderValue};
use ::http::{HeaderMap, Method, StatusCode, Uri, Version};

use crate::client::{ClientRequest, ResponseError, ServerResponse};
use crate::connect::{ConnectAccept, ConnectRequest, ConnectRequestError, Pseudo};
use crate::headers::extra::FieldError;
use crate::headers::fields::Fields;
use crate::http1::error::HeadError;
use crate::server::{Accept, HandshakeError, Request, Response};
use crate::uri::target::RawTarget;

impl<'b> Request<'b> {
    /// Takes the head of a request that an HTTP stack parsed. The rules for bytes apply, except
    /// those that the stack has checked: size and syntax.
    ///
    /// Answer with [`Accept::to_http`] or [`Response::to_http`], and let the stack hand over the
    /// connection. A request over HTTP/2 is for [`connect`](crate::connect).
    ///
    /// ```
    /// use ws_handshake::{HandshakeError, Request, Response};
    ///
    /// fn answer<B>(request: &http::Request<B>) -> http::Response<Vec<u8>> {
    ///     let upgrade = match Request::from_http(request).and_then(|request| request.upgrade()) {
    ///         Ok(upgrade) => upgrade,
    ///         Err(error) => return Response::from(error).to_http().unwrap().map(<[u8]>::to_vec),
    ///     };
    ///     let accept = upgrade.accept().protocol(upgrade.choose(&["chat"]));
    ///     accept.to_http().unwrap().map(|()| Vec::new())
    /// }
    /// # let request = http::Request::get("/").header("Host", "h").header("Upgrade", "websocket")
    /// #     .header("Connection", "Upgrade").header("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
    /// # let request = request.header("Sec-WebSocket-Version", "13").body(()).unwrap();
    /// # let answer = answer(&request);
    /// assert_eq!(answer.status(), 101);
    /// assert_eq!(answer.headers()["sec-websocket-accept"], "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    /// ```
    pub fn from_http<T>(request: &'b ::http::Request<T>) -> Result<Self, HandshakeError> {
        Self::from_head(
            request.method(),
            request.uri(),
            request.version(),
            request.headers(),
        )
    }

    /// Takes a request that was taken apart, like [`from_http`](Self::from_http).
    pub fn from_parts(parts: &'b ::http::request::Parts) -> Result<Self, HandshakeError> {
        Self::from_head(&parts.method, &parts.uri, parts.version, &parts.headers)
    }

    fn from_head(
        method: &'b Method,
        uri: &'b Uri,
        version: Version,
        headers: &'b HeaderMap,
    ) -> Result<Self, HandshakeError> {
        let is_http10 = match version {
            Version::HTTP_11 => false,
            Version::HTTP_10 => true,
            _ => return Err(HandshakeError::Head(HeadError::HttpVersion)),
        };
        let (target, fields) = (RawTarget::Uri(uri), Fields::of_map(headers));
        Ok(Self::of(method.as_str(), target, is_http10, fields))
    }
}

impl Accept<'_> {
    /// The answer for an HTTP stack. When it has been written, the connection belongs to WebSocket.
    pub fn to_http(&self) -> Result<::http::Response<()>, FieldError> {
        self.agreement.check()?;
        let mut response = ::http::Response::new(());
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let mut headers = Headers(response.headers_mut());
        headers.add("upgrade", &"websocket")?;
        headers.add("connection", &"Upgrade")?;
        headers.add(
            "sec-websocket-accept",
            &self.key.accept_value().escape_ascii(),
        )?;
        self.agreement
            .each(|name, value| headers.add(name, value))?;
        Ok(response)
    }
}

impl<'a> Response<'a> {
    /// The answer for an HTTP stack, with its body, which an answer to HEAD leaves out. It is one
    /// of HTTP/1.1: over HTTP/2 and HTTP/3 a `Connection` field has no place.
    pub fn to_http(&self) -> Result<::http::Response<&'a [u8]>, FieldError> {
        self.check()?;
        let mut response = ::http::Response::new(self.sent_body());
        *response.status_mut() =
            StatusCode::from_u16(self.status()).map_err(|_| FieldError::Status)?;
        let mut headers = Headers(response.headers_mut());
        self.each(|name, value| headers.add(name, value))?;
        Ok(response)
    }
}

impl ClientRequest<'_> {
    /// The request for an HTTP stack, with the host in its field.
    pub fn to_http(&self) -> Result<::http::Request<()>, FieldError> {
        let (resource, host) = self.checked()?;
        let mut request = ::http::Request::new(());
        let target = self.target(resource, host).to_string();
        *request.uri_mut() = target.parse().map_err(|_| FieldError::Target)?;
        let mut headers = Headers(request.headers_mut());
        headers.add("host", &host)?;
        headers.add("upgrade", &"websocket")?;
        headers.add("connection", &"Upgrade")?;
        headers.add("sec-websocket-version", &"13")?;
        headers.add("sec-websocket-key", &self.key)?;
        self.each(|name, value| headers.add(name, value))?;
        Ok(request)
    }
}

impl<'b> ServerResponse<'b> {
    /// Takes the head of an answer that an HTTP stack parsed.
    pub fn from_http<T>(response: &'b ::http::Response<T>) -> Result<Self, ResponseError> {
        let is_http10 = match response.version() {
            Version::HTTP_11 => false,
            Version::HTTP_10 => true,
            _ => return Err(ResponseError::Head(HeadError::HttpVersion)),
        };
        Ok(Self::of(
            response.status().as_u16(),
            is_http10,
            Fields::of_map(response.headers()),
        ))
    }
}

impl<'b> ConnectRequest<'b> {
    /// Takes the head of an extended CONNECT that an HTTP/2 or HTTP/3 stack parsed, and the
    /// `:protocol` that such a stack keeps beside it.
    pub fn from_http<T>(
        request: &'b ::http::Request<T>,
        protocol: Option<&'b str>,
    ) -> Result<Self, ConnectRequestError> {
        let uri = request.uri();
        let pseudo = Pseudo {
            method: Some(request.method().as_str().as_bytes()),
            protocol: protocol.map(str::as_bytes),
            scheme: uri.scheme_str().map(str::as_bytes),
            path: uri.path_and_query().map(|path| path.as_str().as_bytes()),
            authority: uri
                .authority()
                .map(|authority| authority.as_str().as_bytes()),
        };
        Self::check(&pseudo, Fields::of_map(request.headers()))
    }
}

impl ConnectAccept<'_> {
    /// The answer for an HTTP stack. When it has been sent, the stream belongs to WebSocket.
    pub fn to_http(&self) -> Result<::http::Response<()>, FieldError> {
        self.agreement.check()?;
        let mut response = ::http::Response::new(());
        let mut headers = Headers(response.headers_mut());
        self.agreement
            .each(|name, value| headers.add(name, value))?;
        Ok(response)
    }
}

impl ConnectRequestError {
    /// The answer for an HTTP stack, without a body. `None` when there is none, as with
    /// [`status`](Self::status).
    #[must_use]
    pub fn to_http(self) -> Option<::http::Response<()>> {
        let mut response = ::http::Response::new(());
        *response.status_mut() = StatusCode::from_u16(self.status()?).ok()?;
        let mut headers = Headers(response.headers_mut());
        let fields = self.required_fields();
        fields
            .iter()
            .try_for_each(|(name, value)| headers.add(name, value))
            .ok()?;
        Some(response)
    }
}

struct Headers<'a>(&'a mut HeaderMap);

impl Headers<'_> {
    fn add(&mut self, name: &str, value: &dyn fmt::Display) -> Result<(), FieldError> {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| FieldError::Name)?;
        let value =
            HeaderValue::from_bytes(value.to_string().as_bytes()).map_err(|_| FieldError::Value)?;
        self.0
            .try_append(name, value)
            .map(|_| ())
            .map_err(|_| FieldError::TooMany)
    }
}
