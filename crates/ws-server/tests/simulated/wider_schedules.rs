//! Random schedules with more kinds of everything than `schedules`: large messages both ways,
//! shared ones, topics, pages, handles, fragments, compression, transports that keep bytes inside,
//! TLS above those.
//!
//! `RSEED=N` runs one seed, `RRUNS=N` as many as that from `RFIRST` on.

#![expect(clippy::struct_excessive_bools, reason = "the states of a model")]

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
    Cause, CloseCode, Config, ConnId, ConnectionError, Delivery, Event, Handle, Message, Prepared,
    Response, SendError, Server, SlowPeers, Transport, Upgrade,
    ws_frame::{self, Connection},
};

use crate::{
    inside::Inside,
    wire::{ALL, End, Far, INTERRUPT, Wire},
    world::request,
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
    ending: bool,
    deadlines: bool,
}

/// Limits of a run.
#[derive(Clone, Copy)]
struct Limits {
    message: usize,
    low: usize,
    high: usize,
    /// Bytes queued for one connection.
    bound: usize,
    /// Bytes queued for all.
    total: usize,
}

impl Limits {
    fn new(random: &mut Random) -> Self {
        let message = [2_000, 40_000, 300_000][random.below(3)];
        let high = [500, 3_000, 64 * 1024][random.below(3)];
        let low = high / [2, 4, 100][random.below(3)];
        let bound = (message + 10 + random.below(400_000)).max(high);
        let total = if random.one_in(3) {
            bound * 2 + 1000
        } else {
            1 << 30
        };
        Self {
            message,
            low,
            high,
            bound,
            total,
        }
    }

    fn config(self, random: &mut Random, deadlines: bool) -> Config {
        let config = Config::default()
            .http(true)
            .max_message_len(self.message)
            .read_budget([2000, 20_000, 65_536, 131_072][random.below(4)])
            .low_watermark(self.low)
            .high_watermark(self.high)
            .max_queued(self.bound)
            .max_queued_total(self.total)
            .streaming(random.one_in(5))
            .max_command_bytes(1 << 20);
        let slow_peers = if random.one_in(4) {
            SlowPeers::Close
        } else {
            SlowPeers::Report
        };
        let mut perhaps = |secs| random.one_in(4).then(|| Duration::from_secs(secs));
        let config = config
            .slow_peers(slow_peers)
            .message_timeout(perhaps(20))
            .lifetime(perhaps(100).filter(|_| deadlines));
        config
            .max_commands(1 + random.below(20))
            .max_undecided(if random.one_in(5) { 2 } else { 1000 })
    }

    #[cfg(feature = "deflate")]
    fn compressed(self, config: Config, random: &mut Random) -> Config {
        use ws_frame::deflate::{Compressor, Decompressor, SharedContexts, Tuning};
        let compression = ws_server::Compression::new();
        let least = [0, 10, 128][random.below(3)];
        let mut options = compression.get_options().clone().min_len(least);
        if random.one_in(2) {
            options = options.compressor(Compressor::Dedicated(Tuning::default()));
        }
        if random.one_in(2) {
            options = options.decompressor(Decompressor::Shared(SharedContexts::default()));
        }
        config
            .max_queued(self.bound + self.bound / 4 + 1000)
            .max_queued_total(self.total + self.total / 4 + 2000)
            .compression(compression.options(options))
    }
}

struct Actor {
    far: Far,
    #[cfg(feature = "rustls")]
    session: Option<rustls::ClientConnection>,
    connection: Connection,
    http: bool,
    requested: bool,
    sent: usize,
    ended: bool,
    closed: bool,
    answered: bool,
    head: Vec<u8>,
    unsent: Vec<u8>,
    got: usize,
    failed: bool,
    deflate: bool,
}

#[derive(Default)]
struct Known {
    client: usize,
    accepted: bool,
    waits: bool,
    messages: usize,
    closed: Option<Cause>,
    paused: bool,
    /// `Writable` must come, or the end.
    owed: bool,
    in_fragments: bool,
    closing: bool,
    sent_ok: usize,
}

impl Known {
    /// Accepts a request, refuses it, or leaves it for later.
    fn answer<T: Transport>(
        &mut self,
        server: &mut Server<T>,
        id: ConnId,
        upgrade: &Upgrade<'_>,
        answer: usize,
        random: &mut Random,
    ) {
        assert!(!self.waits && !self.accepted, "{id}: asked twice");
        self.client = upgrade.path()[1..].parse().expect("a number");
        match answer {
            0 => {
                let page = body('p', 7, random.below(5000));
                self.respond(server, id, 404, &page);
            }
            1 => self.waits = true,
            _ => {
                server.accept(id, upgrade.accept()).expect("it waits");
                self.accepted = true;
            }
        }
    }

