//! The measurement, step by step. Each figure is printed as soon as it is known.

use std::time::{Duration, Instant};

use super::fleet::Fleet;
use super::inbox::MESSAGES;
use super::limits;
use super::measure::{Cpu, System, memory};
use super::plan::Plan;

struct Run<'p> {
    plan: &'p Plan,
    clients: Fleet,
    servers: Fleet,
    /// Memory of the servers and of the system before the first connection.
    empty: (u64, System),
}

/// Measures, and prints. Every process has ended when it returns.
pub(super) fn run(plan: &Plan) -> Result<(), String> {
    let deadline = Instant::now() + plan.limit;
    let pairs = 0..plan.processes;
    let servers = Fleet::start("server", pairs.map(|pair| plan.server(pair)), deadline)?;
    let addresses = servers.hear("listens")?;
    std::thread::sleep(SETTLED);
    let empty = (said(memory(&servers))?, said(System::now())?);
    let begun = Instant::now();
    let clients = addresses.iter().enumerate();
    let clients = clients.map(|(pair, address)| plan.client(pair, address));
    let clients = Fleet::start("client", clients, deadline)?;
    let mut run = Run {
        plan,
        clients,
        servers,
        empty,
    };
    run.clients.hear("open")?;
    line("connections", &grouped(plan.connections as u64));
    line(
        "server processes, and as many of clients",
        &plan.processes.to_string(),
    );
    line("seconds to connect all", &seconds(begun.elapsed()));
    std::thread::sleep(SETTLED);
    run.memory("once connected")?;
    run.system()?;
    run.idle()?;
    run.memory("idle, all pinged")?;
    for number in 1..=MESSAGES {
        run.publish(number)?;
        if number < MESSAGES {
            // Pings that waited behind the message are answered before the next one.
            run.clients.idle(plan.ping_interval / 3)?;
        }
    }
    std::thread::sleep(SETTLED);
    run.memory("after the messages")?;
    run.check()
}

