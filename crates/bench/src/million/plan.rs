//! Arguments of the program, and of the processes that it starts.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::time::Duration;

use super::limits;

/// A measurement.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) connections: usize,
    /// Number of serving processes, and of connecting ones.
    pub(super) processes: usize,
    /// The time without a byte after which the server pings a connection.
    pub(super) ping_interval: Duration,
    /// The time over which the CPU of idle connections is measured.
    pub(super) idle: Duration,
    /// Subscribes each connection to a topic, and publishes to that.
    pub(super) topic: bool,
    /// The time after which the measurement is given up.
    pub(super) limit: Duration,
}

/// The part of one process.
#[derive(Debug)]
pub(super) enum Role {
    Measure(Plan),
    Server(ServerPlan),
    Client(ClientPlan),
}

/// A process that serves.
#[derive(Debug)]
pub(super) struct ServerPlan {
    pub(super) address: Ipv4Addr,
    pub(super) ping_interval: Duration,
    pub(super) topic: bool,
}

/// A process that connects.
#[derive(Debug)]
pub(super) struct ClientPlan {
    pub(super) server: SocketAddr,
    /// The first address to connect from. The next ones follow it.
    pub(super) from: Ipv4Addr,
    pub(super) connections: usize,
}

impl Role {
    pub(super) fn parse(arguments: &[String]) -> Result<Self, String> {
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let role = match words[..] {
            ["server", address, ping, topic] => ServerPlan::parse(address, ping, topic),
            ["client", server, from, connections] => ClientPlan::parse(server, from, connections),
            _ => return Plan::parse(&words).map(Self::Measure),
        };
        role.ok_or_else(|| USAGE.into())
    }
}

impl Plan {
    fn parse(words: &[&str]) -> Result<Self, String> {
        let mut plan = Self {
            connections: 0,
            processes: 0,
            ping_interval: Duration::from_secs(45),
            idle: Duration::ZERO,
            topic: false,
            limit: Duration::from_secs(570),
        };
        let mut words = words.iter();
        while let Some(&word) = words.next() {
            if word == "--topic" {
                plan.topic = true;
                continue;
            }
            let value = words.next().and_then(|value| value.parse::<u32>().ok());
            let value = value.filter(|&value| value > 0);
            let value = value.ok_or_else(|| format!("{word} wants a number above 0\n{USAGE}"))?;
            plan.set(word, value)?;
        }
        if plan.connections == 0 {
            return Err(USAGE.into());
        }
        plan.complete();
        Ok(plan)
    }

    fn set(&mut self, word: &str, value: u32) -> Result<(), String> {
        let seconds = Duration::from_secs(value.into());
        match word {
            "--connections" => self.connections = value as usize,
            "--processes" => self.processes = value as usize,
            "--ping-interval" => self.ping_interval = seconds,
            "--idle" => self.idle = seconds,
            "--limit" => self.limit = seconds,
            _ => return Err(format!("unknown argument {word}\n{USAGE}")),
        }
        Ok(())
    }

    fn complete(&mut self) {
        if self.processes == 0 {
            let most = limits::most_connections_of_a_process().max(1);
            self.processes = self.connections.div_ceil(most);
        }
        self.processes = self.processes.min(self.connections);
        if self.idle.is_zero() {
            self.idle = 2 * self.ping_interval;
        }
    }

    /// Connections of the pair of processes with this number: they differ by one at most.
    pub(super) fn connections_of(&self, pair: usize) -> usize {
        let rest = self.connections % self.processes;
        self.connections / self.processes + usize::from(pair < rest)
    }

    /// Addresses that each client process connects from.
    pub(super) fn addresses_each(&self) -> usize {
        (self.connections_of(0) + SPARE).div_ceil(PORTS.len())
    }

    /// Arguments of a server process.
    pub(super) fn server(&self, pair: usize) -> Vec<String> {
        let ping = self.ping_interval.as_secs().to_string();
        let address = address(pair * (self.addresses_each() + 1)).to_string();
        vec!["server".into(), address, ping, self.topic.to_string()]
    }

    /// Arguments of the client process that belongs to the server at `server`.
    pub(super) fn client(&self, pair: usize, server: &str) -> Vec<String> {
        let from = address(pair * (self.addresses_each() + 1) + 1).to_string();
        let connections = self.connections_of(pair).to_string();
        vec!["client".into(), server.into(), from, connections]
    }
}

