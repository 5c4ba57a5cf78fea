//! The grammar of extensions and subprotocols against the judge's, and the negotiation of
//! permessage-deflate against the rules of RFC 7692 §7.1 for answers.

use ws_handshake::extension::deflate::{ClientTakeover, DeflateOffer, DeflateServer, WindowBits};
use ws_handshake::extension::{Extension, Extensions};
use ws_handshake::{HandshakeError, Request};

use crate::judge;

/// The first two bytes are the abilities of the server; the rest is field values, one a line, with
/// the subprotocols behind a `|`.
pub fn run(data: &[u8]) {
    if let [first, second, text @ ..] = data {
        let mut parts = text.splitn(2, |byte| *byte == b'|').map(values);
        let extensions = parts.next().unwrap_or_default();
        let protocols = parts.next().unwrap_or_default();
        let offers = check_grammar(&extensions, &protocols);
        check_answer(server(*first, *second), &offers.unwrap_or_default());
        check_both_sides(offer(*first, *second), server(*second, *first));
    }
}

/// Lines that are valid field values, without the white space around them.
fn values(text: &[u8]) -> Vec<Vec<u8>> {
    let lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let is_value = |line: &&[u8]| {
        line.iter()
            .all(|byte| *byte == b'\t' || !byte.is_ascii_control())
    };
    lines.filter(is_value).map(<[u8]>::to_vec).collect()
}

/// Checks the grammar. Returns the extensions if it is right.
fn check_grammar(extensions: &[Vec<u8>], protocols: &[Vec<u8>]) -> Option<Vec<judge::Extension>> {
    let head = head(extensions, protocols);
    let request = Request::parse(&head).ok()?;
    match (
        request.upgrade(),
        judge::judge(&head, &judge::Limits::default()),
    ) {
        (Ok(upgrade), judge::Ruling::Accept(acceptance)) => {
            let offered: Vec<_> = upgrade
                .extensions()
                .map(|extension| plain(&extension))
                .collect();
            assert_eq!(offered, acceptance.extensions);
            assert!(
                upgrade
                    .protocols()
                    .map(str::as_bytes)
                    .eq(&acceptance.protocols)
            );
            for value in extensions {
                let one = Extensions::parse(value)
                    .map(|list| list.map(|extension| plain(&extension)).collect());
                let slow = judge::extensions(std::slice::from_ref(value));
                assert_eq!(one, slow.filter(|list| !list.is_empty()));
            }
            Some(offered)
        }
        (Err(error), judge::Ruling::Refuse(status)) => {
            assert_eq!(error.status(), status);
            let of_lists = matches!(
                error,
                HandshakeError::ExtensionSyntax
                    | HandshakeError::ProtocolSyntax
                    | HandshakeError::ProtocolRepeated
                    | HandshakeError::TooManyProtocols
            );
            assert!(of_lists, "{error}");
            None
        }
        (upgrade, ruling) => panic!("{upgrade:?}, and not {ruling:?}"),
    }
}

fn head(extensions: &[Vec<u8>], protocols: &[Vec<u8>]) -> Vec<u8> {
    let mut head = HEAD.to_vec();
    let named = extensions
        .iter()
        .map(|value| ("Sec-WebSocket-Extensions", value));
    for (name, value) in named.chain(
        protocols
            .iter()
            .map(|value| ("Sec-WebSocket-Protocol", value)),
    ) {
        head.extend([name.as_bytes(), b":", value, b"\r\n"].concat());
    }
    head.extend(b"\r\n");
    head
}

fn plain(extension: &Extension<'_>) -> judge::Extension {
    let parameters = extension.parameters().map(|parameter| {
        let value = parameter.value().map(|value| value.bytes().collect());
        (parameter.name().as_bytes().to_vec(), value)
    });
    (extension.name().as_bytes().to_vec(), parameters.collect())
}

