//! Origins that may connect: H26 with the tables of C-29, C-130 and C-131.

use ws_handshake::{HandshakeError as E, Host, OriginError, OriginList, OriginPolicy, Request};

fn check(policy: &OriginPolicy, host: &str, origin: Option<&str>) -> Result<(), E> {
    let host = Host::parse(host.as_bytes()).expect("a valid host");
    policy.check(host, origin.map(str::as_bytes), false)
}

fn list(origins: &[&str]) -> OriginList {
    OriginList::new().origins(origins).expect("valid origins")
}

#[test]
fn c29_list_compares_scheme_host_and_port() {
    let policy = OriginPolicy::List(list(&[
        "https://good.example",
        "http://localhost:8080",
        "app://x",
    ]));
    for origin in [
        "https://good.example",
        "HTTPS://GOOD.EXAMPLE",
        "https://good.example:443",
        "http://LocalHost:8080",
        "app://x",
    ] {
        assert_eq!(
            check(&policy, "any.example", Some(origin)),
            Ok(()),
            "{origin}"
        );
    }
    for origin in [
        "https://good.example.evil",
        "https://evilgood.example",
        "http://good.example",
        "https://good.example:444",
        "https://good.example.",
        "https://good.example/",
        "https://good.example:",
        "https://good.example@evil.example",
        "https://good.example https://evil.example",
        "http://localhost",
        "http://localhost:80801",
        "app://x:1",
        "null",
        "good.example",
        "://good.example",
        "",
    ] {
        assert_eq!(
            check(&policy, "good.example", Some(origin)),
            Err(E::OriginRefused),
            "{origin}"
        );
    }
}

#[test]
fn c29_null_is_a_value_to_be_listed() {
    assert_eq!(
        check(&OriginPolicy::List(list(&["null"])), "h", Some("null")),
        Ok(())
    );
    assert_eq!(
        check(&OriginPolicy::List(list(&["null"])), "h", Some("NULL")),
        Err(E::OriginRefused)
    );
    assert_eq!(
        check(&OriginPolicy::SameHost, "h", Some("null")),
        Err(E::OriginRefused)
    );
    assert_eq!(check(&OriginPolicy::Any, "h", Some("null")), Ok(()));
}

#[test]
fn c29_clients_without_origin_by_choice() {
    for policy in [
        OriginPolicy::SameHost,
        OriginPolicy::Any,
        OriginPolicy::List(list(&[])),
    ] {
        assert_eq!(check(&policy, "h", None), Ok(()));
    }
    let strict = OriginPolicy::List(OriginList::new().same_host().require_origin());
    assert_eq!(check(&strict, "h", None), Err(E::OriginRefused));
    assert_eq!(check(&strict, "h", Some("http://h")), Ok(()));
}

#[test]
fn c130_same_host_by_default() {
    let policy = OriginPolicy::default();
    for (host, origin) in [
        ("h", "http://h"),
        ("h", "https://h"),
        ("h:80", "http://h"),
        ("h", "http://h:80"),
        ("H:8888", "http://h:8888"),
        ("[::1]:1", "http://[::1]:1"),
        ("h:443", "https://h"),
    ] {
        assert_eq!(
            check(&policy, host, Some(origin)),
            Ok(()),
            "{host} {origin}"
        );
    }
    for (host, origin) in [
        ("h", "http://evil"),
        ("h:8888", "http://h"),
        ("h", "http://h:8888"),
        ("h:80", "https://h"),
        ("h", "app://h:1"),
        ("h", "h"),
        ("h.evil", "http://h"),
    ] {
        assert_eq!(
            check(&policy, host, Some(origin)),
            Err(E::OriginRefused),
            "{host} {origin}"
        );
    }
}

#[test]
fn c131_host_names_against_rebinding() {
    let policy = OriginPolicy::List(
        OriginList::new()
            .same_host()
            .hosts(&["localhost", "127.0.0.1", "[::1]"])
            .unwrap(),
    );
    for host in ["localhost", "LOCALHOST:8888", "127.0.0.1:1", "[::1]:8888"] {
        assert_eq!(check(&policy, host, None), Ok(()), "{host}");
        assert_eq!(
            check(&policy, host, Some(&format!("http://{host}"))),
            Ok(()),
            "{host}"
        );
    }
    for host in ["evil.example:8888", "localhost.evil.example", "127.0.0.2"] {
        assert_eq!(check(&policy, host, None), Err(E::HostRefused), "{host}");
        assert_eq!(
            check(&policy, host, Some(&format!("http://{host}"))),
            Err(E::HostRefused),
            "{host}"
        );
    }
    let any = OriginPolicy::List(
        OriginList::new()
            .any_origin()
            .hosts(&["localhost"])
            .unwrap(),
    );
    assert_eq!(check(&any, "localhost", Some("http://evil")), Ok(()));
    assert_eq!(
        check(&any, "evil", Some("http://evil")),
        Err(E::HostRefused)
    );
}

