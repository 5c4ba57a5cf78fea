//! Limits of the system that prevent a measurement, in words.

use std::fs;
use std::net::{TcpListener, TcpStream};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::measure::{PAGE, system_memory};
use super::plan::Plan;

/// Raises the limit of descriptors as far as possible, and checks every other limit first: a
/// measurement that stops in the middle shows less.
pub(super) fn check(plan: &Plan) -> Result<(), String> {
    let most = most_connections_of_a_process();
    let sockets = 2 * plan.connections as u64;
    let problems = [
        descriptors(plan, most),
        files(sockets),
        watches(sockets),
        memory(plan),
        buffers(plan),
        addresses(plan),
        tracking(plan.connections as u64),
    ];
    let problems: Vec<_> = problems.into_iter().flatten().collect();
    if problems.is_empty() {
        return Ok(());
    }
    Err(format!(
        "{} connections do not fit here:\n- {}",
        plan.connections,
        problems.join("\n- ")
    ))
}

/// Connections that one process may have, by its limit of descriptors, which is raised to its
/// maximum here.
pub(super) fn most_connections_of_a_process() -> usize {
    let maximum = getrlimit(Resource::Nofile).maximum;
    let raised = Rlimit {
        current: maximum,
        maximum,
    };
    setrlimit(Resource::Nofile, raised).ok();
    let descriptors = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    usize::try_from(descriptors)
        .unwrap_or(usize::MAX)
        .saturating_sub(OTHER_DESCRIPTORS)
}

/// Servers that may send to all of their connections at the same time.
///
/// Until a message is read and acknowledged, it takes a page of TCP's memory at either end. Above
/// a mark of the system TCP is slow, and at the limit it drops what comes.
pub(super) fn servers_at_once(plan: &Plan) -> usize {
    let low = number("/proc/sys/net/ipv4/tcp_mem");
    let low = low
        .or_else(usual_low)
        .and_then(|pages| usize::try_from(pages).ok());
    let each = 2 * plan.connections_of(0);
    low.map_or(1, |low| low / each).clamp(1, plan.processes)
}

/// The mark in pages as the kernel sets it, three quarters of a sixteenth of the memory: a network
/// namespace does not show it.
fn usual_low() -> Option<u64> {
    Some(system_memory("MemTotal:")? / PAGE / 16 * 3 / 4)
}

fn buffers(plan: &Plan) -> Option<String> {
    let most = numbers("/proc/sys/net/ipv4/tcp_mem").last().copied()?;
    let wanted = 2 * plan.connections_of(0) as u64;
    (most < wanted).then(|| {
        format!(
            "a message to all connections of a process takes up to {wanted} pages of TCP's memory, \
             {most} at most: take more processes, or \
             sysctl -w net.ipv4.tcp_mem=\"{wanted} {} {}\"",
            2 * wanted,
            3 * wanted
        )
    })
}

fn descriptors(plan: &Plan, most: usize) -> Option<String> {
    let each = plan.connections_of(0);
    (each > most).then(|| {
        format!(
            "{} processes have {each} connections each, and a process may have {} descriptors: \
             take --processes {}, or raise it with `ulimit -Hn`",
            plan.processes,
            most + OTHER_DESCRIPTORS,
            plan.connections.div_ceil(most.max(1))
        )
    })
}

fn files(sockets: u64) -> Option<String> {
    let most = number("/proc/sys/fs/file-max")?;
    let used = number("/proc/sys/fs/file-nr").unwrap_or(0);
    too_few("open files", most, used, sockets, "fs.file-max")
}

fn watches(sockets: u64) -> Option<String> {
    let most = number("/proc/sys/fs/epoll/max_user_watches")?;
    too_few(
        "watches of epoll",
        most,
        0,
        sockets,
        "fs.epoll.max_user_watches",
    )
}

fn too_few(what: &str, most: u64, used: u64, wanted: u64, setting: &str) -> Option<String> {
    (most < used.saturating_add(wanted)).then(|| {
        format!(
            "{wanted} sockets need as many {what}, and of {most} {used} are in use: \
             sysctl -w {setting}={}",
            2 * (used + wanted)
        )
    })
}

fn memory(plan: &Plan) -> Option<String> {
    let available = system_memory("MemAvailable:")?;
    let wanted = plan.connections as u64 * MEMORY_EACH + MEMORY_FREE;
    (available < wanted).then(|| {
        format!(
            "the kernel takes about {MEMORY_EACH} bytes for the two ends of a connection: {} MiB \
             of memory are needed, and {} MiB are available",
            wanted >> 20,
            available >> 20
        )
    })
}

/// Each pair of processes has addresses of its own below 127.0.0.0/8.
fn addresses(plan: &Plan) -> Option<String> {
    let wanted = plan.processes * (plan.addresses_each() + 1);
    (wanted > MOST_ADDRESSES).then(|| {
        format!("{wanted} loopback addresses are needed, of {MOST_ADDRESSES}: take fewer processes")
    })
}

/// A firewall that tracks connections has a table of its own. It does not track those of the
/// loopback device unless a rule asks for it, so this opens a few connections to find out.
fn tracking(wanted: u64) -> Option<String> {
    let most = number("/proc/sys/net/netfilter/nf_conntrack_max")?;
    let count = || number("/proc/sys/net/netfilter/nf_conntrack_count").unwrap_or(0);
    let before = count();
    let listener = TcpListener::bind("127.0.0.1:0").ok()?;
    let address = listener.local_addr().ok()?;
    let _probes: Vec<_> = (0..PROBES)
        .map_while(|_| TcpStream::connect(address).ok())
        .collect();
    let is_followed = count() >= before + PROBES;
    (is_followed && most < before.saturating_add(wanted)).then(|| {
        format!(
            "the firewall follows connections on the loopback device, {most} at most: \
             sysctl -w net.netfilter.nf_conntrack_max={}, or a rule that leaves them out \
             (iptables -t raw -A PREROUTING -i lo -j NOTRACK)",
            2 * wanted
        )
    })
}

/// The first number in a file.
fn number(path: &str) -> Option<u64> {
    numbers(path).first().copied()
}

fn numbers(path: &str) -> Vec<u64> {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.split_whitespace()
        .map_while(|word| word.parse().ok())
        .collect()
}

/// Descriptors of a process that are not connections: its standard streams, the listener, epoll,
/// and some to spare.
const OTHER_DESCRIPTORS: usize = 40;

/// Memory that the kernel takes for both ends of a connection, and for a message on its way.
const MEMORY_EACH: u64 = 12 << 10;

/// Memory that stays free.
const MEMORY_FREE: u64 = 256 << 20;

/// Addresses from 127.77.0.1 on.
const MOST_ADDRESSES: usize = 1 << 20;

/// Connections that show whether a firewall tracks them.
const PROBES: u64 = 16;
