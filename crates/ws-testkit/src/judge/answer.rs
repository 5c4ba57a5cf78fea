//! A second client side: the outcome of an answer (RFC 6455 §4.1).

use super::lists::{self, extensions};
use super::scan::{Scan, scan};
use super::syntax::{self, Head, StatusLine};
use super::{Extension, Limits, Side, accept, answers, deflate};

/// Offer of a client.
#[derive(Clone, Copy, Debug)]
pub struct Offered<'a> {
    /// The text of its key.
    pub key: &'a str,
    /// Subprotocols.
    pub protocols: &'a [&'a str],
    /// The text of its extension list, or nothing.
    pub extensions: &'a str,
}

/// Outcome of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The answer is unfinished.
    Wait,
    /// The connection is open; frames begin here.
    Open(usize),
    /// A whole answer with a status other than 101, which ends here.
    Status(u16, usize),
    /// The client fails the handshake.
    Fail,
}

/// Checks that these bytes are exactly one head of an answer without a syntax fault.
#[must_use]
pub fn is_answer_head(bytes: &[u8]) -> bool {
    scan(bytes, &Limits::default()) == Scan::End(bytes.len())
        && !bytes.starts_with(b"\r")
        && syntax::head(&unfolded(bytes), &Limits::default(), syntax::status_line).is_ok()
}

/// Judges what a server sent.
#[must_use]
pub fn judge_answer(bytes: &[u8], offered: &Offered<'_>) -> Outcome {
    let mut start = 0;
    loop {
        // The limit applies to all heads together.
        let end = match scan(&bytes[start..], &Limits::default()) {
            Scan::Wait if bytes.len() <= MAX_HEADS => return Outcome::Wait,
            Scan::End(end) if start + end <= MAX_HEADS => start + end,
            _ => return Outcome::Fail,
        };
        let head = &bytes[start..end];
        if !is_answer_head(head) {
            return Outcome::Fail;
        }
        let head = unfolded(head);
        let Ok(head) = syntax::head(&head, &Limits::default(), syntax::status_line) else {
            return Outcome::Fail;
        };
        match head.line.status {
            101 if !head.line.is_http10 && opens(&head, offered) => return Outcome::Open(end),
            101 => return Outcome::Fail,
            100..=199 => start = end,
            status => return Outcome::Status(status, end),
        }
    }
}

/// Replaces each fold behind the first field by spaces (RFC 9112 §5.2). A fold behind the first
/// line stays, and is a fault.
fn unfolded(head: &[u8]) -> Vec<u8> {
    let mut unfolded: Vec<u8> = Vec::new();
    for (number, line) in head.split_inclusive(|byte| *byte == b'\n').enumerate() {
        if number > 1 && (line.starts_with(b" ") || line.starts_with(b"\t")) {
            let len = unfolded.len() - 2;
            unfolded[len..].fill(b' ');
        }
        unfolded.extend_from_slice(line);
    }
    unfolded
}

fn opens(head: &Head<StatusLine>, offered: &Offered<'_>) -> bool {
    let upgrade = head.all("upgrade");
    let protocol = head.all("sec-websocket-protocol");
    let is_offered = |protocol: &Vec<u8>| {
        offered
            .protocols
            .iter()
            .any(|name| name.as_bytes() == protocol)
    };
    upgrade.len() == 1
        && upgrade[0].eq_ignore_ascii_case(b"websocket")
        && lists::has(&head.all("connection"), b"upgrade")
        && head.all("sec-websocket-accept") == [accept(offered.key.as_bytes()).into_bytes()]
        && protocol.len() <= 1
        && protocol.iter().all(is_offered)
        && extends(&head.all("sec-websocket-extensions"), offered)
}

/// Each extension once, and each the answer to an offer.
fn extends(values: &[Vec<u8>], offered: &Offered<'_>) -> bool {
    let offers = extensions(&[offered.extensions.into()]).unwrap_or_default();
    let Some(list) = extensions(values) else {
        return false;
    };
    let mut names: Vec<_> = list.iter().map(|(name, _)| name).collect();
    names.sort();
    names.dedup();
    values.is_empty() == list.is_empty()
        && names.len() == list.len()
        && list
            .iter()
            .all(|answer| offers.iter().any(|offer| fits(answer, offer)))
}

/// Extensions other than compression are compared by name only.
fn fits(answer: &Extension, offer: &Extension) -> bool {
    if answer.0 != offer.0 || answer.0 != b"permessage-deflate" {
        return answer.0 == offer.0;
    }
    let (answer, offer) = (deflate(answer, Side::Answer), deflate(offer, Side::Offer));
    answer
        .zip(offer)
        .is_some_and(|(answer, offer)| answers(&answer, &offer))
}

const MAX_HEADS: usize = 16 * 1024;
