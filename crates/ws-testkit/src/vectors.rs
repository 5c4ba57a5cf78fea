//! The data file of frame-level rows, `crates/ws-frame/tests/vectors/frames.txt`, read into
//! [`Row`]s.
//!
//! The file's own head explains its format. A mistake in it is a panic that names the line.

pub mod notation;

use notation::Bytes;

use crate::event::{Event, Limits, Role, Rule};

/// The text of the data file.
pub const FRAMES: &str = include_str!("../../ws-frame/tests/vectors/frames.txt");

/// One row: input and expected result, which must not depend on how the bytes are cut.
#[derive(Clone, Debug)]
pub struct Row {
    /// The IDs of the faults and rules that the row covers, without the letter that tells rows of
    /// one ID apart.
    pub ids: Vec<String>,
    /// The first ID with that letter and the variant in brackets: unique in the file.
    pub name: String,
    /// Title of the row.
    pub title: String,
    /// Side that reads the bytes.
    pub role: Role,
    /// The extension that was agreed.
    pub extension: Extension,
    /// Limits that differ from the defaults.
    pub limits: Limits,
    /// The reason for which other implementations may differ: the RFC leaves it open.
    pub choice: Option<String>,
    /// The body of the Close that this side sends before any input.
    pub first_close: Option<Vec<u8>>,
    /// The peer's bytes.
    pub input: Vec<u8>,
    /// Number of bytes after which the connection must fail. One byte less is still valid.
    pub verdict_at: Option<usize>,
    /// Events for the application, without the failure.
    pub events: Vec<Event>,
    /// Output, our own Close included.
    pub output: Vec<u8>,
    /// State at the end.
    pub end: End,
    /// Meaning of the end of the input, if the row covers that.
    pub eof: Option<Eof>,
}

/// The extension that a row's connection has agreed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extension {
    /// No extension: RSV1 to RSV3 are errors.
    None,
    /// permessage-deflate (RFC 7692): RSV1 has a meaning.
    Deflate,
}

/// The state after the row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Messages may go both ways.
    Open,
    /// Our Close is sent, the peer's has not come.
    Closing,
    /// Client: both Closes have been exchanged, and the server closes TCP first (RFC 6455 §7.1.1).
    ExpectEof,
    /// Nothing more is read or written.
    Closed,
    /// The peer broke this rule.
    Failed(Rule),
}

/// Meaning of the end of the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Eof {
    /// The closing handshake was complete.
    Clean,
    /// The closing handshake was incomplete: close code 1006 for the application.
    Abrupt,
}

/// Every row of the data file.
#[must_use]
pub fn frames() -> Vec<Row> {
    rows(FRAMES)
}

/// Every row of a text in the data file's format.
#[must_use]
pub fn rows(text: &str) -> Vec<Row> {
    entries(text).iter().flat_map(Entry::rows).collect()
}

/// The name of a row's file: without its variant, in lower case.
pub(crate) fn file_name(row: &str) -> String {
    row.split('[').next().unwrap_or_default().to_lowercase()
}

/// The lines of one entry, before its variants are filled in.
struct Entry<'a> {
    line: usize,
    head: &'a str,
    fields: Vec<(&'a str, &'a str)>,
}

fn entries(text: &str) -> Vec<Entry<'_>> {
    let mut entries: Vec<Entry<'_>> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let content = line.trim();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        if line.starts_with(' ') {
            let entry = entries
                .last_mut()
                .unwrap_or_else(|| panic!("line {}: no row yet", index + 1));
            entry.fields.push(
                content
                    .split_once(char::is_whitespace)
                    .unwrap_or((content, "")),
            );
        } else {
            entries.push(Entry {
                line: index + 1,
                head: content,
                fields: Vec::new(),
            });
        }
    }
    entries
}

impl Entry<'_> {
    /// One row, or one for each value of `each`.
    fn rows(&self) -> Vec<Row> {
        let Some((_, values)) = self.fields.iter().find(|(key, _)| *key == "each") else {
            return vec![self.row(None)];
        };
        values
            .split('/')
            .map(|value| self.row(Some(value.trim())))
            .collect()
    }

    fn row(&self, variant: Option<&str>) -> Row {
        let mut row = self.empty_row(variant);
        for (key, value) in &self.fields {
            let value = value.trim().replace("$X", variant.unwrap_or("$X"));
            row.set(key, &value).unwrap_or_else(|error| {
                panic!("row at line {}, `{key} {value}`: {error}", self.line)
            });
        }
        row
    }

    fn empty_row(&self, variant: Option<&str>) -> Row {
        let (ids, title) = self
            .head
            .split_once(':')
            .unwrap_or_else(|| panic!("line {}: no colon", self.line));
        let first = ids.split_whitespace().next().unwrap_or_default();
        let base = |id: &str| id.split('.').next().unwrap_or_default().to_owned();
        Row {
            ids: ids.split_whitespace().map(base).collect(),
            name: variant.map_or(first.to_owned(), |variant| {
                format!("{first}[{}]", variant.replace('!', ""))
            }),
            title: title.trim().to_owned(),
            role: Role::Server,
            extension: Extension::None,
            limits: Limits::default(),
            choice: None,
            first_close: None,
            input: Vec::new(),
            verdict_at: None,
            events: Vec::new(),
            output: Vec::new(),
            end: End::Open,
            eof: None,
        }
    }
}

