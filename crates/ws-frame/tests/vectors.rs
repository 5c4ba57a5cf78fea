//! Every row of `vectors/frames.txt` at every cut: through the reference decoder, and through
//! `Connection` with whole and with streamed messages.

use std::collections::BTreeSet;

use ws_testkit::drive::{self, Way};
use ws_testkit::vectors::{Extension, Row};
use ws_testkit::{cuts, outcome, vectors};

#[test]
fn every_row_holds_at_every_cut() {
    hold_driven(Way::Whole);
}

#[test]
fn every_row_holds_at_every_cut_when_streamed() {
    hold_driven(Way::Streamed);
}

#[test]
fn every_row_holds_at_every_cut_in_halves() {
    hold_driven(Way::Halves);
}

#[test]
fn every_row_holds_at_every_cut_when_appended() {
    hold_driven(Way::Assembled);
}

#[test]
fn every_row_holds_at_every_cut_out_of_a_buffer() {
    hold_driven(Way::Buffered);
}

fn hold_driven(way: Way) {
    // Rows with an extension need a build that has it.
    let is_known = |row: &Row| row.extension == Extension::None || cfg!(feature = "deflate");
    hold(
        is_known,
        |row| cuts::all(&row.input),
        |row, cuts| drive::of_row(row, cuts, way),
    );
}

#[test]
fn every_row_holds_for_the_second_decoder() {
    // The reference takes one byte at a time in any case.
    let bytewise = |row: &Row| vec![(1..row.input.len()).collect()];
    hold(|_| true, bytewise, outcome::of_reference);
}

fn hold(
    is_known: impl Fn(&Row) -> bool,
    ways: impl Fn(&Row) -> Vec<cuts::Cuts>,
    run: impl Fn(&Row, &[usize]) -> outcome::Outcome,
) {
    let mut wrong = Vec::new();
    for row in vectors::frames().iter().filter(|row| is_known(row)) {
        let failure = ways(row).into_iter().find_map(|cuts| {
            let error = outcome::compare(row, &run(row, &cuts)).err()?;
            Some(format!(
                "{} ({}), cut at {cuts:.20?}: {error}",
                row.name, row.title
            ))
        });
        wrong.extend(failure);
    }
    assert!(
        wrong.is_empty(),
        "{} rows:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn every_row_has_a_name_of_its_own() {
    let mut names = BTreeSet::new();
    for row in vectors::frames() {
        assert!(names.insert(row.name.clone()), "{} stands twice", row.name);
    }
}

/// Every row of the fault list that concerns frames is in the data file, except those of
/// `ELSEWHERE`.
#[test]
fn no_row_of_the_fault_list_is_missing() {
    let in_file: BTreeSet<String> = vectors::frames()
        .into_iter()
        .flat_map(|row| row.ids)
        .collect();
    let listed = (40..=49)
        .chain(51..=68)
        .chain(70..=73)
        .chain(90..=93)
        .map(|number| format!("C-{number}"));
    let listed = listed
        .chain(["C-50".into()])
        .chain(
            (100..=115)
                .filter(|number| *number != 112)
                .map(|number| format!("C-{number}")),
        )
        .chain((1..=11).map(|number| format!("Z{number:02}")))
        .chain((1..=35).map(|number| format!("T{number:02}")));
    let missing: Vec<String> = listed.filter(|id| !in_file.contains(id)).collect();
    let elsewhere: Vec<&str> = ELSEWHERE.iter().map(|(id, _)| *id).collect();
    let mut missing: Vec<&str> = missing.iter().map(String::as_str).collect();
    missing.sort_unstable();
    assert_eq!(
        missing, elsewhere,
        "missing in the file, and the list of what cannot be there"
    );
}

/// Rows that are not in the data file, in the order of the IDs, with the reason.
const ELSEWHERE: &[(&str, &str)] = &[
    ("C-108", "an offer: the handshake's"),
    ("C-109", "an answer: the handshake's"),
    ("C-110", "what a compressor makes: deflate/deflating.rs"),
    ("C-113", "the memory of a choice: deflate/memory.rs"),
    (
        "C-114",
        "lengths that tell: the documentation, and a message that is not compressed: deflate/connection.rs",
    ),
    ("C-115", "any bytes: deflate/inflating.rs"),
    ("C-64", "a peer that never reads: memory/"),
    ("C-90", "what the harness does with every row"),
    ("C-91", "writes that take part of the output: the server's"),
    ("T23", "a peer that never reads: memory/"),
    ("T27", "futures that are dropped: there are none here"),
    ("T30", "alignments in memory: mask.rs"),
    ("T31", "a sink that takes one byte or none: the server's"),
    (
        "T32",
        "a sink that takes part of a large message: the server's",
    ),
    (
        "T34",
        "a reply that has to wait for the socket: the server's",
    ),
    ("T35", "readiness: the server's"),
    (
        "Z06",
        "a message that does not shrink: deflate/deflating.rs",
    ),
    ("Z07", "what a compressor makes: deflate/deflating.rs"),
    ("Z09", "an offer: the handshake's"),
];
