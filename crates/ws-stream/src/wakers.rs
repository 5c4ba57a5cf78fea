//! The tasks that wait for one byte stream.

use std::mem;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Wake, Waker};

/// The tasks that wait for one byte stream: one that receives, any number that send.
///
/// Whichever of them polls the stream moves bytes that the others wait for. A stream remembers only
/// the last waker it was polled with, so it always gets the same one, which wakes all of them.
///
/// A task that is about to wait calls [`epoch`](Self::epoch), polls, and registers itself only if
/// the poll was pending. A wake-up in between changes the epoch, and the registration then wakes
/// the task at once: no wake-up is lost, and a poll that succeeds costs no lock.
#[derive(Debug, Default)]
pub(crate) struct Wakers {
    epoch: AtomicUsize,
    /// Whether `waiting.senders` may hold any.
    senders_wait: AtomicBool,
    waiting: Mutex<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    reader: Option<Waker>,
    /// Whether `reader` waits. Its waker is kept, so that a task that waits again does not clone it
    /// again.
    reader_waits: bool,
    senders: Vec<Waker>,
}

impl Wakers {
    pub(crate) fn epoch(&self) -> usize {
        self.epoch.load(Ordering::SeqCst)
    }

    /// Registers the task that receives, which saw `epoch` before its last poll.
    pub(crate) fn reader_waits(&self, epoch: usize, waker: &Waker) {
        let mut waiting = self.lock();
        match &mut waiting.reader {
            Some(reader) => reader.clone_from(waker),
            reader => *reader = Some(waker.clone()),
        }
        waiting.reader_waits = true;
        drop(waiting);
        self.wake_if_missed(epoch, waker);
    }

    /// Registers a task that sends, which saw `epoch` before its last poll.
    pub(crate) fn sender_waits(&self, epoch: usize, waker: &Waker) {
        let mut waiting = self.lock();
        if !waiting.senders.iter().any(|sender| sender.will_wake(waker)) {
            waiting.senders.push(waker.clone());
        }
        self.senders_wait.store(true, Ordering::SeqCst);
        drop(waiting);
        self.wake_if_missed(epoch, waker);
    }

    /// Wakes everything that waits.
    pub(crate) fn wake_all(&self) {
        self.epoch.fetch_add(1, Ordering::SeqCst);
        let mut waiting = self.lock();
        let reader = mem::take(&mut waiting.reader_waits).then(|| waiting.reader.clone());
        let senders = self.take_senders(&mut waiting);
        drop(waiting);
        if let Some(Some(reader)) = reader {
            reader.wake();
        }
        senders.into_iter().for_each(Waker::wake);
    }

    /// Wakes the tasks that send: another task has written what they wait for.
    #[inline]
    pub(crate) fn wake_senders(&self) {
        if self.senders_wait.load(Ordering::SeqCst) {
            let senders = self.take_senders(&mut self.lock());
            senders.into_iter().for_each(Waker::wake);
        }
    }

    fn take_senders(&self, waiting: &mut Waiting) -> Vec<Waker> {
        self.senders_wait.store(false, Ordering::SeqCst);
        mem::take(&mut waiting.senders)
    }

    fn wake_if_missed(&self, epoch: usize, waker: &Waker) {
        if self.epoch() != epoch {
            waker.wake_by_ref();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Wakers {
    fn wake(self: Arc<Self>) {
        self.wake_all();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.wake_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Woken(AtomicUsize);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The steps of a task that is about to wait, and where among them another thread wakes: before
    /// it saw the epoch, between that and its registration, and after it.
    #[test]
    fn s35_a_wake_up_between_a_poll_and_a_registration_is_not_lost() {
        let register: [fn(&Wakers, usize, &Waker); 2] =
            [Wakers::reader_waits, Wakers::sender_waits];
        for wait in register {
            for (at, wakes) in [(0, 0), (1, 1), (2, 1)] {
                let (wakers, woken) = (Wakers::default(), Arc::new(Woken::default()));
                let wake_at = |step| (step == at).then(|| wakers.wake_all());
                wake_at(0);
                let epoch = wakers.epoch();
                wake_at(1);
                wait(&wakers, epoch, &Waker::from(Arc::clone(&woken)));
                wake_at(2);
                assert_eq!(woken.0.load(Ordering::Relaxed), wakes, "step {at}");
            }
        }
    }

    #[test]
    fn s35_a_write_wakes_every_task_that_sends_once_and_not_the_one_that_receives() {
        let wakers = Wakers::default();
        let tasks = [(); 3].map(|()| Arc::new(Woken::default()));
        let [reader, first, second] = tasks.each_ref().map(|task| Waker::from(Arc::clone(task)));
        wakers.reader_waits(wakers.epoch(), &reader);
        for sender in [&first, &second, &first] {
            wakers.sender_waits(wakers.epoch(), sender);
        }
        wakers.wake_senders();
        wakers.wake_senders();
        assert_eq!(tasks.map(|task| task.0.load(Ordering::Relaxed)), [0, 1, 1]);
    }
}
