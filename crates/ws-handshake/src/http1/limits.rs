//! How much of a head is taken.

/// The most that is taken of a head. All limits are inclusive.
///
/// ```
/// let limits = ws_handshake::Limits::default().head(32 * 1024).fields(200);
/// assert!(limits.head > ws_handshake::DEFAULT_MAX_HEAD);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of the whole head, with its last empty line.
    pub head: usize,
    /// Bytes of the first line, without its CR LF.
    pub start_line: usize,
    /// Field lines; a name that comes twice counts twice. Above [`MAX_FIELDS`] it means [`MAX_FIELDS`].
    pub fields: usize,
}

impl Limits {
    /// The defaults: [`DEFAULT_MAX_HEAD`], [`DEFAULT_MAX_START_LINE`], [`DEFAULT_MAX_FIELDS`].
    #[must_use]
    pub const fn new() -> Self {
        Self {
            head: DEFAULT_MAX_HEAD,
            start_line: DEFAULT_MAX_START_LINE,
            fields: DEFAULT_MAX_FIELDS,
        }
    }

    /// With another limit for the bytes of the whole head.
    #[must_use]
    pub const fn head(self, bytes: usize) -> Self {
        Self { head: bytes, ..self }
    }

    /// With another limit for the bytes of the first line.
    #[must_use]
    pub const fn start_line(self, bytes: usize) -> Self {
        Self {
            start_line: bytes,
            ..self
        }
    }

    /// With another limit for the number of field lines.
    #[must_use]
    pub const fn fields(self, count: usize) -> Self {
        Self {
            fields: count,
            ..self
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::new()
    }
}

/// 16 KiB: cookies are the bulk of a browser's request, and the common servers take between 8 and 64 KiB in all.
pub const DEFAULT_MAX_HEAD: usize = 16 * 1024;

/// 8 KiB: RFC 9112 §3 recommends to take at least 8000 bytes.
pub const DEFAULT_MAX_START_LINE: usize = 8 * 1024;

/// 100: a browser behind several proxies sends about 40.
pub const DEFAULT_MAX_FIELDS: usize = 100;

/// 500: ten times what a browser behind several proxies sends. A look-up of a name walks over all of them.
pub const MAX_FIELDS: usize = 500;
