//! Messages as the broker keeps them.

use std::fmt;
use std::str::FromStr;

/// Place of a message in its room: an epoch, which changes when the broker has lost the room, and a
/// number within it, which counts from one without gaps.
///
/// Two consecutive places therefore show whether a message is missing between them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) id: EntryId,
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
    /// The place for a page that has nothing of the room yet.
    pub(crate) fn for_newcomer(entries: Vec<Entry>) -> Self {
        let newest = entries.last().map(|entry| entry.id).unwrap_or_default();
        Self {
            entries,
            complete: true,
            newest,
        }
    }

    /// The newest messages after a known one, and that one itself if it is still kept.
    pub(crate) fn after(known: EntryId, mut entries: Vec<Entry>) -> Self {
        let newest = entries.last().map(|entry| entry.id).unwrap_or_default();
        let complete = entries.first().is_some_and(|entry| entry.id == known);
        if complete {
            entries.remove(0);
        }
        // A room that was empty: nothing is missing before its first message.
        let from_start =
            known == EntryId::default() && entries.first().is_none_or(|entry| entry.id.number == 1);
        Self {
            entries,
            complete: complete || from_start,
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

    fn entries(ids: &[&str]) -> Vec<Entry> {
        let entry = |text: &&str| Entry {
            id: id(text),
            sender: String::new(),
            number: String::new(),
            name: String::new(),
            text: String::new(),
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
        assert!(id("2-1") > id("1-9") && id("1-10") > id("1-9"));
    }

    #[test]
    fn k03_a_gap_is_told_and_no_other() {
        for (known, kept, complete) in [
            ("5-3", &["5-3", "5-4"][..], true),
            ("5-3", &["5-3"], true),
            ("5-3", &["5-5"], false), // 4 is no longer kept
            ("5-3", &[], false),      // the room is lost
            ("5-3", &["6-1"], false), // and was begun anew
            ("0-0", &[], true),
            ("0-0", &["5-1"], true),
            ("0-0", &["5-2"], false),
        ] {
            let history = History::after(id(known), entries(kept));
            assert_eq!(history.complete, complete, "{known} {kept:?}");
            assert!(history.entries.iter().all(|entry| entry.id > id(known)));
            assert_eq!(
                history.newest,
                kept.last().map_or(EntryId::default(), |newest| id(newest))
            );
        }
    }
}
