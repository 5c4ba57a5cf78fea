//! Handles: control of a server from other threads.

use core::fmt;
use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU16, AtomicUsize, Ordering},
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
};

use mio::{Registry, Token, Waker};
use ws_frame::{CloseCode, Prepared};

use crate::{Config, ConnId};

/// A handle to a [`Server`](crate::Server) for other threads, from
/// [`Server::handle`](crate::Server::handle). It sends to connections, and wakes and stops the
/// server.
///
/// Each call queues a command and wakes the server, once for a burst. The server runs the commands
/// in its next turn. Commands of one thread keep their order. The queue is limited in number
/// ([`Config::max_commands`]) and bytes ([`Config::max_command_bytes`]).
///
/// A call cannot know whether the connection will still be open. The server drops a message whose
/// connection has ended, and counts it in
/// [`Stats::dropped_messages`](crate::Stats::dropped_messages).
///
/// A handle can outlive its server, and does not keep it alive.
///
/// ```
/// use ws_server::{Config, HandleError, Message, Prepared, Server};
///
/// # fn main() -> std::io::Result<()> {
/// let server = Server::bind("127.0.0.1:0", Config::new())?;
/// let handle = server.handle();
/// let news = Prepared::new(Message::Text("it rains"));
/// let sent = std::thread::spawn(move || handle.broadcast(&news));
/// assert_eq!(sent.join().ok(), Some(Ok(())));
///
/// let handle = server.handle();
/// drop(server);
/// assert_eq!(handle.publish("news", &Prepared::new(Message::Text(""))), Err(HandleError::Gone));
/// # Ok(())
/// # }
/// ```
#[doc(alias = "waker")]
#[derive(Clone)]
pub struct Handle {
    queue: SyncSender<Command>,
    shared: Arc<Shared>,
}

/// The error of a call of a [`Handle`]. Nothing was queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HandleError {
    /// The queue is full: the program sends more than the server takes, or polls it too rarely.
    Full,
    /// The message exceeds [`Config::max_command_bytes`]: it can never be queued.
    TooLong,
    /// The server has been dropped.
    Gone,
}

/// A call that a handle has queued.
pub(crate) enum Command {
    Text(ConnId, String),
    Binary(ConnId, Vec<u8>),
    Prepared(ConnId, Prepared),
    Broadcast(Prepared),
    Publish(String, Prepared),
    Count(String, SyncSender<usize>),
    Close(ConnId, CloseCode, String),
}

/// The server's end of the queue.
pub(crate) struct Commands {
    queue: Receiver<Command>,
    handle: Handle,
}

struct Shared {
    waker: Waker,
    /// The waker was used, and the server has not taken commands since.
    woken: AtomicBool,
    /// The close code to stop with, or 0 for a server that goes on.
    stop: AtomicU16,
    /// The server has been dropped.
    gone: AtomicBool,
    /// Bytes in the queue.
    bytes: AtomicUsize,
    max_bytes: usize,
    #[cfg(feature = "rustls")]
    tls: std::sync::OnceLock<crate::TlsAcceptor>,
}

#[cfg(feature = "rustls")]
impl Handle {
    /// Replaces the TLS configuration of a server made by
    /// [`Server::bind_tls`](crate::Server::bind_tls) or
    /// [`Server::with_tls_listener`](crate::Server::with_tls_listener). It takes effect at once,
    /// and open connections keep the old one.
    ///
    /// # Errors
    ///
    /// `InvalidInput` with a [`TlsConfigError`](crate::TlsConfigError) inside; `NotConnected` if
    /// the server has no TLS listener.
    pub fn set_tls_config(&self, tls: &Arc<rustls::ServerConfig>) -> io::Result<()> {
        let acceptor = self.shared.tls.get().ok_or(io::ErrorKind::NotConnected)?;
        Ok(acceptor.set_config(tls)?)
    }

    pub(crate) fn note_acceptor(&self, acceptor: &crate::TlsAcceptor) {
        drop(self.shared.tls.set(acceptor.clone()));
    }

    pub(crate) fn tls_stats(&self) -> crate::TlsStats {
        self.shared
            .tls
            .get()
            .map(crate::TlsAcceptor::stats)
            .unwrap_or_default()
    }
}

impl Handle {
    /// Sends a text message, like [`Server::send_text`](crate::Server::send_text).
    ///
    /// # Errors
    ///
    /// [`HandleError::Full`], [`HandleError::TooLong`], [`HandleError::Gone`].
    pub fn send_text(&self, id: ConnId, text: &str) -> Result<(), HandleError> {
        self.command(text.len(), || Command::Text(id, text.to_owned()))
    }

