//! The server side against the judge: any bytes, any cuts, and a readable answer to every request.

use ws_handshake::{HandshakeError, HeadScanner, OriginPolicy, Request, Response, Upgrade};

use crate::answer::Answer;
use crate::cuts::{Cuts, pieces};
use crate::frame_decoder::ways;
use crate::judge::{Acceptance, Limits, Ruling, judge, judge_head};

/// The first byte selects the limits and the cuts; the rest is the client's bytes.
pub fn run(data: &[u8]) {
    if let Some((&options, bytes)) = data.split_first() {
        check(
            usize::from(options & 3),
            bytes,
            &ways(bytes.len(), options >> 2),
        );
    }
}

/// Panics if the two disagree, or if the server side gives different results for different cuts.
/// `limits` selects one of a few sets, of which the first is the default.
pub fn check(limits: usize, bytes: &[u8], ways: &[Cuts]) {
    let limits = LIMITS[limits % LIMITS.len()];
    let ruling = judge(bytes, &limits);
    for cuts in ways {
        match (&ruling, serve(bytes, limits, cuts)) {
            (Ruling::Wait, Ok(None)) => {}
            (Ruling::Refuse(status), Err(error)) => {
                assert_eq!(error.status(), *status, "{error}: {}", bytes.escape_ascii());
                check_refusal(error);
            }
            (Ruling::Accept(acceptance), Ok(Some(end))) => {
                check_upgrade(acceptance, limits, &bytes[..end]);
            }
            (ruling, served) => panic!(
                "{served:?}, not {ruling:?}, cut at {cuts:?}: {}",
                bytes.escape_ascii()
            ),
        }
    }
    look_at(bytes, limits);
}

/// End of the head, if it has one.
fn serve(bytes: &[u8], limits: Limits, cuts: &[usize]) -> Result<Option<usize>, HandshakeError> {
    let mut scanner = HeadScanner::new(of_the_crate(limits));
    let mut before = 0;
    for piece in pieces(bytes, cuts) {
        if let Some(end) = scanner.scan(piece)? {
            Request::parse_within(&bytes[..before + end], of_the_crate(limits))?.upgrade()?;
            return Ok(Some(before + end));
        }
        before += piece.len();
    }
    Ok(None)
}

fn of_the_crate(Limits { head, line, fields }: Limits) -> ws_handshake::Limits {
    ws_handshake::Limits::new()
        .max_head_len(head)
        .max_start_line_len(line)
        .max_fields(fields)
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
    let words = match error {
        HandshakeError::MethodHead => String::new(),
        error => error.to_string(),
    };
    assert_eq!(answer.body, words.into_bytes(), "words of the crate's own");
}

fn check_upgrade(acceptance: &Acceptance, limits: Limits, head: &[u8]) {
    assert_eq!(acceptance.end, head.len());
    let request = Request::parse_within(head, of_the_crate(limits)).expect("parsed before");
    let upgrade = request.upgrade().expect("checked before");
    assert_eq!(request.target().as_bytes(), acceptance.target);
    assert!(upgrade.path().starts_with('/'));
    assert!(
        upgrade
            .protocols()
            .map(str::as_bytes)
            .eq(&acceptance.protocols)
    );
    assert_eq!(offered(&upgrade), acceptance.extensions);
    let mut output = Vec::new();
    let accept = upgrade
        .accept()
        .protocol(upgrade.protocols().choose_with(|_| true));
    accept
        .encode(&mut output)
        .expect("nothing in it is the caller's");
    let answer = Answer::read(&output).expect("an answer");
    assert_eq!(
        answer.all("Sec-WebSocket-Accept"),
        [acceptance.accept.as_bytes()]
    );
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

/// Parses without a scanner, which must give the same verdict.
fn look_at(bytes: &[u8], limits: Limits) {
    let parsed = Request::parse_within(bytes, of_the_crate(limits));
    let status = parsed.as_ref().map(|_| ()).map_err(|error| error.status());
    assert_eq!(
        status,
        judge_head(bytes, &limits),
        "{}",
        bytes.escape_ascii()
    );
    if let Ok(request) = parsed {
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

/// The default limits, two sets that inputs like the rows reach, and one that allows more fields
/// than the default.
const LIMITS: [Limits; 4] = [
    Limits {
        head: 16 * 1024,
        line: 8 * 1024,
        fields: 100,
    },
    Limits {
        head: 160,
        line: 18,
        fields: 5,
    },
    Limits {
        head: 170,
        line: 20,
        fields: 0,
    },
    Limits {
        head: 32 * 1024,
        line: 30,
        fields: 101,
    },
];
