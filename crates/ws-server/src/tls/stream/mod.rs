//! One connection over TLS.

mod transport;

use core::mem;
use std::{
    fmt,
    io::{self, IoSlice},
    net::SocketAddr,
    sync::Arc,
};

use mio::net::TcpStream;
use rustls::{CommonState, pki_types::CertificateDer};

use super::{
    acceptor::take_server_name,
    context::{Context, Scratch},
    pending::Pending,
    records::Records,
    session::{Opened, PLAIN, RECORD, Session, Stop, has_record, record_len},
    sink::Sink,
    stats::Failure,
};
use crate::{Transport, source::source_inside};

/// The server's side of a TLS connection over another transport.
///
/// It owns no buffer while it is idle: ciphertext is read into a buffer that all connections of a
/// listener share, and decrypted from there into the server's. Only an unfinished record, and
/// ciphertext that the peer does not take, stay with the connection.
///
/// [`Server::transport`](crate::Server::transport) gives a reference, for the server name, the ALPN
/// protocol and the client's certificates.
pub struct TlsStream<T = TcpStream> {
    io: T,
    context: Arc<Context>,
    session: Option<Session>,
    state: State,
    kept: Option<Box<Kept>>,
    server_name: Option<Box<str>>,
    /// The source has nothing more for now, and tells when it has.
    drained: bool,
    /// The ciphertext that is kept begins with a whole record, which was not processed.
    ahead: bool,
    /// Nobody reads what still comes: it is not decrypted.
    discards: bool,
    end: End,
}

/// The state of this side's end of the stream.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Open,
    /// `close_notify` waits inside; the stream below is ended behind it.
    Waits,
    Done,
}

enum State {
    /// Holds the peer's address, for the log.
    Handshake(Option<SocketAddr>),
    Open,
    /// The peer ended its stream with `close_notify`.
    Closed,
    Failed(io::ErrorKind),
}

/// Bytes that wait in the connection. Rare, so it is one word.
#[derive(Default)]
struct Kept {
    /// Ciphertext that was not used: an unfinished record or handshake message, or records beyond a
    /// budget.
    carry: Pending,
    /// Decrypted bytes that did not fit.
    plain: Pending,
    /// Ciphertext that the peer has not taken.
    output: Pending,
}

impl<T: Transport> TlsStream<T> {
    pub(super) const fn new(io: T, address: Option<SocketAddr>, context: Arc<Context>) -> Self {
        Self {
            io,
            context,
            session: None,
            state: State::Handshake(address),
            kept: None,
            server_name: None,
            drained: true,
            ahead: false,
            discards: false,
            end: End::Open,
        }
    }

    /// The name that the client asked for (SNI), once its hello has come.
    #[must_use]
    pub fn server_name(&self) -> Option<&str> {
        self.server_name.as_deref()
    }

    /// The certificate chain of the client, its own first, if the configuration asked for one and
    /// it was accepted.
    #[must_use]
    pub fn peer_certificates(&self) -> Option<&[CertificateDer<'static>]> {
        self.common()?.peer_certificates()
    }

    /// The protocol agreed on by ALPN: `http/1.1` or none.
    #[must_use]
    pub fn alpn_protocol(&self) -> Option<&[u8]> {
        self.common()?.alpn_protocol()
    }

    /// The state that rustls keeps: protocol version, cipher suite, key exchange, and whether the
    /// session was resumed. `None` before the client's first byte.
    #[must_use]
    pub fn common(&self) -> Option<&CommonState> {
        self.session.as_ref().map(|session| &***session.inner())
    }

    /// The transport below.
    #[must_use]
    pub const fn get_ref(&self) -> &T {
        &self.io
    }

    fn kept(&mut self) -> &mut Kept {
        self.kept.get_or_insert_default()
    }

    /// Frees the memory for kept bytes if none are kept.
    fn release(&mut self) {
        let is_empty =
            |kept: &Kept| kept.carry.is_empty() && kept.plain.is_empty() && kept.output.is_empty();
        if self.kept.as_deref().is_some_and(is_empty) {
            self.kept = None;
        }
    }

    /// Reads once.
    fn pull(&mut self, sink: &mut Sink<'_>) -> io::Result<()> {
        if let Some(kept) = &mut self.kept
            && !kept.plain.is_empty()
        {
            // Readiness that is reported meanwhile is not reported again.
            self.drained = false;
            let len = kept.plain.len().min(sink.left());
            sink.put(&kept.plain.as_slice()[..len]);
            kept.plain.consume(len);
            self.release();
            return Ok(());
        }
        match self.state {
            State::Closed => return Ok(()),
            State::Failed(kind) => return Err(kind.into()),
            State::Handshake(_) | State::Open => {}
        }
        if self.ahead {
            self.drained = false;
            let mut carry = mem::take(&mut self.kept().carry);
            self.open(carry.as_mut_slice(), sink)
                .map(|used| carry.consume(used))?;
            self.keep(carry);
        } else {
            self.receive(sink)?;
        }
        match self.state {
            State::Failed(kind) if sink.filled() == 0 => Err(kind.into()),
            State::Closed => Ok(()),
            _ if sink.filled() > 0 => Ok(()),
            _ => Err(io::ErrorKind::WouldBlock.into()),
        }
    }

