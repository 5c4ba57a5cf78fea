//! Memory and CPU of processes, and of the system.

use std::fs;
use std::io;
use std::time::{Duration, Instant};

use super::fleet::Fleet;

/// Memory of the system in bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct System {
    /// Memory that is neither free nor reclaimable.
    used: u64,
    /// Objects of the kernel, sockets among them.
    slab: u64,
    /// Bytes in the buffers of TCP sockets.
    tcp: u64,
}

/// CPU times at a moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cpu {
    at: Instant,
    servers: Duration,
    clients: Duration,
    system: Duration,
}

/// CPU over a time, in processors.
#[derive(Debug)]
pub(super) struct Load {
    pub(super) servers: f64,
    pub(super) clients: f64,
    /// All processors, whoever used them.
    pub(super) system: f64,
}

impl System {
    pub(super) fn now() -> io::Result<Self> {
        let meminfo = fs::read_to_string("/proc/meminfo")?;
        let field = |name| kibibytes(&meminfo, name).unwrap_or(0);
        Ok(Self {
            used: field("MemTotal:").saturating_sub(field("MemAvailable:")),
            slab: field("Slab:"),
            tcp: tcp_field("mem").unwrap_or(0) * PAGE,
        })
    }

    /// The growth since `before`.
    pub(super) fn since(self, before: Self) -> Self {
        Self {
            used: self.used.saturating_sub(before.used),
            slab: self.slab.saturating_sub(before.slab),
            tcp: self.tcp.saturating_sub(before.tcp),
        }
    }

    /// The parts with their names.
    pub(super) const fn parts(self) -> [(&'static str, u64); 3] {
        [
            ("the kernel's objects (slab)", self.slab),
            ("bytes in socket buffers", self.tcp),
            ("all memory in use, the processes' included", self.used),
        ]
    }
}

impl Cpu {
    pub(super) fn now(servers: &Fleet, clients: &Fleet) -> io::Result<Self> {
        Ok(Self {
            at: Instant::now(),
            servers: cpu_time(servers)?,
            clients: cpu_time(clients)?,
            system: system_time()?,
        })
    }

    /// The load since `before`.
    pub(super) fn since(self, before: Self) -> Load {
        let time = self.at - before.at;
        let over = |now: Duration, then: Duration| {
            now.saturating_sub(then).as_secs_f64() / time.as_secs_f64()
        };
        Load {
            servers: over(self.servers, before.servers),
            clients: over(self.clients, before.clients),
            system: over(self.system, before.system),
        }
    }
}

/// Memory of these processes in bytes. Shared pages count in parts.
pub(super) fn memory(fleet: &Fleet) -> io::Result<u64> {
    let mut total = 0;
    for id in fleet.ids() {
        let rollup = fs::read_to_string(format!("/proc/{id}/smaps_rollup"))?;
        total += kibibytes(&rollup, "Pss:").ok_or(io::ErrorKind::InvalidData)?;
    }
    Ok(total)
}

/// TCP sockets in use.
pub(super) fn sockets() -> u64 {
    tcp_field("inuse").unwrap_or(0)
}

/// CPU time of all threads of these processes.
fn cpu_time(fleet: &Fleet) -> io::Result<Duration> {
    let mut nanoseconds = 0;
    for id in fleet.ids() {
        for task in fs::read_dir(format!("/proc/{id}/task"))? {
            let schedstat = fs::read_to_string(task?.path().join("schedstat"))?;
            let time: Option<u64> = schedstat.split(' ').next().and_then(|one| one.parse().ok());
            nanoseconds += time.unwrap_or(0);
        }
    }
    Ok(Duration::from_nanos(nanoseconds))
}

/// Time in which the processors were not idle.
fn system_time() -> io::Result<Duration> {
    let stat = fs::read_to_string("/proc/stat")?;
    let line = stat.lines().next().unwrap_or_default();
    // user, nice, system, idle, iowait, irq, softirq, in hundredths of a second.
    let fields = line.split_whitespace().skip(1).take(7).enumerate();
    let busy = fields.filter(|(at, _)| !matches!(at, 3 | 4));
    let ticks: u64 = busy
        .filter_map(|(_, field)| field.parse::<u64>().ok())
        .sum();
    Ok(Duration::from_millis(10 * ticks))
}

/// Memory of the system in bytes, by its name in the kernel's list.
pub(super) fn system_memory(name: &str) -> Option<u64> {
    kibibytes(&fs::read_to_string("/proc/meminfo").ok()?, name)
}

/// The bytes of a line like `Slab:  1234 kB`.
fn kibibytes(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let number: u64 = line.trim().trim_end_matches(" kB").parse().ok()?;
    Some(number * 1024)
}

/// A number of the line of TCP in the statistics of sockets.
fn tcp_field(name: &str) -> Option<u64> {
    let stat = fs::read_to_string("/proc/net/sockstat").ok()?;
    let line = stat.lines().find_map(|line| line.strip_prefix("TCP:"))?;
    let mut words = line.split_whitespace();
    words.find(|word| *word == name)?;
    words.next()?.parse().ok()
}

/// Bytes of a page of memory on the systems that this runs on.
pub(super) const PAGE: u64 = 4096;
