//! One server of a node: pages, and the rooms that they are in.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError};
use std::time::Duration;

use ws_server::{
    CloseCode, Config, ConnId, Event, Message, PlainRequest, Prepared, Response, Server, SlowPeers,
    Upgrade,
};

use crate::address;
use crate::desk::{Desk, Guest, Join};
use crate::entry::History;
use crate::inbox::Delivery;
use crate::protocol::{self, Line};
use crate::writer::Say;

/// A server and its pages.
pub(crate) struct Node {
    index: usize,
    server: Server,
    desk: Arc<Desk>,
    says: SyncSender<Say>,
    trusted_hops: usize,
    pages: BTreeMap<ConnId, Page>,
}

struct Page {
    room: String,
    /// Name and public name. A page without them has not asked to join yet.
    person: Option<(String, String)>,
}

/// Configuration of a server. A page that does not keep up is closed; it returns, and gets the
/// missed messages. Dropping single messages would leave gaps.
pub(crate) fn config() -> Config {
    Config::default()
        .http(true)
        .max_message_len(MAX_LINE_LEN)
        .max_queued(MAX_QUEUED)
        .slow_peers(SlowPeers::Close)
}

impl Node {
    pub(crate) fn new(
        index: usize,
        server: Server,
        desk: Arc<Desk>,
        says: SyncSender<Say>,
        trusted_hops: usize,
    ) -> Self {
        Self {
            index,
            server,
            desk,
            says,
            trusted_hops,
            pages: BTreeMap::new(),
        }
    }

    /// Serves until the node was drained.
    pub(crate) fn run(mut self, draining: &AtomicBool) -> io::Result<()> {
        let served = self.serve(draining);
        self.desk.inbox(self.index).close();
        served
    }

    fn serve(&mut self, draining: &AtomicBool) -> io::Result<()> {
        let mut buffer = vec![0; 256 * 1024];
        let mut drained = false;
        while !self.server.is_stopped() {
            let mut turn = self.server.poll(&mut buffer, None)?;
            while let Some((id, event)) = self.server.next(&mut turn) {
                self.handle(id, event);
            }
            self.take_deliveries();
            if !drained && draining.load(Ordering::Acquire) {
                drained = true;
                self.server.stop_with(CloseCode::SERVICE_RESTART, DRAIN);
            }
        }
        Ok(())
    }

    fn handle(&mut self, id: ConnId, event: Event<'_>) {
        match event {
            Event::Http(request) => self.respond(id, &request),
            Event::Request(upgrade) => self.accept(id, &upgrade),
            Event::Text(line) => self.hear_or_close(id, &line),
            Event::Binary(_) => drop(self.server.close(
                id,
                CloseCode::UNSUPPORTED_DATA,
                "text only",
            )),
            Event::Closed(_) => self.forget(id),
            _ => {}
        }
    }

    fn hear_or_close(&mut self, id: ConnId, line: &str) {
        if self.hear(id, line).is_none() {
            let code = CloseCode::POLICY_VIOLATION;
            self.server.close(id, code, "not a line of the page").ok();
        }
    }

    fn forget(&mut self, id: ConnId) {
        if self.pages.remove(&id).is_some() {
            self.desk.forget(self.guest(id));
        }
    }

    fn respond(&mut self, id: ConnId, request: &PlainRequest<'_>) {
        let response = match request.path() {
            "/" => Response::new(302).fields(&[("location", "/lobby")]),
            "/health" => Response::new(200).body("text/plain", b"ok\n"),
            path if protocol::room(path).is_some() => {
                Response::new(200).body("text/html; charset=utf-8", PAGE)
            }
            _ => Response::new(404),
        };
        let response = response.without_body(request.is_head());
        self.server.respond(id, &response).ok();
    }

    fn accept(&mut self, id: ConnId, upgrade: &Upgrade<'_>) {
        let Some(room) = protocol::room(upgrade.path()) else {
            self.server.respond(id, &Response::new(404)).ok();
            return;
        };
        let fields = upgrade.fields();
        let values = fields
            .all("x-forwarded-for")
            .filter_map(|value| std::str::from_utf8(value).ok());
        let peer = self.server.peer_addr(id).map(|address| address.ip());
        let client = address::client(values, peer, self.trusted_hops);
        log::info!("{client:?} comes into {room}");
        if self.server.accept(id, upgrade.accept()).is_ok() {
            let room = room.to_owned();
            self.pages.insert(id, Page { room, person: None });
        }
    }

