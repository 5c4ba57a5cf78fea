use core::fmt;

use crate::CloseCode;
use crate::header::MAX_CONTROL_LEN;

/// An answer owed to the peer, as a value: a Pong or a Close.
///
/// It can travel from the half that receives to the half that sends, on another thread or task, through any channel that holds
/// one: [`merge`](Self::merge) makes one of two.
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
        // A control payload fits: the decoder refuses longer ones.
        for (to, from) in reply.payload.iter_mut().zip(bytes) {
            *to = *from;
            reply.len += 1;
        }
        reply
    }

    /// One answer in place of two, of which `newer` came later: a Close ends all, and of two Pongs the newest will do
    /// (RFC 6455 §5.5.3).
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
