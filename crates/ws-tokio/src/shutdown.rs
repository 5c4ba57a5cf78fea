//! The graceful end of many connections.

use std::collections::HashMap;
use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::Duration;

use atomic_waker::AtomicWaker;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout};
use ws_stream::CloseCode;

/// Closes many connections gracefully: a handle that connections join.
///
/// A clone is the same handle. Connections join by
/// [`Acceptor::shutdown`](crate::Acceptor::shutdown),
/// [`Connector::shutdown`](crate::Connector::shutdown), or the method of that name of an HTTP
/// upgrade. After [`close`](Self::close), each sends a Close at its own moment, and the loop over
/// its messages ends with `None` as soon as the peer has answered. An acceptor refuses further
/// requests with 503.
///
/// ```
/// use std::time::Duration;
/// use ws_tokio::{Acceptor, CloseCode, Shutdown};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let shutdown = Shutdown::new();
/// let acceptor = Acceptor::new().shutdown(&shutdown);
/// // … the server runs, until:
/// let report = shutdown
///     .close(CloseCode::SERVICE_RESTART, "new version")
///     .over(Duration::from_secs(5)) // so that the clients do not all come back at once
///     .within(Duration::from_secs(20))
///     .await;
/// println!("{} closed, {} aborted", report.closed, report.aborted);
/// # }
/// ```
#[derive(Clone, Default)]
pub struct Shutdown(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    /// Set once `State::closing` is set.
    begun: AtomicBool,
    aborted: AtomicBool,
    changed: Notify,
}

#[derive(Default)]
struct State {
    closing: Option<Arc<Closing>>,
    members: HashMap<u64, Arc<AtomicWaker>>,
    joined: u64,
}

/// Terms of the closing.
#[derive(Debug)]
pub(crate) struct Closing {
    pub(crate) code: CloseCode,
    pub(crate) reason: String,
    begin: Instant,
    spread: Duration,
}

impl Shutdown {
    /// A handle that no connection has joined.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The number of open connections that have joined.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.state().members.len()
    }

    /// Returns whether [`close`](Self::close) has been awaited.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.0.begun.load(Ordering::Acquire)
    }

    /// Waits until [`close`](Self::close) is awaited, for loops that accept connections.
    pub async fn begun(&self) {
        loop {
            let changed = self.0.changed.notified();
            if self.has_begun() {
                return;
            }
            changed.await;
        }
    }

    /// Closes all connections with this code: 1001 (`GOING_AWAY`) for a server that stops, 1012
    /// (`SERVICE_RESTART`) for one that comes back. Await what it returns.
    ///
    /// A reason of more than 123 bytes is cut. In place of 1010 (`EXTENSION_REQUIRED`), which only
    /// a client may choose, a server sends 1001.
    pub fn close(&self, code: CloseCode, reason: &str) -> CloseAll {
        CloseAll {
            shutdown: self.clone(),
            code,
            reason: cut(reason).to_owned(),
            spread: Duration::ZERO,
            patience: Duration::from_secs(30),
        }
    }

    pub(crate) fn join(&self) -> Member {
        let waker = Arc::new(AtomicWaker::new());
        let mut state = self.state();
        state.joined += 1;
        let id = state.joined;
        state.members.insert(id, Arc::clone(&waker));
        drop(state);
        Member {
            shutdown: self.clone(),
            id,
            waker,
            plan: None,
            closed: false,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until no connection is left.
    async fn emptied(&self) {
        loop {
            let changed = self.0.changed.notified();
            if self.connections() == 0 {
                return;
            }
            changed.await;
        }
    }

    fn wake_all(&self) {
        let wakers: Vec<_> = self.state().members.values().cloned().collect();
        for waker in &wakers {
            waker.wake();
        }
        self.0.changed.notify_waiters();
    }
}

/// The start of a reason that fits into a Close frame.
fn cut(reason: &str) -> &str {
    let end = (0..=reason.len().min(MAX_REASON))
        .rev()
        .find(|at| reason.is_char_boundary(*at));
    &reason[..end.unwrap_or(0)]
}

/// RFC 6455 §5.5, less the code.
const MAX_REASON: usize = 123;

impl fmt::Debug for Shutdown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shutdown")
            .field("connections", &self.connections())
            .field("has_begun", &self.has_begun())
            .finish()
    }
}

