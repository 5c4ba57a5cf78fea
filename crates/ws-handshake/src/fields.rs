//! The fields of a head that was found to be well-formed.

use crate::syntax::{cut, trim};

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
#[derive(Clone, Copy, Debug)]
pub struct Fields<'b>(Source<'b>);

#[derive(Clone, Copy, Debug)]
enum Source<'b> {
    /// The lines of a head, each with its CR LF, without the last empty line.
    Lines(&'b [u8]),
}

impl<'b> Fields<'b> {
    pub(crate) const fn of_lines(lines: &'b [u8]) -> Self {
        Self(Source::Lines(lines))
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

/// Names and values in order; made by [`Fields::iter`].
#[derive(Clone, Debug)]
pub struct FieldIter<'b>(Cursor<'b>);

#[derive(Clone, Debug)]
enum Cursor<'b> {
    Lines(&'b [u8]),
}

impl<'b> Iterator for FieldIter<'b> {
    type Item = (&'b str, &'b [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            Cursor::Lines(lines) => next_line(lines),
        }
    }
}

/// Values in order; made by [`Fields::all`].
#[derive(Clone, Debug)]
pub struct Values<'b, 'n>(Found<'b, 'n>);

#[derive(Clone, Debug)]
enum Found<'b, 'n> {
    One(Option<&'b [u8]>),
    Among(FieldIter<'b>, &'n str),
}

impl<'b> Iterator for Values<'b, '_> {
    type Item = &'b [u8];

    fn next(&mut self) -> Option<&'b [u8]> {
        match &mut self.0 {
            Found::One(value) => value.take(),
            Found::Among(fields, name) => fields
                .find(|(other, _)| other.eq_ignore_ascii_case(name))
                .map(|(_, value)| value),
        }
    }
}

impl<'b> Values<'b, 'static> {
    pub(crate) const fn one(value: &'b [u8]) -> Self {
        Self(Found::One(Some(value)))
    }
}

/// The members of a list that may span several fields of one name; empty ones are passed over (RFC 9110 §5.6.1).
#[derive(Clone, Debug)]
pub(crate) struct Members<'b> {
    values: Values<'b, 'static>,
    rest: Option<&'b [u8]>,
}

impl<'b> Members<'b> {
    pub(crate) const fn of(values: Values<'b, 'static>) -> Self {
        Self { values, rest: None }
    }
}

impl<'b> Iterator for Members<'b> {
    type Item = &'b [u8];

    fn next(&mut self) -> Option<&'b [u8]> {
        loop {
            let list = match self.rest.take() {
                Some(rest) => rest,
                None => self.values.next()?,
            };
            let (member, rest) = cut(list, b',');
            self.rest = rest;
            match trim(member) {
                [] => {}
                member => return Some(member),
            }
        }
    }
}

/// What one pass over all fields found of one name.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Lines<'b> {
    pub(crate) first: Option<&'b [u8]>,
    pub(crate) repeated: bool,
}

impl<'b> Lines<'b> {
    pub(crate) const fn note(&mut self, value: &'b [u8]) {
        if self.first.is_none() {
            self.first = Some(value);
        } else {
            self.repeated = true;
        }
    }

    /// The only value; `Err` of the one or the other fault.
    pub(crate) fn only<E>(&self, missing: E, repeated: E) -> Result<&'b [u8], E> {
        if self.repeated {
            Err(repeated)
        } else {
            self.first.ok_or(missing)
        }
    }

    /// The only value if there is one; `Err` when there are several.
    pub(crate) fn at_most_one<E>(&self, repeated: E) -> Result<Option<&'b [u8]>, E> {
        if self.repeated {
            Err(repeated)
        } else {
            Ok(self.first)
        }
    }

    /// The members of the list in all values. The fields are walked over again only when the name came more than once.
    pub(crate) fn members(self, name: &'static str, fields: Fields<'b>) -> Members<'b> {
        Members::of(if self.repeated {
            fields.all(name)
        } else {
            Values(Found::One(self.first))
        })
    }
}

/// Takes the next field off the front; ends at what is no field, which a well-formed head does not have.
fn next_line<'b>(lines: &mut &'b [u8]) -> Option<(&'b str, &'b [u8])> {
    let end = lines.iter().position(|byte| *byte == b'\n')?;
    let (line, rest) = lines.split_at(end + 1);
    *lines = rest;
    let colon = line.iter().position(|byte| *byte == b':')?;
    let name = core::str::from_utf8(&line[..colon]).ok()?;
    let value = line[colon + 1..].strip_suffix(b"\r\n")?;
    Some((name, trim(value)))
}
