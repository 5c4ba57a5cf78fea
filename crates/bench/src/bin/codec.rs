//! Times decoding against the peers: see the README beside this crate.

use std::time::Duration;

use ws_bench::peer::{Check, Decode, Sink, Tally, tungstenite::Tungstenite};
use ws_bench::rounds::{Contender, Effort, race};
use ws_bench::source::Source;
use ws_bench::stream::{Fill, Stream};
use ws_bench::table::Table;

fn main() {
    let effort = Effort {
        rounds: 11,
        slice: Duration::from_millis(2),
    };
    let mut table = Table::new("decode, ns per message", &["tungstenite"]);
    for len in [8, 125, 16_384] {
        let stream: &'static Stream = Box::leak(Box::new(Stream::uniform(Fill::Binary, len)));
        let mut contenders = [decoder::<Tungstenite>("tungstenite", stream, 65_536)];
        table.push(
            &format!("binary {len} B"),
            race(&mut contenders, effort).into_iter().map(Some).collect(),
        );
    }
    table.print();
}

fn decoder<D: Decode + 'static>(name: &'static str, stream: &'static Stream, read_len: usize) -> Contender {
    let open = || D::open(Source::new(&stream.wire, read_len), stream.longest);
    open().decode(2 * stream.messages.len(), &mut Check::new(&stream.messages));
    let mut decoder = open();
    let work = move |units| {
        let mut tally = Tally::default();
        decoder.decode(units, &mut tally);
        tally.count()
    };
    Contender {
        name,
        work: Box::new(work),
    }
}
