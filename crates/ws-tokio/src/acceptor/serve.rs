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
    /// Returns when the [`Shutdown`](crate::Shutdown) of this acceptor begins; without one it never
    /// returns. When sockets cannot be accepted, because the process has run out of descriptors,
    /// say, it logs that and tries again.
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
        loop {
            let accepted = poll_fn(|cx| match begun.as_mut().poll(cx) {
                Poll::Ready(()) => Poll::Ready(None),
                Poll::Pending => listener.poll_accept(cx).map(Some),
            });
            match accepted.await {
                None => return,
                Some(Ok(stream)) => self.spawn(stream, handler.clone()),
                Some(Err(error)) => pause(&error).await,
            }
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

/// Returns whether an error concerns one connection only. Any other is likely to come again at
/// once.
async fn pause(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    if !matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted
    ) {
        log::error!("accepting connections failed: {error}");
        sleep(Duration::from_secs(1)).await;
    }
}
