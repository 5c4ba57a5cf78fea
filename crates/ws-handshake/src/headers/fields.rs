//! Fields of a well-formed head.

use core::fmt;

use super::grammar::{cut, find, trim};
#[cfg(feature = "http")]
use super::map::MapIter;

/// Fields of a request or a response, in the order in which they came.
///
/// Look-ups search the bytes themselves: there is no map, and nothing is allocated.
///
/// A value can hold any bytes except control characters. The one exception is a line fold in a
/// response (RFC 9112 §5.2): its CR LF stands for spaces, and always has white space behind it.
/// [`ServerResponse::unfold`](crate::ServerResponse::unfold) replaces folds before parsing.
///
/// ```
/// # let head = b"GET / HTTP/1.1\r\nHost: a\r\nCookie: x=1\r\ncookie: y=2\r\n\r\n";
/// let request = ws_handshake::Request::parse(head)?;
/// assert_eq!(request.fields().first("host"), Some(&b"a"[..]));
/// assert_eq!(request.fields().all("Cookie").count(), 2);
/// for (name, value) in request.fields() {
///     println!("{name}: {}", value.escape_ascii()); // a value can hold any bytes
/// }
/// # Ok::<(), ws_handshake::HandshakeError>(())
/// ```
///
/// `Debug` shows names only: values can be cookies and passwords.
#[derive(Clone, Copy)]
pub struct Fields<'b>(Source<'b>);

/// Name and value in a header list of HTTP/2 or HTTP/3.
pub(crate) type Pair<'b> = (&'b [u8], &'b [u8]);

#[derive(Clone, Copy)]
enum Source<'b> {
    /// The lines of a head, each with its CR LF, without the last empty line.
    Lines(&'b [u8]),
    Pairs(&'b [Pair<'b>]),
    #[cfg(feature = "http")]
    Map(&'b ::http::HeaderMap),
}

impl<'b> Fields<'b> {
    pub(crate) const fn of_lines(lines: &'b [u8]) -> Self {
        Self(Source::Lines(lines))
    }

    pub(crate) const fn of_pairs(pairs: &'b [Pair<'b>]) -> Self {
        Self(Source::Pairs(pairs))
    }

    #[cfg(feature = "http")]
    pub(crate) const fn of_map(map: &'b ::http::HeaderMap) -> Self {
        Self(Source::Map(map))
    }

    /// Value of the first field of that name, ignoring the case of the name.
    #[must_use]
    pub fn first(&self, name: &str) -> Option<&'b [u8]> {
        self.all(name).next()
    }

    /// Values of all fields of that name, ignoring the case of the name.
    #[must_use]
    pub fn all<'n>(&self, name: &'n str) -> Values<'b, 'n> {
        Values(Found::Among(self.iter(), name))
    }

    /// Value of the first cookie of that name (RFC 6265 §5.4), from all `Cookie` fields. The case
    /// of the name matters.
    ///
    /// ```
    /// # let head = b"GET / HTTP/1.1\r\nHost: a\r\n\
    /// #     Cookie: theme=dark; id=a=b\r\nCookie: id=2; empty=\r\n\r\n";
    /// let request = ws_handshake::Request::parse(head)?;
    /// assert_eq!(request.fields().cookie("id"), Some(&b"a=b"[..]));
    /// assert_eq!(request.fields().cookie("empty"), Some(&b""[..]));
    /// assert_eq!(request.fields().cookie("ID"), None);
    /// # Ok::<(), ws_handshake::HandshakeError>(())
    /// ```
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<&'b [u8]> {
        let pairs = self
            .all("Cookie")
            .flat_map(|value| value.split(|byte| *byte == b';'));
        pairs
            .filter_map(|pair| pair.split_at_checked(pair.iter().position(|byte| *byte == b'=')?))
            .find(|(key, _)| key.trim_ascii() == name.as_bytes())
            .map(|(_, value)| value[1..].trim_ascii())
    }

    /// Names and values in order.
    #[must_use]
    pub fn iter(&self) -> FieldIter<'b> {
        match self.0 {
            Source::Lines(lines) => FieldIter(Cursor::Lines(lines)),
            Source::Pairs(pairs) => FieldIter(Cursor::Pairs(pairs)),
            #[cfg(feature = "http")]
            Source::Map(map) => FieldIter(Cursor::Map(MapIter::new(map))),
        }
    }
}

