//! Encoding: messages of one size, sent in batches, up to the write to the socket.

use super::Plan;
use super::decode::bytes;
use crate::peer::fastwebsockets::FastwebsocketsSender;
use crate::peer::nexus_web::NexusWebWriter;
use crate::peer::ours::{Counted, OurSender, Secret};
use crate::peer::sockudo_ws::SockudoWsSender;
use crate::peer::soketto::SokettoSender;
use crate::peer::tokio_websockets::TokioWebsockets;
use crate::peer::tungstenite::Tungstenite;
use crate::peer::websocket_sans_io::WebsocketSansIoEncoder;
use crate::peer::{Encode, Role};
use crate::random::Random;
use crate::rounds::{Class, Contender};
use crate::socket::{Kept, Socket};
use crate::stream::{Fill, Message, parse};
use crate::table::Table;

/// Nanoseconds per message, by role and size.
#[must_use]
pub fn table(plan: &Plan) -> Table {
    let mut table = Table::new("encode", "ns per message");
    for role in [Role::Server, Role::Client] {
        for len in [8, 64, 125, 1 << 10, 16 << 10, 1 << 20] {
            let message = Fill::Binary.message(&mut Random::new(4), len);
            plan.run(&mut table, &format!("{role:?} {}", bytes(len)), || {
                contenders(role, &message)
            });
        }
    }
    table
}

fn contenders(role: Role, message: &Message) -> Vec<Contender> {
    vec![
        // Needs the feature `random-keys`. The peers' keys come from generators of all kinds, some
        // of them predictable.
        encoder::<OurSender<Secret>>("ours", role, message).as_class(Class::Ours),
        // By default the caller supplies the keys; here they come from a counter.
        encoder::<OurSender<Counted>>("ours, counted keys", role, message).as_class(Class::Aside),
        encoder::<Tungstenite>("tungstenite", role, message),
        encoder::<TokioWebsockets>("tokio-websockets", role, message),
        encoder::<FastwebsocketsSender>("fastwebsockets", role, message),
        encoder::<SokettoSender>("soketto", role, message),
        encoder::<NexusWebWriter>("nexus-web", role, message),
        encoder::<SockudoWsSender>("sockudo-ws", role, message),
        encoder::<WebsocketSansIoEncoder>("websocket-sans-io", role, message),
        copy(message),
    ]
}

/// Checks the frames of a peer, and then prepares it for timing.
fn encoder<E: Encode + 'static>(name: &'static str, role: Role, message: &Message) -> Contender {
    let prepared = E::prepare(message);
    check::<E>(name, role, message, &prepared);
    let mut encoder = E::open(role, Socket::new(&[], 0));
    let batch = batch(message);
    Contender::peer(name, move |messages| {
        let batches = messages.div_ceil(batch);
        (0..batches).for_each(|_| encoder.encode(&prepared, batch));
        batches * batch
    })
}

fn check<E: Encode>(name: &str, role: Role, message: &Message, prepared: &E::Message) {
    let kept = Kept::default();
    let mut encoder = E::open(role, Socket::new(&[], 0).keep(&kept));
    for _ in 0..2 {
        encoder.encode(prepared, batch(message));
        let frames = parse(&kept.take());
        assert_eq!(frames.len(), batch(message), "frames of {name}");
        for frame in frames {
            assert_eq!(frame.masked, role == Role::Client, "masking of {name}");
            assert!(frame.message == *message, "message of {name}");
        }
    }
}

/// The floor: the socket's copy alone.
fn copy(message: &Message) -> Contender {
    let mut socket = Socket::new(&[], 0);
    let payloads = message.payload.repeat(batch(message));
    let batch = batch(message);
    Contender::aside("copy alone", move |messages| {
        let batches = messages.div_ceil(batch);
        (0..batches).for_each(|_| socket.put(&payloads));
        batches * batch
    })
}

/// Number of messages written at once: a turn of a busy server.
fn batch(message: &Message) -> usize {
    (64 * 1024 / message.payload.len()).clamp(1, 16)
}
