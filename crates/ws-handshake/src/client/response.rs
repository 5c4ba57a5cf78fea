//! The answer that a client receives.

use core::fmt;

use super::accepted::Accepted;
use super::request::ClientRequest;
use super::response_error::ResponseError;
use crate::fields::Fields;
use crate::head_error::HeadError;
use crate::known::Known;
use crate::limits::Limits;
use crate::lines::read_fields;
use crate::name::Name;
use crate::parse::{diagnose, split_first_line};

/// The head of an answer without a fault of syntax.
///
/// Pass over [interim](Self::is_interim) answers; then [`accepted`](Self::accepted) tells whether the connection is
/// open. Frames begin right behind the head: what was read with it goes to the frame decoder, and none is sent before.
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
    known: Known<'b>,
}

impl<'b> ServerResponse<'b> {
    /// Parses one whole head, up to and with its empty line, as [`HeadScanner`](crate::HeadScanner) delimits it.
    pub fn parse(head: &'b [u8]) -> Result<Self, ResponseError> {
        Self::parse_within(head, Limits::new())
    }

    /// [`parse`](Self::parse) with other limits than the default ones; the scanner should have the same.
    pub fn parse_within(head: &'b [u8], limits: Limits) -> Result<Self, ResponseError> {
        if head.starts_with(b"\r") {
            return Err(ResponseError::Head(HeadError::EmptyLines));
        }
        let fault = |error| ResponseError::Head(diagnose(head, error, None, limits));
        let (line, lines) = split_first_line(head, limits).ok_or_else(|| fault(None))?;
        let mut response = httparse::Response::new(&mut []);
        let mut known = Known::default();
        let result = response.parse(line);
        if let (Some(status), Some(version)) = (response.code, response.version)
            && result.is_ok()
            && let Some(fields) = read_fields(lines, limits, &mut known)
        {
            Ok(Self {
                status,
                is_http10: version == 0,
                fields,
                known,
            })
        } else {
            Err(fault(result.err()))
        }
    }

    /// For a head that was parsed elsewhere.
    pub(crate) fn of(status: u16, is_http10: bool, fields: Fields<'b>) -> Self {
        Self {
            status,
            is_http10,
            fields,
            known: Known::of_fields(fields),
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

    /// Whether the final answer is still to come (RFC 9110 §15.2).
    #[must_use]
    pub const fn is_interim(&self) -> bool {
        matches!(self.status, 100 | 102..=199)
    }

    /// Whether the server opened the connection in answer to `request`, and on what terms (RFC 6455 §4.1).
    pub fn accepted(&self, request: &ClientRequest<'_>) -> Result<Accepted<'b>, ResponseError> {
        if self.status != 101 {
            return Err(ResponseError::Status(self.status));
        }
        if self.is_http10 {
            return Err(ResponseError::Head(HeadError::Http10));
        }
        let upgrade = self
            .known
            .only(Name::Upgrade, ResponseError::Upgrade, ResponseError::Upgrade)?;
        if !upgrade.eq_ignore_ascii_case(b"websocket") {
            return Err(ResponseError::Upgrade);
        }
        if !self.known.has_member(Name::Connection, "Upgrade", self.fields) {
            return Err(ResponseError::Connection);
        }
        let accept = self.known.only(
            Name::Accept,
            ResponseError::AcceptCount,
            ResponseError::AcceptCount,
        )?;
        if accept != request.key.accept_value() {
            return Err(ResponseError::AcceptValue);
        }
        self.agreed(request)
    }

    /// The terms, if nothing is among them that was not offered.
    pub(crate) fn agreed(&self, request: &ClientRequest<'_>) -> Result<Accepted<'b>, ResponseError> {
        Accepted::check(&self.known, self.fields, request)
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
