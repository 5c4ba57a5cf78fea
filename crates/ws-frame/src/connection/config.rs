//! Limits and options of a connection.

/// Configuration of a [`Connection`](crate::Connection): limits on received messages, and how they
/// are returned.
///
/// All limits are inclusive. A setter takes the configuration and returns it changed:
///
/// ```
/// use ws_frame::{Config, Connection};
///
/// let config = Config::new().max_message_len(64 * 1024).max_frame_len(64 * 1024);
/// let connection = Connection::server(config);
/// ```
///
/// | option | default | if exceeded |
/// |---|--:|--:|
/// | [`max_frame_len`](Self::max_frame_len) | 16 MiB | 1009 |
/// | [`max_message_len`](Self::max_message_len) | 16 MiB | 1009 |
/// | [`max_fragments`](Self::max_fragments) | 131,072 | 1008 |
/// | [`max_empty_fragments`](Self::max_empty_fragments) | 128 | 1008 |
/// | [`streaming`](Self::streaming) | off | |
/// | [`auto_pong`](Self::auto_pong) | on | |
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Config {
    max_frame_len: u64,
    max_message_len: u64,
    max_fragments: u32,
    max_empty_fragments: u16,
    streaming: bool,
    auto_pong: bool,
}

impl Config {
    /// 16 MiB: a frame may be as long as a message.
    pub const DEFAULT_MAX_FRAME_LEN: u64 = Self::DEFAULT_MAX_MESSAGE_LEN;
    /// 16 MiB: many times what chats, games and remote calls send. A hundred peers that all fill it
    /// do not fill a small machine.
    pub const DEFAULT_MAX_MESSAGE_LEN: u64 = 16 * 1024 * 1024;
    /// 131,072: twice what the Autobahn test suite sends (case 9.3.1: 4 MiB in fragments of 64
    /// bytes). A fragment costs no memory beyond its payload; this limits the time that one message
    /// can take.
    pub const DEFAULT_MAX_FRAGMENTS: u32 = 131_072;
    /// 128: empty fragments are legal and useless. Nothing else limits a message that never grows.
    pub const DEFAULT_MAX_EMPTY_FRAGMENTS: u16 = 128;

    /// The default configuration.
    pub const fn new() -> Self {
        Self {
            max_frame_len: Self::DEFAULT_MAX_FRAME_LEN,
            max_message_len: Self::DEFAULT_MAX_MESSAGE_LEN,
            max_fragments: Self::DEFAULT_MAX_FRAGMENTS,
            max_empty_fragments: Self::DEFAULT_MAX_EMPTY_FRAGMENTS,
            streaming: false,
            auto_pong: true,
        }
    }

    /// Sets the longest payload of a text, binary or continuation frame, in bytes.
    ///
    /// A longer frame is refused at its header with
    /// [`ProtocolError::FrameTooBig`](crate::ProtocolError::FrameTooBig), close code 1009. Default:
    /// [`DEFAULT_MAX_FRAME_LEN`](Self::DEFAULT_MAX_FRAME_LEN).
    #[doc(alias = "max_frame_size")]
    pub const fn max_frame_len(mut self, bytes: u64) -> Self {
        self.max_frame_len = bytes;
        self
    }

    /// Sets the longest message, in bytes; of a compressed message, the inflated length.
    ///
    /// The frame that exceeds it is refused at its header with
    /// [`ProtocolError::MessageTooBig`](crate::ProtocolError::MessageTooBig), close code 1009. A
    /// message that is not streamed is held in one vector, so it never exceeds `isize::MAX` bytes.
    /// Default: [`DEFAULT_MAX_MESSAGE_LEN`](Self::DEFAULT_MAX_MESSAGE_LEN).
    #[doc(alias = "max_message_size")]
    #[doc(alias = "max_payload")]
    pub const fn max_message_len(mut self, bytes: u64) -> Self {
        self.max_message_len = bytes;
        self
    }

