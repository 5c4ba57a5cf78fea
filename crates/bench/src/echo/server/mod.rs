//! The servers. Each binds to a free port of the loopback address, prints it, with its certificate
//! if it speaks TLS, and serves for ever.

mod bare;
mod event_loop;
mod nexus;
mod on_axum;
mod on_tokio;
mod ours;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use rustls::ServerConfig;

use super::scenario::Shape;
use super::tls::server_config;

/// A server's main function.
type Serve = fn(std::net::TcpListener, &Task) -> io::Result<()>;

/// Parameters of a server.
struct Task {
    shape: Shape,
    tls: Option<Arc<ServerConfig>>,
}

/// The servers of this program by name, and the shapes that they support.
const SERVERS: &[(&str, Serve, &[Shape])] = &[
    (BARE, bare::serve, &[Shape::Echo, Shape::FanOut]),
    (BARE_TLS, bare::serve, &[Shape::SecureEcho]),
    (OURS, ours::serve, EVERYTHING),
    (WS_STREAM, on_tokio::ws_stream, ECHOES),
    (WS_TOKIO, on_tokio::ws_tokio, PLAIN),
    ("tungstenite", on_tokio::tungstenite, ECHOES),
    ("tokio-websockets", on_tokio::tokio_websockets, ECHOES),
    ("fastwebsockets", on_tokio::fastwebsockets, ECHOES),
    ("sockudo-ws", on_tokio::sockudo_ws, ECHOES),
    ("yawc", on_tokio::yawc, PLAIN),
    ("wtx", on_tokio::wtx, PLAIN),
    ("nexus-web", nexus::serve, PLAIN),
    (AXUM_OURS, on_axum::ours, PLAIN),
    (AXUM, on_axum::its_own, PLAIN),
];

const EVERYTHING: &[Shape] = &[Shape::Echo, Shape::SecureEcho, Shape::FanOut];
const ECHOES: &[Shape] = &[Shape::Echo, Shape::SecureEcho];
const PLAIN: &[Shape] = &[Shape::Echo];

/// The names of all servers that support `shape`, the bare one first.
pub fn names(shape: Shape) -> impl Iterator<Item = &'static str> {
    SERVERS
        .iter()
        .filter(move |(_, _, shapes)| shapes.contains(&shape))
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
    let (address, mut tls) = (listener.local_addr()?, None);
    if shape == Shape::SecureEcho {
        let (config, said) = server_config();
        tls = Some(config);
        println!("{address} {said}");
    } else {
        println!("{address}");
    }
    serve(listener, &Task { shape, tls })
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

/// This project's on tokio.
pub const WS_STREAM: &str = "ws-stream";

/// The same with timeouts.
pub const WS_TOKIO: &str = "ws-tokio";

/// This project's in a route of axum.
pub const AXUM_OURS: &str = "axum, ws-tokio";

/// axum's own route.
pub const AXUM: &str = "axum, its own";

/// Servers that run on tokio and on no HTTP stack.
pub const ON_TOKIO: &[&str] = &[
    WS_STREAM,
    WS_TOKIO,
    "tungstenite",
    "tokio-websockets",
    "fastwebsockets",
    "sockudo-ws",
    "yawc",
    "wtx",
];

/// The limit: a server that sends every byte back unchanged.
pub const BARE: &str = "bare TCP";

/// The limit over TLS: the same with rustls between.
pub const BARE_TLS: &str = "bare TLS";

/// Whether the server of this name knows nothing of WebSocket.
#[must_use]
pub fn is_bare(name: &str) -> bool {
    name == BARE || name == BARE_TLS
}
