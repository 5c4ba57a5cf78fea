//! Faults of a head before its meaning is looked at.

use core::fmt;

/// Bytes that are no head of HTTP/1.1, or a head beyond the [`Limits`](crate::Limits).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[non_exhaustive]
pub enum HeadError {
    /// The first line exceeds [`Limits::max_start_line_len`](crate::Limits) (RFC 9112 §3). 414.
    StartLineTooLong,
    /// The head exceeds [`Limits::max_head_len`](crate::Limits) (RFC 6585 §5). 431.
    TooLarge,
    /// There are more fields than [`Limits::max_fields`](crate::Limits) (RFC 6585 §5). 431.
    TooManyFields,
    /// The bytes to parse are not exactly one whole head. 400.
    Incomplete,
    /// More than one empty line before the first line (RFC 9112 §2.2). 400.
    EmptyLines,
    /// CR and LF do not stand together (RFC 9112 §2.2). 400.
    LineEnd,
    /// The first line is none of HTTP/1.1 (RFC 9112 §3, §4). 400.
    StartLine,
    /// HTTP/1.0, in which `Upgrade` has no meaning (RFC 9110 §7.8). 400.
    Http10,
    /// A version of HTTP other than 1.0 and 1.1 (RFC 9110 §15.6.6). 505.
    HttpVersion,
    /// White space between the first line and the first field (RFC 9112 §2.2). 400.
    SpaceBeforeField,
    /// A field of a request that goes on in a second line (RFC 9112 §5.2). 400.
    FoldedField,
    /// White space between a field's name and its colon (RFC 9112 §5.1). 400.
    SpaceBeforeColon,
    /// A field's name is not a token, or has no colon after it (RFC 9110 §5.1). 400.
    FieldName,
    /// A control character in a field's value (RFC 9110 §5.5). 400.
    FieldValue,
}

impl HeadError {
    /// The status code of a server's answer.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::StartLineTooLong => 414,
            Self::TooLarge | Self::TooManyFields => 431,
            Self::HttpVersion => 505,
            Self::Incomplete
            | Self::EmptyLines
            | Self::LineEnd
            | Self::StartLine
            | Self::Http10
            | Self::SpaceBeforeField
            | Self::FoldedField
            | Self::SpaceBeforeColon
            | Self::FieldName
            | Self::FieldValue => 400,
        }
    }

    pub(crate) const fn message(self) -> &'static str {
        match self {
            Self::StartLineTooLong => "the first line is too long",
            Self::TooLarge => "the head is too long",
            Self::TooManyFields => "there are too many fields",
            Self::Incomplete => "the head is not complete",
            Self::EmptyLines => "there is more than one empty line before the first line",
            Self::LineEnd => "a line does not end with CR LF",
            Self::StartLine => "the first line is not one of HTTP/1.1",
            Self::Http10 => "the version is HTTP/1.0",
            Self::HttpVersion => "the version is not HTTP/1.1",
            Self::SpaceBeforeField => "there is white space before the first field",
            Self::FoldedField => "a field continues on a second line",
            Self::SpaceBeforeColon => "there is white space before the colon of a field",
            Self::FieldName => "the name of a field is not a token",
            Self::FieldValue => "the value of a field has a control character",
        }
    }
}

impl fmt::Display for HeadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl core::error::Error for HeadError {}
