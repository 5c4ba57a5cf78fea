use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use zlib_rs::{Deflate, Inflate};

use super::{Tuning, WindowBits};

/// What compresses the messages of one connection.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "a compressor is shared or it is not")]
pub enum Compressor {
    /// One that serves many connections, and so forgets each message when it is done with it: no memory for the connection, less
    /// compression of small messages.
    Shared(SharedContexts),
    /// One of its own, made when the first message is compressed. It remembers earlier messages, unless the peer asked it not to.
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

/// What inflates the messages of one connection.
#[derive(Clone, Debug, Default)]
#[expect(clippy::exhaustive_enums, reason = "a decompressor is shared or it is not")]
pub enum Decompressor {
    /// One of its own, made when the first compressed message comes.
    #[default]
    Dedicated,
    /// One that serves many connections, and is handed their last 32 KiB before each message: less memory, and about a microsecond more
    /// for each message.
    Shared(SharedContexts),
}

/// Compressors and decompressors that serve many connections: of a server, of a thread, or of a whole program.
///
/// A clone shares them. They are made at first use: a compressor for each thread that compresses at the same time as others (and for
/// each size of window that peers insist on), a decompressor for each message that is being received.
#[derive(Clone, Debug, Default)]
pub struct SharedContexts(Arc<Shared>);

#[derive(Default)]
struct Shared {
    tuning: Tuning,
    compressors: Mutex<Vec<(WindowBits, Deflate)>>,
    decompressors: Mutex<Vec<Inflate>>,
}

impl SharedContexts {
    /// None is made yet.
    #[must_use]
    pub fn new(tuning: Tuning) -> Self {
        Self(Arc::new(Shared {
            tuning,
            ..Shared::default()
        }))
    }

    /// Lends a compressor that remembers nothing.
    pub(super) fn compress(&self, agreed: WindowBits, work: impl FnOnce(&mut Deflate)) {
        let bits = self.0.tuning.window_bits(agreed);
        let mut compressor = self
            .take_compressor(bits)
            .unwrap_or_else(|| self.0.tuning.compressor(bits));
        work(&mut compressor);
        compressor.reset();
        lock(&self.0.compressors).push((bits, compressor));
    }

    /// A decompressor that may remember the messages of others.
    pub(super) fn take_decompressor(&self) -> Inflate {
        lock(&self.0.decompressors).pop().unwrap_or_else(new_decompressor)
    }

    pub(super) fn give_back(&self, decompressor: Inflate) {
        let mut idle = lock(&self.0.decompressors);
        if idle.len() < MOST_IDLE_DECOMPRESSORS {
            idle.push(decompressor);
        }
    }

    fn take_compressor(&self, bits: WindowBits) -> Option<Deflate> {
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

/// A decompressor of raw streams. Its window is of 32 KiB, whatever was agreed on: with a smaller one, whether a distance is too far
/// depends on how the output is cut.
pub(super) fn new_decompressor() -> Inflate {
    Inflate::new(false, WindowBits::MAX.bits())
}

/// A list is whole whenever it is not locked.
fn lock<T>(list: &Mutex<T>) -> MutexGuard<'_, T> {
    list.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A peer can keep a message under way for as long as a deadline lets it, so that there may be as many decompressors as connections;
/// this many outlive their message.
const MOST_IDLE_DECOMPRESSORS: usize = 16;
