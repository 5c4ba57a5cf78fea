//! The encrypted stream as a transport.

use std::{
    io::{self, IoSlice, Read, Write},
    net::SocketAddr,
    sync::Arc,
};

use super::{End, Kept, State, TlsStream};
use crate::{
    Transport,
    tls::{pending::Pending, sink::Sink},
};

impl<T: Transport> Read for TlsStream<T> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.discards && matches!(self.state, State::Open) {
            return self.skip(into);
        }
        let mut sink = Sink::slice(into);
        self.pull(&mut sink).map(|()| sink.filled())
    }
}

impl<T: Transport> Write for TlsStream<T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_some(&[IoSlice::new(bytes)])
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.write_some(slices)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.push()
    }
}

impl<T: Transport> Transport for TlsStream<T> {
    fn has_buffered(&self) -> bool {
        let inside = self
            .kept
            .as_ref()
            .is_some_and(|kept| !kept.plain.is_empty());
        let ended = matches!(self.state, State::Closed | State::Failed(_));
        inside || self.ahead || ended || !self.drained || self.io.has_buffered()
    }

    fn unread(&self) -> usize {
        let inside = |kept: &Kept| kept.carry.capacity() + kept.plain.capacity();
        self.kept.as_deref().map_or(0, inside) + self.io.unread()
    }

    fn discard_input(&mut self) {
        self.discards = true;
        self.ahead = false;
        if let Some(kept) = &mut self.kept {
            kept.carry = Pending::default();
            kept.plain = Pending::default();
        }
        self.release();
        self.io.discard_input();
    }

    fn unwritten(&self) -> usize {
        let inside = self.kept.as_ref().map_or(0, |kept| kept.output.len());
        inside + self.io.unwritten()
    }

    fn wants_write(&self) -> bool {
        let inside = self
            .kept
            .as_ref()
            .is_some_and(|kept| !kept.output.is_empty());
        inside || self.end == End::Waits || self.io.wants_write()
    }

    fn is_secure(&self) -> bool {
        true
    }

    fn is_handshaking(&self) -> bool {
        matches!(self.state, State::Handshake(_))
    }

    fn client_addr(&self) -> Option<SocketAddr> {
        self.io.client_addr()
    }

    fn read_append_most(&self) -> usize {
        usize::MAX
    }

    fn read_append(&mut self, buffer: &mut Vec<u8>, most: usize) -> io::Result<usize> {
        let mut sink = Sink::append(buffer, most);
        self.pull(&mut sink).map(|()| sink.filled())
    }

    fn shutdown_write(&mut self) -> io::Result<()> {
        if self.end != End::Open {
            return Ok(());
        }
        if let State::Open | State::Closed = self.state {
            let context = Arc::clone(&self.context);
            let mut scratch = context.lock();
            let len = self.seal(None, &mut scratch.output, 0)?;
            self.kept().output.push(&scratch.output[..len]);
        }
        self.end = End::Waits;
        match self.push() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
            result => result,
        }
    }
}
