//! Ways to drive `ws-frame` over a stream. All must give the same events, bytes and end.

use std::io::Read as _;
use std::ops::Range;

use ws_frame::{Connection, Event as Theirs, ReadBuffer, Receiver, Sender};

use crate::cuts;
use crate::event::{Event, Limits, Role, Rule};
use crate::observe::{self, Log};
use crate::outcome::Outcome;
use crate::vectors::{End, Eof, Extension, Row};

/// Use of the connection by the driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// `Connection`, messages whole.
    Whole,
    /// `Connection`, with messages in parts, which are joined again.
    Streamed,
    /// `Receiver` and `Sender` apart, with replies carried from one to the other.
    Halves,
    /// `Connection`, with bytes appended to `assembly` where it is offered.
    Assembled,
    /// `Connection`, out of a `ReadBuffer` that is short at first.
    Buffered,
}

impl Way {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Whole,
        Self::Streamed,
        Self::Halves,
        Self::Assembled,
        Self::Buffered,
    ];
}

/// The results of the opening handshake, and the configuration.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    /// The side that reads.
    pub role: Role,
    /// The limits of the connection.
    pub limits: Limits,
    /// The agreed extension. Panics for an extension that this build of `ws-frame` lacks.
    pub extension: Extension,
}

/// The result of a stream.
#[derive(Debug)]
pub struct Driven {
    /// Events and output.
    pub log: Log,
    /// The state at the end. A failure counts as closed.
    pub end: End,
    /// The piece of the stream in which the connection failed.
    pub failed_in: Option<Range<usize>>,
    /// Meaning of the end of the stream.
    pub eof: Eof,
}

impl Driven {
    /// The rule that was broken, if one was.
    #[must_use]
    pub fn failed(&self) -> Option<Rule> {
        self.log.failed()
    }
}

/// Runs a stream, cut in this way, through a connection that may have closed first.
#[must_use]
pub fn drive(
    way: Way,
    setup: Setup,
    first_close: Option<&[u8]>,
    stream: &[u8],
    cuts: &[usize],
) -> Driven {
    let mut connection = observe::connection(setup.role, setup.limits, way == Way::Streamed);
    if setup.extension == Extension::Deflate {
        connection = with_deflate(connection);
    }
    let mut log = Log::default();
    if let Some(body) = first_close {
        observe::send_close(&mut connection, body, &mut log.output);
    }
    let mut subject = match way {
        Way::Halves => Subject::Halves(connection.into_halves(), setup.role),
        Way::Whole | Way::Streamed => Subject::Connection(connection),
        Way::Assembled => Subject::Assembling(connection),
        Way::Buffered => Subject::Buffering(connection, ReadBuffer::with_len(SHORT)),
    };
    let mut failed_in = None;
    for piece in cuts::ranges(stream.len(), cuts) {
        let from = piece.start - subject.unread_len();
        subject.receive(&stream[piece.clone()], &mut log);
        if failed_in.is_none() && log.failed().is_some() {
            failed_in = Some(from..piece.end);
        }
    }
    let unread = stream.len() - subject.unread_len()..stream.len();
    subject.receive_unread(&stream[unread.clone()], &mut log);
    if failed_in.is_none() && log.failed().is_some() {
        failed_in = Some(unread);
    }
    let end = subject.end(&log);
    let eof = subject.eof();
    Driven {
        log,
        end,
        failed_in,
        eof,
    }
}

/// Parameters with the smallest windows that a test can use. A peer may refer farther back
/// nevertheless (X17).
#[cfg(feature = "deflate")]
fn with_deflate(connection: Connection) -> Connection {
    use ws_frame::deflate::{Options, Parameters};

    let agreed = Parameters::new(false, false, 9, 9).expect("9 is between 8 and 15");
    connection.with_deflate(agreed, &Options::default())
}

#[cfg(not(feature = "deflate"))]
fn with_deflate(_: Connection) -> Connection {
    panic!("ws-frame was built without permessage-deflate")
}

