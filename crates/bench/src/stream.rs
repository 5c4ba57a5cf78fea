//! Input of the benchmarks: messages, and the bytes that a client sends for them.

use crate::random::Random;

/// Text or binary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Opcode 1.
    Text,
    /// Opcode 2.
    Binary,
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Text or binary.
    pub kind: Kind,
    /// The whole payload.
    pub payload: Vec<u8>,
}

impl Message {
    /// The payload of a text message.
    #[must_use]
    pub fn text(&self) -> &str {
        str::from_utf8(&self.payload).expect("text is made of characters")
    }
}

/// Messages, and the masked frames in which a client sends them.
#[derive(Debug, Default)]
pub struct Stream {
    /// The bytes.
    pub wire: Vec<u8>,
    /// The messages. Pings are not among them.
    pub messages: Vec<Message>,
    /// The length of the longest message in bytes.
    pub longest: usize,
    /// End of each message in `wire`.
    pub ends: Vec<usize>,
}

/// Bytes whose last message is text that is not UTF-8.
#[derive(Debug)]
pub struct Spoiled {
    /// The bytes.
    pub wire: Vec<u8>,
    /// Number of messages that they hold.
    pub messages: usize,
}

/// Content of a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fill {
    /// Random bytes, as binary messages.
    Binary,
    /// ASCII text.
    Ascii,
    /// Text of many scripts: one to four bytes per character.
    Scripts,
}

impl Stream {
    /// Messages of one length, as many as make about [`WIRE_LEN`] bytes, each in one frame.
    #[must_use]
    pub fn uniform(fill: Fill, len: usize) -> Self {
        let mut random = Random::new(1);
        let mut stream = Self::default();
        while stream.wire.is_empty() || stream.wire.len() + len < WIRE_LEN {
            let message = fill.message(&mut random, len);
            stream.push(message, 1, &mut random);
        }
        stream
    }

    /// Messages of `frames` fragments of one length.
    #[must_use]
    pub fn fragmented(fill: Fill, frames: usize, len: usize) -> Self {
        let mut random = Random::new(3);
        let mut stream = Self::default();
        while stream.wire.len() < WIRE_LEN {
            let message = fill.message(&mut random, frames * len);
            stream.push(message, frames, &mut random);
        }
        stream
    }

    /// Copies of the beginning of a stream, each up to a text that is not UTF-8: its last byte is
    /// 0xFF. Reads of `read_len` bytes cut some of these texts. Empty if there is no text.
    #[must_use]
    pub fn spoiled(&self, read_len: usize) -> Vec<Spoiled> {
        let near = self.ends.partition_point(|end| *end <= SPOILED_LEN).max(1);
        let texts: Vec<usize> = (0..near)
            .filter(|at| self.messages[*at].kind == Kind::Text)
            .collect();
        let is_cut = |at: usize, len: usize| {
            let start = if at == 0 { 0 } else { self.ends[at - 1] };
            start / len != (self.ends[at] - 1) / len
        };
        let cut = |len: usize| texts.iter().filter(move |at| is_cut(**at, len)).take(2);
        let chosen = [texts.first(), texts.get(texts.len() / 2), texts.last()]
            .into_iter()
            .flatten()
            .chain(cut(read_len))
            .chain(cut(8 << 10));
        let spoil = |at: usize| {
            let mut wire = self.wire[..self.ends[at]].to_vec();
            let last = *self.messages[at]
                .payload
                .last()
                .expect("a message that is not empty");
            *wire.last_mut().expect("a message") ^= last ^ 0xFF;
            Spoiled {
                wire,
                messages: at + 1,
            }
        };
        chosen.copied().map(spoil).collect()
    }

    /// Traffic of a chat or game server: mostly short JSON and short binary, some longer text of
    /// many scripts, now and then something large, something in fragments, a ping.
    #[must_use]
    pub fn mixed() -> Self {
        let mut random = Random::new(2);
        let mut stream = Self::default();
        while stream.wire.len() < WIRE_LEN {
            let (fill, lens, frames) = match random.within(0..100) {
                0..48 => (Fill::Ascii, 20..200, 1),
                48..73 => (Fill::Binary, 8..64, 1),
                73..85 => (Fill::Scripts, 40..600, 1),
                85..92 => (Fill::Binary, 200..2_000, 1),
                92..96 => (Fill::Ascii, 1_000..4_000, 1),
                96..98 => (Fill::Binary, 500..3_000, 3),
                98 => (Fill::Scripts, 4_000..16_000, 2),
                _ => {
                    stream.push_ping(&mut random);
                    continue;
                }
            };
            let len = random.within(lens);
            let message = fill.message(&mut random, len);
            stream.push(message, frames, &mut random);
        }
        stream
    }

    fn push(&mut self, message: Message, frames: usize, random: &mut Random) {
        let mut fragments = message
            .payload
            .chunks(message.payload.len().div_ceil(frames).max(1))
            .peekable();
        let mut opcode = message.kind.opcode();
        while let Some(fragment) = fragments.next() {
            let fin = if fragments.peek().is_none() { 0x80 } else { 0 };
            self.wire
                .extend(frame(fin | opcode, fragment, Some(random.key())));
            opcode = 0;
        }
        self.longest = self.longest.max(message.payload.len());
        self.messages.push(message);
        self.ends.push(self.wire.len());
    }

