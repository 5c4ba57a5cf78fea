//! The frames of a program, written by each of the writers.

use ws_frame::{Connection, Encoder, Message, Opcode, Prepared, SendError};

use crate::event::{Limits, Role};
use crate::{keys, observe, wire};

/// One frame of the program, in a legal order.
pub(super) struct Frame {
    pub(super) fin: bool,
    pub(super) opcode: Opcode,
    /// The kind of the message that the frame belongs to.
    pub(super) message: Opcode,
    pub(super) payload: Vec<u8>,
}

impl Frame {
    /// The message, if it is whole in this frame.
    fn whole(&self) -> Option<Message<'_>> {
        match self.opcode {
            Opcode::Text if self.fin => core::str::from_utf8(&self.payload).ok().map(Message::Text),
            Opcode::Binary if self.fin => Some(Message::Binary(&self.payload)),
            _ => None,
        }
    }
}

/// Writes the frames without `ws-frame`.
pub(super) fn plainly(writer: Role, frames: &[Frame]) -> Vec<u8> {
    keys::restart();
    let plain = |Frame {
                     fin,
                     opcode,
                     payload,
                     ..
                 }: &Frame| {
        let key = (writer == Role::Client).then(keys::next);
        wire::frame(opcode.bits() | if *fin { 0x80 } else { 0 }, key, payload)
    };
    frames.iter().flat_map(plain).collect()
}

/// Ways to send a message in one frame.
#[derive(Clone, Copy, Debug)]
pub(super) enum How {
    Send,
    Header,
    Prepared,
    Shared,
}

impl How {
    pub(super) const ALL: [Self; 4] = [Self::Send, Self::Header, Self::Prepared, Self::Shared];
}

/// Writes with `Connection`; `how` sends the messages in one frame.
pub(super) fn by_connection(writer: Role, frames: &[Frame], how: How) -> Vec<u8> {
    keys::restart();
    let config = observe::config(Limits::default(), false);
    let mut connection = match writer {
        Role::Server => Connection::server(config),
        Role::Client => Connection::client(config, keys::next),
    };
    let mut output = Vec::new();
    for frame in frames {
        match frame.whole() {
            Some(message) => send_message(&mut connection, message, how, &mut output),
            None => send(&mut connection, frame, &mut output),
        }
    }
    output
}

fn send_message(connection: &mut Connection, message: Message<'_>, how: How, output: &mut Vec<u8>) {
    let sent = match how {
        How::Send => match message {
            Message::Text(text) => connection.send_text(text, output),
            Message::Binary(payload) => connection.send_binary(payload, output),
        },
        How::Header => connection.header(message).map(|mut header| {
            output.extend_from_slice(header.as_bytes());
            let start = output.len();
            output.extend_from_slice(message.payload());
            header.mask(&mut output[start..]);
        }),
        How::Prepared => connection.send_prepared(&Prepared::new(message), output),
        How::Shared => match connection.share(&Prepared::new(message)) {
            Ok(bytes) => {
                output.extend_from_slice(&bytes);
                Ok(())
            }
            // Shared bytes cannot be masked, so a client sends a copy.
            Err(error) => {
                assert_eq!(error, SendError::MustMask);
                connection.send_prepared(&Prepared::new(message), output)
            }
        },
    };
    sent.expect("the program is legal");
}

fn send(connection: &mut Connection, frame: &Frame, output: &mut Vec<u8>) {
    let Frame {
        fin,
        opcode,
        message,
        payload,
    } = frame;
    let text = core::str::from_utf8(payload).unwrap_or_default();
    let sent = match (opcode, message) {
        (Opcode::Ping, _) => connection.send_ping(payload, output),
        (Opcode::Pong, _) => connection.send_pong(payload, output),
        (_, Opcode::Text) => connection.send_text_fragment(text, *fin, output),
        _ => connection.send_binary_fragment(payload, *fin, output),
    };
    sent.expect("the program is legal");
}

/// Writes with `Encoder`; payloads are masked in place or while they are copied.
pub(super) fn by_encoder(writer: Role, frames: &[Frame], copy: bool) -> Vec<u8> {
    keys::restart();
    let mut encoder = match writer {
        Role::Server => Encoder::server(),
        Role::Client => Encoder::client(keys::next),
    };
    let mut output = Vec::new();
    for Frame {
        fin,
        opcode,
        payload,
        ..
    } in frames
    {
        let mut header = encoder
            .frame(*opcode, *fin, payload.len() as u64)
            .expect("the program is legal");
        output.extend_from_slice(header.as_bytes());
        let start = output.len();
        if copy {
            output.resize(start + payload.len(), 0);
            assert_eq!(
                header.mask_copy(payload, &mut output[start..]),
                payload.len()
            );
        } else {
            output.extend_from_slice(payload);
            header.mask(&mut output[start..]);
        }
    }
    output
}
