//! A second server side, slow and written from the rules alone, to compare with the crate's.
//!
//! It takes one more byte at a time and starts anew with each. It splits where the crate walks, and
//! copies where the crate borrows. It shares no code with the crate, and has its own SHA-1 and
//! base64.

mod accept;
mod answer;
mod deflate;
mod lists;
mod scan;
mod syntax;

pub use accept::accept;
pub use answer::{Offered, Outcome, is_answer_head, judge_answer};
pub use deflate::{Deflate, Side, answers, deflate};
pub use lists::{Extension, extensions, members};
pub use scan::{Limits, Scan, scan};

/// Verdict of a server without settings on some bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ruling {
    /// The head is unfinished.
    Wait,
    /// An answer with this status, which is not 101.
    Refuse(u16),
    /// An answer with 101.
    Accept(Acceptance),
}

/// A handshake that a server may accept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acceptance {
    /// End of the head.
    pub end: usize,
    /// The value of Sec-WebSocket-Accept.
    pub accept: String,
    /// The target as it was sent.
    pub target: Vec<u8>,
    /// The offered subprotocols.
    pub protocols: Vec<Vec<u8>>,
    /// The offered extensions.
    pub extensions: Vec<Extension>,
}

/// The verdict on these bytes.
#[must_use]
pub fn judge(bytes: &[u8], limits: &Limits) -> Ruling {
    match scan(bytes, limits) {
        Scan::Wait => Ruling::Wait,
        Scan::Refuse(status) => Ruling::Refuse(status),
        Scan::End(end) => match request(&bytes[..end], limits) {
            Ok(acceptance) => Ruling::Accept(Acceptance { end, ..acceptance }),
            Err(status) => Ruling::Refuse(status),
        },
    }
}

/// Checks that these bytes are exactly one head of a request without a syntax fault. Returns the
/// status of the refusal otherwise.
pub fn judge_head(bytes: &[u8], limits: &Limits) -> Result<(), u16> {
    match scan(bytes, limits) {
        Scan::End(end) if end == bytes.len() => {
            syntax::head(bytes, limits, syntax::request_line).map(|_| ())
        }
        Scan::Refuse(status) => Err(status),
        _ => Err(400),
    }
}

/// Checks a whole head against the rules, in their order.
fn request(head: &[u8], limits: &Limits) -> Result<Acceptance, u16> {
    let head = syntax::head(head, limits, syntax::request_line)?;
    check(!head.line.is_http10, 400)?;
    check(head.line.method == b"GET", 405)?;
    check(syntax::is_target(&head.line.target), 400)?;
    check(
        matches!(head.all("host").as_slice(), [host] if syntax::is_host(host)),
        400,
    )?;
    check(head.all("transfer-encoding").is_empty(), 400)?;
    check(has_no_length(&head.all("content-length")), 400)?;
    check(expects_nothing(&head.all("expect")), 417)?;
    check(lists::has(&head.all("upgrade"), b"websocket"), 426)?;
    check(lists::has(&head.all("connection"), b"upgrade"), 400)?;
    version(&head.all("sec-websocket-version"))?;
    let accept = key(&head.all("sec-websocket-key")).ok_or(400_u16)?;
    let values = head.all("sec-websocket-extensions");
    let extensions = extensions(&values).ok_or(400_u16)?;
    check(values.is_empty() == extensions.is_empty(), 400)?;
    let protocols = protocols(&head.all("sec-websocket-protocol"))?;
    check(head.all("origin").len() <= 1, 400)?;
    Ok(Acceptance {
        end: 0,
        accept,
        target: head.line.target,
        protocols,
        extensions,
    })
}

fn check(holds: bool, status: u16) -> Result<(), u16> {
    if holds { Ok(()) } else { Err(status) }
}

fn has_no_length(values: &[Vec<u8>]) -> bool {
    values.is_empty()
        || matches!(values, [value] if !value.is_empty() && value.iter().all(|digit| *digit == b'0'))
}

fn expects_nothing(values: &[Vec<u8>]) -> bool {
    values.is_empty() || matches!(values, [value] if value.eq_ignore_ascii_case(b"100-continue"))
}

fn version(values: &[Vec<u8>]) -> Result<(), u16> {
    let [value] = values else { return Err(400) };
    let known = (0_u8..=255)
        .find(|number| number.to_string().as_bytes() == value)
        .ok_or(400_u16)?;
    check(known == 13, 426)
}

fn key(values: &[Vec<u8>]) -> Option<String> {
    let [value] = values else { return None };
    let text = value.strip_suffix(b"==")?;
    let in_alphabet = text.iter().all(|byte| accept::ALPHABET.contains(byte));
    (text.len() == 22 && in_alphabet).then(|| accept(value))
}

/// Returns the first fault of the list: a member that is not a token, a repeated one, or one too
/// many.
fn protocols(values: &[Vec<u8>]) -> Result<Vec<Vec<u8>>, u16> {
    let members = members(values);
    check(values.is_empty() == members.is_empty(), 400)?;
    for (n, member) in members.iter().enumerate() {
        check(syntax::is_token(member), 400)?;
        check(n < MAX_PROTOCOLS, 431)?;
        check(!members[..n].contains(member), 400)?;
    }
    Ok(members)
}

/// More subprotocols than any client offers.
const MAX_PROTOCOLS: usize = 100;
