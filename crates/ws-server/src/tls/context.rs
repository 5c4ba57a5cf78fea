//! State that the connections of a TLS listener share.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::acceptor::TlsAcceptor;

/// State that all connections of a listener share.
pub(super) struct Context {
    pub(super) acceptor: TlsAcceptor,
    scratch: Mutex<Scratch>,
}

/// Buffers for one call. They are empty between calls.
#[derive(Default)]
pub(super) struct Scratch {
    pub(super) input: Vec<u8>,
    pub(super) plain: Vec<u8>,
    pub(super) output: Vec<u8>,
}

impl Context {
    pub(super) fn new(acceptor: &TlsAcceptor) -> Self {
        Self {
            acceptor: acceptor.clone(),
            scratch: Mutex::default(),
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Scratch> {
        // Nothing is kept in it between calls, so a poisoned lock hides nothing.
        self.scratch.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
