//! Random schedules with more kinds of everything than `schedules`: large messages both ways,
//! shared ones, topics, pages, handles, fragments, compression, transports that keep bytes inside,
//! TLS above those.
//!
//! `RSEED=N` runs one seed, `RRUNS=N` as many as that from `RFIRST` on.

#![expect(clippy::struct_excessive_bools, reason = "the states of a model")]

mod actor;
mod body;
mod known;
mod limits;
mod program;
#[cfg(feature = "rustls")]
mod secure;

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use ws_server::{
    Cause, ConnId, Handle, Server, Transport,
    ws_frame::{self, Connection},
};

use self::{actor::Actor, known::Known, limits::Limits};
use crate::{
    inside::Inside,
    random::Random,
    wire::{ALL, INTERRUPT, Wire},
};

#[test]
fn r27_every_schedule_over_plain_transports() {
    run_all(Kinds::default(), |inside| inside);
}

#[test]
fn r27_every_schedule_over_transports_that_keep_bytes_inside() {
    let kinds = Kinds {
        inside: true,
        ..Kinds::default()
    };
    run_all(kinds, |inside| inside);
}

/// Ciphertext that is cut anywhere, and waits above and below. The lengths of a handshake are not
/// the same in each run, so a seed replays a failure most of the time.
#[cfg(feature = "rustls")]
#[test]
fn r27_l62_every_schedule_over_tls() {
    let acceptor = secure::acceptor();
    let kinds = Kinds {
        inside: true,
        deflate: cfg!(feature = "deflate"),
        tls: true,
    };
    run_all(kinds, |inside| acceptor.stream(inside, None));
}

#[cfg(feature = "deflate")]
#[test]
fn r27_every_schedule_with_compression() {
    let kinds = Kinds {
        inside: true,
        deflate: true,
        ..Kinds::default()
    };
    run_all(kinds, |inside| inside);
}

/// The kinds of connections of a run.
#[derive(Clone, Copy, Default)]
struct Kinds {
    /// Transports with room inside, half of them.
    inside: bool,
    /// Compression, for half of the clients.
    deflate: bool,
    /// Clients that speak TLS.
    tls: bool,
}

/// `wrap` puts a layer over the stream of a connection.
fn run_all<T: Transport>(kinds: Kinds, wrap: impl Fn(Inside) -> T) {
    if let Some(seed) = number("RSEED") {
        return Run::new(seed, kinds, &wrap).run();
    }
    let first = number("RFIRST").unwrap_or(0);
    for seed in first..first + number("RRUNS").unwrap_or(RUNS) {
        Run::new(seed, kinds, &wrap).run();
    }
}

/// Runs that take a few seconds in all.
const RUNS: u64 = 100;

fn number(name: &str) -> Option<u64> {
    env::var(name).ok()?.parse().ok()
}

struct Run<'w, T: Transport> {
    seed: u64,
    kinds: Kinds,
    wrap: &'w dyn Fn(Inside) -> T,
    random: Random,
    server: Server<T>,
    handle: Handle,
    clock: Arc<AtomicU64>,
    buffer: Vec<u8>,
    actors: Vec<Actor>,
    known: BTreeMap<ConnId, Known>,
    limits: Limits,
    stopped: bool,
    /// It is to become quiet: the program meddles no more.
    is_quiet: bool,
    ending: bool,
    deadlines: bool,
}

impl<'w, T: Transport> Run<'w, T> {
    fn new(seed: u64, kinds: Kinds, wrap: &'w dyn Fn(Inside) -> T) -> Self {
        let mut random = Random(seed.wrapping_mul(77) + 5);
        let limits = Limits::new(&mut random);
        let deadlines = random.one_in(2);
        let (start, clock) = (Instant::now(), Arc::new(AtomicU64::new(0)));
        let millis = Arc::clone(&clock);
        let config = limits
            .config(&mut random, deadlines)
            .clock(move || start + Duration::from_millis(millis.load(Ordering::Relaxed)));
        #[cfg(feature = "deflate")]
        let config = if kinds.deflate {
            limits.compressed(config, &mut random)
        } else {
            config
        };
        let least = [0, 64 * 1024, 256 * 1024][random.below(3)];
        let buffer = vec![0; config.min_buffer().max(least)];
        let server = Server::new(config).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        Self {
            seed,
            kinds,
            wrap,
            handle: server.handle(),
            server,
            random,
            clock,
            buffer,
            actors: Vec::new(),
            known: BTreeMap::new(),
            limits,
            stopped: false,
            is_quiet: false,
            ending: false,
            deadlines,
        }
    }

    fn run(mut self) {
        for _ in 0..60 + self.random.below(250) {
            match self.random.below(12) {
                0 if self.actors.len() < 7 => self.connect(),
                0..=5 => self.act(),
                6 if self.deadlines => {
                    self.clock
                        .fetch_add(self.random.below(4000) as u64, Ordering::Relaxed);
                }
                _ => self.turn(),
            }
            if self.random.one_in(60) {
                self.quiet();
            }
        }
        self.quiet();
        self.finish();
        self.judge();
    }

