//! `Connection` against the reference decoder: any bytes, any cuts, any limits, both roles, whole
//! messages and streamed ones.

use crate::cuts::Cuts;
use crate::drive::{Driven, Setup, Way, drive};
use crate::event::{Event, Limits, Role, Rule};
use crate::outcome;
use crate::reference::{Reference, State};
use crate::vectors::{End, Extension};

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
    let extension = if options & 8 != 0 && cfg!(feature = "deflate") {
        Extension::Deflate
    } else {
        Extension::None
    };
    check(
        Setup {
            role,
            limits,
            extension,
        },
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
        fragments: from / 32 % 5,
        empty: from % 4,
    }
}

/// Panics if the two disagree, or if `ws-frame` gives different results for different cuts.
pub fn check(setup: Setup, close_first: bool, stream: &[u8], ways: &[Cuts]) {
    let close = close_first.then_some(b"\x03\xe8".as_slice());
    let mut reference = Reference::new(setup.role, setup.limits);
    if setup.extension == Extension::Deflate {
        reference = reference.with_deflate();
    }
    if let Some(body) = close {
        reference.close(body);
    }
    reference.receive(stream);
    for cuts in ways {
        for way in Way::ALL {
            compare(
                &reference,
                setup.role,
                &drive(way, setup, close, stream, cuts),
            );
        }
    }
}

fn compare(reference: &Reference, role: Role, driven: &Driven) {
    let (mut events, mut replies) = (reference.events.clone(), reference.replies.clone());
    if let State::Failed(broken) = reference.state() {
        let rule = compare_failure(broken, reference.read() - 1, driven);
        // If one byte breaks several rules, any of them may be named.
        events.pop();
        events.push(Event::Failed(rule));
        if let Some((8, body)) = replies.last_mut().filter(|_| reference.closed_by_failure()) {
            *body = rule.close_code().to_be_bytes().to_vec();
        }
    } else {
        assert_eq!(driven.end, reference.end(), "phase");
    }
    assert_eq!(driven.log.events, events, "events");
    assert_eq!(driven.log.output, outcome::output(role, &replies), "output");
}

/// The same byte must have broken one of the same rules.
fn compare_failure(broken: &[Rule], at: usize, driven: &Driven) -> Rule {
    let rule = driven
        .failed()
        .unwrap_or_else(|| panic!("{broken:?} not seen"));
    assert!(broken.contains(&rule), "{rule}, and not one of {broken:?}");
    let piece = driven.failed_in.clone().unwrap_or_default();
    assert!(
        piece.contains(&at),
        "{rule} in {piece:?}, and not at byte {at}"
    );
    assert_eq!(driven.end, End::Closed, "after the failure");
    rule
}
