//! Lines between page and node: words separated by tabs.
//!
//! ```text
//! page: join NAME SECRET LAST            LAST: the last message that it has, empty at first
//!       say NUMBER TEXT                  NUMBER: one more than for the message before
//! node: welcome KIND NAME SENDER         KIND: new, complete (nothing was missed) or gap
//!       said ID PREVIOUS SENDER NUMBER NAME TEXT
//!                                        PREVIOUS: the message before; empty, if that is unknown
//!       ready ID                         all that was kept has come; ID: the newest message
//!       refused NUMBER REASON            away or busy: the message is to be repeated
//!       here COUNT ID                    people on all nodes; ID: the newest message
//!       broker away | broker back
//! ```

use sha2::{Digest as _, Sha256};

use crate::entry::{Entry, EntryId};

/// A page's line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line<'a> {
    Join {
        name: String,
        sender: String,
        last: Option<EntryId>,
    },
    Say {
        number: u64,
        text: &'a str,
    },
}

/// Reads a page's line. Returns `None` for a line that the page of this program never sends.
pub(crate) fn parse(line: &str) -> Option<Line<'_>> {
    let (kind, rest) = line.split_once('\t')?;
    match kind {
        "join" => {
            let words: Vec<&str> = rest.split('\t').collect();
            let [name, secret, last] = words[..] else {
                return None;
            };
            Some(Line::Join {
                name: shown_name(name),
                sender: sender(secret)?,
                last: (!last.is_empty()).then(|| last.parse()).transpose().ok()?,
            })
        }
        "say" => {
            let (number, text) = rest.split_once('\t')?;
            let number = number.parse().ok()?;
            Some(Line::Say { number, text })
        }
        _ => None,
    }
}

/// Public name of a page: the hash of its secret. Everybody sees it, and only the page that knows
/// the secret can send under it, so nobody can take the numbers of another page's messages.
fn sender(secret: &str) -> Option<String> {
    if !(16..=64).contains(&secret.len()) {
        return None;
    }
    let hash = Sha256::digest(secret.as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(&hash[..8]);
    Some(format!("{:016x}", u64::from_be_bytes(first)))
}

fn shown_name(wanted: &str) -> String {
    let short: String = printable(wanted)
        .trim()
        .chars()
        .take(MAX_NAME_CHARS)
        .collect();
    if short.is_empty() {
        "Guest".into()
    } else {
        short
    }
}

/// Replaces control characters: tabs separate the words of a line.
pub(crate) fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

/// The room in a path such as `/lobby`.
pub(crate) fn room(path: &str) -> Option<&str> {
    let name = path.strip_prefix('/')?;
    let name = name.split('?').next().unwrap_or(name);
    let well_formed = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    (well_formed && (1..=MAX_ROOM_LEN).contains(&name.len())).then_some(name)
}

pub(crate) fn said(entry: &Entry) -> String {
    let Entry {
        id,
        previous,
        sender,
        number,
        name,
        text,
    } = entry;
    let previous = previous.map_or(String::new(), |previous| previous.to_string());
    format!("said\t{id}\t{previous}\t{sender}\t{number}\t{name}\t{text}")
}

/// Longer names are cut.
const MAX_NAME_CHARS: usize = 32;

const MAX_ROOM_LEN: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "0123456789abcdef";

    #[test]
    fn k06_lines_of_a_page_are_read() {
        let Some(Line::Join { name, sender, last }) =
            parse(&format!("join\t Ada\u{7} \t{SECRET}\t7-3"))
        else {
            unreachable!("it is in order");
        };
        assert_eq!((name.as_str(), last), ("Ada", "7-3".parse().ok()));
        assert_eq!(sender, "9f9f5111f7b27a78", "sha-256, cut");
        assert!(matches!(
            parse(&format!("join\t\t{SECRET}\t")),
            Some(Line::Join { name, last: None, .. }) if name == "Guest"
        ));
        assert_eq!(
            parse("say\t4\ta\tb"),
            Some(Line::Say {
                number: 4,
                text: "a\tb"
            })
        );
    }

    #[test]
    fn k06_a_message_names_the_one_before() {
        let mut entry = Entry {
            id: EntryId {
                epoch: 7,
                number: 3,
            },
            previous: "7-2".parse().ok(),
            sender: "ab".into(),
            number: "9".into(),
            name: "Ada".into(),
            text: "Hello".into(),
        };
        assert_eq!(said(&entry), "said\t7-3\t7-2\tab\t9\tAda\tHello");
        entry.previous = None;
        assert_eq!(said(&entry), "said\t7-3\t\tab\t9\tAda\tHello");
    }

    #[test]
    fn k06_other_lines_are_refused() {
        for line in [
            "",
            "join",
            "join\tAda",
            "join\tAda\tshort\t",
            "join\tAda\t0123456789abcdef\t7",
            "join\tAda\t0123456789abcdef\t7-3\tmore",
            "say\t\ttext",
            "say\t-1\ttext",
            "say\t1",
            "shout\t1\ttext",
        ] {
            assert_eq!(parse(line), None, "{line:?}");
        }
    }

    #[test]
    fn k06_rooms_have_plain_names() {
        assert_eq!(room("/lobby"), Some("lobby"));
        assert_eq!(room("/Room_1-b?x=y"), Some("Room_1-b"));
        let long = format!("/{}", "a".repeat(65));
        for path in [
            "/",
            "",
            "lobby",
            "/a/b",
            "/a%20b",
            "/é",
            "/a:b",
            "/{a}",
            long.as_str(),
        ] {
            assert_eq!(room(path), None, "{path}");
        }
    }
}
