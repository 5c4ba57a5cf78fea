//! The server of a test, in a process of its own.

use std::{
    cell::RefCell,
    io::{BufRead, BufReader, Write},
    net::SocketAddr,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use super::most_descriptors;

/// The server, in a process of its own.
pub(super) struct Process {
    child: Child,
    input: RefCell<ChildStdin>,
    output: RefCell<BufReader<ChildStdout>>,
    pub(super) address: SocketAddr,
}

impl Process {
    pub(super) fn start(what: &str) -> Self {
        most_descriptors();
        let mut child = Command::new(std::env::current_exe().expect("this program has a path"))
            .args(["--ignored", "--exact", "the_server", "--nocapture"])
            .env(ROLE, what)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this program starts");
        let input = child.stdin.take().expect("it was asked for");
        let mut output = BufReader::new(child.stdout.take().expect("it was asked for"));
        let address = line_with(&mut output, "listens on ");
        let address = address.parse().expect("an address");
        Self {
            child,
            input: input.into(),
            output: output.into(),
            address,
        }
    }

    pub(super) fn stats(&self) -> String {
        self.say("stats");
        line_with(&mut self.output.borrow_mut(), "stats ")
    }

    pub(super) fn say(&self, line: &str) {
        let said = writeln!(self.input.borrow_mut(), "{line}");
        said.expect("the server listens");
    }

    /// The first number of this name in the counters.
    #[cfg(feature = "rustls")]
    pub(super) fn count(&self, name: &str) -> usize {
        let stats = self.stats();
        let number = stats
            .split_once(&format!(" {name}: "))
            .expect("it is there")
            .1;
        let number = number.split([',', ' ']).next().unwrap_or_default();
        number.parse().expect("a number")
    }

    pub(super) fn wait_until(&self, wanted: &str, most: Duration) {
        let since = Instant::now();
        while !self.stats().contains(wanted) {
            assert!(since.elapsed() < most, "no {wanted}: {}", self.stats());
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Resident memory in KiB.
    pub(super) fn memory(&self) -> usize {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("Linux");
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .expect("Linux tells");
        line.trim()
            .trim_end_matches(" kB")
            .parse()
            .expect("a number")
    }

    pub(super) fn descriptors(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/fd", self.child.id()))
            .expect("Linux")
            .count()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn line_with(output: &mut BufReader<ChildStdout>, mark: &str) -> String {
    loop {
        let mut line = String::new();
        assert_ne!(
            output.read_line(&mut line).expect("the server writes"),
            0,
            "the server has ended"
        );
        if let Some((_, rest)) = line.split_once(mark) {
            return rest.trim().to_owned();
        }
    }
}

/// Set in that process, to the part that the server has in the test.
pub(super) const ROLE: &str = "WS_SERVER_HEAVY";
