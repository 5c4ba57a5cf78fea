//! Servers that stop.

use std::time::Duration;

use ws_server::{Cause, Config};

use crate::{
    wire::ALL,
    world::{Answer, Seen, World},
};

#[test]
fn s11_v02_stopping_tells_all_waits_for_them_and_reports() {
    let mut world = World::new(Config::default());
    let (good, mut client) = world.open();
    let (deaf, silent) = world.open();
    let mut head = world.connect();
    let leaving = {
        let (_, mut client) = world.open();
        client.close(1000);
        world.settle();
        client
    };
    world.answer = Answer::Later;
    let mut undecided = world.connect();
    undecided.request("/");
    let (waiting, _) = world.settle()[0];
    assert!(!world.server.is_stopped());
    world.server.stop();
    world.server.stop();
    assert_eq!(
        world.settle(),
        [(waiting, Seen::Closed(Cause::Undecided, 1006))]
    );
    // Of the one that said nothing, a request may be on its way.
    for client in [&mut undecided, &mut head] {
        client.read();
        assert_eq!(client.status, Some(503));
        client.end();
    }
    leaving.end();
    assert_eq!(client.read(), ["close 1001"]);
    client.end();
    assert_eq!(world.settle(), [(good, Seen::Closed(Cause::Local, 1001))]);
    assert!(!world.server.is_stopped());
    world.pass(Duration::from_secs(10));
    assert_eq!(
        world.settle(),
        [(deaf, Seen::Closed(Cause::CloseTimeout, 1006))]
    );
    assert!(silent.far.is_gone());
    assert!(world.server.is_stopped());
    let report = world.server.stop_report().expect("it was stopped");
    assert_eq!((report.clean, report.unclean), (1, 1));
}

#[test]
fn v02_stopping_a_server_with_nobody_takes_no_time() {
    let mut world = World::new(Config::default());
    world.server.stop();
    assert!(world.server.is_stopped());
    let (wire, far) = crate::wire::Wire::new(vec![ALL]);
    assert!(world.server.adopt(wire, None).is_err());
    assert!(far.is_gone());
}

#[test]
fn c84_s11_a_staggered_stop_spreads_the_closes() {
    let mut world = World::new(Config::default());
    let mut clients: Vec<_> = (0..100).map(|_| world.open()).collect();
    world.server.stop_over(Duration::from_secs(100));
    let mut told = 0;
    for second in 0..100 {
        world.settle();
        let now = clients
            .iter_mut()
            .map(|(_, client)| client.read())
            .filter(|seen| *seen == ["close 1001"])
            .count();
        told += now;
        assert_eq!(told, second + 1, "one a second");
        world.pass(Duration::from_secs(1));
    }
    for (_, client) in &clients {
        client.end();
    }
    world.settle();
    assert!(world.server.is_stopped());
    assert_eq!(
        world.server.stop_report().map(|report| report.clean),
        Some(100)
    );
}

#[test]
fn a_staggered_stop_can_be_hurried() {
    let mut world = World::new(Config::default());
    let mut clients: Vec<_> = (0..10).map(|_| world.open()).collect();
    world.server.stop_over(Duration::from_secs(1000));
    world.server.stop();
    world.settle();
    assert!(
        clients
            .iter_mut()
            .all(|(_, client)| client.read() == ["close 1001"])
    );
}