    fn connect(&mut self) {
        let steps: Vec<usize> = (0..=self.random.below(5))
            .map(|_| match self.random.below(6) {
                0 => INTERRUPT,
                1 => 0,
                2 | 3 => ALL,
                _ => 1 + self.random.below(30_000),
            })
            .collect();
        let steps: Vec<usize> = steps
            .into_iter()
            .chain([1 + self.random.below(100_000)])
            .collect();
        let (wire, far) = Wire::new(steps);
        let cap = if self.kinds.inside && self.random.one_in(2) {
            [700, 5000, 65_536, 20_000][self.random.below(4)]
        } else {
            0
        };
        // Drawn for these alone: the others keep the schedules of their seeds.
        if self.kinds.tls && self.random.one_in(2) {
            far.be_like_a_socket();
        }
        let stream = (self.wrap)(Inside::with_room(wire, cap));
        if self.server.adopt(stream, None).is_err() {
            return;
        }
        if self.random.one_in(3) {
            far.set_room(self.random.below(60_000));
        }
        self.actors.push(Actor {
            far,
            #[cfg(feature = "rustls")]
            session: self.kinds.tls.then(secure::client),
            connection: Connection::client(ws_frame::Config::new(), || [9, 8, 7, 6]),
            http: false,
            requested: false,
            sent: 0,
            ended: false,
            closed: false,
            answered: false,
            head: Vec::new(),
            unsent: Vec::new(),
            got: 0,
            failed: false,
            deflate: self.kinds.deflate && self.random.one_in(2),
        });
    }

    fn act(&mut self) {
        if self.actors.is_empty() {
            return;
        }
        let at = self.random.below(self.actors.len());
        let random = &mut self.random;
        let actor = &mut self.actors[at];
        match random.below(16) {
            0..=2 if !actor.requested => actor.ask(at, random),
            0..=6 if actor.may_talk() => {
                for _ in 0..=random.below(4) {
                    actor.talk(random);
                }
            }
            7..=9 => actor.hand_over(random),
            10 | 11 => actor.far.set_room(random.below(120_000)),
            12 => actor.far.ring(),
            13 => actor.read(self.seed),
            14 if actor.requested && !actor.http && random.one_in(4) => actor.close(),
            15 if random.one_in(8) => {
                actor.far.end(random.end());
                actor.ended = true;
            }
            _ => {}
        }
    }

    fn turn(&mut self) {
        let leave_after = self.random.leave_after();
        self.poll_once(leave_after);
    }

    /// Everybody reads all and nobody adds anything: then nothing may be left anywhere.
    fn quiet(&mut self) {
        let seed = self.seed;
        self.resume_all();
        for actor in &self.actors {
            actor.far.set_room(ALL);
        }
        // Enough turns for read budgets of one byte would take for ever: as long as something
        // moves.
        let mut idle = 0;
        let mut last = (0, 0, 0, 0);
        while idle < 30 {
            self.poll_quietly();
            for actor in &mut self.actors {
                actor.read(seed);
            }
            let stats = self.server.stats();
            let unread: usize = self.actors.iter().map(|actor| actor.far.unread()).sum();
            let now = (
                stats.bytes_in,
                stats.bytes_out,
                stats.assembling_bytes,
                unread,
            );
            idle = if now == last { idle + 1 } else { 0 };
            last = now;
        }
        let stats = self.server.stats();
        assert_eq!(
            stats.queued_bytes, 0,
            "seed {seed}: bytes stay queued: {stats:?}"
        );
        for (id, known) in &self.known {
            if known.closed.is_none() && known.accepted && self.server.queued_bytes(*id) == 0 {
                let actor = &self.actors[known.client];
                assert!(
                    actor.far.unread() == 0,
                    "seed {seed}: {id}: {} bytes are not read",
                    actor.far.unread()
                );
                assert!(!known.owed, "seed {seed}: {id}: no Writable");
                assert!(
                    known.in_fragments || !actor.connection.is_midway(),
                    "seed {seed}: {id}: half a message stays somewhere"
                );
            }
        }
    }

    fn resume_all(&mut self) {
        for (id, known) in &mut self.known {
            if std::mem::take(&mut known.paused) {
                self.server.resume(*id).ok();
            }
        }
    }

    fn poll_quietly(&mut self) {
        let odds = self.random.0;
        // No meddling while it is to become quiet.
        self.is_quiet = true;
        self.poll_once(usize::MAX);
        self.is_quiet = false;
        self.random.0 = odds;
        self.resume_all();
    }

    fn finish(&mut self) {
        self.ending = true;
        for round in 0..3000 {
            for actor in &mut self.actors {
                actor.far.set_room(ALL);
                let bytes = std::mem::take(&mut actor.unsent);
                actor.send(&bytes);
                actor.read(self.seed);
            }
            self.poll_quietly();
            if round > 100 && round % 5 == 0 {
                self.clock.fetch_add(4000, Ordering::Relaxed);
            }
            if round == 250 {
                self.server.stop();
            }
            if round > 250 && self.server.is_stopped() {
                self.stopped = true;
                return;
            }
        }
        panic!(
            "seed {}: it does not end: {:?}",
            self.seed,
            self.server.stats()
        );
    }

    fn judge(&mut self) {
        let seed = self.seed;
        let stats = self.server.stats();
        let levels = [
            stats.connections,
            stats.pending,
            stats.undecided,
            stats.open,
        ];
        assert_eq!((levels, stats.queued_bytes), ([0; 4], 0), "seed {seed}");
        assert!(
            self.actors.iter().all(|actor| actor.far.is_gone()),
            "seed {seed}"
        );
        for topic in ["a", "b", "c"] {
            assert_eq!(self.server.subscribers(topic), 0, "seed {seed}");
        }
        let mut clients = BTreeSet::new();
        for (id, known) in &self.known {
            let cause = known
                .closed
                .unwrap_or_else(|| panic!("seed {seed}: {id} has no end"));
            let actor = &self.actors[known.client];
            assert!(clients.insert(known.client), "seed {seed}: two ids for one");
            assert!(
                known.messages <= actor.sent,
                "seed {seed}: messages from nowhere"
            );
            if cause == Cause::Peer {
                assert_eq!(
                    known.messages, actor.sent,
                    "seed {seed}: {id}: a message was lost"
                );
            }
        }
    }
}
