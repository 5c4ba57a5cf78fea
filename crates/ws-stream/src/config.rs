//! Configuration of a connection.

#[cfg(feature = "deflate")]
use ws_frame::deflate::Options;
#[cfg(feature = "deflate")]
use ws_handshake::extension::deflate::{DeflateOffer, DeflateServer};

use crate::Bounds;

/// Configuration of a connection: what it accepts, how much it queues, what it shares with others.
///
/// | value | default |
/// |---|--:|
/// | [`max_message_len`](Self::max_message_len), [`max_frame_len`](Self::max_frame_len) | 16 MiB |
/// | [`max_fragments`](Self::max_fragments) | 131,072 |
/// | [`max_empty_fragments`](Self::max_empty_fragments) in a row | 128 |
/// | [`high_watermark`](Self::high_watermark) | 64 KiB |
/// | [`streaming`](Self::streaming) | off |
/// | [`auto_pong`](Self::auto_pong) | on |
/// | [`bounds`](Self::bounds) | none |
/// | `compression` | off |
///
/// All limits are inclusive.
///
/// ```
/// let config = ws_stream::Config::new().max_message_len(64 * 1024).high_watermark(16 * 1024);
/// ```
#[derive(Clone, Debug)]
pub struct Config {
    pub(crate) frame: ws_frame::Config,
    pub(crate) high_watermark: usize,
    pub(crate) bounds: Option<Bounds>,
    #[cfg(feature = "deflate")]
    pub(crate) compression: Option<Compression>,
}

/// Compression of a connection: its own options, and the terms that it offers or accepts.
#[cfg(feature = "deflate")]
#[derive(Clone, Debug)]
pub(crate) struct Compression {
    pub(crate) options: Options,
    pub(crate) server: DeflateServer,
    pub(crate) offer: DeflateOffer,
}

impl Config {
    /// The defaults.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            frame: ws_frame::Config::new(),
            high_watermark: HIGH_WATERMARK,
            bounds: None,
            #[cfg(feature = "deflate")]
            compression: None,
        }
    }

    /// The longest message that is received, in bytes. A longer one fails the connection with 1009.
    ///
    /// A frame has a [limit](Self::max_frame_len) of its own. Browsers send a message as one frame:
    /// to allow longer messages, raise both.
    #[doc(alias = "max_payload")]
    #[must_use]
    pub const fn max_message_len(mut self, bytes: u64) -> Self {
        self.frame = self.frame.max_message_len(bytes);
        self
    }

    /// The longest frame of a message that is received, in bytes. A longer one fails the connection
    /// with 1009.
    #[must_use]
    pub const fn max_frame_len(mut self, bytes: u64) -> Self {
        self.frame = self.frame.max_frame_len(bytes);
        self
    }

    /// The most frames that one message may come in. More fail the connection with 1008.
    #[must_use]
    pub const fn max_fragments(mut self, count: u32) -> Self {
        self.frame = self.frame.max_fragments(count);
        self
    }

    /// The most empty frames in a row within one message. More fail the connection with 1008.
    #[must_use]
    pub const fn max_empty_fragments(mut self, count: u16) -> Self {
        self.frame = self.frame.max_empty_fragments(count);
        self
    }

    /// Delivers messages in parts as they arrive, instead of whole: for messages that are larger
    /// than memory.
    #[must_use]
    pub const fn streaming(mut self, on: bool) -> Self {
        self.frame = self.frame.streaming(on);
        self
    }

    /// Answers each Ping with a Pong (RFC 6455 §5.5.2). Off, the caller must answer.
    #[must_use]
    pub const fn auto_pong(mut self, on: bool) -> Self {
        self.frame = self.frame.auto_pong(on);
        self
    }

    /// The number of unwritten bytes above which a sender waits. A message that is larger is still
    /// taken whole.
    #[must_use]
    pub const fn high_watermark(mut self, bytes: usize) -> Self {
        self.high_watermark = bytes;
        self
    }

    /// Limits that this connection shares with others.
    #[must_use]
    pub fn bounds(mut self, bounds: &Bounds) -> Self {
        self.bounds = Some(bounds.clone());
        self
    }
}

impl Default for Config {
    fn default() -> Self {
        Self::new()
    }
}

/// 64 KiB: enough to keep a fast connection busy, little enough for many slow ones.
const HIGH_WATERMARK: usize = 64 * 1024;
