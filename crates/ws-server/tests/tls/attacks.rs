//! Clients that do harm, by counts and bytes.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use rustls::{AlertDescription, Error};
use ws_server::{Config, TlsStats};

use crate::{
    pki::{Pki, Version, client, provider},
    support::REQUEST,
    wire::{ALL, End},
    world::World,
};

/// Counts of failures by kind.
fn failures(world: &World) -> TlsStats {
    world.acceptor.stats()
}

#[test]
fn l20_a_stream_without_tls_is_closed_unanswered_and_counted() {
    let mut world = World::new();
    let mut good = world.open();
    let others: [&[u8]; 5] = [
        REQUEST,
        b"\0",
        b"\x80\x2e\x01\x03\x01",
        b"SSH-2.0-x\r\n",
        &[0xff; 10_000],
    ];
    for bytes in others {
        let far = world.attach(vec![ALL]);
        far.send(bytes);
        for _ in 0..4 {
            world.turn();
        }
        assert!(
            far.is_gone() && far.take().is_empty(),
            "{}",
            bytes[..1].escape_ascii()
        );
    }
    assert_eq!(failures(&world).not_tls, 5);
    good.send_text("still here");
    world.settle(&mut [&mut good]);
    assert_eq!(good.texts, ["still here"]);
}

#[test]
fn l21_garbage_behind_the_first_byte_gets_an_alert() {
    let mut world = World::new();
    for bytes in [
        &[22, 3, 1, 0, 4, 1, 0, 0, 0][..],
        &[22, 9, 9, 0xff, 0xff, 1],
        &[22, 3, 1, 0, 5, 1, 0, 0, 1, 7],
    ] {
        let far = world.attach(vec![ALL]);
        far.send(bytes);
        for _ in 0..4 {
            world.turn();
        }
        let answer = far.take();
        assert!(far.is_gone(), "{bytes:?}");
        assert!(
            answer.starts_with(&[21, 3]) && answer.len() == 7,
            "{}",
            answer.escape_ascii()
        );
    }
    assert_eq!(failures(&world).protocol, 3);
}

/// A hello of which all but a byte comes: nothing is computed, little is held, and the timeout ends
/// it.
#[test]
fn l22_half_handshakes_hold_little_and_end_by_the_head_timeout() {
    let (start, late) = (Instant::now(), Arc::new(AtomicBool::new(false)));
    let is_late = Arc::clone(&late);
    let config = Config::default().clock(move || {
        start
            + Duration::from_secs(if is_late.load(Ordering::Relaxed) {
                11
            } else {
                0
            })
    });
    let mut world = World::with(config, |_| {});
    let mut ends = Vec::new();
    for n in 0..1000 {
        let mut half = client(world.pki.client(Version::Tls13), "localhost");
        let mut hello = Vec::new();
        half.write_tls(&mut hello).expect("memory");
        let far = world.attach(vec![ALL]);
        far.send(&hello[..n % hello.len()]);
        ends.push(far);
    }
    for _ in 0..300 {
        world.turn();
    }
    assert!(ends.iter().all(|far| far.unread() == 0), "all is read");
    late.store(true, Ordering::Relaxed);
    for _ in 0..400 {
        world.turn();
    }
    assert!(ends.iter().all(crate::wire::Far::is_gone));
    assert!(
        ends.iter().all(|far| far.take().is_empty()),
        "nothing was answered"
    );
    assert_eq!(failures(&world).abandoned, 1000);
    assert_eq!(world.server.stats().connections, 0);
}

/// 2,000 hellos at once beside 100 connected clients: in no turn are more than ten handshakes
/// computed.
#[test]
fn c83_l23_a_crowd_of_hellos_leaves_those_connected_alone() {
    let mut world = World::new();
    let mut connected: Vec<_> = (0..100).map(|_| world.open()).collect();
    let before = failures(&world).completed;
    let mut one = client(world.pki.client(Version::Tls13), "localhost");
    let mut hello = Vec::new();
    one.write_tls(&mut hello).expect("memory");
    let crowd: Vec<_> = (0..2000)
        .map(|_| {
            let far = world.attach(vec![ALL]);
            far.send(&hello);
            far
        })
        .collect();
    let (mut answered, mut turns, mut most) = (0, 0, 0);
    let (mut since, mut slowest, mut rounds) = (0, 0, 0);
    while answered < crowd.len() {
        if world.seen.len() == rounds * connected.len() {
            slowest = slowest.max(turns - since);
            (since, rounds) = (turns, rounds + 1);
            for client in &mut connected {
                client.send_text("hello?");
                let bytes = client.ciphertext();
                client.far.send(&bytes);
            }
        }
        world.turn();
        let now = crowd.iter().filter(|far| far.take_len() > 0).count();
        most = most.max(now - answered);
        answered = now;
        turns += 1;
        assert!(turns < 3000, "{answered} after {turns} turns");
    }
    assert!(most <= 10, "{most} handshakes in a turn");
    // The system reports 1,024 sockets at a time, so in the first turns not all that are connected
    // are among them.
    assert!(
        slowest <= 4 && rounds > 40,
        "{slowest} turns, {rounds} rounds"
    );
    assert_eq!(failures(&world).completed, before);
}

