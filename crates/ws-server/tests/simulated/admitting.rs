//! Who is let in, from a listener that does as it is told.

use std::{
    collections::VecDeque,
    io::{self, Read as _, Write as _},
    net::SocketAddr,
    os::unix::net::UnixStream as Ringer,
    sync::{Arc, Mutex},
    time::Duration,
};

use mio::{Interest, Registry, Token, event::Source, net::UnixStream};
use ws_server::{Config, Listener, Server, mio};

use crate::{
    wire::{ALL, Far, Wire},
    world::{World, request},
};

/// Where clients come in.
struct Door {
    waiting: Waiting,
    bell: UnixStream,
}

type Waiting = Arc<Mutex<VecDeque<(Wire, Option<SocketAddr>)>>>;

/// The street before it.
struct Street {
    waiting: Waiting,
    ringer: Ringer,
}

impl Street {
    /// Somebody comes to the door.
    fn arrive(&mut self, address: &str) -> Far {
        let (wire, far) = Wire::new(vec![ALL]);
        let address = address.parse().expect("an address");
        self.waiting()
            .push_back((wire, Some(SocketAddr::new(address, 1234))));
        // A bell that is full of rings rings already.
        drop(self.ringer.write(&[0]));
        far
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, VecDeque<(Wire, Option<SocketAddr>)>> {
        self.waiting.lock().expect("no holder panics")
    }
}

impl Listener for Door {
    type Transport = Wire;

    fn accept(&mut self) -> io::Result<(Wire, Option<SocketAddr>)> {
        drop(self.bell.read(&mut [0; 64]));
        let mut waiting = self.waiting.lock().expect("no holder panics");
        waiting
            .pop_front()
            .ok_or_else(|| io::ErrorKind::WouldBlock.into())
    }
}

impl Source for Door {
    fn register(&mut self, registry: &Registry, token: Token, interests: Interest) -> io::Result<()> {
        self.bell.register(registry, token, interests)
    }

    fn reregister(&mut self, registry: &Registry, token: Token, interests: Interest) -> io::Result<()> {
        self.bell.reregister(registry, token, interests)
    }

    fn deregister(&mut self, registry: &Registry) -> io::Result<()> {
        self.bell.deregister(registry)
    }
}

fn open_door(config: Config) -> (World, Street) {
    let (bell, ringer) = Ringer::pair().expect("the system has sockets");
    bell.set_nonblocking(true).expect("a socket can be made so");
    ringer.set_nonblocking(true).expect("a socket can be made so");
    let waiting = Waiting::default();
    let door = Door {
        waiting: Arc::clone(&waiting),
        bell: UnixStream::from_std(bell),
    };
    let world = World::with(config, |config| Server::with_listener(door, config));
    (world, Street { waiting, ringer })
}

/// S2: those who have not sent a whole request are so many at most. The rest wait outside, unread and without a deadline.
#[test]
fn s2_c82_so_many_are_let_in_before_they_have_asked() {
    let (mut world, mut street) = open_door(Config::default().max_pending(3));
    let clients: Vec<_> = (0..10).map(|_| street.arrive("192.0.2.1")).collect();
    world.settle();
    assert_eq!(world.server.stats().pending, 3);
    assert_eq!(street.waiting().len(), 7);
    // One that has asked makes room, one that goes does, and those whose time is up do.
    clients[0].send(request("/").as_bytes());
    world.settle();
    assert_eq!((world.server.stats().pending, street.waiting().len()), (3, 6));
    clients[1].end(crate::wire::End::Eof);
    world.settle();
    assert_eq!((world.server.stats().pending, street.waiting().len()), (3, 5));
    world.pass(Duration::from_secs(10));
    world.settle();
    assert_eq!((world.server.stats().pending, street.waiting().len()), (3, 2));
    let stats = world.server.stats();
    assert_eq!((stats.accepted, stats.open, stats.abandoned), (8, 1, 1));
    assert!(!clients[9].is_gone());
}

/// S3: at the bound nobody is let in, and nobody is kept busy by those outside.
#[test]
fn s3_a_full_server_does_not_spin() {
    let (mut world, mut street) = open_door(Config::default().max_connections(2));
    let clients: Vec<_> = (0..3).map(|_| street.arrive("192.0.2.1")).collect();
    for client in &clients {
        client.send(request("/").as_bytes());
    }
    world.settle();
    assert_eq!((world.server.stats().open, street.waiting().len()), (2, 1));
    let pauses = world.server.stats().accept_pauses;
    for _ in 0..100 {
        assert_eq!(world.turn(), []);
    }
    assert_eq!(world.server.stats().accept_pauses, pauses);
    clients[0].end(crate::wire::End::Reset);
    world.settle();
    assert_eq!((world.server.stats().open, street.waiting().len()), (2, 0));
}

/// S2: an address is counted as its owner has it: one of IPv4, written either way, or a network of IPv6.
#[test]
fn s2_one_owner_of_addresses_has_so_many_connections() {
    let (mut world, mut street) = open_door(Config::default().max_per_address(2));
    for (address, refused) in [
        ("192.0.2.1", false),
        ("192.0.2.1", false),
        ("192.0.2.1", true),
        ("::ffff:192.0.2.1", true),
        ("192.0.2.2", false),
        ("2001:db8::1", false),
        ("2001:db8::2:0:0:1", false),
        ("2001:db8::3", true),
        ("2001:db8:0:1::1", false),
    ] {
        let before = world.server.stats().refused_addresses;
        let client = street.arrive(address);
        world.settle();
        assert_eq!(client.is_gone(), refused, "{address}");
        let after = world.server.stats().refused_addresses;
        assert_eq!(after - before, u64::from(refused), "{address}");
    }
}

/// C-82: those who are let in at once are some at a time, so that the others have their turn.
#[test]
fn c82_a_crowd_comes_in_bit_by_bit() {
    let (mut world, mut street) = open_door(Config::default());
    let clients: Vec<_> = (0..500).map(|_| street.arrive("192.0.2.1")).collect();
    let mut before = 0;
    while !street.waiting().is_empty() {
        world.turn();
        let now = world.server.stats().accepted;
        assert!((1..=64).contains(&(now - before)), "{}", now - before);
        before = now;
    }
    assert_eq!(world.server.stats().connections, 500);
    drop(clients);
}
