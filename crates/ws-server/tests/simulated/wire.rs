//! A stream that does as it is told.

use std::{
    collections::VecDeque,
    io::{self, Read, Write},
    os::unix::net::UnixStream as Ringer,
    sync::{Arc, Mutex, MutexGuard},
};

use mio::{Interest, Registry, Token, event::Source, net::UnixStream};
use ws_server::{Transport, mio};

/// The server's end.
pub(crate) struct Wire {
    line: Arc<Mutex<Line>>,
    /// Watched in the line's place: whoever changes the line rings.
    bell: UnixStream,
}

/// The client's end.
#[derive(Clone)]
pub(crate) struct Far(Arc<Mutex<Line>>);

#[expect(
    clippy::struct_excessive_bools,
    reason = "what a script may break, one by one"
)]
struct Line {
    to_server: VecDeque<u8>,
    /// The end that follows the last byte.
    end: Option<End>,
    to_client: Vec<u8>,
    /// Bytes that the client's system still takes.
    room: usize,
    broken: Option<io::ErrorKind>,
    shut: bool,
    no_shutdown: bool,
    no_register: bool,
    gone: bool,
    like_a_socket: bool,
    /// The most bytes that each call moves, in turn; 0 blocks once and rings, `INTERRUPT`
    /// interrupts. At its end it begins again.
    steps: Vec<usize>,
    step: usize,
    reads: usize,
    writes: usize,
    ringer: Ringer,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Eof,
    Reset,
}

pub(crate) const INTERRUPT: usize = usize::MAX;
pub(crate) const ALL: usize = usize::MAX - 1;

impl Wire {
    /// Both ends of a line that moves as much as `steps` say.
    pub(crate) fn new(steps: Vec<usize>) -> (Self, Far) {
        let (bell, ringer) = Ringer::pair().expect("the system has sockets");
        bell.set_nonblocking(true).expect("a socket can be made so");
        ringer
            .set_nonblocking(true)
            .expect("a socket can be made so");
        let line = Arc::new(Mutex::new(Line {
            to_server: VecDeque::new(),
            end: None,
            to_client: Vec::new(),
            room: usize::MAX,
            broken: None,
            shut: false,
            no_shutdown: false,
            no_register: false,
            gone: false,
            like_a_socket: false,
            steps,
            step: 0,
            reads: 0,
            writes: 0,
            ringer,
        }));
        (
            Self {
                line: Arc::clone(&line),
                bell: UnixStream::from_std(bell),
            },
            Far(line),
        )
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().expect("no holder panics")
    }
}

impl Far {
    pub(crate) fn send(&self, bytes: &[u8]) {
        let mut line = self.line();
        line.to_server.extend(bytes);
        line.ring();
    }

    pub(crate) fn end(&self, end: End) {
        let mut line = self.line();
        line.end = Some(end);
        if end == End::Reset {
            line.broken = Some(io::ErrorKind::ConnectionReset);
        }
        line.ring();
    }

    /// Writing fails from now on; what was sent before can still be read.
    pub(crate) fn break_writes(&self) {
        let mut line = self.line();
        line.broken = Some(io::ErrorKind::BrokenPipe);
        line.room = 0;
        line.ring();
    }

    /// The system cannot watch it.
    pub(crate) fn break_register(&self) {
        self.line().no_register = true;
    }

    /// Only readiness tells of bytes, as for a socket.
    pub(crate) fn be_like_a_socket(&self) {
        self.line().like_a_socket = true;
    }

    /// The connection was reset: shutting it down fails.
    pub(crate) fn break_shutdown(&self) {
        self.line().no_shutdown = true;
    }

    /// The client's system takes this many bytes more.
    pub(crate) fn set_room(&self, room: usize) {
        let mut line = self.line();
        line.room = room;
        line.ring();
    }