/// The closing of many connections, which begins when this is awaited.
#[derive(Debug)]
#[must_use = "closing begins when this is awaited"]
pub struct CloseAll {
    shutdown: Shutdown,
    code: CloseCode,
    reason: String,
    spread: Duration,
    patience: Duration,
}

impl CloseAll {
    /// Spreads the Close frames at random over this time, 0 by default. Clients that reconnect at
    /// once then do not all come at the same moment.
    pub fn over(mut self, spread: Duration) -> Self {
        self.spread = spread;
        self
    }

    /// Aborts connections that are still open after this time, 30 s by default.
    pub fn within(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    async fn run(self) -> ShutdownReport {
        let Self {
            shutdown,
            code,
            reason,
            spread,
            patience,
        } = self;
        let joined = {
            let mut state = shutdown.state();
            state.closing.get_or_insert_with(|| {
                Arc::new(Closing {
                    code,
                    reason,
                    begin: Instant::now(),
                    spread,
                })
            });
            shutdown.0.begun.store(true, Ordering::Release);
            state.members.len()
        };
        shutdown.wake_all();
        if timeout(patience, shutdown.emptied()).await.is_ok() {
            return ShutdownReport {
                closed: joined,
                aborted: 0,
            };
        }
        let aborted = shutdown.connections();
        shutdown.0.aborted.store(true, Ordering::Release);
        shutdown.wake_all();
        ShutdownReport {
            closed: joined.saturating_sub(aborted),
            aborted,
        }
    }
}

impl IntoFuture for CloseAll {
    type Output = ShutdownReport;
    type IntoFuture = Pin<Box<dyn Future<Output = ShutdownReport> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

/// Counts of the connections that a [`Shutdown`] has ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct ShutdownReport {
    /// Connections that ended in time.
    pub closed: usize,
    /// Connections that were still open after [`CloseAll::within`] and were told to abort. A
    /// connection ends with [`Timeout::Close`](crate::Timeout::Close) the next time that it is
    /// polled.
    pub aborted: usize,
}

/// One connection's part in a [`Shutdown`]. Dropping it leaves.
#[derive(Debug)]
pub(crate) struct Member {
    shutdown: Shutdown,
    id: u64,
    waker: Arc<AtomicWaker>,
    /// The plan, and this connection's moment in it.
    plan: Option<(Arc<Closing>, Instant)>,
    closed: bool,
}

impl Member {
    /// Registers the waker for the start of the closing, and sees a closing that has begun already.
    pub(crate) fn register(&self, waker: &Waker) {
        self.waker.register(waker);
    }

    pub(crate) fn is_aborted(&self) -> bool {
        self.shutdown.0.aborted.load(Ordering::Acquire)
    }

    /// The plan, once, when its moment for this connection has come.
    pub(crate) fn due(&mut self, now: Instant) -> Option<Arc<Closing>> {
        if self.plan.is_none() && self.shutdown.has_begun() {
            let closing = self.shutdown.state().closing.clone()?;
            let delay = crate::random::share(closing.spread, crate::random::number());
            let at = closing.begin.checked_add(delay).unwrap_or(closing.begin);
            self.plan = Some((closing, at));
        }
        let (closing, at) = self.plan.as_ref()?;
        if self.closed || *at > now {
            return None;
        }
        self.closed = true;
        Some(Arc::clone(closing))
    }

    /// The moment at which the connection must be closed, if that is known and has not passed.
    pub(crate) fn close_at(&self) -> Option<Instant> {
        self.plan
            .as_ref()
            .filter(|_| !self.closed)
            .map(|(_, at)| *at)
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        let mut state = self.shutdown.state();
        state.members.remove(&self.id);
        let is_last = state.members.is_empty();
        drop(state);
        if is_last {
            self.shutdown.0.changed.notify_waiters();
        }
    }
}
