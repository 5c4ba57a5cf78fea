//! The complete list of rows that must exist.

use std::collections::BTreeSet;

use ws_testkit::handshakes::{Subject, handshakes};

/// Rows about time, sockets, logs and applications, which no function of bytes can show. The crates
/// that open connections have tests for them, named by these IDs.
const NOT_OF_BYTES: &[(&str, &str)] = &[
    ("C-1", "a head that never ends is cut at a deadline"),
    ("C-32", "an application compares secrets in constant time"),
    ("C-36", "an application that never decides"),
    ("C-37", "a peer that is gone when the decision comes"),
    ("C-38", "frames that pile up while the decision waits"),
    ("P30", "a write of nothing in the middle of the answer"),
];

#[test]
fn every_row_is_in_the_file_or_on_the_list_of_those_that_cannot_be() {
    let mut wanted: BTreeSet<String> = (1..=39).map(|n| format!("C-{n}")).collect();
    wanted.extend((1..=32).map(|n| format!("P{n:02}")));
    wanted.extend(["BASE", "ANSWER", "C-108", "C-109", "C-130", "C-131", "Z09"].map(String::from));
    for (id, why) in NOT_OF_BYTES {
        assert!(wanted.remove(*id), "{id} ({why}) is no row");
    }
    let there: BTreeSet<String> = handshakes().into_iter().map(|row| row.id).collect();
    assert_eq!(there, wanted);
}

#[test]
fn no_two_rows_have_one_name() {
    let names: Vec<String> = handshakes().into_iter().map(|row| row.name).collect();
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
}

#[test]
fn rows_at_a_limit_are_as_long_as_they_say() {
    let rows = handshakes();
    let len = |name: &str| match rows
        .iter()
        .find(|row| row.name == name)
        .map(|row| &row.subject)
    {
        Some(Subject::Server(bytes)) => bytes.len(),
        _ => 0,
    };
    assert_eq!((len("C-2.a"), len("C-2.c")), (16 * 1024, 16 * 1024 + 1));
    assert_eq!(len("C-21.e") + 1, len("C-21.f"));
}
