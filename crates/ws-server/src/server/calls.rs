//! The calls of the program.

use core::time::Duration;
use std::{borrow::Cow, io, net::SocketAddr};

use ws_frame::{CloseCode, Message, Prepared};
use ws_handshake::{Accept, Response};

use super::Server;
use crate::{
    ConnId, ConnectionError, Delivery, Handle, SendError, Stats, StopReport, Transport,
    connection::{Connection, Frame, SHORT_ANSWER},
    eviction,
    gate::Gate,
    shutdown::{Shutdown, dismiss_requests},
};

/// Requests.
impl<T: Transport> Server<T> {
    /// Opens a connection whose [`Event::Request`](crate::Event::Request) came, in this turn or an
    /// earlier one: sends the 101. Messages can be sent at once, and what the client has sent
    /// meanwhile comes next.
    ///
    /// # Errors
    ///
    /// - [`ConnectionError::Unknown`]: the connection has ended.
    /// - [`ConnectionError::Answered`]: the request was answered before.
    /// - [`ConnectionError::NotOpen`]: it came as [`Event::Http`](crate::Event::Http).
    /// - [`ConnectionError::Field`]: a field of the answer may not be sent. The request can be
    ///   answered again.
    #[doc(alias = "upgrade")]
    pub fn accept(&mut self, id: ConnId, accept: Accept<'_>) -> Result<(), ConnectionError> {
        let connection = self
            .connections
            .get_mut(id)
            .ok_or(ConnectionError::Unknown)?;
        connection.accept(accept, &mut self.core)?;
        if let Some(lifetime) = self.core.config.timeouts.lifetime {
            let now = self.core.clock.begin();
            let is_alive = |id| self.connections.get(id).is_some();
            self.lifetimes.begin(id, now, lifetime, is_alive);
        }
        Ok(())
    }

    /// Answers a request with anything but a 101: refuses an
    /// [`Event::Request`](crate::Event::Request), or answers an
    /// [`Event::Http`](crate::Event::Http). [`Event::Closed`](crate::Event::Closed) comes next.
    ///
    /// The server closes the connection when the answer is written, or when the client has taken
    /// nothing of it for the time of [`Config::close_timeout`](crate::Config::close_timeout).
    ///
    /// # Errors
    ///
    /// - [`ConnectionError::Unknown`]: the connection has ended.
    /// - [`ConnectionError::Answered`]: the request was answered before.
    /// - [`ConnectionError::Field`]: a field of the answer may not be sent.
    /// - [`ConnectionError::TooLong`]: the body is longer than
    ///   [`Config::max_queued`](crate::Config::max_queued).
    /// - [`ConnectionError::Full`]: the answer exceeds
    ///   [`Config::max_queued_total`](crate::Config::max_queued_total) together with everything
    ///   that is queued.
    ///
    /// After the last three the request can be answered again. Nothing of a body that is too long
    /// is copied.
    #[doc(alias = "reject")]
    #[doc(alias = "refuse")]
    pub fn respond(&mut self, id: ConnId, response: &Response<'_>) -> Result<(), ConnectionError> {
        let connection = self
            .connections
            .get_mut(id)
            .ok_or(ConnectionError::Unknown)?;
        if let Some(len) = connection.check_answer(response, &self.core)? {
            eviction::relieve(
                &mut self.connections,
                &mut self.core,
                id,
                len + SHORT_ANSWER,
            );
        }
        let connection = self
            .connections
            .get_mut(id)
            .ok_or(ConnectionError::Unknown)?;
        let answered = connection.respond(response, &mut self.core);
        self.apply_effects();
        answered
    }
}