    /// Sets the number of frames that one message may have; 0 means 1.
    ///
    /// One more is refused at its first byte with
    /// [`ProtocolError::TooManyFragments`](crate::ProtocolError::TooManyFragments), close code
    /// 1008. Default: [`DEFAULT_MAX_FRAGMENTS`](Self::DEFAULT_MAX_FRAGMENTS).
    pub const fn max_fragments(mut self, count: u32) -> Self {
        self.max_fragments = count;
        self
    }

    /// Sets the number of empty frames in a row within a fragmented message, its first and last
    /// frame included; 0 means 1.
    ///
    /// One more is refused at its length with
    /// [`ProtocolError::TooManyEmptyFragments`](crate::ProtocolError::TooManyEmptyFragments), close
    /// code
    /// 1008. Default: [`DEFAULT_MAX_EMPTY_FRAGMENTS`](Self::DEFAULT_MAX_EMPTY_FRAGMENTS).
    pub const fn max_empty_fragments(mut self, count: u16) -> Self {
        self.max_empty_fragments = count;
        self
    }

    /// Sets whether messages are returned in parts as they come
    /// ([`Event::TextPart`](crate::Event::TextPart),
    /// [`Event::BinaryPart`](crate::Event::BinaryPart)) instead of whole. For messages larger than
    /// memory. Default: off.
    pub const fn streaming(mut self, on: bool) -> Self {
        self.streaming = on;
        self
    }

    /// Sets whether each Ping is answered with a Pong, as RFC 6455 §5.5.2 demands. Default: on.
    ///
    /// When off, the caller must answer: every Ping is an event, and its
    /// [`reply`](crate::Event::reply) is the answer.
    #[doc(alias = "automatic_pong")]
    pub const fn auto_pong(mut self, on: bool) -> Self {
        self.auto_pong = on;
        self
    }

    /// The value set by [`max_frame_len`](Self::max_frame_len), in bytes.
    #[must_use]
    pub const fn get_max_frame_len(&self) -> u64 {
        self.max_frame_len
    }

    /// The value set by [`max_message_len`](Self::max_message_len), in bytes.
    #[must_use]
    pub const fn get_max_message_len(&self) -> u64 {
        self.max_message_len
    }

    /// The value set by [`max_fragments`](Self::max_fragments).
    #[must_use]
    pub const fn get_max_fragments(&self) -> u32 {
        self.max_fragments
    }

    /// The value set by [`max_empty_fragments`](Self::max_empty_fragments).
    #[must_use]
    pub const fn get_max_empty_fragments(&self) -> u16 {
        self.max_empty_fragments
    }

    /// The value set by [`streaming`](Self::streaming).
    #[must_use]
    pub const fn get_streaming(&self) -> bool {
        self.streaming
    }

    /// The value set by [`auto_pong`](Self::auto_pong).
    #[must_use]
    pub const fn get_auto_pong(&self) -> bool {
        self.auto_pong
    }
}

impl Default for Config {
    fn default() -> Self {
        Self::new()
    }
}

/// The part of [`Config`] that the decoder does not store.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    pub(super) max_message_len: u64,
    pub(super) max_fragments: u32,
    pub(super) max_empty_fragments: u16,
    pub(super) streaming: bool,
    pub(super) auto_pong: bool,
}

impl Settings {
    pub(super) const fn of(config: Config) -> Self {
        let Config {
            max_message_len,
            max_fragments,
            max_empty_fragments,
            streaming,
            auto_pong,
            ..
        } = config;
        Self {
            max_message_len: if streaming || max_message_len < MAX_HELD_LEN {
                max_message_len
            } else {
                MAX_HELD_LEN
            },
            max_fragments,
            // The first fragment comes before anything is counted.
            max_empty_fragments: if max_empty_fragments == 0 {
                1
            } else {
                max_empty_fragments
            },
            streaming,
            auto_pong,
        }
    }
}

/// The longest message that can be held whole: a vector has at most `isize::MAX` bytes, and the
/// inflater reserves some ahead. Only a 32-bit target can reach it.
const MAX_HELD_LEN: u64 = (usize::MAX / 2 - 64 * 1024) as u64;
