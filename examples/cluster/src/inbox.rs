//! Deliveries that wait for a server's next turn.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ws_server::{ConnId, Handle, Prepared};

use crate::entry::History;

/// A delivery from the broker's threads to a server's thread.
pub(crate) enum Delivery {
    /// A line for everybody in a room.
    Room { room: String, line: Prepared },
    /// The messages that a connection missed. With this it is in the room.
    Joined {
        id: ConnId,
        room: String,
        history: History,
    },
    /// The broker has not taken a message of this connection.
    Refused {
        id: ConnId,
        number: u64,
        reason: &'static str,
    },
    /// The broker is back, or away.
    Broker { there: bool },
}

/// A bounded queue for one server. A full queue makes the broker's threads wait, so the broker is
/// not read while the server is slow.
pub(crate) struct Inbox {
    queue: Mutex<Queue>,
    room: Condvar,
    handle: Handle,
}

#[derive(Default)]
struct Queue {
    deliveries: VecDeque<Delivery>,
    /// The server has ended.
    closed: bool,
}

impl Inbox {
    pub(crate) fn new(handle: Handle) -> Self {
        Self {
            queue: Mutex::default(),
            room: Condvar::new(),
            handle,
        }
    }

    /// Queues a delivery once there is room.
    pub(crate) fn push(&self, delivery: Delivery) {
        let mut queue = self.lock();
        while queue.deliveries.len() >= MAX_WAITING && !queue.closed {
            let waited = self.room.wait_timeout(queue, Duration::from_secs(1));
            queue = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        if !queue.closed {
            queue.deliveries.push_back(delivery);
            drop(queue);
            self.handle.wake();
        }
    }

    /// Takes all waiting deliveries.
    pub(crate) fn take(&self) -> VecDeque<Delivery> {
        let deliveries = std::mem::take(&mut self.lock().deliveries);
        if !deliveries.is_empty() {
            self.room.notify_all();
        }
        deliveries
    }

    /// Drops waiting and future deliveries: the server has ended.
    pub(crate) fn close(&self) {
        let mut queue = self.lock();
        queue.closed = true;
        queue.deliveries.clear();
        self.room.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Each entry is at most one message, or the history of one connection.
const MAX_WAITING: usize = 1024;

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Arc;
    use std::thread;

    use ws_server::{Config, Server};

    use super::*;

    #[test]
    fn k07_an_inbox_is_bounded_and_keeps_the_order() -> io::Result<()> {
        let server: Server = Server::new(Config::default())?;
        let inbox = Arc::new(Inbox::new(server.handle()));
        let pushing = Arc::clone(&inbox);
        let thread = thread::spawn(move || {
            for number in 0..5000 {
                let there = number % 3 == 0;
                pushing.push(Delivery::Broker { there });
            }
        });
        let mut taken = 0;
        while taken < 5000 {
            let deliveries = inbox.take();
            assert!(deliveries.len() <= MAX_WAITING);
            for delivery in deliveries {
                assert!(
                    matches!(delivery, Delivery::Broker { there } if there == (taken % 3 == 0))
                );
                taken += 1;
            }
            thread::yield_now();
        }
        thread.join().map_err(|_| io::Error::other("it panicked"))?;
        inbox.close();
        for _ in 0..MAX_WAITING * 2 {
            inbox.push(Delivery::Broker { there: true }); // returns at once
        }
        assert!(inbox.take().is_empty());
        Ok(())
    }
}