impl<'b> IntoIterator for Fields<'b> {
    type Item = (&'b str, &'b [u8]);
    type IntoIter = FieldIter<'b>;

    fn into_iter(self) -> FieldIter<'b> {
        self.iter()
    }
}

impl<'b> IntoIterator for &Fields<'b> {
    type Item = (&'b str, &'b [u8]);
    type IntoIter = FieldIter<'b>;

    fn into_iter(self) -> FieldIter<'b> {
        self.iter()
    }
}

impl fmt::Debug for Fields<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.iter().fmt(f)
    }
}

/// Iterator over names and values, made by [`Fields::iter`].
#[derive(Clone)]
pub struct FieldIter<'b>(Cursor<'b>);

#[derive(Clone)]
enum Cursor<'b> {
    Lines(&'b [u8]),
    Pairs(&'b [Pair<'b>]),
    #[cfg(feature = "http")]
    Map(MapIter<'b>),
}

impl<'b> FieldIter<'b> {
    fn next_named(&mut self, name: &str) -> Option<&'b [u8]> {
        if let Cursor::Lines(lines) = &mut self.0 {
            return core::iter::from_fn(|| next_field(lines))
                .find_map(|field| value_of(field, name));
        }
        self.find(|(other, _)| other.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }
}

impl<'b> Iterator for FieldIter<'b> {
    type Item = (&'b str, &'b [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            Cursor::Lines(lines) => split_field(next_field(lines)?),
            Cursor::Pairs(pairs) => next_pair(pairs),
            #[cfg(feature = "http")]
            Cursor::Map(entries) => entries.next(),
        }
    }
}

impl fmt::Debug for FieldIter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.clone().map(|(name, _)| name))
            .finish()
    }
}

/// Iterator over the values of one name, made by [`Fields::all`].
#[derive(Clone)]
pub struct Values<'b, 'n>(Found<'b, 'n>);

#[derive(Clone)]
enum Found<'b, 'n> {
    One(Option<&'b [u8]>),
    Among(FieldIter<'b>, &'n str),
}

impl<'b> Iterator for Values<'b, '_> {
    type Item = &'b [u8];

    fn next(&mut self) -> Option<&'b [u8]> {
        match &mut self.0 {
            Found::One(value) => value.take(),
            Found::Among(fields, name) => fields.next_named(name),
        }
    }
}

impl fmt::Debug for Values<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} values", self.clone().count())
    }
}

impl<'b> Values<'b, 'static> {
    pub(crate) const fn one(value: &'b [u8]) -> Self {
        Self(Found::One(Some(value)))
    }
}

/// Takes the next field off the front of a header list. Skips a name that is not UTF-8: such a list
/// is malformed, and the name must not hide the fields behind it.
fn next_pair<'b>(pairs: &mut &'b [Pair<'b>]) -> Option<(&'b str, &'b [u8])> {
    loop {
        let ((name, value), rest) = pairs.split_first()?;
        *pairs = rest;
        if let Ok(name) = core::str::from_utf8(name) {
            return Some((name, value));
        }
    }
}

/// Takes the next field off the front, with the lines that continue it, and leaves out its last CR
/// LF.
fn next_field<'b>(lines: &mut &'b [u8]) -> Option<&'b [u8]> {
    let mut len = 0;
    loop {
        len += find(&lines[len..], |byte| byte == b'\n')? + 1;
        if !matches!(lines.get(len), Some(b' ' | b'\t')) {
            break;
        }
    }
    let (field, rest) = lines.split_at(len);
    *lines = rest;
    field.strip_suffix(b"\r\n")
}

/// Splits a field into name and value; `None` if it is no field, which a well-formed head does not
/// have.
fn split_field(field: &[u8]) -> Option<(&str, &[u8])> {
    let (name, value) = cut(field, b':');
    Some((core::str::from_utf8(name).ok()?, trim(value?)))
}

/// The value if the field has this name.
fn value_of<'b>(field: &'b [u8], name: &str) -> Option<&'b [u8]> {
    let (found, rest) = field.split_at_checked(name.len())?;
    let value = rest.strip_prefix(b":")?;
    found
        .eq_ignore_ascii_case(name.as_bytes())
        .then(|| trim(value))
}
