//! A ready-made source of masking keys.

use core::cell::{Cell, RefCell};
use core::fmt;
use core::sync::atomic::{AtomicU64, Ordering};
use std::sync::OnceLock;

use chacha20::ChaCha8Rng;
use chacha20::rand_core::{Rng, SeedableRng};

/// A source of masking keys for [`Connection::client`](crate::Connection::client): unpredictable, as RFC 6455 §10.3 demands, and quick.
///
/// Keys come from `ChaCha8`, one generator for each thread, all seeded once from the system's source of randomness. (The best attacks
/// known reach seven of `ChaCha`'s rounds, and none in practice: eight keep the next key as unpredictable as twenty did, in less than half
/// the time.) A process that forks after this call and goes on as a client in both halves should take its keys from elsewhere: both would draw the same ones.
///
/// ```
/// use ws_frame::{Config, Connection, keys};
///
/// let connection = Connection::client(Config::new(), keys::random()?);
/// # Ok::<(), keys::NoRandomness>(())
/// ```
///
/// # Errors
///
/// The system has no randomness to give. Once this has succeeded, keys can be drawn on every thread.
pub fn random() -> Result<fn() -> [u8; 4], NoRandomness> {
    if SEED.get().is_none() {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(NoRandomness)?;
        // Another thread may have been quicker: its seed is as good.
        SEED.get_or_init(|| seed);
    }
    Ok(next_key)
}

/// The system has no randomness to give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoRandomness(getrandom::Error);

impl fmt::Display for NoRandomness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no randomness for masking keys: {}", self.0)
    }
}

impl core::error::Error for NoRandomness {}

fn next_key() -> [u8; 4] {
    BLOCK.with(|block| block.next().unwrap_or_else(|| block.refill()))
}

/// Keys drawn ahead: to ask a generator for each of them would cost more than to mask a short message.
struct Block {
    keys: [Cell<[u8; 4]>; DRAWN_AT_ONCE],
    /// How many of them, from the first on, have not been handed out.
    left: Cell<usize>,
}

impl Block {
    const fn empty() -> Self {
        Self {
            keys: [const { Cell::new([0; 4]) }; DRAWN_AT_ONCE],
            left: Cell::new(0),
        }
    }

    #[inline]
    fn next(&self) -> Option<[u8; 4]> {
        let last = self.left.get().checked_sub(1)?;
        let key = self.keys.get(last)?.get();
        self.left.set(last);
        Some(key)
    }

    /// Draws keys, and hands out the first of them.
    #[cold]
    #[inline(never)]
    fn refill(&self) -> [u8; 4] {
        let mut drawn = [0; 4 * DRAWN_AT_ONCE];
        GENERATOR.with_borrow_mut(|generator| generator.fill_bytes(&mut drawn));
        for (key, drawn) in self.keys.iter().zip(drawn.as_chunks().0) {
            key.set(*drawn);
        }
        self.left.set(DRAWN_AT_ONCE);
        self.next().unwrap_or_default()
    }
}

/// The same key stream for every thread, each at its own nonce.
fn generator_of_this_thread() -> ChaCha8Rng {
    let seed = SEED
        .get()
        .expect("`random` hands out `next_key` only once the seed is there");
    let mut generator = ChaCha8Rng::from_seed(*seed);
    generator.set_stream(THREADS.fetch_add(1, Ordering::Relaxed));
    generator
}

static SEED: OnceLock<[u8; 32]> = OnceLock::new();
static THREADS: AtomicU64 = AtomicU64::new(0);

std::thread_local! {
    static BLOCK: Block = const { Block::empty() };
    static GENERATOR: RefCell<ChaCha8Rng> = RefCell::new(generator_of_this_thread());
}

/// The generator computes as many words at a time, four times over: a kilobyte for each thread of a client.
const DRAWN_AT_ONCE: usize = 256;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::string::ToString;
    use std::thread;
    use std::vec::Vec;

    use super::*;

    #[test]
    fn a_system_without_randomness_is_named_as_the_cause() {
        let shown = NoRandomness(getrandom::Error::UNSUPPORTED).to_string();
        assert!(shown.starts_with("no randomness for masking keys: "), "{shown}");
        assert!(
            shown.ends_with(&getrandom::Error::UNSUPPORTED.to_string()),
            "{shown}"
        );
    }

    #[test]
    fn f17_c124_c132_keys_differ_from_frame_to_frame_and_from_thread_to_thread() {
        let draw = || -> Vec<[u8; 4]> { (0..1000).map(|_| random().unwrap()()).collect() };
        let mut keys = draw();
        keys.extend(thread::spawn(draw).join().unwrap());
        let distinct: BTreeSet<_> = keys.iter().collect();
        // Two of 2,000 keys are equal by chance once in two thousand runs; ten are not.
        assert!(distinct.len() > keys.len() - 10);
    }
}
