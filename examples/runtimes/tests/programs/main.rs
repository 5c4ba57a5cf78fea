//! Thousands of seeded programs (messages, fragments, pings, endings, cuts) through each server, and the echoes compared.
//!
//! `PROGRAMS=100000 cargo test -p runtimes --test programs` sends more of them.

#[path = "../../axum_echo.rs"]
#[expect(dead_code, reason = "its `main`")]
mod axum_echo;
#[path = "../../../blocking_server.rs"]
#[expect(dead_code, reason = "its `main`")]
mod blocking_server;
mod client;
mod h2_client;
#[path = "../../h2_echo.rs"]
#[expect(dead_code, reason = "its `main`")]
mod h2_echo;
mod program;
#[path = "../../smol_echo.rs"]
#[expect(dead_code, reason = "its `main`")]
mod smol_echo;
#[path = "../../tokio_echo.rs"]
#[expect(dead_code, reason = "its `main`")]
mod tokio_echo;

use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicU64, Ordering};
use std::{env, io, thread};

use program::Program;

#[test]
fn through_blocking_server() -> io::Result<()> {
    through(|listener| blocking_server::serve(&listener))
}

#[test]
fn through_tokio_echo() -> io::Result<()> {
    through(|listener| on_tokio(listener, async |listener| tokio_echo::serve(listener).await))
}

#[test]
fn through_axum_echo() -> io::Result<()> {
    through(|listener| on_tokio(listener, axum_echo::serve))
}

#[test]
fn through_smol_echo() -> io::Result<()> {
    through(|listener| smol::block_on(async { smol_echo::serve(smol::Async::new(listener)?.into()).await }))
}

#[test]
fn through_h2_echo() -> io::Result<()> {
    let server = start(|listener| on_tokio(listener, async |listener| h2_echo::serve(listener).await))?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let programs = h2_client::run(server, 0..count()?);
    runtime.block_on(programs).map_err(io::Error::other)
}

/// All programs against a server, two at a time.
fn through(serve: impl FnOnce(TcpListener) -> io::Result<()> + Send + 'static) -> io::Result<()> {
    let server = start(serve)?;
    let next = AtomicU64::new(0);
    let count = count()?;
    thread::scope(|scope| {
        let workers = [(); 2].map(|()| scope.spawn(|| work(&next, count, server)));
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().map_err(|_| io::Error::other("a program failed"))?)
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

/// Runs a server for as long as this process lasts.
fn start(serve: impl FnOnce(TcpListener) -> io::Result<()> + Send + 'static) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let server = listener.local_addr()?;
    thread::spawn(move || serve(listener));
    Ok(server)
}

fn count() -> io::Result<u64> {
    let count = env::var("PROGRAMS").map_or(Ok(10_000), |count| count.parse());
    count.map_err(io::Error::other)
}

fn on_tokio(
    listener: TcpListener,
    serve: impl AsyncFnOnce(tokio::net::TcpListener) -> io::Result<()>,
) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async { serve(tokio::net::TcpListener::from_std(listener)?).await })
}
