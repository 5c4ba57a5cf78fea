//! Ciphertext cut everywhere: what comes of it does not depend on how it comes.

use ws_server::Config;

use crate::{
    pki::VERSIONS,
    wire::{ALL, INTERRUPT},
    world::World,
};

#[test]
fn l01_a_connection_works_wherever_the_clients_ciphertext_is_cut() {
    for version in VERSIONS {
        let mut world = World::new();
        let (mut cut, mut longest) = (1, 0);
        loop {
            let mut client = world.connect_in_steps(version, vec![ALL]);
            client.request();
            client.send_text("Hello");
            client.send_text("again");
            let mut sent = 0;
            while client.texts.len() < 2 {
                let bytes = client.ciphertext();
                // The cut is in the stream as a whole, flights counted together.
                let at = cut.clamp(sent, sent + bytes.len()) - sent;
                for piece in [&bytes[..at], &bytes[at..]] {
                    if !piece.is_empty() {
                        client.far.send(piece);
                        for _ in 0..6 {
                            world.turn();
                        }
                    }
                }
                sent += bytes.len();
                let came = client.take();
                assert!(
                    came > 0 || !bytes.is_empty(),
                    "nothing moves at {cut} of {version:?}"
                );
            }
            assert_eq!(client.texts, ["Hello", "again"]);
            longest = longest.max(sent);
            if cut >= longest {
                break;
            }
            cut += 1;
        }
        assert!(longest > 500, "only {longest} bytes");
    }
}

#[test]
fn l02_a_connection_works_however_little_moves_at_once() {
    let ways: [&[usize]; 6] = [
        &[1],
        &[2, 0],
        &[INTERRUPT, 5, 0, 0, 7],
        &[16, 0, 1],
        &[1000, 0, 3],
        &[ALL],
    ];
    for version in VERSIONS {
        for steps in ways {
            let mut world = World::new();
            let mut client = world.connect_in_steps(version, steps.to_vec());
            client.request();
            client.send_text("Hello");
            let long = "x".repeat(40_000);
            client.send_text(&long);
            // Each step of one byte is a turn of its own.
            for _ in 0..60_000 {
                world.turn();
                client.pump();
                if client.texts.len() == 2 {
                    break;
                }
            }
            assert_eq!(
                client.texts.len(),
                2,
                "{steps:?}, {version:?}: {:?}",
                world.seen
            );
            assert!(client.texts[0] == "Hello" && client.texts[1] == long);
            client.close();
            client.end();
            for _ in 0..2000 {
                world.turn();
                client.pump();
            }
            assert_eq!(world.seen.last().map(String::as_str), Some("closed Peer"));
            assert!(client.closed, "close_notify came");
        }
    }
}

/// Several records in one read, more than the server's buffer takes: nothing stays behind.
#[test]
fn l03_many_records_in_one_read_are_all_delivered() {
    let mut world = World::new();
    let mut client = world.open();
    let sizes = [0, 1, 100, 16_000, 16_384, 70_000, 200_000, 5];
    for size in sizes {
        client.send_text(&"y".repeat(size));
        let bytes = client.ciphertext();
        client.held.extend(bytes);
    }
    let held = std::mem::take(&mut client.held);
    client.far.send(&held);
    world.settle(&mut [&mut client]);
    assert_eq!(
        client.texts.iter().map(String::len).collect::<Vec<_>>(),
        sizes
    );
}

/// A frame of a record each: 22 bytes and a pass of the cipher for every one of them.
#[test]
fn l04_the_answers_of_a_turn_are_one_record() {
    let mut world = World::new();
    let mut client = world.open();
    for n in 0..16 {
        client.send_text(&format!("message {n}"));
    }
    let bytes = client.ciphertext();
    client.far.send(&bytes);
    world.turn();
    world.turn();
    let came = client.far.take();
    let lens = records(&came);
    assert_eq!(lens.len(), 1, "{lens:?}");
    // Large ones fill their records, header and payload together.
    let id = world.ids[0];
    world
        .server
        .send_text(id, &"z".repeat(100_000))
        .expect("there is room");
    world.turn();
    let lens = records(&client.far.take());
    assert_eq!(lens.len(), 7, "{lens:?}");
    assert!(lens[..6].iter().all(|len| *len >= 16_384), "{lens:?}");
}

/// The lengths of the records that `bytes` are.
fn records(mut bytes: &[u8]) -> Vec<usize> {
    let mut lens = Vec::new();
    while let [_, _, _, high, low, rest @ ..] = bytes {
        let len = usize::from(u16::from_be_bytes([*high, *low]));
        lens.push(len);
        bytes = &rest[len..];
    }
    lens
}

#[test]
fn l05_a_paused_connection_is_not_decrypted() {
    let mut world = World::new();
    world.echoes = false;
    let mut client = world.open();
    let id = world.ids[0];
    // Records of one byte: more than one read decrypts.
    client.write(b"\x81\xfe\x07\xd0\0\0\0\0");
    for _ in 0..2000 {
        client.write(b"x");
        let bytes = client.ciphertext();
        client.held.extend(bytes);
    }
    let held = std::mem::take(&mut client.held);
    client.far.send(&held);
    world.turn();
    world.server.pause(id).expect("it is open");
    let before = world.server.stats().bytes_in;
    for _ in 0..20 {
        world.turn();
    }
    assert_eq!(
        world.server.stats().bytes_in,
        before,
        "nothing is decrypted meanwhile"
    );
    // It can be written to all the same, though whole records wait.
    world
        .server
        .send_text(id, "out of turn")
        .expect("it is open");
    world.settle(&mut [&mut client]);
    assert_eq!(client.texts, ["out of turn"]);
    assert_eq!(world.server.stats().bytes_in, before);
    world.server.resume(id).expect("it is open");
    world.settle(&mut [&mut client]);
    assert_eq!(world.seen, ["text 2000"]);
}

/// The readiness that tells of the second message comes while the first waits inside, decrypted.
#[test]
fn l8_bytes_that_arrive_while_decrypted_ones_wait_are_read() {
    for budget in [2000, 16_000, 20_000] {
        let mut world = World::with(Config::default().read_budget(budget), |_| {});
        let mut client = world.open();
        client.far.be_like_a_socket();
        for size in [16_000, 40_000] {
            client.send_text(&"x".repeat(size));
            let bytes = client.ciphertext();
            client.far.send(&bytes);
            world.turn();
        }
        // Each of these turns gives no more than the budget.
        for _ in 0..100 {
            world.turn();
            client.pump();
        }
        let lens: Vec<_> = client.texts.iter().map(String::len).collect();
        assert_eq!(lens, [16_000, 40_000], "reads of {budget}");
    }
}

/// New keys amid messages, cut anywhere: the server answers with new keys of its own.
#[test]
fn l07_a_client_may_change_its_keys() {
    let mut world = World::new();
    let mut client = world.open();
    for cut in 0..40 {
        client.send_text("before");
        client.tls.refresh_traffic_keys().expect("TLS 1.3 has it");
        client.send_text("after");
        let bytes = client.ciphertext();
        let at = cut * bytes.len() / 40;
        client.far.send(&bytes[..at]);
        world.turn();
        // Written to while a record or a handshake message is not whole.
        let id = world.ids[0];
        world.server.send_text(id, "meanwhile").expect("it is open");
        world.turn();
        client.far.send(&bytes[at..]);
        world.settle(&mut [&mut client]);
        let mut texts = std::mem::take(&mut client.texts);
        texts.sort_unstable();
        assert_eq!(texts, ["after", "before", "meanwhile"], "cut at {at}");
    }
}
