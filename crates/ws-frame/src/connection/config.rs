/// What a [`Connection`](crate::Connection) accepts from its peer, and how it hands it over. All limits are inclusive.
///
/// ```
/// use ws_frame::{Config, Connection};
///
/// let mut config = Config::new();
/// config.max_message_len = 64 * 1024;
/// let connection = Connection::server(config);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Config {
    /// The longest payload of one text, binary or continuation frame, in bytes. A longer one is refused at its header, with the close
    /// code 1009. [`DEFAULT_MAX_FRAME_LEN`](Self::DEFAULT_MAX_FRAME_LEN) unless set.
    pub max_frame_len: u64,
    /// The longest message, in bytes. The frame that goes over is refused at its header, with the close code 1009.
    /// [`DEFAULT_MAX_MESSAGE_LEN`](Self::DEFAULT_MAX_MESSAGE_LEN) unless set.
    pub max_message_len: u64,
    /// The most frames that one message may come in. One more is refused at its first byte, with the close code 1008.
    /// [`DEFAULT_MAX_FRAGMENTS`](Self::DEFAULT_MAX_FRAGMENTS) unless set; 0 is taken as 1.
    pub max_fragments: u32,
    /// The most frames in a row, within one message of several frames, that may be empty, its first and last included. One more is
    /// refused at its length, with the close code 1008. [`DEFAULT_MAX_EMPTY_FRAGMENTS`](Self::DEFAULT_MAX_EMPTY_FRAGMENTS) unless set; 0
    /// is taken as 1.
    pub max_empty_fragments: u16,
    /// Hands messages over in parts, as they come ([`Event::TextPart`](crate::Event::TextPart),
    /// [`Event::BinaryPart`](crate::Event::BinaryPart)), instead of whole: for messages larger than memory. Off unless set.
    pub streaming: bool,
    /// Answers each Ping with a Pong, as RFC 6455 §5.5.2 demands. Off, that is left to the caller, who gets every Ping as an event and
    /// answers with its [`reply`](crate::Event::reply). On unless set.
    pub auto_pong: bool,
}

impl Config {
    /// 16 MiB: what a message may have, a frame may have.
    pub const DEFAULT_MAX_FRAME_LEN: u64 = Self::DEFAULT_MAX_MESSAGE_LEN;
    /// 16 MiB: many times what chat, games and remote calls send, and little enough that a hundred peers who all fill it do not fill a
    /// small machine.
    pub const DEFAULT_MAX_MESSAGE_LEN: u64 = 16 * 1024 * 1024;
    /// 131,072, twice what the Autobahn test suite sends (case 9.3.1: 4 MiB in fragments of 64 bytes). A fragment costs no memory beyond
    /// its payload; this bounds the time that one message can take.
    pub const DEFAULT_MAX_FRAGMENTS: u32 = 131_072;
    /// 128: legal, and without use. Nothing else bounds a message that never grows.
    pub const DEFAULT_MAX_EMPTY_FRAGMENTS: u16 = 128;

    /// The defaults.
    #[must_use]
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
}

impl Default for Config {
    fn default() -> Self {
        Self::new()
    }
}
