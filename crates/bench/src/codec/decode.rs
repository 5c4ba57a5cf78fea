//! Decoding: masked client frames, from a read to whole, checked messages.

use std::io;

use super::Plan;
use super::unchecked::hands_out;
use crate::peer::fastwebsockets::Fastwebsockets;
use crate::peer::nexus_web::NexusWeb;
use crate::peer::ours::{OurFrames, Ours, OursLent};
use crate::peer::sockudo_ws::SockudoWs;
use crate::peer::soketto::Soketto;
use crate::peer::tokio_websockets::TokioWebsockets;
use crate::peer::tungstenite::Tungstenite;
use crate::peer::websocket_sans_io::WebsocketSansIo;
use crate::peer::{Check, Decode, Sink as _, Tally};
use crate::rounds::{Class, Contender};
use crate::socket::Socket;
use crate::stream::{Fill, Spoiled, Stream};
use crate::table::Table;

/// Nanoseconds per message, by content, size and reads.
#[must_use]
pub fn table(plan: &Plan) -> Table {
    let mut table = Table::new("decode", "ns per message");
    for (name, fill) in FILLS {
        for len in LENS {
            for (reads, read) in READS {
                plan.run(
                    &mut table,
                    &format!("{name} {}, {reads}", bytes(len)),
                    || contenders(Stream::uniform(fill, len), read),
                );
            }
        }
    }
    for (name, fill) in FILLS {
        for (reads, read) in READS {
            plan.run(
                &mut table,
                &format!("{name} 4 × 1 KiB in fragments, {reads}"),
                || contenders(Stream::fragmented(fill, 4, 1 << 10), read),
            );
        }
    }
    for (reads, read) in READS {
        plan.run(&mut table, &format!("mixed, {reads}"), || {
            contenders(Stream::mixed(), read)
        });
    }
    table
}

/// A readable length.
#[must_use]
pub fn bytes(len: usize) -> String {
    match len {
        0..1024 => format!("{len} B"),
        1024..0x10_0000 => format!("{} KiB", len >> 10),
        _ => format!("{} MiB", len >> 20),
    }
}

fn contenders(stream: Stream, read: Read) -> Vec<Contender> {
    let case = Case::new(stream, read);
    vec![
        decoder::<Ours>("ours", case).as_class(Class::Ours),
        decoder::<OursLent>("ours, lent slices", case).as_class(Class::Variant),
        decoder::<OurFrames>("our frames alone", case).as_class(Class::Aside),
        peer::<Tungstenite>("tungstenite", case),
        peer::<TokioWebsockets>("tokio-websockets", case),
        peer::<Fastwebsockets>("fastwebsockets", case),
        peer::<Soketto>("soketto", case),
        peer::<NexusWeb>("nexus-web", case),
        peer::<SockudoWs>("sockudo-ws", case),
        // It checks no rule and assembles no message.
        decoder::<WebsocketSansIo>("websocket-sans-io", case).as_class(Class::Aside),
        copy(case.stream, READ_LEN, READ_LEN.min(case.stream.wire.len())),
    ]
}

/// Length of a read.
#[derive(Debug, Clone, Copy)]
pub(super) enum Read {
    /// At most this many bytes, wherever that cuts a message.
    UpTo(usize),
    /// At most 64 KiB of whole messages, or one message that is longer.
    Whole,
}

/// A stream, and the way to read it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Case {
    stream: &'static Stream,
    spoiled: &'static [Spoiled],
    read: Read,
}

impl Case {
    pub(super) fn new(stream: Stream, read: Read) -> Self {
        let spoiled = stream.spoiled(read.len());
        Self {
            stream: Box::leak(Box::new(stream)),
            spoiled: spoiled.leak(),
            read,
        }
    }

    /// A stream whose payloads are compressed, read as a server reads.
    pub(super) fn compressed(stream: Stream) -> Self {
        let stream = Box::leak(Box::new(stream));
        let read = Read::UpTo(READ_LEN);
        Self {
            stream,
            spoiled: &[],
            read,
        }
    }

    pub(super) const fn stream(self) -> &'static Stream {
        self.stream
    }

    fn socket(self, wire: &'static [u8]) -> Socket {
        let socket = Socket::new(wire, self.read.len());
        match self.read {
            Read::UpTo(_) => socket,
            Read::Whole => socket.whole(&self.stream.ends),
        }
    }
}

impl Read {
    const fn len(self) -> usize {
        match self {
            Self::UpTo(len) => len,
            Self::Whole => READ_LEN,
        }
    }
}

/// A peer. It is never the best if it hands out text that is not UTF-8.
pub(super) fn peer<D: Decode + 'static>(name: &'static str, case: Case) -> Contender {
    let unchecked = hands_out::<D>(case.spoiled, case.stream.longest, |wire| case.socket(wire));
    decoder::<D>(name, case).as_class(if unchecked {
        Class::Unchecked
    } else {
        Class::Peer
    })
}

/// Checks the output of a peer for the whole stream, twice, and then prepares it for timing.
pub(super) fn decoder<D: Decode + 'static>(name: &'static str, case: Case) -> Contender {
    let Case { stream, .. } = case;
    let open = || D::open(case.socket(&stream.wire), stream.longest);
    open().decode(2 * stream.messages.len(), &mut Check::new(&stream.messages));
    let mut decoder = open();
    Contender::peer(name, move |messages| {
        let mut tally = Tally::default();
        decoder.decode(messages, &mut tally);
        tally.count()
    })
}

/// The floor: the reads alone, into consecutive places of as much memory.
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
            let len = io::Read::read(&mut socket, &mut buf[at..]).expect("a socket without end");
            std::hint::black_box(&mut buf);
            (read, at) = (read + len, at + len);
        }
        (read - start) * stream.messages.len() / stream.wire.len()
    })
}

const FILLS: [(&str, Fill); 3] = [
    ("binary", Fill::Binary),
    ("text ASCII", Fill::Ascii),
    ("text of many scripts", Fill::Scripts),
];

const LENS: [usize; 8] = [8, 64, 125, 1 << 10, 4 << 10, 16 << 10, 64 << 10, 1 << 20];

const READS: [(&str, Read); 3] = [
    ("whole", Read::Whole),
    ("reads of 64 KiB", Read::UpTo(READ_LEN)),
    ("reads of 1460 B", Read::UpTo(SEGMENT_LEN)),
];

/// Read size of a server.
pub(super) const READ_LEN: usize = 64 << 10;

/// Payload of one TCP segment on Ethernet.
pub(super) const SEGMENT_LEN: usize = 1460;
