//! The loop that accepts sockets.

use std::future::{Future, pending, poll_fn};
use std::io;
use std::pin::pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

use super::{Acceptor, Request};
use crate::outcome::Outcome;

/// A source of sockets: a `TcpListener` or a `UnixListener` of tokio.
pub trait Listener: sealed::Sealed + Send {
    #[doc(hidden)]
    type Io: AsyncRead + AsyncWrite + Send + Unpin + 'static;
    #[doc(hidden)]
    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Self::Io>>;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for tokio::net::TcpListener {}
    #[cfg(unix)]
    impl Sealed for tokio::net::UnixListener {}
}

impl Listener for TcpListener {
    type Io = TcpStream;

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<TcpStream>> {
        Self::poll_accept(self, cx).map_ok(|(stream, _)| stream)
    }
}

#[cfg(unix)]
impl Listener for tokio::net::UnixListener {
    type Io = tokio::net::UnixStream;

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<tokio::net::UnixStream>> {
        Self::poll_accept(self, cx).map_ok(|(stream, _)| stream)
    }
}

impl Acceptor {
    /// Accepts connections from a listener, each in a task of its own: reads and checks the
    /// request, and calls the handler with it. An error that the handler returns is logged.
    ///
    /// Returns when the [`Shutdown`](crate::Shutdown) of this acceptor begins, and then answers the
    /// clients that wait to be accepted with 503; without one it never returns. When sockets cannot
    /// be accepted, because the process has run out of descriptors, say, it tries again each
    /// second, and logs when that begins and when it is over.
    ///
    /// ```no_run
    /// use tokio::net::TcpListener;
    /// use ws_tokio::{Acceptor, Error, Request};
    ///
    /// async fn greet(request: Request) -> Result<(), Error> {
    ///     let mut ws = request.upgrade().await?;
    ///     ws.send("hello").await
    /// }
    ///
    /// # async fn run() -> std::io::Result<()> {
    /// let listener = TcpListener::bind("127.0.0.1:8080").await?;
    /// Acceptor::new().serve(listener, greet).await;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn serve<F, T, E>(
        &self,
        mut listener: impl Listener,
        handler: impl Fn(Request) -> F + Clone + Send + 'static,
    ) where
        F: Future<Output = T> + Send,
        T: Outcome<E>,
    {
        let shutdown = self.shutdown.clone();
        let mut begun = pin!(async {
            match &shutdown {
                Some(shutdown) => shutdown.begun().await,
                None => pending().await,
            }
        });
        let mut trouble = Trouble::default();
        loop {
            let accepted = poll_fn(|cx| {
                if begun.as_mut().poll(cx).is_ready() {
                    return Poll::Ready(None);
                }
                let accepted = listener.poll_accept(cx);
                if accepted.is_pending() {
                    trouble.note_empty();
                }
                accepted.map(Some)
            });
            match accepted.await {
                None => break,
                Some(Ok(stream)) => {
                    trouble.is_over = true;
                    self.spawn(stream, handler.clone());
                }
                Some(Err(error)) if concerns_one_client(&error) => {
                    log::debug!("a client could not be accepted: {error}");
                }
                Some(Err(error)) => {
                    trouble.note(&error);
                    sleep(PAUSE).await;
                }
            }
        }
        // Clients that wait to be accepted get a 503; the system would reset them.
        for _ in 0..BACKLOG {
            let waiting = poll_fn(|cx| match listener.poll_accept(cx) {
                Poll::Ready(Ok(stream)) => Poll::Ready(Some(stream)),
                _ => Poll::Ready(None),
            });
            let Some(stream) = waiting.await else { return };
            self.spawn(stream, handler.clone());
        }
    }

    fn spawn<S, F, T, E>(&self, stream: S, handler: impl Fn(Request) -> F + Send + 'static)
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
        F: Future<Output = T> + Send,
        T: Outcome<E>,
    {
        let acceptor = self.clone();
        tokio::spawn(async move {
            // Boxed: state of the opening must not stay for as long as the connection.
            match Box::pin(async move { acceptor.accept(stream).await }).await {
                Ok(request) => handler(request).await.log(),
                Err(error) => log::debug!("a connection was not opened: {error}"),
            }
        });
    }
}

/// A state in which sockets cannot be accepted. The log has a line for its beginning and one for
/// its end.
#[derive(Default)]
struct Trouble {
    is_logged: bool,
    /// A socket has been accepted since.
    is_over: bool,
}

