//! User names and passwords.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::ProxyError;

/// A user name and a password. `Debug` shows neither.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Credentials {
    pub(super) user: String,
    pub(super) password: String,
}

impl Credentials {
    /// Checks what both kinds of proxy allow: no colon in the name (RFC 7617 §2), and a name of 1
    /// to 255 and a password of at most 255 bytes (RFC 1929 §2).
    pub(crate) fn new(user: &str, password: &str) -> Result<Self, ProxyError> {
        let valid = matches!(user.len(), 1..=255) && password.len() <= 255 && !user.contains(':');
        if !valid
            || [user, password]
                .iter()
                .any(|text| text.contains(char::is_control))
        {
            return Err(ProxyError::Credentials);
        }
        Ok(Self {
            user: user.to_owned(),
            password: password.to_owned(),
        })
    }

    /// Reads `user:password` in percent-encoding (RFC 3986 §3.2.1).
    pub(crate) fn decode(text: &str) -> Result<Self, ProxyError> {
        let (user, password) = text.split_once(':').unwrap_or((text, ""));
        let decode = |text| percent_decoded(text).ok_or(ProxyError::Credentials);
        Self::new(&decode(user)?, &decode(password)?)
    }

    /// The value of an `Authorization` or `Proxy-Authorization` field (RFC 7617 §2).
    pub(crate) fn basic(&self) -> String {
        format!(
            "Basic {}",
            STANDARD.encode(format!("{}:{}", self.user, self.password))
        )
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(..)")
    }
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut parts = text.split('%');
    bytes.extend_from_slice(parts.next()?.as_bytes());
    for part in parts {
        let (digits, rest) = part.split_at_checked(2)?;
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d13_credentials_are_checked_decoded_and_encoded() {
        // RFC 7617 §2, and §2.1 with a pound sign in UTF-8.
        let basic = Credentials::new("Aladdin", "open sesame").unwrap().basic();
        assert_eq!(basic, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert_eq!(
            Credentials::decode("test:123%C2%A3").unwrap().basic(),
            "Basic dGVzdDoxMjPCow=="
        );
        assert_eq!(
            Credentials::decode("name").unwrap(),
            Credentials::new("name", "").unwrap()
        );
        let long = "x".repeat(256);
        for text in [
            ":p", "a%3Ab:p", "a:%", "a:%4", "a:%+1", "a:%ff", "a:%0d%0a", &long, "a%€",
        ] {
            assert!(Credentials::decode(text).is_err(), "{text}");
        }
    }

    #[test]
    fn d13_debug_output_has_no_password() {
        let shown = format!("{:?}", Credentials::new("user", "secret").unwrap());
        assert!(
            !shown.contains("secret") && !shown.contains("user"),
            "{shown}"
        );
    }
}
