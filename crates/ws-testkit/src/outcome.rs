//! Outcome of a row, and its comparison with the row.

use std::ops::Range;

use crate::event::{Event, Role};
use crate::reference::{Reference, State};
use crate::vectors::{End, Eof, Extension, Row};
use crate::{cuts, wire};

/// The key with which the client's frames of a row are masked: `K1`.
pub const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// Outcome of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Events for the application, without the failure.
    pub events: Vec<Event>,
    /// Output.
    pub output: Vec<u8>,
    /// The state at the end.
    pub end: End,
    /// Meaning of the end of the input.
    pub eof: Eof,
    /// The piece of the input in which the connection failed.
    pub failed_in: Option<Range<usize>>,
}

/// The first difference from the row.
pub fn compare(row: &Row, outcome: &Outcome) -> Result<(), String> {
    differ("events", &outcome.events, &row.events)?;
    differ("end", &outcome.end, &row.end)?;
    differ("output", &outcome.output, &row.output)?;
    if let Some(eof) = row.eof {
        differ("eof", &outcome.eof, &eof)?;
    }
    match (&outcome.failed_in, row.verdict_at) {
        (Some(piece), Some(at)) if !piece.contains(&(at - 1)) => Err(format!(
            "fails in the bytes {piece:?}, where the row has byte {}",
            at - 1
        )),
        _ => Ok(()),
    }
}

fn differ<T: PartialEq + std::fmt::Debug>(what: &str, got: &T, expected: &T) -> Result<(), String> {
    if got == expected {
        return Ok(());
    }
    let short = |value: &T| format!("{value:?}").chars().take(400).collect::<String>();
    Err(format!(
        "{what}: {}, where the row has {}",
        short(got),
        short(expected)
    ))
}

/// Outcome of a row by the reference decoder.
#[must_use]
pub fn of_reference(row: &Row, cuts: &[usize]) -> Outcome {
    let mut reference = Reference::new(row.role, row.limits);
    if row.extension == Extension::Deflate {
        reference = reference.with_deflate();
    }
    if let Some(body) = &row.first_close {
        reference.close(body);
    }
    let mut failed_in = None;
    for piece in cuts::ranges(row.input.len(), cuts) {
        let read = reference.receive(&row.input[piece.clone()]);
        if matches!(reference.state(), State::Failed(_)) && failed_in.is_none() {
            failed_in = Some(piece.start + read - 1..piece.start + read);
        }
    }
    let mut events = reference.events.clone();
    if matches!(events.last(), Some(Event::Failed(_))) {
        events.pop();
    }
    let output = output(row.role, &reference.replies);
    let end = reference.end();
    let eof = if matches!(end, End::Closed | End::ExpectEof) {
        Eof::Clean
    } else {
        Eof::Abrupt
    };
    Outcome {
        events,
        output,
        end,
        eof,
        failed_in,
    }
}

/// Control frames as this side writes them.
#[must_use]
pub fn output(role: Role, replies: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let key = (role == Role::Client).then_some(KEY);
    replies
        .iter()
        .flat_map(|(opcode, payload)| wire::frame(0x80 | opcode, key, payload))
        .collect()
}
