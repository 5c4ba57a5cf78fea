//! A stream that keeps bytes inside, as one does that encrypts them.

use std::{
    io::{self, Read, Write},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use ws_server::{Config, Event, Response, Server, Transport};

use crate::{
    source::{later, registers},
    wire::{ALL, Far, Wire},
    world::request,
};

/// Takes up to `RECORD` bytes at a time, and says `END` when it ends.
struct Sealed {
    wire: Wire,
    inside: Vec<u8>,
    ends: bool,
}

const RECORD: usize = 500;
const END: &[u8] = b"[end]";

impl Read for Sealed {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.wire.read(into)
    }
}

impl Write for Sealed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.inside.is_empty() {
            self.flush()?;
        }
        let len = bytes.len().min(RECORD);
        self.inside.extend_from_slice(&bytes[..len]);
        // What does not go now goes later: the bytes are taken.
        self.flush().or_else(later)?;
        Ok(len)
    }

    fn flush(&mut self) -> io::Result<()> {
        while !self.inside.is_empty() {
            let len = self.wire.write(&self.inside)?;
            self.inside.drain(..len);
        }
        if std::mem::take(&mut self.ends) {
            self.wire.shutdown_write()?;
        }
        Ok(())
    }
}

impl Transport for Sealed {
    fn has_buffered(&self) -> bool {
        self.wire.has_buffered()
    }

    fn wants_write(&self) -> bool {
        !self.inside.is_empty() || self.ends
    }

    fn shutdown_write(&mut self) -> io::Result<()> {
        self.inside.extend_from_slice(END);
        self.ends = true;
        self.flush().or_else(later)
    }
}

registers!(Sealed, wire);

/// A server of pages, and a client of its that takes `room` bytes.
struct Sealing {
    server: Server<Sealed>,
    clock: Arc<AtomicU64>,
    far: Far,
}

impl Sealing {
    fn new(room: usize) -> Self {
        let (start, clock) = (Instant::now(), Arc::new(AtomicU64::new(0)));
        let seconds = Arc::clone(&clock);
        let config = Config::default()
            .http(true)
            .clock(move || start + Duration::from_secs(seconds.load(Ordering::Relaxed)));
        let (wire, far) = Wire::new(vec![ALL]);
        let mut server = Server::new(config).expect("the configuration can work");
        let sealed = Sealed {
            wire,
            inside: Vec::new(),
            ends: false,
        };
        server.adopt(sealed, None).expect("there is room");
        far.set_room(room);
        Self { server, clock, far }
    }

    /// Some turns, in which requests are answered with a page.
    fn serve(&mut self) {
        let mut buffer = vec![0; 64 * 1024];
        for _ in 0..5 {
            let mut turn = self
                .server
                .poll(&mut buffer, Some(Duration::ZERO))
                .expect("polling works");
            while let Some((id, event)) = self.server.next(&mut turn) {
                if let Event::Http(_) | Event::Request(_) = event {
                    let page = Response::new(200).body("text/plain", PAGE);
                    self.server.respond(id, &page).expect("it waits");
                }
            }
        }
    }
}

const PAGE: &[u8] = &[b'x'; 300];

/// The bytes are out of the queue, and still inside.
#[test]
fn c93_a_client_that_ends_its_side_gets_what_is_inside_as_well() {
    let mut sealing = Sealing::new(100);
    sealing
        .far
        .send(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    sealing.serve();
    assert_eq!(sealing.server.stats().queued_bytes, 0);
    sealing.far.end(crate::wire::End::Eof);
    sealing.serve();
    assert!(!sealing.far.is_gone());
    sealing.far.set_room(ALL);
    sealing.serve();
    let answer = sealing.far.take();
    assert!(
        answer.ends_with(&[PAGE, END].concat()),
        "{}",
        answer.escape_ascii()
    );
    assert!(sealing.far.is_gone());
}

/// The last bytes of a stream may have to wait as well.
#[test]
fn n7_the_end_of_our_stream_is_sent_when_there_is_room_for_it() {
    let mut sealing = Sealing::new(ALL);
    sealing.far.send(request("/").as_bytes());
    sealing.serve();
    let len = sealing.far.take().len() - END.len();
    for room in [len, len + 2] {
        let mut sealing = Sealing::new(room);
        sealing.far.send(request("/").as_bytes());
        sealing.serve();
        assert_eq!(
            (sealing.far.take().len(), sealing.far.is_shut()),
            (room, false)
        );
        sealing.far.set_room(ALL);
        sealing.serve();
        assert!(sealing.far.is_shut());
        assert!(END.ends_with(&sealing.far.take()));
        assert!(!sealing.far.is_gone());
        sealing.far.end(crate::wire::End::Eof);
        sealing.serve();
        assert!(sealing.far.is_gone());
    }
}

/// Bytes inside that nobody takes are no reason to stay.
#[test]
fn s10_a_client_that_takes_nothing_of_what_is_inside_is_cut() {
    let mut sealing = Sealing::new(100);
    sealing.far.send(request("/").as_bytes());
    sealing.serve();
    sealing.far.end(crate::wire::End::Eof);
    sealing.serve();
    assert!(!sealing.far.is_gone());
    sealing.clock.fetch_add(11, Ordering::Relaxed);
    sealing.serve();
    assert!(sealing.far.is_gone());
}
