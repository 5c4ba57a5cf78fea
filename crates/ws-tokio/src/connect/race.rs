//! Connecting to the first address that answers (RFC 8305, "Happy Eyeballs").

use std::collections::VecDeque;
use std::error::Error;
use std::fmt;
use std::future::{Future, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, sleep};

/// Head start of each attempt over the next one (RFC 8305 §5).
pub(crate) const ATTEMPT_DELAY: Duration = Duration::from_millis(250);

/// Connects to several addresses, each attempt 250 ms after the one before, and returns the first
/// connection. A failed attempt starts the next one at once. Dropping the future drops all
/// attempts.
pub(crate) async fn race<T, F>(
    addresses: Vec<SocketAddr>,
    connect: impl FnMut(SocketAddr) -> F,
) -> Result<T, DialError>
where
    F: Future<Output = io::Result<T>>,
{
    let mut race = Race {
        waiting: interleave(addresses),
        running: Vec::new(),
        failed: Vec::new(),
        connect,
    };
    let mut head_start = pin!(sleep(Duration::ZERO));
    poll_fn(|cx| {
        loop {
            let failures = race.failed.len();
            if let Poll::Ready(connection) = race.poll_running(cx) {
                return Poll::Ready(Ok(connection));
            }
            let mut starts = race.failed.len() > failures || race.running.is_empty();
            if !race.waiting.is_empty() && !starts {
                starts = head_start.as_mut().poll(cx).is_ready();
            }
            if !starts || !race.start_next() {
                break;
            }
            head_start.as_mut().reset(Instant::now() + ATTEMPT_DELAY);
        }
        if race.running.is_empty() {
            return Poll::Ready(Err(DialError {
                attempts: std::mem::take(&mut race.failed),
            }));
        }
        Poll::Pending
    })
    .await
}

struct Race<C, F> {
    waiting: VecDeque<SocketAddr>,
    running: Vec<(SocketAddr, Pin<Box<F>>)>,
    failed: Vec<(SocketAddr, io::Error)>,
    connect: C,
}

impl<T, C, F> Race<C, F>
where
    C: FnMut(SocketAddr) -> F,
    F: Future<Output = io::Result<T>>,
{
    /// Polls every attempt under way, and removes the failed ones.
    fn poll_running(&mut self, cx: &mut Context<'_>) -> Poll<T> {
        let mut index = 0;
        while let Some((address, attempt)) = self.running.get_mut(index) {
            match attempt.as_mut().poll(cx) {
                Poll::Ready(Ok(connection)) => return Poll::Ready(connection),
                Poll::Ready(Err(error)) => {
                    self.failed.push((*address, error));
                    self.running.remove(index);
                }
                Poll::Pending => index += 1,
            }
        }
        Poll::Pending
    }

    /// Starts the next attempt, if an address is left.
    fn start_next(&mut self) -> bool {
        let Some(address) = self.waiting.pop_front() else {
            return false;
        };
        self.running
            .push((address, Box::pin((self.connect)(address))));
        true
    }
}

/// Alternates between the address families, beginning with that of the first address (RFC 8305 §4).
/// Repeated addresses are left out.
fn interleave(addresses: Vec<SocketAddr>) -> VecDeque<SocketAddr> {
    let first_is_v6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (first, second): (Vec<_>, Vec<_>) = addresses
        .into_iter()
        .partition(|address| address.is_ipv6() == first_is_v6);
    let (mut first, mut second) = (first.into_iter(), second.into_iter());
    let mut order = VecDeque::new();
    loop {
        let pair = [first.next(), second.next()];
        if pair == [None, None] {
            return order;
        }
        for address in pair.into_iter().flatten() {
            if !order.contains(&address) {
                order.push_back(address);
            }
        }
    }
}

/// A connection attempt to every address of a host failed.
#[derive(Debug)]
pub struct DialError {
    attempts: Vec<(SocketAddr, io::Error)>,
}

impl DialError {
    /// The addresses in the order of their failure, each with its error; empty if the resolver
    /// found no address.
    pub fn attempts(&self) -> impl Iterator<Item = (SocketAddr, &io::Error)> {
        self.attempts
            .iter()
            .map(|(address, error)| (*address, error))
    }
}

impl fmt::Display for DialError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.attempts.is_empty() {
            return f.write_str("the host has no address");
        }
        let mut separator = "";
        for (address, error) in &self.attempts {
            write!(f, "{separator}{address}: {error}")?;
            separator = "; ";
        }
        Ok(())
    }
}

