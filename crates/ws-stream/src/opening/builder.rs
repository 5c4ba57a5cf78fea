//! Connections over streams whose opening handshake is done.

use ws_frame::{Connection, Role, keys};
#[cfg(feature = "deflate")]
use ws_handshake::extension::deflate::PerMessageDeflate;

use crate::bounds::Claim;
use crate::core::{Core, Opened};
use crate::{Config, Error, Transport, WebSocket};

/// Makes a [`WebSocket`] of a byte stream on which the opening handshake was done elsewhere, such
/// as in an HTTP stack.
///
/// ```
/// use ws_stream::{Builder, Config, Error, Transport, WebSocket};
///
/// fn upgraded<T: Transport>(stream: T) -> Result<WebSocket<T>, Error> {
///     Builder::new().config(Config::new().max_message_len(64 * 1024)).server(stream)
/// }
/// ```
#[derive(Debug, Default)]
#[must_use = "it becomes a connection with `server` or `client`"]
pub struct Builder {
    config: Config,
    unread: Vec<u8>,
    opened: Option<Opened>,
    claim: Option<Claim>,
    #[cfg(feature = "deflate")]
    deflate: Option<PerMessageDeflate>,
}

impl Builder {
    /// A builder with the defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// The configuration of the connection.
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// The subprotocol that was agreed on, for [`WebSocket::protocol`].
    pub fn protocol(mut self, protocol: Option<&str>) -> Self {
        if let Some(protocol) = protocol {
            self.opened.get_or_insert_default().protocol = Some(protocol.into());
        }
        self
    }

    /// The compression that was agreed on. [`Config::compression`] has the options for it.
    #[cfg(feature = "deflate")]
    pub fn deflate(mut self, agreed: Option<PerMessageDeflate>) -> Self {
        self.deflate = agreed;
        self
    }

    /// Bytes of frames that were read together with the handshake.
    pub fn unread(mut self, bytes: &[u8]) -> Self {
        self.unread = bytes.to_vec();
        self
    }

    pub(super) fn answer(mut self, head: &[u8]) -> Self {
        self.opened.get_or_insert_default().answer = head.into();
        self
    }

    pub(super) fn claim(mut self, claim: Option<Claim>) -> Self {
        self.claim = claim;
        self
    }

    /// The server's end.
    ///
    /// # Errors
    ///
    /// [`Error::Overloaded`] if the [`Bounds`](crate::Bounds) have no room for another connection.
    pub fn server<T: Transport>(self, stream: T) -> Result<WebSocket<T>, Error> {
        self.build(stream, Role::Server)
    }

    /// The client's end, with masking keys from the operating system's randomness.
    ///
    /// # Errors
    ///
    /// [`Error::Randomness`]; [`Error::Overloaded`] if the [`Bounds`](crate::Bounds) have no room
    /// for another connection.
    pub fn client<T: Transport>(self, stream: T) -> Result<WebSocket<T>, Error> {
        self.build(stream, Role::Client)
    }

    fn build<T: Transport>(mut self, stream: T, role: Role) -> Result<WebSocket<T>, Error> {
        let claim = match self.claim.take() {
            None => claim(&self.config)?,
            claim => claim,
        };
        let connection = match role {
            Role::Server => Connection::server(self.config.frame),
            Role::Client => {
                let keys = keys::random().map_err(|_| Error::Randomness)?;
                Connection::client(self.config.frame, keys)
            }
        };
        #[cfg(feature = "deflate")]
        let connection = crate::with_deflate(connection, self.deflate, &self.config.options());
        let mut core = Core::new(stream, connection, &self.config, claim);
        #[cfg(feature = "deflate")]
        core.set_deflated(self.deflate.is_some());
        core.set_opened(self.opened);
        if !self.unread.is_empty() {
            core.set_unread(self.unread);
        }
        Ok(WebSocket::from_core(core))
    }
}

/// Takes the share of a new connection in the bounds of its configuration.
pub(super) fn claim(config: &Config) -> Result<Option<Claim>, Error> {
    config.bounds.as_ref().map(Claim::new).transpose()
}