    /// Sends a binary message, like [`Server::send_binary`](crate::Server::send_binary).
    ///
    /// # Errors
    ///
    /// [`HandleError::Full`], [`HandleError::TooLong`], [`HandleError::Gone`].
    pub fn send_binary(&self, id: ConnId, payload: &[u8]) -> Result<(), HandleError> {
        self.command(payload.len(), || Command::Binary(id, payload.to_owned()))
    }

    /// Sends a message that was encoded before, like
    /// [`Server::send_prepared`](crate::Server::send_prepared).
    ///
    /// # Errors
    ///
    /// [`HandleError::Full`], [`HandleError::TooLong`], [`HandleError::Gone`].
    pub fn send_prepared(&self, id: ConnId, message: &Prepared) -> Result<(), HandleError> {
        self.command(message.payload().len(), || {
            Command::Prepared(id, message.clone())
        })
    }

    /// Sends a message to every open connection, like
    /// [`Server::broadcast`](crate::Server::broadcast).
    ///
    /// # Errors
    ///
    /// [`HandleError::Full`], [`HandleError::TooLong`], [`HandleError::Gone`].
    pub fn broadcast(&self, message: &Prepared) -> Result<(), HandleError> {
        self.command(message.payload().len(), || {
            Command::Broadcast(message.clone())
        })
    }

    /// Sends a message to every subscriber of `topic`, like
    /// [`Server::publish`](crate::Server::publish).
    ///
    /// # Errors
    ///
    /// [`HandleError::Full`], [`HandleError::TooLong`], [`HandleError::Gone`].
    pub fn publish(&self, topic: &str, message: &Prepared) -> Result<(), HandleError> {
        let bytes = topic.len().saturating_add(message.payload().len());
        self.command(bytes, || {
            Command::Publish(topic.to_owned(), message.clone())
        })
    }

    /// Asks for the number of connections that are subscribed to `topic`, like
    /// [`Server::subscribers`](crate::Server::subscribers).
    ///
    /// The server answers in its next turn. The thread that polls it must not wait for the answer.
    /// Receiving fails if the server is dropped first.
    ///
    /// # Errors
    ///
    /// [`HandleError::Full`], [`HandleError::TooLong`], [`HandleError::Gone`].
    pub fn subscribers(&self, topic: &str) -> Result<Receiver<usize>, HandleError> {
        let (answer, answers) = sync_channel(1);
        self.command(topic.len(), || Command::Count(topic.to_owned(), answer))?;
        Ok(answers)
    }

    /// Begins the closing handshake of a connection, like [`Server::close`](crate::Server::close).
    ///
    /// # Errors
    ///
    /// [`HandleError::Full`], [`HandleError::TooLong`], [`HandleError::Gone`].
    pub fn close(&self, id: ConnId, code: CloseCode, reason: &str) -> Result<(), HandleError> {
        self.command(reason.len(), || Command::Close(id, code, reason.to_owned()))
    }

    /// Stops the server, like [`Server::stop`](crate::Server::stop). It needs no room in the queue.
    pub fn stop(&self) {
        self.stop_with(CloseCode::GOING_AWAY);
    }

    /// Stops the server with this close code, like [`Server::stop_with`](crate::Server::stop_with):
    /// 1012 for a restart. It needs no room in the queue.
    pub fn stop_with(&self, code: CloseCode) {
        self.shared.stop.store(code.get(), Ordering::Release);
        self.wake();
    }

    /// Makes the server's [`poll`](crate::Server::poll) return, or the next one if none waits.
    pub fn wake(&self) {
        if self.shared.woken.swap(true, Ordering::AcqRel) {
            return;
        }
        if let Err(error) = self.shared.waker.wake() {
            self.shared.woken.store(false, Ordering::Release);
            log::warn!("the server could not be woken: {error}");
        }
    }

    fn command(&self, bytes: usize, command: impl FnOnce() -> Command) -> Result<(), HandleError> {
        let bytes = bytes.saturating_add(COMMAND_OVERHEAD);
        if bytes > self.shared.max_bytes {
            return Err(self.shared.refusal(HandleError::TooLong));
        }
        let before = self.shared.bytes.fetch_add(bytes, Ordering::AcqRel);
        if before.saturating_add(bytes) > self.shared.max_bytes {
            self.shared.bytes.fetch_sub(bytes, Ordering::AcqRel);
            return Err(self.shared.refusal(HandleError::Full));
        }
        let result = self.queue.try_send(command());
        if result.is_err() {
            self.shared.bytes.fetch_sub(bytes, Ordering::AcqRel);
        }
        result.map_err(|error| match error {
            TrySendError::Full(_) => HandleError::Full,
            TrySendError::Disconnected(_) => HandleError::Gone,
        })?;
        self.wake();
        Ok(())
    }
}