    pub(crate) fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.line().to_client)
    }

    pub(crate) fn take_len(&self) -> usize {
        self.line().to_client.len()
    }

    pub(crate) fn is_shut(&self) -> bool {
        self.line().shut
    }

    /// Whether the server has dropped its end.
    pub(crate) fn is_gone(&self) -> bool {
        self.line().gone
    }

    /// Bytes that the server has not read.
    pub(crate) fn unread(&self) -> usize {
        self.line().to_server.len()
    }

    pub(crate) fn reads(&self) -> usize {
        self.line().reads
    }

    pub(crate) fn writes(&self) -> usize {
        self.line().writes
    }

    /// Readiness that nothing stands behind.
    pub(crate) fn ring(&self) {
        self.line().ring();
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.0.lock().expect("no holder panics")
    }
}

impl Line {
    fn ring(&mut self) {
        // A bell that is full of rings rings already.
        drop(self.ringer.write(&[0]));
    }

    fn next_step(&mut self) -> usize {
        let step = self.steps[self.step % self.steps.len()];
        self.step += 1;
        step
    }

    /// The most bytes that this call moves.
    fn limit(&mut self) -> io::Result<usize> {
        match self.next_step() {
            INTERRUPT => Err(io::ErrorKind::Interrupted.into()),
            0 => {
                self.ring();
                Err(io::ErrorKind::WouldBlock.into())
            }
            limit => Ok(limit),
        }
    }
}

impl Read for Wire {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        drop(self.bell.read(&mut [0; 64]));
        let mut line = self.line();
        line.reads += 1;
        if line.to_server.is_empty() {
            return match line.end {
                Some(End::Eof) => Ok(0),
                Some(End::Reset) => Err(io::ErrorKind::ConnectionReset.into()),
                None => Err(io::ErrorKind::WouldBlock.into()),
            };
        }
        let len = line.limit()?.min(into.len()).min(line.to_server.len());
        for (to, from) in into.iter_mut().zip(line.to_server.drain(..len)) {
            *to = from;
        }
        if line.like_a_socket && (!line.to_server.is_empty() || line.end.is_some()) {
            // The rest arrives now.
            line.ring();
        }
        Ok(len)
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_vectored(&[io::IoSlice::new(bytes)])
    }

    fn write_vectored(&mut self, slices: &[io::IoSlice<'_>]) -> io::Result<usize> {
        let mut line = self.line();
        line.writes += 1;
        assert!(!line.shut, "nothing is written behind the end");
        if let Some(broken) = line.broken {
            return Err(broken.into());
        }
        if line.room == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let limit = match line.limit() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                // A bell that nobody reads fills up, and rings no more.
                drop((&self.bell).read(&mut [0; 4096]));
                line.ring();
                return Err(error);
            }
            limit => limit?.min(line.room),
        };
        let mut written = 0;
        for slice in slices {
            let len = slice.len().min(limit - written);
            line.to_client.extend_from_slice(&slice[..len]);
            written += len;
        }
        line.room -= written;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Transport for Wire {
    fn has_buffered(&self) -> bool {
        let line = self.line();
        !line.like_a_socket && (!line.to_server.is_empty() || line.end.is_some())
    }

    /// Like that of a socket, whose room need not be filled first.
    fn read_append_most(&self) -> usize {
        usize::MAX
    }

    fn shutdown_write(&mut self) -> io::Result<()> {
        if self.line().no_shutdown {
            return Err(io::ErrorKind::NotConnected.into());
        }
        self.line().shut = true;
        Ok(())
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.line().gone = true;
    }
}

impl Source for Wire {
    fn register(
        &mut self,
        registry: &Registry,
        token: Token,
        interests: Interest,
    ) -> io::Result<()> {
        if self.line().no_register {
            return Err(io::ErrorKind::OutOfMemory.into());
        }
        self.bell.register(registry, token, interests)
    }

    fn reregister(
        &mut self,
        registry: &Registry,
        token: Token,
        interests: Interest,
    ) -> io::Result<()> {
        self.bell.reregister(registry, token, interests)
    }

    fn deregister(&mut self, registry: &Registry) -> io::Result<()> {
        self.bell.deregister(registry)
    }
}
