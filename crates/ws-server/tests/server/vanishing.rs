//! Clients that go without a word, or only half.

use std::{io::Read, time::Duration};

use ws_server::Config;

use crate::{
    over::{Over, over_each},
    support::{Client, Running},
};

over_each!(
    s9_one_that_vanishes_is_pinged_and_let_go_and_all_goes_on,
    t33_one_that_only_listens_any_more_is_let_go_and_the_others_stay,
);

/// Long beside what an answer takes, short beside the patience of the clients.
const WAIT: Duration = Duration::from_secs(1);

fn s9_one_that_vanishes_is_pinged_and_let_go_and_all_goes_on<O: Over>() {
    let server = Running::echo::<O>(
        Config::default()
            .idle_timeout(WAIT)
            .pong_timeout(WAIT)
            .close_timeout(WAIT),
    );
    let mut silent = Client::<O>::connect(server.address);
    let mut sent = Vec::new();
    // The end may come as a reset, behind the ping.
    drop(silent.stream.read_to_end(&mut sent));
    assert_eq!(sent.first(), Some(&0x89), "{sent:?}");
    let mut other = Client::<O>::connect(server.address);
    other.send_text("all goes on");
    assert_eq!(other.receive_text(), "all goes on");
    server.stop();
}

/// The end of the stream without a Close is the end of the connection (RFC 6455 §7.1.4): there is
/// nobody to talk to.
fn t33_one_that_only_listens_any_more_is_let_go_and_the_others_stay<O: Over>() {
    let server = Running::echo::<O>(Config::default().close_timeout(WAIT));
    let mut listening = Client::<O>::connect(server.address);
    let mut other = Client::<O>::connect(server.address);
    listening.send_text("last words");
    assert_eq!(listening.receive_text(), "last words");
    O::end(&mut listening.stream).expect("the client is connected");
    listening.expect_end();
    other.send_text("all goes on");
    assert_eq!(other.receive_text(), "all goes on");
    server.stop();
}
