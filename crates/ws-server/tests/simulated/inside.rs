//! A transport that keeps bytes inside, as a TLS stream with a send buffer does.

use std::{
    io::{self, Read, Write},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use ws_server::Transport;

use crate::{
    source::{later, registers},
    wire::Wire,
};

const ROOM: usize = 64 * 1024;

/// Takes everything it is given up to `ROOM`, as a TLS stream with a send buffer does, and passes
/// on what the wire takes.
pub(crate) struct Inside {
    wire: Wire,
    room: usize,
    kept: Vec<u8>,
    /// Said when the first byte is read: the server's flight of a handshake.
    pub(crate) hello: &'static [u8],
    /// Read before the stream was handed over.
    pub(crate) early: Vec<u8>,
    /// Reads that do work and give nothing yet.
    pub(crate) chores: Arc<AtomicUsize>,
    /// Said when a read fails; then every read does.
    pub(crate) alert: &'static [u8],
    /// The longest read that was asked for.
    pub(crate) longest: Arc<AtomicUsize>,
    ends: bool,
}

impl Inside {
    pub(crate) fn new(wire: Wire) -> Self {
        Self::with_room(wire, ROOM)
    }

    /// With no room it hands everything on at once.
    pub(crate) fn with_room(wire: Wire, room: usize) -> Self {
        Self {
            wire,
            room,
            kept: Vec::new(),
            hello: b"",
            early: Vec::new(),
            chores: Arc::default(),
            alert: b"",
            longest: Arc::default(),
            ends: false,
        }
    }

    /// Keeps bytes inside, as if they had been written before.
    pub(crate) fn keep(&mut self, bytes: &[u8]) {
        self.kept.extend_from_slice(bytes);
    }

    fn has_chores(&self) -> bool {
        self.chores.load(Ordering::Relaxed) > 0
    }

    fn push(&mut self) -> io::Result<()> {
        while !self.kept.is_empty() {
            match self.wire.write(&self.kept) {
                Ok(len) => drop(self.kept.drain(..len)),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        if std::mem::take(&mut self.ends) {
            self.wire.shutdown_write()?;
        }
        Ok(())
    }
}

impl Read for Inside {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.longest.fetch_max(into.len(), Ordering::Relaxed);
        if self.has_chores() {
            self.chores.fetch_sub(1, Ordering::Relaxed);
            return Err(io::ErrorKind::WouldBlock.into());
        }
        if !self.early.is_empty() {
            let len = self.early.len().min(into.len());
            into[..len].copy_from_slice(&self.early[..len]);
            self.early.drain(..len);
            return Ok(len);
        }
        let len = self.wire.read(into)?;
        if !self.alert.is_empty() {
            self.kept.extend_from_slice(std::mem::take(&mut self.alert));
            return Err(io::ErrorKind::InvalidData.into());
        }
        let hello = std::mem::take(&mut self.hello);
        if !hello.is_empty() {
            // The client's hello is used up here; ours goes out, or waits.
            self.kept.extend_from_slice(hello);
            self.push().or_else(later)?;
            return Err(io::ErrorKind::WouldBlock.into());
        }
        Ok(len)
    }
}

impl Write for Inside {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.room == 0 {
            return self.wire.write(bytes);
        }
        self.push().or_else(later)?;
        let len = bytes.len().min(self.room - self.kept.len());
        if len == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.kept.extend_from_slice(&bytes[..len]);
        self.push().or_else(later)?;
        Ok(len)
    }

    fn write_vectored(&mut self, slices: &[io::IoSlice<'_>]) -> io::Result<usize> {
        if self.room == 0 {
            return self.wire.write_vectored(slices);
        }
        let first = slices.iter().find(|slice| !slice.is_empty());
        first.map_or(Ok(0), |slice| self.write(slice))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.push()
    }
}

impl Transport for Inside {
    fn has_buffered(&self) -> bool {
        self.has_chores() || !self.early.is_empty() || self.wire.has_buffered()
    }

    fn unwritten(&self) -> usize {
        self.kept.len()
    }

    fn wants_write(&self) -> bool {
        !self.kept.is_empty() || self.ends
    }

    fn shutdown_write(&mut self) -> io::Result<()> {
        self.ends = true;
        self.push().or_else(later)
    }
}

registers!(Inside, wire);
