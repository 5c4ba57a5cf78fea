//! Round trip: any messages, in any fragments, with any control frames between them, from both
//! roles, arrive as they were sent.
//!
//! `Connection`, `Encoder` and a plain writer write the same frames. All three must write the same
//! bytes, and `Connection` and the reference decoder must read the same messages from them.

mod written;

use written::{Frame, How};
use ws_frame::Opcode;

use crate::cuts;
use crate::event::{Event, Limits, Role};
use crate::observe::{self, Log};
use crate::random::Random;
use crate::reference::Reference;

/// Two bytes of options; then frames, each two bytes and its payload.
pub fn run(data: &[u8]) {
    let Some((&[options, seed], program)) = data.split_first_chunk() else {
        return;
    };
    let writer = if options & 1 == 0 {
        Role::Server
    } else {
        Role::Client
    };
    let frames = frames(program);
    let stream = written::plainly(writer, &frames);
    for how in How::ALL {
        assert_eq!(
            written::by_connection(writer, &frames, how),
            stream,
            "Connection, {how:?}"
        );
    }
    assert_eq!(
        written::by_encoder(writer, &frames, options & 2 != 0),
        stream,
        "Encoder"
    );
    check_read(writer, &stream, &messages(&frames), options & 4 != 0, seed);
}

fn frames(mut program: &[u8]) -> Vec<Frame> {
    let mut frames = Vec::new();
    let mut open = None;
    while let Some((&[what, len], rest)) = program.split_first_chunk() {
        let (payload, rest) = rest.split_at(usize::from(len).min(rest.len()));
        program = rest;
        frames.push(frame(what, payload, &mut open));
    }
    // Ends a message that the program left open, so that it can be compared.
    if let Some(message) = open {
        frames.push(Frame {
            fin: true,
            opcode: Opcode::Continuation,
            message,
            payload: Vec::new(),
        });
    }
    frames
}

fn frame(what: u8, payload: &[u8], open: &mut Option<Opcode>) -> Frame {
    let control = match what & 7 {
        0 => Some(Opcode::Ping),
        1 => Some(Opcode::Pong),
        _ => None,
    };
    if let Some(opcode) = control {
        let payload = payload[..payload.len().min(125)].to_vec();
        return Frame {
            fin: true,
            opcode,
            message: opcode,
            payload,
        };
    }
    let message = open.unwrap_or(if what & 8 == 0 {
        Opcode::Text
    } else {
        Opcode::Binary
    });
    let opcode = if open.is_some() {
        Opcode::Continuation
    } else {
        message
    };
    let fin = what & 0x30 != 0;
    *open = (!fin).then_some(message);
    // Repeated now and then, to reach the longer length forms.
    let times = if what & 0xc0 == 0xc0 { 300 } else { 1 };
    let payload = payload.repeat(times);
    let payload = if message == Opcode::Text {
        String::from_utf8_lossy(&payload).into_owned().into_bytes()
    } else {
        payload
    };
    Frame {
        fin,
        opcode,
        message,
        payload,
    }
}

fn messages(frames: &[Frame]) -> Vec<Event> {
    let mut events = Vec::new();
    let mut open = Vec::new();
    for Frame {
        fin,
        opcode,
        message,
        payload,
    } in frames
    {
        match opcode {
            Opcode::Ping => events.push(Event::Ping(payload.clone())),
            Opcode::Pong => events.push(Event::Pong(payload.clone())),
            _ => {
                open.extend_from_slice(payload);
                if *fin {
                    events.push(whole(*message, std::mem::take(&mut open)));
                }
            }
        }
    }
    events
}

fn whole(message: Opcode, payload: Vec<u8>) -> Event {
    match message {
        Opcode::Text => Event::Text(String::from_utf8(payload).expect("each fragment is UTF-8")),
        _ => Event::Binary(payload),
    }
}

fn check_read(writer: Role, stream: &[u8], messages: &[Event], streaming: bool, seed: u8) {
    let reader = if writer == Role::Server {
        Role::Client
    } else {
        Role::Server
    };
    let mut reference = Reference::new(reader, Limits::default());
    reference.receive(stream);
    assert_eq!(reference.events, messages, "the reference decoder");
    let cuts = cuts::in_many(stream.len(), &mut Random::new(seed.into()));
    for cuts in [Vec::new(), cuts] {
        let mut connection = observe::connection(reader, Limits::default(), streaming);
        let mut log = Log::default();
        for piece in cuts::pieces(stream, &cuts) {
            log.receive(&mut connection, piece);
        }
        assert_eq!(log.events, messages, "Connection, cut at {cuts:?}");
    }
}
