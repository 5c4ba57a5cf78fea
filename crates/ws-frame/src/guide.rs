//! Guide to drivers of a [`Connection`](crate::Connection) on any runtime. This module contains
//! documentation only.
//!
//! [The drive loop](crate#the-drive-loop) applies everywhere. This page describes the differences.
//!
//! # Pitfalls
//!
//! - **Bytes may follow the handshake.** Give the bytes after its end, from the same read, to
//!   [`ReadBuffer::extend_from_slice`](crate::ReadBuffer::extend_from_slice), or lend them as the
//!   first input, and receive before the first read.
//! - **Receive until `None`, not until the input is empty.** An event may be due after the last
//!   byte.
//! - **Write before you return.** When the connection fails, its Close is in the output. Write it
//!   first.
//! - **A Close is not the end.** [`Phase`](crate::Phase) reports the end. A server that closes its
//!   socket with unread bytes sends a reset, which can overtake its Close. So it shuts its write
//!   side and reads until the client has gone (RFC 6455 §7.1.1).
//! - **The driver keeps the timeouts.** This crate has no clock. A driver needs three: for the
//!   peer's Close (`Closing`), for the end of its stream (`ExpectEof`, and after `Closed`), and for
//!   writing. A fourth detects peers that are gone: send a ping with [`send_ping`], and count any
//!   received byte as a sign of life.
//! - **Stop reading when the output grows.** A peer that does not read fills whatever the driver
//!   appends to. Above a watermark, leave its bytes in the socket until the output has been
//!   written. Above a limit, close.
//!
//! [`send_ping`]: crate::Connection::send_ping
//!
//! # Blocking sockets: a thread for each connection
//!
//! Both ends over a socket, each in one thread.
//!
//! ```
//! use std::io::{self, Read, Write};
//! use std::net::{Shutdown, TcpListener, TcpStream};
//! use std::time::Duration;
//! use ws_frame::{CloseCode, Config, Connection, Event, Phase, ReadBuffer};
//!
//! /// Runs until both ends have closed. `act` receives each event, and may send.
//! fn run<F>(
//!     mut stream: TcpStream,
//!     mut connection: Connection,
//!     mut output: Vec<u8>,
//!     mut act: F,
//! ) -> io::Result<()>
//! where
//!     F: FnMut(&mut Connection, Event<'_>, &mut Vec<u8>),
//! {
//!     stream.set_read_timeout(Some(Duration::from_secs(30)))?;
//!     let mut buffer = ReadBuffer::new();
//!     loop {
//!         while !output.is_empty() {
//!             stream.write_all(&output)?;
//!             output.clear();
//!             connection.flush_pong(&mut output);
//!         }
//!         if connection.phase() == Phase::Closed {
//!             break;
//!         }
//!         let len = stream.read(buffer.space())?;
//!         if len == 0 {
//!             connection.receive_eof();
//!         }
//!         let mut unread = buffer.filled(len);
//!         while let Some(event) = connection.receive_from(&mut unread, &mut output) {
//!             act(&mut connection, event, &mut output);
//!         }
//!     }
//!     stream.shutdown(Shutdown::Write)?;
//!     while stream.read(buffer.space())? > 0 {} // up to the timeout
//!     Ok(())
//! }
//!
//! let listener = TcpListener::bind("127.0.0.1:0")?;
//! let mut client = TcpStream::connect(listener.local_addr()?)?;
//! let (server, _) = listener.accept()?;
//! // The opening handshake goes here, from another crate.
//!
//! let serving = std::thread::spawn(move || {
//!     let connection = Connection::server(Config::new());
//!     run(server, connection, Vec::new(), |connection, event, output| {
//!         if let Event::Text(text) = event {
//!             connection.send_text(&text, output).ok();
//!         }
//!     })
//! });
//!
//! // A real client takes its keys from a strong source, such as the feature `random-keys`.
//! let mut connection = Connection::client(Config::new(), || [0x37, 0xfa, 0x21, 0x3d]);
//! let mut output = Vec::new();
//! connection.send_text("Hello", &mut output).expect("it is open");
//! let mut heard = Vec::new();
//! run(client, connection, output, |connection, event, output| {
//!     if let Event::Text(text) = event {
//!         heard.push(text.into_owned());
//!         connection.close(CloseCode::NORMAL, "", output).ok();
//!     }
//! })?;
//! serving.join().expect("the server does not panic")?;
//! assert_eq!(heard, ["Hello"]);
//! # Ok::<(), io::Error>(())
//! ```
//!
//! # Readiness: many connections in one thread
//!
//! With `epoll`, `kqueue` or mio, one [`ReadBuffer`](crate::ReadBuffer) serves all connections, as
//! long as it is empty when it is passed on. A connection whose message has been cut keeps it until
//! the message is whole, and the others get a new one. Count its
//! [`capacity`](crate::ReadBuffer::capacity) against a limit for all connections together. Or lend
//! one slice of 16 KiB to [`receive`](crate::Connection::receive): no connection keeps it, and a
//! message that it cuts is assembled inside the connection. A write may take
//! only a part of the output: keep an offset to the rest, and ask for writability only while there
//! is a rest. When the output has been written, call
//! [`flush_pong`](crate::Connection::flush_pong). Limit the bytes that one connection may read in a
//! turn, or a fast peer starves the others. With edge-triggered readiness, return to that
//! connection without waiting.
//!
//! # Completion: the system holds the buffers
//!
//! With `io_uring`, or a runtime over it, the buffer of a finished read belongs to the program
//! until the next read is submitted. Lend it to [`receive`](crate::Connection::receive) in between,
//! and convert events that must outlive it with [`Event::into_owned`](crate::Event::into_owned).
//! The system owns output that is being written: append to a second `Vec`, and swap the two when
//! the write has finished.
//!
//! # Tasks: separate reading and writing
//!
//! [`into_halves`](crate::Connection::into_halves) returns a [`Receiver`](crate::Receiver) and a
//! [`Sender`](crate::Sender), without a lock between them. A reply that the receiver owes the peer
//! is a value, [`Reply`](crate::Reply), 127 bytes and `Copy`. Send it through a channel to the task
//! that writes. A channel of one element is enough, since two replies [merge](crate::Reply::merge)
//! into one. No call waits, so a task that is dropped between two calls loses nothing.
//!
//! ```
//! use ws_frame::{Config, Connection};
//!
//! let (mut receiver, mut sender) = Connection::server(Config::new()).into_halves();
//! let mut owed: Option<ws_frame::Reply> = None;
//!
//! // In the task that reads:
//! let mut bytes = *b"\x89\x81\0\0\0\0?\x89\x81\0\0\0\0!"; // two pings
//! let mut input = &mut bytes[..];
//! while let Some(event) = receiver.receive(&mut input) {
//!     if let Some(reply) = event.reply() {
//!         owed = Some(owed.map_or(reply, |older| older.merge(reply)));
//!     }
//! }
//!
//! // In the task that writes:
//! let mut output = Vec::new();
//! if let Some(reply) = owed.take() {
//!     sender.reply(reply, &mut output);
//! }
//! assert_eq!(output, b"\x8a\x01!"); // the newest is enough (RFC 6455 §5.5.3)
//! ```
//!
//! # Futures: cancellation
//!
//! Read and write at the same time, in one `select` or in two tasks. Otherwise two programs that
//! each write before they read can wait for each other forever. `select` drops the futures that did
//! not finish first. A dropped `read` or `write` has done nothing; a dropped `write_all` may have
//! written any part. So write with an offset:
//!
//! ```text
//! loop {
//!     receive(&mut connection, &mut buffer[unread], &mut output);     // 2: until `None`
//!     unread = 0..0;
//!     select! {
//!         count = reader.read(buffer), if waiting < high => unread = 0..count?,      // 1
//!         count = writer.write(&output[written..]), if waiting > 0 => written += count?, // 3
//!         () = sleep(idle) => connection.send_ping(b"", &mut output)?,
//!     }
//! }
//! ```
//!
//! # Large messages
//!
//! - **Larger than memory**: [`Config::streaming`](crate::Config::streaming) returns messages in
//!   parts as they come. To send one, use
//!   [`send_binary_fragment`](crate::Connection::send_binary_fragment).
//! - **Receive without a copy**: a [`ReadBuffer`](crate::ReadBuffer) grows to the message, and
//!   events borrow it from there. A driver that lends slices and wants messages of its own can read
//!   the socket straight into the message that is being assembled:
//!   [`assembly`](crate::Connection::assembly) lends it.
//! - **Send without a copy**: [`header`](crate::Connection::header) returns the bytes before a
//!   payload, for a vectored write. A client masks the payload with it: in place, or in pieces of
//!   16 KiB, which stay in the first cache, on the way to a small buffer
//!   ([`EncodedHeader::mask_copy`](crate::EncodedHeader::mask_copy)).
//! - **To many connections**: [`Prepared`](crate::Prepared) is encoded once.
//!
//! # Little memory
//!
//! Without an allocator, use [`Decoder`](crate::Decoder) and [`Encoder`](crate::Encoder) over
//! buffers of any size, on the stack or in statics. The program then has three duties. It checks
//! that text is UTF-8 ([`Utf8`](crate::Utf8)). It answers Ping and Close. When the decoder returns
//! an error, it sends a Close with the error's [`close_code`](crate::ProtocolError::close_code).
//!
//! ```
//! use ws_frame::{Decoder, Encoder, Opcode, Role};
//!
//! let mut decoder = Decoder::new(Role::Server).max_frame_len(64);
//! let mut encoder = Encoder::server();
//! let mut sent = [0; 66];
//!
//! let mut bytes = *b"\x89\x82\x01\x02\x03\x04\x69\x6b"; // a ping
//! let mut input = &mut bytes[..];
//! while let Some(chunk) = decoder.decode(&mut input)? {
//!     if chunk.header.opcode == Opcode::Ping && chunk.is_first() && chunk.is_last() {
//!         let header = encoder.frame(Opcode::Pong, true, chunk.header.len)?;
//!         let (head, payload) = sent.split_at_mut(header.as_bytes().len());
//!         head.copy_from_slice(header.as_bytes());
//!         payload[..chunk.payload.len()].copy_from_slice(chunk.payload);
//!     }
//! }
//! assert_eq!(&sent[..4], b"\x8a\x02hi");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Complete programs
//!
//! Each is one file with its timeouts, and passes the Autobahn test suite.
//!
//! | in `examples/` | shows |
//! |---|---|
//! | `blocking_client.rs`, `blocking_server.rs` | sockets of `std`, halves in two threads |
//! | `runtimes/tokio_echo.rs` | one task, one buffer, the `select` above |
//! | `runtimes/tokio_client.rs`, `runtimes/smol_echo.rs` | a `Stream` and `Sink` of events: the crate `ws-stream`, for any runtime |
//! | `runtimes/axum_echo.rs` | beside an HTTP stack, over the connection that it upgrades |
//! | `runtimes/h2_echo.rs` | each connection a stream of HTTP/2, with its flow control as backpressure |
//! | `no_std/` | neither `std` nor an allocator |
