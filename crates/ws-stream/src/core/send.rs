//! From messages to the queue.

use ws_frame::{CloseCode, Connection, Message, Prepared, Role, SendError};

use super::Core;
use crate::outgoing::{Kind, Outgoing};
use crate::queue::Queue;
use crate::{Error, Transport};

impl<T: Transport> Core<T> {
    /// Queues one message, whole or not at all.
    pub(crate) fn queue(&mut self, outgoing: Outgoing) -> Result<(), Error> {
        if self.broken.is_some() {
            return Err(self.broken_or_closed());
        }
        self.charge(1);
        let Self {
            connection, queue, ..
        } = self;
        let is_large = |len: usize| len >= LARGE && !self.flags.deflated;
        let queued = match outgoing.0 {
            Kind::Text(text) if is_large(text.len()) => {
                queue_large(connection, queue, Payload::Text(text))
            }
            Kind::Text(text) => connection.send_text(&text, queue.tail()),
            Kind::Binary(bytes) if is_large(bytes.len()) => {
                queue_large(connection, queue, Payload::Binary(bytes))
            }
            Kind::Binary(bytes) => connection.send_binary(&bytes, queue.tail()),
            Kind::Prepared(prepared) => queue_prepared(connection, queue, &prepared),
            Kind::Ping(payload) => connection.send_ping(&payload, queue.tail()),
            Kind::Pong(payload) => connection.send_pong(&payload, queue.tail()),
            Kind::TextPart(text, last) => connection.send_text_fragment(&text, last, queue.tail()),
            Kind::BinaryPart(bytes, last) => {
                connection.send_binary_fragment(&bytes, last, queue.tail())
            }
            Kind::Close(Some(code), reason) => return self.start_close(code, &reason),
            Kind::Close(None, _) => unless_closed(connection.close_without_code(queue.tail())),
        };
        self.queue.tidy();
        Ok(queued?)
    }

    /// Queues our Close, unless one has been sent.
    pub(crate) fn start_close(&mut self, code: CloseCode, reason: &str) -> Result<(), Error> {
        let closed = self.connection.close(code, reason, self.queue.tail());
        self.queue.tidy();
        Ok(unless_closed(closed)?)
    }

    /// Queues the answer to the peer's Close, if one is due and no Close has been sent.
    pub(super) fn answer_close(&mut self) {
        if let Some(reply) = self.owed.take() {
            self.connection.halves().1.reply(*reply, self.queue.tail());
            self.queue.tidy();
        }
    }
}

enum Payload {
    Text(String),
    Binary(Vec<u8>),
}

/// Queues the header, and the payload without a copy. A client masks it in place.
fn queue_large(
    connection: &mut Connection,
    queue: &mut Queue,
    payload: Payload,
) -> Result<(), SendError> {
    let (mut header, mut bytes) = match payload {
        Payload::Text(text) => (connection.header(Message::Text(&text))?, text.into_bytes()),
        Payload::Binary(bytes) => (connection.header(Message::Binary(&bytes))?, bytes),
    };
    header.mask(&mut bytes);
    connection.flush_pong(queue.tail());
    queue.tail().extend_from_slice(header.as_bytes());
    queue.push(bytes);
    Ok(())
}

fn queue_prepared(
    connection: &mut Connection,
    queue: &mut Queue,
    prepared: &Prepared,
) -> Result<(), SendError> {
    if prepared.payload().len() < LARGE || connection.halves().1.role() == Role::Client {
        return connection.send_prepared(prepared, queue.tail());
    }
    let bytes = connection.share(prepared)?;
    queue.push_shared(bytes);
    Ok(())
}

/// Ignores that the connection is closed: both sides may close at once.
fn unless_closed(closed: Result<(), SendError>) -> Result<(), SendError> {
    match closed {
        Err(SendError::Closed) => Ok(()),
        closed => closed,
    }
}

/// Longer payloads, in bytes, are written from where they are. Shorter ones are copied into one
/// buffer.
const LARGE: usize = 8 * 1024;
