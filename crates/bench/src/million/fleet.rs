//! The processes of a measurement, and their lines.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use super::measure;

/// Processes of one kind. They are ended when this is dropped, and end by themselves when this
/// process ends in any other way.
pub(super) struct Fleet {
    kind: &'static str,
    children: Vec<Child>,
    lines: Receiver<(usize, Option<String>)>,
    deadline: Instant,
}

impl Fleet {
    /// Starts this program again, once with each of these arguments.
    pub(super) fn start(
        kind: &'static str,
        arguments: impl Iterator<Item = Vec<String>>,
        deadline: Instant,
    ) -> Result<Self, String> {
        let (sender, lines) = channel();
        let mut fleet = Self {
            kind,
            children: Vec::new(),
            lines,
            deadline,
        };
        for (number, arguments) in arguments.enumerate() {
            let child = spawn(&arguments, number, &sender);
            let child = child.map_err(|error| format!("a {kind} does not start: {error}"))?;
            fleet.children.push(child);
        }
        Ok(fleet)
    }

    /// Sends a line to all.
    pub(super) fn tell(&mut self, line: &str) -> Result<(), String> {
        (0..self.children.len()).try_for_each(|number| self.tell_one(number, line))
    }

    /// Sends a line to the process of this number.
    pub(super) fn tell_one(&mut self, number: usize, line: &str) -> Result<(), String> {
        let input = self.children[number].stdin.as_mut();
        writeln!(input.expect("it was asked for"), "{line}")
            .map_err(|error| format!("{} {number} does not listen: {error}", self.kind))
    }

    /// Waits until each has printed a line that begins with `word`. Returns the rests of these
    /// lines, in the order of the processes.
    pub(super) fn hear(&self, word: &str) -> Result<Vec<String>, String> {
        self.hear_each(word, || Ok(()))
    }

    /// The same. Calls `call` after each of them.
    pub(super) fn hear_each(
        &self,
        word: &str,
        mut call: impl FnMut() -> Result<(), String>,
    ) -> Result<Vec<String>, String> {
        let mut heard = vec![None; self.children.len()];
        while heard.contains(&None) {
            let (number, line) = self.next(word)?;
            let line = line.ok_or_else(|| format!("{} {number} has ended early", self.kind))?;
            match line.strip_prefix(word) {
                Some(rest) => {
                    heard[number] = Some(rest.trim().to_owned());
                    call()?;
                }
                None => return Err(format!("{} {number} says {line:?}", self.kind)),
            }
        }
        Ok(heard.into_iter().flatten().collect())
    }

    fn next(&self, word: &str) -> Result<(usize, Option<String>), String> {
        loop {
            let rest = self.deadline.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(rest.min(PROGRESS)) {
                Ok(line) => return Ok(line),
                Err(RecvTimeoutError::Timeout) if rest > PROGRESS => {
                    let sockets = measure::sockets();
                    eprintln!("waiting for {word:?} of all; {sockets} sockets are in use");
                }
                Err(_) => return Err(format!("no {word:?} of every {} in time", self.kind)),
            }
        }
    }

    /// Waits for `time`.
    pub(super) fn idle(&self, time: Duration) -> Result<(), String> {
        match self.lines.recv_timeout(time) {
            Err(RecvTimeoutError::Timeout) => Ok(()),
            Ok((number, Some(line))) => Err(format!("{} {number} says {line:?}", self.kind)),
            _ => Err(format!("a {} has ended early", self.kind)),
        }
    }

    /// Ends all, without waiting for them.
    pub(super) fn end(&mut self) {
        for child in &mut self.children {
            child.kill().ok();
        }
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = u32> {
        self.children.iter().map(Child::id)
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        self.end();
        for child in &mut self.children {
            child.wait().ok();
        }
    }
}

fn spawn(
    arguments: &[String],
    number: usize,
    sender: &Sender<(usize, Option<String>)>,
) -> io::Result<Child> {
    let mut child = Command::new(std::env::current_exe()?)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let output = child.stdout.take().expect("it was asked for");
    let sender = sender.clone();
    std::thread::spawn(move || forward(output, number, &sender));
    Ok(child)
}

fn forward(output: ChildStdout, number: usize, sender: &Sender<(usize, Option<String>)>) {
    for line in BufReader::new(output).lines().map_while(Result::ok) {
        sender.send((number, Some(line))).ok();
    }
    sender.send((number, None)).ok();
}

/// Time between two lines about the current wait.
const PROGRESS: Duration = Duration::from_secs(10);
