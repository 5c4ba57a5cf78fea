//! The two halves of a connection, used apart.

use std::sync::mpsc;
use std::thread;

use ws_frame::{
    Chunk, CloseCode, Config, Connection, Decoder, Encoder, Event, Prepared, Receiver, Reply,
    Sender,
};

use crate::common::{close_frame, masked, plain, server};

#[test]
fn replies_travel_between_threads_and_no_lock_is_needed() {
    let (mut receiver, mut sender) = server().into_halves();
    let (replies, owed) = mpsc::channel::<Reply>();
    let writer = thread::spawn(move || {
        let mut output = Vec::new();
        sender.send_text("hi", &mut output).unwrap();
        for reply in owed {
            sender.reply(reply, &mut output);
        }
        assert!(sender.is_closed());
        output
    });
    let mut bytes = [
        masked(0x89, b"?"),
        masked(0x81, b"text"),
        masked(0x88, b"\x03\xe8"),
    ]
    .concat();
    let mut input = &mut bytes[..];
    while let Some(event) = receiver.receive(&mut input) {
        if let Some(reply) = event.reply() {
            replies.send(reply).unwrap();
        }
    }
    assert!(receiver.is_closed());
    drop(replies);
    assert_eq!(
        writer.join().unwrap(),
        b"\x81\x02hi\x8a\x01?\x88\x02\x03\xe8"
    );
}

#[test]
fn n9_merged_the_newest_pong_wins_and_a_close_ends_all() {
    let reply = |frame: &[u8]| {
        let (mut receiver, _) = server().into_halves();
        receiver
            .receive(&mut &mut frame.to_vec()[..])
            .unwrap()
            .reply()
            .unwrap()
    };
    let (first, second) = (reply(&masked(0x89, b"1")), reply(&masked(0x89, b"2")));
    let close = reply(&masked(0x88, b"\x03\xe8"));
    assert_eq!(first.merge(second), second);
    assert_eq!(first.merge(close), close);
    assert_eq!(close.merge(second), close);
    let failed = reply(&masked(0x83, b""));
    assert_eq!(close.merge(failed), close);
    assert_ne!(failed, close);
}

#[test]
fn only_what_demands_an_answer_has_one() {
    for (frame, answered) in [
        (masked(0x81, b""), false),
        (masked(0x82, b""), false),
        (masked(0x89, b""), true),
        (masked(0x8A, b""), false),
        (masked(0x88, b""), true),
        (masked(0x83, b""), true),
    ] {
        let (mut receiver, _) = server().into_halves();
        let mut bytes = frame;
        let event = receiver.receive(&mut &mut bytes[..]).unwrap();
        assert_eq!(event.reply().is_some(), answered, "{event:?}");
    }
}

#[test]
fn n4_a_reply_after_our_close_is_not_sent() {
    let (mut receiver, mut sender) = server().into_halves();
    let mut output = Vec::new();
    sender.close(CloseCode::NORMAL, "", &mut output).unwrap();
    let mut bytes = [masked(0x89, b""), masked(0x88, b"\x03\xe9")].concat();
    let mut input = &mut bytes[..];
    while let Some(event) = receiver.receive(&mut input) {
        sender.reply(event.reply().unwrap(), &mut output);
    }
    assert_eq!(
        output,
        close_frame(ws_frame::Role::Server, CloseCode::NORMAL)
    );
}

#[test]
fn n9_a_pong_waits_at_4096_bytes_of_output_and_goes_at_4095() {
    for (len, goes) in [(4095, true), (4096, false)] {
        let (mut receiver, mut sender) = server().into_halves();
        let ping = receiver
            .receive(&mut &mut masked(0x89, b"?")[..])
            .map(Event::into_owned);
        let mut full = vec![0; 5000];
        sender.reply(ping.unwrap().reply().unwrap(), &mut full);
        assert_eq!(full.len(), 5000);
        let mut output = vec![0; len];
        sender.flush_pong(&mut output);
        assert_eq!(output.len() > len, goes, "{len}");
    }
}

#[test]
fn a_reply_is_shown_as_what_it_answers() {
    let (mut receiver, _) = server().into_halves();
    let mut bytes = masked(0x89, b"?");
    let event = receiver.receive(&mut &mut bytes[..]).unwrap();
    assert_eq!(format!("{:?}", event.reply().unwrap()), "Reply(Pong, [63])");
}

#[test]
fn borrowed_halves_are_those_of_the_connection() {
    let mut connection = server();
    let mut output = Vec::new();
    let (receiver, sender) = connection.halves();
    let event = receiver
        .receive(&mut &mut masked(0x89, b"?")[..])
        .map(Event::into_owned);
    sender.reply(event.unwrap().reply().unwrap(), &mut output);
    assert_eq!(output, plain(0x8A, b"?"));
    let (receiver, _) = connection.into_halves();
    assert!(!receiver.is_closed());
}

#[test]
fn everything_can_be_sent_and_shared_between_threads() {
    fn send_and_sync<T: Send + Sync>() {}
    send_and_sync::<Connection>();
    send_and_sync::<Receiver>();
    send_and_sync::<Sender>();
    send_and_sync::<Reply>();
    send_and_sync::<Event<'static>>();
    send_and_sync::<Prepared>();
    send_and_sync::<Decoder>();
    send_and_sync::<Encoder>();
    send_and_sync::<Chunk<'static>>();
    send_and_sync::<Config>();
}
