//! The load: one thread, one loop, frames made in advance.

use std::io;
use std::time::{Duration, Instant};

use mio::{Events, Interest, Poll, Token};

use super::connection::{Connection, Script};
use super::histogram::Histogram;
use super::process::Process;
use super::scenario::{Scenario, Shape};

/// Result of one run.
#[derive(Debug)]
pub struct Run {
    /// Number of messages that came back.
    pub messages: usize,
    /// Duration of the measurement.
    pub time: Duration,
    /// CPU time of the server.
    pub server_cpu: Duration,
    /// Times from just before a message was written to just after its reply was read.
    pub latencies: Histogram,
}

/// Durations of a run.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    /// The time before counting begins.
    pub warm_up: Duration,
    /// The time that is counted.
    pub measured: Duration,
}

impl Run {
    /// Server CPU per message in nanoseconds.
    #[must_use]
    pub fn cpu_per_message(&self) -> f64 {
        self.server_cpu.as_secs_f64() * 1e9 / self.messages as f64
    }

    /// Messages per second.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.messages as f64 / self.time.as_secs_f64()
    }
}

/// Connects, and keeps `scenario` going for the given time.
///
/// # Errors
///
/// Errors of the sockets, and violations of the protocol by the server.
pub fn run(server: &Process, bare: bool, scenario: &Scenario, times: Times) -> io::Result<Run> {
    let mut load = Load::open(server, bare, scenario)?;
    load.start()?;
    load.drive(times.warm_up)?;
    (load.messages, load.latencies) = (0, Histogram::default());
    let (cpu, start) = (server.cpu_time()?, Instant::now());
    load.drive(times.measured)?;
    let (server_cpu, time) = (server.cpu_time()?.saturating_sub(cpu), start.elapsed());
    if load.messages == 0 {
        return Err(io::ErrorKind::TimedOut.into());
    }
    Ok(Run {
        messages: load.messages,
        time,
        server_cpu,
        latencies: load.latencies,
    })
}

/// Opens connections, waits a little, and returns the memory that each has added to the server's.
///
/// # Errors
///
/// Errors of the sockets.
pub fn idle_memory(server: &Process, bare: bool, connections: usize) -> io::Result<f64> {
    // The first few also pay for shared memory, such as code that runs for the first time.
    let shared = open_all(server, bare, SHARED_BY)?;
    std::thread::sleep(SETTLED);
    let before = server.resident()?;
    let open = open_all(server, bare, connections)?;
    std::thread::sleep(SETTLED);
    let added = server.resident()?.saturating_sub(before);
    drop((shared, open));
    Ok(added as f64 / connections as f64)
}

fn open_all(server: &Process, bare: bool, connections: usize) -> io::Result<Vec<Connection>> {
    (0..connections)
        .map(|_| Connection::open(server, !bare))
        .collect()
}

/// Connections that are open before the first is counted.
const SHARED_BY: usize = 100;

/// Time for the server to finish the work of new connections.
const SETTLED: Duration = Duration::from_millis(300);

struct Load {
    poll: Poll,
    connections: Vec<Connection>,
    script: Script,
    scenario: Scenario,
    buf: Vec<u8>,
    /// Replies of a fan-out message that have not come yet.
    undelivered: usize,
    messages: usize,
    latencies: Histogram,
}

impl Load {
    fn open(server: &Process, bare: bool, scenario: &Scenario) -> io::Result<Self> {
        let (frame, reply) = scenario.frames();
        let reply = if bare { frame.clone() } else { reply };
        let poll = Poll::new()?;
        let mut connections = Vec::with_capacity(scenario.connections);
        for token in 0..scenario.connections {
            let mut connection = Connection::open(server, !bare)?;
            let interest = Interest::READABLE | Interest::WRITABLE;
            poll.registry()
                .register(connection.source(), Token(token), interest)?;
            connections.push(connection);
        }
        Ok(Self {
            poll,
            connections,
            script: Script::new(&frame, reply, scenario.in_flight),
            scenario: *scenario,
            buf: vec![0; BUF_LEN],
            undelivered: 0,
            messages: 0,
            latencies: Histogram::default(),
        })
    }

    fn start(&mut self) -> io::Result<()> {
        match self.scenario.shape {
            Shape::Echo | Shape::SecureEcho => self
                .connections
                .iter_mut()
                .try_for_each(|connection| connection.send(self.scenario.in_flight, &self.script)),
            Shape::FanOut => self.fan_out(),
        }
    }

    fn drive(&mut self, time: Duration) -> io::Result<()> {
        let end = Instant::now() + time;
        let mut events = Events::with_capacity(1024);
        while let Some(rest) = end.checked_duration_since(Instant::now()) {
            self.poll.poll(&mut events, Some(rest))?;
            for event in &events {
                self.turn(event.token().0)?;
            }
        }
        Ok(())
    }

    fn turn(&mut self, token: usize) -> io::Result<()> {
        let connection = &mut self.connections[token];
        let messages = connection.receive(&mut self.buf, &self.script, &mut self.latencies)?;
        self.messages += messages;
        match self.scenario.shape {
            Shape::FanOut => {
                self.undelivered -= messages;
                if self.undelivered == 0 {
                    self.fan_out()
                } else {
                    Ok(())
                }
            }
            _ if messages > 0 => connection.send(messages, &self.script),
            _ => connection.flush(&self.script),
        }
    }

    fn fan_out(&mut self) -> io::Result<()> {
        self.undelivered = self.connections.len();
        self.connections[0].send(1, &self.script)
    }
}

/// Most bytes of one read.
const BUF_LEN: usize = 256 << 10;