impl Commands {
    pub(crate) fn new(registry: &Registry, token: Token, config: &Config) -> io::Result<Self> {
        let (sender, queue) = sync_channel(config.max_commands);
        let shared = Arc::new(Shared {
            waker: Waker::new(registry, token)?,
            woken: AtomicBool::new(false),
            stop: AtomicU16::new(0),
            gone: AtomicBool::new(false),
            bytes: AtomicUsize::new(0),
            max_bytes: config.max_command_bytes,
            #[cfg(feature = "rustls")]
            tls: std::sync::OnceLock::new(),
        });
        Ok(Self {
            queue,
            handle: Handle {
                queue: sender,
                shared,
            },
        })
    }

    pub(crate) fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Returns whether a handle was used since the last call. From now on, the next use of a handle
    /// wakes the server again.
    pub(crate) fn listen(&self) -> bool {
        let woken = &self.handle.shared.woken;
        // In most turns none was, and a load is cheaper than a swap.
        woken.load(Ordering::Acquire) && woken.swap(false, Ordering::AcqRel)
    }

    /// Takes the close code to stop with, if a handle has stopped the server.
    pub(crate) fn take_stop(&self) -> Option<CloseCode> {
        CloseCode::new(self.handle.shared.stop.swap(0, Ordering::AcqRel))
    }

    pub(crate) fn take(&self) -> Option<Command> {
        let command = self.queue.try_recv().ok()?;
        self.handle
            .shared
            .bytes
            .fetch_sub(command.bytes() + COMMAND_OVERHEAD, Ordering::AcqRel);
        Some(command)
    }
}

impl Drop for Commands {
    fn drop(&mut self) {
        self.handle.shared.gone.store(true, Ordering::Release);
    }
}

impl Shared {
    /// The error for a command without room: `reason`, or `Gone` if the server has been dropped.
    fn refusal(&self, reason: HandleError) -> HandleError {
        if self.gone.load(Ordering::Acquire) {
            HandleError::Gone
        } else {
            reason
        }
    }
}

impl Command {
    fn bytes(&self) -> usize {
        match self {
            Self::Text(_, text) | Self::Close(_, _, text) => text.len(),
            Self::Binary(_, payload) => payload.len(),
            Self::Prepared(_, message) | Self::Broadcast(message) => message.payload().len(),
            Self::Publish(topic, message) => topic.len() + message.payload().len(),
            Self::Count(topic, _) => topic.len(),
        }
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").finish_non_exhaustive()
    }
}

impl fmt::Display for HandleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "the queue of commands for the server is full",
            Self::TooLong => "the message exceeds max_command_bytes",
            Self::Gone => "the server has been dropped",
        })
    }
}

impl core::error::Error for HandleError {}

/// Bytes that a command counts besides its message.
const COMMAND_OVERHEAD: usize = size_of::<Command>();

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use mio::{Events, Poll};

    use super::*;

    fn wakes(poll: &mut Poll) -> bool {
        let mut events = Events::with_capacity(8);
        poll.poll(&mut events, Some(Duration::ZERO))
            .expect("polling works");
        !events.is_empty()
    }

    #[test]
    fn a_burst_wakes_once_and_what_comes_after_wakes_again() {
        let mut poll = Poll::new().expect("the system can poll");
        let commands =
            Commands::new(poll.registry(), Token(0), &Config::default()).expect("it can be woken");
        let handle = commands.handle();
        let message = Prepared::new(ws_frame::Message::Text("x"));
        for _ in 0..100 {
            handle.broadcast(&message).expect("there is room");
        }
        assert!(wakes(&mut poll));
        handle.broadcast(&message).expect("there is room");
        assert!(
            !wakes(&mut poll),
            "the server has not looked yet: it need not be woken again"
        );
        assert!(commands.listen());
        assert_eq!(core::iter::from_fn(|| commands.take()).count(), 101);
        assert!(!commands.listen());
        assert!(!wakes(&mut poll));
        handle.broadcast(&message).expect("there is room");
        assert!(wakes(&mut poll));
    }

    #[test]
    fn s12_a_handle_whose_server_is_gone_says_so() {
        let poll = Poll::new().expect("the system can poll");
        let commands =
            Commands::new(poll.registry(), Token(0), &Config::default()).expect("it can be woken");
        let handle = commands.handle();
        drop((commands, poll));
        assert_eq!(
            handle.broadcast(&Prepared::new(ws_frame::Message::Text("x"))),
            Err(HandleError::Gone)
        );
        assert_eq!(handle.shared.bytes.load(Ordering::Relaxed), 0);
    }
}