/// One byte a record is 23 bytes of ciphertext, a decryption and an allocation: 128 KiB of them
/// would be 5,698.
#[test]
fn l24_one_byte_records_take_a_share_of_each_turn() {
    let mut world = World::new();
    let mut client = world.open();
    let mut message = b"\x81\xfe\x13\x88\0\0\0\0".to_vec();
    message.extend([b'x'; 5000]);
    for byte in message {
        client.write(&[byte]);
        let bytes = client.ciphertext();
        client.held.extend(bytes);
    }
    let held = std::mem::take(&mut client.held);
    client.far.send(&held);
    let (mut before, mut turns) = (world.server.stats().bytes_in, 0);
    while client.texts.is_empty() {
        world.turn();
        let now = world.server.stats().bytes_in;
        assert!(now - before <= 512, "{} records in a turn", now - before);
        before = now;
        client.take();
        turns += 1;
        assert!(turns < 100);
    }
    assert_eq!(client.texts[0].len(), 5000);
}

/// A handshake message that claims 64 KiB, and comes in fragments of one byte.
#[test]
fn l25_a_handshake_message_in_fragments_is_bounded() {
    let mut world = World::new();
    let far = world.attach(vec![ALL]);
    let mut bytes = Vec::new();
    for byte in [1, 0, 0xff, 0xff]
        .into_iter()
        .chain(std::iter::repeat_n(0, 60_000))
    {
        bytes.extend([22, 3, 1, 0, 1, byte]);
    }
    let mut sent = 0;
    for piece in bytes.chunks(4096) {
        far.send(piece);
        sent += piece.len();
        world.turn();
        world.turn();
        if far.is_gone() {
            break;
        }
    }
    assert!(
        far.is_gone() && sent <= 48 * 1024,
        "{sent} bytes were taken"
    );
    assert_eq!(failures(&world).protocol, 1);
}

#[test]
fn l26_a_handshake_that_is_cut_anywhere_ends_and_is_counted() {
    let mut world = World::new();
    for cut in 1..300 {
        let mut client = world.connect();
        let hello = client.ciphertext();
        client.far.send(&hello[..cut.min(hello.len())]);
        client
            .far
            .end(if cut % 2 == 0 { End::Eof } else { End::Reset });
        for _ in 0..4 {
            world.turn();
        }
        assert!(client.far.is_gone(), "{cut}");
    }
    assert_eq!(failures(&world).cut, 299);
    assert_eq!(world.server.stats().connections, 0);
}

#[test]
fn l27_a_client_that_trusts_nobody_is_counted_by_its_alert() {
    let mut world = World::new();
    let stranger = Pki::new().client(Version::Tls13);
    let mut client = world.connect_with(stranger, vec![ALL]);
    let hello = client.ciphertext();
    client.far.send(&hello);
    world.turn();
    world.turn();
    let came = client.far.take();
    client.tls.read_tls(&mut &came[..]).expect("a slice");
    client
        .tls
        .process_new_packets()
        .expect_err("the certificate is a stranger's");
    let alert = client.ciphertext();
    client.far.send(&alert);
    for _ in 0..4 {
        world.turn();
    }
    assert!(client.far.is_gone());
    assert_eq!(failures(&world).alerts, 1);
}

#[test]
fn l28_a_client_without_a_version_in_common_gets_an_alert() {
    let mut world = World::with(Config::default(), |_| {});
    let tls13_only = rustls::ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13])
        .expect("the provider has it");
    let (certificate, key) = world.pki.certificate("localhost");
    let config = tls13_only
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .expect("they fit");
    world
        .acceptor
        .set_config(&Arc::new(config))
        .expect("it suits");
    let mut client = world.connect_in_steps(Version::Tls12, vec![ALL]);
    let hello = client.ciphertext();
    client.far.send(&hello);
    for _ in 0..4 {
        world.turn();
    }
    let came = client.far.take();
    client.tls.read_tls(&mut &came[..]).expect("a slice");
    let error = client.tls.process_new_packets().expect_err("there is none");
    assert_eq!(
        error,
        Error::AlertReceived(AlertDescription::ProtocolVersion)
    );
    assert_eq!(failures(&world).incompatible, 1);
}

/// Each client sends all but a byte of a full record. No message is under way then: what is held is
/// ciphertext.
#[test]
fn l63_unfinished_records_count_in_the_memory_of_unfinished_messages() {
    const TOTAL: usize = 256 * 1024;
    let config = Config::default()
        .max_message_len(64 * 1024)
        .max_assembling_total(TOTAL);
    let mut world = World::with(config, |_| {});
    let text = "x".repeat(16_000);
    let mut clients: Vec<_> = (0..40).map(|_| world.open()).collect();
    let mut last_bytes = Vec::new();
    for client in &mut clients {
        client.send_text(&text);
        let mut record = client.ciphertext();
        last_bytes.push(record.pop().expect("it is long"));
        client.far.send(&record);
        world.settle(&mut []);
        let held = world.server.stats().assembling_bytes;
        assert!(held <= TOTAL, "{held} bytes are held");
    }
    let held = world.server.stats().assembling_bytes;
    assert!(held >= TOTAL / 2, "{held} bytes are counted");
    let ended = world.server.stats().closes.overloaded;
    assert!((20..40).contains(&ended), "{ended} ended");
    world.seen.clear();
    for (client, last) in clients.iter_mut().zip(last_bytes) {
        client.far.send(&[last]);
        world.settle(&mut [client]);
    }
    let echoed = clients
        .iter()
        .filter(|client| client.texts == [&*text])
        .count();
    assert_eq!((echoed as u64) + ended, 40);
    assert_eq!(world.server.stats().assembling_bytes, 0);
    // The others have been told, and end their streams.
    for client in &mut clients {
        client.end();
    }
    world.settle(&mut []);
    assert_eq!(world.server.stats().connections, 0);
}
