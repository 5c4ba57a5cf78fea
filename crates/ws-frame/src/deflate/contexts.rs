//! Compressors and decompressors, dedicated or shared.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use zlib_rs::{Deflate, Inflate};

use super::{Tuning, WindowSize};

/// The compressor of one connection's messages.
#[derive(Clone, Debug)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a compressor is shared or it is not"
)]
pub enum Compressor {
    /// A compressor that serves many connections and forgets each message: no memory per
    /// connection, less compression of small messages.
    Shared(SharedContexts),
    /// A compressor per connection, made when the first message is compressed. It remembers earlier
    /// messages, unless the handshake agreed otherwise.
    Dedicated(Tuning),
}

impl Compressor {
    pub(super) fn tuning(&self) -> Tuning {
        match self {
            Self::Shared(contexts) => contexts.0.tuning,
            Self::Dedicated(tuning) => *tuning,
        }
    }
}

/// The decompressor of one connection's messages.
#[derive(Clone, Debug, Default)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a decompressor is shared or it is not"
)]
pub enum Decompressor {
    /// A decompressor per connection, made when the first compressed message comes.
    #[default]
    Dedicated,
    /// A decompressor that serves many connections. It is given the last 32 KiB of a connection
    /// before each message: less memory, and about a microsecond more per message.
    Shared(SharedContexts),
}

/// Compressors and decompressors that serve many connections: of a server, of a thread, or of a
/// whole program. A clone shares them.
///
/// They are made at first use: a compressor for each thread that compresses at the same time as
/// others (and for each window size that peers insist on), a decompressor for each message that is
/// being received.
///
/// ```
/// use ws_frame::deflate::{Compressor, Decompressor, Options, SharedContexts, Tuning};
///
/// let contexts = SharedContexts::new(Tuning::new());
/// let options = Options::new()
///     .compressor(Compressor::Shared(contexts.clone()))
///     .decompressor(Decompressor::Shared(contexts));
/// ```
#[derive(Clone, Debug, Default)]
pub struct SharedContexts(Arc<Shared>);

#[derive(Default)]
struct Shared {
    tuning: Tuning,
    compressors: Mutex<Vec<(WindowSize, Deflate)>>,
    decompressors: Mutex<Vec<Inflate>>,
}

impl SharedContexts {
    /// An empty set of contexts.
    #[must_use]
    pub fn new(tuning: Tuning) -> Self {
        Self(Arc::new(Shared {
            tuning,
            ..Shared::default()
        }))
    }

    /// Lends a compressor that remembers nothing to `work`.
    pub(super) fn compress(&self, agreed: WindowSize, work: impl FnOnce(&mut Deflate)) {
        let bits = self.0.tuning.window_within(agreed);
        let mut compressor = self
            .take_compressor(bits)
            .unwrap_or_else(|| self.0.tuning.compressor(bits));
        work(&mut compressor);
        compressor.reset();
        lock(&self.0.compressors).push((bits, compressor));
    }

    /// A decompressor that may remember messages of other connections.
    pub(super) fn take_decompressor(&self) -> Inflate {
        lock(&self.0.decompressors)
            .pop()
            .unwrap_or_else(new_decompressor)
    }

    pub(super) fn give_back(&self, decompressor: Inflate) {
        let mut idle = lock(&self.0.decompressors);
        if idle.len() < MOST_IDLE_DECOMPRESSORS {
            idle.push(decompressor);
        }
    }

    fn take_compressor(&self, bits: WindowSize) -> Option<Deflate> {
        let mut idle = lock(&self.0.compressors);
        let index = idle.iter().position(|(its_bits, _)| *its_bits == bits)?;
        Some(idle.swap_remove(index).1)
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("tuning", &self.tuning)
            .field("idle_compressors", &lock(&self.compressors).len())
            .field("idle_decompressors", &lock(&self.decompressors).len())
            .finish()
    }
}

/// A decompressor of raw streams. Its window has 32 KiB, whatever was agreed on: with a smaller
/// one, the cuts of the output would decide whether a distance is too far.
pub(super) fn new_decompressor() -> Inflate {
    Inflate::new(false, WindowSize::MAX.bits())
}

/// Ignores poisoning: a panic cannot leave a list half changed.
fn lock<T>(list: &Mutex<T>) -> MutexGuard<'_, T> {
    list.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The number of decompressors that are kept between messages. While messages are under way there
/// may be as many as connections.
const MOST_IDLE_DECOMPRESSORS: usize = 16;