    /// Reads from the transport below, and processes what came.
    fn receive(&mut self, sink: &mut Sink<'_>) -> io::Result<()> {
        let context = Arc::clone(&self.context);
        let mut scratch = context.lock();
        // In front there is room for what is kept, so that only that has to be moved.
        let before = self.kept.as_ref().map_or(0, |kept| kept.carry.len());
        let room = sink
            .left()
            .clamp(RECORD, READ_MOST - before.min(CARRY_MOST));
        if scratch.input.len() < before + room {
            scratch.input.resize(before + room, 0);
        }
        let input = &mut scratch.input[..before + room];
        let len = self.receive_once(&mut input[before..])?;
        let is_short = len < room && self.io.short_read_is_last() && !self.io.has_buffered();
        let mut carry = self
            .kept
            .as_mut()
            .map(|kept| mem::take(&mut kept.carry))
            .unwrap_or_default();
        // An unfinished record is not looked at again for each of its bytes.
        if before + len < record_len(carry.as_slice()) {
            carry.push(&input[before..before + len]);
        } else {
            input[..before].copy_from_slice(carry.as_slice());
            carry = Pending::default();
            let input = &mut input[..before + len];
            let used = self.open(input, sink)?;
            if used < input.len() {
                carry.push(&input[used..]);
            }
        }
        self.keep(carry);
        // The server hears of an end together with the last bytes: it reads on after a read that
        // gave none of them.
        self.drained = is_short && sink.filled() > 0;
        Ok(())
    }

    /// Reads ciphertext that is not looked at.
    fn skip(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let len = self.receive_once(into)?;
        let is_short = len < into.len() && self.io.short_read_is_last();
        self.drained = is_short && !self.io.has_buffered();
        Ok(len)
    }

    fn receive_once(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self.io.read_bytes(into) {
            // The peer's `close_notify` was not looked at. This side may still write.
            Ok(0) if self.discards => {
                self.state = State::Closed;
                Ok(0)
            }
            Ok(0) => Err(self.cut()),
            Ok(len) => Ok(len),
            Err(error) => {
                match error.kind() {
                    io::ErrorKind::WouldBlock => self.drained = true,
                    io::ErrorKind::Interrupted => {}
                    kind => self.fail(Failure::Cut, kind, &error),
                }
                Err(error)
            }
        }
    }

    /// Keeps ciphertext that was not used.
    fn keep(&mut self, carry: Pending) {
        if !carry.is_empty() {
            if !self.ahead && carry.len() > CARRY_MOST {
                self.fail(
                    Failure::Protocol,
                    io::ErrorKind::InvalidData,
                    &"a handshake message is too long",
                );
            } else {
                self.kept().carry = carry;
            }
        }
        self.release();
    }

    /// Processes records, and says how many bytes are used up.
    fn open(&mut self, input: &mut [u8], sink: &mut Sink<'_>) -> io::Result<usize> {
        let mut session = match self.session.take() {
            Some(session) => session,
            None => self.begin(input)?,
        };
        let mut output = Vec::new();
        let Opened { used, stop } = session.open(input, RECORDS, sink, &mut output);
        if let State::Handshake(_) = self.state {
            if let Some(name) = take_server_name() {
                self.server_name = Some(name);
            }
            if !session.inner().is_handshaking() {
                self.state = State::Open;
                self.context
                    .acceptor
                    .counters()
                    .complete(session.is_resumed());
            }
        }
        self.session = Some(session);
        if !output.is_empty() {
            self.kept().output.push(&output);
        }
        let overflow = sink.take_overflow();
        if !overflow.is_empty() {
            self.kept().plain.push(&overflow);
        }
        self.ahead = false;
        match stop {
            Stop::Dry => {}
            Stop::Full => self.ahead = has_record(&input[used..]),
            Stop::Closed => self.state = State::Closed,
            Stop::Failed(error) => {
                let failure = match self.state {
                    State::Handshake(_) => Failure::of_handshake(&error),
                    _ => Failure::Broken,
                };
                self.fail(failure, io::ErrorKind::InvalidData, &error);
            }
        }
        Ok(used)
    }

    /// The first bytes of the client have come.
    fn begin(&mut self, input: &[u8]) -> io::Result<Session> {
        let kind = io::ErrorKind::InvalidData;
        if input.first() != Some(&HANDSHAKE) {
            self.fail(
                Failure::NotTls,
                kind,
                &"the first byte is not that of a TLS handshake",
            );
            return Err(kind.into());
        }
        Session::new(self.context.acceptor.config()).map_err(|error| {
            self.fail(Failure::Incompatible, kind, &error);
            kind.into()
        })
    }

