//! Lists of extensions (RFC 6455 §9.1).

pub mod deflate;
pub(crate) mod grammar;

use core::fmt;

use crate::headers::extra::FieldError;
use crate::headers::fields::Values;
use crate::headers::grammar::{cut, cut_unquoted, is_value, trim};
use crate::headers::list::Members;

/// Iterator over a well-formed list of extensions, in the order of the peer's preference.
///
/// ```
/// use ws_handshake::extension::Extensions;
///
/// let value = br#"permessage-deflate; server_max_window_bits="10", x-other"#;
/// let mut list = Extensions::parse(value).unwrap();
/// let deflate = list.next().unwrap();
/// assert_eq!(deflate.name(), "permessage-deflate");
/// let parameter = deflate.parameters().next().unwrap();
/// assert_eq!(parameter.name(), "server_max_window_bits");
/// assert!(parameter.value().unwrap() == "10"); // without its quotes
/// assert_eq!(list.next().unwrap().name(), "x-other");
/// ```
#[derive(Clone)]
pub struct Extensions<'b>(Members<'b>);

impl<'b> Extensions<'b> {
    /// Parses the value of one `Sec-WebSocket-Extensions` field; `None` when it breaks the grammar.
    #[must_use]
    pub fn parse(value: &'b [u8]) -> Option<Self> {
        let values = Values::one(value);
        grammar::is_extension_list(values.clone())
            .then(|| Self::trust(Members::with_quotes(values)))
    }

    /// For members of a list that [`grammar::is_extension_list`] accepts, or none.
    pub(crate) const fn trust(members: Members<'b>) -> Self {
        Self(members)
    }
}

impl<'b> Iterator for Extensions<'b> {
    type Item = Extension<'b>;

    fn next(&mut self) -> Option<Extension<'b>> {
        let (name, rest) = cut_unquoted(self.0.next()?, b';');
        Some(Extension {
            name: text(trim(name)),
            parameters: ExtensionParameters(rest),
        })
    }
}

impl fmt::Debug for Extensions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

/// Checks the text of a list of extensions that a caller wrote.
pub(crate) fn check_extensions(text: &str) -> Result<(), FieldError> {
    // White space of the grammar includes line ends, which a caller must not write.
    if is_value(text.as_bytes()) && Extensions::parse(text.as_bytes()).is_some() {
        Ok(())
    } else {
        Err(FieldError::Extensions)
    }
}

/// One extension with its parameters.
#[derive(Clone, Debug)]
pub struct Extension<'b> {
    name: &'b str,
    parameters: ExtensionParameters<'b>,
}

impl<'b> Extension<'b> {
    /// The registered name, such as `permessage-deflate`.
    #[must_use]
    pub const fn name(&self) -> &'b str {
        self.name
    }

    /// The parameters in order. A name can come more than once.
    #[must_use]
    pub fn parameters(&self) -> ExtensionParameters<'b> {
        self.parameters.clone()
    }
}

/// Iterator over the parameters of an [`Extension`], in order.
#[derive(Clone)]
pub struct ExtensionParameters<'b>(Option<&'b [u8]>);

impl<'b> Iterator for ExtensionParameters<'b> {
    type Item = ExtensionParameter<'b>;

    fn next(&mut self) -> Option<ExtensionParameter<'b>> {
        let (parameter, rest) = cut_unquoted(self.0?, b';');
        self.0 = rest;
        let (name, value) = cut(parameter, b'=');
        Some(ExtensionParameter {
            name: text(trim(name)),
            value: value.map(|value| ParameterValue(trim(value))),
        })
    }
}

impl fmt::Debug for ExtensionParameters<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

/// One parameter of an [`Extension`].
#[derive(Clone, Copy, Debug)]
pub struct ExtensionParameter<'b> {
    name: &'b str,
    value: Option<ParameterValue<'b>>,
}

impl<'b> ExtensionParameter<'b> {
    /// The parameter's name.
    #[must_use]
    pub const fn name(&self) -> &'b str {
        self.name
    }

    /// The parameter's value, if it has one.
    #[must_use]
    pub const fn value(&self) -> Option<ParameterValue<'b>> {
        self.value
    }
}

/// Value of an [`ExtensionParameter`] without quotes and backslashes: a token, or any text for an
/// extension that this crate does not know.
///
/// Compare it with a `str`, take its [`bytes`](Self::bytes), or display it.
#[derive(Clone, Copy)]
pub struct ParameterValue<'b>(&'b [u8]);

impl<'b> ParameterValue<'b> {
    /// The bytes of the value, without the quotes around it and the backslashes that escape.
    pub fn bytes(&self) -> impl Iterator<Item = u8> + Clone + use<'b> {
        let inside = self
            .0
            .strip_prefix(b"\"")
            .and_then(|rest| rest.strip_suffix(b"\""));
        let mut escaped = false;
        inside
            .unwrap_or(self.0)
            .iter()
            .copied()
            .filter(move |byte| {
                escaped = *byte == b'\\' && !escaped;
                !escaped
            })
    }
}

impl PartialEq<str> for ParameterValue<'_> {
    fn eq(&self, other: &str) -> bool {
        self.bytes().eq(other.bytes())
    }
}

impl PartialEq<&str> for ParameterValue<'_> {
    fn eq(&self, other: &&str) -> bool {
        *self == **other
    }
}

impl fmt::Display for ParameterValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.bytes()
            .try_for_each(|byte| fmt::Write::write_char(f, char::from(byte)))
    }
}

impl fmt::Debug for ParameterValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

/// Names are tokens and so ASCII; the default is never used.
fn text(token: &[u8]) -> &str {
    core::str::from_utf8(token).unwrap_or_default()
}
