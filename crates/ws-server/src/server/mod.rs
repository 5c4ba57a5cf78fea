//! The server: its loop over the connections.

mod build;
mod calls;
mod commands;
mod effects;
#[cfg(feature = "rustls")]
mod tls;
mod topics;

use core::{fmt, ops::ControlFlow, time::Duration};
use std::{borrow::Cow, io, sync::Arc};

use mio::{Events, Poll, Token, net::TcpStream};
use ws_frame::Message;

use crate::{
    Closed, ConnId, Delivery, Event, SendError, Transport,
    connection::Connection,
    core::{Core, Due, Holders},
    gate::Gate,
    handle::Commands,
    shutdown::Shutdown,
    slab::Slab,
    timeouts::Lifetimes,
    topics::Topics,
    turn::{Returns, Turn},
};

/// A WebSocket server that is driven by a loop of the program.
///
/// Each round of the loop is a turn: [`poll`](Self::poll) writes what was queued and waits, then
/// [`next`](Self::next) returns one event after the other, and between them the program may call
/// any method. See the [crate documentation](crate) for the loop.
///
/// A server that is not polled does nothing. It starts no thread.
pub struct Server<T: Transport = TcpStream> {
    connections: Slab<Connection<T>>,
    core: Core,
    poll: Poll,
    events: Events,
    /// Whether the system may know of more readiness than it reported in this turn.
    has_more_events: bool,
    gate: Gate<T>,
    topics: Topics,
    /// Connections that a message is published to. Empty between calls.
    recipients: Vec<ConnId>,
    lifetimes: Lifetimes,
    commands: Commands,
    returns: Arc<Returns>,
    shutdown: Option<Shutdown>,
}

