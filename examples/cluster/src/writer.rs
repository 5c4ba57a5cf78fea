//! The one thread of a node that writes messages.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use crate::backoff::Backoff;
use crate::broker::{Failure, Store};
use crate::desk::{Desk, Guest};
use crate::inbox::Delivery;

/// A message for the broker.
pub(crate) struct Say {
    pub(crate) from: Guest,
    pub(crate) room: String,
    pub(crate) sender: String,
    pub(crate) number: u64,
    pub(crate) name: String,
    pub(crate) text: String,
}

/// Writes all waiting messages at once, over one connection. A message that cannot be written is
/// refused and dropped; the page that sent it keeps it and repeats it. So a node holds no message
/// for long, and loses none when it dies.
pub(crate) struct Writer {
    store: Store,
    desk: Arc<Desk>,
    queue: Receiver<Say>,
    batch: Vec<Say>,
    backoff: Backoff,
}

impl Writer {
    pub(crate) fn new(store: Store, desk: Arc<Desk>, queue: Receiver<Say>) -> Self {
        Self {
            store,
            desk,
            queue,
            batch: Vec::new(),
            backoff: Backoff::default(),
        }
    }

    /// Writes for as long as the process runs.
    pub(crate) fn run(mut self) {
        loop {
            let Err(error) = self.serve();
            log::debug!("the broker takes no messages: {error}"); // the reader warns
            // They may be in the room or not. Readers that have one drop its repetition.
            for say in std::mem::take(&mut self.batch) {
                self.refuse(&say);
            }
            self.refuse_for_a_while();
        }
    }

    fn serve(&mut self) -> Result<Infallible, Failure> {
        let mut broker = self.store.connect("chat-writer")?;
        self.backoff.reset();
        loop {
            // An empty batch goes too: a broker that has gone is noticed before a message needs it.
            self.batch.extend(self.queue.recv_timeout(QUIET));
            self.batch.extend(self.queue.try_iter().take(MAX_BATCH - 1));
            let outcomes = broker.say(&self.batch)?;
            for (say, outcome) in std::mem::take(&mut self.batch).iter().zip(outcomes) {
                if let Err(error) = outcome {
                    log::warn!("a message was not taken: {error}");
                    self.refuse(say);
                }
            }
        }
    }

    fn refuse_for_a_while(&mut self) {
        let end = Instant::now() + self.backoff.pause();
        while let Ok(say) = self
            .queue
            .recv_timeout(end.saturating_duration_since(Instant::now()))
        {
            self.refuse(&say);
        }
    }

    fn refuse(&self, say: &Say) {
        let (id, number) = (say.from.id, say.number);
        let reason = "away";
        self.desk
            .inbox(say.from.server)
            .push(Delivery::Refused { id, number, reason });
    }
}

const MAX_BATCH: usize = 256;

const QUIET: Duration = Duration::from_secs(1);
