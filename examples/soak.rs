//! Minutes of good, slow and hostile clients against one server, whose memory and descriptors must
//! not grow.
//!
//! `cargo run --release --example soak -- [SECONDS]`, by default 300; on Linux. Samples resident
//! memory and open descriptors of the server's process each second. The exit status is 1 if the
//! maximum of either in the last fifth of the time exceeds the maximum in the first fifth by more
//! than 5 %, if descriptors are left after all clients have gone, or if a client did not get its
//! answers.
//!
//! The clients are a process of their own, this program again as `soak clients ADDR SECONDS`, and
//! end by themselves. The load repeats itself about every ten seconds, and memory settles in the
//! first minute: shorter runs may fail without a fault.

use std::error::Error;
use std::net::SocketAddr;
use std::process::{Child, Command, ExitCode, ExitStatus};
use std::time::{Duration, Instant};
use std::{env, fs, io};

use support::{Arg, Parser, UsageError, ValueExt as _, say};
use ws_server::{Config, ConnId, Event, Server};

use clients::{FLOOD, FLOODED, WAVE, clients, part_of_flood};

#[path = "soak/client.rs"]
mod client;
#[path = "soak/clients.rs"]
mod clients;

fn main() -> ExitCode {
    let passed = match support::options(USAGE, Options::read) {
        Options::Soak(seconds) => soak(seconds),
        Options::Clients(address, seconds) => clients(&address, &seconds),
    };
    match passed {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            support::warn(format_args!("{error}"));
            ExitCode::FAILURE
        }
    }
}

enum Options {
    /// Serves for this many seconds.
    Soak(u32),
    /// Runs the clients: the program starts itself with this command.
    Clients(String, String),
}

impl Options {
    fn read(words: &mut Parser) -> Result<Self, UsageError> {
        let mut values = Vec::new();
        while let Some(word) = words.next()? {
            match word {
                Arg::Value(value) => values.push(value.string()?),
                other => return Err(other.unexpected()),
            }
        }
        match &values[..] {
            [] => Ok(Self::Soak(300)),
            [seconds] => match seconds.parse() {
                Ok(seconds) if seconds >= 5 => Ok(Self::Soak(seconds)),
                _ => Err(format!("{seconds} is not a number of seconds, 5 at least").into()),
            },
            [command, address, seconds] if command == "clients" => {
                Ok(Self::Clients(address.clone(), seconds.clone()))
            }
            _ => Err("there are too many arguments".into()),
        }
    }
}

/// Serves for this long, and then for as long as the clients need to end. Returns whether memory
/// and descriptors stayed level.
fn soak(seconds: u32) -> Result<bool, Failure> {
    // Half a request must reach its timeout before the client gives up.
    let config = Config::default().head_timeout(WAVE / 2);
    let mut server = Server::bind("127.0.0.1:0", config)?;
    let mut buffer = vec![0; 256 * 1024];
    let before = Sample::take()?;
    let mut clients = start_clients(server.local_addr()?, seconds)?;
    let begin = Instant::now();
    let mut samples = Vec::new();
    for second in 1..=seconds {
        serve(
            &mut server,
            &mut buffer,
            begin + Duration::from_secs(second.into()),
        )?;
        samples.push(Sample::take()?);
        if second % 10 == 0 {
            report(second.into(), &server, Sample::take()?);
        }
    }
    let status = wait(&mut clients, &mut server, &mut buffer)?;
    drop(clients);
    let after = Sample::take()?;
    report(begin.elapsed().as_secs(), &server, after);
    summarise(&server);
    Ok(judge(&samples, before, after) && status.success())
}

fn start_clients(address: SocketAddr, seconds: u32) -> io::Result<Child> {
    Command::new(env::current_exe()?)
        .args(["clients", &address.to_string(), &seconds.to_string()])
        .spawn()
}

fn serve(server: &mut Server, buffer: &mut [u8], until: Instant) -> io::Result<()> {
    while let Some(left) = until.checked_duration_since(Instant::now()) {
        let mut turn = server.poll(buffer, Some(left))?;
        while let Some((id, event)) = server.next(&mut turn) {
            // A connection that has ended gets its `Closed` event; there is nothing to do about it
            // here.
            match event {
                Event::Request(upgrade) => drop(server.accept(id, upgrade.accept())),
                Event::Text(text) if text == FLOOD => flood(server, id),
                Event::Text(text) => drop(server.send_text(id, &text)),
                Event::Binary(payload) => drop(server.send_binary(id, &payload)),
                _ => {}
            }
        }
    }
    Ok(())
}

