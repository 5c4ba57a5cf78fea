//! A client and a server that talk over buffers on the stack: encode, decode, answer, decode again.

use ws_frame::{CloseCode, Decoder, Encoder, Opcode, ProtocolError, Role, SendError, Utf8};

/// A result differs from the expected one.
pub struct Wrong;

/// A client sends a text in fragments with a ping between them, and closes. The server gets it in
/// small reads and sends it back. The client finds its own text in the answer.
pub fn echo() -> Result<(), Wrong> {
    let mut answers = serve(ask()?)?;

    let mut expected = Wire::new();
    let mut encoder = Encoder::server();
    expected.frame(&mut encoder, Opcode::Pong, true, b"there?")?;
    expected.frame(&mut encoder, Opcode::Text, true, "Grüße".as_bytes())?;
    expected.frame(&mut encoder, Opcode::Close, true, NORMAL)?;
    right(answers.bytes() == expected.bytes())?;

    // A server's frames are not masked, so a server refuses them.
    let refused = Decoder::new(Role::Server)
        .decode(&mut answers.bytes())
        .err();
    right(refused == Some(ProtocolError::Unmasked))?;

    let mut heard = Wire::new();
    let mut decoder = Decoder::new(Role::Client);
    let mut input = answers.bytes();
    while let Some(chunk) = decoder.decode(&mut input).map_err(|_| Wrong)? {
        if chunk.header.opcode == Opcode::Text {
            heard.append(chunk.payload)?;
        }
    }
    right(heard.bytes() == "Grüße".as_bytes())
}

fn ask() -> Result<Wire, Wrong> {
    let mut encoder = Encoder::client(|| [0x37, 0xfa, 0x21, 0x3d]);
    let mut sent = Wire::new();
    sent.frame(&mut encoder, Opcode::Text, false, b"Gr\xc3")?; // ends inside the ü
    sent.frame(&mut encoder, Opcode::Ping, true, b"there?")?;
    sent.frame(&mut encoder, Opcode::Continuation, true, b"\xbc\xc3\x9fe")?;
    sent.frame(&mut encoder, Opcode::Close, true, NORMAL)?;
    right(encoder.frame(Opcode::Text, true, 0).err() == Some(SendError::Closed))?;
    Ok(sent)
}

/// Answers all frames in `sent`, which arrive three bytes at a time.
fn serve(mut sent: Wire) -> Result<Wire, Wrong> {
    let (mut decoder, mut encoder) = (
        Decoder::new(Role::Server).max_frame_len(64),
        Encoder::server(),
    );
    let (mut message, mut control, mut utf8) = (Wire::new(), Wire::new(), Utf8::new());
    let mut answers = Wire::new();
    for mut read in sent.bytes().chunks_mut(3) {
        while let Some(chunk) = decoder.decode(&mut read).map_err(|_| Wrong)? {
            let (answer, payload) = match chunk.header.opcode {
                Opcode::Close => (Opcode::Close, &mut control),
                Opcode::Ping => (Opcode::Pong, &mut control),
                _ => (Opcode::Text, &mut message),
            };
            payload.append(chunk.payload)?;
            if answer == Opcode::Text {
                right(utf8.push(chunk.payload).valid)?;
            }
            if chunk.ends_message() {
                answers.frame(&mut encoder, answer, true, payload.bytes())?;
                *payload = Wire::new();
            }
        }
    }
    right(utf8.is_complete())?;
    Ok(answers)
}

fn right(is_right: bool) -> Result<(), Wrong> {
    if is_right { Ok(()) } else { Err(Wrong) }
}

/// Bytes in transit, in a buffer of fixed size.
struct Wire {
    bytes: [u8; 256],
    len: usize,
}

impl Wire {
    const fn new() -> Self {
        Self {
            bytes: [0; 256],
            len: 0,
        }
    }

    fn bytes(&mut self) -> &mut [u8] {
        self.bytes.get_mut(..self.len).unwrap_or_default()
    }

    fn frame(
        &mut self,
        encoder: &mut Encoder,
        opcode: Opcode,
        fin: bool,
        payload: &[u8],
    ) -> Result<(), Wrong> {
        let mut header = encoder
            .frame(opcode, fin, payload.len() as u64)
            .map_err(|_| Wrong)?;
        self.append(header.as_bytes())?;
        header.mask(self.append(payload)?);
        Ok(())
    }

    /// The appended bytes.
    fn append(&mut self, bytes: &[u8]) -> Result<&mut [u8], Wrong> {
        let free = self
            .bytes
            .get_mut(self.len..self.len + bytes.len())
            .ok_or(Wrong)?;
        free.copy_from_slice(bytes);
        self.len += bytes.len();
        Ok(free)
    }
}

const NORMAL: &[u8] = &CloseCode::NORMAL.get().to_be_bytes();
