use alloc::borrow::Cow;
use alloc::string::String;

use super::event::Close;
use crate::{CloseCode, ProtocolError, utf8};

impl<'b> Close<'b> {
    /// Reads the whole payload of a Close frame (RFC 6455 §5.5.1): nothing, or a code and a reason.
    pub(super) fn parse(payload: Cow<'b, [u8]>) -> Result<Option<Self>, ProtocolError> {
        let Some(&code) = payload.first_chunk() else {
            return if payload.is_empty() {
                Ok(None)
            } else {
                Err(ProtocolError::TruncatedCloseCode)
            };
        };
        let code = CloseCode::new(u16::from_be_bytes(code)).ok_or(ProtocolError::InvalidCloseCode)?;
        let reason = match payload {
            Cow::Borrowed(payload) => utf8::from_utf8(&payload[2..]).map(Cow::Borrowed),
            Cow::Owned(payload) => {
                utf8::from_utf8(&payload[2..]).map(|reason| Cow::Owned(String::from(reason)))
            }
        };
        Ok(Some(Self {
            code,
            reason: reason.ok_or(ProtocolError::InvalidCloseReason)?,
        }))
    }
}
