//! nexus-web's reader and writer on a plain event loop: one read per readiness, one write for all
//! its replies.

use std::io;

use nexus_web::http::{RequestReader, write_response};
use nexus_web::ws::handshake::compute_accept_key;
use nexus_web::ws::{FrameReader, FrameWriter, Message, Role};

use super::Task;
use super::event_loop::{self, Channel, Clients};

struct Client {
    channel: Channel,
    state: State,
}

enum State {
    Handshake(RequestReader),
    Open(Box<FrameReader>),
}

/// Serves.
pub(super) fn serve(listener: std::net::TcpListener, _: &Task) -> io::Result<()> {
    let open = |channel| Client {
        channel,
        state: State::Handshake(RequestReader::new(4096)),
    };
    let mut writer = FrameWriter::new(Role::Server);
    let mut replies = Vec::new();
    event_loop::serve(listener, open, |id, clients| {
        turn(id, clients, &mut writer, &mut replies)
    })
}

fn turn(
    id: usize,
    clients: &mut Clients<Client>,
    writer: &mut FrameWriter,
    replies: &mut Vec<u8>,
) -> io::Result<()> {
    let Some(client) = &mut clients[id] else {
        return Ok(());
    };
    if let State::Handshake(request) = &mut client.state {
        if !handshake(&mut client.channel, request)? {
            return Ok(());
        }
        let reader = FrameReader::builder().role(Role::Server).build();
        client.state = State::Open(Box::new(reader));
    }
    let State::Open(reader) = &mut client.state else {
        return Ok(());
    };
    while client.channel.flush()?
        && let Some(len) = read(&mut client.channel, reader)?
    {
        reader.filled(len);
        echo(reader, writer, replies)?;
        client.channel.send(replies)?;
        replies.clear();
    }
    Ok(())
}

fn read(channel: &mut Channel, reader: &mut FrameReader) -> io::Result<Option<usize>> {
    if reader.spare().is_empty() {
        reader.compact();
    }
    channel.read(reader.spare())
}

fn echo(
    reader: &mut FrameReader,
    writer: &mut FrameWriter,
    replies: &mut Vec<u8>,
) -> io::Result<()> {
    while let Some(message) = reader.next().map_err(io::Error::other)? {
        let start = replies.len();
        let mut room =
            |payload: &[u8]| replies.resize(start + writer.max_encoded_len(payload.len()), 0);
        let len = match message {
            Message::Text(text) => {
                room(text.as_bytes());
                writer.encode_text(text.as_bytes(), &mut replies[start..])
            }
            Message::Binary(bytes) => {
                room(bytes);
                writer.encode_binary(bytes, &mut replies[start..])
            }
            _ => continue,
        };
        replies.truncate(start + len);
    }
    Ok(())
}

/// Reads and answers the request. Returns true once that is done.
fn handshake(channel: &mut Channel, reader: &mut RequestReader) -> io::Result<bool> {
    let Some(len) = channel.read(reader.spare())? else {
        return Ok(false);
    };
    reader.filled(len);
    let Some(request) = reader.next().map_err(io::Error::other)? else {
        return Ok(false);
    };
    let key = request
        .header("Sec-WebSocket-Key")
        .ok_or(io::ErrorKind::InvalidData)?;
    let accept = compute_accept_key(key);
    let accept = str::from_utf8(&accept).map_err(io::Error::other)?;
    let fields = [
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Accept", accept),
    ];
    let mut response = [0; 256];
    let len = write_response(101, "Switching Protocols", &fields, &mut response)
        .map_err(io::Error::other)?;
    channel.send(&response[..len])?;
    Ok(true)
}

impl AsMut<Channel> for Client {
    fn as_mut(&mut self) -> &mut Channel {
        &mut self.channel
    }
}
