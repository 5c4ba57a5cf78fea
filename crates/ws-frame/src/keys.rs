//! A ready-made source of masking keys.

use core::cell::RefCell;
use core::fmt;
use core::sync::atomic::{AtomicU64, Ordering};
use std::sync::OnceLock;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::{Rng, SeedableRng};

/// A source of masking keys for [`Connection::client`](crate::Connection::client): unpredictable, as RFC 6455 §10.3 demands, and quick.
///
/// Keys come from `ChaCha20`, one generator for each thread, all seeded once from the system's source of randomness. A process that
/// forks after this call and goes on as a client in both halves should take its keys from elsewhere: both would draw the same ones.
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
    GENERATOR.with_borrow_mut(|generator| generator.next_u32().to_le_bytes())
}

/// The same key stream for every thread, each at its own nonce.
fn generator_of_this_thread() -> ChaCha20Rng {
    let seed = SEED
        .get()
        .expect("`random` hands out `next_key` only once the seed is there");
    let mut generator = ChaCha20Rng::from_seed(*seed);
    generator.set_stream(THREADS.fetch_add(1, Ordering::Relaxed));
    generator
}

static SEED: OnceLock<[u8; 32]> = OnceLock::new();
static THREADS: AtomicU64 = AtomicU64::new(0);

std::thread_local! {
    static GENERATOR: RefCell<ChaCha20Rng> = RefCell::new(generator_of_this_thread());
}

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
