//! A chat whose rooms span any number of server processes, over Redis Streams or NATS JetStream.
//!
//! `cargo run --release -- [ADDR] [--redis URL | --nats URLS] [--threads N] [--trusted-hops N]`;
//! open `http://ADDR/ROOM` in a browser.
//!
//! ```text
//!  pages ──► node ── one writer ──► Redis: a stream for each room
//!        ◄──      ◄── one reader ── NATS: one stream, a subject for each room
//! ```
//!
//! A node (this program) sends messages to the broker alone, and shows the messages that the broker
//! returns, so every page sees the messages of a room in one order. Each message names the one
//! before it. A page that does not have that one, or that returns after an interruption, asks for
//! the missing messages. A page repeats its own message until it comes back, and readers drop
//! repeats.

mod address;
mod backoff;
mod broker;
mod desk;
mod entry;
mod inbox;
mod node;
mod presence;
mod protocol;
mod reader;
mod writer;

use std::error::Error;
use std::io;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;

use support::{Arg, Parser, UsageError, ValueExt as _};
use ws_server::{Handle, Server};

use broker::Store;
use desk::Desk;
use inbox::Inbox;
use node::Node;
use presence::Presence;
use reader::Reader;
use writer::Writer;

fn main() -> ExitCode {
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or("warn")).init();
    support::status(run(&support::options(USAGE, Options::read)))
}

fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let store = match &options.broker {
        Broker::Redis(url) => Store::redis(url),
        Broker::Nats(urls) => Store::nats(urls),
    }
    .map_err(|failure| -> Box<dyn Error> { failure })?;
    let servers = options.bind()?;
    support::say(format_args!(
        "cluster_chat: open http://{}/lobby in a browser",
        servers[0].local_addr()?
    ));
    let handles: Vec<Handle> = servers.iter().map(Server::handle).collect();
    let inboxes = handles.iter().cloned().map(Inbox::new).collect();
    let desk = Arc::new(Desk::new(inboxes));
    let draining = Arc::new(AtomicBool::new(false));
    drain_on_signal(handles.clone(), Arc::clone(&draining))?;

    // The threads of the broker end with the process.
    let (says, queue) = mpsc::sync_channel(MAX_UNSENT);
    let writer = Writer::new(store.clone(), Arc::clone(&desk), queue);
    thread::Builder::new().spawn(move || writer.run())?;
    let reader = Reader::new(store.clone(), Arc::clone(&desk));
    thread::Builder::new().spawn(move || reader.run())?;
    let presence = Presence::new(store, Arc::clone(&desk), handles);
    thread::Builder::new().spawn(move || presence.run())?;

    let mut threads = Vec::new();
    for (index, server) in servers.into_iter().enumerate() {
        let node = Node::new(
            index,
            server,
            Arc::clone(&desk),
            says.clone(),
            options.trusted_hops,
        );
        let draining = Arc::clone(&draining);
        threads.push(thread::Builder::new().spawn(move || node.run(&draining))?);
    }
    for thread in threads {
        thread.join().map_err(|_| "a thread panicked")??;
    }
    Ok(())
}

/// The first signal drains the node: its pages are closed one after the other, and find another
/// node. The second signal stops it at once.
fn drain_on_signal(handles: Vec<Handle>, draining: Arc<AtomicBool>) -> Result<(), ctrlc::Error> {
    ctrlc::set_handler(move || {
        let again = draining.swap(true, Ordering::AcqRel);
        let tell = if again { Handle::stop } else { Handle::wake };
        handles.iter().for_each(tell);
    })
}

enum Broker {
    Redis(String),
    Nats(String),
}

struct Options {
    address: String,
    broker: Broker,
    threads: usize,
    trusted_hops: usize,
}

impl Options {
    fn read(words: &mut Parser) -> Result<Self, UsageError> {
        let mut options = Self {
            address: "127.0.0.1:8888".to_owned(),
            broker: Broker::Redis("redis://127.0.0.1:6379/".to_owned()),
            threads: thread::available_parallelism().map_or(1, usize::from),
            trusted_hops: 0,
        };
        while let Some(word) = words.next()? {
            match word {
                Arg::Value(address) => options.address = address.string()?,
                Arg::Long("redis") => options.broker = Broker::Redis(words.value()?.string()?),
                Arg::Long("nats") => options.broker = Broker::Nats(words.value()?.string()?),
                Arg::Long("threads") => options.threads = words.value()?.parse()?,
                Arg::Long("trusted-hops") => options.trusted_hops = words.value()?.parse()?,
                other => return Err(other.unexpected()),
            }
        }
        if !(1..=MAX_THREADS).contains(&options.threads) {
            return Err(format!(
                "{} is not a number of threads from 1 to {MAX_THREADS}",
                options.threads
            )
            .into());
        }
        Ok(options)
    }

    /// Binds one server for each thread. They share an address, and the system spreads the
    /// connections over them.
    fn bind(&self) -> io::Result<Vec<Server>> {
        let config = || node::config().reuse_port(self.threads > 1);
        let first = support::bind(&self.address, |address| Server::bind(address, config()))?;
        let address = first.local_addr()?;
        let others = (1..self.threads).map(|_| Server::bind(address, config()));
        std::iter::once(Ok(first)).chain(others).collect()
    }
}

/// Messages that may wait for the broker; more are refused.
const MAX_UNSENT: usize = 1024;

const MAX_THREADS: usize = 1024;

const USAGE: &str = "usage: cluster_chat [ADDR] [--redis URL | --nats URLS] [--threads N] \
    [--trusted-hops N]\n\n\
    A chat whose rooms span any number of these processes, over Redis Streams or NATS.\n\n  \
    ADDR              address to listen on, such as localhost:8888; default 127.0.0.1:8888\n  \
    --redis URL       the broker, Redis 7.0 or later; default redis://127.0.0.1:6379/\n  \
    --nats URLS       the broker, NATS 2.9 or later with JetStream, such as\n                    \
    nats://127.0.0.1:4222, or some of its servers, with commas between\n  \
    --threads N       serves in N threads; default one for each core\n  \
    --trusted-hops N  proxies in front that append to X-Forwarded-For; default 0";
