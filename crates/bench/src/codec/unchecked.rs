//! Finds peers that hand out text that is not UTF-8.

use std::panic::{self, AssertUnwindSafe};

use crate::peer::{Decode, Sink};
use crate::socket::Socket;
use crate::stream::{Kind, Spoiled};

/// Returns whether a peer hands out one of these spoiled texts. A peer that checks text fails, and
/// its driver panics.
pub(super) fn hands_out<D: Decode>(
    spoiled: &'static [Spoiled],
    longest: usize,
    socket: impl Fn(&'static [u8]) -> Socket,
) -> bool {
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let found = spoiled.iter().any(|spoiled| {
        let mut texts = Texts::default();
        let run = AssertUnwindSafe(|| {
            D::open(socket(&spoiled.wire), longest).decode(spoiled.messages, &mut texts);
        });
        drop(panic::catch_unwind(run));
        texts.invalid
    });
    panic::set_hook(hook);
    found
}

/// Checks every text.
#[derive(Debug, Default)]
struct Texts {
    count: usize,
    assembled: Vec<u8>,
    invalid: bool,
}

impl Sink for Texts {
    fn count(&self) -> usize {
        self.count
    }

    fn part(&mut self, kind: Kind, payload: &[u8], last: bool) {
        self.assembled.extend_from_slice(payload);
        if last {
            self.invalid |= kind == Kind::Text && str::from_utf8(&self.assembled).is_err();
            self.assembled.clear();
            self.count += 1;
        }
    }
}
