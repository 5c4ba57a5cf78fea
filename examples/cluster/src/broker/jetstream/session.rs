//! A connection to NATS, and the stream of the rooms.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, PullConsumer, pull};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::{Config, DirectGetErrorKind, Republish, Stream};
use async_nats::jetstream::{Context, ContextBuilder};
use async_nats::{Client, ConnectOptions, Event, Message, ServerAddr, header};
use futures_util::StreamExt as _;
use futures_util::future::join_all;
use tokio::time::timeout;

use super::interest;
use crate::broker::{ANSWER, FORGOTTEN_AFTER, Failure, KEPT, SHOWN_TO_NEWCOMERS};
use crate::entry::{Entry, EntryId, History};
use crate::writer::Say;

/// A connection and its stream.
pub(super) struct Session {
    pub(super) client: Client,
    context: Context,
    stream: Stream,
    lost: Arc<AtomicBool>,
}

impl Session {
    /// Connects, and creates the stream if it is missing. A stream that an operator created, with
    /// more replicas or other limits, stays unchanged.
    pub(super) async fn open(servers: &[ServerAddr], name: &str) -> Result<Self, Failure> {
        let lost = Arc::new(AtomicBool::new(false));
        let losing = Arc::clone(&lost);
        let client = ConnectOptions::new()
            .name(name)
            .connection_timeout(ANSWER)
            .request_timeout(Some(ANSWER))
            .ping_interval(PING)
            .subscription_capacity(MAX_WAITING)
            // The node makes a new connection, after pauses of its own.
            .max_reconnects(servers.len())
            .event_callback(move |event| {
                if matches!(event, Event::Disconnected | Event::Closed) {
                    losing.store(true, Ordering::Release);
                }
                std::future::ready(())
            })
            .connect(servers)
            .await?;
        let context = ContextBuilder::new().timeout(ANSWER).build(client.clone());
        let stream = context.get_or_create_stream(stream()).await?;
        Ok(Self {
            client,
            context,
            stream,
            lost,
        })
    }

    pub(super) fn check(&self) -> Result<(), Failure> {
        if self.lost.load(Ordering::Acquire) {
            return Err("the connection to NATS was lost".into());
        }
        Ok(())
    }

    /// Stores messages. The stream drops one that it has stored within its duplicate window.
    pub(super) async fn say(&self, says: &[Say]) -> Result<Vec<Result<(), Failure>>, Failure> {
        self.check()?;
        let mut answers = Vec::new();
        for say in says {
            let message = PublishMessage::build()
                .message_id(format!("{}/{}/{}", say.room, say.sender, say.number))
                .payload(payload(say).into());
            let answer = self.context.send_publish(subject(&say.room), message);
            answers.push(answer.await?.into_future());
        }
        let outcomes = join_all(answers).await.into_iter();
        Ok(outcomes
            .map(|stored| stored.map(drop).map_err(Failure::from))
            .collect())
    }

    pub(super) async fn history(
        &self,
        room: &str,
        last: Option<EntryId>,
    ) -> Result<History, Failure> {
        let known = last.filter(|last| *last != EntryId::default());
        if let Some(known) = known {
            let entries = self.stored(room, known.number).await?;
            if entries.first().is_some_and(|entry| entry.id == known) {
                return Ok(History::new(last, entries));
            }
        }
        let mut entries = self.stored(room, 0).await?;
        // With as many as are kept, there may have been others before.
        let kept = self.stream.cached_info().config.max_messages_per_subject;
        let full = usize::try_from(kept).is_ok_and(|kept| entries.len() >= kept);
        if let Some(first) = entries.first_mut().filter(|_| !full) {
            first.previous = Some(EntryId::default());
        }
        if last.is_none() {
            entries.drain(..entries.len().saturating_sub(SHOWN_TO_NEWCOMERS));
        }
        Ok(History::new(last, entries))
    }

    /// The messages of a room that are kept, from a sequence on.
    async fn stored(&self, room: &str, from: u64) -> Result<Vec<Entry>, Failure> {
        let consumer: PullConsumer = self.stream.create_consumer(consumer(room, from)).await?;
        let info = consumer.cached_info();
        let mut waiting = info.num_pending;
        let mut entries: Vec<Entry> = Vec::new();
        // The next batch is asked for while half of the last one is still to come.
        let batches = consumer.stream().max_messages_per_batch(MAX_WAITING / 2);
        let mut messages = batches.messages().await?;
        while waiting > 0 {
            let next = timeout(ANSWER, messages.next()).await?;
            let message = next.ok_or("NATS delivers no more messages of a room")??;
            let place = message.info()?;
            let mut entry = entry(place.stream_sequence, &message.payload);
            entry.previous = entries.last().map(|entry| entry.id);
            entries.push(entry);
            if usize::try_from(place.consumer_sequence)? != entries.len() {
                return Err("NATS did not deliver all messages of a room".into());
            }
            waiting = place.pending;
        }
        self.stream.delete_consumer(&info.name).await?;
        Ok(entries)
    }

