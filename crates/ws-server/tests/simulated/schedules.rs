//! Random schedules: clients that do whatever clients do, a program that does whatever programs do,
//! streams that take and give as they please. What must hold, holds in each of them.
//!
//! A run is its seed. `SEED=n cargo test -p ws-server --test simulated schedules` replays one,
//! `RUNS=n` makes as many.

use std::{collections::BTreeMap, env, time::Duration};

use ws_server::{
    Cause, CloseCode, Config, ConnId, Delivery, Event, Response, SendError, Server, SlowPeers,
    Upgrade,
};

use crate::{
    random::Random,
    wire::{ALL, INTERRUPT, Wire},
    world::{Client, World, request},
};

#[test]
fn s7_t33_c90_c91_every_schedule_keeps_the_order_of_events_and_loses_no_byte() {
    if let Some(seed) = number("SEED") {
        return Run::new(seed).run();
    }
    for seed in 0..number("RUNS").unwrap_or(1000) {
        Run::new(seed).run();
    }
}

fn number(name: &str) -> Option<u64> {
    env::var(name).ok()?.parse().ok()
}

struct Run {
    seed: u64,
    random: Random,
    world: World,
    clients: Vec<Actor>,
    /// State of each id, as the program knows it.
    known: BTreeMap<ConnId, Known>,
    bound: usize,
    /// Time until the clients were asked to end.
    passed: Duration,
}

/// A client, and what it did.
struct Actor {
    client: Client,
    requested: bool,
    /// Number of messages that it has sent.
    sent: usize,
    ended: bool,
    /// Bytes not handed to the stream yet.
    unsent: Vec<u8>,
    /// Number of echoes that came back.
    echoes: usize,
    closed: bool,
}

#[derive(Default)]
struct Known {
    client: usize,
    accepted: bool,
    /// Number of messages that came.
    messages: usize,
    echoed: Vec<usize>,
    closed: Option<Cause>,
    waits: bool,
}

impl Known {
    /// Accepts a request, refuses it, or leaves it for later.
    fn answer(
        &mut self,
        server: &mut Server<Wire>,
        id: ConnId,
        upgrade: &Upgrade<'_>,
        answer: usize,
        seed: u64,
    ) {
        let is_new = !self.waits && !self.accepted;
        assert!(is_new, "seed {seed}: asked twice");
        self.client = upgrade.path()[1..].parse().expect("a number");
        self.waits = true;
        match answer {
            0 => {}
            1 => {
                server.respond(id, &Response::new(404)).expect("it waits");
                self.waits = false;
            }
            _ => {
                server.accept(id, upgrade.accept()).expect("it waits");
                (self.accepted, self.waits) = (true, false);
            }
        }
    }

    /// Checks that a message is the next of its client, and sends it back.
    fn echo(&mut self, server: &mut Server<Wire>, id: ConnId, text: &str, seed: u64) {
        assert!(self.accepted, "seed {seed}: a message before the answer");
        let number = text.split(' ').next();
        let number = number.and_then(|number| number.parse().ok());
        assert_eq!(number, Some(self.messages), "seed {seed}");
        self.messages += 1;
        match server.send_text(id, text) {
            Ok(Delivery::Queued | Delivery::Backlogged { .. }) => {
                self.echoed.push(self.messages - 1);
            }
            Err(SendError::Full | SendError::NotOpen | SendError::Unknown) => {}
            Err(other) => panic!("seed {seed}: {other}"),
        }
    }
}

impl Run {
    fn new(seed: u64) -> Self {
        let mut random = Random(seed);
        let bound = 6000 + random.below(20_000);
        let slow_peers = if random.one_in(3) {
            SlowPeers::Close
        } else {
            SlowPeers::Report
        };
        let config = Config::default()
            .max_message_len(2000)
            .read_budget([1, 10, 500, 65_536][random.below(4)])
            .low_watermark(1000)
            .high_watermark(3000)
            .max_queued(bound)
            .slow_peers(slow_peers)
            .lifetime(if random.one_in(5) {
                Some(Duration::from_secs(200))
            } else {
                None
            });
        let mut world = World::new(config);
        world.patience = 1;
        Self {
            seed,
            random,
            world,
            clients: Vec::new(),
            known: BTreeMap::new(),
            bound,
            passed: Duration::ZERO,
        }
    }

    fn run(mut self) {
        for _ in 0..60 + self.random.below(150) {
            self.step();
        }
        self.finish();
        self.judge();
    }

    fn step(&mut self) {
        match self.random.below(10) {
            0 if self.clients.len() < 8 => self.connect(),
            0..=4 => self.act(),
            5 => self.pass(),
            _ => self.turn(),
        }
    }

    fn pass(&mut self) {
        let time = Duration::from_millis(self.random.below(3000) as u64);
        self.world.pass(time);
        self.passed += time;
    }

    fn connect(&mut self) {
        let last = 1 + self.random.below(1000);
        let steps = (0..=self.random.below(6))
            .map(|_| match self.random.below(6) {
                0 => INTERRUPT,
                1 => 0,
                2 => ALL,
                _ => 1 + self.random.below(300),
            })
            .chain([last])
            .collect();
        let client = self.world.connect_in_steps(steps);
        if self.random.one_in(3) {
            client.far.set_room(self.random.below(5000));
        }
        self.clients.push(Actor {
            client,
            requested: false,
            sent: 0,
            ended: false,
            unsent: Vec::new(),
            echoes: 0,
            closed: false,
        });
    }