#[test]
fn h26_entries_that_a_list_refuses() {
    for text in [
        "",
        "good.example",
        "https://good.example/",
        "https://",
        "://h",
        "NULL",
        "https://h:x",
        "*",
    ] {
        assert_eq!(
            OriginList::new().origins(&[text]),
            Err(OriginError::Origin),
            "{text}"
        );
    }
    for name in ["", "localhost:80", "a b", "localhost:", "http://h"] {
        assert_eq!(
            OriginList::new().hosts(&[name]),
            Err(OriginError::Host),
            "{name}"
        );
    }
}

#[test]
fn r91_a_secure_request_needs_a_secure_page_of_the_same_host() {
    let secure = |policy: &OriginPolicy, host: &str, origin: &str| {
        let host = Host::parse(host.as_bytes()).expect("a valid host");
        policy.check(host, Some(origin.as_bytes()), true)
    };
    let list = OriginPolicy::List(OriginList::new().same_host());
    for policy in [OriginPolicy::SameHost, list] {
        for (host, origin) in [
            ("h", "https://h"),
            ("h:443", "https://h"),
            ("h", "https://h:443"),
            ("h:8443", "https://h:8443"),
        ] {
            assert_eq!(secure(&policy, host, origin), Ok(()), "{host} {origin}");
        }
        for (host, origin) in [
            ("h", "http://h"),
            ("h:80", "http://h"),
            ("h", "http://h:443"),
            ("h:443", "http://h:443"),
            ("h", "ws://h"),
        ] {
            assert_eq!(
                secure(&policy, host, origin),
                Err(E::OriginRefused),
                "{host} {origin}"
            );
        }
    }
    let listed = OriginPolicy::List(list_of_one("http://h"));
    assert_eq!(
        secure(&listed, "h", "http://h"),
        Ok(()),
        "the operator says so"
    );
}

fn list_of_one(origin: &str) -> OriginList {
    list(&[origin])
}

#[test]
fn r91_a_request_over_http_1_is_secure_if_the_server_says_so() {
    let head = |target: &str| {
        format!(
            "GET {target} HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\
             Origin: http://h\r\n\r\n"
        )
    };
    let check = |target: &str, secure: bool| {
        let head = head(target);
        let upgrade = Request::parse(head.as_bytes()).unwrap().upgrade().unwrap();
        upgrade.secure(secure).check_origin(&OriginPolicy::SameHost)
    };
    assert_eq!(check("/", false), Ok(()), "a proxy may have taken TLS off");
    assert_eq!(check("/", true), Err(E::OriginRefused));
    assert_eq!(check("http://h/", false), Ok(()));
    for target in ["https://h/", "wss://h/"] {
        assert_eq!(check(target, false), Err(E::OriginRefused), "{target}");
    }
}

#[test]
fn r92_an_entry_that_can_never_match_is_refused() {
    for text in [
        "https://*.example.com",
        "https://*",
        "*://example.com",
        "https://h%41",
        "http://127.1",
        "http://0x7f.0.0.1",
        "http://256.1.1.1",
        "http://[v1.x]",
        "https://b\u{fc}cher.example",
        "1a://h",
        "h_t://h",
        "http://",
        "wss://",
        "file://h/p",
        "file:///",
        "file:",
    ] {
        let listed = OriginList::new().origins(&[text]);
        assert_eq!(listed, Err(OriginError::Origin), "{text}");
    }
    for name in ["*.example.com", "*", "127.1", "h%41", "[v1.x]", "1.2.3.4.5"] {
        assert_eq!(
            OriginList::new().hosts(&[name]),
            Err(OriginError::Host),
            "{name}"
        );
    }
}

#[test]
fn r93_origins_without_a_host_can_be_listed() {
    let policy = OriginPolicy::List(list(&["FILE://", "app.x+y-z://"]));
    for origin in ["file://", "app.x+y-z://"] {
        assert_eq!(check(&policy, "h", Some(origin)), Ok(()), "{origin}");
    }
    for origin in ["file:///", "file://h", "null", "http://", "app://", ""] {
        assert_eq!(
            check(&policy, "h", Some(origin)),
            Err(E::OriginRefused),
            "{origin}"
        );
    }
}

#[test]
fn r94_an_address_is_compared_as_an_address() {
    let policy = OriginPolicy::List(
        list(&["http://[0:0:0:0:0:0:0:1]"])
            .hosts(&["[0::1]"])
            .unwrap(),
    );
    assert_eq!(check(&policy, "[::1]:80", Some("http://[::1]")), Ok(()));
    assert_eq!(check(&policy, "[::2]", None), Err(E::HostRefused));
    assert_eq!(
        check(&OriginPolicy::SameHost, "[0::1]", Some("http://[::1]")),
        Ok(())
    );
    assert_eq!(
        check(&OriginPolicy::SameHost, "[::2]", Some("http://[::1]")),
        Err(E::OriginRefused)
    );
}
