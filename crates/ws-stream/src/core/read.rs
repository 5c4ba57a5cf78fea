//! From the byte stream to messages.

use std::borrow::Cow;
use std::task::{Context, Poll, ready};

use ws_frame::{CloseCode, Event};

use super::large::{LARGE, make_room};
use super::{Core, IO_UNITS, State};
use crate::{Error, Message, Transport, scratch};

/// The ready value of `poll_next`.
type Item = Option<Result<Message, Error>>;

impl<T: Transport> Core<T> {
    /// Polls for the next message. Only the receiving task may call it.
    pub(crate) fn poll_next(&mut self, cx: &Context<'_>) -> Poll<Item> {
        loop {
            match self.state {
                State::Open => {
                    if self.must_yield(cx) {
                        return Poll::Pending;
                    }
                    if let Some(item) = self.decode_unread() {
                        return Poll::Ready(Some(item));
                    }
                    if self.unread.due {
                        continue; // nothing more can be inflated in this turn
                    }
                    if let Some(item) = ready!(self.poll_input(cx)) {
                        return Poll::Ready(Some(item));
                    }
                }
                // Tasks that still answer messages from before the Close have their turn first.
                State::PeerClosed => {
                    self.state = State::Yielded;
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                State::Yielded => {
                    self.answer_close();
                    self.state = State::Ending;
                }
                State::Ending => ready!(self.poll_end(cx)),
                State::Over => return Poll::Ready(None),
            }
        }
    }

    /// Decodes input that was read before.
    #[inline]
    fn decode_unread(&mut self) -> Item {
        if !self.unread.due {
            return None;
        }
        let mut bytes = std::mem::take(&mut self.unread.bytes);
        let mut input = &mut bytes[self.unread.start..];
        let before = input.len();
        let item = self.decode(&mut input);
        let left = input.len();
        self.unread.start += before - left;
        if left > 0 {
            self.unread.bytes = bytes;
        } else if bytes.capacity() > 0 {
            scratch::put_unread(bytes);
            self.unread.start = 0;
        }
        item
    }

    /// Writes queued bytes as far as that goes without waiting, and reads once. Returns `None` if
    /// that completed no message.
    fn poll_input(&mut self, cx: &Context<'_>) -> Poll<Item> {
        let epoch = self.wakers.epoch();
        let written = self.poll_flush_all();
        match (self.poll_read(), written) {
            (Poll::Ready(Ok(item)), _) => Poll::Ready(item),
            // Messages that the peer sent before it went away come first, and the write error after
            // them.
            (Poll::Ready(Err(error)), _) | (Poll::Pending, Poll::Ready(Err(error))) => {
                self.finish();
                Poll::Ready(Some(Err(error)))
            }
            (Poll::Pending, _) => {
                self.begin_turn();
                self.wakers.reader_waits(epoch, cx.waker());
                Poll::Pending
            }
        }
    }

    /// Reads once: directly into a large message, otherwise into the buffer of the thread.
    fn poll_read(&mut self) -> Poll<Result<Item, Error>> {
        let Some(io) = &mut self.io else {
            return Poll::Ready(Err(Error::Closed));
        };
        let cx = &mut Context::from_waker(&self.waker);
        let direct = io.reads_spare();
        if direct && let Some(room) = make_room(&mut self.connection, self.large.proven) {
            let polled = io.poll_read_spare(cx, room.message, room.limit);
            let next = room.take_next();
            if polled.is_pending()
                && self.claim.is_some()
                && let Err(error) = self.count()
            {
                return Poll::Ready(Ok(Some(Err(error)))); // the memory of the message has grown
            }
            self.note_read(ready!(polled)?)?;
            return Poll::Ready(Ok(self.decode_direct(next)));
        }
        if direct
            && let Some(limit) = self.large.whole()
            && !self.connection.is_midway()
        {
            return self.poll_read_whole(limit);
        }
        let mut buffer = scratch::Input::take();
        let room = self.large.first(direct);
        let count = ready!(io.poll_read(cx, &mut buffer[..room]))?.min(room);
        self.note_read(count)?;
        self.large.proven = std::mem::take(&mut self.large.last);
        let mut input = &mut buffer[..count];
        let item = self.decode(&mut input);
        self.unread.bytes = scratch::unread(input);
        Poll::Ready(Ok(item))
    }

    /// Reads once, into memory that a large message takes over if it comes whole.
    #[inline(never)]
    fn poll_read_whole(&mut self, limit: usize) -> Poll<Result<Item, Error>> {
        let Some(io) = &mut self.io else {
            return Poll::Ready(Err(Error::Closed));
        };
        let mut bytes = scratch::take_large(limit);
        let polled = io.poll_read_spare(&mut Context::from_waker(&self.waker), &mut bytes, limit);
        if polled.is_pending() {
            scratch::put_large(bytes);
            return Poll::Pending;
        }
        self.note_read(ready!(polled)?)?;
        Poll::Ready(Ok(self.decode_whole(bytes)))
    }

    /// Decodes what was read so. What no message takes over stays where it is, if it is unread.
    fn decode_whole(&mut self, mut bytes: Vec<u8>) -> Item {
        self.large.proven = std::mem::take(&mut self.large.last);
        let (base, count) = (bytes.as_ptr().addr(), bytes.len());
        let mut input = &mut bytes[..];
        let event = self.connection.halves().0.receive(&mut input);
        if let Err(error) = self.note_received(event.is_some()) {
            return Some(Err(error));
        }
        self.charge(1);
        if let Some(Event::Binary(Cow::Borrowed(payload))) = event
            && payload.len() >= LARGE
        {
            self.unread.bytes = scratch::unread(input);
            let (start, len) = (payload.as_ptr().addr() - base, payload.len());
            self.large.last = len;
            bytes.copy_within(start..start + len, 0);
            bytes.truncate(len);
            return Some(Ok(Message::Binary(bytes)));
        }
        let start = count - input.len();
        let item = event.map(|event| self.deliver_rest(event));
        if start < count {
            (self.unread.bytes, self.unread.start) = (bytes, start);
        } else {
            scratch::put_large(bytes);
        }
        item
    }

    /// Decodes what was read directly, and the bytes that followed it.
    fn decode_direct(&mut self, next: Vec<u8>) -> Item {
        self.unread.bytes = next;
        let item = self.decode(&mut &mut [][..]);
        if item.is_some() || self.unread.bytes.is_empty() {
            return item;
        }
        self.unread.due = true;
        self.decode_unread()
    }

    fn note_read(&mut self, count: usize) -> Result<(), Error> {
        if count == 0 {
            return Err(Error::Vanished);
        }
        self.charge(IO_UNITS);
        self.received += count as u64;
        Ok(())
    }

    /// Decodes up to the next message. Returns `None` once `input` is used up.
    #[inline]
    fn decode(&mut self, input: &mut &mut [u8]) -> Item {
        let event = self.connection.halves().0.receive(input);
        if let Err(error) = self.note_received(event.is_some()) {
            return Some(Err(error));
        }
        event.map(|event| self.deliver(event))
    }

    /// Counts what was decoded, and remembers whether more is due.
    #[inline]
    fn note_received(&mut self, is_event: bool) -> Result<(), Error> {
        self.unread.due = is_event;
        #[cfg(feature = "deflate")]
        if self.flags.deflated && self.connection.awaits_inflate_budget() {
            self.unread.due = true;
            self.budget = 0;
        }
        if self.claim.is_some() {
            self.count()?;
        }
        Ok(())
    }

    /// Performs the duties of an event, and makes a message of it.
    #[inline]
    fn deliver(&mut self, event: Event<'_>) -> Result<Message, Error> {
        self.charge(1);
        match event {
            Event::Text(text) if text.len() < LONG => Ok(Message::Text(text.into_owned())),
            Event::Binary(bytes) if bytes.len() < LONG => Ok(Message::Binary(bytes.into_owned())),
            event => self.deliver_rest(event),
        }
    }

    #[inline(never)]
    fn deliver_rest(&mut self, event: Event<'_>) -> Result<Message, Error> {
        match &event {
            Event::Binary(bytes) if bytes.len() >= LARGE => self.large.last = bytes.len(),
            Event::Ping(_) if self.frame.get_auto_pong() => self.reply(&event),
            Event::Close(_) => {
                self.owed = event.reply().map(Box::new);
                self.state = State::PeerClosed;
            }
            Event::Failed(error) => {
                let error = *error;
                self.reply(&event);
                self.fail();
                return Err(Error::Protocol(error));
            }
            _ => {}
        }
        Message::of(event.into_owned()).ok_or(Error::Closed)
    }

    fn reply(&mut self, event: &Event<'_>) {
        if let Some(reply) = event.reply() {
            self.connection.halves().1.reply(reply, self.queue.tail());
            self.queue.tidy();
        }
    }

    /// Counts the memory of an unfinished message against the limit of all connections.
    #[inline(never)]
    fn count(&mut self) -> Result<(), Error> {
        let held = self
            .connection
            .partial_message()
            .map_or(0, |message| message.held);
        let Some(claim) = &mut self.claim else {
            return Ok(());
        };
        let counted = claim.assemble(held as u64);
        if counted.is_err() {
            self.start_close(CloseCode::TRY_AGAIN_LATER, "")
                .unwrap_or_default();
            self.fail();
        }
        counted
    }
}

/// From this number of bytes on, a plain copy is slow on some processors. That of
/// [`Event::into_owned`] is not.
const LONG: usize = 2048;
