//! Close codes.

use core::fmt;

/// A close code that may be sent in a Close frame (RFC 6455 §7.4, and the IANA registry).
///
/// 1005, 1006 and 1015 are never sent, so no value of this type stands for them.
/// [`NO_STATUS`](Self::NO_STATUS) and [`ABNORMAL`](Self::ABNORMAL) are plain numbers for programs
/// that report every end as one number (§7.1.5).
///
/// ```
/// use ws_frame::CloseCode;
///
/// assert_eq!(CloseCode::new(1000), Some(CloseCode::NORMAL));
/// assert_eq!(CloseCode::new(4321).map(CloseCode::get), Some(4321));
/// assert_eq!(CloseCode::new(1005), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CloseCode(u16);

impl CloseCode {
    /// 1000: normal closure.
    pub const NORMAL: Self = Self(1000);
    /// 1001: a server shuts down, or a browser leaves the page.
    pub const GOING_AWAY: Self = Self(1001);
    /// 1002: the peer broke a framing rule.
    pub const PROTOCOL_ERROR: Self = Self(1002);
    /// 1003: this end does not accept this kind of data, such as binary instead of text.
    pub const UNSUPPORTED_DATA: Self = Self(1003);
    /// 1007: a payload does not match its message type, such as text that is not UTF-8.
    pub const INVALID_PAYLOAD: Self = Self(1007);
    /// 1008: a message breaks the policy of this end, and no other code fits.
    pub const POLICY_VIOLATION: Self = Self(1008);
    /// 1009: a message is too big.
    pub const TOO_BIG: Self = Self(1009);
    /// 1010: the client requires an extension that the server did not agree to. Only a client
    /// chooses it; a server echoes it.
    pub const EXTENSION_REQUIRED: Self = Self(1010);
    /// 1011: an unexpected condition prevents this end from fulfilling the request.
    pub const INTERNAL_ERROR: Self = Self(1011);
    /// 1012: the server restarts. Reconnect after a random delay.
    pub const SERVICE_RESTART: Self = Self(1012);
    /// 1013: the server is overloaded. Reconnect later, or to another server.
    pub const TRY_AGAIN_LATER: Self = Self(1013);
    /// 1014: a gateway received an invalid response from the server behind it.
    pub const BAD_GATEWAY: Self = Self(1014);

    /// 1005, never sent: the number to report for a Close without a code (§7.1.5).
    pub const NO_STATUS: u16 = 1005;
    /// 1006, never sent: the number to report for a connection that ended without a Close (§7.1.5).
    pub const ABNORMAL: u16 = 1006;

    /// A code of 1000 to 1003, 1007 to 1014 or 3000 to 4999. `None` for other numbers, which may
    /// not be sent.
    #[must_use]
    pub const fn new(code: u16) -> Option<Self> {
        match code {
            1000..=1003 | 1007..=1014 | 3000..=4999 => Some(Self(code)),
            _ => None,
        }
    }

    /// The number, as sent.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }
}

impl From<CloseCode> for u16 {
    fn from(code: CloseCode) -> Self {
        code.0
    }
}

impl fmt::Display for CloseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
