//! Decoding: masked client frames, from a read to whole, checked messages.

use std::io::Read as _;

use super::Plan;
use crate::peer::fastwebsockets::Fastwebsockets;
use crate::peer::nexus_web::NexusWeb;
use crate::peer::ours::{OurFrames, Ours};
use crate::peer::sockudo_ws::SockudoWs;
use crate::peer::soketto::Soketto;
use crate::peer::tokio_websockets::TokioWebsockets;
use crate::peer::tungstenite::Tungstenite;
use crate::peer::websocket_sans_io::WebsocketSansIo;
use crate::peer::{Check, Decode, Sink as _, Tally};
use crate::rounds::{Class, Contender};
use crate::socket::Socket;
use crate::stream::{Fill, Stream};
use crate::table::Table;

/// Nanoseconds per message, by size, fill and length of a read.
#[must_use]
pub fn table(plan: &Plan) -> Table {
    let mut table = Table::new("decode", "ns per message");
    for (name, fill, lens) in UNIFORM {
        for &len in *lens {
            let case = format!("{name} {}", bytes(len));
            plan.run(&mut table, &case, || {
                contenders(Stream::uniform(*fill, len), READ_LEN)
            });
        }
    }
    for (name, read_len) in [
        ("64 KiB", READ_LEN),
        ("1460 B", SEGMENT_LEN),
        ("whole", usize::MAX),
    ] {
        let case = format!("mixed, reads of {name}");
        plan.run(&mut table, &case, || contenders(Stream::mixed(), read_len));
    }
    for len in [8, 125, 16 << 10] {
        let case = format!("binary {}, reads of 1460 B", bytes(len));
        plan.run(&mut table, &case, || {
            contenders(Stream::uniform(Fill::Binary, len), SEGMENT_LEN)
        });
    }
    for len in [8, 125, 16 << 10] {
        let case = format!("binary {}, one read", bytes(len));
        plan.run(&mut table, &case, || {
            contenders(Stream::uniform(Fill::Binary, len), usize::MAX)
        });
    }
    table
}

/// A length for people.
#[must_use]
pub fn bytes(len: usize) -> String {
    match len {
        0..1024 => format!("{len} B"),
        1024..0x10_0000 => format!("{} KiB", len >> 10),
        _ => format!("{} MiB", len >> 20),
    }
}

fn contenders(stream: Stream, read_len: usize) -> Vec<Contender> {
    let stream: &'static Stream = Box::leak(Box::new(stream));
    vec![
        decoder::<Ours<true>>("ours", stream, read_len).as_class(Class::Ours),
        decoder::<OurFrames>("our frames alone", stream, read_len).as_class(Class::Aside),
        decoder::<Tungstenite>("tungstenite", stream, read_len),
        decoder::<TokioWebsockets>("tokio-websockets", stream, read_len),
        decoder::<Fastwebsockets>("fastwebsockets", stream, read_len),
        decoder::<Soketto>("soketto", stream, read_len),
        decoder::<NexusWeb>("nexus-web", stream, read_len),
        decoder::<SockudoWs>("sockudo-ws", stream, read_len),
        // It looks at no text.
        decoder::<WebsocketSansIo>("websocket-sans-io", stream, read_len).as_class(if stream.is_binary() {
            Class::Peer
        } else {
            Class::Aside
        }),
        copy(stream, read_len, read_len.min(stream.wire.len())),
    ]
}

/// Checks what a peer gives for the whole stream, twice, and then makes it ready to be timed.
pub(super) fn decoder<D: Decode + 'static>(
    name: &'static str,
    stream: &'static Stream,
    read_len: usize,
) -> Contender {
    let open = || D::open(Socket::new(&stream.wire, read_len), stream.longest);
    open().decode(2 * stream.messages.len(), &mut Check::new(&stream.messages));
    let mut decoder = open();
    Contender::peer(name, move |messages| {
        let mut tally = Tally::default();
        decoder.decode(messages, &mut tally);
        tally.count()
    })
}

/// The floor: the reads and nothing else, to one place after the other of as much memory.
pub(super) fn copy(stream: &'static Stream, read_len: usize, room: usize) -> Contender {
    let mut socket = Socket::new(&stream.wire, read_len);
    let mut buf = vec![0; room];
    let (mut read, mut at) = (0, 0);
    Contender::aside("copy alone", move |messages| {
        let goal = messages * stream.wire.len() / stream.messages.len();
        let start = read;
        while read - start < goal {
            if at == buf.len() {
                at = 0;
            }
            let len = socket.read(&mut buf[at..]).expect("a socket without end");
            std::hint::black_box(&mut buf);
            (read, at) = (read + len, at + len);
        }
        (read - start) * stream.messages.len() / stream.wire.len()
    })
}

const UNIFORM: &[(&str, Fill, &[usize])] = &[
    ("binary", Fill::Binary, &[8, 64, 125, 1 << 10, 16 << 10, 1 << 20]),
    ("text ASCII", Fill::Ascii, &[8, 64, 125, 1 << 10, 16 << 10]),
    ("text of many scripts", Fill::Scripts, &[64, 1 << 10, 16 << 10]),
];

/// As much as a server reads at once.
pub(super) const READ_LEN: usize = 64 << 10;

/// What one TCP segment carries on Ethernet.
const SEGMENT_LEN: usize = 1460;
