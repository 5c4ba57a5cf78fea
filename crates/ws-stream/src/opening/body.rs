//! The start of the body of a refusal.

use ws_handshake::BodyLen;

use super::heads;
use crate::Transport;

/// Reads as much of the body as there is, up to [`MAX_BODY`]. `came` are the bytes that came with
/// the head. That the stream fails meanwhile changes nothing.
pub(super) async fn read_body<T: Transport>(
    stream: &mut T,
    len: BodyLen,
    came: Vec<u8>,
) -> Vec<u8> {
    let most = match len {
        BodyLen::Chunked => return read_chunks(stream, came).await,
        BodyLen::Bytes(len) => usize::try_from(len).unwrap_or(MAX_BODY).min(MAX_BODY),
        _ => MAX_BODY,
    };
    let mut body = came;
    while body.len() < most && has_more(stream, &mut body).await {}
    body.truncate(most);
    body
}

async fn read_chunks<T: Transport>(stream: &mut T, came: Vec<u8>) -> Vec<u8> {
    let mut chunks = Chunks {
        raw: came,
        ..Chunks::default()
    };
    while chunks.decode() && has_more(stream, &mut chunks.raw).await {}
    chunks.body.truncate(MAX_BODY);
    chunks.body
}

async fn has_more<T: Transport>(stream: &mut T, bytes: &mut Vec<u8>) -> bool {
    heads::read(stream, bytes)
        .await
        .is_ok_and(|count| count > 0)
}

/// A body in chunks (RFC 9112 §7.1).
#[derive(Default)]
struct Chunks {
    raw: Vec<u8>,
    /// The number of bytes of `raw` that have been decoded.
    at: usize,
    /// Bytes that the chunk under way still has.
    left: usize,
    body: Vec<u8>,
}

impl Chunks {
    /// Decodes what has come. Returns whether more is wanted.
    fn decode(&mut self) -> bool {
        loop {
            let rest = self.raw.get(self.at..).unwrap_or_default();
            if self.left > 0 {
                let taken = self.left.min(rest.len());
                self.body.extend_from_slice(&rest[..taken]);
                self.at += taken;
                self.left -= taken;
            }
            if self.body.len() >= MAX_BODY || self.at >= MAX_RAW {
                return false;
            }
            if self.left > 0 {
                return true;
            }
            let rest = self.raw.get(self.at..).unwrap_or_default();
            let Some(end) = rest.iter().position(|byte| *byte == b'\n') else {
                return rest.len() < MAX_LINE;
            };
            let line = rest[..end].trim_ascii();
            self.at += end + 1;
            // The empty line behind the bytes of a chunk.
            if line.is_empty() {
                continue;
            }
            match chunk_len(line) {
                None | Some(0) => return false,
                Some(len) => self.left = len,
            }
        }
    }
}

/// The length in a line before a chunk, without its extensions.
fn chunk_len(line: &[u8]) -> Option<usize> {
    let digits = line.split(|byte| *byte == b';').next()?.trim_ascii();
    usize::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()
}

/// Bytes of the body of a refusal that are kept.
const MAX_BODY: usize = 16 * 1024;
/// Bytes of a body in chunks that are read: a sender of tiny chunks gets no further.
const MAX_RAW: usize = 4 * MAX_BODY;
/// The longest line before a chunk.
const MAX_LINE: usize = 1024;
