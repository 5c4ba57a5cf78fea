//! Bounds on the work for a head: bytes examined, and no allocation to parse and check it.

use allocation_counter::measure;
use ws_handshake::extension::Extensions;
use ws_handshake::extension::deflate::{DeflateOffer, DeflateServer};
use ws_handshake::{
    ClientRequest, FieldError, HandshakeError, HeadError, HeadScanner, Limits, OriginPolicy,
    Request, Response, ServerResponse,
};
use ws_testkit::handshakes::{Row, Subject, handshakes};

/// The scanner is given each byte once, and has no room to keep any, so it cannot look at one
/// again.
#[test]
fn c2_a_head_of_16_kib_one_byte_at_a_time_is_looked_at_once() {
    for name in ["C-2.a", "C-2.b"] {
        let head = bytes(name);
        let mut scanner = HeadScanner::default();
        let (last, others) = head.split_last().expect("a head");
        for byte in others {
            assert_eq!(scanner.scan(&[*byte]), Ok(None));
        }
        assert_eq!(scanner.scan(&[*last]), Ok(Some(1)));
        assert_eq!(scanner.examined(), head.len(), "{name}");
    }
    assert!(size_of::<HeadScanner>() <= 64);
}

#[test]
fn c3_of_20_000_000_bytes_no_more_than_the_limit_are_looked_at() {
    for name in ["C-3.a", "C-3.b"] {
        let bytes = bytes(name);
        for size in [1, 7, 8192, bytes.len()] {
            let mut scanner = HeadScanner::default();
            let mut reads = bytes
                .chunks(size)
                .map(|piece| scanner.scan(piece))
                .skip_while(|scan| *scan == Ok(None));
            assert_eq!(reads.next(), Some(Err(HeadError::TooLarge)), "{name}");
            assert!(
                scanner.examined() <= Limits::DEFAULT_MAX_HEAD_LEN + 1,
                "{name}: {}",
                scanner.examined()
            );
        }
    }
}

#[test]
fn c3_after_a_fault_nothing_more_is_looked_at() {
    let mut scanner = HeadScanner::default();
    assert!(scanner.scan(b"GET / HTTP/1.1\nHost").is_err());
    let examined = scanner.examined();
    assert!(scanner.scan(&[b'a'; 4096]).is_err());
    assert_eq!(scanner.examined(), examined);
}

#[test]
fn c5_of_10_000_lines_no_more_than_the_limit_are_looked_at() {
    let bytes = bytes("C-5.a");
    let mut scanner = HeadScanner::default();
    assert_eq!(scanner.scan(&bytes), Err(HeadError::TooLarge));
    assert!(scanner.examined() <= Limits::DEFAULT_MAX_HEAD_LEN + 1);
}

/// A list is walked as an iterator over its members: as many steps as members, and as bytes.
#[test]
fn c9_a_list_of_extensions_has_as_many_members_as_it_has() {
    let head = bytes("C-9");
    let upgrade = Request::parse(&head)
        .and_then(|request| request.upgrade())
        .expect("an upgrade");
    assert_eq!(upgrade.extensions().count(), 2 * 1024);
    assert_eq!(
        upgrade
            .extensions()
            .map(|extension| extension.parameters().count())
            .sum::<usize>(),
        2 * 1024
    );
    assert!(Extensions::parse(&[b','; 8192]).is_none());
}

#[test]
fn c2_no_row_allocates_to_be_scanned_parsed_and_checked() {
    for row in handshakes() {
        if let Subject::Server(bytes) = &row.subject {
            let info = measure(|| {
                let _ = check(bytes);
            });
            assert_eq!(info.count_total, 0, "{}", row.name);
        }
    }
}

#[test]
fn c33_no_row_allocates_to_be_read_by_a_client() {
    let request = ClientRequest::new("server.example.com", "/chat", *b"the sample nonce")
        .protocols(&["chat", "superchat"])
        .extensions(DeflateOffer::new());
    for row in handshakes() {
        if let Subject::Client(bytes) = &row.subject {
            let info = measure(|| {
                if let Ok(Some(end)) = HeadScanner::default().scan(bytes) {
                    let _ = ServerResponse::parse(&bytes[..end])
                        .map(|response| response.accepted(&request).is_ok());
                }
            });
            assert_eq!(info.count_total, 0, "{}", row.name);
        }
    }
}

