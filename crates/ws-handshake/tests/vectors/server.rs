//! Rows that a server reads.

use ws_handshake::extension::deflate::DeflateServer;
use ws_handshake::{
    Accept, HandshakeError, HeadScanner, OriginList, OriginPolicy, Request, Response, Upgrade,
};
use ws_testkit::answer::Answer;
use ws_testkit::cuts;
use ws_testkit::handshakes::{Row, Subject, Verdict, handshakes};

#[test]
fn a_server_makes_of_every_row_what_it_should() {
    let mut ran = 0;
    for row in handshakes() {
        if let Subject::Server(bytes) = &row.subject {
            ran += 1;
            let answer = answer(&row, bytes, &[]);
            let checked = Answer::read(&answer).and_then(|answer| answer.check(&row));
            assert_eq!(
                checked,
                Ok(()),
                "{} ({}):\n{}",
                row.name,
                row.title,
                answer.escape_ascii()
            );
            for cuts in cuts::all_of_head(bytes) {
                assert!(
                    self::answer(&row, bytes, &cuts) == answer,
                    "{} cut at {cuts:?}",
                    row.name
                );
            }
        }
    }
    assert!(ran > 300, "only {ran} rows");
}

/// Output to the peer.
fn answer(row: &Row, bytes: &[u8], cuts: &[usize]) -> Vec<u8> {
    let mut output = Vec::new();
    let answered = read(row, bytes, cuts, &mut output);
    if let Err(error) = answered {
        assert!(
            output.is_empty(),
            "{}: a refusal behind an answer",
            row.name
        );
        Response::from(error)
            .encode(&mut output)
            .expect("a refusal can be written");
    }
    output
}

fn read(
    row: &Row,
    bytes: &[u8],
    cuts: &[usize],
    output: &mut Vec<u8>,
) -> Result<(), HandshakeError> {
    let end = end_of_head(bytes, cuts)?.expect("every row ends");
    let request = Request::parse(&bytes[..end])?;
    let upgrade = request.upgrade()?;
    upgrade.check_origin(&origin_policy(row))?;
    if matches!(row.verdict, Verdict::Accepted(_)) {
        assert!(
            bytes[end..] == row.left,
            "{}: {} bytes are left",
            row.name,
            bytes.len() - end
        );
        row.sees
            .iter()
            .for_each(|(what, value)| check_seen(row, &request, &upgrade, what, value));
    }
    accept(row, &upgrade)
        .encode(output)
        .expect("nothing in it is the caller's");
    Ok(())
}

/// The answer of a server with the settings of the row.
pub(crate) fn accept<'r>(row: &'r Row, upgrade: &Upgrade<'_>) -> Accept<'r> {
    let supported: Vec<&str> = row
        .setting("protocols")
        .unwrap_or_default()
        .split_whitespace()
        .collect();
    let deflate = row
        .setting("deflate")
        .and_then(|_| DeflateServer::new().answer(upgrade.extensions()));
    upgrade
        .accept()
        .protocol(upgrade.choose(&supported))
        .extensions(deflate)
}

fn end_of_head(bytes: &[u8], cuts: &[usize]) -> Result<Option<usize>, HandshakeError> {
    let mut scanner = HeadScanner::default();
    let mut before = 0;
    for piece in cuts::pieces(bytes, cuts) {
        if let Some(end) = scanner.scan(piece)? {
            return Ok(Some(before + end));
        }
        before += piece.len();
    }
    Ok(None)
}

pub(crate) fn origin_policy(row: &Row) -> OriginPolicy {
    if row.setting("origins").is_none() && row.setting("hosts").is_none() {
        return OriginPolicy::SameHost;
    }
    let words = |name| {
        row.setting(name)
            .unwrap_or_default()
            .split_whitespace()
            .collect::<Vec<_>>()
    };
    let mut list = OriginList::new()
        .origins(&words("origins"))
        .expect("origins");
    list = list.hosts(&words("hosts")).expect("hosts");
    if row.setting("origin-required").is_some() {
        list = list.require_origin();
    }
    OriginPolicy::List(list)
}

fn check_seen(row: &Row, request: &Request<'_>, upgrade: &Upgrade<'_>, what: &str, value: &[u8]) {
    let seen = match what {
        "target" => request.target().into(),
        "authority" => upgrade.host().to_string().into_bytes(),
        field => {
            let name = field.strip_prefix("field ").expect("a field to be seen");
            upgrade.fields().first(name).unwrap_or_default().to_vec()
        }
    };
    assert_eq!(
        seen.escape_ascii().to_string(),
        value.escape_ascii().to_string(),
        "{}: {what}",
        row.name
    );
}