impl ServerPlan {
    fn parse(address: &str, ping: &str, topic: &str) -> Option<Role> {
        Some(Role::Server(Self {
            address: address.parse().ok()?,
            ping_interval: Duration::from_secs(ping.parse().ok()?),
            topic: topic.parse().ok()?,
        }))
    }
}

impl ClientPlan {
    fn parse(server: &str, from: &str, connections: &str) -> Option<Role> {
        Some(Role::Client(Self {
            server: server.parse().ok()?,
            from: from.parse().ok()?,
            connections: connections.parse().ok()?,
        }))
    }

    /// Source addresses of the connections, with some to spare. This program chooses the ports,
    /// because the system's search for a free one takes longer the more are taken.
    pub(super) fn sources(&self) -> impl Iterator<Item = SocketAddrV4> + use<> {
        let from = self.from;
        (0..self.connections + SPARE).map(move |number| source(from, number))
    }
}

fn source(from: Ipv4Addr, number: usize) -> SocketAddrV4 {
    let (address, port) = (number / PORTS.len(), number % PORTS.len());
    let address = u32::from(from) + u32::try_from(address).expect("few addresses");
    let port = u16::try_from(port).expect("it is within a range of ports") + PORTS.start;
    SocketAddrV4::new(Ipv4Addr::from(address), port)
}

/// A loopback address. The first server has the first one.
fn address(number: usize) -> Ipv4Addr {
    let number = u32::try_from(number).expect("fewer than connections");
    Ipv4Addr::from(u32::from(FIRST_ADDRESS) + number)
}

/// Addresses that few other programs use.
const FIRST_ADDRESS: Ipv4Addr = Ipv4Addr::new(127, 77, 0, 1);

/// Ports of one address that connections come from.
const PORTS: std::ops::Range<u16> = 2_000..62_000;

/// Ports that may be taken: a program that listens on every address holds its port on these, too.
const SPARE: usize = 1_000;

const USAGE: &str = "usage: million --connections N [--processes P] [--topic]
       [--ping-interval SECONDS] [--idle SECONDS] [--limit SECONDS]

N connections between P processes that serve and P that connect (as many as the limit of
descriptors asks for). The server pings a connection that was silent for the ping interval (45 s).
CPU is measured while all are idle (two ping intervals). With --topic each connection subscribes to
a topic, and the messages are published to it; else they are broadcast. The measurement is given up
after a limit (570 s).";

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(arguments: &str) -> Result<Plan, String> {
        let words: Vec<&str> = arguments.split_whitespace().collect();
        Plan::parse(&words)
    }

    #[test]
    fn pairs_share_all_connections() {
        let plan = plan("--connections 1000003 --processes 53").expect("it is in order");
        let all: usize = (0..53).map(|pair| plan.connections_of(pair)).sum();
        assert_eq!(all, 1_000_003);
        assert_eq!(
            plan.connections_of(0) - plan.connections_of(52),
            1,
            "the first take the rest"
        );
        assert_eq!(plan.idle, Duration::from_secs(90));
    }

    #[test]
    fn no_two_connections_come_from_the_same_place() {
        let plan = plan("--connections 400000 --processes 3").expect("it is in order");
        let mut sources = std::collections::HashSet::new();
        for pair in 0..3 {
            let (server, client) = (plan.server(pair), plan.client(pair, "127.0.0.1:1"));
            let server = server[1].parse().expect("an address");
            assert!(sources.insert(SocketAddrV4::new(server, 0)));
            let Ok(Role::Client(client)) = Role::parse(&client) else {
                panic!("{client:?} is a client's");
            };
            for source in client.sources() {
                assert!(
                    source.ip().is_loopback() && sources.insert(source),
                    "{source}"
                );
            }
        }
        assert_eq!(sources.len(), 400_003 + 3 * SPARE);
    }

    #[test]
    fn arguments_that_cannot_be_are_refused() {
        for wrong in [
            "",
            "--connections",
            "--connections 0",
            "--connections x",
            "--connections 5 --speed 3",
            "--processes 4",
            "server 127.0.0.1 x false",
        ] {
            assert!(plan(wrong).is_err(), "{wrong}");
        }
    }
}
