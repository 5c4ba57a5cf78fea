//! Replies that RFC 6455 demands.

use core::fmt;

use crate::CloseCode;
use crate::wire::MAX_CONTROL_LEN;

/// A reply owed to the peer: a Pong or a Close. 127 bytes, `Copy`.
///
/// It carries the duty from the half that receives to the half that sends, on another thread or
/// task. A channel of one element is enough: [`merge`](Self::merge) makes one reply of two.
///
/// ```
/// use ws_frame::{Config, Connection};
///
/// let (mut receiver, mut sender) = Connection::server(Config::new()).into_halves();
/// let mut ping = *b"\x89\x82\0\0\0\0hi";
/// let reply = receiver.receive(&mut &mut ping[..]).and_then(|event| event.reply());
/// let mut output = Vec::new();
/// sender.reply(reply.expect("a Ping demands one"), &mut output);
/// assert_eq!(output, b"\x8a\x02hi");
/// ```
#[derive(Clone, Copy)]
pub struct Reply {
    kind: Kind,
    len: u8,
    payload: [u8; MAX_CONTROL_LEN as usize],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Pong,
    Close,
}

impl Reply {
    pub(super) fn pong(payload: &[u8]) -> Self {
        Self::new(Kind::Pong, payload)
    }

    pub(super) fn close(code: Option<CloseCode>) -> Self {
        match code {
            Some(code) => Self::new(Kind::Close, &code.get().to_be_bytes()),
            None => Self::new(Kind::Close, &[]),
        }
    }

    fn new(kind: Kind, bytes: &[u8]) -> Self {
        let mut reply = Self {
            kind,
            len: 0,
            payload: [0; MAX_CONTROL_LEN as usize],
        };
        // The decoder refuses longer control payloads.
        for (to, from) in reply.payload.iter_mut().zip(bytes) {
            *to = *from;
            reply.len += 1;
        }
        reply
    }

    /// Returns one reply in place of two, of which `newer` is the later: a Close if either is one,
    /// and the newer of two Pongs (RFC 6455 §5.5.3).
    #[must_use]
    pub const fn merge(self, newer: Self) -> Self {
        match self.kind {
            Kind::Close => self,
            Kind::Pong => newer,
        }
    }

    pub(super) const fn kind(&self) -> Kind {
        self.kind
    }

    pub(super) fn payload(&self) -> &[u8] {
        &self.payload[..usize::from(self.len)]
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Reply")
            .field(&self.kind)
            .field(&self.payload())
            .finish()
    }
}

impl PartialEq for Reply {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind && self.payload() == other.payload()
    }
}

impl Eq for Reply {}
