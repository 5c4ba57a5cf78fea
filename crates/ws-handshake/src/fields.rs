//! The fields of a head that was found to be well-formed.

use core::fmt;

#[cfg(feature = "http")]
use crate::http::MapIter;
use crate::syntax::{cut, find, trim};

/// The fields of a request or a response, in the order in which they came.
///
/// They are looked up in the bytes themselves: there is no map to fill, and nothing is allocated.
///
/// ```
/// # let head = b"GET / HTTP/1.1\r\nHost: a\r\nCookie: x=1\r\ncookie: y=2\r\n\r\n";
/// let request = ws_handshake::Request::parse(head)?;
/// assert_eq!(request.fields().first("host"), Some(&b"a"[..]));
/// assert_eq!(request.fields().all("Cookie").count(), 2);
/// for (name, value) in request.fields() {
///     println!("{name}: {}", value.escape_ascii()); // a value may hold any bytes but control characters
/// }
/// # Ok::<(), ws_handshake::HandshakeError>(())
/// ```
///
/// `Debug` shows the names alone: among the values are cookies and passwords.
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

    /// The value of the first field of that name; the name's case does not matter.
    #[must_use]
    pub fn first(&self, name: &str) -> Option<&'b [u8]> {
        self.all(name).next()
    }

    /// The values of all fields of that name; the name's case does not matter.
    #[must_use]
    pub fn all<'n>(&self, name: &'n str) -> Values<'b, 'n> {
        Values(Found::Among(self.iter(), name))
    }

    /// All names with their values.
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

/// Names and values in order; made by [`Fields::iter`].
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
            return core::iter::from_fn(|| next_line(lines)).find_map(|line| value_of(line, name));
        }
        self.find(|(other, _)| other.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }
}

impl<'b> Iterator for FieldIter<'b> {
    type Item = (&'b str, &'b [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            Cursor::Lines(lines) => split_line(next_line(lines)?),
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

/// Values in order; made by [`Fields::all`].
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

/// The members of a list that may span several fields of one name; empty ones are passed over (RFC 9110 §5.6.1).
#[derive(Clone)]
pub(crate) struct Members<'b> {
    values: Values<'b, 'static>,
    items: Items<'b>,
}

impl<'b> Members<'b> {
    pub(crate) const fn of(values: Values<'b, 'static>) -> Self {
        Self {
            values,
            items: Items(None),
        }
    }
}

impl<'b> Iterator for Members<'b> {
    type Item = &'b [u8];

    fn next(&mut self) -> Option<&'b [u8]> {
        loop {
            match self.items.next() {
                None => self.items = Items::of(self.values.next()?),
                member => return member,
            }
        }
    }
}

/// The members in one field.
#[derive(Clone)]
pub(crate) struct Items<'b>(Option<&'b [u8]>);

impl<'b> Items<'b> {
    pub(crate) const fn of(list: &'b [u8]) -> Self {
        Self(Some(list))
    }
}

impl<'b> Iterator for Items<'b> {
    type Item = &'b [u8];

    fn next(&mut self) -> Option<&'b [u8]> {
        loop {
            let (member, rest) = cut(self.0?, b',');
            self.0 = rest;
            match trim(member) {
                [] => {}
                member => return Some(member),
            }
        }
    }
}

/// Takes the next field off the front of a header list.
fn next_pair<'b>(pairs: &mut &'b [Pair<'b>]) -> Option<(&'b str, &'b [u8])> {
    let ((name, value), rest) = pairs.split_first()?;
    *pairs = rest;
    Some((core::str::from_utf8(name).ok()?, value))
}

/// Takes the next line off the front, and leaves out its CR LF.
fn next_line<'b>(lines: &mut &'b [u8]) -> Option<&'b [u8]> {
    let (line, rest) = lines.split_at(find(lines, |byte| byte == b'\n')? + 1);
    *lines = rest;
    line.strip_suffix(b"\r\n")
}

/// `None` of what is no field, which a well-formed head does not have.
fn split_line(line: &[u8]) -> Option<(&str, &[u8])> {
    let (name, value) = cut(line, b':');
    Some((core::str::from_utf8(name).ok()?, trim(value?)))
}

/// The value if the field has this name.
fn value_of<'b>(line: &'b [u8], name: &str) -> Option<&'b [u8]> {
    let (found, rest) = line.split_at_checked(name.len())?;
    let value = rest.strip_prefix(b":")?;
    found.eq_ignore_ascii_case(name.as_bytes()).then(|| trim(value))
}
