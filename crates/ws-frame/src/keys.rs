//! A source of masking keys.

use core::cell::Cell;
use core::fmt;
use core::sync::atomic::{AtomicU64, Ordering};
use std::sync::OnceLock;

use aes::cipher::{BlockCipherEncrypt, KeyInit};
use aes::{Aes128, Block};

/// Returns a fast source of unpredictable masking keys (RFC 6455 §10.3), for
/// [`Connection::client`](crate::Connection::client).
///
/// The keys come from AES-128 in counter mode. Its key comes from the operating system once per
/// process. Without AES instructions, a masking key costs more than the rest of a short frame. A
/// process that forks after this call and is a client in both halves must use another source: both
/// would draw the same keys.
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
/// The operating system has no randomness. After one success, the source works on every thread.
pub fn random() -> Result<fn() -> [u8; 4], NoRandomness> {
    if CIPHER.get().is_none() {
        let mut key = [0; 16];
        getrandom::fill(&mut key).map_err(NoRandomness)?;
        // Another thread may have been first. Its key serves as well.
        CIPHER.get_or_init(|| Aes128::new(&key.into()));
    }
    Ok(next_key)
}

/// The operating system has no randomness.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoRandomness(getrandom::Error);

impl fmt::Display for NoRandomness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no randomness for masking keys: {}", self.0)
    }
}

impl core::error::Error for NoRandomness {}

fn next_key() -> [u8; 4] {
    DRAWN.with(|drawn| drawn.next().unwrap_or_else(|| drawn.refill()))
}

/// Keys drawn ahead: one cipher call per key would cost more than masking a short message.
struct Drawn {
    keys: [[Cell<[u8; 4]>; KEYS_IN_A_BLOCK]; BLOCKS_AT_ONCE],
    /// The number of keys left, from the first on.
    left: Cell<usize>,
}

impl Drawn {
    const fn none() -> Self {
        Self {
            keys: [const { [const { Cell::new([0; 4]) }; KEYS_IN_A_BLOCK] }; BLOCKS_AT_ONCE],
            left: Cell::new(0),
        }
    }

    #[inline]
    fn next(&self) -> Option<[u8; 4]> {
        let last = self.left.get().checked_sub(1)?;
        let key = self.keys.as_flattened().get(last)?.get();
        self.left.set(last);
        Some(key)
    }

    /// Draws keys and returns one of them.
    #[cold]
    #[inline(never)]
    fn refill(&self) -> [u8; 4] {
        for (keys, block) in self.keys.iter().zip(draw()) {
            for (key, drawn) in keys.iter().zip(block.as_chunks().0) {
                key.set(*drawn);
            }
        }
        self.left.set(self.keys.as_flattened().len());
        self.next().unwrap_or_default()
    }
}

/// The next blocks of the key stream. All threads share it, so no two draw the same.
fn draw() -> [Block; BLOCKS_AT_ONCE] {
    let cipher = CIPHER
        .get()
        .expect("`random` hands out `next_key` only once the cipher is there");
    let first = BLOCKS_DRAWN.fetch_add(BLOCKS_AT_ONCE as u64, Ordering::Relaxed);
    let mut blocks = core::array::from_fn(|at| u128::from(first + at as u64).to_le_bytes().into());
    cipher.encrypt_blocks(&mut blocks);
    blocks
}

static CIPHER: OnceLock<Aes128> = OnceLock::new();
static BLOCKS_DRAWN: AtomicU64 = AtomicU64::new(0);

std::thread_local! {
    static DRAWN: Drawn = const { Drawn::none() };
}

/// A block of AES has sixteen bytes.
const KEYS_IN_A_BLOCK: usize = 4;
/// Enough for wide instructions, and to spread the other costs of a refill: 1 KiB for each thread
/// of a client.
const BLOCKS_AT_ONCE: usize = 64;

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
        assert!(
            shown.starts_with("no randomness for masking keys: "),
            "{shown}"
        );
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