/// Outcome of a row in one of the ways.
#[must_use]
pub fn of_row(row: &Row, cuts: &[usize], way: Way) -> Outcome {
    let Row {
        role,
        limits,
        extension,
        ..
    } = *row;
    let setup = Setup {
        role,
        limits,
        extension,
    };
    let driven = drive(way, setup, row.first_close.as_deref(), &row.input, cuts);
    let end = driven.failed().map_or(driven.end, End::Failed);
    let Log {
        mut events, output, ..
    } = driven.log;
    events.retain(|event| !matches!(event, Event::Failed(_)));
    Outcome {
        events,
        output,
        end,
        eof: driven.eof,
        failed_in: driven.failed_in,
    }
}

enum Subject {
    Connection(Connection),
    Assembling(Connection),
    Buffering(Connection, ReadBuffer),
    Halves((Receiver, Sender), Role),
}

/// Length of a buffer that streams of a test outgrow.
const SHORT: usize = 16;

impl Subject {
    fn receive(&mut self, piece: &[u8], log: &mut Log) {
        match self {
            Self::Connection(connection) => log.receive(connection, piece),
            Self::Assembling(connection) => {
                let rest = assemble(connection, piece);
                log.receive(connection, rest);
            }
            Self::Buffering(connection, buffer) => receive_buffered(connection, buffer, piece, log),
            Self::Halves((receiver, sender), _) => receive_by_halves(receiver, sender, piece, log),
        }
    }

    /// The number of bytes that wait in a buffer for the rest of their message.
    const fn unread_len(&self) -> usize {
        match self {
            Self::Buffering(_, buffer) => buffer.unread_len(),
            _ => 0,
        }
    }

    /// Receives what waits in a buffer as far as it has come, as the other ways do.
    fn receive_unread(&mut self, unread: &[u8], log: &mut Log) {
        if let Self::Buffering(connection, _) = self {
            log.receive(connection, unread);
        }
    }

    fn end(&self, log: &Log) -> End {
        match self {
            Self::Connection(connection)
            | Self::Assembling(connection)
            | Self::Buffering(connection, _) => observe::end(connection.phase()),
            Self::Halves((receiver, sender), role) => {
                match (receiver.is_closed(), sender.is_closed(), log.failed(), role) {
                    (false, false, _, _) => End::Open,
                    (false, true, _, _) => End::Closing,
                    (true, _, None, Role::Client) => End::ExpectEof,
                    (true, ..) => End::Closed,
                }
            }
        }
    }

    fn eof(&mut self) -> Eof {
        match self {
            Self::Connection(connection)
            | Self::Assembling(connection)
            | Self::Buffering(connection, _) => observe::eof(connection.receive_eof()),
            Self::Halves((receiver, _), _) => observe::eof(receiver.receive_eof()),
        }
    }
}

/// Appends the bytes that the current frame of the unfinished message lacks. Returns the rest of
/// the piece.
fn assemble<'a>(connection: &mut Connection, piece: &'a [u8]) -> &'a [u8] {
    let Some((message, wanted)) = connection.assembly() else {
        return piece;
    };
    let (appended, rest) = piece.split_at(wanted.min(piece.len()));
    message.extend_from_slice(appended);
    rest
}

/// Reads the piece, as far as the buffer takes it, and receives until there is no event, in turn.
fn receive_buffered(
    connection: &mut Connection,
    buffer: &mut ReadBuffer,
    mut piece: &[u8],
    log: &mut Log,
) {
    let mut output = Vec::new();
    loop {
        let len = piece.read(buffer.space()).expect("a slice gives its bytes");
        let mut unread = buffer.filled(len);
        while let Some(event) = connection.receive_from(&mut unread, &mut output) {
            log.push_checked(event, connection);
            log.output.append(&mut output);
        }
        log.output.append(&mut output);
        if piece.is_empty() {
            return;
        }
    }
}

/// The two calls that `Connection::receive` consists of, with the reply as a value between them.
fn receive_by_halves(receiver: &mut Receiver, sender: &mut Sender, piece: &[u8], log: &mut Log) {
    let mut buffer = piece.to_vec();
    let mut input = &mut buffer[..];
    while let Some(event) = receiver.receive(&mut input) {
        if let Some(reply) = event.reply() {
            assert!(matches!(
                event,
                Theirs::Ping(_) | Theirs::Close(_) | Theirs::Failed(_)
            ));
            let mut output = Vec::new();
            sender.reply(reply, &mut output);
            log.output.append(&mut output);
        }
        log.push(event);
    }
    assert!(
        input.is_empty(),
        "no event, and {} bytes are left",
        input.len()
    );
}