impl Error for DialError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.attempts.first().map(|(_, error)| error as _)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::future::pending;

    use super::*;

    /// Result of an attempt at one address: an answer after some milliseconds, or none ever.
    #[derive(Clone, Copy)]
    enum Fate {
        Connects(u64),
        Refuses(u64),
        Silent,
    }

    struct Played {
        result: Result<SocketAddr, DialError>,
        /// Start of each attempt in milliseconds, and the index of its address.
        started: Vec<(u128, usize)>,
        took: u128,
    }

    async fn play(fates: &[(&str, Fate)]) -> Played {
        let addresses: Vec<SocketAddr> = fates
            .iter()
            .map(|(address, _)| address.parse().unwrap())
            .collect();
        let begin = Instant::now();
        let started = RefCell::new(Vec::new());
        let result = race(addresses.clone(), |address| {
            let index = addresses
                .iter()
                .position(|other| *other == address)
                .unwrap();
            started
                .borrow_mut()
                .push((begin.elapsed().as_millis(), index));
            let fate = fates[index].1;
            async move {
                match fate {
                    Fate::Connects(after) => {
                        sleep(Duration::from_millis(after)).await;
                        Ok(address)
                    }
                    Fate::Refuses(after) => {
                        sleep(Duration::from_millis(after)).await;
                        Err(io::ErrorKind::ConnectionRefused.into())
                    }
                    Fate::Silent => pending().await,
                }
            }
        })
        .await;
        Played {
            result,
            started: started.into_inner(),
            took: begin.elapsed().as_millis(),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn d01_a_dead_first_address_costs_one_head_start() {
        let played = play(&[
            ("[2001:db8::1]:80", Fate::Silent),
            ("[2001:db8::2]:80", Fate::Silent),
            ("192.0.2.1:80", Fate::Connects(20)),
        ])
        .await;
        assert_eq!(played.result.unwrap(), "192.0.2.1:80".parse().unwrap());
        assert_eq!(played.started, [(0, 0), (250, 2)]); // the other family comes second
        assert_eq!(played.took, 270);
    }

    #[tokio::test(start_paused = true)]
    async fn d01_a_refusal_starts_the_next_address_at_once() {
        let played = play(&[
            ("192.0.2.1:80", Fate::Refuses(10)),
            ("192.0.2.2:80", Fate::Connects(10)),
        ])
        .await;
        assert!(played.result.is_ok());
        assert_eq!(played.started, [(0, 0), (10, 1)]);
    }

    #[tokio::test(start_paused = true)]
    async fn d01_a_slow_first_address_may_still_win() {
        let played = play(&[
            ("192.0.2.1:80", Fate::Connects(300)),
            ("192.0.2.2:80", Fate::Connects(300)),
        ])
        .await;
        assert_eq!(played.result.unwrap(), "192.0.2.1:80".parse().unwrap());
        assert_eq!(played.took, 300);
    }

    #[tokio::test(start_paused = true)]
    async fn d02_every_failure_is_named_with_its_address() {
        let played = play(&[
            ("[2001:db8::1]:80", Fate::Refuses(400)),
            ("192.0.2.1:80", Fate::Refuses(1)),
        ])
        .await;
        let error = played.result.unwrap_err();
        assert_eq!(error.attempts().count(), 2);
        let text = error.to_string();
        assert!(text.contains("192.0.2.1:80: connection refused"), "{text}");
        assert!(
            text.contains("[2001:db8::1]:80: connection refused"),
            "{text}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn d02_no_address_is_an_error() {
        assert_eq!(
            play(&[]).await.result.unwrap_err().to_string(),
            "the host has no address"
        );
    }

    #[test]
    fn d03_families_alternate_and_nothing_is_tried_twice() {
        let parse = |texts: &[&str]| -> Vec<SocketAddr> {
            texts.iter().map(|text| text.parse().unwrap()).collect()
        };
        let listed = [
            "[::1]:1",
            "[::2]:1",
            "[::1]:1",
            "1.1.1.1:1",
            "2.2.2.2:1",
            "3.3.3.3:1",
        ];
        let order = ["[::1]:1", "1.1.1.1:1", "[::2]:1", "2.2.2.2:1", "3.3.3.3:1"];
        assert_eq!(interleave(parse(&listed)), parse(&order));
    }
}
