//! Limits of all connections together.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use crate::Error;

/// Limits for all connections together that are given the same handle.
///
/// Nothing is limited until a limit is set. A clone is the same handle; limits can be changed at
/// any time.
///
/// ```
/// use ws_stream::{Bounds, Config};
///
/// let bounds = Bounds::new().max_connections(10_000).max_assembling_total(256 << 20);
/// let config = Config::new().bounds(&bounds); // for each connection
/// assert_eq!(bounds.connections(), 0);
/// ```
#[derive(Clone, Debug)]
pub struct Bounds(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    max_connections: AtomicUsize,
    max_assembling_total: AtomicU64,
    connections: AtomicUsize,
    assembling: AtomicU64,
}

impl Bounds {
    /// A handle without limits.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(Shared {
            max_connections: AtomicUsize::new(usize::MAX),
            max_assembling_total: AtomicU64::new(u64::MAX),
            connections: AtomicUsize::new(0),
            assembling: AtomicU64::new(0),
        }))
    }

    /// The most connections, opening handshakes included. One more is refused with
    /// [`Error::Overloaded`], and its client with 503.
    #[must_use]
    pub fn max_connections(self, count: usize) -> Self {
        self.0.max_connections.store(count, Ordering::Relaxed);
        self
    }

    /// The most bytes of memory for messages that are not whole yet. The connection that exceeds it
    /// is closed with 1013 and ends with [`Error::Overloaded`].
    #[must_use]
    pub fn max_assembling_total(self, bytes: u64) -> Self {
        self.0.max_assembling_total.store(bytes, Ordering::Relaxed);
        self
    }

    /// The number of connections now.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.0.connections.load(Ordering::Relaxed)
    }

    /// The bytes of memory that messages that are not whole yet hold now.
    #[must_use]
    pub fn assembling(&self) -> u64 {
        self.0.assembling.load(Ordering::Relaxed)
    }
}

impl Default for Bounds {
    fn default() -> Self {
        Self::new()
    }
}

/// The share of one connection in its [`Bounds`]. Dropping it gives the share back.
#[derive(Debug)]
pub(crate) struct Claim {
    bounds: Bounds,
    assembling: u64,
}

impl Claim {
    pub(crate) fn new(bounds: &Bounds) -> Result<Self, Error> {
        let shared = &bounds.0;
        let claim = Self {
            bounds: bounds.clone(),
            assembling: 0,
        };
        // Counted first: two that come at once cannot both be the last one. The refused one is
        // counted off by its drop.
        let before = shared.connections.fetch_add(1, Ordering::Relaxed);
        if before >= shared.max_connections.load(Ordering::Relaxed) {
            return Err(Error::Overloaded);
        }
        Ok(claim)
    }

    /// Notes how much memory an unfinished message holds.
    pub(crate) fn assemble(&mut self, bytes: u64) -> Result<(), Error> {
        let shared = &self.bounds.0;
        let before = shared.assembling.fetch_add(bytes, Ordering::Relaxed);
        let total = before.wrapping_add(bytes).wrapping_sub(self.assembling);
        shared
            .assembling
            .fetch_sub(self.assembling, Ordering::Relaxed);
        let grows = bytes > self.assembling;
        self.assembling = bytes;
        if grows && total > shared.max_assembling_total.load(Ordering::Relaxed) {
            return Err(Error::Overloaded);
        }
        Ok(())
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        let shared = &self.bounds.0;
        shared.connections.fetch_sub(1, Ordering::Relaxed);
        shared
            .assembling
            .fetch_sub(self.assembling, Ordering::Relaxed);
    }
}
