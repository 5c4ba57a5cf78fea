//! The data file of opening handshakes, `crates/ws-handshake/tests/vectors/handshake.txt`, read
//! into [`Row`]s.
//!
//! The file's own head explains its format. A mistake in it is a panic that names the line.

mod draft;
mod message;
mod seeds;
mod text;

pub use seeds::seeds;

use draft::Draft;

/// The text of the data file.
pub const HANDSHAKES: &str = include_str!("../../ws-handshake/tests/vectors/handshake.txt");

/// One row: input and expected result, which must not depend on how the bytes are cut.
#[derive(Clone, Debug)]
pub struct Row {
    /// The ID of the fault that it holds.
    pub id: String,
    /// The ID with its letter, and the variant's number: unique in the file.
    pub name: String,
    /// Title of the row.
    pub title: String,
    /// Code under test.
    pub subject: Subject,
    /// Settings of the side that reads: name and value.
    pub setup: Vec<(String, String)>,
    /// Expected verdict.
    pub verdict: Verdict,
    /// Names and values of fields that the answer holds.
    pub has: Vec<(String, Vec<u8>)>,
    /// Names of fields that the answer does not hold.
    pub lacks: Vec<String>,
    /// Values that the application must see.
    pub sees: Vec<(String, Vec<u8>)>,
    /// The bytes behind the head.
    pub left: Vec<u8>,
}

/// Code that a row tests.
#[derive(Clone, Debug)]
pub enum Subject {
    /// A server that reads these bytes of a client.
    Server(Vec<u8>),
    /// A client that sent the request of RFC 6455 §1.3 and reads these bytes of a server.
    Client(Vec<u8>),
    /// An encoder that is given this text in this place.
    Caller(String, Vec<u8>),
}

/// Expected outcome of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The server answers 101, with this Sec-WebSocket-Accept.
    Accepted(String),
    /// The server answers with this status.
    Refused(u16),
    /// The client's connection is open.
    Open,
    /// The client has a complete answer with this status, which is not 101.
    Status(u16),
    /// The client fails, for this reason.
    Fails(String),
    /// The encoder writes.
    Written,
    /// The encoder refuses and writes nothing.
    NotWritten,
}

/// Every row of the data file.
#[must_use]
pub fn handshakes() -> Vec<Row> {
    entries(HANDSHAKES).iter().flat_map(Entry::rows).collect()
}

impl Row {
    /// The value of a setting; empty for a word without a value.
    #[must_use]
    pub fn setting(&self, name: &str) -> Option<&str> {
        self.setup
            .iter()
            .find(|(other, _)| other == name)
            .map(|(_, value)| value.as_str())
    }
}

/// The lines of one entry, before its variants are put in.
struct Entry<'a> {
    line: usize,
    head: &'a str,
    variants: Vec<&'a str>,
    fields: Vec<&'a str>,
}

fn entries(text: &str) -> Vec<Entry<'_>> {
    let mut entries: Vec<Entry<'_>> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.starts_with('#') || line.trim().is_empty() {
            continue;
        }
        if !line.starts_with(' ') {
            entries.push(Entry {
                line: index + 1,
                head: line,
                variants: Vec::new(),
                fields: Vec::new(),
            });
            continue;
        }
        let entry = entries
            .last_mut()
            .unwrap_or_else(|| panic!("line {}: no row yet", index + 1));
        match word(line) {
            ("each", variant) => entry.variants.push(variant),
            _ => entry.fields.push(line),
        }
    }
    entries
}

impl Entry<'_> {
    fn rows(&self) -> Vec<Row> {
        let (name, title) = self
            .head
            .split_once(':')
            .unwrap_or_else(|| panic!("line {}: no colon", self.line));
        if self.variants.is_empty() {
            return vec![self.row(name, title, "$X")];
        }
        let numbered = self.variants.iter().enumerate();
        numbered
            .map(|(n, variant)| self.row(&format!("{name}[{}]", n + 1), title, variant))
            .collect()
    }

    fn row(&self, name: &str, title: &str, variant: &str) -> Row {
        let mut draft = Draft::default();
        for field in &self.fields {
            let field = field.replace("$X", variant);
            let (key, value) = word(&field);
            draft.set(key, value).unwrap_or_else(|error| {
                panic!("row {name} at line {}, `{key} {value}`: {error}", self.line)
            });
        }
        draft
            .row(name, title)
            .unwrap_or_else(|error| panic!("row {name} at line {}: {error}", self.line))
    }
}

/// The first word and the rest.
fn word(line: &str) -> (&str, &str) {
    let (word, rest) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
    (word, rest.trim())
}
