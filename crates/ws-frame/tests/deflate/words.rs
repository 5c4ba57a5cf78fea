//! Debug output of contexts: state, and never a byte of a message.

use ws_frame::deflate::{Decompressor, Deflater, Inflater, SharedContexts, Tuning};

use super::{dedicated, deflate, shared, window};

#[test]
fn window_sizes_are_shown_as_their_number() {
    assert_eq!(window(15).to_string(), "15");
    assert_eq!(window(8).to_string(), "8");
}

#[test]
fn a_deflater_shows_its_standing_and_nothing_that_it_sent() {
    let mut deflater = Deflater::new(dedicated(1, 8, 15), true, window(12));
    assert!(format!("{deflater:?}").contains("has_compressor: false"));
    deflate(&mut deflater, b"a secret");
    let shown = format!("{deflater:?}");
    assert!(
        shown.starts_with("Deflater {") && shown.contains("keeps_context: true"),
        "{shown}"
    );
    assert!(shown.contains("has_compressor: true"), "{shown}");
    assert!(
        !shown.contains("secret") && !shown.contains("97, 32"),
        "{shown}"
    );
}

#[test]
fn an_inflater_shows_its_standing_and_nothing_that_it_received() {
    let mut inflater = Inflater::new(Decompressor::Dedicated, true);
    assert!(format!("{inflater:?}").contains("has_decompressor: false"));
    let payload = deflate(
        &mut Deflater::new(shared(1, 8, 15), false, window(15)),
        b"a secret",
    );
    let _ = inflater
        .inflate(&mut &payload[..], &mut Vec::new(), usize::MAX, 100)
        .expect("good");
    let shown = format!("{inflater:?}");
    assert!(
        shown.starts_with("Inflater {") && shown.contains("has_decompressor: true"),
        "{shown}"
    );
    assert!(
        !shown.contains("secret") && !shown.contains("97, 32"),
        "{shown}"
    );
}

/// The number of messages received at the same time does not matter.
#[test]
fn c113_shared_contexts_keep_sixteen_idle_decompressors_at_most() {
    let contexts = SharedContexts::new(Tuning::default());
    let idle = |expected: usize| {
        let shown = format!("{contexts:?}");
        assert!(
            shown.contains(&format!("idle_decompressors: {expected} ")),
            "{expected}: {shown}"
        );
    };
    idle(0);
    let mut inflaters: Vec<_> = (0..17)
        .map(|_| Inflater::new(Decompressor::Shared(contexts.clone()), false))
        .collect();
    for inflater in &mut inflaters {
        let _ = inflater
            .inflate(&mut &b"\xf2\x48"[..], &mut Vec::new(), usize::MAX, 100)
            .expect("some of a message");
    }
    idle(0);
    for (at, inflater) in inflaters.iter_mut().enumerate() {
        let _ = inflater
            .inflate(
                &mut &b"\xcd\xc9\xc9\x07\x00"[..],
                &mut Vec::new(),
                usize::MAX,
                100,
            )
            .expect("the rest of it");
        inflater.finish().expect("whole");
        idle((at + 1).min(16));
    }
}
