//! Example programs as processes.

use std::error::Error;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::{env, thread};

pub(crate) type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// The servers that implement their timeouts themselves, over HTTP/1.1.
pub(crate) const OWN_TIMEOUTS: [&str; 4] =
    ["blocking_server", "tokio_echo", "smol_echo", "axum_echo"];

pub(crate) const SERVERS: [&str; 9] = [
    "echo",
    "chat",
    "metrics",
    "blocking_server",
    "tokio_echo",
    "smol_echo",
    "axum_echo",
    "h2_echo",
    "room",
];

/// An example, with these arguments.
pub(crate) fn program(name: &str, arguments: &[&str]) -> Command {
    static EXAMPLES: OnceLock<PathBuf> = OnceLock::new();
    let folder = EXAMPLES.get_or_init(|| build().expect("the examples can be built"));
    let mut command = Command::new(folder.join(name));
    command.args(arguments).stdin(Stdio::null());
    command
}

/// Builds the examples with the profile of this test, because `cargo test` with a filter leaves
/// them out. Returns their folder.
fn build() -> Result<PathBuf> {
    let status = Command::new(env!("CARGO"))
        .args([
            "build",
            "--quiet",
            "--profile",
            "test",
            "--examples",
            "-p",
            "examples",
            "-p",
            "runtimes",
        ])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .status()?;
    if !status.success() {
        return Err("cargo cannot build the examples".into());
    }
    let this = env::current_exe()?;
    let profile = this.parent().and_then(|deps| deps.parent());
    Ok(profile.ok_or("the test is in no folder")?.join("examples"))
}

pub(crate) fn run(name: &str, arguments: &[&str]) -> Result<Output> {
    Ok(program(name, arguments).output()?)
}

/// A server process that ends when this is dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Server {
    /// Starts a server that listens on a free port of the host.
    pub(crate) fn start_on(host: &str, name: &str, arguments: &[&str]) -> Result<Self> {
        let address = format!("{host}:0");
        let mut words = vec![address.as_str()];
        words.extend(arguments);
        Self::spawn(program(name, &words))
    }

    /// Starts a server with a command of its own.
    pub(crate) fn spawn(mut command: Command) -> Result<Self> {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        let output = child.stdout.take().ok_or("no standard output")?;
        BufReader::new(output).read_line(&mut line)?; // and closes it: a server goes on
        let word = line
            .split_whitespace()
            .find_map(|word| word.split_once("://"));
        let address = word.ok_or_else(|| format!("it says {line:?}"))?.1.parse()?;
        Ok(Self { child, address })
    }

    /// Starts a server that may have this many descriptors.
    #[cfg(unix)]
    pub(crate) fn start_with_descriptors(count: u32, name: &str) -> Result<Self> {
        let mut command = Command::new("sh");
        command
            .args(["-c", &format!("ulimit -n {count}; exec \"$0\" \"$@\"")])
            .arg(program(name, &[]).get_program())
            .arg("127.0.0.1:0");
        Self::spawn(command)
    }

    pub(crate) fn start(name: &str, arguments: &[&str]) -> Result<Self> {
        Self::start_on("127.0.0.1", name, arguments)
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends the server. Returns its standard error.
    pub(crate) fn end(mut self) -> Result<String> {
        self.child.kill()?;
        let mut log = String::new();
        if let Some(mut errors) = self.child.stderr.take() {
            errors.read_to_string(&mut log)?;
        }
        Ok(log)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Runs a check for each of these programs, all at the same time.
pub(crate) fn each(names: &[&str], check: impl Fn(&str) -> Result<()> + Sync) -> Result<()> {
    thread::scope(|scope| {
        let threads: Vec<_> = names
            .iter()
            .map(|name| (name, scope.spawn(|| check(name))))
            .collect();
        for (name, thread) in threads {
            let result = thread
                .join()
                .map_err(|_| format!("{name}: the check panicked"))?;
            result.map_err(|error| format!("{name}: {error}"))?;
        }
        Ok(())
    })
}
