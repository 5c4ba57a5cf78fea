//! A repeatable source of masking keys.

use std::cell::Cell;

use crate::random::Random;

thread_local! {
    static NEXT: Cell<u64> = const { Cell::new(0) };
}

/// The next key of this thread. Test clients are made with this function.
#[must_use]
pub fn next() -> [u8; 4] {
    Random::new(NEXT.replace(NEXT.get() + 1)).key()
}

/// Restarts the keys of this thread from the first.
pub fn restart() {
    NEXT.set(0);
}