    /// Returns `None` if the page sends a line that is not allowed.
    fn hear(&mut self, id: ConnId, line: &str) -> Option<()> {
        let guest = self.guest(id);
        let page = self.pages.get_mut(&id)?;
        match (protocol::parse(line)?, &page.person) {
            (Line::Join { name, sender, last }, None) => {
                page.person = Some((name, sender));
                let room = page.room.clone();
                self.desk.ask(guest, Join { room, last });
                if !self.desk.is_there() {
                    self.server.send_text(id, AWAY).ok();
                }
            }
            (Line::Say { number, text }, Some((name, sender))) => {
                let say = Say {
                    from: guest,
                    room: page.room.clone(),
                    sender: sender.clone(),
                    number,
                    name: name.clone(),
                    text: protocol::printable(text),
                };
                self.say(say);
            }
            _ => return None,
        }
        Some(())
    }

    /// Sends the message to the broker alone. The room gets it when the broker returns it.
    fn say(&mut self, say: Say) {
        let (id, number) = (say.from.id, say.number);
        let refusal = if self.desk.is_there() {
            match self.says.try_send(say) {
                Ok(()) => return,
                Err(TrySendError::Full(_)) => "busy",
                Err(TrySendError::Disconnected(_)) => "away",
            }
        } else {
            "away"
        };
        self.refuse(id, number, refusal);
    }

    fn refuse(&mut self, id: ConnId, number: u64, reason: &str) {
        self.server
            .send_text(id, &format!("refused\t{number}\t{reason}"))
            .ok();
    }

    /// Performs the deliveries of the broker's threads, and tells the desk which rooms are still
    /// needed.
    fn take_deliveries(&mut self) {
        let mut joined = Vec::new();
        for delivery in self.desk.inbox(self.index).take() {
            match delivery {
                Delivery::Room { room, line } => drop(self.server.publish(&room, &line)),
                Delivery::Joined { id, room, history } => {
                    self.welcome(id, &room, &history);
                    joined.push(room);
                }
                Delivery::Refused { id, number, reason } => self.refuse(id, number, reason),
                Delivery::Broker { there } => {
                    let line = if there { "broker\tback" } else { AWAY };
                    self.server.broadcast(&Prepared::new(Message::Text(line)));
                }
            }
        }
        for change in self.server.topic_changes() {
            let tell = if change.has_subscribers {
                Desk::need
            } else {
                Desk::release
            };
            tell(&self.desk, self.index, &change.topic);
        }
        // Only now: a room that has got its first subscriber here was needed all the time.
        for room in joined {
            self.desk.release(self.index, &room);
        }
    }

    /// Sends the kept messages, and subscribes the page. The next message of the room follows the
    /// last of these.
    fn welcome(&mut self, id: ConnId, room: &str, history: &History) {
        let Some(Page {
            person: Some((name, sender)),
            ..
        }) = self.pages.get(&id)
        else {
            return; // it has gone
        };
        let kind = if history.complete { "complete" } else { "gap" };
        let mut lines = vec![format!("welcome\t{kind}\t{name}\t{sender}")];
        lines.extend(history.entries.iter().map(protocol::said));
        lines.push(format!("ready\t{}", history.newest));
        let sent: Result<Vec<_>, _> = lines
            .iter()
            .map(|line| self.server.send_text(id, line))
            .collect();
        if sent.is_err() || self.server.subscribe(id, room).is_err() {
            self.server.close(id, CloseCode::TRY_AGAIN_LATER, "").ok();
        }
    }

    fn guest(&self, id: ConnId) -> Guest {
        Guest {
            server: self.index,
            id,
        }
    }
}

const PAGE: &[u8] = include_bytes!("page.html");

const AWAY: &str = "broker\taway";

/// The page sends at most 1,000 characters of at most four bytes each, or its name and secret.
const MAX_LINE_LEN: usize = 4_100;

/// The longest history must fit.
const MAX_QUEUED: usize = 4 * 1024 * 1024;

/// The pages of a node that ends are closed one after the other, so that they do not all reach the
/// other nodes at once.
const DRAIN: Duration = Duration::from_secs(5);
