//! A source of masking keys that can be played again.

use std::cell::Cell;

use crate::random::Random;

thread_local! {
    static NEXT: Cell<u64> = const { Cell::new(0) };
}

/// The next key of this thread: what a client is made with.
#[must_use]
pub fn next() -> [u8; 4] {
    Random::new(NEXT.replace(NEXT.get() + 1)).key()
}

/// From here on this thread gets the same keys again.
pub fn restart() {
    NEXT.set(0);
}