/// Sends until enough bytes wait for the peer.
fn flood(server: &mut Server, id: ConnId) {
    for part in 0.. {
        if server.queued_bytes(id) >= FLOODED
            || server.send_binary(id, &part_of_flood(part)).is_err()
        {
            return;
        }
    }
}

/// Serves until the clients have ended, and the server has seen the last of them.
fn wait(
    clients: &mut Child,
    server: &mut Server,
    buffer: &mut [u8],
) -> Result<ExitStatus, Failure> {
    let latest = Instant::now() + PATIENCE;
    let mut status = None;
    while status.is_none() || server.stats().connections > 0 {
        if Instant::now() > latest {
            clients.kill()?;
            return Err(
                format!("the clients do not end ({status:?}): {:?}", server.stats()).into(),
            );
        }
        serve(server, buffer, Instant::now() + Duration::from_millis(100))?;
        status = clients.try_wait()?;
    }
    status.ok_or_else(|| "the clients have no status".into())
}

fn report(second: u64, server: &Server, now: Sample) {
    let stats = server.stats();
    say(format_args!(
        "{second:4} s: {:6} KiB, {:4} descriptors, {:4} connections, {:9} bytes queued, {:8} messages in",
        now.memory, now.descriptors, stats.connections, stats.queued_bytes, stats.messages_in
    ));
}

fn summarise(server: &Server) {
    let stats = server.stats();
    say(format_args!(
        "connections: {} made, {} opened, {} refused, {} late with their request, {} gone without one",
        stats.accepted,
        stats.upgraded,
        stats.refused_requests,
        stats.head_timeouts,
        stats.abandoned
    ));
    say(format_args!(
        "messages: {} in, {} out",
        stats.messages_in, stats.messages_out
    ));
    say(format_args!(
        "bytes: {} in, {} out",
        stats.bytes_in, stats.bytes_out
    ));
    say(format_args!("{:?}", stats.closes));
}

/// Prints the maxima at the beginning and at the end. Returns whether they stayed level.
fn judge(samples: &[Sample], before: Sample, after: Sample) -> bool {
    let fifth = samples.len() / 5;
    let first = Sample::most(&samples[..fifth]);
    let last = Sample::most(&samples[samples.len() - fifth..]);
    say(format_args!(
        "at most in the first fifth: {} KiB, {} descriptors",
        first.memory, first.descriptors
    ));
    say(format_args!(
        "at most in the last fifth:  {} KiB, {} descriptors",
        last.memory, last.descriptors
    ));
    say(format_args!(
        "descriptors before the first client: {}, after the last: {}",
        before.descriptors, after.descriptors
    ));
    let stayed = |first: u64, last: u64| last <= first + first / 20;
    stayed(first.memory, last.memory)
        && stayed(first.descriptors, last.descriptors)
        && after.descriptors <= before.descriptors
}

/// Resources of this process.
#[derive(Clone, Copy, Default)]
struct Sample {
    /// Resident memory in KiB.
    memory: u64,
    descriptors: u64,
}

impl Sample {
    fn take() -> Result<Self, Failure> {
        let status = fs::read_to_string("/proc/self/status")?;
        let memory = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let memory = memory.ok_or("the system does not tell the resident memory")?;
        Ok(Self {
            memory: memory.trim().trim_end_matches(" kB").parse()?,
            descriptors: fs::read_dir("/proc/self/fd")?.count().try_into()?,
        })
    }

    fn most(samples: &[Self]) -> Self {
        samples.iter().fold(Self::default(), |most, sample| Self {
            memory: most.memory.max(sample.memory),
            descriptors: most.descriptors.max(sample.descriptors),
        })
    }
}
type Failure = Box<dyn Error + Send + Sync>;

const USAGE: &str = "usage: soak [SECONDS]\n\n\
    Runs good, slow and hostile clients against one server, whose memory and descriptors must stay where they were.\n\n  \
    SECONDS  5 at least, default 300";

/// Limit on the time that the clients take to end. Only clients of a failed server need as long.
const PATIENCE: Duration = Duration::from_secs(60);
