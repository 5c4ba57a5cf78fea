//! A server in a process of its own: started, watched through `/proc`, ended.

use std::io::{self, BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use std::{env, fs};

use rustls::ClientConfig;

use super::scenario::Shape;
use super::tls;

/// A running server. It ends when this value is dropped, and also when this process ends in any
/// other way.
#[derive(Debug)]
pub struct Process {
    child: Child,
    /// The address on which it listens.
    pub address: SocketAddr,
    /// TLS for its clients, if it speaks TLS.
    pub tls: Option<Arc<ClientConfig>>,
}

impl Process {
    /// Starts the server called `name` on processor `cpu`, and waits until it listens.
    ///
    /// # Errors
    ///
    /// If the server does not start, or does not print its address.
    pub fn start(name: &str, shape: Shape, cpu: usize) -> io::Result<Self> {
        let mut command = Command::new("taskset");
        command.args(["--cpu-list", &cpu.to_string()]);
        match name {
            NODE => command.arg("node").arg(node_folder().join("echo.mjs")),
            _ => command
                .arg(env::current_exe()?.with_file_name("echo-server"))
                .arg(name),
        };
        if shape != Shape::Echo {
            command.arg(shape.word());
        }
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line)?;
        let mut words = line.split_whitespace();
        let Some(address) = words.next().and_then(|word| word.parse().ok()) else {
            end(&mut child);
            return Err(io::Error::other(format!(
                "{name} says {line:?}, not where it listens"
            )));
        };
        let tls = words.next().map(tls::client_config);
        Ok(Self {
            child,
            address,
            tls,
        })
    }

    /// CPU time of its threads.
    ///
    /// # Errors
    ///
    /// If the process has ended.
    pub fn cpu_time(&self) -> io::Result<Duration> {
        let mut total = 0;
        for task in fs::read_dir(format!("/proc/{}/task", self.child.id()))? {
            let schedstat = fs::read_to_string(task?.path().join("schedstat"))?;
            total += schedstat
                .split(' ')
                .next()
                .and_then(|time| time.parse().ok())
                .unwrap_or(0);
        }
        Ok(Duration::from_nanos(total))
    }

    /// Resident memory in bytes.
    ///
    /// # Errors
    ///
    /// If the process has ended.
    pub fn resident(&self) -> io::Result<usize> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .unwrap_or_default();
        let kibibytes: usize = line.trim().trim_end_matches(" kB").parse().unwrap_or(0);
        Ok(kibibytes * 1024)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

/// Returns whether a server of this name can be started here. The first call for `ws` fetches it
/// from npm.
#[must_use]
pub fn is_here(name: &str) -> bool {
    if name != NODE {
        return true;
    }
    let folder = node_folder();
    folder.join("node_modules/ws").exists()
        || Command::new("npm")
            .args(["ci", "--no-audit", "--no-fund"])
            .current_dir(folder)
            .stdout(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
}

fn end(child: &mut Child) {
    child.kill().ok();
    child.wait().ok();
}

fn node_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("node")
}

/// The one server that is not Rust.
pub const NODE: &str = "npm ws";
