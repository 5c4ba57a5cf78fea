//! The way through, over real sockets.

use ws_server::Config;

use crate::{
    over::{Over, over_each},
    support::{Client, Running},
};

over_each!(
    a_message_comes_back_and_the_close_is_answered,
    c90_large_messages_come_back_as_they_were,
);

fn a_message_comes_back_and_the_close_is_answered<O: Over>() {
    let server = Running::echo::<O>(Config::default());
    let mut client = Client::<O>::connect(server.address);
    client.send_text("hello");
    assert_eq!(client.receive_text(), "hello");
    client.close(1000);
    assert_eq!(client.receive_close(), Some(1000));
    client.expect_end();
    drop(client);
    let events = server.stop();
    assert_eq!(
        events,
        ["request", "text", "closed: closed by the peer, code 1000"]
    );
}

fn c90_large_messages_come_back_as_they_were<O: Over>() {
    let server = Running::echo::<O>(Config::default());
    let mut client = Client::<O>::connect(server.address);
    for len in [
        65_536,
        1 << 20,
        5_000_000,
        131_058,
        5_000_000,
        16 << 20,
        1 << 20,
    ] {
        let payload: Vec<u8> = (0_u32..).flat_map(u32::to_le_bytes).take(len).collect();
        assert!(client.exchange(&payload) == payload, "{len} bytes");
    }
    client.close(1000);
    assert_eq!(client.receive_close(), Some(1000));
    drop(client);
    server.stop();
}