    pub(super) async fn newest(&self, room: &str) -> Result<EntryId, Failure> {
        match self.stream.direct_get_last_for_subject(subject(room)).await {
            Ok(message) => Ok(entry(message.sequence, &message.payload).id),
            Err(error) if error.kind() == DirectGetErrorKind::NotFound => Ok(EntryId::default()),
            Err(error) => Err(error.into()),
        }
    }
}

/// The stream for all rooms. It keeps as many messages of each room as Redis does.
fn stream() -> Config {
    Config {
        name: "chat".to_owned(),
        subjects: vec![subject("*")],
        max_messages_per_subject: i64::from(KEPT),
        max_age: FORGOTTEN_AFTER,
        allow_direct: true,
        republish: Some(Republish {
            source: subject("*"),
            destination: format!("{ROOM}.{{{{wildcard(1)}}}}"),
            headers_only: false,
        }),
        ..Config::default()
    }
}

/// A short read of a room: its state is in memory, and expires if nothing deletes it.
fn consumer(room: &str, from: u64) -> pull::Config {
    let deliver_policy = match from {
        0 => DeliverPolicy::All,
        start_sequence => DeliverPolicy::ByStartSequence { start_sequence },
    };
    pull::Config {
        filter_subject: subject(room),
        deliver_policy,
        ack_policy: AckPolicy::None,
        memory_storage: true,
        inactive_threshold: ANSWER * 2,
        ..pull::Config::default()
    }
}

fn subject(room: &str) -> String {
    format!("chat.say.{room}")
}

/// A message as it is stored: words with tabs between them, the first is the time in microseconds.
fn payload(say: &Say) -> String {
    let time = SystemTime::now().duration_since(UNIX_EPOCH);
    let time = time.unwrap_or_default().as_micros().to_string();
    let number = say.number.to_string();
    [&time, &say.sender, &number, &say.name, &say.text]
        .map(String::as_str)
        .join("\t")
}

/// Reads a message. Missing words, which this program never leaves out, are empty: the place of the
/// message still counts.
fn entry(sequence: u64, payload: &[u8]) -> Entry {
    let text = String::from_utf8_lossy(payload);
    let mut words = text.splitn(5, '\t').map(str::to_owned);
    let mut word = || words.next().unwrap_or_default();
    Entry {
        id: EntryId {
            epoch: word().parse().unwrap_or_default(),
            number: sequence,
        },
        previous: None,
        sender: word(),
        number: word(),
        name: word(),
        text: word(),
    }
}

/// Reads a message that the stream has just stored: its room, and the sequence of the one before it
/// there. Returns `None` for a message from elsewhere.
pub(super) fn live(message: &Message) -> Option<(&str, Entry, u64)> {
    let room = interest::room(message, ROOM)?;
    let headers = message.headers.as_ref()?;
    let number = |name| headers.get_last(name)?.as_str().parse().ok();
    let sequence = number(header::NATS_SEQUENCE)?;
    let previous = number(header::NATS_LAST_SEQUENCE)?;
    Some((room, entry(sequence, &message.payload), previous))
}

/// Begins the subjects under which the stream publishes what it has stored.
pub(super) const ROOM: &str = "chat.room";

/// Messages of one room that may wait in this process. Of more, the newest are dropped, and read
/// from the stream.
const MAX_WAITING: usize = 128;

/// The broker is away when it has not answered two of these.
const PING: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use async_nats::HeaderMap;

    use super::*;

    const HELLO: &str = "17\tab\t3\tAda\tHello";

    fn message(subject: &str, headers: &[(&str, &str)]) -> Message {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, *value);
        }
        Message {
            subject: subject.into(),
            reply: None,
            payload: HELLO.into(),
            headers: Some(map),
            status: None,
            description: None,
            length: 0,
        }
    }

    #[test]
    fn k09_a_stored_message_is_read_whatever_it_holds() {
        let read = entry(9, HELLO.as_bytes());
        assert_eq!(read.id.to_string(), "17-9");
        let words = [read.sender, read.number, read.name, read.text];
        assert_eq!(words, ["ab", "3", "Ada", "Hello"]);
        for other in [&b""[..], b"\xff", b"\t", b"a\tb"] {
            let read = entry(9, other);
            let words = [read.id.to_string(), read.text];
            assert_eq!(words, ["0-9", ""]);
        }
    }

    #[test]
    fn k09_only_what_the_stream_published_is_live() {
        let both = [("Nats-Sequence", "9"), ("Nats-Last-Sequence", "4")];
        let published = message("chat.room.lobby", &both);
        let (room, entry, previous) = live(&published).expect("it is from the stream");
        assert_eq!((room, previous), ("lobby", 4));
        assert_eq!(entry.id.to_string(), "17-9");
        for (subject, headers) in [
            ("chat.room.lobby", &both[..1]),
            ("chat.room.lobby", &both[1..]),
            ("chat.room.lobby", &[("Nats-Sequence", "x"), both[1]][..]),
            ("chat.say.lobby", &both[..]),
            ("chat.room", &both[..]),
        ] {
            let message = message(subject, headers);
            assert!(live(&message).is_none(), "{subject} {headers:?}");
        }
    }
}
