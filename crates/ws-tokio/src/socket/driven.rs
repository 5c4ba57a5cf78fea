//! The two forms of a connection that has timeouts: whole, and the receiving half.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream as _;
use ws_stream::{CloseCode, Error, Message, Outgoing, Phase};

use crate::stream::Stream;

/// The result of a poll for the next message.
pub(super) type Next = Poll<Option<Result<Message, Error>>>;

/// Progress of a connection.
pub(super) struct Progress {
    pub(super) received: u64,
    pub(super) written: u64,
    pub(super) queued: usize,
    pub(super) phase: Phase,
    pub(super) midway: bool,
}

/// Operations of a connection that the timeouts need.
pub(super) trait Driven {
    fn poll_message(&mut self, cx: &mut Context<'_>) -> Next;
    fn progress(&self) -> Progress;
    fn queue(&mut self, message: Outgoing) -> Result<(), Error>;
    fn start_close(&mut self, code: CloseCode, reason: &str) -> Result<(), Error>;
    fn fail(&mut self, code: CloseCode, reason: &str) -> Result<(), Error>;
    fn abort(&mut self);
}

macro_rules! driven {
    ($form:ty) => {
        impl Driven for $form {
            fn poll_message(&mut self, cx: &mut Context<'_>) -> Next {
                Pin::new(self).poll_next(cx)
            }

            fn progress(&self) -> Progress {
                let progress = self.progress();
                Progress {
                    received: progress.received,
                    written: progress.written,
                    queued: progress.queued,
                    phase: progress.phase,
                    midway: progress.midway,
                }
            }

            fn queue(&mut self, message: Outgoing) -> Result<(), Error> {
                self.queue(message)
            }

            fn start_close(&mut self, code: CloseCode, reason: &str) -> Result<(), Error> {
                self.start_close(code, reason)
            }

            fn fail(&mut self, code: CloseCode, reason: &str) -> Result<(), Error> {
                self.fail(code, reason)
            }

            fn abort(&mut self) {
                self.abort();
            }
        }
    };
}

driven!(ws_stream::WebSocket<Stream>);
driven!(ws_stream::Receiver<Stream>);
