//! Ends: in order, cut, and while much is queued.

use ws_server::Config;

use crate::{
    wire::{ALL, End},
    world::World,
};

#[test]
fn l10_the_server_sends_close_notify_before_the_end_of_its_stream() {
    let mut world = World::new();
    let mut client = world.open();
    client.close();
    world.settle(&mut [&mut client]);
    assert!(client.closed && client.far.is_shut());
    client.end();
    world.settle(&mut [&mut client]);
    assert_eq!(world.seen, ["closed Peer"]);
    assert!(client.far.is_gone());
}

#[test]
fn l11_an_end_without_a_close_is_not_clean_with_close_notify_or_without() {
    for in_order in [false, true] {
        let mut world = World::new();
        let mut client = world.open();
        client.send_text("Hello");
        let bytes = client.ciphertext();
        client.far.send(&bytes);
        if in_order {
            client.end();
        } else {
            client.far.end(End::Eof);
        }
        world.settle(&mut [&mut client]);
        assert_eq!(world.seen, ["text 5", "closed Vanished"], "{in_order}");
        assert!(client.far.is_gone());
    }
}

/// Bytes that arrive with the end are read, though one readiness reported both.
#[test]
fn l12_a_record_cut_by_the_end_of_the_stream_ends_the_connection_at_once() {
    let mut world = World::new();
    let mut client = world.open();
    client.send_text("Hello");
    let bytes = client.ciphertext();
    client.far.send(&bytes[..bytes.len() - 1]);
    client.far.end(End::Eof);
    world.settle(&mut [&mut client]);
    assert_eq!(world.seen, ["closed Vanished"]);
}

#[test]
fn l13_a_slow_reader_of_16_mib_gets_it_whole_and_nothing_stays_inside() {
    let config = Config::default()
        .max_message_len(32 << 20)
        .max_queued(64 << 20)
        .write_timeout(None);
    let mut world = World::with(config, |_| {});
    let mut client = world.open();
    let id = world.ids[0];
    client.far.set_room(0);
    let long = "w".repeat(16 << 20);
    world.server.send_text(id, &long).expect("there is room");
    world.turn();
    let queued = world.server.stats().queued_bytes;
    assert!(queued >= long.len(), "{queued}: what is inside counts");
    let mut steps = 0;
    while client.texts.is_empty() {
        client.far.set_room(100_000 + steps % 7);
        world.turn();
        client.take();
        steps += 1;
        assert!(
            steps < 1000,
            "it stopped at {} bytes",
            world.server.stats().queued_bytes
        );
    }
    assert!(client.texts[0] == long);
    world.turn();
    assert_eq!(world.server.stats().queued_bytes, 0);
    assert_eq!(world.server.queued_bytes(id), 0);
}

#[test]
fn l14_an_alert_goes_out_before_the_stream_ends() {
    let mut world = World::new();
    let mut client = world.open();
    // A record that decrypts to nothing.
    client.far.send(&[
        23, 3, 3, 0, 20, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20,
    ]);
    for _ in 0..4 {
        world.turn();
    }
    let mut came = &client.far.take()[..];
    client.tls.read_tls(&mut came).expect("a slice");
    let error = client
        .tls
        .process_new_packets()
        .expect_err("the server alerts");
    assert_eq!(
        error,
        rustls::Error::AlertReceived(rustls::AlertDescription::BadRecordMac)
    );
    assert_eq!(world.seen, ["closed Io(InvalidData)"]);
    assert_eq!(world.acceptor.stats().broken, 1);
}

/// Our end before the client's, while it still sends.
#[test]
fn l15_a_client_may_send_on_after_the_servers_close_notify() {
    let mut world = World::new();
    let mut client = world.connect_in_steps(crate::pki::Version::Tls13, vec![ALL]);
    client.request();
    world.settle(&mut [&mut client]);
    client.close();
    client.write(&vec![0; 100_000]);
    world.settle(&mut [&mut client]);
    assert!(client.closed);
    assert_eq!(client.far.unread(), 0, "it is drained");
    client.end();
    world.settle(&mut [&mut client]);
    assert!(client.far.is_gone());
    assert_eq!(world.seen, ["closed Peer"]);
}