/// Encodes each head into buffers of every size. The result is the whole head, without an
/// allocation, or an error.
#[test]
fn h47_a_slice_gets_the_same_bytes_as_a_vec() {
    let head = bytes("BASE");
    let accept = Request::parse(&head)
        .and_then(|request| request.upgrade())
        .expect("an upgrade")
        .accept();
    let accept = accept
        .fields(&[("Set-Cookie", "a=b")])
        .extensions("x-other; a=1");
    let refusal = Response::from(HandshakeError::VersionUnsupported);
    let request = ClientRequest::new("server.example.com:81", "/chat", [0; 16])
        .protocols(&["chat", "superchat"])
        .extensions(DeflateOffer::new())
        .origin("http://h");
    in_every_size(&|output| accept.encode(output), &|buffer| {
        accept.encode_to_slice(buffer)
    });
    in_every_size(&|output| refusal.encode(output), &|buffer| {
        refusal.encode_to_slice(buffer)
    });
    in_every_size(&|output| request.encode(output), &|buffer| {
        request.encode_to_slice(buffer)
    });
}

fn in_every_size(
    append: &dyn Fn(&mut Vec<u8>) -> Result<(), FieldError>,
    write: &dyn Fn(&mut [u8]) -> Result<usize, FieldError>,
) {
    let mut appended = Vec::new();
    append(&mut appended).expect("nothing is wrong with it");
    for size in 0..appended.len() + 9 {
        let mut buffer = vec![b'#'; size];
        let mut written = Ok(0);
        assert_eq!(measure(|| written = write(&mut buffer)).count_total, 0);
        if size < appended.len() {
            assert_eq!(written, Err(FieldError::NoRoom), "{size}");
        } else {
            assert_eq!(written, Ok(appended.len()), "{size}");
            assert_eq!(buffer[..appended.len()], appended, "{size}");
            assert!(
                buffer[appended.len()..].iter().all(|byte| *byte == b'#'),
                "{size}"
            );
        }
    }
}

#[test]
fn h60_a_request_is_written_into_the_room_that_there_is() {
    let request = ClientRequest::new("server.example.com", "/chat", [0; 16])
        .protocols(&["chat", "superchat"])
        .extensions(DeflateOffer::new())
        .fields(&[("Authorization", "Bearer 1234")]);
    let mut output = Vec::with_capacity(1024);
    assert_eq!(
        measure(|| request.encode(&mut output).expect("a request")).count_total,
        0
    );
}

#[test]
fn c7_a_subprotocol_of_8000_spaces_allocates_nothing_and_is_refused() {
    let head = bytes("C-7");
    let mut result = Ok(());
    assert_eq!(measure(|| result = check(&head)).count_total, 0);
    assert_eq!(result, Err(HandshakeError::ProtocolSyntax));
}

#[test]
fn h47_an_answer_is_written_into_the_room_that_there_is() {
    let head = bytes("BASE");
    let accept = Request::parse(&head)
        .and_then(|request| request.upgrade())
        .expect("an upgrade")
        .accept();
    let refusal = Response::from(HandshakeError::VersionUnsupported);
    let mut output = Vec::with_capacity(1024);
    let written = measure(|| {
        accept
            .encode(&mut output)
            .expect("no fields of the caller's");
        refusal
            .encode(&mut output)
            .expect("no fields of the caller's");
    });
    assert_eq!(written.count_total, 0);
    assert_eq!(
        measure(|| accept.encode(&mut Vec::new()).expect("no fields")).count_total,
        1
    );
    assert_eq!(
        measure(|| refusal.encode(&mut Vec::new()).expect("no fields")).count_total,
        1
    );
}

fn check(bytes: &[u8]) -> Result<(), HandshakeError> {
    let end = HeadScanner::default()
        .scan(bytes)?
        .ok_or(HandshakeError::Timeout)?;
    let request = Request::parse(&bytes[..end])?;
    let upgrade = request.upgrade()?;
    upgrade.check_origin(&OriginPolicy::SameHost)?;
    let _ = (
        upgrade.choose(&["chat", "superchat"]),
        DeflateServer::new().answer(upgrade.extensions()),
    );
    Ok(())
}

fn bytes(name: &str) -> Vec<u8> {
    let row: Option<Row> = handshakes().into_iter().find(|row| row.name == name);
    match row.map(|row| row.subject) {
        Some(Subject::Server(bytes)) => bytes,
        _ => Vec::new(),
    }
}
