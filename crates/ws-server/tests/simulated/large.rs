//! Messages that do not come in one read, and the memory they are put together in.

use std::time::Duration;

use ws_server::{Cause, CloseCode, Config, ConnId, Delivery, Event, ws_frame};

use crate::{
    wire::{ALL, Far},
    world::{KIB, Seen, World},
};

/// The bytes of a message, no two the same.
fn payload(len: usize, seed: usize) -> Vec<u8> {
    (0..len)
        .map(|at| u8::try_from((at * 31 + at / 251 + seed) % 256).expect("below 256"))
        .collect()
}

fn frame(payload: &[u8]) -> Vec<u8> {
    let mut output = Vec::new();
    ws_frame::Connection::client(ws_frame::Config::new(), || [0x37, 0xfa, 0x21, 0x3d])
        .send_binary(payload, &mut output)
        .expect("it is open");
    output
}

/// Turns until a message has come; its memory goes back to the server.
fn receive(world: &mut World) -> Vec<u8> {
    for _ in 0..10_000 {
        let mut turn = world
            .server
            .poll(&mut world.buffer, Some(Duration::ZERO))
            .expect("polling works");
        while let Some((_, event)) = world.server.next(&mut turn) {
            if let Event::Binary(bytes) = event {
                let message = bytes.to_vec();
                world.server.recycle(bytes);
                return message;
            }
        }
    }
    panic!("no message came");
}

fn open(world: &mut World, steps: Vec<usize>) -> (ConnId, Far) {
    let client = world.connect_in_steps(steps);
    client.far.send(crate::world::request("/").as_bytes());
    for _ in 0..1000 {
        if let [(id, Seen::Request(_))] = world.turn()[..] {
            return (id, client.far);
        }
    }
    panic!("no request came");
}

#[test]
fn c125_a_message_put_together_where_another_was_is_itself() {
    for steps in [vec![ALL], vec![1000], vec![70_000, 0, 1], vec![16_384]] {
        let mut world = World::new(Config::default());
        world.buffer = vec![0; 256 * 1024];
        let (_, far) = open(&mut world, steps.clone());
        for (seed, len) in [3_000_000, 200_000, 3_000_000, 700_001, 2_999_999, 131_073]
            .into_iter()
            .enumerate()
        {
            let message = payload(len, seed);
            far.send(&frame(&message));
            assert!(receive(&mut world) == message, "{len} bytes in {steps:?}");
        }
    }
}

#[test]
fn of_a_large_message_behind_another_little_is_read_before_its_place_is_known() {
    let mut world = World::new(Config::default());
    world.buffer = vec![0; 256 * 1024];
    let (_, far) = open(&mut world, vec![ALL]);
    far.send(&frame(&payload(1_000_000, 0)));
    receive(&mut world);
    far.send(&frame(&payload(1_000_000, 1)));
    far.send(&frame(&payload(100_000, 2)));
    let before = far.unread();
    while far.unread() == before {
        world.turn();
    }
    assert_eq!(before - far.unread(), 4096);
    assert!(receive(&mut world) == payload(1_000_000, 1));
    assert!(
        receive(&mut world) == payload(100_000, 2),
        "it is not as large"
    );
    far.send(&frame(&payload(100_000, 3)));
    let before = far.unread();
    while far.unread() == before {
        world.turn();
    }
    assert_eq!(far.unread(), 0, "nor was the last one");
}

#[test]
fn s4_a_turn_takes_a_bounded_part_of_a_large_message() {
    let mut world = World::new(Config::default());
    let (_, far) = open(&mut world, vec![ALL]);
    far.send(&frame(&payload(16_000_000, 0)));
    let mut before = far.unread();
    while before > 0 {
        assert!(world.turn().len() <= 1);
        let taken = before - far.unread();
        assert!(taken <= 1024 * 1024, "{taken} bytes in one turn");
        before = far.unread();
    }
}

