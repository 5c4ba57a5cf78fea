//! A server's answer, read in the plainest way, and the rules for every answer.

use crate::handshakes::{Row, Subject, Verdict};
use crate::judge::members;

/// One complete answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Names and values, in order.
    pub fields: Vec<(String, Vec<u8>)>,
    /// Bytes behind the head.
    pub body: Vec<u8>,
}

impl Answer {
    /// Reads strictly the syntax that RFC 9112 lets a server write.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        let end = bytes
            .windows(4)
            .position(|window| window == b"\r\n\r\n")
            .ok_or("no end of the head")?;
        let head = std::str::from_utf8(&bytes[..end]).map_err(|error| error.to_string())?;
        let mut lines = head.split("\r\n");
        let status_line = lines.next().unwrap_or_default();
        let (digits, _reason) = status_line
            .strip_prefix("HTTP/1.1 ")
            .and_then(|rest| rest.split_once(' '))
            .ok_or_else(|| format!("the status line is `{status_line}`"))?;
        let fields = lines.map(|line| match line.split_once(": ") {
            Some((name, value)) if is_plain(name) && !name.contains(' ') && is_plain(value) => {
                Ok((name.to_owned(), value.as_bytes().to_vec()))
            }
            _ => Err(format!("a field is `{}`", line.escape_debug())),
        });
        Ok(Self {
            status: digits
                .parse()
                .map_err(|_| format!("the status is `{digits}`"))?,
            fields: fields.collect::<Result<_, _>>()?,
            body: bytes[end + 4..].to_vec(),
        })
    }

    /// The values of all fields of this name.
    #[must_use]
    pub fn all(&self, name: &str) -> Vec<Vec<u8>> {
        let named = self
            .fields
            .iter()
            .filter(|(other, _)| other.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.clone()).collect()
    }

    /// Returns whether a field holds this value, as the whole of a line or as a member of its list.
    #[must_use]
    pub fn has(&self, name: &str, value: &[u8]) -> bool {
        let lines = self.all(name);
        lines
            .iter()
            .chain(&members(&lines))
            .any(|held| held == value)
    }

    /// Checks the answer against the row, and against the rules for every answer (H40 to H46).
    pub fn check(&self, row: &Row) -> Result<(), String> {
        match &row.verdict {
            Verdict::Accepted(accept) => self.check_accepted(accept, row)?,
            Verdict::Refused(status) => self.check_refused(*status, row)?,
            other => return Err(format!("{other:?} is no answer")),
        }
        for (name, value) in &row.has {
            check(self.has(name, value), || {
                format!("no {name}: {}", value.escape_ascii())
            })?;
        }
        row.lacks
            .iter()
            .try_for_each(|name| check(self.all(name).is_empty(), || format!("there is {name}")))
    }

    fn check_accepted(&self, accept: &str, row: &Row) -> Result<(), String> {
        check(self.status == 101, || format!("status {}", self.status))?;
        check(self.all("Upgrade") == [b"websocket"], || {
            "Upgrade (H40)".into()
        })?;
        check(self.all("Connection") == [b"Upgrade"], || {
            "Connection (H40)".into()
        })?;
        check(
            self.all("Sec-WebSocket-Accept") == [accept.as_bytes()],
            || "accept value (H41)".into(),
        )?;
        for name in ["Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions"] {
            let agreed = row.has.iter().any(|(other, _)| other == name);
            check(self.all(name).len() == usize::from(agreed), || {
                format!("{name} (H42, H43)")
            })?;
        }
        for name in ["Content-Length", "Transfer-Encoding"] {
            check(self.all(name).is_empty(), || {
                format!("{name} in a 101 (H44)")
            })?;
        }
        check(self.body.is_empty(), || "a body in a 101".into())
    }

    fn check_refused(&self, status: u16, row: &Row) -> Result<(), String> {
        check(self.status == status, || format!("status {}", self.status))?;
        check(self.has("Connection", b"close"), || {
            "no Connection: close (H46)".into()
        })?;
        let len = self.body.len().to_string().into_bytes();
        check(self.all("Content-Length") == [len], || {
            "Content-Length (H46)".into()
        })?;
        check(self.all("Transfer-Encoding").is_empty(), || {
            "Transfer-Encoding".into()
        })?;
        check(self.all("Sec-WebSocket-Accept").is_empty(), || {
            "an accept value in a refusal".into()
        })?;
        check(!self.reflects(row), || {
            "the request comes back in the body (H46)".into()
        })
    }

    /// Returns whether the body holds the target or a field's value that is long enough to be told
    /// from plain words.
    fn reflects(&self, row: &Row) -> bool {
        let Subject::Server(request) = &row.subject else {
            return false;
        };
        let values = request
            .split(|byte| *byte == b'\n')
            .take(200)
            .filter_map(|line| {
                let colon = line.iter().position(|byte| *byte == b':')?;
                Some(line[colon + 1..].trim_ascii())
            });
        let targets = request.split(|byte| *byte == b' ').nth(1).into_iter();
        values
            .filter(|value| value.len() > 9)
            .chain(targets.filter(|target| target.len() > 4))
            .any(|words| self.body.windows(words.len()).any(|window| window == words))
    }
}

fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| matches!(byte, 0x20..=0x7e))
}

fn check(holds: bool, fault: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(fault()) }
}
