//! The negotiation of permessage-deflate, X1 to X8.

use ws_handshake::extension::Extensions;
use ws_handshake::extension::deflate::{
    ClientTakeover, DeflateOffer, DeflateServer, PerMessageDeflate, WindowBits,
};

fn list(text: &str) -> Extensions<'_> {
    Extensions::parse(text.as_bytes()).expect("a well-formed list")
}

/// The text of the answer; empty if there is none.
fn answer(server: DeflateServer, offers: &str) -> String {
    server
        .answer(list(offers))
        .map_or(String::new(), |agreed| agreed.to_string())
}

fn bits(bits: u8) -> WindowBits {
    WindowBits::new(bits).expect("8 to 15")
}

fn agreed(offer: DeflateOffer, answer: &str) -> Option<PerMessageDeflate> {
    list(answer).next().and_then(|answer| offer.agreed(&answer))
}

const PLAIN: DeflateServer = DeflateServer::new();

#[test]
fn x1_offers_that_cannot_be_met_are_passed_over() {
    for parameter in [
        "unknown",
        "unknown=1",
        "server_no_context_takeover; server_no_context_takeover",
        "client_no_context_takeover; client_no_context_takeover",
        "server_max_window_bits=10; server_max_window_bits=10",
        "client_max_window_bits; client_max_window_bits=10",
        "Server_no_context_takeover",
    ] {
        let offer = format!("permessage-deflate; {parameter}");
        assert_eq!(answer(PLAIN, &offer), "", "{offer}");
        assert_eq!(
            answer(PLAIN, &format!("{offer}, permessage-deflate")),
            "permessage-deflate"
        );
    }
    assert_eq!(answer(PLAIN, "x-deflate, Permessage-Deflate"), "");
}

#[test]
fn x1_a_window_that_is_not_supported_is_declined() {
    let server = PLAIN.server_min_window_bits(bits(9));
    assert_eq!(
        answer(server, "permessage-deflate; server_max_window_bits=8"),
        ""
    );
    assert_eq!(
        answer(server, "permessage-deflate; server_max_window_bits=9"),
        "permessage-deflate; server_max_window_bits=9"
    );
}

#[test]
fn x2_first_fit() {
    let offers = "permessage-deflate; server_max_window_bits=7, permessage-deflate; server_no_context_takeover, \
                  permessage-deflate";
    assert_eq!(
        answer(PLAIN, offers),
        "permessage-deflate; server_no_context_takeover"
    );
}

#[test]
fn x3_server_no_context_takeover() {
    let text = "permessage-deflate; server_no_context_takeover";
    assert_eq!(answer(PLAIN, text), text);
    assert_eq!(
        answer(PLAIN, "permessage-deflate; server_no_context_takeover=1"),
        ""
    );
    assert_eq!(
        answer(PLAIN.server_no_context_takeover(true), "permessage-deflate"),
        text
    );
}

#[test]
fn x4_client_no_context_takeover_only_when_offered_or_demanded() {
    let text = "permessage-deflate; client_no_context_takeover";
    let takeover =
        |client_no_context_takeover| PLAIN.client_no_context_takeover(client_no_context_takeover);
    for (server, offered, not_offered) in [
        (
            takeover(ClientTakeover::Keep),
            "permessage-deflate",
            "permessage-deflate",
        ),
        (
            takeover(ClientTakeover::IfOffered),
            text,
            "permessage-deflate",
        ),
        (takeover(ClientTakeover::Demand), text, text),
    ] {
        assert_eq!(answer(server, text), offered);
        assert_eq!(answer(server, "permessage-deflate"), not_offered);
    }
    assert_eq!(
        answer(PLAIN, "permessage-deflate; client_no_context_takeover=x"),
        ""
    );
    assert!(
        agreed(DeflateOffer::new(), text)
            .unwrap()
            .client_no_context_takeover()
    );
}

#[test]
fn x5_server_max_window_bits() {
    for value in [
        "=7",
        "=16",
        "=08",
        "=015",
        "=+9",
        "=99999999999",
        "=0",
        "=a",
        "=1",
        "=150",
        "",
    ] {
        assert_eq!(
            answer(
                PLAIN,
                &format!("permessage-deflate; server_max_window_bits{value}")
            ),
            "",
            "{value}"
        );
    }
    for value in 8..=15 {
        let offer = format!("permessage-deflate; server_max_window_bits={value}");
        assert_eq!(answer(PLAIN, &offer), offer);
        let small = PLAIN.server_max_window_bits(bits(10));
        let expected = format!(
            "permessage-deflate; server_max_window_bits={}",
            value.min(10)
        );
        assert_eq!(answer(small, &offer), expected);
    }
    let small = PLAIN.server_max_window_bits(bits(10));
    assert_eq!(
        answer(small, "permessage-deflate"),
        "permessage-deflate; server_max_window_bits=10"
    );
}

