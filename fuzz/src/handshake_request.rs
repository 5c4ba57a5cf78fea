//! The server side against the judge: any bytes, any cuts, and an answer that can be read to every request.

use ws_handshake::{HandshakeError, HeadScanner, OriginPolicy, Request, Response, Upgrade};

use crate::answer::Answer;
use crate::cuts::{Cuts, pieces};
use crate::frame_decoder::ways;
use crate::judge::{Acceptance, Ruling, judge};

/// The first byte says where the rest is cut; the rest is what a client sends.
pub fn run(data: &[u8]) {
    if let Some((&seed, bytes)) = data.split_first() {
        check(bytes, &ways(bytes.len(), seed));
    }
}

/// Panics if the two do not agree, or the server side does not agree with itself.
pub fn check(bytes: &[u8], ways: &[Cuts]) {
    let ruling = judge(bytes);
    for cuts in ways {
        match (&ruling, serve(bytes, cuts)) {
            (Ruling::Wait, Ok(None)) => {}
            (Ruling::Refuse(status), Err(error)) => {
                assert_eq!(error.status(), *status, "{error}: {}", bytes.escape_ascii());
                check_refusal(error);
            }
            (Ruling::Accept(acceptance), Ok(Some(end))) => check_upgrade(acceptance, &bytes[..end]),
            (ruling, served) => panic!(
                "{served:?}, not {ruling:?}, cut at {cuts:?}: {}",
                bytes.escape_ascii()
            ),
        }
    }
    look_at(bytes);
}

/// Where the head ends, if it does.
fn serve(bytes: &[u8], cuts: &[usize]) -> Result<Option<usize>, HandshakeError> {
    let mut scanner = HeadScanner::default();
    let mut before = 0;
    for piece in pieces(bytes, cuts) {
        if let Some(end) = scanner.scan(piece)? {
            Request::parse(&bytes[..before + end])?.upgrade()?;
            return Ok(Some(before + end));
        }
        before += piece.len();
    }
    Ok(None)
}

fn check_refusal(error: HandshakeError) {
    let mut output = Vec::new();
    Response::from(error)
        .encode(&mut output)
        .expect("nothing in it is the caller's");
    let answer = Answer::read(&output).expect("an answer");
    assert_eq!(answer.status, error.status());
    assert_eq!(
        answer.all("Content-Length"),
        [answer.body.len().to_string().into_bytes()]
    );
    assert_eq!(
        answer.body,
        error.to_string().into_bytes(),
        "words of the crate's own"
    );
}

fn check_upgrade(acceptance: &Acceptance, head: &[u8]) {
    assert_eq!(acceptance.end, head.len());
    let request = Request::parse(head).expect("parsed before");
    let upgrade = request.upgrade().expect("checked before");
    assert_eq!(request.target().as_bytes(), acceptance.target);
    assert!(upgrade.path().starts_with('/'));
    assert!(upgrade.protocols().map(str::as_bytes).eq(&acceptance.protocols));
    assert_eq!(offered(&upgrade), acceptance.extensions);
    let mut output = Vec::new();
    let accept = upgrade
        .accept()
        .protocol(upgrade.protocols().choose_with(|_| true));
    accept.encode(&mut output).expect("nothing in it is the caller's");
    let answer = Answer::read(&output).expect("an answer");
    assert_eq!(answer.all("Sec-WebSocket-Accept"), [acceptance.accept.as_bytes()]);
    assert!(
        answer
            .all("Sec-WebSocket-Protocol")
            .iter()
            .eq(acceptance.protocols.first())
    );
}

fn offered(upgrade: &Upgrade<'_>) -> Vec<crate::judge::Extension> {
    let extensions = upgrade.extensions().map(|extension| {
        let parameters = extension.parameters().map(|parameter| {
            let value = parameter.value().map(|value| value.bytes().collect());
            (parameter.name().as_bytes().to_vec(), value)
        });
        (extension.name().as_bytes().to_vec(), parameters.collect())
    });
    extensions.collect()
}

/// Whatever else a server may ask of bytes that are no head at all.
fn look_at(bytes: &[u8]) {
    if let Ok(request) = Request::parse(bytes) {
        let names = request.fields().iter().map(|(name, _)| name);
        names.for_each(|name| assert!(request.fields().first(name).is_some()));
        let _ = (
            request.method(),
            request.is_upgrade(),
            request.plain().map(|plain| plain.host()),
        );
        let _ = request
            .upgrade()
            .map(|upgrade| upgrade.check_origin(&OriginPolicy::SameHost));
    }
}
