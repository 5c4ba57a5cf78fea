//! Redis, with a stream for each room.

use std::collections::BTreeMap;

use redis::streams::{StreamId, StreamRangeReply, StreamReadReply};
use redis::{Client, Cmd, RedisResult};

use super::{
    ANSWER, BLOCK, Broker, COUNT_LASTS, FORGOTTEN_AFTER, Failure, KEPT, SHOWN_TO_NEWCOMERS,
};
use crate::desk::Join;
use crate::entry::{Entry, EntryId, History};
use crate::writer::Say;

/// The address of Redis.
#[derive(Clone)]
pub(crate) struct Store {
    client: Client,
}

impl Store {
    pub(crate) fn new(url: &str) -> RedisResult<Self> {
        let client = Client::open(url)?;
        Ok(Self { client })
    }

    pub(super) fn connect(&self, name: &str) -> Result<Connection, Failure> {
        let mut redis = self.client.get_connection_with_timeout(ANSWER)?;
        redis.set_read_timeout(Some(ANSWER))?;
        redis.set_write_timeout(Some(ANSWER))?;
        // Redis forgets scripts when it restarts, so each connection begins with them.
        let (say, count, server): (String, String, String) = redis::pipe()
            .cmd("CLIENT")
            .arg("SETNAME")
            .arg(name)
            .ignore()
            .cmd("SCRIPT")
            .arg("LOAD")
            .arg(SAY)
            .cmd("SCRIPT")
            .arg("LOAD")
            .arg(COUNT)
            .cmd("INFO")
            .arg("server")
            .query(&mut redis)?;
        let run = run_id(&server).ok_or("the broker does not tell its run_id")?;
        Ok(Connection {
            redis,
            say,
            count,
            run: run.to_owned(),
        })
    }
}

/// A connection, and the scripts that were loaded over it.
pub(crate) struct Connection {
    redis: redis::Connection,
    say: String,
    count: String,
    run: String,
}

impl Broker for Connection {
    fn histories(&mut self, joins: &[Join]) -> Result<Vec<History>, Failure> {
        let mut pipe = redis::pipe();
        for join in joins {
            pipe.add_command(newest(&join.room, join.last));
        }
        let replies: Vec<StreamRangeReply> = pipe.query(&mut self.redis)?;
        let histories = joins.iter().zip(replies).map(|(join, reply)| {
            let entries: Vec<_> = reply.ids.iter().rev().filter_map(entry).collect();
            History::new(join.last, entries)
        });
        Ok(histories.collect())
    }

    fn read(
        &mut self,
        positions: &BTreeMap<String, EntryId>,
    ) -> Result<Vec<(String, Entry)>, Failure> {
        if positions.is_empty() {
            redis::cmd("PING").exec(&mut self.redis)?;
            return Ok(Vec::new());
        }
        // Nothing at all, where the time is over.
        let reply: Option<StreamReadReply> = read(positions).query(&mut self.redis)?;
        let mut entries = Vec::new();
        for stream in reply.unwrap_or_default().keys {
            if let Some(room) = room_of(&stream.key) {
                let read = stream.ids.iter().filter_map(entry);
                entries.extend(read.map(|entry| (room.to_owned(), entry)));
            }
        }
        Ok(entries)
    }

    fn say(&mut self, says: &[Say]) -> Result<Vec<Result<(), Failure>>, Failure> {
        if says.is_empty() {
            redis::cmd("PING").exec(&mut self.redis)?;
            return Ok(Vec::new());
        }
        let mut pipe = redis::pipe();
        pipe.ignore_errors();
        for say in says {
            pipe.cmd("EVALSHA")
                .arg(&self.say)
                .arg(1)
                .arg(stream(&say.room))
                .arg(KEPT)
                .arg(FORGOTTEN_AFTER.as_secs())
                .arg(&self.run)
                .arg(&[&say.sender, &say.number.to_string(), &say.name, &say.text]);
        }
        let replies: Vec<RedisResult<String>> = pipe.query(&mut self.redis)?;
        let outcome = |reply: RedisResult<_>| reply.map(drop).map_err(Failure::from);
        Ok(replies.into_iter().map(outcome).collect())
    }

