//! Lines of the log.

use std::sync::{Mutex, Once, PoisonError};

use log::{Level, LevelFilter, Log, Metadata, Record};
use ws_server::Config;

use crate::world::{World, request};

/// Keeps every line of every test that runs meanwhile.
struct Lines(Mutex<Vec<(Level, String)>>);

static LINES: Lines = Lines(Mutex::new(Vec::new()));

impl Log for Lines {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        let line = record.args().to_string();
        self.0
            .lock()
            .expect("no holder panics")
            .push((record.level(), line));
    }

    fn flush(&self) {}
}

/// The lines of one test, which is alone with the log: other tests that run meanwhile may add
/// theirs.
pub(crate) fn lines<R>(test: impl FnOnce() -> R) -> (Vec<(Level, String)>, R) {
    static ALONE: Mutex<()> = Mutex::new(());
    static SET: Once = Once::new();
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    SET.call_once(|| log::set_logger(&LINES).expect("nobody else sets one"));
    LINES.0.lock().expect("no holder panics").clear();
    log::set_max_level(LevelFilter::Trace);
    let result = test();
    log::set_max_level(LevelFilter::Off);
    let lines = LINES
        .0
        .lock()
        .expect("no holder panics")
        .drain(..)
        .collect();
    (lines, result)
}

#[test]
fn s13_c26_whatever_a_peer_sends_a_line_of_the_log_is_one_line_of_ascii() {
    let (lines, ()) = lines(talk_nastily);
    assert!(
        lines
            .iter()
            .any(|(_, line)| line.contains("ERROR all is lost")),
        "the reason is logged"
    );
    for (level, line) in &lines {
        assert!(
            line.bytes().all(|byte| (0x20..0x7f).contains(&byte)),
            "{}",
            line.escape_debug()
        );
        assert!(
            *level >= Level::Info,
            "a peer cannot make a warning: {line}"
        );
    }
}

fn talk_nastily() {
    let nasty = "\r\nERROR all is lost \u{1b}[2J \u{202e}evil \u{85}\u{2028}";
    let mut world = World::new(Config::default());
    let (_, client) = world.open();
    let mut close = vec![
        0x88,
        0x80 | u8::try_from(2 + nasty.len()).expect("it is short"),
        0,
        0,
        0,
        0,
        3,
        232,
    ];
    close.extend_from_slice(nasty.as_bytes());
    client.far.send(&close);
    world.settle();
    for bad in [
        request("/\u{1b}[2J"),
        request("/").replace("localhost", nasty),
        nasty.repeat(10),
    ] {
        let client = world.connect();
        client.far.send(bad.as_bytes());
        world.settle();
    }
}
