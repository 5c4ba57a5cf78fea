//! The broker: Redis, with a stream for each room.

use std::time::Duration;

use redis::streams::StreamId;
use redis::{Client, Cmd, Connection, RedisResult};

use crate::entry::{Entry, EntryId};

/// Connections to Redis, and the commands that this program uses.
#[derive(Clone)]
pub(crate) struct Store {
    client: Client,
}

impl Store {
    pub(crate) fn new(url: &str) -> RedisResult<Self> {
        let client = Client::open(url)?;
        Ok(Self { client })
    }

    /// Opens a connection whose calls have timeouts. A broker that has stopped counts as away.
    pub(crate) fn connect(&self) -> RedisResult<Connection> {
        let connection = self.client.get_connection_with_timeout(ANSWER)?;
        connection.set_read_timeout(Some(ANSWER))?;
        connection.set_write_timeout(Some(ANSWER))?;
        Ok(connection)
    }
}

/// Loads a script. Redis forgets scripts when it restarts, so each connection begins with this.
pub(crate) fn load(connection: &mut Connection, script: &str) -> RedisResult<String> {
    redis::cmd("SCRIPT")
        .arg("LOAD")
        .arg(script)
        .query(connection)
}

/// The newest messages of a room, newest first, down to `last` and with it.
pub(crate) fn newest(room: &str, last: Option<EntryId>) -> Cmd {
    let mut command = redis::cmd("XREVRANGE");
    command.arg(stream(room)).arg("+");
    match last {
        Some(last) => command
            .arg(last.to_string())
            .arg("COUNT")
            .arg(MAX_MISSED + 1),
        None => command.arg("-").arg("COUNT").arg(SHOWN_TO_NEWCOMERS),
    };
    command
}

/// Waits for a limited time for messages behind these positions.
pub(crate) fn read<'r>(positions: impl Iterator<Item = (&'r String, &'r EntryId)> + Clone) -> Cmd {
    let mut command = redis::cmd("XREAD");
    let milliseconds = u64::try_from(BLOCK.as_millis()).unwrap_or(u64::MAX);
    command
        .arg("COUNT")
        .arg(READ_AT_ONCE)
        .arg("BLOCK")
        .arg(milliseconds)
        .arg("STREAMS");
    for (room, _) in positions.clone() {
        command.arg(stream(room));
    }
    for (_, position) in positions {
        command.arg(position.to_string());
    }
    command
}

/// Appends a message with [`SAY`], which must be loaded.
pub(crate) fn say(script: &str, room: &str, words: [&str; 4]) -> Cmd {
    let mut command = redis::cmd("EVALSHA");
    command
        .arg(script)
        .arg(1)
        .arg(stream(room))
        .arg(KEPT)
        .arg(FORGOTTEN_AFTER.as_secs());
    command.arg(&words);
    command
}

/// Reports how many people of this node are in a room, with [`COUNT`], which must be loaded.
/// Returns how many are on all nodes.
pub(crate) fn count(script: &str, room: &str, node: &str, people: usize) -> Cmd {
    let mut command = redis::cmd("EVALSHA");
    command
        .arg(script)
        .arg(2)
        .arg(people_of(room))
        .arg(stream(room));
    command.arg(node).arg(people).arg(COUNT_LASTS.as_secs());
    command
}

/// A stored message. Missing fields, which this program never writes, are empty: the number of the
/// message still counts.
pub(crate) fn entry(stored: &StreamId) -> Option<Entry> {
    let field = |name| stored.get::<String>(name).unwrap_or_default();
    Some(Entry {
        id: stored.id.parse().ok()?,
        sender: field("s"),
        number: field("n"),
        name: field("a"),
        text: field("t"),
    })
}

/// The room of a stream.
pub(crate) fn room_of(stream: &str) -> Option<&str> {
    stream.strip_prefix("room:{")?.strip_suffix('}')
}

// The braces keep the keys of a room together in a Redis Cluster.
fn stream(room: &str) -> String {
    format!("room:{{{room}}}")
}

fn people_of(room: &str) -> String {
    format!("people:{{{room}}}")
}

/// Appends with the next number of the room. A room that is new, or that the broker has lost,
/// begins a new epoch: the time, so that it is above every earlier one.
pub(crate) const SAY: &str = "
    local newest = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
    local id
    if newest then
        id = string.match(newest[1], '^%d+') .. '-*'
    else
        local time = redis.call('TIME')
        id = time[1] .. string.sub('000000' .. time[2], -6) .. '-1'
    end
    id = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], id,
        's', ARGV[3], 'n', ARGV[4], 'a', ARGV[5], 't', ARGV[6])
    redis.call('EXPIRE', KEYS[1], ARGV[2])
    return id";

/// Each node has a field with its people and the time until which that holds, so the people of a
/// node that died are soon not counted.
pub(crate) const COUNT: &str = "
    local now = tonumber(redis.call('TIME')[1])
    if tonumber(ARGV[2]) > 0 then
        redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ':' .. string.format('%d', now + ARGV[3]))
        redis.call('EXPIRE', KEYS[1], ARGV[3] * 2)
    else
        redis.call('HDEL', KEYS[1], ARGV[1])
    end
    local people, fields = 0, redis.call('HGETALL', KEYS[1])
    for i = 1, #fields, 2 do
        local count, until_ = string.match(fields[i + 1], '^(%d+):(%d+)$')
        if count and tonumber(until_) >= now then
            people = people + count
        else
            redis.call('HDEL', KEYS[1], fields[i])
        end
    end
    local newest = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)[1]
    return {people, newest and newest[1] or '0-0'}";

/// A blocked read does not notice a connection that joins, so it lasts only as long as a person
/// hardly notices.
pub(crate) const BLOCK: Duration = Duration::from_millis(50);

/// Limit on the time of the broker's answer.
const ANSWER: Duration = Duration::from_secs(3);

/// Approximate number of messages that are kept of a room: Redis removes old ones in blocks.
const KEPT: usize = 500;

/// Messages that a returning page may have missed; Redis keeps somewhat more than it has to. More
/// than these are a gap.
const MAX_MISSED: usize = 600;

const SHOWN_TO_NEWCOMERS: usize = 50;

/// Messages of each room that are read at once.
const READ_AT_ONCE: usize = 100;

/// Time after which a room without writers expires.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Time after which the people of a silent node are not counted.
const COUNT_LASTS: Duration = Duration::from_secs(8);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn k08_a_room_has_one_stream() {
        assert_eq!(stream("lobby"), "room:{lobby}");
        assert_eq!(room_of("room:{lobby}"), Some("lobby"));
        assert_eq!(room_of("people:{lobby}"), None);
    }
}
