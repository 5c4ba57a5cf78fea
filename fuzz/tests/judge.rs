//! The slow server side agrees with the rows of the data file.

use ws_fuzz::handshakes::{Row, Subject, Verdict, handshakes};
use ws_fuzz::judge::{Ruling, judge};

#[test]
fn the_judge_rules_as_the_rows_say() {
    for row in handshakes() {
        if let Some(bytes) = of_an_unset_server(&row) {
            let ruling = match judge(bytes) {
                Ruling::Wait => "wait".into(),
                Ruling::Refuse(status) => status.to_string(),
                Ruling::Accept(acceptance) => format!("101 {}", acceptance.accept),
            };
            let expected = match &row.verdict {
                Verdict::Accepted(accept) => format!("101 {accept}"),
                Verdict::Refused(status) => status.to_string(),
                other => panic!("{}: {other:?} of a server", row.name),
            };
            assert_eq!(ruling, expected, "{}: {}", row.name, row.title);
        }
    }
}

/// The judge speaks no subprotocol, agrees to no extension and lets every origin in.
fn of_an_unset_server(row: &Row) -> Option<&[u8]> {
    let unset = ["origins", "hosts"]
        .iter()
        .all(|name| row.setting(name).is_none());
    match &row.subject {
        Subject::Server(bytes) if unset => Some(bytes),
        _ => None,
    }
}
