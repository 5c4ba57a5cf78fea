//! The data file of opening handshakes, `crates/ws-handshake/tests/vectors/handshake.txt`, read into [`Row`]s.
//!
//! The file's own head explains its format. A mistake in it is a panic that names the line.

mod message;
mod seeds;
mod text;

pub use seeds::seeds;

use message::Message;

/// The text of the data file.
pub const HANDSHAKES: &str = include_str!("../../crates/ws-handshake/tests/vectors/handshake.txt");

/// One row: what comes in, and what must come of it, however the bytes are cut.
#[derive(Clone, Debug)]
pub struct Row {
    /// The ID of the fault that it holds.
    pub id: String,
    /// The ID with its letter, and the variant's number: unique in the file.
    pub name: String,
    /// What it is about.
    pub title: String,
    /// What is put to the test.
    pub subject: Subject,
    /// How the side that reads is set up: name and value.
    pub setup: Vec<(String, String)>,
    /// What it says.
    pub verdict: Verdict,
    /// Names and values of fields that the answer holds.
    pub has: Vec<(String, Vec<u8>)>,
    /// Names of fields that the answer does not hold.
    pub lacks: Vec<String>,
    /// What the application is told.
    pub sees: Vec<(String, Vec<u8>)>,
    /// The bytes behind the head.
    pub left: Vec<u8>,
}

/// What a row puts to the test.
#[derive(Clone, Debug)]
pub enum Subject {
    /// A server that reads these bytes of a client.
    Server(Vec<u8>),
    /// A client that sent the request of RFC 6455 §1.3 and reads these bytes of a server.
    Client(Vec<u8>),
    /// An encoder that is given this text in this place.
    Caller(String, Vec<u8>),
}

/// What has to come of a row.
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
    /// The value of a setting; empty where it is a word alone.
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
            draft
                .set(key, value)
                .unwrap_or_else(|error| panic!("row {name} at line {}, `{key} {value}`: {error}", self.line));
        }
        draft
            .row(name, title)
            .unwrap_or_else(|error| panic!("row {name} at line {}: {error}", self.line))
    }
}

/// What the fields of an entry have said so far.
#[derive(Default)]
struct Draft {
    role: Role,
    message: Message,
    call: Option<(String, Vec<u8>)>,
    verdict: String,
    setup: Vec<(String, String)>,
    has: Vec<(String, Vec<u8>)>,
    lacks: Vec<String>,
    sees: Vec<(String, Vec<u8>)>,
    left: Vec<u8>,
}

#[derive(Clone, Copy, Default)]
enum Role {
    #[default]
    Server,
    Client,
    Caller,
}

impl Draft {
    fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        match key {
            "role" => self.role(value)?,
            "call" => self.call = Some(named(value, ' ')?),
            "with" => self.setup.push((word(value).0.into(), word(value).1.into())),
            "=>" => self.verdict = value.into(),
            "has" => self.has.push(named(value, ':')?),
            "lacks" => self.lacks.push(value.into()),
            "sees" if value.starts_with("field ") => self.sees.push(named(value, ':')?),
            "sees" => self.sees.push(named(value, ' ')?),
            "left" => self.left = text::bytes(value)?,
            _ => self.message.edit(key, value)?,
        }
        Ok(())
    }

    fn role(&mut self, value: &str) -> Result<(), String> {
        self.role = match value {
            "server" => Role::Server,
            "client" => Role::Client,
            "caller" => Role::Caller,
            _ => return Err("no such role".into()),
        };
        if matches!(self.role, Role::Client) {
            self.message = Message::answer();
        }
        Ok(())
    }

    fn row(self, name: &str, title: &str) -> Result<Row, String> {
        let bytes = self.message.bytes();
        let verdict = self.verdict(&bytes)?;
        let subject = match self.role {
            Role::Server => Subject::Server(bytes),
            Role::Client => Subject::Client(bytes),
            Role::Caller => self
                .call
                .map(|(place, value)| Subject::Caller(place, value))
                .ok_or("no call")?,
        };
        Ok(Row {
            id: name.split(['.', '[']).next().unwrap_or_default().into(),
            name: name.into(),
            title: title.trim().into(),
            subject,
            setup: self.setup,
            verdict,
            has: self.has,
            lacks: self.lacks,
            sees: self.sees,
            left: self.left,
        })
    }

    fn verdict(&self, bytes: &[u8]) -> Result<Verdict, String> {
        let status = |digits: &str| {
            digits
                .parse()
                .map_err(|_| format!("no verdict `{}`", self.verdict))
        };
        Ok(match (self.role, word(&self.verdict)) {
            (Role::Server, ("101", "")) => Verdict::Accepted(ACCEPT.into()),
            (Role::Server, ("101", accept)) => Verdict::Accepted(accept.into()),
            (Role::Server, (digits, "")) => Verdict::Refused(status(digits)?),
            (Role::Client, ("open", "")) => Verdict::Open,
            (Role::Client, ("status", "")) => {
                let digits = bytes
                    .get(9..12)
                    .and_then(|digits| std::str::from_utf8(digits).ok());
                Verdict::Status(status(digits.unwrap_or_default())?)
            }
            (Role::Client, ("fails", why)) => Verdict::Fails(why.into()),
            (Role::Caller, ("written", "")) => Verdict::Written,
            (Role::Caller, ("refused", "")) => Verdict::NotWritten,
            _ => return Err(format!("no verdict `{}`", self.verdict)),
        })
    }
}

/// The first word and the rest.
fn word(line: &str) -> (&str, &str) {
    let (word, rest) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
    (word, rest.trim())
}

/// A name and the text behind it.
fn named(value: &str, separator: char) -> Result<(String, Vec<u8>), String> {
    let (name, value) = value.split_once(separator).unwrap_or((value, ""));
    Ok((name.into(), text::bytes(value.trim())?))
}

/// The answer to the key of RFC 6455 §1.3.
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
