//! A chat room with its own page: open the address in two tabs of a browser.
//!
//! `cargo run --release --example chat -- [ADDR] [--deflate] [--tls CERT KEY]`, by default on
//! 127.0.0.1:8888, without compression and without TLS; `--tls self-signed` makes a certificate for
//! trying it out.

mod tls;

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::process::ExitCode;

use support::{Arg, Parser, UsageError, ValueExt as _};
use ws_server::{
    Compression, Config, ConnId, Event, Message, Prepared, Response, Server, Transport,
};

use crate::tls::Tls;

const PAGE: &[u8] = include_bytes!("chat.html");
/// The topic of everybody in the room.
const ROOM: &str = "room";
/// Longer names are cut, so that nobody fills the screens of others.
const MAX_NAME_CHARS: usize = 32;
/// The page sends at most 1,000 characters of at most four bytes each.
const MAX_MESSAGE_LEN: usize = 4_000;

/// Limit on the listed names. A crowd has more names than a screen shows, and than one message may
/// hold.
const MAX_NAMES_SHOWN: usize = 20;

fn main() -> ExitCode {
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or("warn")).init();
    support::status(run(support::options(USAGE, Options::read)))
}

fn run(options: Options) -> Result<(), Box<dyn Error>> {
    // By default only pages from the same host may connect: here, the page that this program
    // serves.
    let config = Config::default()
        .http(true)
        .max_message_len(MAX_MESSAGE_LEN)
        .compression(options.compression);
    let bind = &options.address;
    match &options.tls {
        None => serve(
            "http",
            support::bind(bind, |address| Server::bind(address, config.clone()))?,
        ),
        Some(tls) => {
            let tls = tls.config(bind)?;
            let listen = |address| Server::bind_tls(address, &tls, config.clone());
            serve("https", support::bind(bind, listen)?)
        }
    }
}

fn serve<T: Transport>(scheme: &str, server: Server<T>) -> Result<(), Box<dyn Error>> {
    let address = server.local_addr()?;
    support::say(format_args!(
        "chat: open {scheme}://{address} in a browser, in two tabs"
    ));
    let mut room = Room {
        server,
        names: BTreeMap::new(),
        taken: BTreeSet::new(),
    };
    let handle = room.server.handle();
    ctrlc::set_handler(move || handle.stop())?;

    let mut buf = vec![0; 256 * 1024];
    while !room.server.is_stopped() {
        let mut turn = room.server.poll(&mut buf, None)?;
        while let Some((id, event)) = room.server.next(&mut turn) {
            room.handle(id, event);
        }
    }
    Ok(())
}

const USAGE: &str = "usage: chat [ADDR] [--deflate] [--tls CERT KEY | --tls self-signed]\n\n\
    A chat room with its own page.\n\n  \
    ADDR       address to listen on, such as localhost:8888; default 127.0.0.1:8888\n  \
    --deflate  compresses messages\n  \
    --tls      speaks TLS, with a certificate chain and a key in PEM, or with a certificate made now";

struct Options {
    address: String,
    compression: Option<Compression>,
    tls: Option<Tls>,
}

impl Options {
    fn read(words: &mut Parser) -> Result<Self, UsageError> {
        let mut options = Self {
            address: "127.0.0.1:8888".to_owned(),
            compression: None,
            tls: None,
        };
        while let Some(word) = words.next()? {
            match word {
                Arg::Value(value) => options.address = value.string()?,
                Arg::Long("deflate") => options.compression = Some(Compression::default()),
                Arg::Long("tls") => options.tls = Some(Tls::from_words(words)?),
                other => return Err(other.unexpected()),
            }
        }
        Ok(options)
    }
}

/// The server and the people in the room. The first message of a connection is its name.
struct Room<T: Transport> {
    server: Server<T>,
    names: BTreeMap<ConnId, String>,
    taken: BTreeSet<String>,
}

impl<T: Transport> Room<T> {
    fn handle(&mut self, id: ConnId, event: Event<'_>) {
        match event {
            Event::Http(request) => {
                let answer = match request.path() {
                    "/" => Response::new(200).body("text/html; charset=utf-8", PAGE),
                    _ => Response::new(404),
                };
                self.server
                    .respond(id, &answer.without_body(request.is_head()))
                    .ok();
            }
            Event::Request(upgrade) => {
                self.server.accept(id, upgrade.accept()).ok();
            }
            Event::Text(text) => match self.names.get(&id) {
                Some(name) => self.tell_all(&format!("said\t{name}\t{}", printable(&text))),
                None => self.join(id, &text),
            },
            Event::Closed(_) => {
                if let Some(name) = self.names.remove(&id) {
                    self.taken.remove(&name);
                    self.tell_all(&format!("left\t{name}"));
                }
            }
            _ => {}
        }
    }

    fn join(&mut self, id: ConnId, wanted: &str) {
        let name = self.free_name(wanted);
        let count = self.taken.len();
        let mut welcome = format!("welcome\t{name}\t{count}");
        for other in self.taken.iter().take(MAX_NAMES_SHOWN) {
            welcome.push('\t');
            welcome.push_str(other);
        }
        if self.server.send_text(id, &welcome).is_err() {
            return; // the connection is ending: its `Closed` comes
        }
        self.tell_all(&format!("joined\t{name}"));
        self.server.subscribe(id, ROOM).ok();
        self.taken.insert(name.clone());
        self.names.insert(id, name);
    }

    /// The wanted name, with a number if another person has it.
    fn free_name(&self, wanted: &str) -> String {
        let short: String = printable(wanted)
            .trim()
            .chars()
            .take(MAX_NAME_CHARS)
            .collect();
        let wanted = if short.is_empty() { "Guest" } else { &short };
        let numbered = (2..).map(|n| format!("{wanted} {n}"));
        std::iter::once(wanted.to_owned())
            .chain(numbered)
            .find(|name| !self.taken.contains(name))
            .unwrap_or_default()
    }

    fn tell_all(&mut self, line: &str) {
        // Encoded once for all. A client that reads too slowly misses lines, so its backlog stays
        // small.
        self.server
            .publish(ROOM, &Prepared::new(Message::Text(line)));
    }
}

/// Replaces control characters: tabs separate the words of a line.
fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}
