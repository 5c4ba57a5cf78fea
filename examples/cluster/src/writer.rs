//! The one thread of a node that writes messages.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use redis::RedisResult;

use crate::backoff::Backoff;
use crate::desk::{Desk, Guest};
use crate::inbox::Delivery;
use crate::store::{self, SAY, Store};

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

    fn serve(&mut self) -> RedisResult<Infallible> {
        let mut connection = self.store.connect()?;
        redis::cmd("CLIENT")
            .arg("SETNAME")
            .arg("chat-writer")
            .exec(&mut connection)?;
        let script = store::load(&mut connection, SAY)?;
        self.backoff.reset();
        loop {
            match self.queue.recv_timeout(QUIET) {
                Ok(first) => self.batch.push(first),
                // A broker that has gone is noticed before a message needs it.
                Err(_) => redis::cmd("PING").exec(&mut connection)?,
            }
            self.batch.extend(self.queue.try_iter().take(MAX_BATCH - 1));
            if self.batch.is_empty() {
                continue;
            }
            let mut pipe = redis::pipe();
            pipe.ignore_errors();
            for say in &self.batch {
                let number = say.number.to_string();
                pipe.add_command(store::say(
                    &script,
                    &say.room,
                    [&say.sender, &number, &say.name, &say.text],
                ));
            }
            let replies: Vec<RedisResult<String>> = pipe.query(&mut connection)?;
            for (say, reply) in std::mem::take(&mut self.batch).iter().zip(replies) {
                if let Err(error) = reply {
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
