//! From what the protocol says to what the program sees.

use std::borrow::Cow;

use ws_frame::{CloseCode, Event as Frame};

use super::Server;
use crate::{Cause, Closed, ConnId, Event, Transport, flags::Flags};

impl<T: Transport> Server<T> {
    /// What a frame is to the program.
    pub(super) fn translate<'b>(&mut self, id: ConnId, frame: Frame<'b>) -> Event<'b> {
        let message = match frame {
            Frame::Text(text) => Event::Text(text),
            Frame::Binary(bytes) => Event::Binary(bytes),
            Frame::TextPart(part) => {
                self.unended_parts += u64::from(!part.last);
                Event::TextPart(part)
            }
            Frame::BinaryPart(part) => {
                self.unended_parts += u64::from(!part.last);
                Event::BinaryPart(part)
            }
            Frame::Ping(payload) => return Event::Ping(payload),
            Frame::Pong(payload) => return Event::Pong(payload),
            other => return self.translate_end(id, other),
        };
        self.stats.messages_in += 1;
        message
    }

    fn translate_end<'b>(&mut self, id: ConnId, frame: Frame<'b>) -> Event<'b> {
        let closing = self
            .peers
            .get(id)
            .is_some_and(|peer| peer.flags.has(Flags::CLOSING));
        let cause = if closing { Cause::Local } else { Cause::Peer };
        let closed = match frame {
            Frame::Close(Some(close)) => Closed {
                cause,
                code: close.code.get(),
                reason: close.reason,
            },
            Frame::Close(None) => Closed {
                cause,
                code: CloseCode::NO_STATUS,
                reason: Cow::Borrowed(""),
            },
            Frame::Failed(error) => Closed::without_close(Cause::Protocol(error)),
            _ => Closed::without_close(Cause::Vanished),
        };
        self.leave(id, &closed);
        Event::Closed(closed)
    }
}
