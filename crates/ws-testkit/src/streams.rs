//! Streams of frames from a seed: well-formed ones, and damaged ones.

#[cfg(feature = "deflate")]
pub mod compressed;

use crate::event::Role;
use crate::random::Random;
use crate::wire;

/// Frames in a legal order, as the peer of `reader` writes them. Text is UTF-8, cut anywhere.
#[must_use]
pub fn valid(reader: Role, random: &mut Random) -> Vec<u8> {
    let mut stream = Vec::new();
    for _ in 0..random.below(12) {
        let (opcode, payload) = payload(random);
        push_message(&mut stream, reader, opcode, &payload, random);
    }
    if random.one_in(4) {
        let body = [&[0x03, 0xe8], text(random).as_bytes()].concat();
        push(
            &mut stream,
            reader,
            0x88,
            if body.len() > 125 { &body[..2] } else { &body },
            random,
        );
    }
    stream
}

/// A well-formed stream in which a few bytes, or a few frames, are changed.
#[must_use]
pub fn almost_valid(reader: Role, random: &mut Random) -> Vec<u8> {
    let stream = valid(reader, random);
    damaged(stream, reader, random)
}

fn damaged(mut stream: Vec<u8>, reader: Role, random: &mut Random) -> Vec<u8> {
    for _ in 0..=random.below(3) {
        damage(&mut stream, reader, random);
    }
    stream
}

fn damage(stream: &mut Vec<u8>, reader: Role, random: &mut Random) {
    let ends = wire::frame_ends(stream);
    let edge = if ends.is_empty() {
        0
    } else {
        ends[random.below(ends.len())]
    };
    let anywhere = random.below(stream.len() + 1);
    match random.below(7) {
        // Most rules concern the header after an edge.
        0 if edge < stream.len() => stream[edge] = random.byte(),
        1 if edge + 1 < stream.len() => stream[edge + 1] ^= 1 << random.below(8),
        2 if anywhere < stream.len() => stream[anywhere] ^= 1 << random.below(8),
        3 => stream.truncate(anywhere),
        4 => {
            let mut frame = Vec::new();
            let opcode = random.byte();
            let payload = bytes(random);
            push(&mut frame, reader, opcode, &payload, random);
            stream.splice(edge..edge, frame);
        }
        5 => drop(stream.splice(edge..edge, odd_header(random))),
        _ => {
            let payload = random.bytes(8);
            push(stream, reader, 0x81, &payload, random);
        }
    }
}

/// A header whose length is too great, or in too long a form.
fn odd_header(random: &mut Random) -> Vec<u8> {
    let mask_bit = 0x80 & random.byte();
    let mut header = vec![0x80 | random.below(3) as u8];
    if random.one_in(2) {
        header.push(mask_bit | 0x7e);
        header.extend((random.below(300) as u16).to_be_bytes());
    } else {
        header.push(mask_bit | 127);
        header.extend((random.next() >> random.below(64)).to_be_bytes());
    }
    header
}

/// One message in one or more fragments, with control frames between them.
fn push_message(
    stream: &mut Vec<u8>,
    reader: Role,
    opcode: u8,
    payload: &[u8],
    random: &mut Random,
) {
    let mut rest = payload;
    let mut opcode = opcode;
    while random.one_in(3) {
        let (fragment, after) = rest.split_at(random.below(rest.len() + 1));
        push(stream, reader, opcode, fragment, random);
        (rest, opcode) = (after, 0);
        if random.one_in(2) {
            let len = random.below(126);
            let body = random.bytes(len);
            push(
                stream,
                reader,
                if random.one_in(2) { 0x89 } else { 0x8a },
                &body,
                random,
            );
        }
    }
    push(stream, reader, 0x80 | opcode, rest, random);
}

/// One frame, masked with a new key if a server reads it.
fn push(stream: &mut Vec<u8>, reader: Role, first: u8, payload: &[u8], random: &mut Random) {
    let key = (reader == Role::Server).then(|| random.key());
    stream.extend(wire::frame(first, key, payload));
}

/// The payload of a message, and its opcode.
fn payload(random: &mut Random) -> (u8, Vec<u8>) {
    if random.one_in(4) {
        (1, text(random).into_bytes())
    } else {
        (2, bytes(random))
    }
}

fn text(random: &mut Random) -> String {
    let chars = len(random) / 2;
    random.text(chars)
}

fn bytes(random: &mut Random) -> Vec<u8> {
    let len = len(random);
    random.bytes(len)
}

/// Mostly short lengths, and some at the edges of the length forms.
fn len(random: &mut Random) -> usize {
    match random.below(12) {
        0 => 0,
        1 => 124 + random.below(4),
        2 => 65_534 + random.below(4),
        3 => random.below(2000),
        _ => random.below(40),
    }
}