impl Run<'_> {
    fn memory(&self, when: &str) -> Result<(), String> {
        let (now, empty) = (said(memory(&self.servers))?, self.empty.0);
        let each = now.saturating_sub(empty) as f64 / self.plan.connections as f64;
        line(
            &format!("memory of the servers (PSS), {when}"),
            &format!(
                "{} ({} before the first connection): {each:.1} bytes a connection",
                mebibytes(now),
                mebibytes(empty)
            ),
        );
        Ok(())
    }

    fn system(&self) -> Result<(), String> {
        let added = said(System::now())?.since(self.empty.1);
        for (part, bytes) in added.parts() {
            let each = bytes / self.plan.connections as u64;
            let text = format!("{}: {each} bytes for both ends", mebibytes(bytes));
            line(&format!("memory of the system: {part}"), &text);
        }
        Ok(())
    }

    fn idle(&self) -> Result<(), String> {
        let before = said(Cpu::now(&self.servers, &self.clients))?;
        self.clients.idle(self.plan.idle)?;
        let load = said(Cpu::now(&self.servers, &self.clients))?.since(before);
        let (idle, ping) = (self.plan.idle.as_secs(), self.plan.ping_interval.as_secs());
        line(
            &format!("CPU over {idle} s of idling, pinged every {ping} s"),
            &format!(
                "{:.3} of a core for the servers, {:.3} for the clients; the machine was busy with \
                 {:.3}",
                load.servers, load.clients, load.system
            ),
        );
        Ok(())
    }

    fn publish(&mut self, number: u8) -> Result<(), String> {
        let begun = Instant::now();
        let at_once = self.spread(number)?;
        let how = if self.plan.topic {
            "published"
        } else {
            "broadcast"
        };
        line(
            &format!("seconds until message {number} had reached all, {how}"),
            &format!("{}, by {at_once} servers at once", seconds(begun.elapsed())),
        );
        let mut sum = [0; 3];
        for report in self.servers.hear("published")? {
            add(&mut sum, &report)?;
        }
        let [queued, backlogged, dropped] = sum;
        if (queued, backlogged, dropped) == (self.plan.connections as u64, 0, 0) {
            return Ok(());
        }
        Err(format!(
            "of message {number}, {queued} were queued, {backlogged} behind others, and {dropped} \
             dropped"
        ))
    }

    /// Has the message sent to all, by some servers at once: when the clients of one have it, the
    /// next begins. Returns their number.
    ///
    /// All servers wait meanwhile, as the loop of one server with all connections would: it sends
    /// no ping while it sends to everyone.
    fn spread(&mut self, number: u8) -> Result<usize, String> {
        let at_once = limits::servers_at_once(self.plan);
        self.servers.tell("wait")?;
        let (clients, servers) = (&self.clients, &mut self.servers);
        let command = number.to_string();
        let mut waiting = 0..self.plan.processes;
        for server in waiting.by_ref().take(at_once) {
            servers.tell_one(server, &command)?;
        }
        clients.hear_each(&format!("informed {number}"), || match waiting.next() {
            Some(server) => servers.tell_one(server, &command),
            None => Ok(()),
        })?;
        self.servers.tell("go on")?;
        Ok(at_once)
    }

    /// Each connection is open, was pinged if there was time, and got each message. Each pong has
    /// arrived.
    fn check(&mut self) -> Result<(), String> {
        self.clients.tell("report")?;
        let (mut sent, mut open, mut pinged) = (0, 0, u64::MAX);
        for report in self.clients.hear("report")? {
            let mut figures = [0; 4];
            add(&mut figures, &report)?;
            open += figures[0];
            sent += figures[1];
            pinged = pinged.min(figures[2]);
            if figures[3] != MESSAGES.into() {
                return Err("a connection did not get every message".into());
            }
        }
        let (still, arrived) = self.arrived(sent)?;
        if (open, still) != (self.plan.connections as u64, self.plan.connections as u64) {
            return Err(format!(
                "{open} connections were opened, and {still} are left"
            ));
        }
        let wanted = u64::from(self.plan.idle > self.plan.ping_interval + Duration::from_secs(1));
        if pinged < wanted {
            return Err("a connection was never pinged".into());
        }
        line(
            "pings answered",
            &format!(
                "{}, {pinged} at least for each connection; of the pongs, {} had arrived",
                grouped(sent),
                grouped(arrived.min(sent))
            ),
        );
        let all = grouped(u64::from(MESSAGES) * open);
        line("messages received, each once and in order", &all);
        Ok(())
    }

    /// Connections that the servers hold, and pongs that they have received: at least `sent`.
    fn arrived(&mut self, sent: u64) -> Result<(u64, u64), String> {
        let begun = Instant::now();
        loop {
            self.servers.tell("report")?;
            let mut sum = [0; 2];
            for report in self.servers.hear("report")? {
                add(&mut sum, &report)?;
            }
            let [open, pongs] = sum;
            if pongs >= sent {
                return Ok((open, pongs));
            }
            if begun.elapsed() > PATIENCE {
                return Err(format!("{sent} pongs were sent, and {pongs} have arrived"));
            }
            std::thread::sleep(SETTLED);
        }
    }
}

impl Drop for Run<'_> {
    /// Ends the clients first: they reset their connections, which leaves nothing behind. Then ends
    /// the servers at once, which need not handle a million ends.
    fn drop(&mut self) {
        self.clients.end();
        self.servers.end();
    }
}

/// Adds the numbers of a line to a sum for each.
fn add<const N: usize>(sum: &mut [u64; N], line: &str) -> Result<(), String> {
    let numbers: Option<Vec<u64>> = line.split(' ').map(|word| word.parse().ok()).collect();
    match numbers {
        Some(numbers) if numbers.len() == N => {
            sum.iter_mut()
                .zip(numbers)
                .for_each(|(sum, number)| *sum += number);
            Ok(())
        }
        _ => Err(format!("a process says {line:?}")),
    }
}

fn line(what: &str, figure: &str) {
    println!("| {what} | {figure} |");
}

fn said<T>(result: std::io::Result<T>) -> Result<T, String> {
    result.map_err(|error| format!("a process or /proc cannot be read: {error}"))
}

fn seconds(time: Duration) -> String {
    format!("{:.2}", time.as_secs_f64())
}

fn mebibytes(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20))
}

/// A number with commas between thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Until a process has done what new connections ask of it.
const SETTLED: Duration = Duration::from_millis(500);

/// The longest that a pong may take.
const PATIENCE: Duration = Duration::from_secs(20);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_have_commas() {
        let texts = [0, 999, 1000, 1_004_292].map(grouped);
        assert_eq!(texts, ["0", "999", "1,000", "1,004,292"]);
    }

    #[test]
    fn a_line_with_other_numbers_is_refused() {
        let mut sum = [1, 1];
        assert!(add(&mut sum, "1").is_err() && add(&mut sum, "1 x").is_err());
        assert_eq!((add(&mut sum, "2 3"), sum), (Ok(()), [3, 4]));
    }
}
