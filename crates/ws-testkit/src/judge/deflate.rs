//! The parameters of permessage-deflate (RFC 7692 §7.1), and the answers that an offer allows.

use super::Extension;

/// An offer or an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deflate {
    /// Presence of `server_no_context_takeover`.
    pub server_fresh: bool,
    /// Presence of `client_no_context_takeover`.
    pub client_fresh: bool,
    /// The value of `server_max_window_bits`.
    pub server_window: Option<u8>,
    /// Presence of `client_max_window_bits`, and its value if it has one.
    pub client_window: Option<Option<u8>>,
}

/// Side that sends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The client.
    Offer,
    /// The server.
    Answer,
}

/// Reads an extension. Returns `None` if it is not a permessage-deflate that this side may send.
#[must_use]
pub fn deflate(extension: &Extension, side: Side) -> Option<Deflate> {
    let (name, parameters) = extension;
    let mut names: Vec<_> = parameters.iter().map(|(name, _)| name).collect();
    names.sort();
    names.dedup();
    if name != b"permessage-deflate" || names.len() < parameters.len() {
        return None;
    }
    let mut deflate = Deflate::default();
    for (name, value) in parameters {
        match (name.as_slice(), value) {
            (b"server_no_context_takeover", None) => deflate.server_fresh = true,
            (b"client_no_context_takeover", None) => deflate.client_fresh = true,
            (b"server_max_window_bits", Some(value)) => {
                deflate.server_window = Some(window(value)?);
            }
            (b"client_max_window_bits", Some(value)) => {
                deflate.client_window = Some(Some(window(value)?));
            }
            (b"client_max_window_bits", None) if side == Side::Offer => {
                deflate.client_window = Some(None);
            }
            _ => return None,
        }
    }
    Some(deflate)
}

/// Returns whether a server may answer `offer` with `answer`.
#[must_use]
pub fn answers(answer: &Deflate, offer: &Deflate) -> bool {
    let server_fresh = answer.server_fresh || !offer.server_fresh;
    let server_window = match (answer.server_window, offer.server_window) {
        (None, None) => true,
        (None, Some(_)) => false,
        (Some(answered), offered) => answered <= offered.unwrap_or(15),
    };
    let client_window = match (answer.client_window, offer.client_window) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(answered), Some(offered)) => answered <= Some(offered.unwrap_or(15)),
    };
    server_fresh && server_window && client_window
}

fn window(value: &[u8]) -> Option<u8> {
    (8..=15).find(|bits: &u8| bits.to_string().as_bytes() == value)
}
