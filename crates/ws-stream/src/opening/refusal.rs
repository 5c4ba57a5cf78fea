//! A server's refusal, as the client sees it.

use std::fmt;

use ws_handshake::{ResponseError, ServerResponse};

/// A server's answer that does not open a connection.
///
/// ```
/// use ws_stream::{Client, Error, Transport};
///
/// async fn dial(stream: impl Transport) -> Result<(), Error> {
///     match Client::new("ws://example.com/feed").connect(stream).await {
///         Err(Error::Refused(refusal)) if refusal.status() == Some(401) => {
///             println!("log in first: {:?}", refusal.header("www-authenticate"));
///             println!("{}", refusal.body().escape_ascii());
///         }
///         connected => drop(connected?),
///     }
///     Ok(())
/// }
/// ```
#[derive(Clone)]
pub struct Refusal {
    pub(super) error: ResponseError,
    pub(super) head: Vec<u8>,
    pub(super) body: Vec<u8>,
}

impl Refusal {
    /// The reason.
    #[must_use]
    pub const fn reason(&self) -> ResponseError {
        self.error
    }

    /// The status, if the answer is HTTP.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.response().map(|response| response.status())
    }

    /// The answer without its body, if it is HTTP.
    #[must_use]
    pub fn response(&self) -> Option<ServerResponse<'_>> {
        ServerResponse::parse(&self.head).ok()
    }

    /// The value of a header, if it is text; the case of the name does not matter.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let value = self.response()?.fields().first(name)?;
        str::from_utf8(value).ok()
    }

    /// The start of the body, up to 16 KiB, with its chunks put together. A body without a length
    /// is read to the end of the stream.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let error = self.error;
        match error {
            ResponseError::Status(200..=299) => {
                write!(f, "{error} instead of 101: it has no WebSocket at this URL")
            }
            ResponseError::Status(_) => write!(f, "{error} instead of 101"),
            _ => write!(f, "the answer does not open a connection: {error}"),
        }
    }
}

/// Head and the start of the body as text: a program whose `main` returns the error prints this.
impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let start = self.body.get(..SHOWN).unwrap_or(&self.body);
        f.debug_struct("Refusal")
            .field("error", &self.error)
            .field("head", &String::from_utf8_lossy(&self.head))
            .field("body", &String::from_utf8_lossy(start))
            .finish()
    }
}

/// Bytes of the body that `Debug` shows: most messages to people are shorter.
const SHOWN: usize = 256;
