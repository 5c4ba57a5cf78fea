//! Admission of connections, from a scripted listener.

use std::{
    collections::VecDeque,
    io::{self, Read as _, Write as _},
    net::SocketAddr,
    os::unix::net::UnixStream as Ringer,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use mio::net::UnixStream;
use ws_server::{Config, Listener, Server, mio};

use crate::{
    source::registers,
    wire::{ALL, Far, Wire},
    world::{World, request},
};

/// The listener's queue of clients.
struct Door {
    waiting: Waiting,
    descriptors: Arc<AtomicUsize>,
    bell: UnixStream,
}

type Waiting = Arc<Mutex<VecDeque<(Wire, Option<SocketAddr>)>>>;

/// The street before it.
struct Street {
    waiting: Waiting,
    /// Descriptors that the system has left.
    descriptors: Arc<AtomicUsize>,
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
        let left = self.descriptors.load(Ordering::Relaxed);
        if left == 0 {
            return Err(io::Error::from_raw_os_error(24));
        }
        drop(self.bell.read(&mut [0; 64]));
        let mut waiting = self.waiting.lock().expect("no holder panics");
        let first = waiting.pop_front();
        self.descriptors
            .store(left - usize::from(first.is_some()), Ordering::Relaxed);
        first.ok_or_else(|| io::ErrorKind::WouldBlock.into())
    }
}

registers!(Door, bell);

fn open_door(config: Config) -> (World, Street) {
    let (bell, ringer) = Ringer::pair().expect("the system has sockets");
    bell.set_nonblocking(true).expect("a socket can be made so");
    ringer
        .set_nonblocking(true)
        .expect("a socket can be made so");
    let (waiting, descriptors) = (Waiting::default(), Arc::new(AtomicUsize::new(usize::MAX)));
    let door = Door {
        waiting: Arc::clone(&waiting),
        descriptors: Arc::clone(&descriptors),
        bell: UnixStream::from_std(bell),
    };
    let world = World::with(config, |config| Server::with_listener(door, config));
    let street = Street {
        waiting,
        descriptors,
        ringer,
    };
    (world, street)
}

/// S2: those who have not sent a whole request are so many at most, and a new one takes the place
/// of the oldest that is silent.
#[test]
fn s2_c82_r48_silent_connections_keep_nobody_out() {
    let (mut world, mut street) = open_door(Config::default().max_pending(3));
    let clients: Vec<_> = (0..10).map(|_| street.arrive("192.0.2.1")).collect();
    for _ in 0..10 {
        world.turn();
        assert!(world.server.stats().pending <= 3);
    }
    assert_eq!(street.waiting().len(), 0);
    let gone: Vec<_> = clients.iter().map(Far::is_gone).collect();
    assert_eq!(
        gone,
        [vec![true; 7], vec![false; 3]].concat(),
        "the oldest go"
    );
    let stats = world.server.stats();
    assert_eq!((stats.pending, stats.displaced, stats.accepted), (3, 7, 10));
    // Nobody goes for nobody.
    clients[9].ring();
    world.settle();
    assert_eq!(world.server.stats().displaced, 7);
    clients[8].send(request("/").as_bytes());
    world.settle();
    let stats = world.server.stats();
    assert_eq!((stats.open, stats.pending, stats.displaced), (1, 2, 7));
    world.pass(Duration::from_secs(10));
    world.settle();
    assert_eq!(
        (
            world.server.stats().pending,
            world.server.stats().head_timeouts
        ),
        (0, 2)
    );
}

/// Those who came in the same turn, or whose request is there and not read yet, are not silent: the
/// others wait outside.
#[test]
fn s2_r48_a_connection_that_has_sent_its_request_is_served() {
    let (mut world, mut street) = open_door(Config::default().max_pending(3));
    let clients: Vec<_> = (0..300).map(|_| street.arrive("192.0.2.1")).collect();
    for client in &clients {
        client.send(request("/").as_bytes());
    }
    let mut turns = 0;
    while world.server.stats().open < 300 {
        world.turn();
        assert!(world.server.stats().pending <= 3);
        turns += 1;
        assert!(turns < 1000, "{:?}", world.server.stats());
    }
    assert_eq!(world.server.stats().displaced, 0);
}

/// R49: the log tells when accepting begins to fail, and when it works again; what is between is
/// counted.
#[test]
fn r49_a_state_is_logged_when_it_changes() {
    let (lines, failures) = crate::logging::lines(|| {
        let (mut world, mut street) = open_door(Config::default());
        street.descriptors.store(0, Ordering::Relaxed);
        let clients: Vec<_> = (0..10).map(|_| street.arrive("192.0.2.1")).collect();
        for _ in 0..100 {
            world.turn();
            world.pass(Duration::from_millis(100));
        }
        street.descriptors.store(usize::MAX, Ordering::Relaxed);
        world.settle();
        assert_eq!(world.server.stats().connections, 10);
        // Registering fails for each of these.
        for _ in 0..10 {
            street.arrive("192.0.2.1").break_register();
        }
        world.settle();
        street.arrive("192.0.2.1");
        world.settle();
        drop(clients);
        world.server.stats().accept_failures
    });
    assert!((100..=111).contains(&failures), "{failures}");
    let about: Vec<_> = lines
        .iter()
        .filter(|(_, line)| line.contains("accepted"))
        .collect();
    let levels: Vec<_> = about.iter().map(|(level, _)| *level).collect();
    assert_eq!(
        levels,
        [log::Level::Warn, log::Level::Info].repeat(2),
        "{about:?}"
    );
}

/// R49: where connections come and go at the limit of descriptors, one is let in now and then, and
/// others still wait.
#[test]
fn r49_one_that_is_let_in_does_not_end_the_state() {
    let (lines, clients) = crate::logging::lines(|| {
        let (mut world, mut street) = open_door(Config::default());
        let clients: Vec<_> = (0..50).map(|_| street.arrive("192.0.2.1")).collect();
        for _ in 0..40 {
            street.descriptors.store(1, Ordering::Relaxed);
            world.turn();
            world.pass(Duration::from_millis(100));
        }
        assert_eq!(world.server.stats().connections, 40);
        assert_eq!(world.server.stats().accept_failures, 40);
        street.descriptors.store(usize::MAX, Ordering::Relaxed);
        world.settle();
        assert_eq!(world.server.stats().connections, 50);
        clients
    });
    let about = lines.iter().filter(|(_, line)| line.contains("accepted"));
    let levels: Vec<_> = about.map(|(level, _)| *level).collect();
    assert_eq!(levels, [log::Level::Warn, log::Level::Info], "{lines:?}");
    drop(clients);
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

/// S2: an address is counted as its owner has it: one of IPv4, written either way, or a network of
/// IPv6.
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