/// Messages; `send_text` and `send_binary` are beside the loop.
impl<T: Transport> Server<T> {
    /// Sends the next fragment of a text message. The first call begins the message, and the call
    /// with `last` ends it. In between, no other message can be sent on this connection.
    ///
    /// # Errors
    ///
    /// Those of [`send_text`](Self::send_text);
    /// [`MessageUnfinished`](ws_frame::SendError::MessageUnfinished) inside a binary message.
    pub fn send_text_fragment(
        &mut self,
        id: ConnId,
        text: &str,
        last: bool,
    ) -> Result<Delivery, SendError> {
        self.send(id, Frame::TextFragment(text, last))
    }

    /// Sends the next fragment of a binary message, like
    /// [`send_text_fragment`](Self::send_text_fragment).
    ///
    /// # Errors
    ///
    /// Those of [`send_text`](Self::send_text);
    /// [`MessageUnfinished`](ws_frame::SendError::MessageUnfinished) inside a text message.
    pub fn send_binary_fragment(
        &mut self,
        id: ConnId,
        payload: &[u8],
        last: bool,
    ) -> Result<Delivery, SendError> {
        self.send(id, Frame::BinaryFragment(payload, last))
    }

    /// Sends a Ping with at most 125 bytes. The server pings idle connections itself
    /// ([`Config::idle_timeout`](crate::Config::idle_timeout)).
    ///
    /// # Errors
    ///
    /// Those of [`send_text`](Self::send_text), but for unfinished messages;
    /// [`ControlTooLong`](ws_frame::SendError::ControlTooLong) for a longer payload.
    #[doc(alias = "keepalive")]
    #[doc(alias = "heartbeat")]
    pub fn send_ping(&mut self, id: ConnId, payload: &[u8]) -> Result<Delivery, SendError> {
        self.send(id, Frame::Ping(payload))
    }

    /// Sends a message that was encoded before, like [`send_text`](Self::send_text). A long one is
    /// not copied, and held once however many connections it is sent to.
    ///
    /// # Errors
    ///
    /// Those of [`send_text`](Self::send_text).
    pub fn send_prepared(&mut self, id: ConnId, message: &Prepared) -> Result<Delivery, SendError> {
        self.send(id, Frame::Prepared(message))
    }

    /// Bytes that wait for the peer of this connection; zero if the connection has ended.
    #[doc(alias = "buffered_amount")]
    #[doc(alias = "backpressure")]
    #[must_use]
    pub fn queued_bytes(&self, id: ConnId) -> usize {
        self.connections.get(id).map_or(0, Connection::waiting)
    }

    /// Takes back the memory of a message that is not needed any more. The next large message is
    /// assembled in it: fresh memory would cost twice as much.
    ///
    /// Payloads that are borrowed or short, and more than 4 MiB in all, are dropped.
    pub fn recycle(&mut self, payload: Cow<'_, [u8]>) {
        if let Cow::Owned(buffer) = payload {
            self.core.buffers.give(buffer);
        }
    }

    /// Slow path of [`send_text`](Self::send_text) and [`send_binary`](Self::send_binary).
    #[inline(never)]
    pub(super) fn send_message(
        &mut self,
        id: ConnId,
        message: Message<'_>,
    ) -> Result<Delivery, SendError> {
        self.send(id, Frame::Message(message))
    }

    fn send(&mut self, id: ConnId, frame: Frame<'_>) -> Result<Delivery, SendError> {
        let sent = eviction::send(&mut self.connections, &mut self.core, id, frame);
        self.apply_effects();
        sent
    }
}

/// One connection.
impl<T: Transport> Server<T> {
    /// Begins the closing handshake: sends a Close with this code and reason (at most 123 bytes)
    /// behind the queued messages. There is always room for it.
    ///
    /// Messages may still come until the peer has answered; then
    /// [`Event::Closed`](crate::Event::Closed) comes. It comes in any case once
    /// [`Config::close_timeout`](crate::Config::close_timeout) has passed.
    ///
    /// # Errors
    ///
    /// - [`SendError::Unknown`]: the connection has ended.
    /// - [`SendError::NotOpen`]: its request has not been answered (see
    ///   [`respond`](Self::respond)), or its Close has been sent.
    /// - [`SendError::Frame`]: the code or the reason may not be sent.
    #[doc(alias = "disconnect")]
    #[doc(alias = "shutdown")]
    pub fn close(&mut self, id: ConnId, code: CloseCode, reason: &str) -> Result<(), SendError> {
        let connection = self.connections.get_mut(id).ok_or(SendError::Unknown)?;
        connection.close(code, reason, &mut self.core)
    }