    /// Answers with a page, or with a short answer if there is no room for it.
    fn respond<T: Transport>(
        &mut self,
        server: &mut Server<T>,
        id: ConnId,
        status: u16,
        page: &str,
    ) {
        let response = Response::new(status).body("text/plain", page.as_bytes());
        if let Err(error) = server.respond(id, &response) {
            let is_room = matches!(error, ConnectionError::Full | ConnectionError::TooLong);
            assert!(is_room, "{id}: {error}");
            server.respond(id, &Response::new(503)).expect("short");
        }
        self.waits = false;
    }

    fn receive(&mut self, bytes: &[u8], seed: u64) {
        assert_eq!(check(bytes), ('e', self.messages), "seed {seed}");
        self.messages += 1;
    }

    fn note(&mut self, event: &Event<'_>, seed: u64) {
        match event {
            Event::TextPart(part) => self.messages += usize::from(part.last),
            Event::BinaryPart(part) => self.messages += usize::from(part.last),
            Event::Closed(closed) => self.closed = Some(closed.cause),
            Event::Writable => self.owed = false,
            Event::Ping(_) | Event::Pong(_) => {}
            other => panic!("seed {seed}: {other:?}"),
        }
    }

    fn note_sent(&mut self, sent: Result<Delivery, SendError>, limits: Limits, seed: u64) {
        match sent {
            Ok(Delivery::Queued) => self.sent_ok += 1,
            Ok(Delivery::Backlogged { bytes }) => {
                self.sent_ok += 1;
                self.owed |= bytes > limits.high && !self.closing;
            }
            Err(SendError::Full) => self.owed |= limits.total == 1 << 30 && !self.closing,
            Err(SendError::NotOpen | SendError::Unknown | SendError::TooLong) => {}
            Err(SendError::Frame(ws_frame::SendError::MessageUnfinished)) => {
                assert!(self.in_fragments, "seed {seed}");
            }
            Err(other) => panic!("seed {seed}: {other:?}"),
        }
    }
}

fn fill(n: usize) -> u8 {
    b'a' + u8::try_from(n % 23).expect("small")
}

/// A message with its number in front and letters that follow from it.
fn body(kind: char, n: usize, len: usize) -> String {
    let mut text = format!("{kind}{n} ");
    let letter = char::from(fill(n));
    text.extend(std::iter::repeat_n(letter, len));
    text
}

fn check(bytes: &[u8]) -> (char, usize) {
    let text = std::str::from_utf8(bytes).expect("ASCII");
    let (head, rest) = text.split_once(' ').expect("a space");
    let kind = head.chars().next().expect("a kind");
    let n = head[1..].parse().expect("a number");
    assert!(
        rest.bytes().all(|byte| byte == fill(n)),
        "a message was mixed up"
    );
    (kind, n)
}

