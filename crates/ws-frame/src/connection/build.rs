//! Constructors of a connection.

use super::{Config, Connection, Receiver, Sender};
#[cfg(feature = "deflate")]
use crate::deflate::{self, Deflater, Inflater};
use crate::{Encoder, Role};

/// Construction.
impl Connection {
    /// The server's end of a connection.
    ///
    /// Bytes that followed the client's opening handshake in the same read are the first input of
    /// [`receive`](Self::receive).
    #[must_use]
    pub const fn server(config: Config) -> Self {
        Self {
            receiver: Receiver::new(Role::Server, config),
            sender: Sender::new(Encoder::server()),
        }
    }

    /// The client's end of a connection. `keys` returns a new masking key for each frame.
    ///
    /// The keys must be unpredictable (RFC 6455 §5.3, §10.3). The feature `random-keys` has a
    /// source, `keys::random`. A closure may hold a generator of its own:
    ///
    /// ```
    /// use ws_frame::{Config, Connection};
    /// # struct Rng(u32);
    /// # impl Rng { fn from_system() -> Self { Self(1) } fn next(&mut self) -> u32 { self.0 += 1; self.0 } }
    ///
    /// let mut rng = Rng::from_system(); // a cryptographically secure generator
    /// let mut connection = Connection::client(Config::new(), move || rng.next().to_le_bytes());
    /// let mut output = Vec::new();
    /// connection.send_text("Hello", &mut output)?;
    /// assert_eq!(output.len(), 2 + 4 + 5); // header, key, masked payload
    /// # Ok::<(), ws_frame::SendError>(())
    /// ```
    #[must_use]
    pub fn client(config: Config, keys: impl FnMut() -> [u8; 4] + Send + Sync + 'static) -> Self {
        Self {
            receiver: Receiver::new(Role::Client, config),
            sender: Sender::new(Encoder::client(keys)),
        }
    }

    /// Adds permessage-deflate (RFC 7692) with the parameters that the opening handshake agreed on.
    ///
    /// Received messages are inflated, and held to [`Config::max_message_len`] while they are. Sent
    /// messages of at least [`Options::min_len`](deflate::Options::min_len) bytes, and messages in
    /// fragments, are compressed. See [`deflate`] for the memory that this takes, and for its
    /// security.
    ///
    /// ```
    /// use ws_frame::deflate::{Options, Parameters};
    /// use ws_frame::{Config, Connection, Event};
    ///
    /// let options = Options::new(); // of the whole server
    /// let agreed = Parameters::default(); // in this connection's handshake
    /// let mut connection = Connection::server(Config::new()).with_deflate(agreed, &options);
    ///
    /// let mut bytes = *b"\xc1\x87\0\0\0\0\xf2\x48\xcd\xc9\xc9\x07\0";
    /// let event = connection.receive(&mut &mut bytes[..], &mut Vec::new());
    /// assert_eq!(event, Some(Event::Text("Hello".into())));
    /// ```
    #[cfg(feature = "deflate")]
    #[must_use]
    pub fn with_deflate(mut self, agreed: deflate::Parameters, options: &deflate::Options) -> Self {
        let (ours, peers) = match self.sender.role() {
            Role::Server => (Role::Server, Role::Client),
            Role::Client => (Role::Client, Role::Server),
        };
        let (keeps_context, _) = agreed.of_sender(peers);
        let inflater = Inflater::new(options.get_decompressor().clone(), keeps_context);
        self.receiver.set_inflater(inflater);
        let (keeps_context, window) = agreed.of_sender(ours);
        let deflater = Deflater::new(options.get_compressor().clone(), keeps_context, window);
        self.sender.set_deflater(deflater, options.get_min_len());
        self
    }
}
