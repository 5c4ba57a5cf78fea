use std::sync::Arc;
use std::task::{Wake, Waker};

use atomic_waker::AtomicWaker;

/// The tasks that wait for one stream of bytes: the one that reads events, the one that sends.
///
/// They may be two (after a `split`), and either of them moves the bytes that wait to be written. A stream of bytes remembers only the
/// last waker that it was polled with: so it always gets the same one, which wakes both.
#[derive(Debug, Default)]
pub(crate) struct Wakers {
    reader: AtomicWaker,
    sender: AtomicWaker,
}

impl Wakers {
    /// Both sides' places, and the waker that wakes both.
    pub(crate) fn new() -> (Arc<Self>, Waker) {
        let wakers = Arc::new(Self::default());
        let both = Waker::from(Arc::clone(&wakers));
        (wakers, both)
    }

    pub(crate) fn reader_waits(&self, waker: &Waker) {
        self.reader.register(waker);
    }

    pub(crate) fn sender_waits(&self, waker: &Waker) {
        self.sender.register(waker);
    }
}

impl Wake for Wakers {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.reader.wake();
        self.sender.wake();
    }
}