impl<'w, T: Transport> Run<'w, T> {
    fn new(seed: u64, kinds: Kinds, wrap: &'w dyn Fn(Inside) -> T) -> Self {
        let mut random = Random {
            seed: seed.wrapping_mul(77) + 5,
            quiet: false,
        };
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
                let end = if random.one_in(2) {
                    End::Eof
                } else {
                    End::Reset
                };
                actor.far.end(end);
                actor.ended = true;
            }
            _ => {}
        }
    }

    fn poll_once(&mut self, leave_after: usize) -> usize {
        let seed = self.seed;
        let mut buffer = std::mem::take(&mut self.buffer);
        let mut turn = self
            .server
            .poll(&mut buffer, Some(Duration::ZERO))
            .expect("polling works");
        let mut count = 0;
        for _ in 0..leave_after {
            let Some((id, event)) = self.server.next(&mut turn) else {
                break;
            };
            count += 1;
            let echo = self.take(id, event);
            self.follow(id, echo);
            if self.random.one_in(6) {
                self.meddle();
            }
        }
        drop(turn);
        self.buffer = buffer;
        let (held, total) = (self.server.stats().queued_bytes, self.limits.total);
        assert!(
            held <= total * 5 / 4 + 7 * 6000 + 2000,
            "seed {seed}: {held} of {total}"
        );
        count
    }

    /// Does what a program may do to any connection at any moment.
    fn meddle(&mut self) {
        let random = &mut self.random;
        if random.quiet || self.known.is_empty() {
            return;
        }
        let at = random.below(self.known.len());
        let (id, known) = self.known.iter_mut().nth(at).expect("there is one");
        let (id, server) = (*id, &mut self.server);
        let len = [5, 2_000, 50_000][random.below(3)];
        match random.below(20) {
            0 if server.pause(id).is_ok() => known.paused = true,
            1 => {
                server.resume(id).ok();
                known.paused = false;
            }
            2 if random.one_in(3)
                && server.close(id, CloseCode::NORMAL, "meddled with").is_ok() =>
            {
                (known.closing, known.owed, known.paused) = (true, false, false);
            }
            3 if random.one_in(4) => drop(server.abort(id)),
            4 => drop(server.send_ping(id, b"meddled with")),
            12 => {
                let last = random.one_in(2);
                let text = if known.in_fragments {
                    // Letters of 3.
                    char::from(fill(3)).to_string().repeat(len)
                } else {
                    body('f', 3, len)
                };
                let sent = server.send_text_fragment(id, &text, last);
                if sent.is_ok() {
                    known.in_fragments = !last;
                }
                known.note_sent(sent, self.limits, self.seed);
            }
            13 => server.flush(),
            18 => {
                let message = body('s', random.below(1000), len);
                let sent = server.send_prepared(id, &prepared(Message::Text(&message)));
                known.note_sent(sent, self.limits, self.seed);
            }
            what @ (5..=11 | 14..=17) => self.spread(what, id, len),
            _ => {}
        }
    }

    /// Does what concerns topics, all connections, or a handle.
    fn spread(&mut self, what: usize, id: ConnId, len: usize) {
        let (server, handle, random) = (&mut self.server, &self.handle, &mut self.random);
        let topic = ["a", "b", "c"][random.below(3)];
        let number = random.below(1000);
        match what {
            5..=7 => drop(server.subscribe(id, topic)),
            8 => drop(server.unsubscribe(id, topic)),
            9 | 10 => {
                let message = body('q', number, len);
                let _ = server.publish(topic, &prepared(Message::Text(&message)));
            }
            11 => {
                let message = body('b', number, len);
                let _ = server.broadcast(&prepared(Message::Binary(message.as_bytes())));
            }
            14 => drop(handle.send_text(id, &body('h', number, len))),
            15 => drop(handle.publish(topic, &Prepared::new(Message::Text(&body('h', 5, len))))),
            16 => drop(handle.broadcast(&Prepared::new(Message::Text(&body('h', 6, len))))),
            17 if random.one_in(4) => {
                let _ = handle.close(id, CloseCode::NORMAL, "by a handle");
                let known = self.known.get_mut(&id).expect("known");
                (known.closing, known.owed) = (true, false);
            }
            _ => {}
        }
    }

    /// Checks an event, and answers requests. Returns a message to send back: whether it is text,
    /// and its bytes.
    fn take(&mut self, id: ConnId, event: Event<'_>) -> Option<(bool, Vec<u8>)> {
        let (seed, server, random) = (self.seed, &mut self.server, &mut self.random);
        let known = self.known.entry(id).or_default();
        assert_eq!(
            known.closed, None,
            "seed {seed}: {id}: {event:?} after the end"
        );
        match event {
            Event::Request(upgrade) => {
                let answer = random.below(if self.ending { 1 } else { 6 });
                known.answer(server, id, &upgrade, answer, random);
            }
            Event::Http(plain) => {
                known.client = plain.path()[1..].parse().expect("a number");
                let page = body('p', 7, random.below(250_000));
                known.respond(server, id, 200, &page);
            }
            Event::Text(text) => {
                known.receive(text.as_bytes(), seed);
                return Some((true, text.into_owned().into_bytes()));
            }
            Event::Binary(bytes) => {
                known.receive(&bytes, seed);
                let copy = bytes.to_vec();
                server.recycle(bytes);
                return Some((false, copy));
            }
            other => known.note(&other, seed),
        }
        None
    }

    /// Sends a message back, and checks the bound of what is queued.
    fn follow(&mut self, id: ConnId, echo: Option<(bool, Vec<u8>)>) {
        let (seed, server) = (self.seed, &mut self.server);
        let known = self.known.entry(id).or_default();
        if let Some((is_text, bytes)) = echo {
            let sent = if is_text {
                server.send_text(id, std::str::from_utf8(&bytes).expect("text"))
            } else {
                server.send_binary(id, &bytes)
            };
            known.note_sent(sent, self.limits, seed);
        }
        let (queued, bound) = (server.queued_bytes(id), self.limits.bound);
        assert!(
            !known.accepted || queued <= bound * 5 / 4 + 4096 + 1400,
            "seed {seed}: {queued} of {bound}"
        );
    }

    fn turn(&mut self) {
        let leave_after = if self.random.one_in(4) {
            self.random.below(4)
        } else {
            usize::MAX
        };
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
        let odds = self.random.seed;
        // No meddling while it is to become quiet.
        self.random.quiet = true;
        self.poll_once(usize::MAX);
        self.random.quiet = false;
        self.random.seed = odds;
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

fn prepared(message: Message<'_>) -> Prepared {
    // Those without compression get it as it is.
    #[cfg(feature = "deflate")]
    return Prepared::deflated(message, &ws_frame::deflate::Options::default());
    #[cfg(not(feature = "deflate"))]
    Prepared::new(message)
}

impl Actor {
    /// Sends a request for a connection or a page.
    fn ask(&mut self, at: usize, random: &mut Random) {
        self.requested = true;
        self.http = random.one_in(5);
        if self.http {
            let head = format!("GET /{at} HTTP/1.1\r\nHost: localhost\r\n\r\n");
            return self.unsent.extend(head.bytes());
        }
        let head = request(&format!("/{at}"));
        let parameter = [
            "client_max_window_bits",
            "server_max_window_bits=9",
            "client_no_context_takeover",
        ][random.below(3)];
        if self.deflate {
            let lines = &head[..head.len() - 2];
            let offer = format!("Sec-WebSocket-Extensions: permessage-deflate; {parameter}");
            self.unsent
                .extend(format!("{lines}{offer}\r\n\r\n").bytes());
        } else {
            self.unsent.extend(head.bytes());
        }
    }

    const fn may_talk(&self) -> bool {
        self.requested && !self.http && !self.closed && (!self.deflate || self.answered)
    }

    /// Sends a message, whole or in fragments, and perhaps a Ping.
    fn talk(&mut self, random: &mut Random) {
        let len = match random.below(8) {
            0 => random.below(250_000),
            1 => 15_000 + random.below(3000),
            2 => 31_000 + random.below(3000),
            _ => random.below(1500),
        };
        let text = body('e', self.sent, len);
        let (connection, output) = (&mut self.connection, &mut self.unsent);
        if random.one_in(4) {
            let (a, b) = text.split_at(random.below(text.len()));
            connection
                .send_binary_fragment(a.as_bytes(), false, output)
                .expect("open");
            if random.one_in(2) {
                connection.send_ping(b"between", output).expect("open");
            }
            connection
                .send_binary_fragment(b.as_bytes(), true, output)
                .expect("open");
        } else if random.one_in(2) {
            connection.send_text(&text, output).expect("open");
        } else {
            connection
                .send_binary(text.as_bytes(), output)
                .expect("open");
        }
        self.sent += 1;
        if random.one_in(6) {
            connection.send_ping(b"ping", output).expect("open");
        }
    }

    /// Hands some or all of its bytes to the stream.
    fn hand_over(&mut self, random: &mut Random) {
        let len = match random.below(3) {
            0 => random.below(self.unsent.len() + 1),
            _ => self.unsent.len(),
        };
        let rest = self.unsent.split_off(len);
        let bytes = std::mem::replace(&mut self.unsent, rest);
        self.send(&bytes);
    }

    /// Sends, unless the stream has ended.
    fn send(&mut self, bytes: &[u8]) {
        if self.ended {
            return;
        }
        #[cfg(feature = "rustls")]
        if let Some(session) = &mut self.session {
            return self.far.send(&secure::seal(session, bytes));
        }
        self.far.send(bytes);
    }

    /// What has come.
    fn take(&mut self) -> Vec<u8> {
        let came = self.far.take();
        #[cfg(feature = "rustls")]
        if let Some(session) = &mut self.session {
            let plain = secure::open(session, &came);
            // What a handshake answers.
            self.send(b"");
            return plain;
        }
        came
    }

    fn read(&mut self, seed: u64) {
        let mut bytes = self.take();
        if !self.answered {
            self.head.append(&mut bytes);
            let Some(end) = self
                .head
                .windows(4)
                .position(|window| window == b"\r\n\r\n")
            else {
                return;
            };
            bytes = self.head.split_off(end + 4);
            self.answered = true;
            self.failed = !self.head.starts_with(b"HTTP/1.1 101");
            let head = String::from_utf8(self.head.clone()).expect("heads are ASCII");
            #[cfg(feature = "deflate")]
            if head.contains("permessage-deflate") {
                self.connection = deflating(&head);
            }
            #[cfg(not(feature = "deflate"))]
            assert!(!head.contains("permessage-deflate"), "{head}");
        }
        if self.failed {
            return;
        }
        let (mut input, mut output) = (&mut bytes[..], Vec::new());
        while let Some(event) = self.connection.receive(&mut input, &mut output) {
            match event {
                ws_frame::Event::Text(text) => {
                    check(text.as_bytes());
                    self.got += 1;
                }
                ws_frame::Event::Binary(bytes) => {
                    check(&bytes);
                    self.got += 1;
                }
                ws_frame::Event::Close(_) => self.closed = true,
                ws_frame::Event::Failed(error) => panic!("seed {seed}: the server sent {error}"),
                _ => {}
            }
        }
        if !self.ended {
            // Behind what is cut in the middle, as a client would.
            self.unsent.extend(output);
        }
    }

    fn close(&mut self) {
        if !self.closed {
            self.closed = true;
            let code = CloseCode::new(1000).expect("it may be sent");
            self.connection.close(code, "", &mut self.unsent).ok();
        }
    }
}

/// A client's connection with the parameters of an answer.
#[cfg(feature = "deflate")]
fn deflating(head: &str) -> Connection {
    use ws_frame::deflate::{Compressor, Options, Parameters, Tuning};
    let value = |name: &str| {
        let at = head.find(name)? + name.len();
        let digits: String = head[at..]
            .chars()
            .skip(1)
            .take_while(char::is_ascii_digit)
            .collect();
        digits.parse::<u8>().ok()
    };
    let bits = |name| value(name).unwrap_or(15);
    let parameters = Parameters::new(
        head.contains("server_no_context_takeover"),
        head.contains("client_no_context_takeover"),
        bits("server_max_window_bits"),
        bits("client_max_window_bits"),
    )
    .expect("an answer has windows of 8 to 15 bits");
    let options = Options::new().compressor(Compressor::Dedicated(Tuning::default()));
    Connection::client(ws_frame::Config::new(), || [9, 8, 7, 6]).with_deflate(parameters, &options)
}

/// The client's side of TLS.
#[cfg(feature = "rustls")]
mod secure {
    use std::{
        io::{Read, Write},
        sync::{Arc, LazyLock},
    };

    use rustls::ClientConnection;
    use ws_server::TlsAcceptor;

    use crate::pki::{self, Pki, Version};

    static PKI: LazyLock<Pki> = LazyLock::new(Pki::new);

    pub(super) fn acceptor() -> TlsAcceptor {
        TlsAcceptor::new(&Arc::new(PKI.server("localhost", false))).expect("it suits")
    }

    pub(super) fn client() -> ClientConnection {
        let mut session = pki::client(PKI.client(Version::Tls13), "localhost");
        session.set_buffer_limit(None);
        session
    }

    /// Ciphertext of `bytes`, behind what the session has to say itself.
    pub(super) fn seal(session: &mut ClientConnection, bytes: &[u8]) -> Vec<u8> {
        session.writer().write_all(bytes).expect("there is room");
        let mut output = Vec::new();
        while session.wants_write() {
            session.write_tls(&mut output).expect("memory");
        }
        output
    }

    pub(super) fn open(session: &mut ClientConnection, mut ciphertext: &[u8]) -> Vec<u8> {
        let mut plain = Vec::new();
        while !ciphertext.is_empty() {
            session.read_tls(&mut ciphertext).expect("a slice");
            let state = session
                .process_new_packets()
                .expect("the server keeps to the rules");
            let more = plain.len() + state.plaintext_bytes_to_read();
            let before = plain.len();
            plain.resize(more, 0);
            session
                .reader()
                .read_exact(&mut plain[before..])
                .expect("they are there");
        }
        plain
    }
}

/// The generator `SplitMix64`.
struct Random {
    seed: u64,
    quiet: bool,
}

impl Random {
    fn next(&mut self) -> u64 {
        self.seed = self.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.seed ^ (self.seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() >> 33).expect("31 bits fit") % bound.max(1)
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
}