    /// The stream below ended without `close_notify`.
    fn cut(&mut self) -> io::Error {
        let kind = io::ErrorKind::UnexpectedEof;
        self.fail(Failure::Cut, kind, &"the stream ended without close_notify");
        kind.into()
    }

    /// The session is over. Only a handshake, and what breaks the rules of TLS, is counted and
    /// logged.
    fn fail(&mut self, failure: Failure, kind: io::ErrorKind, reason: &dyn fmt::Display) {
        let counters = self.context.acceptor.counters();
        if let State::Handshake(address) = &self.state {
            counters.fail(failure);
            match address {
                Some(address) => log::debug!("TLS handshake with {address} failed: {reason}"),
                None => log::debug!("TLS handshake failed: {reason}"),
            }
        } else if failure != Failure::Cut {
            counters.fail(Failure::Broken);
            log::debug!("a TLS connection failed: {reason}");
        }
        self.state = State::Failed(kind);
        self.ahead = false;
        if let Some(kept) = &mut self.kept {
            kept.carry = Pending::default();
        }
    }

    /// Encrypts some of `slices` and hands it on. Gives the number of bytes that were taken.
    fn write_some(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.push()?;
        if self.end != End::Open {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let context = Arc::clone(&self.context);
        let mut scratch = context.lock();
        let Scratch { plain, output, .. } = &mut *scratch;
        let (mut taken, mut sealed) = (0, 0);
        let mut records = Records::new(slices, plain);
        while taken < WRITE_MOST
            && let Some(record) = records.next()
        {
            sealed += self.seal(Some(record), output, sealed)?;
            taken += record.len();
        }
        let written = self.hand_on(&output[..sealed])?;
        if written < sealed {
            self.kept().output.push(&output[written..sealed]);
        }
        Ok(taken)
    }

    /// Encrypts bytes, or `close_notify`, to `output` at `at`; gives the length.
    fn seal(
        &mut self,
        payload: Option<&[u8]>,
        output: &mut Vec<u8>,
        at: usize,
    ) -> io::Result<usize> {
        let (State::Open | State::Closed, Some(session)) = (&self.state, &mut self.session) else {
            return Err(io::ErrorKind::NotConnected.into());
        };
        // Whole records that wait are not decrypted for a write.
        let rest = match &mut self.kept {
            Some(kept) if !self.ahead => kept.carry.as_mut_slice(),
            _ => &mut [],
        };
        let sealed = match payload {
            Some(payload) => session.seal(rest, payload, output, at),
            None => session.seal_end(rest, output, at),
        };
        sealed.map_err(|error| {
            self.fail(Failure::Broken, io::ErrorKind::InvalidData, &error);
            io::ErrorKind::BrokenPipe.into()
        })
    }

    /// Hands ciphertext on as far as the transport below takes it.
    fn hand_on(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut written = 0;
        while written < bytes.len() {
            match self.io.write_bytes(&bytes[written..]) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(len) => written += len,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        Ok(written)
    }

    /// Hands on what waits, and then the end of the stream.
    fn push(&mut self) -> io::Result<()> {
        if let Some(mut kept) = self.kept.take() {
            let written = self.hand_on(kept.output.as_slice());
            if let Ok(written) = written
                && written > 0
            {
                kept.output.consume(written);
            }
            let waits = !kept.output.is_empty();
            self.kept = Some(kept);
            written?;
            if waits {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            self.release();
        }
        if self.io.wants_write() {
            self.io.flush()?;
        }
        if self.end == End::Waits {
            self.end = End::Done;
            self.io.shutdown_write()?;
        }
        Ok(())
    }
}

source_inside!(TlsStream<T>, io);

impl<T> Drop for TlsStream<T> {
    fn drop(&mut self) {
        if let State::Handshake(_) = self.state {
            self.context.acceptor.counters().fail(Failure::Abandoned);
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for TlsStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsStream")
            .field("io", &self.io)
            .field("server_name", &self.server_name)
            .finish_non_exhaustive()
    }
}

/// The first byte of every TLS connection: the content type of the hello's record (RFC 8446 §5.1).
const HANDSHAKE: u8 = 22;
/// Ciphertext that is handled in one read, with what was kept of the last one.
const READ_MOST: usize = 128 * 1024;
/// Plaintext encrypted for one call of the transport below: four full records.
const WRITE_MOST: usize = 4 * PLAIN;
/// Records decrypted in one read. A full read of `READ_MOST` has eight; one of one-byte records
/// would have 5,698.
const RECORDS: usize = 512;
/// The most that is kept of a handshake message that is not whole: a long chain of client
/// certificates, and one record.
const CARRY_MOST: usize = 32 * 1024;