    /// Ends a connection at once, without a Close. Nothing more is written.
    /// [`Event::Closed`](crate::Event::Closed) comes next.
    ///
    /// # Errors
    ///
    /// [`ConnectionError::Unknown`]: the connection has ended.
    #[doc(alias = "terminate")]
    #[doc(alias = "kill")]
    pub fn abort(&mut self, id: ConnId) -> Result<(), ConnectionError> {
        let connection = self
            .connections
            .get_mut(id)
            .ok_or(ConnectionError::Unknown)?;
        connection.abort(&mut self.core)?;
        self.apply_effects();
        Ok(())
    }

    /// Stops reading from a connection until [`resume`](Self::resume).
    ///
    /// Nothing more comes from it, not even its end, unless the connection breaks or its
    /// [`write_timeout`](crate::Config::write_timeout) timeout passes. It is not pinged meanwhile.
    ///
    /// # Errors
    ///
    /// - [`ConnectionError::Unknown`]: the connection has ended.
    /// - [`ConnectionError::NotOpen`]: its Close has been sent.
    #[doc(alias = "backpressure")]
    pub fn pause(&mut self, id: ConnId) -> Result<(), ConnectionError> {
        let connection = self
            .connections
            .get_mut(id)
            .ok_or(ConnectionError::Unknown)?;
        connection.pause(&mut self.core)
    }

    /// Reads from a connection again.
    ///
    /// # Errors
    ///
    /// [`ConnectionError::Unknown`]: the connection has ended.
    pub fn resume(&mut self, id: ConnId) -> Result<(), ConnectionError> {
        let connection = self
            .connections
            .get_mut(id)
            .ok_or(ConnectionError::Unknown)?;
        connection.resume(&mut self.core)
    }

    /// Changes the limits of received messages for one connection, from its next message on: larger
    /// ones after a log-in, or messages in parts for an upload.
    ///
    /// The limit of bytes queued for it stays [`Config::max_queued`](crate::Config::max_queued).
    /// The server answers Pings whatever `auto_pong` says.
    ///
    /// # Errors
    ///
    /// - [`ConnectionError::Unknown`]: the connection has ended.
    /// - [`ConnectionError::NotOpen`]: its request has not been answered.
    #[doc(alias = "max_message_size")]
    pub fn set_limits(
        &mut self,
        id: ConnId,
        limits: ws_frame::Config,
    ) -> Result<(), ConnectionError> {
        let connection = self
            .connections
            .get_mut(id)
            .ok_or(ConnectionError::Unknown)?;
        connection.set_limits(limits.auto_pong(true))
    }

    /// The transport of a connection, from [`Event::Request`](crate::Event::Request) to
    /// [`Event::Closed`](crate::Event::Closed): for the server name and client certificate of a TLS
    /// stream.
    #[doc(alias = "stream")]
    #[doc(alias = "socket")]
    #[doc(alias = "get_ref")]
    #[must_use]
    pub fn transport(&self, id: ConnId) -> Option<&T> {
        self.connections.get(id)?.transport()
    }

    /// The address of a connection's peer, if it has one. Behind a proxy it is the address of the
    /// proxy, unless the connection comes from a [`ProxyListener`](crate::ProxyListener).
    #[doc(alias = "remote_addr")]
    #[doc(alias = "peer_ip")]
    #[doc(alias = "client_addr")]
    #[must_use]
    pub fn peer_addr(&self, id: ConnId) -> Option<SocketAddr> {
        self.connections.get(id)?.address()
    }

