//! Limits of a head.

/// Limits of a head, all inclusive.
///
/// | limit | default | constant | status |
/// |---|--:|---|--:|
/// | bytes of the head | 16 KiB | [`DEFAULT_MAX_HEAD_LEN`](Self::DEFAULT_MAX_HEAD_LEN) | 431 |
/// | bytes of the first line | 8 KiB | [`DEFAULT_MAX_START_LINE_LEN`](Self::DEFAULT_MAX_START_LINE_LEN) | 414 |
/// | fields | 100 | [`DEFAULT_MAX_FIELDS`](Self::DEFAULT_MAX_FIELDS) | 431 |
///
/// ```
/// use ws_handshake::Limits;
///
/// let limits = Limits::new().max_head_len(32 * 1024).max_fields(200);
/// assert!(limits.get_max_head_len() > Limits::DEFAULT_MAX_HEAD_LEN);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    head_len: usize,
    start_line_len: usize,
    fields: usize,
}

impl Limits {
    /// 16 KiB. Cookies are most of a browser's request, and common servers accept 8 to 64 KiB in
    /// all.
    pub const DEFAULT_MAX_HEAD_LEN: usize = 16 * 1024;

    /// 8 KiB. RFC 9112 §3 recommends at least 8000 bytes.
    pub const DEFAULT_MAX_START_LINE_LEN: usize = 8 * 1024;

    /// 100 fields. A browser behind several proxies sends about 40.
    pub const DEFAULT_MAX_FIELDS: usize = 100;

    /// 500 fields: the largest value of [`max_fields`](Self::max_fields). A look-up of a name walks
    /// over all of them.
    pub const MOST_FIELDS: usize = 500;

    /// The defaults.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            head_len: Self::DEFAULT_MAX_HEAD_LEN,
            start_line_len: Self::DEFAULT_MAX_START_LINE_LEN,
            fields: Self::DEFAULT_MAX_FIELDS,
        }
    }

    /// Limits the bytes of the whole head, with the empty line at its end.
    #[must_use]
    pub const fn max_head_len(mut self, bytes: usize) -> Self {
        self.head_len = bytes;
        self
    }

    /// Limits the bytes of the first line, without its CR LF.
    #[must_use]
    pub const fn max_start_line_len(mut self, bytes: usize) -> Self {
        self.start_line_len = bytes;
        self
    }

    /// Limits the number of fields. A name that comes twice counts twice. A value above
    /// [`MOST_FIELDS`](Self::MOST_FIELDS) means [`MOST_FIELDS`](Self::MOST_FIELDS).
    #[must_use]
    pub const fn max_fields(mut self, count: usize) -> Self {
        self.fields = if count < Self::MOST_FIELDS {
            count
        } else {
            Self::MOST_FIELDS
        };
        self
    }

    /// The limit of [`max_head_len`](Self::max_head_len).
    #[must_use]
    pub const fn get_max_head_len(&self) -> usize {
        self.head_len
    }

    /// The limit of [`max_start_line_len`](Self::max_start_line_len).
    #[must_use]
    pub const fn get_max_start_line_len(&self) -> usize {
        self.start_line_len
    }

    /// The limit of [`max_fields`](Self::max_fields), at most [`MOST_FIELDS`](Self::MOST_FIELDS).
    #[must_use]
    pub const fn get_max_fields(&self) -> usize {
        self.fields
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::new()
    }
}