#[test]
fn an_answer_to_its_sender_alone_is_written_before_the_next_peer_is_read() {
    let mut world = World::new(Config::default());
    let (_, mut one) = world.open();
    let (_, mut other) = world.open_beside(&[]);
    one.text("a");
    one.text("b");
    other.text("c");
    other.text("d");
    let before = one.far.writes() + other.far.writes();
    let mut turn = world
        .server
        .poll(&mut world.buffer, Some(Duration::ZERO))
        .expect("polling works");
    let mut written = Vec::new();
    while let Some((id, event)) = world.server.next(&mut turn) {
        if let Event::Text(text) = event {
            written.push(one.far.writes() + other.far.writes() - before);
            world.server.send_text(id, &text).expect("there is room");
        }
    }
    drop(turn);
    assert_eq!(written, [0, 0, 1, 1]);
    assert_eq!(one.far.writes() + other.far.writes(), before + 2);
    assert_eq!((one.read(), other.read()), (words("ab"), words("cd")));
}

fn words(letters: &str) -> Vec<String> {
    letters.chars().map(String::from).collect()
}

/// A header that claims a megabyte and a few bytes behind it get no buffer of a megabyte, however
/// many were recycled.
#[test]
fn r42_a_claim_holds_what_came_of_it() {
    let mut world = World::new(Config::default());
    world.buffer = vec![0; 256 * 1024];
    let (_, far) = open(&mut world, vec![ALL]);
    for seed in 0..4 {
        far.send(&frame(&payload(1 << 20, seed)));
        receive(&mut world);
    }
    let claims: Vec<_> = (0..100)
        .map(|_| {
            let (_, far) = open(&mut world, vec![ALL]);
            far.send(&frame(&payload(1 << 20, 0))[..16]);
            far
        })
        .collect();
    for len in [16, 1000, 5000] {
        for far in &claims {
            far.send(&vec![7; len]);
        }
        world.settle();
    }
    let held = world.server.stats().assembling_bytes;
    assert!(
        held <= 100 * (4 * 6100 + 4096),
        "{held} bytes for 6 KiB from each of a hundred"
    );
}

#[test]
fn c91_a_large_message_goes_out_whole_however_the_stream_takes_it() {
    for steps in [
        vec![1],
        vec![0, 1000],
        vec![ALL],
        vec![crate::wire::INTERRUPT, 7777, 0],
    ] {
        let mut world = World::new(Config::default());
        world.patience = 4000;
        let mut client = world.connect_in_steps(steps.clone());
        client.request("/");
        let (id, _) = world.settle()[0].clone();
        let text = "0123456789".repeat(10_000);
        world.server.send_text(id, &text).expect("there is room");
        world
            .server
            .send_text(id, "behind it")
            .expect("there is room");
        while client.far.take_len() < 100_000 {
            world.turn();
        }
        world.settle();
        assert_eq!(client.read(), [text, "behind it".to_owned()], "{steps:?}");
    }
}

#[test]
fn a_large_message_that_fits_is_one_write_and_no_copy() {
    let mut world = World::new(Config::default());
    let (id, client) = world.open();
    let before = client.far.writes();
    let sent = world.server.send_binary(id, &vec![1; 900 * KIB]);
    assert_eq!(sent, Ok(Delivery::Queued));
    assert_eq!(
        (client.far.writes(), world.server.queued_bytes(id)),
        (before + 1, 0)
    );
    world.settle();
    assert_eq!(client.far.writes(), before + 1);
}

#[test]
fn t22_c73_a_large_message_arrives_whole_however_it_is_cut() {
    for steps in [vec![1000], vec![ALL], vec![0, 70_000], vec![16_384]] {
        let mut world = World::new(Config::default().max_message_len(1024 * KIB));
        world.patience = 20;
        let mut client = world.connect_in_steps(steps);
        client.request("/");
        let (id, _) = world.settle()[0].clone();
        client.binary(1024 * KIB);
        client.text(&"x".repeat(300 * KIB));
        client.text("y");
        let mut seen = Vec::new();
        while seen.len() < 3 {
            seen.extend(world.turn());
        }
        let expected = [
            Seen::Binary(1024 * KIB),
            Seen::Text("x".repeat(300 * KIB)),
            Seen::Text("y".into()),
        ];
        assert_eq!(seen, expected.map(|seen| (id, seen)));
        client.binary(1024 * KIB + 1);
        world.patience = 3000;
        let seen = world.settle();
        let [(_, Seen::Closed(Cause::Protocol(error), 1006))] = seen[..] else {
            panic!("{seen:?}")
        };
        assert_eq!(error.close_code(), CloseCode::TOO_BIG);
    }
}
