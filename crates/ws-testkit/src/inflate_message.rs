//! `Inflater` against the reference inflater: any payloads, any pieces, any spare capacity of the
//! output, small limits.

use ws_frame::ProtocolError;
use ws_frame::deflate::{Decompressor, Inflated, Inflater, SharedContexts};

use crate::cuts::{self, Cuts};
use crate::random::Random;
use crate::reference::inflate::{Fault, Inflate};

/// Spare capacity of the output at each call.
pub const ROOMS: [usize; 5] = [1, 7, 64, 4096, usize::MAX];

/// The first byte selects who keeps contexts, and the spare capacity; the second is the limit. Then
/// come messages, each behind its length in two bytes.
pub fn run(data: &[u8]) {
    let [options, limit, rest @ ..] = data else {
        return;
    };
    let messages: Vec<&[u8]> = messages(rest).collect();
    let case = Case {
        keeps_context: options & 1 != 0,
        shared: options & 2 != 0,
        room: ROOMS[usize::from(options >> 2) % ROOMS.len()],
        limit: 1 << (limit % 20) >> (limit / 128),
    };
    case.check(&messages, |len| {
        let mut random = Random::new(u64::from(*options) << 32 | len as u64);
        match options >> 6 {
            0 => Vec::new(),
            1 => (1..len).collect(),
            _ => cuts::in_many(len, &mut random),
        }
    });
}

fn messages(mut rest: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (len, behind) = rest.split_first_chunk()?;
        let len = usize::from(u16::from_le_bytes(*len)).min(behind.len());
        let (message, behind) = behind.split_at(len);
        rest = behind;
        Some(message)
    })
}

/// Messages that stock zlib compressed: one connection a file, with every combination of options.
#[must_use]
pub fn seeds() -> Vec<(String, Vec<u8>)> {
    let streams = ZLIB.split("\nstream ").skip(1).step_by(2);
    let seed = |(number, stream): (usize, &str)| {
        let limit = if number % 4 == 0 { 7 } else { 19 };
        let mut data = vec![(number * 29) as u8, limit];
        for line in stream.lines().skip(1) {
            let payload = hex(line.rsplit(' ').next().unwrap_or_default());
            data.extend((payload.len() as u16).to_le_bytes());
            data.extend(payload);
        }
        (format!("zlib-{number}"), data)
    };
    streams.enumerate().map(seed).collect()
}

/// The bytes of hex digits in pairs.
#[must_use]
pub fn hex(digits: &str) -> Vec<u8> {
    let byte = |at| u8::from_str_radix(&digits[at..at + 2], 16).expect("two hex digits");
    (0..digits.len()).step_by(2).map(byte).collect()
}

/// Output of `deflate.py` in the same folder.
pub const ZLIB: &str = include_str!("../../ws-frame/tests/vectors/deflate.txt");

/// One way to inflate.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// Messages may refer to earlier ones.
    pub keeps_context: bool,
    /// The decompressor serves other connections too.
    pub shared: bool,
    /// Spare capacity of the output at each call.
    pub room: usize,
    /// Limit on the bytes of a message.
    pub limit: u64,
}

impl Case {
    /// Inflates the messages of one connection. Panics if the reference inflater disagrees.
    pub fn check(self, messages: &[&[u8]], ways: impl Fn(usize) -> Cuts) {
        let mut reference = Inflate::new(self.keeps_context);
        let mut inflater = self.inflater();
        for payload in messages {
            let cuts = ways(payload.len());
            let expected = match reference.message(payload) {
                _ if reference.so_far().len() as u64 > self.limit => {
                    Err(ProtocolError::MessageTooBig)
                }
                Err(Fault::Restarted) => Err(ProtocolError::TooManyFinalBlocks),
                Err(Fault::Broken | Fault::Cut) => Err(ProtocolError::InvalidDeflate),
                Ok(message) => Ok(message),
            };
            let inflated = self.inflate(&mut inflater, payload, &cuts);
            assert_eq!(
                inflated, expected,
                "{self:?}, cut at {cuts:?}: {messages:x?}"
            );
            if inflated.is_err() {
                return;
            }
        }
    }

    /// The inflater of a new connection.
    #[must_use]
    pub fn inflater(self) -> Inflater {
        let source = if self.shared {
            Decompressor::Shared(shared_by_others())
        } else {
            Decompressor::Dedicated
        };
        Inflater::new(source, self.keeps_context)
    }

    /// One message, whose payload comes in the pieces between these cuts.
    pub fn inflate(
        self,
        inflater: &mut Inflater,
        payload: &[u8],
        cuts: &[usize],
    ) -> Result<Vec<u8>, ProtocolError> {
        let mut message = Vec::new();
        for mut piece in cuts::pieces(payload, cuts) {
            loop {
                let mut part = Vec::new();
                let inflated = inflater.inflate(&mut piece, &mut part, self.room, self.limit)?;
                assert!(part.len() <= self.room, "{} bytes", part.len());
                message.append(&mut part);
                if inflated == Inflated::All {
                    break;
                }
            }
            assert!(piece.is_empty(), "{} bytes are left", piece.len());
        }
        inflater.finish()?;
        Ok(message)
    }
}

/// Contexts that another connection has used. Its message is still in the window.
fn shared_by_others() -> SharedContexts {
    let contexts = SharedContexts::default();
    let mut other = Inflater::new(Decompressor::Shared(contexts.clone()), true);
    let stored = [&[0x00, 0x06, 0x00, 0xf9, 0xff][..], b"secret", &[0x00]].concat();
    let inflated = other.inflate(&mut &stored[..], &mut Vec::new(), usize::MAX, 6);
    assert_eq!(inflated, Ok(Inflated::All));
    other.finish().expect("a whole message");
    contexts
}
