//! The unchanged example servers, with clients of all kinds.

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
mod http;
mod program;
mod programs;
#[path = "../../smol_echo.rs"]
#[expect(dead_code, reason = "its `main`")]
mod smol_echo;
#[path = "../../tokio_echo.rs"]
#[expect(dead_code, reason = "its `main`")]
mod tokio_echo;

use std::net::{SocketAddr, TcpListener};
use std::{io, thread};

use support::Timeouts;

fn blocking() -> io::Result<SocketAddr> {
    start(|listener| blocking_server::serve(&listener, Timeouts::default()))
}

fn tokio() -> io::Result<SocketAddr> {
    start(|listener| {
        on_tokio(listener, async |listener| {
            tokio_echo::serve(listener, Timeouts::default()).await
        })
    })
}

fn smol() -> io::Result<SocketAddr> {
    start(|listener| {
        ::smol::block_on(async {
            smol_echo::serve(::smol::Async::new(listener)?.into(), Timeouts::default()).await
        })
    })
}

fn axum() -> io::Result<SocketAddr> {
    start(|listener| {
        on_tokio(listener, async |listener| {
            axum_echo::serve(listener, Timeouts::default()).await
        })
    })
}

fn h2() -> io::Result<SocketAddr> {
    h2_with(Timeouts::default())
}

fn h2_with(timeouts: Timeouts) -> io::Result<SocketAddr> {
    start(move |listener| {
        on_tokio(listener, async |listener| {
            h2_echo::serve(listener, timeouts).await
        })
    })
}

/// Runs a server for as long as this process runs.
fn start(
    serve: impl FnOnce(TcpListener) -> io::Result<()> + Send + 'static,
) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let server = listener.local_addr()?;
    thread::spawn(move || serve(listener));
    Ok(server)
}

fn on_tokio(
    listener: TcpListener,
    serve: impl AsyncFnOnce(::tokio::net::TcpListener) -> io::Result<()>,
) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let runtime = ::tokio::runtime::Runtime::new()?;
    runtime.block_on(async { serve(::tokio::net::TcpListener::from_std(listener)?).await })
}
