//! Growth of the cost of a message with its size. The cost per byte should not grow, however the
//! message is cut.

use super::Plan;
use super::decode::{Case, Read, bytes, copy, decoder};
use crate::peer::ours::{Ours, OursLent};
use crate::peer::tokio_websockets::TokioWebsockets;
use crate::peer::tungstenite::Tungstenite;
use crate::rounds::{Class, Contender};
use crate::stream::{Fill, Stream};
use crate::table::Table;

/// Nanoseconds per KiB of a binary message, by its size and the length of a read.
#[must_use]
pub fn table(plan: &Plan) -> Table {
    let mut table = Table::new("growth", "ns per KiB");
    for (read_len, lens) in READS {
        for &len in *lens {
            let case = format!("{}, reads of {}", bytes(len), bytes(*read_len));
            plan.run(&mut table, &case, || contenders(len, *read_len));
        }
    }
    table
}

fn contenders(len: usize, read_len: usize) -> Vec<Contender> {
    let case = Case::new(Stream::uniform(Fill::Binary, len), Read::UpTo(read_len));
    let all = [
        decoder::<Ours>("ours", case).as_class(Class::Ours),
        decoder::<OursLent>("ours, lent slices", case).as_class(Class::Variant),
        decoder::<Tungstenite>("tungstenite", case),
        decoder::<TokioWebsockets>("tokio-websockets", case),
        // Copies into memory for a whole message: a large one is in no near cache.
        copy(case.stream(), read_len, len),
    ];
    all.into_iter()
        .map(|contender| contender.in_units_of(len >> 10))
        .collect()
}

const READS: &[(usize, &[usize])] = &[
    (1, &[1 << 10, 16 << 10, 256 << 10]),
    (1460, &[16 << 10, 256 << 10, 1 << 20]),
    (64 << 10, &[256 << 10, 1 << 20, 4 << 20, 16 << 20, 64 << 20]),
];