    fn push_ping(&mut self, random: &mut Random) {
        let payload = random.bytes(8);
        self.wire.extend(frame(0x89, &payload, Some(random.key())));
    }
}

impl Kind {
    const fn opcode(self) -> u8 {
        match self {
            Self::Text => 1,
            Self::Binary => 2,
        }
    }
}

/// A whole message as a client sends it.
#[must_use]
pub fn client_frame(message: &Message, key: [u8; 4]) -> Vec<u8> {
    frame(0x80 | message.kind.opcode(), &message.payload, Some(key))
}

/// A whole message as a server sends it.
#[must_use]
pub fn server_frame(message: &Message) -> Vec<u8> {
    frame(0x80 | message.kind.opcode(), &message.payload, None)
}

fn frame(first_byte: u8, payload: &[u8], key: Option<[u8; 4]>) -> Vec<u8> {
    let mut frame = vec![first_byte];
    frame.extend(length(payload.len(), if key.is_some() { 0x80 } else { 0 }));
    frame.extend(key.iter().flatten());
    let key = key.unwrap_or_default();
    frame.extend(
        payload
            .iter()
            .zip(key.iter().cycle())
            .map(|(byte, key)| byte ^ key),
    );
    frame
}

impl Fill {
    /// A message of exactly `len` bytes.
    #[must_use]
    pub fn message(self, random: &mut Random, len: usize) -> Message {
        match self {
            Self::Binary => Message {
                kind: Kind::Binary,
                payload: random.bytes(len),
            },
            Self::Ascii => Message {
                kind: Kind::Text,
                payload: text(ASCII, random, len),
            },
            Self::Scripts => Message {
                kind: Kind::Text,
                payload: text(SCRIPTS, random, len),
            },
        }
    }
}

/// The length of a payload as a frame header writes it, with `mask_bit` in its first byte.
fn length(len: usize, mask_bit: u8) -> impl Iterator<Item = u8> {
    let wide = (len as u64).to_be_bytes();
    let (first, from) = match len {
        0..=125 => (wide[7], 8),
        126..=0xFFFF => (126, 6),
        _ => (127, 0),
    };
    std::iter::once(mask_bit | first).chain(wide.into_iter().skip(from))
}

/// A frame that holds a whole message.
#[derive(Debug)]
pub struct Frame {
    /// Whether the sender masked it.
    pub masked: bool,
    /// The message.
    pub message: Message,
}

/// Reads frames that hold whole messages, slowly and plainly, to check what is timed.
#[must_use]
pub fn parse(mut wire: &[u8]) -> Vec<Frame> {
    let mut frames = Vec::new();
    while !wire.is_empty() {
        let kind = match take(&mut wire) {
            [0x81] => Kind::Text,
            [0x82] => Kind::Binary,
            other => panic!("not a whole message: {other:?}"),
        };
        let [second] = take(&mut wire);
        let len = match second & 0x7F {
            126 => u64::from(u16::from_be_bytes(take(&mut wire))),
            127 => u64::from_be_bytes(take(&mut wire)),
            len => u64::from(len),
        };
        let masked = second & 0x80 != 0;
        let key = if masked { take(&mut wire) } else { [0; 4] };
        let (payload, rest) = wire.split_at(usize::try_from(len).expect("fits in memory"));
        wire = rest;
        let payload = payload
            .iter()
            .zip(key.iter().cycle())
            .map(|(byte, key)| byte ^ key)
            .collect();
        frames.push(Frame {
            masked,
            message: Message { kind, payload },
        });
    }
    frames
}

fn take<const N: usize>(wire: &mut &[u8]) -> [u8; N] {
    let (first, rest) = wire.split_first_chunk().expect("a whole header");
    *wire = rest;
    *first
}

/// Words up to `len` bytes. Full stops fill the place that a whole character would exceed.
fn text(words: &[&str], random: &mut Random, len: usize) -> Vec<u8> {
    let mut text = String::with_capacity(len);
    while text.len() < len {
        let word = words[random.within(0..words.len())];
        for character in word.chars().chain([' ']) {
            if text.len() + character.len_utf8() <= len {
                text.push(character);
            } else {
                text.push('.');
                break;
            }
        }
    }
    text.truncate(len);
    text.into_bytes()
}

const ASCII: &[&str] = &[
    "{\"id\":",
    "\"price\":",
    "41.5,",
    "\"side\":\"buy\",",
    "hello",
    "message",
    "the",
    "quick",
    "brown",
    "fox",
    "null}",
];

const SCRIPTS: &[&str] = &[
    "hello",
    "naïve",
    "Größe",
    "Привет",
    "κόσμος",
    "שלום",
    "مرحبا",
    "नमस्ते",
    "สวัสดี",
    "你好世界",
    "こんにちは",
    "안녕하세요",
    "🎉🚀",
    "€100",
];

/// Bound on the length of spoiled messages, unless they are longer themselves.
const SPOILED_LEN: usize = 128 << 10;

/// Approximate length of a stream: larger than any first-level cache, smaller than a second-level
/// one.
pub const WIRE_LEN: usize = 512 * 1024;
