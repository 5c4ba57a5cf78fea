//! The frame vectors of the pure crates over TLS: whole, and with a record for each byte.

use std::{io::Read, time::Duration};

use ws_server::{Cause, CloseCode, Config, ConnId, Event, Upgrade};
use ws_testkit::{
    cuts,
    event::{Event as Wanted, Role},
    observe, vectors,
    vectors::{End as Ending, Extension},
};

use crate::{
    wire::End,
    world::{Client, World},
};

#[test]
fn l06_every_frame_row_holds_over_tls() {
    let (mut ran, mut wrong) = (0, Vec::new());
    for row in vectors::frames() {
        // A server that closes first always gives a code.
        let closes_without_code = row.first_close.as_ref().is_some_and(Vec::is_empty);
        if row.role != Role::Server || closes_without_code || row.extension == Extension::Deflate {
            continue;
        }
        ran += 1;
        let mut ways = vec![Vec::new()];
        if row.input.len() < 200 {
            ways.push((1..row.input.len()).collect());
        }
        for cuts in ways {
            if let Err(error) = hold(&row, &cuts) {
                wrong.push(format!("{} ({}): {error}", row.name, row.title));
            }
        }
    }
    let count = wrong.len();
    assert!(
        wrong.is_empty(),
        "{count} of {ran} rows:\n{}",
        wrong.join("\n")
    );
    assert!(ran > 150, "only {ran} rows");
}

/// The results of a row.
#[derive(Default)]
struct Came {
    events: Vec<Wanted>,
    end: Option<Ending>,
    output: Vec<u8>,
    unexpected: Option<String>,
}

/// Feeds a row to a server of its own and compares what comes of it.
fn hold(row: &vectors::Row, cuts: &cuts::Cuts) -> Result<(), String> {
    let mut world = World::with(Config::default(), |_| {});
    let mut client = world.connect();
    let mut came = Came::default();
    client.request();
    turns(&mut world, &mut client, row, &mut came, 10);
    for piece in cuts::pieces(&row.input, cuts) {
        client.write(piece);
        let bytes = client.ciphertext();
        client.far.send(&bytes);
    }
    turns(&mut world, &mut client, row, &mut came, 4);
    client.tls.send_close_notify();
    let bytes = client.ciphertext();
    client.far.send(&bytes);
    client.far.end(End::Eof);
    for _ in 0..1000 {
        turns(&mut world, &mut client, row, &mut came, 1);
        if client.far.is_gone() {
            break;
        }
    }
    if let Some(unexpected) = came.unexpected {
        return Err(unexpected);
    }
    let head = came
        .output
        .windows(4)
        .position(|window| window == b"\r\n\r\n");
    let head = head.ok_or("no head")? + 4;
    differ("events", &came.events, &row.events)?;
    differ("end", &came.end, &Some(row.end))?;
    differ("output", &came.output[head..], &row.output[..])
}

fn turns(
    world: &mut World,
    client: &mut Client,
    row: &vectors::Row,
    came: &mut Came,
    count: usize,
) {
    let mut buffer = vec![0; 64 * 1024];
    for _ in 0..count {
        let bytes = client.ciphertext();
        if !bytes.is_empty() {
            client.far.send(&bytes);
        }
        let mut turn = world
            .server
            .poll(&mut buffer, Some(Duration::ZERO))
            .expect("polling works");
        while let Some((id, event)) = world.server.next(&mut turn) {
            match event {
                Event::Request(upgrade) => accept(world, id, &upgrade, row),
                Event::Text(text) => came.events.push(Wanted::Text(text.into_owned())),
                Event::Binary(payload) => came.events.push(Wanted::Binary(payload.into_owned())),
                Event::Ping(payload) => came.events.push(Wanted::Ping(payload.into_owned())),
                Event::Pong(payload) => came.events.push(Wanted::Pong(payload.into_owned())),
                Event::Closed(closed) => {
                    came.end = Some(match closed.cause {
                        Cause::Peer | Cause::Local => {
                            let with = (closed.code != 1005)
                                .then(|| (closed.code, closed.reason.into_owned()));
                            came.events.push(Wanted::Close(with));
                            Ending::Closed
                        }
                        Cause::Protocol(error) => Ending::Failed(observe::rule(error)),
                        Cause::Vanished if row.first_close.is_some() => Ending::Closing,
                        Cause::Vanished => Ending::Open,
                        other => {
                            came.unexpected = Some(format!("it ended with {other:?}"));
                            Ending::Open
                        }
                    });
                }
                other => came.unexpected = Some(format!("{other:?}")),
            }
        }
        read(client, &mut came.output);
    }
}

/// Opens the connection of a row.
fn accept(world: &mut World, id: ConnId, upgrade: &Upgrade<'_>, row: &vectors::Row) {
    world.server.accept(id, upgrade.accept()).expect("it waits");
    let limits = observe::config(row.limits, false);
    world.server.set_limits(id, limits).expect("it is open");
    if let Some([high, low, reason @ ..]) = row.first_close.as_deref() {
        let code = CloseCode::new(u16::from_be_bytes([*high, *low])).expect("a code");
        let reason = std::str::from_utf8(reason).expect("a reason");
        world.server.close(id, code, reason).expect("it is open");
    }
}

/// Decrypts what the server sent.
fn read(client: &mut Client, output: &mut Vec<u8>) {
    let came = client.far.take();
    let mut rest = &came[..];
    while !rest.is_empty() {
        client.tls.read_tls(&mut rest).expect("a slice");
        let state = client
            .tls
            .process_new_packets()
            .expect("the server keeps to the rules");
        let mut plain = vec![0; state.plaintext_bytes_to_read()];
        client
            .tls
            .reader()
            .read_exact(&mut plain)
            .expect("they are there");
        output.extend(plain);
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
