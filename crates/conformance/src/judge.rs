//! One definition of a right result for every implementation.
//!
//! A result is right if it has the messages and the Close of the row, in order, and no others; a
//! refusal where the row has one, as soon as the row's deciding byte is read; a pong with the body
//! of each ping; and a Close that answers the peer's with its code. Some behaviour is not judged,
//! because implementations leave it to their caller on purpose: whether pings and pongs are shown,
//! whether a refusal sends a Close and with what code, the reason in a Close that answers, and the
//! state after the row.

use ws_testkit::event::{Event, Role, Rule};
use ws_testkit::reference::frames::FrameReader;
use ws_testkit::vectors::{End, Row};

use crate::peers::Peer;

/// Behaviour of an implementation in one row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Messages and Close, and pings and pongs if the implementation shows them.
    pub(crate) events: Vec<Event>,
    /// The reported error of the peer, or the exceeded limit.
    pub(crate) refused: Option<String>,
    /// Output.
    pub(crate) output: Vec<u8>,
}

/// Verdicts, the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    /// The implementation leaves the matter to its caller, or has no such setting, by design.
    NotAsked,
    /// Right, at the deciding byte.
    Right,
    /// Refused, but only after more than the deciding byte.
    Late,
    /// Anything else.
    Wrong,
    /// A panic.
    Panic,
}

/// The verdict, with the fault.
#[must_use]
pub(crate) fn judge(peer: &dyn Peer, row: &Row) -> (Verdict, String) {
    if !peer.asked(row) {
        return (Verdict::NotAsked, String::new());
    }
    let cuts_of_all: [Vec<usize>; 2] = [Vec::new(), (1..row.input.len()).collect()];
    let mut verdict = (Verdict::Right, String::new());
    for cuts in cuts_of_all {
        let next = judge_cut(peer, row, &cuts);
        if next.0 > verdict.0 {
            verdict = next;
        }
    }
    verdict
}

fn judge_cut(peer: &dyn Peer, row: &Row, cuts: &[usize]) -> (Verdict, String) {
    let up_to = row.verdict_at.unwrap_or(row.input.len());
    let early = &row.input[..up_to];
    let cuts: Vec<usize> = cuts.iter().copied().filter(|cut| *cut < up_to).collect();
    let seen = match run(peer, row, early, &cuts, &row.input[up_to..]) {
        Ok(seen) => seen,
        Err(panic) => return (Verdict::Panic, panic),
    };
    match compare(row, &seen.0) {
        Ok(()) => match compare(row, &seen.1) {
            Ok(()) => (Verdict::Right, String::new()),
            Err(wrong) => (Verdict::Wrong, format!("later: {wrong}")),
        },
        Err(_) if compare(row, &seen.1).is_ok() => (Verdict::Late, String::new()),
        Err(_) => (
            Verdict::Wrong,
            compare(row, &seen.1).expect_err("just seen"),
        ),
    }
}

/// Runs the bytes up to the deciding one; then all of them and 70,000 zeros, so that a frame that
/// the implementation waits for ends.
fn run(
    peer: &dyn Peer,
    row: &Row,
    early: &[u8],
    cuts: &[usize],
    rest: &[u8],
) -> Result<(Seen, Seen), String> {
    let pieces: Vec<&[u8]> = ws_testkit::cuts::pieces(early, cuts).collect();
    let is_refused = matches!(row.end, End::Failed(_));
    let zeros = vec![0; if is_refused { 70_000 } else { 0 }];
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        (
            peer.run(row, &pieces),
            peer.run(row, &[&pieces[..], &[rest, &zeros]].concat()),
        )
    }))
    .map_err(|panic| match panic.downcast_ref::<String>() {
        Some(text) => text.clone(),
        None => panic
            .downcast_ref::<&str>()
            .map_or_else(String::new, |text| (*text).to_owned()),
    })
}

fn compare(row: &Row, seen: &Seen) -> Result<(), String> {
    let shown = |events: &[Event]| -> Vec<Event> {
        let is_shown = |event: &&Event| !matches!(event, Event::Ping(_) | Event::Pong(_));
        events.iter().filter(is_shown).cloned().collect()
    };
    let fails = matches!(row.end, End::Failed(_));
    match &seen.refused {
        Some(error) if !fails => return Err(format!("refuses: {error}")),
        None if fails && seen.events.len() == row.events.len() => {
            return Err("waits for more".into());
        }
        None if fails => return Err(format!("accepts: {}", short(&seen.events))),
        _ => {}
    }
    let (got, expected) = (shown(&seen.events), shown(&row.events));
    if got != expected {
        return Err(format!("shows {}", short(&got)));
    }
    compare_output(row, &seen.output)
}

/// Requires every pong, and a Close only where it answers one.
fn compare_output(row: &Row, output: &[u8]) -> Result<(), String> {
    let got = control_frames(row.role, output).ok_or("writes what is no frame")?;
    let expected = control_frames(row.role, &row.output).expect("the row's own output");
    let fails = matches!(row.end, End::Failed(_));
    let pongs = |frames: &[(u8, Vec<u8>)]| -> Vec<(u8, Vec<u8>)> {
        frames
            .iter()
            .filter(|(opcode, _)| *opcode == 10)
            .cloned()
            .collect()
    };
    let closes = |frames: &[(u8, Vec<u8>)]| -> Vec<Vec<u8>> {
        let codes = frames.iter().filter(|(opcode, _)| *opcode == 8);
        codes
            .map(|(_, body)| body[..body.len().min(2)].to_vec())
            .collect()
    };
    if pongs(&got) != pongs(&expected) {
        return Err(format!("writes the pongs {}", short(&pongs(&got))));
    }
    if got.iter().any(|(_, body)| body.len() > 125) {
        return Err("writes a control frame of more than 125 bytes".into());
    }
    if !fails && closes(&got) != closes(&expected) {
        return Err(format!("writes the closes {:02x?}", closes(&got)));
    }
    Ok(())
}

/// The control frames of an output, unmasked.
fn control_frames(writer: Role, output: &[u8]) -> Option<Vec<(u8, Vec<u8>)>> {
    let reader = if writer == Role::Server {
        Role::Client
    } else {
        Role::Server
    };
    let mut frames = FrameReader::new(reader);
    let mut all = Vec::new();
    for byte in output {
        let step = frames.byte(*byte);
        if step.broken.iter().any(|rule| *rule != Rule::F7) {
            return None;
        }
        all.extend(step.frame.map(|frame| (frame.opcode, frame.payload)));
    }
    Some(all)
}

fn short<T: std::fmt::Debug>(value: &[T]) -> String {
    let mut text = format!("{value:?}");
    if text.len() > 80 {
        text.truncate((0..80).rfind(|at| text.is_char_boundary(*at)).unwrap_or(0));
        text += "…";
    }
    text
}