impl<T: Transport> Server<T> {
    /// Begins a turn: writes what was queued, waits until there is work, until `timeout` has
    /// passed, or until a timeout of a connection expires, and accepts connections. `None` waits
    /// without limit.
    ///
    /// Go on with [`next`](Self::next) until it returns `None`. A turn that is dropped early loses
    /// nothing: the rest comes with the next one.
    ///
    /// The server reads into `buffer`, and the events of the turn borrow from it. It must have at
    /// least [`Config::min_buffer`](crate::Config::min_buffer) bytes; 256 KiB is a good size.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if the buffer is too short; otherwise errors of the system that concern the
    /// whole server. No peer can cause one.
    #[doc(alias = "run")]
    #[doc(alias = "event_loop")]
    #[doc(alias = "tick")]
    pub fn poll<'b>(
        &mut self,
        buffer: &'b mut [u8],
        timeout: Option<Duration>,
    ) -> io::Result<Turn<'b>> {
        if buffer.len() < self.core.config.min_buffer() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "the buffer is smaller than min_buffer",
            ));
        }
        self.core.clock.read_once();
        let is_overdue = self.core.first_due().is_some();
        if self.core.holders.is_listed {
            self.core.holders = Holders::default();
        }
        if self.returns.has_some() {
            self.take_back();
        }
        self.run_commands();
        self.flush();
        if !self.core.refused.is_empty() {
            self.tell_refused();
        }
        self.wait(timeout)?;
        self.note_readiness();
        self.run_commands();
        if self.lifetimes.next().is_some() {
            self.end_lifetimes();
        }
        self.tell_stopped();
        self.with_room(Gate::accept_waiting);
        self.apply_effects();
        if self.core.has_shrunk {
            self.shrink_lists();
        }
        Ok(Turn::new(
            buffer,
            self.core.config.read_budget,
            self.core.ready.len(),
            is_overdue,
            &self.returns,
        ))
    }

    /// Returns the next event of this turn. `None`: it has no more, and it is time for the next
    /// [`poll`](Self::poll).
    ///
    /// Events borrow from the buffer of the turn, and not from the server: the program may call any
    /// method while it holds them.
    ///
    /// A turn of another server has no events here.
    #[inline]
    pub fn next<'b>(&mut self, turn: &mut Turn<'b>) -> Option<(ConnId, Event<'b>)> {
        // Two ways to the same place: an event is many words, and is moved once.
        match self.next_message(turn) {
            Some((id, message)) => Some((id, event_of(message))),
            None => self.next_rest(turn),
        }
    }

    /// Fast path: a message in bytes that were read. `None` decides nothing. In a turn of another
    /// server it finds no connection.
    #[inline]
    fn next_message<'b>(&mut self, turn: &mut Turn<'b>) -> Option<(ConnId, Message<'b>)> {
        if !self.core.due.is_empty() {
            return None;
        }
        let lent = turn.lent.as_mut()?;
        let message = self.connections.get_mut(lent.id)?.receive_message(lent)?;
        self.core.stats.messages_in += 1;
        Some((lent.id, message))
    }

    /// Returns the next event after [`next_message`](Self::next_message) has returned `None`.
    #[inline(never)]
    fn next_rest<'b>(&mut self, turn: &mut Turn<'b>) -> Option<(ConnId, Event<'b>)> {
        if !turn.belongs_to(&self.returns) {
            return None;
        }
        loop {
            if turn.lent.is_some() && self.core.due.is_empty() {
                let event = self.receive_rest(turn);
                if event.is_some() {
                    return event;
                }
            } else if let ControlFlow::Break(event) = self.go_on(turn) {
                return event;
            }
            if let Some((id, message)) = self.next_message(turn) {
                return Some((id, event_of(message)));
            }
        }
    }

    /// Decodes anything but a whole message. Takes the lent bytes back once they are used up.
    fn receive_rest<'b>(&mut self, turn: &mut Turn<'b>) -> Option<(ConnId, Event<'b>)> {
        let lent = turn.lent.as_mut()?;
        let id = lent.id;
        let Some(connection) = self.connections.get_mut(id) else {
            turn.lent = None;
            return None;
        };
        let event = connection.receive_rest(lent, &mut self.core);
        if event.is_none() {
            connection.finish(lent, &mut self.core);
            turn.lent = None;
        }
        self.apply_effects();
        Some((id, event?))
    }

    /// Returns an event without bytes, or visits the next connection.
    fn go_on<'b>(&mut self, turn: &mut Turn<'b>) -> ControlFlow<Option<(ConnId, Event<'b>)>> {
        if let Some(event) = self.next_due() {
            return ControlFlow::Break(Some(event));
        }
        let has_gone_on = if turn.is_overdue {
            turn.is_overdue = self.expire_next(turn);
            true
        } else {
            self.visit_next(turn) || self.expire_next(turn)
        };
        self.apply_effects();
        if has_gone_on {
            return ControlFlow::Continue(());
        }
        if !self.core.refused.is_empty() {
            self.tell_refused();
        }
        ControlFlow::Break(self.next_due())
    }

    fn next_due(&mut self) -> Option<(ConnId, Event<'static>)> {
        let (id, due) = self.core.due.pop_front()?;
        Some(match due {
            Due::Writable => (id, Event::Writable),
            Due::Closed(cause) => (id, Event::Closed(Closed::without_close(cause))),
        })
    }

    /// Visits the next connection of this turn. `false`: there is none, or no room.
    fn visit_next(&mut self, turn: &mut Turn<'_>) -> bool {
        if self.core.ready.is_empty() || !turn.take_visit() {
            return false;
        }
        let index = self.core.ready.pop_front();
        if let Some(connection) = index.and_then(|index| self.connections.at_mut(index)) {
            connection.visit_queued(turn, &mut self.core);
        }
        true
    }

    /// Acts on one expired timeout, once all ready connections have been visited. `false`: there is
    /// none, or no room.
    fn expire_next(&mut self, turn: &mut Turn<'_>) -> bool {
        if turn.is_full() {
            return false;
        }
        self.core.clock.read_once();
        let Some(index) = self.core.first_due() else {
            return false;
        };
        let Some(connection) = self.connections.at_mut(index) else {
            self.core.forget_timeouts(index);
            return true;
        };
        // A ping too many does no harm: it is not worth a read that finds nothing.
        if self.has_more_events || !self.core.is_idle_alone(index) {
            connection.assume_ready();
        }
        if turn.is_out_of_handshakes() && connection.is_handshaking() {
            // It is read in a later turn, before its timeout is checked.
            return false;
        }
        connection.visit(turn, &mut self.core);
        if turn.is_full() {
            return false;
        }
        match &mut turn.lent {
            // The timeout is checked once the bytes that arrived are used.
            Some(lent) => lent.is_overdue = true,
            None => connection.expire(&mut self.core),
        }
        true
    }

    /// Sends a text message.
    ///
    /// It is queued. The next [`poll`](Self::poll) writes it together with everything else for this
    /// connection; often it is written earlier. After an error nothing was queued.
    ///
    /// # Errors
    ///
    /// - [`SendError::Unknown`]: the connection has ended.
    /// - [`SendError::NotOpen`]: its request has not been answered, or its Close has been sent.
    /// - [`SendError::Full`], [`SendError::TooLong`]: a limit of queued bytes.
    /// - [`SendError::Frame`]: a message in fragments is unfinished.
    #[doc(alias = "send")]
    #[doc(alias = "write")]
    #[inline]
    pub fn send_text(&mut self, id: ConnId, text: &str) -> Result<Delivery, SendError> {
        if let Some(connection) = self.connections.get_mut(id)
            && connection.append(Message::Text(text), &mut self.core)
        {
            return Ok(Delivery::Queued);
        }
        self.send_message(id, Message::Text(text))
    }

    /// Sends a binary message, like [`send_text`](Self::send_text).
    ///
    /// # Errors
    ///
    /// Those of [`send_text`](Self::send_text).
    #[doc(alias = "send")]
    #[doc(alias = "write")]
    #[inline]
    pub fn send_binary(&mut self, id: ConnId, payload: &[u8]) -> Result<Delivery, SendError> {
        if let Some(connection) = self.connections.get_mut(id)
            && connection.append(Message::Binary(payload), &mut self.core)
        {
            return Ok(Delivery::Queued);
        }
        self.send_message(id, Message::Binary(payload))
    }

    /// Writes the queued bytes now instead of when the next [`poll`](Self::poll) begins. Call it
    /// before the program does something else for long.
    pub fn flush(&mut self) {
        let marked = self.core.dirty.len();
        if marked == 0 {
            return;
        }
        for at in 0..marked {
            let index = self.core.dirty.get(at).copied();
            if let Some(connection) = index.and_then(|index| self.connections.at_mut(index)) {
                connection.flush_marked(&mut self.core);
            }
        }
        // Connections with more than a budget were marked again: they come first.
        if self.core.dirty.len() == marked {
            self.core.dirty.clear();
        } else {
            self.core.dirty.drain(..marked);
        }
        self.apply_effects();
    }

    fn wait(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        let timeout = if self.has_work() {
            Some(Duration::ZERO)
        } else {
            self.until_next(timeout)
        };
        self.core.clock.set_stale();
        match self.poll.poll(&mut self.events, timeout) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
            result => result,
        }
    }

    /// Whether something can be done without waiting.
    fn has_work(&self) -> bool {
        let core = &self.core;
        let has_queued = !core.ready.is_empty() || !core.dirty.is_empty() || !core.due.is_empty();
        // A server that stopped in this very call does not wait.
        has_queued || self.gate.has_work() || self.is_stopped()
    }

    fn until_next(&mut self, timeout: Option<Duration>) -> Option<Duration> {
        self.core.clock.read();
        let now = self.core.clock.now();
        let moments = [
            self.core.next_timeout(),
            self.gate.resumes_at(),
            self.lifetimes.next(),
            self.shutdown.as_ref().and_then(Shutdown::next),
        ];
        let waits = moments.into_iter().flatten().map(|at| now.until(at));
        waits.chain(timeout).min()
    }

    /// Records everything that the system reported before any connection comes or goes: so no
    /// report meets the wrong one.
    fn note_readiness(&mut self) {
        let mut reported = 0;
        for event in &self.events {
            reported += 1;
            match event.token() {
                LISTENER => self.gate.note_ready(),
                WAKER => {}
                Token(index) => {
                    let index = u32::try_from(index).ok();
                    if let Some(connection) = index.and_then(|index| self.connections.at_mut(index))
                    {
                        connection.note_readiness(event, &mut self.core);
                    }
                }
            }
        }
        self.has_more_events = reported == self.events.capacity();
    }

    /// Whether the server was stopped, no connection is left, and every
    /// [`Event::Closed`](crate::Event::Closed) was returned.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.shutdown.is_some() && self.connections.is_empty() && self.core.due.is_empty()
    }
}

impl<T: Transport> fmt::Debug for Server<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("local_addr", &self.gate.local_addr())
            .field("connections", &self.connections.len())
            .field("stopping", &self.shutdown.is_some())
            .finish_non_exhaustive()
    }
}

#[inline]
const fn event_of(message: Message<'_>) -> Event<'_> {
    match message {
        Message::Text(text) => Event::Text(Cow::Borrowed(text)),
        Message::Binary(payload) => Event::Binary(Cow::Borrowed(payload)),
    }
}

/// The token of the handles' waker.
const WAKER: Token = Token(usize::MAX);
/// The token of the listener. Connections have their indices as tokens.
const LISTENER: Token = Token(usize::MAX - 1);
