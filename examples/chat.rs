//! A chat room with its own page: open the address in two tabs of a browser.
//!
//! `cargo run --release --example chat -- [ADDR] [--deflate]`, by default on 127.0.0.1:8888 and without compression.

use std::collections::BTreeMap;
use std::error::Error;
use std::net::SocketAddr;

use lexopt::{Arg, ValueExt};
use ws_server::{Compression, Config, ConnId, Event, Message, Prepared, Response, Server};

const PAGE: &[u8] = include_bytes!("chat.html");
/// The topic that everybody in the room is subscribed to.
const ROOM: &str = "room";
/// Longer names are cut, so that nobody fills the others' screens.
const MAX_NAME_CHARS: usize = 32;
/// The page sends at most 1,000 characters, each at most four bytes.
const MAX_MESSAGE_LEN: usize = 4_000;

fn main() -> Result<(), Box<dyn Error>> {
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or("warn")).init();
    let mut room = Room {
        server: bind()?,
        names: BTreeMap::new(),
    };
    println!(
        "chat: open http://{} in a browser, in two tabs",
        room.server.local_addr()?
    );
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

/// Listens where the command line says.
fn bind() -> Result<Server, Box<dyn Error>> {
    let (mut address, mut compression) = ("127.0.0.1:8888".to_owned(), None);
    let mut words = lexopt::Parser::from_env();
    while let Some(word) = words.next()? {
        match word {
            Arg::Value(value) => address = value.string()?,
            Arg::Long("deflate") => compression = Some(Compression::default()),
            _ => return Err(word.unexpected().into()),
        }
    }
    let address: SocketAddr = address
        .parse()
        .map_err(|_| format!("{address} is not an address such as 127.0.0.1:8888"))?;
    // By default only pages from the same host may connect: here, the page that this program serves.
    let config = Config::default()
        .http(true)
        .max_message(MAX_MESSAGE_LEN)
        .compression(compression);
    let server =
        Server::bind(address, config).map_err(|error| format!("cannot listen on {address}: {error}"))?;
    Ok(server)
}

/// Who is here. A connection without a name has not said it yet: its first message is its name.
struct Room {
    server: Server,
    names: BTreeMap<ConnId, String>,
}

impl Room {
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
                    self.tell_all(&format!("left\t{name}"));
                }
            }
            _ => {}
        }
    }

    fn join(&mut self, id: ConnId, wanted: &str) {
        let name = self.free_name(wanted);
        let mut others: Vec<&str> = self.names.values().map(String::as_str).collect();
        others.sort_unstable();
        self.server
            .send_text(id, &format!("welcome\t{name}\t{}", others.join(", ")))
            .ok();
        self.tell_all(&format!("joined\t{name}"));
        self.server.subscribe(id, ROOM).ok();
        self.names.insert(id, name);
    }

    /// The wanted name, or the wanted name with a number if somebody has it already.
    fn free_name(&self, wanted: &str) -> String {
        let short: String = printable(wanted).trim().chars().take(MAX_NAME_CHARS).collect();
        let wanted = if short.is_empty() { "Guest" } else { &short };
        let numbered = (2..).map(|n| format!("{wanted} {n}"));
        let is_free = |name: &String| self.names.values().all(|taken| taken != name);
        std::iter::once(wanted.to_owned())
            .chain(numbered)
            .find(is_free)
            .unwrap_or_default()
    }

    fn tell_all(&mut self, line: &str) {
        // Encoded once for all. One who reads too slowly misses lines: better than to hold the memory of everybody's.
        self.server.publish(ROOM, &Prepared::new(Message::Text(line)));
    }
}

/// Tabs part the words of a line, so they and other control characters do not come from users.
fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}
