//! Scenarios: message, number of connections, messages in flight.

use crate::random::Random;
use crate::stream::{Fill, Message, client_frame, server_frame};

/// One kind of load.
#[derive(Debug, Clone, Copy)]
pub struct Scenario {
    /// Number of connections.
    pub connections: usize,
    /// Messages in flight of each connection.
    pub in_flight: usize,
    /// The length of a message's payload in bytes.
    pub len: usize,
    /// Payload.
    pub fill: Fill,
    /// Receivers of an answer.
    pub shape: Shape,
}

/// Receivers of the answer to a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// The sender.
    Echo,
    /// The sender, over TLS.
    SecureEcho,
    /// All connections; only one sends.
    FanOut,
}

impl Shape {
    /// Word for the command line of `echo-server`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Echo => "echo",
            Self::SecureEcho => "tls",
            Self::FanOut => "fan-out",
        }
    }

    /// The shape with this word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        [Self::Echo, Self::SecureEcho, Self::FanOut]
            .into_iter()
            .find(|shape| shape.word() == word)
    }
}

impl Scenario {
    const fn echo(connections: usize, in_flight: usize, len: usize, fill: Fill) -> Self {
        Self {
            connections,
            in_flight,
            len,
            fill,
            shape: Shape::Echo,
        }
    }

    const fn over_tls(self) -> Self {
        Self {
            shape: Shape::SecureEcho,
            ..self
        }
    }

    /// Name in the table.
    #[must_use]
    pub fn name(&self) -> String {
        let what = match self.fill {
            Fill::Binary => "",
            Fill::Ascii | Fill::Scripts => " text",
        };
        let len = crate::codec::decode::bytes(self.len);
        match self.shape {
            Shape::Echo => format!("{} × {}, {len}{what}", self.connections, self.in_flight),
            Shape::SecureEcho => {
                format!(
                    "{} × {}, {len}{what}, TLS",
                    self.connections, self.in_flight
                )
            }
            Shape::FanOut => format!("fan-out 1 → {}, {len}{what}", self.connections),
        }
    }

    /// The frame that each client sends, and the one that it receives.
    #[must_use]
    pub fn frames(&self) -> (Vec<u8>, Vec<u8>) {
        let mut random = Random::new(8);
        let message: Message = self.fill.message(&mut random, self.len);
        (client_frame(&message, random.key()), server_frame(&message))
    }
}

/// The loads of the tables.
pub const SCENARIOS: &[Scenario] = &[
    Scenario::echo(1, 1, 64, Fill::Binary),
    Scenario::echo(100, 1, 64, Fill::Binary),
    Scenario::echo(100, 16, 64, Fill::Binary),
    Scenario::echo(1000, 1, 1 << 10, Fill::Binary),
    Scenario::echo(10, 1, 64 << 10, Fill::Binary),
    Scenario::echo(4, 1, 1 << 20, Fill::Binary),
    Scenario::echo(100, 16, 256, Fill::Ascii),
    Scenario::echo(10, 1, 64, Fill::Binary),
    Scenario::echo(1_000, 1, 64, Fill::Binary),
    Scenario::echo(10_000, 1, 64, Fill::Binary),
    Scenario {
        connections: 1000,
        in_flight: 1,
        len: 64,
        fill: Fill::Binary,
        shape: Shape::FanOut,
    },
    Scenario::echo(100, 1, 64, Fill::Binary).over_tls(),
    Scenario::echo(100, 16, 64, Fill::Binary).over_tls(),
    Scenario::echo(1000, 1, 1 << 10, Fill::Binary).over_tls(),
    Scenario::echo(10, 1, 64 << 10, Fill::Binary).over_tls(),
    Scenario::echo(4, 1, 1 << 20, Fill::Binary).over_tls(),
];