#[test]
fn x6_client_max_window_bits_only_when_offered() {
    let small = PLAIN.client_max_window_bits(bits(10));
    assert_eq!(answer(small, "permessage-deflate"), "permessage-deflate");
    for (offer, expected) in [("", 10), ("=8", 8), ("=15", 10), ("=\"1\\1\"", 10)] {
        let offer = format!("permessage-deflate; client_max_window_bits{offer}");
        assert_eq!(
            answer(small, &offer),
            format!("permessage-deflate; client_max_window_bits={expected}")
        );
    }
    for value in ["=7", "=16", "=08", "=99999999999"] {
        assert_eq!(
            answer(
                PLAIN,
                &format!("permessage-deflate; client_max_window_bits{value}")
            ),
            ""
        );
    }
}

#[test]
fn x7_no_limit_means_32_kib() {
    let agreed = PLAIN
        .answer(list("permessage-deflate; client_max_window_bits"))
        .unwrap();
    assert_eq!(agreed.client_max_window_bits(), 15);
    assert_eq!(WindowBits::MAX.bits(), 15);
}

#[test]
fn x8_answers_that_do_not_answer_the_offer() {
    let offer = DeflateOffer::new()
        .server_no_context_takeover(true)
        .server_max_window_bits(Some(bits(10)))
        .client_max_window_bits(Some(bits(12)));
    let base = "permessage-deflate; server_no_context_takeover; server_max_window_bits=10";
    assert_eq!(
        agreed(offer, base).unwrap().client_max_window_bits(),
        12,
        "what we said we would keep to"
    );
    assert_eq!(
        agreed(offer, &format!("{base}; client_max_window_bits=9"))
            .unwrap()
            .client_max_window_bits(),
        9
    );
    for answer in [
        "permessage-deflate",
        "permessage-deflate; server_no_context_takeover",
        "permessage-deflate; server_max_window_bits=10",
        "permessage-deflate; server_no_context_takeover; server_max_window_bits=11",
        "x-deflate; server_no_context_takeover; server_max_window_bits=10",
    ] {
        assert_eq!(agreed(offer, answer), None, "{answer}");
    }
    for more in [
        "unknown",
        "server_no_context_takeover",
        "client_max_window_bits",
        "client_max_window_bits=13",
    ] {
        assert_eq!(agreed(offer, &format!("{base}; {more}")), None, "{more}");
    }
    let not_offered = DeflateOffer::new().client_max_window_bits(None);
    assert_eq!(
        agreed(not_offered, "permessage-deflate; client_max_window_bits=15"),
        None
    );
}

/// Every answer of our server to an offer of our client is accepted, and both sides read the same
/// parameters from it.
#[test]
fn x8_both_sides_agree() {
    let windows = [None, Some(bits(8)), Some(bits(11)), Some(WindowBits::MAX)];
    let takeovers = [
        ClientTakeover::Keep,
        ClientTakeover::IfOffered,
        ClientTakeover::Demand,
    ];
    for case in 0..2 * 2 * 4 * 4 * 2 * 3 * 3 * 3 {
        let mut rest = case;
        let mut pick = |count: usize| (rest % count, rest /= count).0;
        let offer = DeflateOffer::new()
            .server_no_context_takeover(pick(2) == 1)
            .client_no_context_takeover(pick(2) == 1)
            .server_max_window_bits(windows[pick(4)])
            .client_max_window_bits(windows[pick(4)]);
        let server = PLAIN
            .server_no_context_takeover(pick(2) == 1)
            .client_no_context_takeover(takeovers[pick(3)])
            .server_max_window_bits(windows[1 + pick(3)].unwrap())
            .client_max_window_bits(windows[1 + pick(3)].unwrap());
        let text = offer.to_string();
        let said = server.answer(list(&text)).unwrap();
        let heard =
            agreed(offer, &said.to_string()).unwrap_or_else(|| unreachable!("{text} / {said}"));
        assert_eq!(
            heard.server_no_context_takeover(),
            said.server_no_context_takeover()
        );
        assert_eq!(
            heard.server_max_window_bits(),
            said.server_max_window_bits()
        );
        assert!(heard.client_no_context_takeover() >= said.client_no_context_takeover());
        assert!(heard.client_max_window_bits() <= said.client_max_window_bits());
    }
}
