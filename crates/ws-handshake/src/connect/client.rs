//! The client's side of an extended CONNECT.

use core::fmt;

use super::accept::check_lower_case;
use super::lower_case;
use crate::client::{Accepted, ClientRequest, ResponseError, ServerResponse};
use crate::encode::FieldError;
use crate::fields::Fields;

impl ClientRequest<'_> {
    /// Gives the header list of an extended CONNECT to `put`, pseudo-fields first; nothing of it on an error. The key is not
    /// sent, nor is `Host` (RFC 8441 §5). Names of further fields are in lower case.
    ///
    /// ```
    /// # use ws_handshake::ClientRequest;
    /// let request = ClientRequest::new("server.example.com", "/chat", [0; 16]);
    /// let mut fields = Vec::new();
    /// request.encode_connect(true, |name, value| fields.push(format!("{name}: {value}")))?;
    /// assert_eq!(fields[..3], [":method: CONNECT", ":protocol: websocket", ":scheme: https"]);
    /// # Ok::<(), ws_handshake::FieldError>(())
    /// ```
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
            put(lower_case(name), value);
            Ok(())
        })
    }
}

/// The answer to an extended CONNECT, as status and header list.
#[derive(Clone, Debug)]
pub struct ConnectResponse<'b>(ServerResponse<'b>);

impl<'b> ConnectResponse<'b> {
    /// Takes the `:status` and the other fields, as names and values.
    #[must_use]
    pub fn new(status: u16, fields: &'b [(&'b [u8], &'b [u8])]) -> Self {
        Self(ServerResponse::of(status, false, Fields::of_pairs(fields)))
    }

    /// Whether the server opened the connection in answer to `request`, and on what terms: any status from 200 to 299
    /// does (RFC 8441 §5), with nothing that was not offered.
    pub fn accepted(&self, request: &ClientRequest<'_>) -> Result<Accepted<'b>, ResponseError> {
        match self.0.status() {
            200..=299 => self.0.agreed(request),
            status => Err(ResponseError::Status(status)),
        }
    }
}
