//! Sends bytes back as they come: the cost of the kernel and the event loop without WebSocket.

use std::io;

use super::Shape;
use super::event_loop::{self, Channel, Clients};

struct Bare(Channel);

/// Serves. In a fan-out, sends to all clients.
pub(super) fn serve(listener: std::net::TcpListener, shape: Shape) -> io::Result<()> {
    let mut buf = vec![0; BUF_LEN];
    event_loop::serve(listener, Bare, |id, clients| match shape {
        Shape::Echo => echo(id, clients, &mut buf),
        Shape::FanOut => fan_out(id, clients, &mut buf),
    })
}

fn echo(id: usize, clients: &mut Clients<Bare>, buf: &mut [u8]) -> io::Result<()> {
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

impl AsMut<Channel> for Bare {
    fn as_mut(&mut self) -> &mut Channel {
        &mut self.0
    }
}

/// Most bytes of one read.
const BUF_LEN: usize = 256 << 10;