impl Row {
    fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        match key {
            "each" => {}
            "role" => {
                self.role = choice(value, &[("server", Role::Server), ("client", Role::Client)])?;
            }
            "extension" => self.extension = choice(value, &[("deflate", Extension::Deflate)])?,
            "limit" => self.limit(value)?,
            "choice" => self.choice = Some(value.to_owned()),
            "first-close" => self.first_close = Some(bytes(value)?),
            "in" => self.input(value)?,
            "event" => self.event(value)?,
            "out" => self.output.extend(bytes(value)?),
            "end" => self.end = end(value)?,
            "eof" => {
                self.eof = Some(choice(
                    value,
                    &[("clean", Eof::Clean), ("abrupt", Eof::Abrupt)],
                )?);
            }
            _ => return Err("no such field".into()),
        }
        Ok(())
    }

    fn limit(&mut self, value: &str) -> Result<(), String> {
        let (name, number) = value.split_once(' ').ok_or("a name and a number")?;
        let number: u32 = number.trim().parse().map_err(|_| "not a number")?;
        match name {
            "frame" => self.limits.frame = number.into(),
            "message" => self.limits.message = number.into(),
            "fragments" => self.limits.fragments = number,
            "empty" => self.limits.empty = number,
            _ => return Err("no such limit".into()),
        }
        Ok(())
    }

    fn input(&mut self, value: &str) -> Result<(), String> {
        let Bytes { bytes, mark } = Bytes::read(value)?;
        self.verdict_at = self.verdict_at.or(mark.map(|mark| self.input.len() + mark));
        self.input.extend(bytes);
        Ok(())
    }

    fn event(&mut self, value: &str) -> Result<(), String> {
        let (times, value) = match value.split_once("* ") {
            Some((times, value)) if times.bytes().all(|digit| digit.is_ascii_digit()) => {
                (times.parse().map_err(|_| "not a count")?, value)
            }
            _ => (1, value),
        };
        let event = event(value)?;
        self.events.extend(std::iter::repeat_n(event, times));
        Ok(())
    }
}

fn event(value: &str) -> Result<Event, String> {
    let (kind, payload) = value.split_once(' ').unwrap_or((value, ""));
    let payload = bytes(payload)?;
    Ok(match kind {
        "text" => Event::Text(text(payload)?),
        "binary" => Event::Binary(payload),
        "ping" => Event::Ping(payload),
        "pong" => Event::Pong(payload),
        "close" => Event::Close(match payload.split_first_chunk() {
            Some((code, reason)) => Some((u16::from_be_bytes(*code), text(reason.to_vec())?)),
            None if payload.is_empty() => None,
            None => return Err("a close code has two bytes".into()),
        }),
        _ => return Err("no such event".into()),
    })
}

fn end(value: &str) -> Result<End, String> {
    let Some(failed) = value.strip_prefix("failed ") else {
        return choice(
            value,
            &[
                ("open", End::Open),
                ("closing", End::Closing),
                ("expect-eof", End::ExpectEof),
                ("closed", End::Closed),
            ],
        );
    };
    let (code, rule) = failed.split_once(' ').ok_or("a close code and a rule")?;
    let rule = Rule::named(rule.trim()).ok_or("no such rule")?;
    if code == rule.close_code().to_string() {
        Ok(End::Failed(rule))
    } else {
        Err(format!("a breach of {rule} deserves {}", rule.close_code()))
    }
}

fn bytes(value: &str) -> Result<Vec<u8>, String> {
    let Bytes { bytes, mark } = Bytes::read(value)?;
    if mark.is_none() {
        Ok(bytes)
    } else {
        Err("`!` belongs into `in`".into())
    }
}

fn text(bytes: Vec<u8>) -> Result<String, String> {
    String::from_utf8(bytes).map_err(|error| error.to_string())
}

fn choice<T: Copy>(value: &str, choices: &[(&str, T)]) -> Result<T, String> {
    let found = choices.iter().find(|(name, _)| *name == value);
    found
        .map(|(_, choice)| *choice)
        .ok_or_else(|| "no such value".into())
}
