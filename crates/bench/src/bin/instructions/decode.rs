//! Decoding of messages: reads that are lent, and reads into a buffer.

use std::hint::black_box;
use std::io::Read as _;

use ws_bench::stream::{Fill, Stream as Frames};
use ws_frame::{Connection, ReadBuffer};

use super::{Path, frames};

pub(super) struct Decode {
    connection: Connection,
    wire: Vec<u8>,
    buf: Vec<u8>,
    /// Length of the first read, and of each that follows.
    reads: (usize, usize),
    output: Vec<u8>,
}

impl Decode {
    /// All messages in one read.
    pub(super) fn open(fill: Fill, len: usize, units: usize) -> Box<dyn Path> {
        Self::of(frames(fill, len, units), (0, usize::MAX))
    }

    /// Reads that end in the middle of each message.
    pub(super) fn open_cut(fill: Fill, len: usize, units: usize) -> Box<dyn Path> {
        let wire = frames(fill, len, units);
        let frame_len = wire.len() / units;
        Self::of(wire, (frame_len / 2, frame_len))
    }

    /// Reads of one TCP segment on Ethernet.
    pub(super) fn open_segments(fill: Fill, len: usize, units: usize) -> Box<dyn Path> {
        Self::of(frames(fill, len, units), (1460, 1460))
    }

    /// Messages in four fragments of 1 KiB.
    pub(super) fn open_fragments(fill: Fill, units: usize, read: usize) -> Box<dyn Path> {
        let stream = Frames::fragmented(fill, 4, 1 << 10);
        Self::of(stream.wire[..stream.ends[units - 1]].to_vec(), (0, read))
    }

    fn of(wire: Vec<u8>, reads: (usize, usize)) -> Box<dyn Path> {
        let connection = Connection::server(ws_frame::Config::new());
        Box::new(Self {
            connection,
            buf: wire.clone(),
            wire,
            reads,
            output: Vec::new(),
        })
    }
}

impl Path for Decode {
    fn set_up(&mut self) {
        self.buf.copy_from_slice(&self.wire);
    }

    fn run(&mut self) {
        let (first, others) = self.buf.split_at_mut(self.reads.0);
        for mut input in std::iter::once(first).chain(others.chunks_mut(self.reads.1)) {
            while let Some(event) = self.connection.receive(&mut input, &mut self.output) {
                assert!(!matches!(event, ws_frame::Event::Failed(_)));
                black_box(event);
            }
        }
    }
}

/// Reads of one TCP segment on Ethernet, into a buffer in which cut messages wait.
pub(super) struct Buffered {
    connection: Connection,
    wire: Vec<u8>,
    buffer: ReadBuffer,
    output: Vec<u8>,
}

impl Buffered {
    pub(super) fn open(fill: Fill, len: usize, units: usize) -> Box<dyn Path> {
        Box::new(Self {
            connection: Connection::server(ws_frame::Config::new()),
            wire: frames(fill, len, units),
            buffer: ReadBuffer::new(),
            output: Vec::new(),
        })
    }
}

impl Path for Buffered {
    fn run(&mut self) {
        let mut rest = &self.wire[..];
        while !rest.is_empty() {
            let space = self.buffer.space();
            let most = space.len().min(1460);
            let len = rest
                .read(&mut space[..most])
                .expect("a slice gives its bytes");
            let mut unread = self.buffer.filled(len);
            while let Some(event) = self.connection.receive_from(&mut unread, &mut self.output) {
                assert!(!matches!(event, ws_frame::Event::Failed(_)));
                black_box(event);
            }
        }
    }
}
