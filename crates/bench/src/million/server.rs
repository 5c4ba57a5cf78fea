//! A process that serves: `ws-server`, and the commands of the process that started it.

use std::io;
use std::net::SocketAddr;
use std::sync::mpsc::Receiver;

use ws_server::ws_frame::{Message, Prepared};
use ws_server::{BroadcastReport, Config, Event, Server};

use super::child::{commands, say};
use super::inbox::message;
use super::plan::ServerPlan;

struct Process {
    server: Server,
    topic: bool,
    /// Answers to pings.
    pongs: u64,
    /// Reasons why connections ended that should not have.
    lost: Vec<String>,
}

/// Serves until the process that started this one ends.
pub(super) fn serve(plan: &ServerPlan) -> io::Result<()> {
    let config = Config::new().idle_timeout(plan.ping_interval);
    let mut process = Process {
        server: Server::bind(SocketAddr::from((plan.address, 0)), config)?,
        topic: plan.topic,
        pongs: 0,
        lost: Vec::new(),
    };
    let handle = process.server.handle();
    let commands = commands(move || handle.wake());
    say(&format!("listens {}", process.server.local_addr()?));
    let mut buf = vec![0; BUF_LEN];
    loop {
        process.turn(&mut buf)?;
        while let Ok(command) = commands.try_recv() {
            process.obey(&command, &commands)?;
        }
    }
}

impl Process {
    fn turn(&mut self, buf: &mut [u8]) -> io::Result<()> {
        let mut turn = self.server.poll(buf, None)?;
        while let Some((id, event)) = self.server.next(&mut turn) {
            match event {
                Event::Request(upgrade) => {
                    self.server.accept(id, upgrade.accept()).ok();
                    if self.topic {
                        self.server.subscribe(id, TOPIC).ok();
                    }
                }
                Event::Pong(_) => self.pongs += 1,
                Event::Closed(why) if why.is_clean() => {}
                Event::Closed(why) => self.lost.push(why.to_string()),
                _ => return Err(io::Error::other("something else than a pong has come")),
            }
        }
        Ok(())
    }

    /// Reports, or waits for the numbers of messages and does nothing else until it may go on.
    fn obey(&mut self, command: &str, commands: &Receiver<String>) -> io::Result<()> {
        if command != "wait" {
            self.report();
            return Ok(());
        }
        let mut numbers = commands.iter().take_while(|command| command != "go on");
        numbers.try_for_each(|number| self.publish(&number))
    }

    fn report(&self) {
        if let Some(why) = self.lost.first() {
            eprintln!("{} connections are lost; the first: {why}", self.lost.len());
        }
        let Self { server, pongs, .. } = self;
        say(&format!("report {} {pongs}", server.stats().open));
    }

    /// Sends the message of this number to all, in one go.
    fn publish(&mut self, number: &str) -> io::Result<()> {
        let message = message(number.parse().map_err(io::Error::other)?);
        let message = Prepared::new(Message::Text(&message));
        let BroadcastReport {
            queued,
            backlogged,
            dropped,
            ..
        } = if self.topic {
            self.server.publish(TOPIC, &message)
        } else {
            self.server.broadcast(&message)
        };
        self.server.flush();
        say(&format!("published {queued} {backlogged} {dropped}"));
        Ok(())
    }
}

const TOPIC: &str = "news";

/// Bytes of the buffer that all connections of a process share.
const BUF_LEN: usize = 64 << 10;
