//! This project's server, as its README shows it.

use std::io;

use ws_server::ws_frame::{Message, Prepared};
use ws_server::{Config, Event, Server, TcpListener, TlsAcceptor, Transport};

use super::{Shape, Task};

/// Serves. In a fan-out, sends to all clients.
pub(super) fn serve(listener: std::net::TcpListener, task: &Task) -> io::Result<()> {
    let config = Config::default();
    let Some(tls) = &task.tls else {
        return run(Server::from_std(listener, config)?, task.shape);
    };
    let listener = TcpListener::from_std(listener, &config)?;
    let acceptor = TlsAcceptor::new(tls)?;
    let server = Server::with_tls_listener(listener, &acceptor, config)?;
    run(server, task.shape)
}

fn run<T: Transport>(mut server: Server<T>, shape: Shape) -> io::Result<()> {
    let mut buf = vec![0; BUF_LEN];
    loop {
        let mut turn = server.poll(&mut buf, None)?;
        while let Some((id, event)) = server.next(&mut turn) {
            match event {
                Event::Request(upgrade) => server.accept(id, upgrade.accept()).unwrap_or_default(),
                Event::Text(text) => _ = server.send_text(id, &text),
                Event::Binary(bytes) if shape == Shape::FanOut => {
                    server.broadcast(&Prepared::new(Message::Binary(&bytes)));
                }
                Event::Binary(bytes) => {
                    server.send_binary(id, &bytes).ok();
                    server.recycle(bytes);
                }
                _ => {}
            }
        }
    }
}

/// The size that the documentation recommends.
const BUF_LEN: usize = 256 << 10;