    /// Takes over a stream that is connected already, as if a listener had accepted it. Its request
    /// is read next.
    ///
    /// The stream must be non-blocking.
    ///
    /// # Errors
    ///
    /// `ConnectionRefused` at [`Config::max_connections`](crate::Config::max_connections) or
    /// [`Config::max_per_address`](crate::Config::max_per_address), or once the server was stopped;
    /// otherwise errors of the system. The stream is dropped.
    pub fn adopt(&mut self, stream: T, address: Option<SocketAddr>) -> io::Result<()> {
        self.with_room(|gate, room| gate.adopt(stream, address, room))
    }
}

/// The server as a whole.
impl<T: Transport> Server<T> {
    /// The address that clients connect to: the one given to [`bind`](Self::bind), with the port
    /// that the system chose.
    ///
    /// # Errors
    ///
    /// `NotConnected` for a server on a path, without a listener, or stopped.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.gate
            .local_addr()
            .ok_or_else(|| io::ErrorKind::NotConnected.into())
    }

    /// Counters since the server began. Reading them costs next to nothing.
    #[doc(alias = "metrics")]
    #[must_use]
    pub fn stats(&self) -> Stats {
        Stats {
            connections: self.connections.len(),
            queued_bytes: self.core.budget.total(),
            assembling_bytes: self.core.assembling.total(),
            #[cfg(feature = "rustls")]
            tls: self.commands.handle().tls_stats(),
            ..self.core.stats
        }
    }

    /// A handle for other threads: to send, to wake the server, to stop it. It can be cloned.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.commands.handle()
    }

    /// Stops the server. It accepts no connection any more, sends open ones a Close with 1001, and
    /// answers other requests with 503, those of connections that wait to be accepted too.
    ///
    /// Go on polling until [`is_stopped`](Self::is_stopped). That takes as long as the slowest
    /// peer, and at most twice the [`close_timeout`](crate::Config::close_timeout) (four times for
    /// a peer that never ceases to send).
    #[doc(alias = "shutdown")]
    pub fn stop(&mut self) {
        self.stop_with(CloseCode::GOING_AWAY, Duration::ZERO);
    }

    /// Stops the server like [`stop`](Self::stop), but closes the open connections one after the
    /// other over this time, so that their clients do not all reconnect at once.
    ///
    /// Called again, it counts from the beginning: zero closes all that are left.
    #[doc(alias = "graceful_shutdown")]
    pub fn stop_over(&mut self, over: Duration) {
        self.stop_with(CloseCode::GOING_AWAY, over);
    }

    /// Stops the server like [`stop_over`](Self::stop_over), with this close code:
    /// [`CloseCode::SERVICE_RESTART`] (1012) tells clients to come back, [`CloseCode::GOING_AWAY`]
    /// (1001) is the code of `stop`.
    ///
    /// Called again, the last code applies to the connections that are left. In place of
    /// [`CloseCode::EXTENSION_REQUIRED`] (1010), which only a client may choose, the server sends
    /// 1001.
    #[doc(alias = "graceful_shutdown")]
    pub fn stop_with(&mut self, code: CloseCode, over: Duration) {
        let code = match code {
            CloseCode::EXTENSION_REQUIRED => CloseCode::GOING_AWAY,
            code => code,
        };
        if let Some(shutdown) = &mut self.shutdown {
            shutdown.change(code, over);
        } else {
            let shutdown = Shutdown::begin(&self.connections, &mut self.core, code, over);
            self.shutdown = Some(shutdown);
            self.with_room(Gate::dismiss_waiting);
            self.gate.shut(self.poll.registry());
            dismiss_requests(&mut self.connections, &mut self.core);
        }
        self.tell_stopped();
        self.apply_effects();
    }

    /// Results for the connections that were open when the server was stopped, so far. `None`
    /// before it is stopped.
    #[must_use]
    pub const fn stop_report(&self) -> Option<StopReport> {
        self.core.stop_report
    }
}
