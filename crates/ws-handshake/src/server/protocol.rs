//! Subprotocols (RFC 6455 §1.9).

use core::fmt;

use super::refusal::HandshakeError;
use crate::headers::fields::Fields;
use crate::headers::grammar::is_token;
use crate::headers::handshake_fields::List;
use crate::headers::list::{Items, Members};
use crate::headers::names::Name;

/// Iterator over the subprotocols that a client offers, in the order of its preference. Case
/// matters.
#[derive(Clone)]
pub struct Protocols<'b> {
    members: Members<'b>,
    offer: Offer,
}

impl<'b> Protocols<'b> {
    /// Checks that the list is not empty and that its members are different tokens (RFC 6455 §4.1).
    pub(crate) fn check(list: List<'b>, fields: Fields<'b>) -> Result<(), HandshakeError> {
        let count = match list {
            List::One(value) => count_different::<USUAL_PROTOCOLS>(Items::of(value)),
            List::Several => Err(HandshakeError::TooManyProtocols),
        };
        let count = match count {
            Err(HandshakeError::TooManyProtocols) => {
                count_many(list.tokens(Name::Protocol, fields))
            }
            count => count,
        };
        if count? == 0 {
            Err(HandshakeError::ProtocolSyntax)
        } else {
            Ok(())
        }
    }

    /// For members that [`check`](Self::check) accepted, or none.
    pub(crate) fn trust(members: Members<'b>) -> Self {
        let offer = Offer::of(members.clone());
        Self { members, offer }
    }

    /// The offer that these names are from.
    pub(crate) const fn offer(&self) -> Offer {
        self.offer
    }

    const fn chosen<'s>(&self, name: &'s str) -> Protocol<'s> {
        let offer = self.offer;
        Protocol { name, offer }
    }

    /// The first of `supported` that is offered: the server's preference.
    #[must_use]
    pub fn choose<'s>(&self, supported: &[&'s str]) -> Option<Protocol<'s>> {
        let chosen = supported
            .iter()
            .find(|name| self.clone().any(|offered| offered == **name));
        chosen.map(|name| self.chosen(name))
    }

    /// The first offered one that is in `supported`: the client's preference.
    #[must_use]
    pub fn choose_first_offered<'s>(&self, supported: &[&'s str]) -> Option<Protocol<'s>> {
        let chosen = self
            .clone()
            .find_map(|offered| supported.iter().find(|name| **name == offered));
        chosen.map(|name| self.chosen(name))
    }

    /// The first offered one that `is_supported` accepts.
    pub fn choose_with(&self, is_supported: impl FnMut(&&'b str) -> bool) -> Option<Protocol<'b>> {
        self.clone()
            .find(is_supported)
            .map(|name| self.chosen(name))
    }
}

impl<'b> Iterator for Protocols<'b> {
    type Item = &'b str;

    fn next(&mut self) -> Option<&'b str> {
        self.members
            .next()
            .and_then(|token| core::str::from_utf8(token).ok())
    }
}

impl fmt::Debug for Protocols<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

/// A subprotocol that a client offered, which a server can answer with (RFC 6455 §4.2.2).
///
/// It can only be chosen from an offer, and an answer to a request that offered others refuses it
/// ([`FieldError::NotOffered`](crate::FieldError::NotOffered)), so that an answer never names one
/// that was not offered.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Protocol<'a> {
    name: &'a str,
    offer: Offer,
}

impl<'a> Protocol<'a> {
    /// The name.
    #[must_use]
    pub const fn as_str(&self) -> &'a str {
        self.name
    }

    /// The offer that it was chosen from.
    pub(crate) const fn offer(&self) -> Offer {
        self.offer
    }
}

impl fmt::Debug for Protocol<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Protocol").field(&self.name).finish()
    }
}

/// A fingerprint of a list of subprotocols (FNV-1a), kept in place of the list, which an answer
/// outlives.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub(crate) struct Offer(u64);

impl Offer {
    /// No list, or an empty one.
    pub(crate) const NONE: Self = Self(0xcbf2_9ce4_8422_2325);

    fn of<'b>(members: impl Iterator<Item = &'b [u8]>) -> Self {
        // Tokens have no comma.
        let bytes = members.flat_map(|member| member.iter().copied().chain([b',']));
        Self(bytes.fold(Self::NONE.0, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
        }))
    }
}

impl fmt::Display for Protocol<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// A function of its own, so that the usual list does not pay for the stack space of this one.
#[inline(never)]
fn count_many(members: Members<'_>) -> Result<usize, HandshakeError> {
    count_different::<MAX_PROTOCOLS>(members)
}

/// Counts up to `MAX` different tokens.
///
/// Each is noted as it comes: a walk over the list for each would be 100 times the work.
fn count_different<'b, const MAX: usize>(
    members: impl Iterator<Item = &'b [u8]>,
) -> Result<usize, HandshakeError> {
    let mut noted: [&[u8]; MAX] = [&[]; _];
    let mut count = 0;
    for member in members {
        if !is_token(member) {
            return Err(HandshakeError::ProtocolSyntax);
        }
        if count == MAX {
            return Err(HandshakeError::TooManyProtocols);
        }
        if noted[..count].contains(&member) {
            return Err(HandshakeError::ProtocolRepeated);
        }
        noted[count] = member;
        count += 1;
    }
    Ok(count)
}

/// Limit of offered subprotocols, inclusive. Each is compared with those before it.
pub const MAX_PROTOCOLS: usize = 100;

/// Most clients offer one or two subprotocols.
const USUAL_PROTOCOLS: usize = 4;
