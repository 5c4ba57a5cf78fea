//! websocket-sans-io: frames in place. It checks no rule and no text, and assembles no message.

use std::io::Read as _;

use websocket_sans_io::{
    FrameInfo, Opcode, WebsocketFrameDecoder, WebsocketFrameEncoder, WebsocketFrameEvent as Event,
};

use super::{Decode, Encode, Role, Sink};
use crate::random::Random;
use crate::socket::Socket;
use crate::stream::{Kind, Message};

/// `WebsocketFrameDecoder` over one buffer.
#[derive(Debug)]
pub struct WebsocketSansIo {
    decoder: WebsocketFrameDecoder,
    buffer: Vec<u8>,
    socket: Socket,
}

impl Decode for WebsocketSansIo {
    fn open(socket: Socket, _: usize) -> Self {
        Self {
            decoder: WebsocketFrameDecoder::new(),
            buffer: vec![0; socket.read_len()],
            socket,
        }
    }

    fn decode(&mut self, messages: usize, sink: &mut impl Sink) {
        while sink.count() < messages {
            let len = self
                .socket
                .read(&mut self.buffer)
                .expect("a socket without end");
            let mut input = &mut self.buffer[..len];
            loop {
                let done = self.decoder.add_data(input).expect("legal frames");
                if done.consumed_bytes == 0 && done.event.is_none() {
                    break;
                }
                let (taken, rest) = input.split_at_mut(done.consumed_bytes);
                input = rest;
                match done.event {
                    Some(Event::PayloadChunk { original_opcode }) => {
                        give(original_opcode, taken, false, sink);
                    }
                    Some(Event::End {
                        frame_info,
                        original_opcode,
                    }) => {
                        give(original_opcode, &[], frame_info.fin, sink);
                    }
                    _ => {}
                }
            }
        }
    }
}

fn give(opcode: Opcode, payload: &[u8], last: bool, sink: &mut impl Sink) {
    match opcode {
        Opcode::Text => sink.part(Kind::Text, payload, last),
        Opcode::Binary => sink.part(Kind::Binary, payload, last),
        _ => {}
    }
}

/// `WebsocketFrameEncoder`; the key comes from a fast, predictable generator.
#[derive(Debug)]
pub struct WebsocketSansIoEncoder {
    role: Role,
    encoder: WebsocketFrameEncoder,
    keys: Random,
    frames: Vec<u8>,
    socket: Socket,
}

impl Encode for WebsocketSansIoEncoder {
    type Message = Message;

    fn open(role: Role, socket: Socket) -> Self {
        let encoder = WebsocketFrameEncoder::new();
        Self {
            role,
            encoder,
            keys: Random::new(3),
            frames: Vec::new(),
            socket,
        }
    }

    fn prepare(message: &Message) -> Message {
        message.clone()
    }

    fn encode(&mut self, message: &Message, times: usize) {
        let opcode = match message.kind {
            Kind::Text => Opcode::Text,
            Kind::Binary => Opcode::Binary,
        };
        for _ in 0..times {
            let header = self.encoder.start_frame(&FrameInfo {
                opcode,
                payload_length: message.payload.len() as u64,
                mask: (self.role == Role::Client).then(|| self.keys.key()),
                fin: true,
                reserved: 0,
            });
            self.frames.extend_from_slice(&header);
            let start = self.frames.len();
            self.frames.extend_from_slice(&message.payload);
            self.encoder
                .transform_frame_payload(&mut self.frames[start..]);
        }
        self.socket.put(&self.frames);
        self.frames.clear();
    }
}
