//! Answers that a client receives.

use core::fmt;

use super::accepted::Accepted;
use super::body::BodyLen;
use super::request::ClientRequest;
use super::response_error::ResponseError;
use crate::headers::fields::Fields;
use crate::headers::handshake_fields::HandshakeFields;
use crate::headers::names::Name;
use crate::http1::error::HeadError;
use crate::http1::fold;
use crate::http1::limits::Limits;
use crate::http1::parse::parse_response;
use crate::http1::scanner::HeadScanner;

/// The head of a server's answer without a fault of syntax.
///
/// Skip [interim](Self::is_interim) answers; then [`accepted`](Self::accepted) tells whether the
/// connection is open. Frames begin right behind the head: give the bytes that were read with it to
/// the frame decoder.
///
/// ```
/// use ws_handshake::{ClientRequest, HeadScanner, ServerResponse};
///
/// # let request = ClientRequest::new("h", "/", *b"the sample nonce");
/// # let received = b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
/// #     Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n\x81\x02hi";
/// let mut scanner = HeadScanner::default();
/// let (mut input, mut scanned) = (&received[..], 0);
/// let accepted = loop {
///     // When there is no end, read more behind `input` and scan that.
///     let end = scanned + scanner.scan(&input[scanned..])?.expect("here it came at once");
///     let (head, rest) = input.split_at(end);
///     (input, scanned) = (rest, 0);
///     let response = ServerResponse::parse(head)?;
///     if !response.is_interim() {
///         break response.accepted(&request)?;
///     }
///     scanner.next_head(); // the limit is for all heads together
/// };
/// assert_eq!(accepted.protocol(), None);
/// assert_eq!(input, b"\x81\x02hi"); // for the frame decoder
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct ServerResponse<'b> {
    status: u16,
    is_http10: bool,
    fields: Fields<'b>,
    noted: HandshakeFields<'b>,
}

impl<'b> ServerResponse<'b> {
    /// Parses one whole head, up to and with its empty line, as [`HeadScanner`] delimits it, within
    /// the default [`Limits`].
    ///
    /// # Errors
    ///
    /// [`ResponseError::Head`] with the fault.
    pub fn parse(head: &'b [u8]) -> Result<Self, ResponseError> {
        Self::parse_within(head, Limits::new())
    }

    /// Like [`parse`](Self::parse), with other limits. The scanner should have the same.
    ///
    /// # Errors
    ///
    /// [`ResponseError::Head`] with the fault.
    pub fn parse_within(head: &'b [u8], limits: Limits) -> Result<Self, ResponseError> {
        let head = parse_response(head, limits)?;
        Ok(Self {
            status: head.status,
            is_http10: head.is_http10,
            fields: head.fields,
            noted: head.noted,
        })
    }

    /// Parses a head and gives the bytes behind it: the body of a refusal, as far as it has come.
    ///
    /// ```
    /// use ws_handshake::{BodyLen, ServerResponse};
    ///
    /// let received = b"HTTP/1.1 503 Busy\r\nContent-Length: 10\r\n\r\ntry lat";
    /// let (response, body) = ServerResponse::parse_front(received)?;
    /// assert_eq!((response.status(), body), (503, &b"try lat"[..]));
    /// assert_eq!(response.body_len(), BodyLen::Bytes(10)); // 3 more to read
    /// # Ok::<(), ws_handshake::ResponseError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ResponseError::Head`] with the fault; [`HeadError::Incomplete`] while the head is not
    /// whole.
    pub fn parse_front(received: &'b [u8]) -> Result<(Self, &'b [u8]), ResponseError> {
        let end = HeadScanner::default().scan(received)?;
        let (head, rest) = received.split_at(end.ok_or(HeadError::Incomplete)?);
        Ok((Self::parse(head)?, rest))
    }

    /// Replaces folded lines in a head by spaces, in place (RFC 9112 §5.2). [`parse`](Self::parse)
    /// takes folds, but shows values of other fields with the CR LF in them; call this first for a
    /// program that hands such values on. Nothing happens to a head without folds.
    ///
    /// ```
    /// use ws_handshake::ServerResponse;
    ///
    /// let mut head = *b"HTTP/1.1 404 No\r\nServer: old\r\n and folded\r\n\r\n";
    /// ServerResponse::unfold(&mut head);
    /// let response = ServerResponse::parse(&head)?;
    /// assert_eq!(response.fields().first("server"), Some(&b"old   and folded"[..]));
    /// # Ok::<(), ws_handshake::ResponseError>(())
    /// ```
    pub fn unfold(head: &mut [u8]) {
        fold::unfold(head);
    }

    /// For a head that another library parsed.
    pub(crate) fn of(status: u16, is_http10: bool, fields: Fields<'b>) -> Self {
        Self {
            status,
            is_http10,
            fields,
            noted: HandshakeFields::of_fields(fields),
        }
    }

    /// The status code.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// All fields.
    #[must_use]
    pub const fn fields(&self) -> Fields<'b> {
        self.fields
    }

    /// The length of the body behind the head, for a client that shows why it was refused. Bound
    /// it: the server can send any length.
    #[must_use]
    pub fn body_len(&self) -> BodyLen {
        BodyLen::of(self.status, &self.noted, self.fields)
    }

    /// Returns whether the final answer is still to come (RFC 9110 §15.2).
    #[must_use]
    pub const fn is_interim(&self) -> bool {
        matches!(self.status, 100 | 102..=199)
    }

    /// Checks that the server opened the connection in answer to `request`, and gives the terms
    /// (RFC 6455 §4.1).
    ///
    /// # Errors
    ///
    /// [`ResponseError::Status`] for a status other than 101; otherwise the rule that the answer
    /// breaks.
    pub fn accepted(&self, request: &ClientRequest<'_>) -> Result<Accepted<'b>, ResponseError> {
        if self.status != 101 {
            return Err(ResponseError::Status(self.status));
        }
        if self.is_http10 {
            return Err(ResponseError::Head(HeadError::Http10));
        }
        let upgrade = self.noted.only(
            Name::Upgrade,
            ResponseError::Upgrade,
            ResponseError::Upgrade,
        )?;
        if !upgrade.eq_ignore_ascii_case(b"websocket") {
            return Err(ResponseError::Upgrade);
        }
        if !self
            .noted
            .has_member(Name::Connection, "Upgrade", self.fields)
        {
            return Err(ResponseError::Connection);
        }
        let accept = self.noted.only(
            Name::Accept,
            ResponseError::AcceptCount,
            ResponseError::AcceptCount,
        )?;
        if accept != request.key.accept_value() {
            return Err(ResponseError::AcceptValue);
        }
        self.agreed(request)
    }

    /// The terms, if all of them were offered.
    pub(crate) fn agreed(
        &self,
        request: &ClientRequest<'_>,
    ) -> Result<Accepted<'b>, ResponseError> {
        Accepted::check(&self.noted, self.fields, request)
    }
}

impl fmt::Debug for ServerResponse<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerResponse")
            .field("status", &self.status)
            .field("fields", &self.fields)
            .finish()
    }
}
