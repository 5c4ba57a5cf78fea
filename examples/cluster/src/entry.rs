//! Messages as the broker keeps them.

use std::fmt;
use std::str::FromStr;

/// Name of a message in its room. No other message has it, even if the broker loses messages and
/// gives their places to others.
///
/// With Redis, an epoch, which changes with each run of the broker, and a number that counts within
/// it. With NATS, the time at which a node sent the message, and its sequence in the stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct EntryId {
    pub(crate) epoch: u64,
    pub(crate) number: u64,
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.epoch, self.number)
    }
}

impl FromStr for EntryId {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (epoch, number) = text.split_once('-').unwrap_or((text, ""));
        Ok(Self {
            epoch: epoch.parse()?,
            number: number.parse()?,
        })
    }
}

/// A message of a room.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) id: EntryId,
    /// The message before it, or the default if there is none. A reader that has that one knows
    /// that no message is missing between them. `None` if unknown.
    pub(crate) previous: Option<EntryId>,
    /// Public name of the page that sent it, and the page's number for it. A repeated message has
    /// the same two.
    pub(crate) sender: String,
    pub(crate) number: String,
    pub(crate) name: String,
    pub(crate) text: String,
}

/// The newest messages of a room, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct History {
    pub(crate) entries: Vec<Entry>,
    /// Whether they directly follow the message that was asked for. `false`: some messages between
    /// are no longer kept.
    pub(crate) complete: bool,
    /// The place behind which the next message comes.
    pub(crate) newest: EntryId,
}

impl History {
    /// The history for a page whose last message is `last`. `entries` are the newest messages, down
    /// to that one if it is still kept. A newcomer has no last message and gets them all.
    pub(crate) fn new(last: Option<EntryId>, mut entries: Vec<Entry>) -> Self {
        let newest = entries.last().map(|entry| entry.id).unwrap_or_default();
        let complete = last.is_none_or(|last| {
            let first = entries.first();
            let known = first.is_some_and(|entry| entry.id == last);
            if known {
                entries.remove(0);
                return true;
            }
            let nothing_yet = first.is_none() && last == EntryId::default();
            nothing_yet || first.is_some_and(|entry| entry.previous == Some(last))
        });
        Self {
            entries,
            complete,
            newest,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> EntryId {
        text.parse().expect("an id")
    }

    fn entries(ids: &[(&str, &str)]) -> Vec<Entry> {
        let entry = |(text, previous): &(&str, &str)| Entry {
            id: id(text),
            previous: previous.parse().ok(),
            ..Entry::default()
        };
        ids.iter().map(entry).collect()
    }

    #[test]
    fn k03_an_id_reads_as_it_is_written() {
        assert_eq!(
            id("12-7"),
            EntryId {
                epoch: 12,
                number: 7
            }
        );
        assert_eq!(id("12-7").to_string(), "12-7");
        for wrong in [
            "",
            "-",
            "1",
            "1-",
            "-1",
            "a-1",
            "1-1-1",
            "18446744073709551616-1",
        ] {
            assert!(wrong.parse::<EntryId>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn k03_a_gap_is_told_and_no_other() {
        for (known, kept, complete) in [
            ("5-3", &[("5-3", "5-2"), ("5-4", "5-3")][..], true),
            ("5-3", &[("5-3", "5-2")], true),
            ("5-3", &[("5-4", "5-3")], true),
            ("5-3", &[("5-3", "")], true),
            ("5-3", &[("5-5", "5-4")], false), // 4 is no longer kept
            ("5-3", &[("5-5", "")], false),
            ("5-3", &[], false),               // the room is lost
            ("5-3", &[("6-1", "0-0")], false), // and was begun anew
            ("5-3", &[("6-1", "5-2")], false), // its newest messages are
            ("5-3", &[("6-1", "5-3")], true),  // the broker was started again, and lost nothing
            ("0-0", &[], true),
            ("0-0", &[("5-1", "0-0")], true),
            ("0-0", &[("5-2", "5-1")], false),
            ("0-0", &[("5-2", "")], false),
        ] {
            let history = History::new(Some(id(known)), entries(kept));
            assert_eq!(history.complete, complete, "{known} {kept:?}");
            assert!(history.entries.iter().all(|entry| entry.id != id(known)));
            assert_eq!(
                history.newest,
                kept.last()
                    .map_or(EntryId::default(), |(newest, _)| id(newest))
            );
        }
        let history = History::new(None, entries(&[("5-5", "5-4")]));
        assert!(history.complete && history.entries.len() == 1);
    }
}
