//! Compressed messages (permessage-deflate), received and sent by a server.

use ws_frame::Event;

use super::Plan;
use super::decode::{Case, bytes, decoder};
use crate::peer::compressed::{
    OurCompressedSender, OursCompressed, SockudoWsCompressed, SokettoCompressedSender, client,
};
use crate::peer::{Encode, Role};
use crate::random::Random;
use crate::rounds::{Class, Contender};
use crate::socket::{Kept, Socket};
use crate::stream::{Fill, Message, Stream};
use crate::table::Table;

/// Nanoseconds per message, by size.
#[must_use]
pub fn table(plan: &Plan) -> Table {
    let mut table = Table::new("deflate", "ns per message");
    for len in LENS {
        plan.run(
            &mut table,
            &format!("received, text of {}", bytes(len)),
            || receivers(compressed(len)),
        );
    }
    for len in LENS {
        let message = Fill::Ascii.message(&mut Random::new(5), len);
        plan.run(&mut table, &format!("sent, text of {}", bytes(len)), || {
            senders(&message)
        });
    }
    table
}

fn receivers(stream: Stream) -> Vec<Contender> {
    let case = Case::compressed(stream);
    vec![
        decoder::<OursCompressed>("ours", case).as_class(Class::Ours),
        decoder::<SockudoWsCompressed>("sockudo-ws", case),
    ]
}

/// The messages of a uniform stream, as a compressing client sends them.
fn compressed(len: usize) -> Stream {
    let mut stream = Stream::uniform(Fill::Ascii, len);
    let mut client = client();
    stream.wire.clear();
    stream.ends.clear();
    for message in &stream.messages {
        client
            .send_text(message.text(), &mut stream.wire)
            .expect("an open connection");
    }
    stream
}

fn senders(message: &Message) -> Vec<Contender> {
    vec![
        sender::<OurCompressedSender>("ours", message).as_class(Class::Ours),
        sender::<SokettoCompressedSender>("soketto", message),
        sender::<SockudoWsCompressed>("sockudo-ws", message),
    ]
}

/// Checks the output of a peer, and then prepares it for timing.
fn sender<E: Encode + 'static>(name: &'static str, message: &Message) -> Contender {
    let prepared = E::prepare(message);
    let kept = Kept::default();
    E::open(Role::Server, Socket::new(&[], 0).keep(&kept)).encode(&prepared, 3);
    check(name, message, &mut kept.take());
    let mut sender = E::open(Role::Server, Socket::new(&[], 0));
    Contender::peer(name, move |messages| {
        sender.encode(&prepared, messages);
        messages
    })
}

/// Checks that the output is three times the message, and compressed.
fn check(name: &str, message: &Message, mut sent: &mut [u8]) {
    assert!(sent.len() < 3 * message.payload.len(), "{name} compresses");
    let (mut client, mut replies) = (client(), Vec::new());
    for _ in 0..3 {
        match client.receive(&mut sent, &mut replies) {
            Some(Event::Text(text)) => assert!(*text == *message.text(), "message of {name}"),
            other => panic!("{name}: {other:?}"),
        }
    }
    assert_eq!(
        client.receive(&mut sent, &mut replies),
        None,
        "{name} sends no more"
    );
}

const LENS: [usize; 3] = [256, 1 << 10, 16 << 10];