    fn count(
        &mut self,
        node: &str,
        people: &[(String, usize)],
    ) -> Result<Vec<(u64, EntryId)>, Failure> {
        if people.is_empty() {
            redis::cmd("PING").exec(&mut self.redis)?;
            return Ok(Vec::new());
        }
        let mut pipe = redis::pipe();
        for (room, people) in people {
            pipe.cmd("EVALSHA")
                .arg(&self.count)
                .arg(2)
                .arg(people_of(room))
                .arg(stream(room))
                .arg(node)
                .arg(people)
                .arg(COUNT_LASTS.as_secs());
        }
        let replies: Vec<(u64, String)> = pipe.query(&mut self.redis)?;
        let counts = replies
            .into_iter()
            .map(|(people, newest)| Ok((people, newest.parse()?)));
        counts.collect()
    }
}

/// The newest messages of a room, newest first, down to `last` and with it.
fn newest(room: &str, last: Option<EntryId>) -> Cmd {
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
fn read(positions: &BTreeMap<String, EntryId>) -> Cmd {
    let mut command = redis::cmd("XREAD");
    let milliseconds = u64::try_from(BLOCK.as_millis()).unwrap_or(u64::MAX);
    command
        .arg("COUNT")
        .arg(READ_AT_ONCE)
        .arg("BLOCK")
        .arg(milliseconds)
        .arg("STREAMS");
    for room in positions.keys() {
        command.arg(stream(room));
    }
    for position in positions.values() {
        command.arg(position.to_string());
    }
    command
}

/// A stored message. Missing fields, which this program never writes, are empty: the place of the
/// message still counts.
fn entry(stored: &StreamId) -> Option<Entry> {
    let field = |name| stored.get::<String>(name).unwrap_or_default();
    Some(Entry {
        id: stored.id.parse().ok()?,
        previous: field("p").parse().ok(),
        sender: field("s"),
        number: field("n"),
        name: field("a"),
        text: field("t"),
    })
}

/// The room of a stream.
fn room_of(stream: &str) -> Option<&str> {
    stream.strip_prefix("room:{")?.strip_suffix('}')
}

// The braces keep the keys of a room together in a Redis Cluster.
fn stream(room: &str) -> String {
    format!("room:{{{room}}}")
}

fn people_of(room: &str) -> String {
    format!("people:{{{room}}}")
}

/// The name of this run of the broker: another one after each start, and on each replica.
fn run_id(server: &str) -> Option<&str> {
    server.lines().find_map(|line| line.strip_prefix("run_id:"))
}

/// Appends with the next number of the room, and with the id of the message before it. A new room
/// begins a new epoch, which is the time and above every earlier one. So does each run of the
/// broker: it may have lost the newest messages, and must not give their ids again.
const SAY: &str = "
    local newest = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
    local previous, epoch, run = '0-0', 0, nil
    if newest then
        previous, epoch = newest[1], tonumber(string.match(newest[1], '^%d+'))
        for i = 1, #newest[2], 2 do
            if newest[2][i] == 'r' then run = newest[2][i + 1] end
        end
    end
    local number = '-*'
    if run ~= ARGV[3] then
        local time = redis.call('TIME')
        epoch, number = math.max(time[1] * 1000000 + time[2], epoch + 1), '-1'
    end
    local id = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1],
        string.format('%.0f', epoch) .. number, 'p', previous, 'r', ARGV[3],
        's', ARGV[4], 'n', ARGV[5], 'a', ARGV[6], 't', ARGV[7])
    redis.call('EXPIRE', KEYS[1], ARGV[2])
    return id";

/// Each node has a field with its people and the time until which that holds, so the people of a
/// node that died are soon not counted.
const COUNT: &str = "
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

/// Messages that a returning page may have missed: Redis removes old ones in blocks, and keeps
/// somewhat more than it has to. More than these are a gap.
const MAX_MISSED: usize = 600;

/// Messages of each room that are read at once.
const READ_AT_ONCE: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn k08_a_room_has_one_stream() {
        assert_eq!(stream("lobby"), "room:{lobby}");
        assert_eq!(room_of("room:{lobby}"), Some("lobby"));
        assert_eq!(room_of("people:{lobby}"), None);
    }

    #[test]
    fn k08_a_run_of_the_broker_has_a_name() {
        let server = "# Server\r\nredis_version:7.0.15\r\nrun_id:0a1b\r\ntcp_port:6379\r\n";
        assert_eq!(run_id(server), Some("0a1b"));
        assert_eq!(run_id("# Server\r\n"), None);
    }
}
