//! A listener whose connections speak TLS.

use std::{fmt, io, net::SocketAddr, sync::Arc};

use super::{TlsAcceptor, TlsStream, context::Context};
use crate::{Listener, Transport, source::source_inside};

/// A listener that puts TLS over the connections of another: from [`TlsAcceptor::listener`].
///
/// All its connections share one ciphertext buffer of 128 KiB, so each server needs a `TlsListener`
/// of its own.
pub struct TlsListener<L> {
    listener: L,
    context: Arc<Context>,
}

impl TlsAcceptor {
    /// Puts TLS over the connections of a listener.
    #[must_use]
    pub fn listener<L: Listener>(&self, listener: L) -> TlsListener<L> {
        TlsListener {
            listener,
            context: Arc::new(Context::new(self)),
        }
    }

    /// Puts TLS over one stream, for [`Server::adopt`](crate::Server::adopt). `address` is only
    /// logged when the handshake fails.
    ///
    /// Each stream made here has a ciphertext buffer of its own, of 128 KiB, which is allocated at
    /// its first byte. Streams of one [`TlsListener`] share one.
    #[must_use]
    pub fn stream<T: Transport>(&self, io: T, address: Option<SocketAddr>) -> TlsStream<T> {
        TlsStream::new(io, address, Arc::new(Context::new(self)))
    }
}

impl<L: Listener> Listener for TlsListener<L> {
    type Transport = TlsStream<L::Transport>;

    fn accept(&mut self) -> io::Result<(Self::Transport, Option<SocketAddr>)> {
        let (io, address) = self.listener.accept()?;
        Ok((
            TlsStream::new(io, address, Arc::clone(&self.context)),
            address,
        ))
    }

    fn local_addr(&self) -> Option<SocketAddr> {
        self.listener.local_addr()
    }
}

source_inside!(TlsListener<L>, listener);

impl<L: fmt::Debug> fmt::Debug for TlsListener<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsListener")
            .field("listener", &self.listener)
            .finish_non_exhaustive()
    }
}
