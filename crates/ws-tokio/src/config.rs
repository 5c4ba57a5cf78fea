//! Limits, timeouts and compression of connections.

use std::time::Duration;

#[cfg(all(feature = "hyper", feature = "deflate"))]
use ws_handshake::extension::deflate::DeflateServer;
use ws_stream::Bounds;

/// Configuration of a connection once it is open.
///
/// Clients get it by [`Connector::config`](crate::Connector::config), servers by
/// [`Acceptor::config`](crate::Acceptor::config). All limits are inclusive; `None` turns a timeout
/// off.
///
/// | value | default | if it is exceeded |
/// |---|--:|---|
/// | [`max_message_len`](Self::max_message_len), [`max_frame_len`](Self::max_frame_len) | 16 MiB | close code 1009 |
/// | [`max_fragments`](Self::max_fragments) | 131,072 | close code 1008 |
/// | [`max_empty_fragments`](Self::max_empty_fragments) | 128 in a row | close code 1008 |
/// | [`high_watermark`](Self::high_watermark) | 64 KiB | senders wait |
/// | [`idle_timeout`](Self::idle_timeout) | 45 s | a ping is sent |
/// | [`pong_timeout`](Self::pong_timeout) | 20 s | [`Timeout::Pong`](crate::Timeout::Pong) |
/// | [`write_timeout`](Self::write_timeout) | 30 s | [`Timeout::Write`](crate::Timeout::Write) |
/// | [`message_timeout`](Self::message_timeout) | off | [`Timeout::Message`](crate::Timeout::Message), close code 1008 |
/// | [`close_timeout`](Self::close_timeout) | 10 s | [`Timeout::Close`](crate::Timeout::Close) |
///
/// ```
/// use std::time::Duration;
///
/// let config = ws_tokio::Config::new()
///     .max_message_len(64 * 1024)
///     .idle_timeout(Duration::from_secs(20))
///     .pong_timeout(Duration::from_secs(20))
///     .write_timeout(None);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Config {
    pub(crate) stream: ws_stream::Config,
    #[cfg(all(feature = "hyper", feature = "deflate"))]
    deflate: Option<DeflateServer>,
    pub(crate) timeouts: Timeouts,
}

/// Timeouts of an open connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timeouts {
    pub(crate) idle: Option<Duration>,
    pub(crate) pong: Option<Duration>,
    pub(crate) write: Option<Duration>,
    pub(crate) message: Option<Duration>,
    pub(crate) close: Option<Duration>,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            // Below the 60 s after which common proxies cut a silent connection.
            idle: Some(Duration::from_secs(45)),
            pong: Some(Duration::from_secs(20)),
            write: Some(Duration::from_secs(30)),
            message: None,
            close: Some(Duration::from_secs(10)),
        }
    }
}

impl Config {
    /// The defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the longest message, in bytes, after decompression.
    ///
    /// A frame has a [limit](Self::max_frame_len) of its own, also 16 MiB by default. Browsers send
    /// a message as one frame: to allow longer messages, raise both.
    #[doc(alias = "max_payload")]
    #[must_use]
    pub fn max_message_len(self, bytes: u64) -> Self {
        self.stream(|stream| stream.max_message_len(bytes))
    }

    /// Sets the longest frame, in bytes.
    #[must_use]
    pub fn max_frame_len(self, bytes: u64) -> Self {
        self.stream(|stream| stream.max_frame_len(bytes))
    }

    /// Sets the number of frames that one message may come in.
    #[must_use]
    pub fn max_fragments(self, count: u32) -> Self {
        self.stream(|stream| stream.max_fragments(count))
    }

    /// Sets the number of empty frames in a row within one message.
    #[must_use]
    pub fn max_empty_fragments(self, count: u16) -> Self {
        self.stream(|stream| stream.max_empty_fragments(count))
    }

    /// Delivers messages in parts as they arrive, instead of whole: for messages larger than
    /// memory.
    #[must_use]
    pub fn streaming(self, on: bool) -> Self {
        self.stream(|stream| stream.streaming(on))
    }

    /// Sets the number of unwritten bytes above which a sender waits.
    #[must_use]
    pub fn high_watermark(self, bytes: usize) -> Self {
        self.stream(|stream| stream.high_watermark(bytes))
    }

    /// Shares limits with other connections: the number of connections, and the bytes of unfinished
    /// messages of all of them together.
    #[must_use]
    pub fn bounds(self, bounds: &Bounds) -> Self {
        self.stream(|stream| stream.bounds(bounds))
    }

    /// Compresses messages with permessage-deflate (RFC 7692) if the peer agrees. The options hold
    /// the memory of the compressors: give every connection the same.
    ///
    /// ```
    /// let options = ws_tokio::deflate::Options::default();
    /// let config = ws_tokio::Config::new().compression(&options);
    /// ```
    #[cfg(feature = "deflate")]
    #[must_use]
    pub fn compression(self, options: &ws_stream::deflate::Options) -> Self {
        #[cfg(feature = "hyper")]
        let this = Self {
            deflate: Some(DeflateServer::new()),
            ..self
        };
        #[cfg(not(feature = "hyper"))]
        let this = self;
        this.stream(|stream| stream.compression(options))
    }

    /// The parameters to which an HTTP server agrees in a client's offers.
    #[cfg(all(feature = "hyper", feature = "deflate"))]
    pub(crate) fn agree<'a>(
        &self,
        offers: impl IntoIterator<Item = ws_handshake::extension::Extension<'a>>,
    ) -> Option<ws_handshake::extension::deflate::PerMessageDeflate> {
        self.deflate?.answer(offers)
    }

    /// Sets how long the peer may be silent before it is sent a ping.
    #[doc(alias = "keepalive")]
    #[doc(alias = "ping_interval")]
    #[must_use]
    pub fn idle_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.timeouts.idle = timeout.into();
        self
    }

    /// Sets how long the peer may be silent after such a ping. Any byte is a sign of life.
    #[must_use]
    pub fn pong_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.timeouts.pong = timeout.into();
        self
    }

    /// Sets how long the peer may take none of the bytes that wait to be written. A slow peer that
    /// takes some keeps its connection.
    #[must_use]
    pub fn write_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.timeouts.write = timeout.into();
        self
    }

    /// Sets how long a message may take to arrive, from its first frame to its last.
    #[must_use]
    pub fn message_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.timeouts.message = timeout.into();
        self
    }

    /// Sets how long the closing handshake and the end of the stream may take.
    #[must_use]
    pub fn close_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.timeouts.close = timeout.into();
        self
    }

    fn stream(mut self, change: impl FnOnce(ws_stream::Config) -> ws_stream::Config) -> Self {
        self.stream = change(self.stream);
        self
    }
}