impl Trouble {
    fn note(&mut self, error: &io::Error) {
        self.is_over = false;
        if !self.is_logged {
            self.is_logged = true;
            log::error!("accepting connections failed: {error}");
        }
    }

    /// Nobody waits any more. Before that, one that was accepted is no end of the state: a process
    /// at its limit of descriptors lets one in whenever another has gone.
    fn note_empty(&mut self) {
        if self.is_logged && self.is_over {
            self.is_logged = false;
            log::info!("connections can be accepted again");
        }
    }
}

/// Returns whether an error of accept(2) concerns one client only, so that the next can be accepted
/// at once. Linux reports here what happened to a connection before it was accepted.
///
/// The list is that of `ws-server` (`accept_error.rs`), which this crate does not depend on.
fn concerns_one_client(error: &io::Error) -> bool {
    use io::ErrorKind as Kind;
    let kind = matches!(
        error.kind(),
        Kind::ConnectionAborted
            | Kind::ConnectionReset
            | Kind::Interrupted
            | Kind::PermissionDenied
            | Kind::NetworkDown
            | Kind::NetworkUnreachable
            | Kind::HostUnreachable
            | Kind::TimedOut
            | Kind::Unsupported
    );
    kind || (cfg!(target_os = "linux") && error.raw_os_error().is_some_and(has_no_kind))
}

/// Errors of Linux for which the standard library has no kind: `ENONET`, `EPROTO`, `ENOPROTOOPT`,
/// `EHOSTDOWN`.
const fn has_no_kind(number: i32) -> bool {
    matches!(number, 64 | 71 | 92 | 112)
}

/// Connections that tokio has the system hold before they are accepted.
const BACKLOG: u32 = 1024;

/// Pause of accepting after an error of the system, which is likely to come again at once.
const PAUSE: Duration = Duration::from_secs(1);

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::collections::VecDeque;

    use tokio::io::DuplexStream;

    use super::*;

    /// A listener that gives what it is told.
    struct Told(VecDeque<io::Result<DuplexStream>>);

    impl sealed::Sealed for Told {}

    impl Listener for Told {
        type Io = DuplexStream;

        fn poll_accept(&mut self, _: &mut Context<'_>) -> Poll<io::Result<DuplexStream>> {
            self.0.pop_front().map_or(Poll::Pending, Poll::Ready)
        }
    }

    async fn serve(errors: &[i32]) -> Duration {
        let (near, far) = tokio::io::duplex(1024);
        let errors = errors.iter().map(|n| Err(io::Error::from_raw_os_error(*n)));
        let told = Told(errors.chain([Ok(far)]).collect());
        let begin = tokio::time::Instant::now();
        let server = tokio::spawn(async move {
            let acceptor = Acceptor::new();
            acceptor
                .serve(told, async |request: Request| {
                    request.upgrade().await.map(drop)
                })
                .await;
        });
        crate::Connector::new()
            .connect_over("ws://h/", near)
            .await
            .expect("the stream is accepted");
        server.abort();
        begin.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn r20_errors_of_single_clients_do_not_pause_accepting() {
        let (eperm, enonet, eproto, enoprotoopt, eopnotsupp) = (1, 64, 71, 92, 95);
        let (enetdown, enetunreach, econnaborted, etimedout) = (100, 101, 103, 110);
        let (ehostdown, ehostunreach, emfile) = (112, 113, 24);
        let single = [
            [eperm, enonet, eproto, enoprotoopt, eopnotsupp, enetdown],
            [
                enetunreach,
                econnaborted,
                etimedout,
                ehostdown,
                ehostunreach,
                eperm,
            ],
        ];
        assert_eq!(serve(&single.concat()).await, Duration::ZERO);
        assert_eq!(serve(&[emfile; 3]).await, 3 * PAUSE);
    }

    #[test]
    fn r49_a_state_is_told_once() {
        let (mut trouble, error) = (Trouble::default(), io::Error::from_raw_os_error(24));
        for _ in 0..3 {
            trouble.note(&error);
            assert!(trouble.is_logged);
            trouble.note_empty();
            assert!(trouble.is_logged, "nobody was accepted");
            trouble.is_over = true;
        }
        trouble.note_empty();
        assert!(!trouble.is_logged);
    }
}
