//! Sends bytes back as they come: the cost of the kernel and the event loop without WebSocket.

use std::io::{self, Read, Write};
use std::sync::Arc;

use mio::net::TcpStream;
use rustls::ServerConnection;

use super::event_loop::{self, Channel, Clients};
use super::{Shape, Task};
use crate::echo::tls::TlsStream;

struct Bare<S = TcpStream>(Channel<S>);

/// Serves. In a fan-out, sends to all clients.
pub(super) fn serve(listener: std::net::TcpListener, task: &Task) -> io::Result<()> {
    let mut buf = vec![0; BUF_LEN];
    let Some(tls) = &task.tls else {
        return event_loop::serve(listener, Bare, |id, clients| match task.shape {
            Shape::FanOut => fan_out(id, clients, &mut buf),
            _ => echo(id, clients, &mut buf),
        });
    };
    let open = |channel: Channel| {
        Bare(channel.over(|socket| {
            let session = ServerConnection::new(Arc::clone(tls)).expect("it is in order");
            TlsStream::new(session, socket)
        }))
    };
    event_loop::serve(listener, open, |id, clients| echo(id, clients, &mut buf))
}

fn echo<S: Read + Write>(
    id: usize,
    clients: &mut Clients<Bare<S>>,
    buf: &mut [u8],
) -> io::Result<()> {
    let Some(Bare(channel)) = &mut clients[id] else {
        return Ok(());
    };
    while channel.flush()?
        && let Some(len) = channel.read(buf)?
    {
        channel.send(&buf[..len])?;
    }
    Ok(())
}

fn fan_out(id: usize, clients: &mut Clients<Bare>, buf: &mut [u8]) -> io::Result<()> {
    loop {
        let Some(Bare(sender)) = &mut clients[id] else {
            return Ok(());
        };
        sender.flush()?;
        let Some(len) = sender.read(buf)? else {
            return Ok(());
        };
        for Bare(channel) in clients.iter_mut().flatten() {
            // A failed channel is found in its own turn.
            channel.send(&buf[..len]).ok();
        }
    }
}

impl<S> AsMut<Channel<S>> for Bare<S> {
    fn as_mut(&mut self) -> &mut Channel<S> {
        &mut self.0
    }
}

/// Most bytes of one read.
const BUF_LEN: usize = 256 << 10;