/// The server answers the first offer that it can meet.
fn check_answer(server: DeflateServer, offers: &[judge::Extension]) {
    let text = offers.iter().map(written).collect::<Vec<_>>().join(", ");
    let answer = Extensions::parse(text.as_bytes()).and_then(|list| server.answer(list));
    let can_meet = |offer: &&judge::Extension| {
        let asked = judge::deflate(offer, judge::Side::Offer);
        asked.is_some_and(|asked| {
            asked.server_window.unwrap_or(15) >= server.get_server_min_window_bits().bits()
        })
    };
    let offer = offers.iter().find(can_meet);
    let Some(answer) = answer else {
        assert_eq!(offer, None, "an offer that can be met is not");
        return;
    };
    let answer = judge::extensions(&[answer.to_string().into_bytes()]).expect("a list");
    let agreed = judge::deflate(&answer[0], judge::Side::Answer).expect("an answer");
    let asked = offer
        .and_then(|offer| judge::deflate(offer, judge::Side::Offer))
        .expect("an offer");
    assert!(
        judge::answers(&agreed, &asked),
        "{agreed:?} is no answer to {asked:?}"
    );
    assert!(agreed.server_window.unwrap_or(15) <= server.get_server_max_window_bits().bits());
    assert!(agreed.server_window.unwrap_or(15) >= server.get_server_min_window_bits().bits());
}

/// Each side accepts the answer to its own offer.
fn check_both_sides(offer: DeflateOffer, server: DeflateServer) {
    let text = offer.to_string();
    let agreed = server.answer(Extensions::parse(text.as_bytes()).expect("a list"));
    let Some(agreed) = agreed else {
        assert!(
            offer
                .get_server_max_window_bits()
                .is_some_and(|bits| bits < server.get_server_min_window_bits())
        );
        return;
    };
    let text = agreed.to_string();
    let answer = Extensions::parse(text.as_bytes())
        .and_then(|mut list| list.next())
        .expect("a member");
    let by_client = offer
        .agreed(&answer)
        .unwrap_or_else(|| panic!("{offer} is answered by {text}"));
    assert_eq!(
        by_client.server_no_context_takeover(),
        agreed.server_no_context_takeover()
    );
    assert_eq!(
        by_client.server_max_window_bits(),
        agreed.server_max_window_bits()
    );
    assert!(by_client.client_no_context_takeover() || !agreed.client_no_context_takeover());
    assert!(by_client.client_max_window_bits() <= agreed.client_max_window_bits());
}

/// The extension as in a header field. Each value is quoted: one that was quoted may hold a comma.
fn written(extension: &judge::Extension) -> String {
    let (name, parameters) = extension;
    let mut text = String::from_utf8_lossy(name).into_owned();
    for (name, value) in parameters {
        text.push_str("; ");
        text.push_str(&String::from_utf8_lossy(name));
        if let Some(value) = value {
            let value = String::from_utf8_lossy(value);
            let escaped = value.replace('\\', "\\\\").replace('"', "\\\"");
            text.push_str("=\"");
            text.push_str(&escaped);
            text.push('"');
        }
    }
    text
}

fn server(first: u8, second: u8) -> DeflateServer {
    let takeover = match first >> 1 & 3 {
        0 => ClientTakeover::Keep,
        1 => ClientTakeover::IfOffered,
        _ => ClientTakeover::Demand,
    };
    let most = bits(first >> 3);
    DeflateServer::new()
        .server_no_context_takeover(first & 1 != 0)
        .client_no_context_takeover(takeover)
        .server_max_window_bits(most)
        .server_min_window_bits(bits(second).min(most))
        .client_max_window_bits(bits(second >> 3))
}

fn offer(first: u8, second: u8) -> DeflateOffer {
    DeflateOffer::new()
        .server_no_context_takeover(first & 1 != 0)
        .client_no_context_takeover(first & 2 != 0)
        .server_max_window_bits((first & 4 != 0).then(|| bits(first >> 3)))
        .client_max_window_bits((second & 1 != 0).then(|| bits(second >> 1)))
}

fn bits(number: u8) -> WindowBits {
    WindowBits::new(8 + (number & 7)).expect("8 to 15")
}

const HEAD: &[u8] = b"GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";
