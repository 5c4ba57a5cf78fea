//! A request or an answer, as lines that a row's edits change.

use super::text;

/// The lines of a head, and the bytes around it.
pub(super) struct Message {
    before: Vec<u8>,
    line: Vec<u8>,
    fields: Vec<Vec<u8>>,
    end_of_line: Vec<u8>,
    raw: Option<Vec<u8>>,
    after: Vec<u8>,
}

impl Default for Message {
    /// The request of RFC 6455 §1.3.
    fn default() -> Self {
        Self::new(
            b"GET /chat HTTP/1.1",
            &[
                b"Host: server.example.com",
                b"Upgrade: websocket",
                b"Connection: Upgrade",
                b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                b"Sec-WebSocket-Version: 13",
            ],
        )
    }
}

impl Message {
    /// The answer of RFC 6455 §1.3.
    pub(super) fn answer() -> Self {
        Self::new(
            b"HTTP/1.1 101 Switching Protocols",
            &[
                b"Upgrade: websocket",
                b"Connection: Upgrade",
                b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
            ],
        )
    }

    fn new(line: &[u8], fields: &[&[u8]]) -> Self {
        Self {
            before: Vec::new(),
            line: line.to_vec(),
            fields: fields.iter().map(|field| field.to_vec()).collect(),
            end_of_line: b"\r\n".to_vec(),
            raw: None,
            after: Vec::new(),
        }
    }

    pub(super) fn edit(&mut self, key: &str, value: &str) -> Result<(), String> {
        match key {
            "line" => self.line = text::bytes(value)?,
            "set" => {
                let (name, line) = value.split_once(':').ok_or("no name")?;
                *self.field(name)? = text::bytes(line.trim())?;
            }
            "drop" => {
                self.field(value)?.clear();
                self.fields.retain(|field| !field.is_empty());
            }
            "add" => self.fields.push(text::bytes(value)?),
            "eol" => self.end_of_line = text::bytes(value)?,
            "before" => self.before.extend(text::bytes(value)?),
            "after" => self.after.extend(text::bytes(value)?),
            "raw" => self.raw.get_or_insert_default().extend(text::bytes(value)?),
            _ => return Err("no such field".into()),
        }
        Ok(())
    }

    fn field(&mut self, name: &str) -> Result<&mut Vec<u8>, String> {
        let is_named = |field: &[u8]| {
            field
                .split(|byte| *byte == b':')
                .next()
                .is_some_and(|other| other.eq_ignore_ascii_case(name.as_bytes()))
        };
        self.fields
            .iter_mut()
            .find(|field| is_named(field))
            .ok_or(format!("no field `{name}`"))
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let head = self.raw.clone().unwrap_or_else(|| self.head());
        [self.before.as_slice(), &head, &self.after].concat()
    }

    fn head(&self) -> Vec<u8> {
        let mut head = Vec::new();
        for line in std::iter::once(&self.line)
            .chain(&self.fields)
            .chain([&Vec::new()])
        {
            head.extend_from_slice(line);
            head.extend_from_slice(&self.end_of_line);
        }
        head
    }
}
