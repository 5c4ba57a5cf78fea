//! A scripted byte stream that records what it is given.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use futures_core::Stream as _;
use futures_io::{AsyncRead, AsyncWrite};
use ws_stream::{Builder, Error, Message, WebSocket};

/// Each read and each write performs the next step of its list. Without one, a read finds nothing
/// and a write takes everything.
#[derive(Debug, Default)]
pub(crate) struct Script {
    pub(crate) reads: VecDeque<Step>,
    pub(crate) writes: VecDeque<Step>,
    pub(crate) written: Vec<u8>,
    /// Bytes of `written` that have been flushed.
    pub(crate) flushed: usize,
    /// Bytes that had been written when our side was ended.
    pub(crate) shut_at: Option<usize>,
    pub(crate) reader: Option<Waker>,
    pub(crate) writer: Option<Waker>,
}

#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// A read returns these bytes; a write takes this many.
    Bytes(Vec<u8>),
    Wait,
    /// A read of 0 bytes, a write of 0 bytes.
    Zero,
    Fail(io::ErrorKind),
}

impl Script {
    pub(crate) fn reading(steps: impl IntoIterator<Item = Step>) -> Self {
        Self {
            reads: steps.into_iter().collect(),
            ..Self::default()
        }
    }

    pub(crate) fn writing(self, steps: impl IntoIterator<Item = Step>) -> Self {
        Self {
            writes: steps.into_iter().collect(),
            ..self
        }
    }

    pub(crate) fn server(self) -> WebSocket<Self> {
        Builder::new().server(self).expect("there are no bounds")
    }

    pub(crate) fn client(self) -> WebSocket<Self> {
        Builder::new().client(self).expect("there is randomness")
    }
}

impl AsyncRead for Script {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        match self.reads.pop_front() {
            Some(Step::Bytes(bytes)) => {
                let (now, later) = bytes.split_at(bytes.len().min(buffer.len()));
                buffer[..now.len()].copy_from_slice(now);
                if !later.is_empty() {
                    self.reads.push_front(Step::Bytes(later.to_vec()));
                }
                Poll::Ready(Ok(now.len()))
            }
            Some(Step::Zero) => {
                self.reads.push_front(Step::Zero);
                Poll::Ready(Ok(0))
            }
            Some(Step::Fail(kind)) => Poll::Ready(Err(kind.into())),
            Some(Step::Wait) | None => {
                self.reader = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl AsyncWrite for Script {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let taken = match self.writes.pop_front() {
            Some(Step::Bytes(most)) => bytes.len().min(most.len()),
            Some(Step::Zero) => 0,
            Some(Step::Fail(kind)) => return Poll::Ready(Err(kind.into())),
            Some(Step::Wait) => {
                self.writer = Some(cx.waker().clone());
                return Poll::Pending;
            }
            None => bytes.len(),
        };
        assert!(self.shut_at.is_none(), "a write after the end");
        self.written.extend_from_slice(&bytes[..taken]);
        Poll::Ready(Ok(taken))
    }

    fn poll_flush(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.flushed = self.written.len();
        Poll::Ready(Ok(()))
    }

    fn poll_close(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        assert!(self.shut_at.is_none(), "ended twice");
        self.flushed = self.written.len();
        self.shut_at = Some(self.written.len());
        Poll::Ready(Ok(()))
    }
}

/// Bytes for a read, or capacity for a write.
pub(crate) fn bytes(bytes: impl AsRef<[u8]>) -> Step {
    Step::Bytes(bytes.as_ref().to_vec())
}

/// Polls one future for the next message, and drops it. Polls again after a mere yield.
pub(crate) fn poll_event(socket: &mut WebSocket<Script>) -> Poll<Option<Result<Message, Error>>> {
    poll_yielding(|cx| Pin::new(&mut *socket).poll_next(cx))
}

/// Polls again for as long as the poll is pending only because the task yields to its executor.
pub(crate) fn poll_yielding<T>(mut poll: impl FnMut(&mut Context<'_>) -> Poll<T>) -> Poll<T> {
    let wakes = Arc::new(Wakes::default());
    let counting = Waker::from(Arc::clone(&wakes));
    loop {
        let before = wakes.count();
        let polled = poll(&mut Context::from_waker(&counting));
        if polled.is_ready() || wakes.count() == before {
            return polled;
        }
    }
}

/// Events up to the end, or up to the end of the script. Each `Wait` is one more try.
pub(crate) fn events(socket: &mut WebSocket<Script>) -> (Vec<Result<Message, Error>>, End) {
    let mut events = Vec::new();
    loop {
        let scripted = socket.get_ref().reads.len() + socket.get_ref().writes.len();
        match poll_event(socket) {
            Poll::Ready(Some(event)) => events.push(event),
            Poll::Ready(None) => return (events, End::Over),
            Poll::Pending if scripted == 0 => return (events, End::Waiting),
            Poll::Pending => {}
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Over,
    Waiting,
}

/// Counts how often it is woken.
#[derive(Debug, Default)]
pub(crate) struct Wakes(AtomicUsize);

impl Wakes {
    pub(crate) fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Polls one future, and drops it. Polls again after a mere yield.
pub(crate) fn poll<F: Future>(future: F) -> Poll<F::Output> {
    let mut future = std::pin::pin!(future);
    poll_yielding(|cx| future.as_mut().poll(cx))
}

/// A masked binary frame with the key 0.
pub(crate) fn frame(payload: &[u8]) -> Vec<u8> {
    let long = u64::try_from(payload.len()).expect("64 bits").to_be_bytes();
    let header = match payload.len() {
        len @ 0..126 => vec![0x82, 0x80 | u8::try_from(len).expect("7 bits")],
        126..0x1_0000 => [&[0x82, 0xfe][..], &long[6..]].concat(),
        _ => [&[0x82, 0xff][..], &long].concat(),
    };
    [&header[..], &[0; 4], payload].concat()
}
