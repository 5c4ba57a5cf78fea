//! Two connected byte streams in memory, and an executor that runs tasks in a seeded order.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use futures_io::{AsyncRead, AsyncWrite};
use ws_stream::{Builder, WebSocket};

/// One direction of a pair.
#[derive(Debug, Default)]
struct Way {
    bytes: VecDeque<u8>,
    capacity: usize,
    ended: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

/// One end of a pair of byte streams. It keeps one waker for each direction, and forgets it once a
/// poll succeeds.
#[derive(Debug)]
pub(crate) struct Pipe {
    inward: Rc<RefCell<Way>>,
    outward: Rc<RefCell<Way>>,
}

pub(crate) fn pipes(capacity: usize) -> (Pipe, Pipe) {
    let way = || {
        Rc::new(RefCell::new(Way {
            capacity,
            ..Way::default()
        }))
    };
    let (one, other) = (way(), way());
    let near = Pipe {
        inward: Rc::clone(&one),
        outward: Rc::clone(&other),
    };
    (
        near,
        Pipe {
            inward: other,
            outward: one,
        },
    )
}

/// A server and a client.
pub(crate) fn pair(capacity: usize) -> (WebSocket<Pipe>, WebSocket<Pipe>) {
    let (near, far) = pipes(capacity);
    let server = Builder::new().server(near).expect("there are no bounds");
    (
        server,
        Builder::new().client(far).expect("there is randomness"),
    )
}

impl AsyncRead for Pipe {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let way = &mut *self.inward.borrow_mut();
        if way.bytes.is_empty() && !way.ended {
            way.reader = Some(cx.waker().clone());
            return Poll::Pending;
        }
        let count = way.bytes.len().min(buffer.len());
        for (to, from) in buffer.iter_mut().zip(way.bytes.drain(..count)) {
            *to = from;
        }
        way.reader = None;
        if let Some(writer) = way.writer.take() {
            writer.wake();
        }
        Poll::Ready(Ok(count))
    }
}

impl AsyncWrite for Pipe {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let way = &mut *self.outward.borrow_mut();
        let count = (way.capacity - way.bytes.len()).min(bytes.len());
        if way.ended {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        if count == 0 {
            way.writer = Some(cx.waker().clone());
            return Poll::Pending;
        }
        way.bytes.extend(&bytes[..count]);
        way.writer = None;
        if let Some(reader) = way.reader.take() {
            reader.wake();
        }
        Poll::Ready(Ok(count))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        end(&self.outward);
        Poll::Ready(Ok(()))
    }
}

fn end(way: &RefCell<Way>) {
    let way = &mut *way.borrow_mut();
    way.ended = true;
    for waker in [way.reader.take(), way.writer.take()].into_iter().flatten() {
        waker.wake();
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        end(&self.inward);
        end(&self.outward);
    }
}

/// Random numbers from a seed (xorshift).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).expect("31 bits") % bound
    }
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

type Task<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// Runs all tasks to their end, in a seeded order among those that have been woken. Returns the
/// number of polls.
///
/// # Panics
///
/// If tasks remain and none has been woken: a wake-up was lost.
pub(crate) fn run<'a>(tasks: impl IntoIterator<Item = Task<'a>>, random: &mut Random) -> usize {
    let mut tasks: Vec<_> = tasks
        .into_iter()
        .map(|task| (task, Arc::new(Woken(AtomicBool::new(true)))))
        .collect();
    let mut polls = 0;
    while !tasks.is_empty() {
        let woken: Vec<_> = (0..tasks.len())
            .filter(|at| tasks[*at].1.0.load(Ordering::SeqCst))
            .collect();
        assert!(!woken.is_empty(), "{} tasks wait for ever", tasks.len());
        let at = woken[random.below(woken.len())];
        let (task, flag) = &mut tasks[at];
        flag.0.store(false, Ordering::SeqCst);
        let waker = Waker::from(Arc::clone(flag));
        polls += 1;
        assert!(polls < 10_000_000, "{} tasks come to no end", tasks.len());
        if task
            .as_mut()
            .poll(&mut Context::from_waker(&waker))
            .is_ready()
        {
            drop(tasks.swap_remove(at));
        }
    }
    polls
}

/// Lets other tasks run.
pub(crate) async fn yield_now() {
    let mut yielded = false;
    std::future::poll_fn(|cx| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
