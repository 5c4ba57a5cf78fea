//! The bytes that a client expects, and the progress of one connection in them.

use std::io;

/// All that a connection may receive.
#[derive(Debug)]
pub(super) struct Expected {
    head: Vec<u8>,
    /// One frame for each message, in the order in which they are published.
    messages: Vec<Vec<u8>>,
}

/// Progress of a connection. It holds no bytes: a byte that differs from the expected one is an
/// error.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    unit: Unit,
    /// Received bytes of the current unit.
    at: u8,
    /// Number of received messages.
    pub(super) messages: u8,
    /// Number of received pings. It stops at the highest value.
    pub(super) pings: u8,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Unit {
    /// The answer to the handshake.
    #[default]
    Head,
    /// Between two frames.
    Nothing,
    Ping,
    Message,
}

/// Units that some bytes completed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Came {
    /// The answer to the handshake.
    pub(super) head: bool,
    pub(super) pings: u32,
    /// The number of the last message, from 1 on.
    pub(super) message: Option<usize>,
}

impl Expected {
    /// `head` is the answer to a handshake.
    pub(super) fn new(head: Vec<u8>) -> io::Result<Self> {
        if head.len() > usize::from(u8::MAX) {
            return Err(io::Error::other("the answer to a handshake is long"));
        }
        let messages = (1..=MESSAGES).map(|number| frame(&message(number)));
        Ok(Self {
            head,
            messages: messages.collect(),
        })
    }

    fn unit(&self, inbox: &Inbox) -> io::Result<&[u8]> {
        match inbox.unit {
            Unit::Head => Ok(&self.head),
            Unit::Ping => Ok(&PING),
            Unit::Message => match self.messages.get(usize::from(inbox.messages)) {
                Some(message) => Ok(message),
                None => Err(io::Error::other("a message too many")),
            },
            Unit::Nothing => Err(io::Error::other("neither a ping nor a message")),
        }
    }
}

impl Inbox {
    /// Compares received bytes with the expected ones.
    ///
    /// # Errors
    ///
    /// If they differ, also for a message that was published twice.
    pub(super) fn take(&mut self, mut bytes: &[u8], expected: &Expected) -> io::Result<Came> {
        let mut came = Came::default();
        while let Some(first) = bytes.first() {
            if self.unit == Unit::Nothing {
                self.unit = match first {
                    0x89 => Unit::Ping,
                    0x81 => Unit::Message,
                    _ => Unit::Nothing,
                };
            }
            let unit = expected.unit(self)?;
            let rest = &unit[usize::from(self.at)..];
            let len = rest.len().min(bytes.len());
            if rest[..len] != bytes[..len] {
                return Err(io::Error::other(format!(
                    "{:?} instead of {:?}",
                    bytes[..len].escape_ascii().to_string(),
                    rest[..len].escape_ascii().to_string()
                )));
            }
            bytes = &bytes[len..];
            if len < rest.len() {
                self.at += u8::try_from(len).expect("less than a unit's length");
            } else {
                self.complete(&mut came);
            }
        }
        Ok(came)
    }

    fn complete(&mut self, came: &mut Came) {
        match self.unit {
            Unit::Head => came.head = true,
            Unit::Ping => {
                came.pings += 1;
                self.pings = self.pings.saturating_add(1);
            }
            Unit::Message => {
                self.messages += 1;
                came.message = Some(self.messages.into());
            }
            Unit::Nothing => {}
        }
        (self.unit, self.at) = (Unit::Nothing, 0);
    }
}

/// The text of a message.
pub(super) fn message(number: u8) -> String {
    format!("message {number:03} to every connection, which gets it exactly once")
}

/// A server's frame of a short text.
fn frame(text: &str) -> Vec<u8> {
    let len = u8::try_from(text.len()).expect("a short text");
    assert!(len < 126, "its length is in the second byte");
    [&[0x81, len], text.as_bytes()].concat()
}

/// Messages of a measurement.
pub(super) const MESSAGES: u8 = 3;

/// A server's ping without a payload.
pub(super) const PING: [u8; 2] = [0x89, 0];

/// The client's answer to it. There is nothing for the masking key to mask.
pub(super) const PONG: [u8; 6] = [0x8a, 0x80, 0x37, 0xfa, 0x21, 0x3d];

#[cfg(test)]
mod tests {
    use super::*;

    fn expected() -> Expected {
        Expected::new(b"HTTP/1.1 101 \r\n\r\n".to_vec()).expect("it is short")
    }

    fn stream() -> Vec<u8> {
        let frames = (1..=MESSAGES).map(|number| frame(&message(number)));
        let mut stream = expected().head;
        for frame in frames {
            stream.extend_from_slice(&PING);
            stream.extend_from_slice(&frame);
        }
        stream
    }

    #[test]
    fn any_cut_gives_the_same() {
        let stream = stream();
        for cut in 0..=stream.len() {
            let mut inbox = Inbox::default();
            let (first, second) = stream.split_at(cut);
            let first = inbox.take(first, &expected()).expect("it is in order");
            let second = inbox.take(second, &expected()).expect("it is in order");
            assert_eq!(first.pings + second.pings, 3, "cut at {cut}");
            assert!(first.head != second.head);
            assert_eq!((inbox.messages, inbox.pings), (3, 3));
            assert_eq!((inbox.unit, inbox.at), (Unit::Nothing, 0));
        }
    }

    #[test]
    fn any_other_byte_is_an_error() {
        let stream = stream();
        for at in 0..stream.len() {
            let mut wrong = stream.clone();
            wrong[at] ^= 4;
            let taken = Inbox::default().take(&wrong, &expected());
            assert!(taken.is_err(), "a wrong byte at {at}");
        }
    }

    #[test]
    fn a_message_twice_and_one_too_many_are_errors() {
        let stream = stream();
        let twice = [&expected().head[..], &frame(&message(1)).repeat(2)].concat();
        assert!(Inbox::default().take(&twice, &expected()).is_err());
        let too_many = [&stream[..], &frame(&message(MESSAGES + 1))].concat();
        assert!(Inbox::default().take(&too_many, &expected()).is_err());
    }
}
