//! Lists in fields, split into words and separators (RFC 9110 §5.6, RFC 6455 §9.1 with the white
//! space of RFC 2616 §2.1).

use super::syntax::{is_token, trim};

/// An extension with its parameters.
pub type Extension = (Vec<u8>, Vec<(Vec<u8>, Option<Vec<u8>>)>);

/// The members of a list over several fields, without the empty ones. Quotes have no meaning.
#[must_use]
pub fn members(values: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let members = values
        .iter()
        .flat_map(|value| value.split(|byte| *byte == b','));
    members
        .map(|member| trim(member).to_vec())
        .filter(|member| !member.is_empty())
        .collect()
}

/// Returns whether a list has this member, which is in lower case.
pub(super) fn has(values: &[Vec<u8>], wanted: &[u8]) -> bool {
    members(values)
        .iter()
        .any(|member| member.to_ascii_lowercase() == wanted)
}

/// A list of extensions.
#[must_use]
pub fn extensions(values: &[Vec<u8>]) -> Option<Vec<Extension>> {
    let mut extensions = Vec::new();
    for value in values {
        let words = words(value)?;
        let members = words.split(|word| *word == Word::Separator(b','));
        for member in members.filter(|member| !member.is_empty()) {
            extensions.push(extension(member)?);
        }
    }
    Some(extensions)
}

fn extension(words: &[Word]) -> Option<Extension> {
    let mut parts = words.split(|word| *word == Word::Separator(b';'));
    let [Word::Token(name)] = parts.next()? else {
        return None;
    };
    let parameters = parts.map(|part| match part {
        [Word::Token(name)] => Some((name.clone(), None)),
        [Word::Token(name), Word::Separator(b'='), Word::Token(value)] => {
            Some((name.clone(), Some(value.clone())))
        }
        // "the value after quoted-string unescaping MUST conform to the 'token' ABNF". Unknown
        // extensions may have any value, because they are ignored.
        [
            Word::Token(parameter),
            Word::Separator(b'='),
            Word::Quoted(value),
        ] if is_token(value) || name != b"permessage-deflate" => {
            Some((parameter.clone(), Some(value.clone())))
        }
        _ => None,
    });
    Some((name.clone(), parameters.collect::<Option<_>>()?))
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Word {
    Token(Vec<u8>),
    /// A quoted string without its quotes and backslashes.
    Quoted(Vec<u8>),
    Separator(u8),
}

/// Splits a value. White space may stand between any two words.
fn words(value: &[u8]) -> Option<Vec<Word>> {
    let mut words = Vec::new();
    let mut rest = value;
    loop {
        rest = trim(rest);
        let (word, len) = match rest {
            [] => return Some(words),
            [b'"', inside @ ..] => quoted(inside)?,
            [separator @ (b',' | b';' | b'='), ..] => (Word::Separator(*separator), 1),
            _ => token(rest)?,
        };
        words.push(word);
        rest = &rest[len..];
    }
}

fn token(rest: &[u8]) -> Option<(Word, usize)> {
    let len = rest
        .iter()
        .position(|byte| !is_token(&[*byte]))
        .unwrap_or(rest.len());
    (len > 0).then(|| (Word::Token(rest[..len].to_vec()), len))
}

/// Reads a quoted string from behind its first quote.
fn quoted(inside: &[u8]) -> Option<(Word, usize)> {
    let mut text = Vec::new();
    let mut bytes = inside.iter().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => return Some((Word::Quoted(text), at + 2)),
            b'\\' => text.push(*bytes.next()?.1),
            other => text.push(*other),
        }
    }
    None
}
