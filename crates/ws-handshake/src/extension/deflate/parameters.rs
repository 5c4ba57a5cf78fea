//! Parameters of permessage-deflate (RFC 7692 §7.1).

use core::fmt;

use crate::extension::grammar::DEFLATE;
use crate::extension::{Extension, ExtensionParameter, ParameterValue};

/// The parameters that both sides agreed on.
///
/// Its `Display` is the member of the `Sec-WebSocket-Extensions` field. The four getters are the
/// arguments of `Parameters::new` in the crate `ws-frame`, in this order.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Hash)]
pub struct PerMessageDeflate {
    pub(super) server_no_context_takeover: bool,
    pub(super) client_no_context_takeover: bool,
    pub(super) server_max_window_bits: Option<WindowBits>,
    pub(super) client_max_window_bits: Option<WindowBits>,
}

impl PerMessageDeflate {
    /// Returns whether the server begins each message with an empty window.
    #[must_use]
    pub const fn server_no_context_takeover(&self) -> bool {
        self.server_no_context_takeover
    }

    /// Returns whether the client begins each message with an empty window.
    #[must_use]
    pub const fn client_no_context_takeover(&self) -> bool {
        self.client_no_context_takeover
    }

    /// The base-2 logarithm of the window that the server compresses with: 8 to 15, and 15 if the
    /// answer does not mention it.
    #[must_use]
    pub const fn server_max_window_bits(&self) -> u8 {
        bits_or_max(self.server_max_window_bits)
    }

    /// The base-2 logarithm of the window that the client compresses with: 8 to 15, and 15 if the
    /// answer does not mention it.
    #[must_use]
    pub const fn client_max_window_bits(&self) -> u8 {
        bits_or_max(self.client_max_window_bits)
    }
}

const fn bits_or_max(bits: Option<WindowBits>) -> u8 {
    match bits {
        Some(bits) => bits.bits(),
        None => WindowBits::MAX.bits(),
    }
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

/// Base-2 logarithm of the size of a window in bytes, 8 to 15.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct WindowBits(u8);

impl WindowBits {
    /// 256 bytes.
    pub const MIN: Self = Self(8);
    /// 32 KiB, the value of a parameter that is not mentioned.
    pub const MAX: Self = Self(15);

    /// `None` unless `bits` is 8 to 15.
    #[must_use]
    pub const fn new(bits: u8) -> Option<Self> {
        match bits {
            8..=15 => Some(Self(bits)),
            _ => None,
        }
    }

    /// The logarithm: 8 to 15.
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

/// Parameters of one offer or answer, as they were written.
#[derive(Clone, Copy, Default)]
pub(super) struct Parameters {
    pub(super) server_no_context_takeover: bool,
    pub(super) client_no_context_takeover: bool,
    pub(super) server_max_window_bits: Option<WindowBits>,
    pub(super) client_max_window_bits: Setting,
}

/// `client_max_window_bits`, which can come without a value in an offer.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Setting {
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

    /// `None` if a parameter is unknown, repeated, or has a value that it cannot have.
    pub(super) fn read(extension: &Extension<'_>) -> Option<Self> {
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
        f.write_str(DEFLATE)?;
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

/// `None` if it was set before.
fn set(flag: &mut bool) -> Option<()> {
    (!core::mem::replace(flag, true)).then_some(())
}
