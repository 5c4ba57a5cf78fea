//! Thousands of seeded programs (messages, fragments, pings, endings, cuts) through each server.
//! The echoes are compared.
//!
//! `PROGRAMS=100000 cargo test -p runtimes --test servers` sends more of them.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::{env, io, thread};

use crate::program::Program;
use crate::{client, h2_client};

#[test]
fn through_blocking_server() -> io::Result<()> {
    through(crate::blocking()?)
}

#[test]
fn through_tokio_echo() -> io::Result<()> {
    through(crate::tokio()?)
}

#[test]
fn through_smol_echo() -> io::Result<()> {
    through(crate::smol()?)
}

#[test]
fn through_axum_echo() -> io::Result<()> {
    through(crate::axum()?)
}

#[tokio::test]
async fn through_h2_echo() -> io::Result<()> {
    let programs = h2_client::run(crate::h2()?, 0..count()?);
    programs.await.map_err(io::Error::other)
}

/// Sends all programs to a server, two at a time.
fn through(server: SocketAddr) -> io::Result<()> {
    let next = AtomicU64::new(0);
    let count = count()?;
    thread::scope(|scope| {
        let workers = [(); 2].map(|()| scope.spawn(|| work(&next, count, server)));
        workers.into_iter().try_for_each(|worker| {
            worker
                .join()
                .map_err(|_| io::Error::other("a program failed"))?
        })
    })
}

fn work(next: &AtomicU64, count: u64, server: SocketAddr) -> io::Result<()> {
    loop {
        let seed = next.fetch_add(1, Ordering::Relaxed);
        if seed >= count {
            return Ok(());
        }
        let program = Program::new(seed);
        let received = client::run(&program, server, seed.is_multiple_of(3))
            .map_err(|error| io::Error::new(error.kind(), format!("program {seed}: {error}")))?;
        program.check(seed, received);
    }
}

fn count() -> io::Result<u64> {
    let count = env::var("PROGRAMS").map_or(Ok(10_000), |count| count.parse());
    count.map_err(io::Error::other)
}
