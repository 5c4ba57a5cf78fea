//! URLs of the caller.

use ws_handshake::{ClientRequest, Url, UrlError};

use super::{NONCE, encoded};

#[test]
fn h71_urls_are_taken_as_they_are_or_not_at_all() {
    for (text, error) in [
        ("", UrlError::Scheme),
        ("h", UrlError::Scheme),
        ("http://h/", UrlError::Scheme),
        ("ws:/h/", UrlError::Scheme),
        (" ws://h/", UrlError::Scheme),
        ("ws://", UrlError::Host),
        ("ws:///a", UrlError::Host),
        ("ws://u@h/", UrlError::Host),
        ("ws://h:x/", UrlError::Host),
        ("ws://h h/", UrlError::Host),
        ("ws://\u{e9}/", UrlError::Host),
        ("ws://h\\a", UrlError::Host),
        ("ws://h/a#", UrlError::Resource),
        ("ws://h#a", UrlError::Resource),
        ("ws://h/a b", UrlError::Resource),
        ("ws://h/\u{e9}", UrlError::Resource),
        ("ws://h/\r\n", UrlError::Resource),
        ("ws://[fe80::1%25eth0]/", UrlError::Host),
    ] {
        assert_eq!(Url::parse(text), Err(error), "{text:?}");
    }
}

/// RFC 3986 §3.3, §3.4. A filter would not see the changes that the `url` crate makes.
#[test]
fn r98_urls_have_the_characters_of_a_url() {
    for byte in (0x21..=0x7e_u8).filter(|byte| !b"#%.?".contains(byte)) {
        let text = format!("ws://h/a{0}b?c{0}d", char::from(byte));
        let valid = byte.is_ascii_alphanumeric() || b"-_~!$&'()*+,;=:@/".contains(&byte);
        assert_eq!(Url::parse(&text).is_ok(), valid, "{text}");
        let request = ClientRequest::new("h", &text["ws://h".len()..], NONCE);
        assert_eq!(encoded(&request).is_ok(), valid, "{text}");
    }
    for (text, valid) in [
        ("ws://h/%20", true),
        ("ws://h/%aF", true),
        ("ws://h/%", false),
        ("ws://h/%4", false),
        ("ws://h/%zz", false),
        ("ws://h/%4z", false),
        ("ws://h/?%20", true),
        ("ws://h/?%2", false),
        ("ws://h/a?b?c/d", true),
        ("ws://h/.", false),
        ("ws://h/..", false),
        ("ws://h/a/./b", false),
        ("ws://h/a/../b", false),
        ("ws://h/%2e", false),
        ("ws://h/.%2E/b", false),
        ("ws://h/%2e.", false),
        ("ws://h/...", true),
        ("ws://h/.a", true),
        ("ws://h/a..", true),
        ("ws://h/%2ea", true),
        ("ws://h/a?/../b", true),
    ] {
        assert_eq!(Url::parse(text).is_ok(), valid, "{text}");
    }
}

/// WHATWG URL, "host parsing": a browser would connect to another host than the text says, or to
/// none.
#[test]
fn r99_the_host_of_a_url_is_the_host_that_is_dialled() {
    for host in [
        "127.1",
        "0x7f.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "256.1.1.1",
        "1.2.3",
        "1.2.3.4.5",
        "127.0.0.1.",
        "a.0x1",
        "a.1",
        "0x",
        "[v1.x]",
        "h%41",
        "%6c",
        "[::1%25eth0]",
        "[::1",
        "[]",
    ] {
        let text = format!("ws://{host}/");
        assert_eq!(Url::parse(&text), Err(UrlError::Host), "{text}");
    }
    for (text, host, port, ip) in [
        ("ws://127.0.0.1", "127.0.0.1", 80, Some("127.0.0.1")),
        ("wss://[::1]/", "::1", 443, Some("::1")),
        ("ws://[0:0::1]:81", "0:0::1", 81, Some("::1")),
        ("ws://a.example.", "a.example.", 80, None),
        ("ws://1a.x2", "1a.x2", 80, None),
        ("ws://localhost:8888", "localhost", 8888, None),
        ("ws://0xg", "0xg", 80, None),
    ] {
        let url = Url::parse(text).unwrap();
        assert_eq!((url.host(), url.port()), (host, port), "{text}");
        assert_eq!(url.ip(), ip.map(|ip| ip.parse().unwrap()), "{text}");
    }
    let url = Url::parse("ws://[::1]:80/a?b").unwrap();
    assert_eq!(url.authority().to_string(), "[::1]");
    assert_eq!((url.path(), url.query()), ("/a", Some("b")));
}
