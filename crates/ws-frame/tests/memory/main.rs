//! Memory that a peer can make this side hold, counted. A binary of its own, because it counts
//! every allocation.

mod floods;
mod hot_path;
mod limits;
mod streamed;

use allocation_counter::{AllocationInfo, measure};
use ws_frame::{Config, Connection, Event, Phase, ReadBuffer};
use ws_testkit::event::Role;
use ws_testkit::wire;

const ROLES: [Role; 2] = [Role::Server, Role::Client];
const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];
const MIB: usize = 1 << 20;

/// Allowance beside the payload: the state of one unfinished message.
const STATE: u64 = 256;

fn connection(role: Role, config: Config) -> Connection {
    match role {
        Role::Server => Connection::server(config),
        Role::Client => Connection::client(config, || KEY),
    }
}

/// A frame, as `reader` receives it.
fn frame(reader: Role, first: u8, payload: &[u8]) -> Vec<u8> {
    wire::frame(first, (reader == Role::Server).then_some(KEY), payload)
}

/// The header of such a frame.
fn header(reader: Role, first: u8, len: u64) -> Vec<u8> {
    let mut header = wire::header(first, reader == Role::Server, len);
    if reader == Role::Server {
        header.extend(KEY);
    }
    header
}

/// Feeds the stream in pieces of one size, drains the output after each, and counts the events.
fn feed(connection: &mut Connection, stream: &mut [u8], piece: usize) -> usize {
    let mut output = Vec::with_capacity(256);
    let mut events = 0;
    for piece in stream.chunks_mut(piece) {
        let mut input = piece;
        while connection.receive(&mut input, &mut output).is_some() {
            events += 1;
        }
        output.clear();
    }
    events
}

/// Allocations of `feed`, less its own output buffer.
fn count(
    connection: &mut Connection,
    stream: &mut [u8],
    piece: usize,
    events: usize,
) -> AllocationInfo {
    let mut seen = 0;
    let mut info = measure(|| seen = feed(connection, stream, piece));
    assert_eq!(seen, events, "events");
    info.count_total -= 1;
    info.bytes_total -= 256;
    info.bytes_max -= 256;
    info
}
