//! Connections that replace each other.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_core::Stream;
use tokio::time::{Instant, Sleep, sleep};

use crate::{ConnectError, Connector, WebSocket};

/// Delays between the attempts to replace a connection.
///
/// The first delay is random between zero and `first`, so that the clients of a server that
/// restarts do not all come back at once. Each failed attempt doubles the upper bound up to
/// `longest`, and the delay is random between half of that bound and the bound. A connection that
/// has lasted for `reset_after` starts the sequence again.
///
/// | value | default |
/// |---|--:|
/// | `first` | 1 s |
/// | `longest` | 60 s |
/// | `reset_after` | 10 s |
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Backoff {
    first: Duration,
    longest: Duration,
    reset_after: Duration,
    failures: u32,
}

impl Backoff {
    /// The defaults.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            first: Duration::from_secs(1),
            longest: Duration::from_secs(60),
            reset_after: Duration::from_secs(10),
            failures: 0,
        }
    }

    /// Sets the upper bound of the first delay.
    #[must_use]
    pub const fn first(mut self, first: Duration) -> Self {
        self.first = first;
        self
    }

    /// Sets the upper bound of every delay.
    #[must_use]
    pub const fn longest(mut self, longest: Duration) -> Self {
        self.longest = longest;
        self
    }

    /// Sets how long a connection must have lasted to start the sequence of delays again.
    #[must_use]
    pub const fn reset_after(mut self, reset_after: Duration) -> Self {
        self.reset_after = reset_after;
        self
    }

    /// The next delay. All values of `random` are equally likely.
    fn next_delay(&mut self, random: u32) -> Duration {
        let doublings = self.failures.min(30);
        let bound = self.first.saturating_mul(1 << doublings).min(self.longest);
        let least = if self.failures == 0 {
            Duration::ZERO
        } else {
            bound / 2
        };
        self.failures = self.failures.saturating_add(1);
        least + crate::random::share(bound.saturating_sub(least), random)
    }

    /// A connection ended that had lasted this long.
    fn lasted(&mut self, time: Duration) {
        if time >= self.reset_after {
            self.failures = 0;
        }
    }
}

impl Default for Backoff {
    fn default() -> Self {
        Self::new()
    }
}

/// An endless sequence of connections to one URL, each made after the one before has ended.
///
/// [`next`](Self::next) waits and tries again after faults that may pass: the network, the server's
/// status 408, 429 or 5xx, a timeout. It returns an error for faults that stay, such as a URL that
/// is not valid, a certificate that does not verify, or status 401, and then `None`.
///
/// The future of [`next`](Self::next) may be dropped: the attempt or the delay goes on with the
/// next call.
///
/// ```no_run
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// use ws_tokio::Connector;
///
/// let mut connections = Connector::new().reconnect("wss://example.com/feed");
/// while let Some(ws) = connections.next().await {
///     let mut ws = ws?;
///     ws.send("subscribe").await?;
///     while let Some(Ok(message)) = ws.next().await {
///         println!("{message:?}");
///     }
/// }
/// # Ok(())
/// # }
/// ```
pub struct Reconnect {
    connector: Connector,
    url: String,
    backoff: Backoff,
    random: Box<dyn FnMut() -> u32 + Send>,
    on_retry: Option<OnRetry>,
    state: State,
}

/// Is told of each failed attempt.
type OnRetry = Box<dyn FnMut(&ConnectError, Duration) + Send>;

enum State {
    /// Before the first attempt.
    New,
    /// The program has had a connection since then.
    Lent(Instant),
    Waiting(Pin<Box<Sleep>>),
    Connecting(Pin<Box<dyn Future<Output = Result<WebSocket, ConnectError>> + Send>>),
    Over,
}

impl Connector {
    /// Makes connections to the URL, each after the one before has ended.
    #[must_use]
    pub fn reconnect(&self, url: impl Into<String>) -> Reconnect {
        Reconnect {
            connector: self.clone(),
            url: url.into(),
            backoff: Backoff::new(),
            random: Box::new(crate::random::number),
            on_retry: None,
            state: State::New,
        }
    }
}

