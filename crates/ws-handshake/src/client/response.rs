//! The answer that a client receives.

use core::fmt;
use core::mem::MaybeUninit;

use super::request::ClientRequest;
use super::response_error::ResponseError;
use crate::extension::Extensions;
use crate::extension::deflate::PerMessageDeflate;
use crate::extension::grammar::is_extension_list;
use crate::fields::Fields;
use crate::head_error::HeadError;
use crate::known::{Known, List};
use crate::limits::{DEFAULT_MAX_FIELDS, Limits, MAX_FIELDS};
use crate::name::Name;
use crate::parse::{CommonSlots, ManySlots, diagnose, strict_lines};

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
        let response = if limits.fields <= DEFAULT_MAX_FIELDS {
            let mut slots: CommonSlots<'b> = [const { MaybeUninit::uninit() }; _];
            Self::parse_in(head, limits, &mut slots[..limits.fields])
        } else {
            Self::parse_many(head, limits)
        };
        response.map_err(ResponseError::Head)
    }

    /// Apart, so that only those who ask for it have this much on their stack.
    #[inline(never)]
    fn parse_many(head: &'b [u8], limits: Limits) -> Result<Self, HeadError> {
        let mut slots: ManySlots<'b> = [const { MaybeUninit::uninit() }; _];
        Self::parse_in(head, limits, &mut slots[..limits.fields.min(MAX_FIELDS)])
    }

    fn parse_in(
        head: &'b [u8],
        limits: Limits,
        slots: &mut [MaybeUninit<httparse::Header<'b>>],
    ) -> Result<Self, HeadError> {
        let mut response = httparse::Response::new(&mut []);
        let config = httparse::ParserConfig::default();
        let result = config.parse_response_with_uninit_headers(&mut response, head, slots);
        let version = response.version;
        if result == Ok(httparse::Status::Complete(head.len()))
            && let (Some(status), Some(version)) = (response.code, version)
            && let Some(lines) = strict_lines(head, response.headers, limits)
        {
            let known = Known::of_headers(response.headers);
            Ok(Self {
                status,
                is_http10: version == 0,
                fields: Fields::of_lines(lines),
                known,
            })
        } else {
            Err(diagnose(head, result.err(), None, limits))
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
        let deflate = self.check_extensions(request)?;
        let protocol = self.check_protocol(request)?;
        let extensions = self.known.list(Name::Extensions);
        Ok(Accepted {
            protocol,
            deflate,
            extensions,
            fields: self.fields,
        })
    }

    /// Each extension once, and each the answer to an offer.
    fn check_extensions(
        &self,
        request: &ClientRequest<'_>,
    ) -> Result<Option<PerMessageDeflate>, ResponseError> {
        if !self.known.has(Name::Extensions) {
            return Ok(None);
        }
        let list = self.known.list(Name::Extensions);
        if !is_extension_list(list.values(Name::Extensions, self.fields)) {
            return Err(ResponseError::ExtensionSyntax);
        }
        let answers = || Extensions::trust(list.members(Name::Extensions, self.fields));
        let mut agreed = None;
        for (index, answer) in answers().enumerate() {
            if answers()
                .take(index)
                .any(|earlier| earlier.name() == answer.name())
            {
                return Err(ResponseError::Extension);
            }
            agreed = agreed.or(request.extensions.agreed(&answer)?);
        }
        Ok(agreed)
    }

    fn check_protocol(&self, request: &ClientRequest<'_>) -> Result<Option<&'b str>, ResponseError> {
        let Some(value) = self.known.at_most_one(Name::Protocol, ResponseError::Protocol)? else {
            let missing = request.require_protocol && !request.protocols.is_empty();
            return if missing {
                Err(ResponseError::ProtocolMissing)
            } else {
                Ok(None)
            };
        };
        let protocol = core::str::from_utf8(value).map_err(|_| ResponseError::Protocol)?;
        let offered = request.protocols.contains(&protocol);
        if offered {
            Ok(Some(protocol))
        } else {
            Err(ResponseError::Protocol)
        }
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

/// An open connection, and the terms that the server chose among those offered.
#[derive(Clone, Copy)]
pub struct Accepted<'b> {
    protocol: Option<&'b str>,
    deflate: Option<PerMessageDeflate>,
    extensions: List<'b>,
    fields: Fields<'b>,
}

impl<'b> Accepted<'b> {
    /// The subprotocol to speak.
    #[must_use]
    pub const fn protocol(&self) -> Option<&'b str> {
        self.protocol
    }

    /// The parameters of compression, if it is used.
    #[must_use]
    pub const fn deflate(&self) -> Option<PerMessageDeflate> {
        self.deflate
    }

    /// All extensions in use, in the order of their use (RFC 6455 §9.1).
    #[must_use]
    pub fn extensions(&self) -> Extensions<'b> {
        Extensions::trust(self.extensions.members(Name::Extensions, self.fields))
    }

    /// All fields.
    #[must_use]
    pub const fn fields(&self) -> Fields<'b> {
        self.fields
    }
}

impl fmt::Debug for Accepted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Accepted")
            .field("protocol", &self.protocol)
            .field("extensions", &self.extensions())
            .field("fields", &self.fields)
            .finish()
    }
}
