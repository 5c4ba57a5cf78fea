//! The peers, one module each, and the traits through which all of them are driven.

pub mod compressed;
pub mod fastwebsockets;
pub mod nexus_web;
pub mod ours;
pub mod sockudo_ws;
pub mod soketto;
pub mod tokio_websockets;
pub mod tungstenite;
pub mod websocket_sans_io;

use std::hint::black_box;

use crate::socket::Socket;
use crate::stream::{Kind, Message};

/// End of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Masks the frames that it sends.
    Client,
    /// Does not mask.
    Server,
}

/// A server's receiving side, with every check that the peer can make.
pub trait Decode {
    /// An open connection that reads from `socket`, and that accepts messages of `longest` bytes.
    fn open(socket: Socket, longest: usize) -> Self;

    /// Receives messages until `sink` has counted at least `messages`.
    fn decode(&mut self, messages: usize, sink: &mut impl Sink);
}

/// The sending side.
pub trait Encode {
    /// The form of a message that is cheapest for this peer: if it shares payloads, sending does
    /// not copy more than needed.
    type Message;

    /// An open connection that writes to `socket`.
    fn open(role: Role, socket: Socket) -> Self;

    /// Prepares a message that can be sent any number of times.
    fn prepare(message: &Message) -> Self::Message;

    /// Sends `message` `times` times, and hands everything to the socket.
    fn encode(&mut self, message: &Self::Message, times: usize);
}

/// A server's opening handshake.
pub trait Handshake {
    /// State that is kept from one handshake to the next.
    fn new() -> Self;

    /// Reads an acceptable request from `socket`, and writes the answer that accepts it.
    fn accept(&mut self, socket: Socket);
}

/// A receiver of messages.
pub trait Sink {
    /// Number of whole messages so far.
    fn count(&self) -> usize;

    /// A part of a message; `last` marks its end. A peer that assembles messages gives each as one
    /// part.
    fn part(&mut self, kind: Kind, payload: &[u8], last: bool);

    /// A whole message.
    #[inline]
    fn message(&mut self, kind: Kind, payload: &[u8]) {
        self.part(kind, payload, true);
    }
}

/// Counts messages, and keeps the compiler from removing reads of their bytes.
#[derive(Debug, Default)]
pub struct Tally {
    count: usize,
}

impl Sink for Tally {
    #[inline]
    fn count(&self) -> usize {
        self.count
    }

    #[inline]
    fn part(&mut self, kind: Kind, payload: &[u8], last: bool) {
        black_box((kind, payload));
        self.count += usize::from(last);
    }
}

/// Compares messages with the sent ones.
#[derive(Debug)]
pub struct Check<'a> {
    expected: &'a [Message],
    count: usize,
    assembled: Vec<u8>,
}

impl<'a> Check<'a> {
    /// A check against `expected`, from the start again after its end.
    #[must_use]
    pub const fn new(expected: &'a [Message]) -> Self {
        Self {
            expected,
            count: 0,
            assembled: Vec::new(),
        }
    }
}

impl Sink for Check<'_> {
    fn count(&self) -> usize {
        self.count
    }

    fn part(&mut self, kind: Kind, payload: &[u8], last: bool) {
        self.assembled.extend_from_slice(payload);
        if last {
            let expected = &self.expected[self.count % self.expected.len()];
            assert_eq!(kind, expected.kind, "kind of message {}", self.count);
            assert!(
                self.assembled == expected.payload,
                "payload of message {}",
                self.count
            );
            self.assembled.clear();
            self.count += 1;
        }
    }
}