impl Reconnect {
    /// Sets the delays.
    #[must_use]
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.backoff = backoff;
        self
    }

    /// Calls a function after each attempt that failed and will be repeated, with the error and the
    /// delay before the next attempt.
    #[must_use]
    pub fn on_retry(mut self, tell: impl FnMut(&ConnectError, Duration) + Send + 'static) -> Self {
        self.on_retry = Some(Box::new(tell));
        self
    }

    /// The next connection. The first is attempted at once, each further after a delay.
    ///
    /// # Errors
    ///
    /// The fault is final: [`ConnectError::is_transient`] is false. After it comes `None`.
    pub async fn next(&mut self) -> Option<Result<WebSocket, ConnectError>> {
        poll_fn(|cx| self.poll_connection(cx)).await
    }

    fn poll_connection(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<WebSocket, ConnectError>>> {
        loop {
            match &mut self.state {
                State::New => self.connect(),
                State::Lent(since) => {
                    let lasted = since.elapsed();
                    self.backoff.lasted(lasted);
                    self.wait();
                }
                State::Waiting(delay) => {
                    ready!(delay.as_mut().poll(cx));
                    self.connect();
                }
                State::Connecting(attempt) => match ready!(attempt.as_mut().poll(cx)) {
                    Ok(connection) => {
                        self.state = State::Lent(Instant::now());
                        return Poll::Ready(Some(Ok(connection)));
                    }
                    Err(error) if error.is_transient() => {
                        let delay = self.wait();
                        if let Some(tell) = &mut self.on_retry {
                            tell(&error, delay);
                        }
                    }
                    Err(error) => {
                        self.state = State::Over;
                        return Poll::Ready(Some(Err(error)));
                    }
                },
                State::Over => return Poll::Ready(None),
            }
        }
    }

    fn connect(&mut self) {
        let (connector, url) = (self.connector.clone(), self.url.clone());
        self.state = State::Connecting(Box::pin(async move { connector.connect(&url).await }));
    }

    fn wait(&mut self) -> Duration {
        let delay = self.backoff.next_delay((self.random)());
        self.state = State::Waiting(Box::pin(sleep(delay)));
        delay
    }
}

impl Stream for Reconnect {
    type Item = Result<WebSocket, ConnectError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_connection(cx)
    }
}

