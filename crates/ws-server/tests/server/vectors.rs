//! The vectors of the pure crates, through a live server.

use std::{
    io::{Read, Write},
    net::SocketAddr,
    thread,
    time::Duration,
};

use ws_server::{
    Cause, CloseCode, Config, ConnId, Event, OriginList, OriginPolicy, Server, Transport, Upgrade,
    ws_handshake::Limits,
};
use ws_testkit::{
    answer::Answer,
    cuts,
    event::{Event as Wanted, Role},
    handshakes::{self, Subject, Verdict, handshakes},
    observe, vectors,
    vectors::{End, Extension},
};

use crate::{
    over::{Over, over_each},
    support::{ANY_PORT, REQUEST},
};

over_each!(
    l6_every_frame_row_holds_through_a_live_server,
    l6_every_handshake_row_holds_through_a_live_server,
);

fn l6_every_frame_row_holds_through_a_live_server<O: Over>() {
    let (mut ran, mut wrong) = (0, Vec::new());
    for row in vectors::frames() {
        // A server that closes first always gives a code.
        let closes_without_code = row.first_close.as_ref().is_some_and(Vec::is_empty);
        let Some(config) = config(row.extension == Extension::Deflate) else {
            continue;
        };
        if row.role != Role::Server || closes_without_code {
            continue;
        }
        ran += 1;
        let mut ways = vec![Vec::new()];
        if row.input.len() < 200 {
            ways.push((1..row.input.len()).collect());
        }
        for cuts in ways {
            if let Err(error) = hold_frames::<O>(&row, config.clone(), cuts) {
                wrong.push(format!("{} ({}): {error}", row.name, row.title));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {ran} rows:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(ran > 200, "only {ran} rows");
}

/// Feeds a row to a server of its own and compares what comes of it.
fn hold_frames<O: Over>(
    row: &vectors::Row,
    config: Config,
    cuts: cuts::Cuts,
) -> Result<(), String> {
    let mut server = O::server(ANY_PORT, config);
    let client = client::<O>(
        server.local_addr().expect("it listens"),
        request(row.extension),
        row.input.clone(),
        cuts,
    );
    let (mut events, mut buffer, mut end) = (Vec::new(), vec![0; 64 * 1024], None);
    while end.is_none() {
        let mut turn = server
            .poll(&mut buffer, Some(Duration::from_secs(20)))
            .expect("polling works");
        while let Some((id, event)) = server.next(&mut turn) {
            match event {
                Event::Request(upgrade) => accept(&mut server, id, &upgrade, row),
                Event::Text(text) => events.push(Wanted::Text(text.into_owned())),
                Event::Binary(payload) => events.push(Wanted::Binary(payload.into_owned())),
                Event::Ping(payload) => events.push(Wanted::Ping(payload.into_owned())),
                Event::Pong(payload) => events.push(Wanted::Pong(payload.into_owned())),
                Event::Closed(closed) => {
                    end = Some(match closed.cause {
                        Cause::Peer | Cause::Local => {
                            let with = (closed.code != 1005)
                                .then(|| (closed.code, closed.reason.into_owned()));
                            events.push(Wanted::Close(with));
                            End::Closed
                        }
                        Cause::Protocol(error) => End::Failed(observe::rule(error)),
                        Cause::Vanished if row.first_close.is_some() => End::Closing,
                        Cause::Vanished => End::Open,
                        other => return Err(format!("it ended with {other:?}")),
                    });
                }
                other => return Err(format!("{other:?}")),
            }
        }
    }
    let output = run_until_done(&mut server, &mut buffer, client);
    let end_of_head = output
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .ok_or("no head")?;
    differ("events", &events, &row.events)?;
    differ("end", &end, &Some(row.end))?;
    differ("output", &output[end_of_head + 4..], &row.output[..])
}

/// Opens the connection of a row.
fn accept<T: Transport>(
    server: &mut Server<T>,
    id: ConnId,
    upgrade: &Upgrade<'_>,
    row: &vectors::Row,
) {
    server.accept(id, upgrade.accept()).expect("it waits");
    server
        .set_limits(id, observe::config(row.limits, false))
        .expect("it is open");
    if let Some([high, low, reason @ ..]) = row.first_close.as_deref() {
        let code = CloseCode::new(u16::from_be_bytes([*high, *low])).expect("a code");
        let reason = std::str::from_utf8(reason).expect("a reason");
        server.close(id, code, reason).expect("it is open");
    }
}

fn differ<T: PartialEq + std::fmt::Debug + ?Sized>(
    what: &str,
    got: &T,
    wanted: &T,
) -> Result<(), String> {
    if got == wanted {
        Ok(())
    } else {
        Err(format!("{what}: {got:.200?}, wanted {wanted:.200?}"))
    }
}

fn l6_every_handshake_row_holds_through_a_live_server<O: Over>() {
    let (mut ran, mut wrong) = (0, Vec::new());
    for mut row in handshakes() {
        if O::IS_SECURE {
            refuse_pages_without_tls(&mut row);
        }
        let Subject::Server(bytes) = &row.subject else {
            continue;
        };
        let Some(config) = config(row.setting("deflate").is_some()) else {
            continue;
        };
        ran += 1;
        let mut ways = vec![Vec::new()];
        if bytes.len() < 400 {
            ways.push((1..bytes.len()).collect());
        } else if bytes.len() <= Limits::DEFAULT_MAX_HEAD_LEN {
            ways.push(vec![bytes.len() / 3, bytes.len() - 2]);
        }
        for cuts in ways {
            let answer = answer::<O>(&row, config.clone(), bytes, cuts);
            if let Err(error) = Answer::read(&answer).and_then(|answer| answer.check(&row)) {
                wrong.push(format!(
                    "{} ({}): {error}:\n{}",
                    row.name,
                    row.title,
                    answer.escape_ascii()
                ));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {ran} rows:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(ran > 250, "only {ran} rows");
}

/// The rows know of no TLS below them, over which only an `https` page is one of the same host.
fn refuse_pages_without_tls(row: &mut handshakes::Row) {
    let Subject::Server(bytes) = &row.subject else {
        return;
    };
    let is_http = bytes
        .to_ascii_lowercase()
        .windows(16)
        .any(|window| window == b"\norigin: http://");
    if is_http && matches!(row.verdict, Verdict::Accepted(_)) {
        row.verdict = Verdict::Refused(403);
    }
}

fn answer<O: Over>(
    row: &handshakes::Row,
    config: Config,
    bytes: &[u8],
    cuts: cuts::Cuts,
) -> Vec<u8> {
    let mut server = O::server(ANY_PORT, config.origins(origins(row)));
    let mut client = Some(client::<O>(
        server.local_addr().expect("it listens"),
        Vec::new(),
        bytes.to_vec(),
        cuts,
    ));
    let mut buffer = vec![0; 64 * 1024];
    let supported: Vec<&str> = row
        .setting("protocols")
        .unwrap_or_default()
        .split_whitespace()
        .collect();
    while client.as_ref().is_some_and(|client| !client.is_finished()) {
        let mut turn = server
            .poll(&mut buffer, Some(Duration::from_millis(5)))
            .expect("polling works");
        while let Some((id, event)) = server.next(&mut turn) {
            if let Event::Request(upgrade) = event {
                let accept = upgrade.accept().protocol(upgrade.choose(&supported));
                server.accept(id, accept).expect("it waits");
            }
        }
    }
    let mut answer = client
        .take()
        .map(|client| client.join().expect("the client does not panic"))
        .unwrap_or_default();
    // Behind a 101 come the answers to the frames that the row has behind its head.
    if answer.starts_with(b"HTTP/1.1 101 ")
        && let Some(end) = answer.windows(4).position(|window| window == b"\r\n\r\n")
    {
        answer.truncate(end + 4);
    }
    answer
}

fn origins(row: &handshakes::Row) -> OriginPolicy {
    if row.setting("origins").is_none() && row.setting("hosts").is_none() {
        return OriginPolicy::SameHost;
    }
    let words = |name| {
        row.setting(name)
            .unwrap_or_default()
            .split_whitespace()
            .collect::<Vec<_>>()
    };
    let list = OriginList::new()
        .origins(&words("origins"))
        .and_then(|list| list.hosts(&words("hosts")));
    let list = list.expect("the row is right");
    OriginPolicy::List(if row.setting("origin-required").is_some() {
        list.require_origin()
    } else {
        list
    })
}

/// With compression or without, if the crate has it. With a compressor for each, whose answers say
/// nothing unasked.
#[cfg(feature = "deflate")]
#[expect(clippy::unnecessary_wraps, reason = "not without the feature")]
fn config(compressed: bool) -> Option<Config> {
    use ws_server::ws_frame::deflate::{Compressor, Tuning};

    let compression = ws_server::Compression::new();
    let options = compression
        .get_options()
        .clone()
        .compressor(Compressor::Dedicated(Tuning::default()));
    let compression = compression.options(options);
    Some(Config::default().compression(compressed.then_some(compression)))
}

#[cfg(not(feature = "deflate"))]
fn config(compressed: bool) -> Option<Config> {
    (!compressed).then(Config::default)
}

/// With the smallest windows: a peer may refer farther back all the same (X17).
fn request(extension: Extension) -> Vec<u8> {
    let mut request = REQUEST.to_vec();
    if extension == Extension::Deflate {
        request.truncate(request.len() - 2);
        request.extend_from_slice(
            b"Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=9; client_max_window_bits=9\r\n\r\n",
        );
    }
    request
}

type Client = thread::JoinHandle<Vec<u8>>;

/// Sends `first` in one piece and `input` in pieces, ends its side, and reads to the end.
fn client<O: Over>(
    address: SocketAddr,
    first: Vec<u8>,
    input: Vec<u8>,
    cuts: cuts::Cuts,
) -> Client {
    thread::spawn(move || {
        let mut stream = O::connect(address);
        let mut output = Vec::new();
        stream.write_all(&first).expect("the server reads");
        for piece in cuts::pieces(&input, &cuts) {
            // A server that refuses goes on reading for a while, not for ever.
            if stream.write_all(piece).is_err() {
                break;
            }
        }
        drop(O::end(&mut stream));
        drop(stream.read_to_end(&mut output));
        output
    })
}

/// The connection is over for the program; its last bytes are still on their way.
fn run_until_done<T: Transport>(
    server: &mut Server<T>,
    buffer: &mut [u8],
    client: Client,
) -> Vec<u8> {
    while !client.is_finished() {
        let mut turn = server
            .poll(buffer, Some(Duration::from_millis(1)))
            .expect("polling works");
        while server.next(&mut turn).is_some() {}
    }
    client.join().expect("the client does not panic")
}
