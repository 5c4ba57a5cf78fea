//! The client's side of an extended CONNECT.

use core::fmt;

use super::accept::check_lower_case;
use crate::client::{Accepted, ClientRequest, ResponseError, ServerResponse};
use crate::headers::extra::FieldError;
use crate::headers::fields::{Fields, Pair};
use crate::headers::handshake_fields::HandshakeFields;
use crate::headers::malformed::{check_connection_fields, check_pairs};
use crate::headers::names::Name;

impl ClientRequest<'_> {
    /// Calls `put` with name and value of each field of an extended CONNECT, pseudo-fields first.
    /// Neither the key nor `Host` is among them (RFC 8441 §5).
    ///
    /// ```
    /// # use ws_handshake::ClientRequest;
    /// let request = ClientRequest::new("server.example.com", "/chat", [0; 16]);
    /// let mut fields = Vec::new();
    /// request.encode_connect(true, |name, value| fields.push(format!("{name}: {value}")))?;
    /// assert_eq!(fields[..3], [":method: CONNECT", ":protocol: websocket", ":scheme: https"]);
    /// # Ok::<(), ws_handshake::FieldError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`FieldError`] for a value that cannot be sent, also a field's name in upper case. `put` is
    /// not called then.
    pub fn encode_connect(
        &self,
        is_secure: bool,
        mut put: impl FnMut(&str, &dyn fmt::Display),
    ) -> Result<(), FieldError> {
        let (resource, host) = self.checked()?;
        check_lower_case(self.fields)?;
        put(":method", &"CONNECT");
        put(":protocol", &"websocket");
        put(":scheme", if is_secure { &"https" } else { &"http" });
        put(":path", &resource);
        put(":authority", &host);
        put("sec-websocket-version", &"13");
        self.each(|name, value| {
            put(Name::lower_case(name), value);
            Ok(())
        })
    }
}

/// The answer to an extended CONNECT, as status and header list.
#[derive(Clone, Debug)]
pub struct ConnectResponse<'b> {
    response: ServerResponse<'b>,
    pairs: &'b [Pair<'b>],
}

impl<'b> ConnectResponse<'b> {
    /// An answer with this `:status` and the other fields, as names and values.
    #[must_use]
    pub fn new(status: u16, fields: &'b [(&'b [u8], &'b [u8])]) -> Self {
        Self {
            response: ServerResponse::of(status, false, Fields::of_pairs(fields)),
            pairs: fields,
        }
    }

    /// Checks that the server opened the connection in answer to `request`, and gives the terms.
    /// Any status from 200 to 299 opens it (RFC 8441 §5). A `Content-Length` means nothing in such
    /// an answer (RFC 9110 §9.3.6).
    ///
    /// # Errors
    ///
    /// [`ResponseError::Malformed`] for a list that breaks a rule of HTTP/2 or HTTP/3, such as a
    /// name in upper case or a field of the connection; [`ResponseError::Status`] for another
    /// status; the others for terms that were not offered.
    pub fn accepted(&self, request: &ClientRequest<'_>) -> Result<Accepted<'b>, ResponseError> {
        check_pairs(self.pairs)?;
        let fields = Fields::of_pairs(self.pairs);
        check_connection_fields(&HandshakeFields::of_fields(fields), fields)?;
        match self.response.status() {
            200..=299 => self.response.agreed(request),
            status => Err(ResponseError::Status(status)),
        }
    }
}