impl fmt::Debug for Reconnect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            State::New => "new",
            State::Lent(_) => "connected",
            State::Waiting(_) => "waiting",
            State::Connecting(_) => "connecting",
            State::Over => "over",
        };
        f.debug_struct("Reconnect")
            .field("backoff", &self.backoff)
            .field("state", &state)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d20_delays_begin_short_grow_and_have_a_ceiling() {
        let mut low = Backoff::new();
        let mut high = Backoff::new();
        let bounds: Vec<(u128, u128)> = (0..9)
            .map(|_| (low.next_delay(0), high.next_delay(u32::MAX)))
            .map(|(low, high)| {
                let millis = |time: Duration| time.as_micros().div_ceil(1000);
                (millis(low), millis(high))
            })
            .collect();
        let expected = [
            (0, 1_000),
            (1_000, 2_000),
            (2_000, 4_000),
            (4_000, 8_000),
            (8_000, 16_000),
            (16_000, 32_000),
            (30_000, 60_000),
            (30_000, 60_000),
            (30_000, 60_000),
        ];
        assert_eq!(bounds, expected);
    }

    #[test]
    fn d20_only_a_connection_that_lasted_resets_the_delays() {
        let mut backoff = Backoff::new().reset_after(Duration::from_secs(5));
        backoff.next_delay(0);
        backoff.next_delay(0);
        backoff.lasted(Duration::from_secs(4));
        assert_eq!(backoff.next_delay(0), Duration::from_secs(2));
        backoff.lasted(Duration::from_secs(5));
        assert_eq!(backoff.next_delay(0), Duration::ZERO);
    }

    #[test]
    fn d20_no_setting_overflows() {
        let mut backoff = Backoff::new().first(Duration::MAX).longest(Duration::MAX);
        for _ in 0..100 {
            assert!(backoff.next_delay(u32::MAX / 2) <= Duration::MAX);
        }
    }

    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Mutex};

    use tokio::io::AsyncWriteExt as _;
    use tokio::time::timeout;

    use crate::Acceptor;
    use crate::connect::scripted::{Network, answers, read_head};

    const SERVER: &str = "192.0.2.1:80";

    /// Connections to a server that answers each request by its number: with a status, or with a
    /// connection that lasts some seconds.
    fn script(steps: &'static [Result<u64, u16>]) -> (Reconnect, Arc<Mutex<Vec<String>>>) {
        let count = Arc::new(AtomicUsize::new(0));
        let network = Network::default().serves(SERVER, move |mut stream| {
            let step = steps.get(count.fetch_add(1, Ordering::Relaxed)).copied();
            async move {
                match step {
                    Some(Ok(seconds)) => {
                        let ws = Acceptor::new().upgrade(stream).await.unwrap();
                        sleep(Duration::from_secs(seconds)).await;
                        drop(ws);
                    }
                    Some(Err(status)) => {
                        answers(stream, format!("HTTP/1.1 {status} X\r\n\r\n").as_bytes()).await;
                    }
                    None => {
                        read_head(&mut stream).await;
                        stream.shutdown().await.unwrap();
                    }
                }
            }
        });
        let retries = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&retries);
        let mut connections =
            network
                .connector()
                .reconnect("ws://192.0.2.1/")
                .on_retry(move |error, delay| {
                    log.lock().unwrap().push(format!(
                        "{:?} in {}",
                        error.status(),
                        delay.as_millis()
                    ));
                });
        connections.random = Box::new(|| u32::MAX / 2 + 1);
        (connections, retries)
    }

    /// Gets the next connection, and waits until it ends. Returns how long that took.
    async fn live_through(connections: &mut Reconnect) -> Duration {
        let mut ws = connections.next().await.unwrap().unwrap();
        let begin = Instant::now();
        while let Some(Ok(_)) = ws.next().await {}
        begin.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn d24_faults_that_may_pass_are_tried_again_and_others_end_it() {
        let (mut connections, retries) =
            script(&[Err(503), Err(429), Ok(1), Err(500), Err(401), Ok(1)]);
        live_through(&mut connections).await;
        let error = connections.next().await.unwrap().unwrap_err();
        assert_eq!(error.status(), Some(401));
        assert!(connections.next().await.is_none());
        let expected = ["Some(503) in 500", "Some(429) in 1500", "Some(500) in 6000"];
        assert_eq!(*retries.lock().unwrap(), expected);
    }

    #[tokio::test(start_paused = true)]
    async fn d24_a_connection_that_lasted_is_replaced_soon() {
        let (mut connections, _) = script(&[Ok(1), Ok(1), Ok(60), Ok(1)]);
        let mut waits = Vec::new();
        for _ in 0..4 {
            let begin = Instant::now();
            let lived = live_through(&mut connections).await;
            waits.push(begin.elapsed().as_millis() - lived.as_millis());
        }
        assert_eq!(waits, [0, 500, 1500, 500]);
    }

    #[tokio::test(start_paused = true)]
    async fn d24_a_dropped_next_neither_loses_nor_restarts_anything() {
        let (mut connections, _) = script(&[Err(503), Err(503), Ok(1)]);
        let begin = Instant::now();
        let ws = loop {
            if let Ok(next) = timeout(Duration::from_millis(7), connections.next()).await {
                break next.unwrap();
            }
        };
        assert!(ws.is_ok());
        let took = begin.elapsed();
        assert!((2000..2020).contains(&took.as_millis()), "{took:?}");
    }
}
