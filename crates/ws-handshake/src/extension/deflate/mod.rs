//! Negotiation of `permessage-deflate` (RFC 7692 §7.1), without any compression.
//!
//! A server looks for the first offer that it can fit with [`DeflateServer::answer`]; a client makes a [`DeflateOffer`]
//! and checks what came back with [`DeflateOffer::agreed`]. Both end with a [`PerMessageDeflate`].

mod client;
mod server;

use core::fmt;

pub use client::DeflateOffer;
pub use server::{ClientTakeover, DeflateServer};

use super::{Extension, ExtensionParameter, ParameterValue};

/// What both sides agreed on: the parameters of the answer.
///
/// Its `Display` is the member of the `Sec-WebSocket-Extensions` field.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Hash)]
pub struct PerMessageDeflate {
    /// The server begins each message with an empty window.
    pub server_no_context_takeover: bool,
    /// The client begins each message with an empty window.
    pub client_no_context_takeover: bool,
    /// The logarithm of the window with which the server compresses; `None` is 15.
    pub server_max_window_bits: Option<WindowBits>,
    /// The logarithm of the window with which the client compresses; `None` is 15.
    pub client_max_window_bits: Option<WindowBits>,
}

impl fmt::Display for PerMessageDeflate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let client_window = self
            .client_max_window_bits
            .map_or(Setting::Absent, Setting::Value);
        Parameters {
            client_max_window_bits: client_window,
            ..Parameters::of(*self)
        }
        .fmt(f)
    }
}

/// The base-2 logarithm of the size of a window in bytes, 8 to 15.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct WindowBits(u8);

impl WindowBits {
    /// 256 bytes.
    pub const MIN: Self = Self(8);
    /// 32 KiB, which holds when nothing is said.
    pub const MAX: Self = Self(15);

    /// `None` unless 8 to 15.
    #[must_use]
    pub const fn new(bits: u8) -> Option<Self> {
        match bits {
            8..=15 => Some(Self(bits)),
            _ => None,
        }
    }

    /// 8 to 15.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// RFC 7692 §7.1.2: decimal digits without a leading zero.
    fn parse(value: ParameterValue<'_>) -> Option<Self> {
        let mut digits = value.bytes();
        match (digits.next(), digits.next(), digits.next()) {
            (Some(digit @ b'8'..=b'9'), None, None) => Self::new(digit - b'0'),
            (Some(b'1'), Some(digit @ b'0'..=b'5'), None) => Self::new(10 + digit - b'0'),
            _ => None,
        }
    }
}

impl Default for WindowBits {
    fn default() -> Self {
        Self::MAX
    }
}

impl fmt::Display for WindowBits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

pub(crate) use super::grammar::DEFLATE as NAME;

/// The parameters of one offer or answer, as they were written.
#[derive(Clone, Copy, Default)]
struct Parameters {
    server_no_context_takeover: bool,
    client_no_context_takeover: bool,
    server_max_window_bits: Option<WindowBits>,
    client_max_window_bits: Setting,
}

/// `client_max_window_bits` may come without a value, in an offer.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Setting {
    #[default]
    Absent,
    Empty,
    Value(WindowBits),
}

impl Parameters {
    fn of(agreed: PerMessageDeflate) -> Self {
        Self {
            server_no_context_takeover: agreed.server_no_context_takeover,
            client_no_context_takeover: agreed.client_no_context_takeover,
            server_max_window_bits: agreed.server_max_window_bits,
            client_max_window_bits: Setting::Absent,
        }
    }

    /// `None` for a parameter that is unknown, repeated, or has no value that it may have.
    fn read(extension: &Extension<'_>) -> Option<Self> {
        let mut read = Self::default();
        extension
            .parameters()
            .try_for_each(|parameter| read.take(parameter))?;
        Some(read)
    }

    fn take(&mut self, parameter: ExtensionParameter<'_>) -> Option<()> {
        match (parameter.name(), parameter.value()) {
            ("server_no_context_takeover", None) => set(&mut self.server_no_context_takeover),
            ("client_no_context_takeover", None) => set(&mut self.client_no_context_takeover),
            ("server_max_window_bits", Some(bits)) if self.server_max_window_bits.is_none() => {
                self.server_max_window_bits = Some(WindowBits::parse(bits)?);
                Some(())
            }
            ("client_max_window_bits", value) if self.client_max_window_bits == Setting::Absent => {
                self.client_max_window_bits = match value {
                    None => Setting::Empty,
                    Some(bits) => Setting::Value(WindowBits::parse(bits)?),
                };
                Some(())
            }
            _ => None,
        }
    }
}

impl fmt::Display for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(NAME)?;
        if self.server_no_context_takeover {
            f.write_str("; server_no_context_takeover")?;
        }
        if self.client_no_context_takeover {
            f.write_str("; client_no_context_takeover")?;
        }
        if let Some(bits) = self.server_max_window_bits {
            write!(f, "; server_max_window_bits={bits}")?;
        }
        match self.client_max_window_bits {
            Setting::Absent => Ok(()),
            Setting::Empty => f.write_str("; client_max_window_bits"),
            Setting::Value(bits) => write!(f, "; client_max_window_bits={bits}"),
        }
    }
}

/// `None` when it was set before.
fn set(flag: &mut bool) -> Option<()> {
    (!core::mem::replace(flag, true)).then_some(())
}
