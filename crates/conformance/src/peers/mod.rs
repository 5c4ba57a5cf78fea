//! The implementations, each behind one small trait.

mod fastwebsockets;
mod ours;
mod soketto;
mod tokio_websockets;
mod tungstenite;

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use ws_testkit::vectors::Row;

use crate::judge::Seen;

/// An implementation of WebSocket framing.
pub(crate) trait Peer {
    /// Name on the public registry.
    fn name(&self) -> &'static str;

    /// Duties of the caller and missing settings, for the notes of the table.
    fn notes(&self) -> &'static str;

    /// Returns whether the implementation claims to support the subject of the row.
    fn asked(&self, row: &Row) -> bool;

    /// Reads the pieces, one a read, and returns what it saw.
    fn run(&self, row: &Row, pieces: &[&[u8]]) -> Seen;
}

/// All of them.
#[must_use]
pub(crate) fn all() -> Vec<Box<dyn Peer>> {
    vec![
        Box::new(ours::Ours),
        Box::new(tungstenite::Tungstenite),
        Box::new(fastwebsockets::FastWebSockets),
        Box::new(tokio_websockets::TokioWebSockets),
        Box::new(soketto::Soketto),
    ]
}

/// Runs a future until it waits for input that has not come, and returns `None` then.
fn until_waiting<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    match future
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
    {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}
