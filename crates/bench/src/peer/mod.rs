//! The peers, one module each, and the traits through which all of them are driven.

pub mod tungstenite;

use std::hint::black_box;

use crate::source::Source;
use crate::stream::{Kind, Message};

/// A server's receiving side.
pub trait Decode {
    /// An open connection that reads from `source`.
    fn open(source: Source, longest_message: usize) -> Self;

    /// Receives at least `messages` messages.
    fn decode(&mut self, messages: usize, sink: &mut impl Sink);
}

/// Where messages go.
pub trait Sink {
    /// How many whole messages have come so far.
    fn count(&self) -> usize;

    /// A part of a message, which `last` ends. A peer that assembles messages gives each as one part.
    fn part(&mut self, kind: Kind, payload: &[u8], last: bool);

    /// A whole message.
    #[inline]
    fn message(&mut self, kind: Kind, payload: &[u8]) {
        self.part(kind, payload, true);
    }
}

/// Counts messages, and makes the compiler believe that their bytes are looked at.
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

/// Compares messages with those that were sent.
#[derive(Debug)]
pub struct Check<'a> {
    expected: &'a [Message],
    count: usize,
    assembled: Vec<u8>,
}

impl<'a> Check<'a> {
    /// A check against `expected`, which starts again at its end.
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
