//! `Connection` against the second decoder: any bytes, any cuts, any limits, both roles, whole messages and streamed ones.

use std::ops::Range;

use crate::cuts::{self, Cuts};
use crate::event::{Event, Limits, Role, Rule};
use crate::observe::{self, Log};
use crate::outcome;
use crate::reference::{Reference, State};
use crate::vectors::End;

/// Three bytes of options, and the stream.
pub fn run(data: &[u8]) {
    let Some((&[options, limit, seed], stream)) = data.split_first_chunk() else {
        return;
    };
    let role = if options & 1 == 0 {
        Role::Server
    } else {
        Role::Client
    };
    let limits = if options & 2 == 0 {
        Limits::default()
    } else {
        small_limits(limit)
    };
    check(
        role,
        limits,
        options & 4 != 0,
        stream,
        &crate::frame_decoder::ways(stream.len(), seed),
    );
}

/// Limits that short streams reach.
#[must_use]
pub fn small_limits(from: u8) -> Limits {
    let from = u32::from(from);
    Limits {
        frame: u64::from(from % 8) * 16,
        message: u64::from(from / 8 % 8) * 24,
        fragments: 1 + from / 32 % 4,
        empty: 1 + from % 3,
    }
}

/// Panics if the two do not agree, or `Connection` does not agree with itself.
pub fn check(role: Role, limits: Limits, close_first: bool, stream: &[u8], ways: &[Cuts]) {
    let mut reference = Reference::new(role, limits);
    if close_first {
        reference.close(b"\x03\xe8");
    }
    reference.receive(stream);
    for cuts in ways {
        for streaming in [false, true] {
            compare(
                &reference,
                &observe(role, limits, close_first, stream, cuts, streaming),
            );
        }
    }
}

struct Observed {
    log: Log,
    end: End,
    role: Role,
    /// The piece that made it fail.
    failed_in: Option<Range<usize>>,
}

fn observe(
    role: Role,
    limits: Limits,
    close_first: bool,
    stream: &[u8],
    cuts: &[usize],
    streaming: bool,
) -> Observed {
    let mut connection = observe::connection(role, limits, streaming);
    let mut log = Log::default();
    if close_first {
        observe::send_close(&mut connection, b"\x03\xe8", &mut log.output);
    }
    let mut failed_in = None;
    for piece in cuts::ranges(stream.len(), cuts) {
        log.receive(&mut connection, &stream[piece.clone()]);
        if log.failed().is_some() && failed_in.is_none() {
            failed_in = Some(piece);
        }
    }
    Observed {
        log,
        end: observe::end(connection.phase()),
        role,
        failed_in,
    }
}

fn compare(reference: &Reference, observed: &Observed) {
    let (mut events, mut replies) = (reference.events.clone(), reference.replies.clone());
    if let State::Failed(broken) = reference.state() {
        let rule = compare_failure(broken, reference.read() - 1, observed);
        // Where one byte breaks several rules, which of them is named is free.
        events.pop();
        events.push(Event::Failed(rule));
        if let Some((8, body)) = replies.last_mut().filter(|_| reference.closed_by_failure()) {
            *body = rule.close_code().to_be_bytes().to_vec();
        }
    } else {
        assert_eq!(observed.end, reference.end(), "phase");
    }
    assert_eq!(observed.log.events, events, "events");
    assert_eq!(
        observed.log.output,
        outcome::output(observed.role, &replies),
        "output"
    );
}

/// The same byte must have broken one of the same rules.
fn compare_failure(broken: &[Rule], at: usize, observed: &Observed) -> Rule {
    let rule = observed
        .log
        .failed()
        .unwrap_or_else(|| panic!("{broken:?} not seen"));
    assert!(broken.contains(&rule), "{rule}, and not one of {broken:?}");
    let piece = observed.failed_in.clone().unwrap_or_default();
    assert!(piece.contains(&at), "{rule} in {piece:?}, and not at byte {at}");
    assert_eq!(observed.end, End::Closed, "after the failure");
    rule
}
