//! An unfinished row.

use super::message::Message;
use super::row::{Row, Subject, Verdict};
use super::text::{self, word};

/// The fields of an entry so far.
#[derive(Default)]
pub(super) struct Draft {
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
    pub(super) fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        match key {
            "role" => self.role(value)?,
            "call" => self.call = Some(named(value, ' ')?),
            "with" => self
                .setup
                .push((word(value).0.into(), word(value).1.into())),
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

    pub(super) fn row(self, name: &str, title: &str) -> Result<Row, String> {
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

/// A name and the text behind it.
fn named(value: &str, separator: char) -> Result<(String, Vec<u8>), String> {
    let (name, value) = value.split_once(separator).unwrap_or((value, ""));
    Ok((name.into(), text::bytes(value.trim())?))
}

/// The answer to the key of RFC 6455 §1.3.
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
