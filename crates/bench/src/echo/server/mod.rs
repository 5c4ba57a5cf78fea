//! The servers. Each binds to a free port of the loopback address, prints it, and serves for ever.

mod bare;
mod event_loop;
mod nexus;
mod on_tokio;
mod ours;

use std::io;
use std::net::SocketAddr;

use super::scenario::Shape;

/// A server's main function.
type Serve = fn(std::net::TcpListener, Shape) -> io::Result<()>;

/// The servers of this program by name, and whether they can fan out.
const SERVERS: &[(&str, Serve, bool)] = &[
    (BARE, bare::serve, true),
    (OURS, ours::serve, true),
    ("ws-stream", on_tokio::ws_stream, false),
    ("tungstenite", on_tokio::tungstenite, false),
    ("tokio-websockets", on_tokio::tokio_websockets, false),
    ("fastwebsockets", on_tokio::fastwebsockets, false),
    ("sockudo-ws", on_tokio::sockudo_ws, false),
    ("nexus-web", nexus::serve, false),
];

/// The names of all servers that support `shape`, the bare one first.
pub fn names(shape: Shape) -> impl Iterator<Item = &'static str> {
    SERVERS
        .iter()
        .filter(move |(_, _, fans_out)| shape == Shape::Echo || *fans_out)
        .map(|(name, _, _)| *name)
}

/// Serves as the server called `name`. Returns only on an error.
///
/// # Errors
///
/// Errors of the listening socket, or an unknown name.
pub fn serve(name: &str, shape: Shape) -> io::Result<()> {
    let (_, serve, _) = SERVERS
        .iter()
        .find(|server| server.0 == name)
        .ok_or_else(|| io::Error::other("no such server"))?;
    let listener = listen()?;
    println!("{}", listener.local_addr()?);
    serve(listener, shape)
}

/// A listener whose backlog holds all clients of a scenario.
fn listen() -> io::Result<std::net::TcpListener> {
    use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, listen, socket_with};
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = socket_with(AddressFamily::INET, SocketType::STREAM, flags, None)?;
    bind(&socket, &SocketAddr::from(([127, 0, 0, 1], 0)))?;
    listen(&socket, 4096)?;
    Ok(socket.into())
}

/// The server of this project.
pub const OURS: &str = "ours";

/// The limit: a server that sends every byte back unchanged.
pub const BARE: &str = "bare TCP";