    /// One client does one thing.
    fn act(&mut self) {
        if self.clients.is_empty() {
            return;
        }
        let at = self.random.below(self.clients.len());
        let actor = &mut self.clients[at];
        match self.random.below(14) {
            0..=2 if !actor.requested => {
                actor.requested = true;
                actor.unsent.extend(request(&format!("/{at}")).bytes());
            }
            0..=4 if actor.requested && !actor.closed => {
                for _ in 0..=self.random.below(5) {
                    let text = format!("{} {}", actor.sent, "x".repeat(self.random.below(1500)));
                    actor.unsent.extend(actor.client.encode_text(&text));
                    actor.sent += 1;
                }
            }
            5..=8 => {
                let len = match self.random.below(3) {
                    0 => self.random.below(actor.unsent.len() + 1),
                    _ => actor.unsent.len(),
                };
                let rest = actor.unsent.split_off(len);
                if !actor.ended {
                    actor.client.far.send(&actor.unsent);
                }
                actor.unsent = rest;
            }
            9 => actor.client.far.set_room(self.random.below(4000)),
            10 => actor.client.far.ring(),
            11 => actor.read(),
            12 if actor.requested && !actor.closed && self.random.one_in(4) => actor.close(),
            13 if self.random.one_in(8) => {
                actor.client.far.end(self.random.end());
                actor.ended = true;
            }
            _ => {}
        }
    }

    /// One turn, perhaps left early.
    fn turn(&mut self) {
        let leave_after = self.random.leave_after();
        let server = &mut self.world.server;
        let mut turn = server
            .poll(&mut self.world.buffer, Some(Duration::ZERO))
            .expect("polling works");
        for _ in 0..leave_after {
            let Some((id, event)) = server.next(&mut turn) else {
                break;
            };
            let (known, seed) = (self.known.entry(id).or_default(), self.seed);
            assert_eq!(known.closed, None, "seed {seed}: an event after the end");
            match event {
                Event::Request(upgrade) => {
                    let answer = self.random.below(5);
                    known.answer(server, id, &upgrade, answer, seed);
                }
                Event::Text(text) => known.echo(server, id, &text, seed),
                Event::Closed(closed) => known.closed = Some(closed.cause),
                Event::Writable | Event::Ping(_) | Event::Pong(_) => {}
                other => panic!("seed {seed}: {other:?}"),
            }
            assert!(
                server.queued_bytes(id) <= self.bound + 131,
                "seed {}",
                self.seed
            );
            if self.random.one_in(20) {
                meddle(server, id, self.random.below(5));
            }
        }
    }

    /// All clients come to an end, each in its way, and time passes.
    fn finish(&mut self) {
        for at in 0..self.clients.len() {
            let actor = &mut self.clients[at];
            actor.client.far.set_room(ALL);
            if self.random.one_in(3) && !actor.ended && actor.requested {
                actor.close();
            }
        }
        self.random.0 ^= 1;
        for round in 0..1000 {
            for actor in &mut self.clients {
                if !actor.ended {
                    let bytes = std::mem::take(&mut actor.unsent);
                    actor.client.far.send(&bytes);
                }
                actor.read();
            }
            self.turn();
            // Those that wait for an answer never get one; those that were paused are read again.
            for id in self.known.keys() {
                self.world.server.resume(*id).ok();
            }
            if round > 100 && round % 5 == 0 {
                self.world.pass(Duration::from_secs(4));
            }
            if round == 250 {
                self.world.server.stop();
            }
            if round > 250 && self.world.server.is_stopped() {
                return;
            }
        }
        panic!(
            "seed {}: the server does not come to an end: {:?}",
            self.seed,
            self.world.server.stats()
        );
    }

    fn judge(&mut self) {
        let seed = self.seed;
        let stats = self.world.server.stats();
        let levels = [
            stats.connections,
            stats.pending,
            stats.undecided,
            stats.open,
        ];
        assert_eq!((levels, stats.queued_bytes), ([0; 4], 0), "seed {seed}");
        assert!(
            self.clients.iter().all(|actor| actor.client.far.is_gone()),
            "seed {seed}"
        );
        for (id, known) in &self.known {
            let cause = known
                .closed
                .unwrap_or_else(|| panic!("seed {seed}: {id} has no end"));
            let actor = &self.clients[known.client];
            assert!(
                known.messages <= actor.sent,
                "seed {seed}: messages from nowhere"
            );
            assert!(
                actor.echoes <= known.echoed.len(),
                "seed {seed}: echoes from nowhere"
            );
            if cause == Cause::Peer {
                assert_eq!(
                    known.messages, actor.sent,
                    "seed {seed}: a message was lost"
                );
                // Later than that, what nobody read was cut.
                if !actor.ended && self.passed < Duration::from_secs(10) {
                    assert_eq!(
                        actor.echoes,
                        known.echoed.len(),
                        "seed {seed}: an echo was lost"
                    );
                }
            }
        }
    }
}

impl Actor {
    /// Echoes come in order, without a gap but where one was refused.
    fn read(&mut self) {
        for seen in self.client.read() {
            if seen
                .split(' ')
                .next()
                .is_some_and(|number| number.parse::<usize>().is_ok())
            {
                self.echoes += 1;
            }
            self.closed |= seen.starts_with("close");
        }
    }

    fn close(&mut self) {
        if !self.closed {
            self.closed = true;
            self.unsent.extend(self.client.encode_close(1000));
        }
    }
}

fn meddle(server: &mut Server<Wire>, id: ConnId, what: usize) {
    // It may be gone, or closing, by now.
    match what {
        0 => drop(server.pause(id)),
        1 => drop(server.resume(id)),
        2 => drop(server.close(id, CloseCode::NORMAL, "meddled with")),
        3 => drop(server.abort(id)),
        _ => drop(server.send_ping(id, b"meddled with")),
    }
}
