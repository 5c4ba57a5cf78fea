//! The way through, over real sockets.

use crate::support::{Client, Running};
use ws_server::Config;

#[test]
fn a_message_comes_back_and_the_close_is_answered() {
    let server = Running::echo(Config::default());
    let mut client = Client::connect(server.address);
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
