//! In your own runtime: how to drive a [`Connection`](crate::Connection) from whatever moves your bytes. A page, with no code of its
//! own to call.
//!
//! The [law of the loop](crate#the-law-of-the-loop) holds everywhere. What follows is what differs.
//!
//! # Traps first
//!
//! - **Bytes come with the handshake.** What follows the head of the opening handshake in the same read is the first input.
//! - **`None` ends a round, not an empty input.** An event may be due after the last byte has been taken.
//! - **Write before you leave.** When the connection fails, its Close is in the output. Return after it has gone out.
//! - **A Close is not the end.** [`Phase`](crate::Phase) says what is: a server that cuts the stream with bytes unread makes its own
//!   Close vanish (a reset overtakes it), so it shuts its writing side, and reads until the client has gone (RFC 6455 §7.1.1).
//! - **Deadlines are yours.** Nothing here has a clock. Three are needed: the peer answers our Close (`Closing`), ends the stream
//!   (`ExpectEof`, and after `Closed`), and takes what we write. A fourth finds peers that are gone: [`send_ping`], and any byte that
//!   comes counts as life.
//! - **Stop reading when the output grows.** A peer that does not read fills whatever you append to. Past a mark, leave its bytes in
//!   the socket until yours have gone out; past a bound, let it go.
//!
//! [`send_ping`]: crate::Connection::send_ping
//!
//! # Blocking: a thread per connection
//!
//! Both ends over a socket, each one thread. The loop is the law's; the end is the phases'.
//!
//! ```
//! use std::io::{self, Read, Write};
//! use std::net::{Shutdown, TcpListener, TcpStream};
//! use std::time::Duration;
//! use ws_frame::{CloseCode, Config, Connection, Event, Phase};
//!
//! /// Runs until both ends have closed. `act` gets each event, and may send.
//! fn run<F>(mut stream: TcpStream, mut connection: Connection, mut output: Vec<u8>, mut act: F) -> io::Result<()>
//! where
//!     F: FnMut(&mut Connection, Event<'_>, &mut Vec<u8>),
//! {
//!     stream.set_read_timeout(Some(Duration::from_secs(30)))?;
//!     let mut buffer = vec![0; 64 * 1024];
//!     loop {
//!         while !output.is_empty() {
//!             stream.write_all(&output)?;
//!             output.clear();
//!             connection.flush_pong(&mut output);
//!         }
//!         if connection.phase() == Phase::Closed {
//!             break;
//!         }
//!         let len = stream.read(&mut buffer)?;
//!         if len == 0 {
//!             connection.receive_eof();
//!         }
//!         let mut input = &mut buffer[..len];
//!         while let Some(event) = connection.receive(&mut input, &mut output) {
//!             act(&mut connection, event, &mut output);
//!         }
//!     }
//!     stream.shutdown(Shutdown::Write)?;
//!     while stream.read(&mut buffer)? > 0 {} // up to the deadline
//!     Ok(())
//! }
//!
//! let listener = TcpListener::bind("127.0.0.1:0")?;
//! let mut client = TcpStream::connect(listener.local_addr()?)?;
//! let (server, _) = listener.accept()?;
//! // The opening handshake goes here; it is not this crate's.
//!
//! let serving = std::thread::spawn(move || {
//!     run(server, Connection::server(Config::new()), Vec::new(), |connection, event, output| {
//!         if let Event::Text(text) = event {
//!             connection.send_text(&text, output).ok();
//!         }
//!     })
//! });
//!
//! // A real client takes its keys from a strong source: see the feature `random-keys`.
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
//! # Readiness: one thread, many connections
//!
//! With `epoll`, `kqueue` or mio, one read buffer serves all connections, since none of them keeps it: lend it to whichever is ready.
//! Where messages are short, one of 16 KiB stays in the nearest cache: decoding takes a third less than with 64 KiB.
//! A write may take a part of the output: keep the rest and an offset, and ask for writability only while there is a rest. When the
//! output has drained, [`flush_pong`](crate::Connection::flush_pong). Bound how much one connection may read in a turn, or a fast peer
//! starves the others; with edge-triggered readiness, come back to it without waiting.
//!
//! # Completion: the system holds the buffers
//!
//! With `io_uring`, or a runtime over it, the buffer of a finished read is yours again until the next is submitted: lend it to
//! [`receive`](crate::Connection::receive) in between. What must outlive it: [`Event::into_owned`](crate::Event::into_owned). Output
//! that is on its way belongs to the system: append to a second `Vec`, and swap them when the write has finished.
//!
//! # Tasks: reading and writing apart
//!
//! [`into_halves`](crate::Connection::into_halves) gives a [`Receiver`](crate::Receiver) and a [`Sender`](crate::Sender), with no lock
//! between them. What the one owes the peer is a value, [`Reply`](crate::Reply), 127 bytes and `Copy`: send it through a channel to the
//! task that writes. The channel may hold a single one, since two [merge](crate::Reply::merge) into one. Dropping a task between two
//! calls loses nothing: there is no call that waits.
//!
//! ```
//! use ws_frame::{Config, Connection};
//!
//! let (mut receiver, mut sender) = Connection::server(Config::new()).into_halves();
//! let mut owed = None;
//!
//! // Where bytes come in:
//! let mut bytes = *b"\x89\x81\0\0\0\0?\x89\x81\0\0\0\0!"; // two pings
//! let mut input = &mut bytes[..];
//! while let Some(event) = receiver.receive(&mut input) {
//!     if let Some(reply) = event.reply() {
//!         owed = Some(owed.map_or(reply, |older: ws_frame::Reply| older.merge(reply)));
//!     }
//! }
//!
//! // Where bytes go out:
//! let mut output = Vec::new();
//! if let Some(reply) = owed.take() {
//!     sender.reply(reply, &mut output);
//! }
//! assert_eq!(output, b"\x8a\x01!"); // the newest is enough (RFC 6455 §5.5.3)
//! ```
//!
//! # Futures: what may be dropped
//!
//! Read and write at the same time, in one `select` or two tasks: whoever waits for its output to go out before it reads can meet a peer
//! who does the same. Of futures that race, the losers are dropped. A dropped `read` or `write` has done nothing; a dropped `write_all`
//! has written nobody knows how much. So write with an offset:
//!
//! ```text
//! loop {
//!     receive(&mut connection, &mut buffer[unread], &mut output);     // 2: until `None`
//!     unread = 0..0;
//!     select! {
//!         count = reader.read(buffer), if waiting < high      => unread = 0..count?,      // 1
//!         count = writer.write(&output[written..]), if waiting > 0 => written += count?,  // 3
//!         () = sleep(idle)                                    => connection.send_ping(b"", &mut output)?,
//!     }
//! }
//! ```
//!
//! # Large messages
//!
//! - **Larger than memory**: [`Config::streaming`](crate::Config::streaming) hands messages over in parts as they come. To send one,
//!   [`send_binary_fragment`](crate::Connection::send_binary_fragment) as its parts become known.
//! - **Without the copy in**: [`assembly`](crate::Connection::assembly) lends the message that is being put together, and the socket
//!   may be read straight into it.
//! - **Without the copy out**: [`header`](crate::Connection::header) gives the bytes that go before a payload, for a vectored write.
//!   A client masks the payload with it, in place or piece by piece on the way to a small buffer
//!   ([`EncodedHeader::mask_copy`](crate::EncodedHeader::mask_copy)), and writes each piece: 16 KiB stay in the nearest cache.
//! - **To many**: [`Prepared`](crate::Prepared) is encoded once.
//!
//! # Little memory
//!
//! Without an allocator there are [`Decoder`](crate::Decoder) and [`Encoder`](crate::Encoder), over buffers of any size, on the stack or
//! in statics. Three duties are then yours: that text is UTF-8 ([`Utf8`](crate::Utf8)), the answers to Ping and Close, and a Close with
//! the error's [`close_code`](crate::ProtocolError::close_code) when the decoder gives one.
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
//! # Programs to copy from
//!
//! Each is one file with its deadlines, and passes the Autobahn test suite.
//!
//! | in `examples/` | shows |
//! |---|---|
//! | `blocking_client.rs`, `blocking_server.rs` | sockets of `std`, halves in two threads |
//! | `runtimes/tokio_echo.rs` | one task, one buffer, the `select` of above |
//! | `runtimes/tokio_client.rs`, `runtimes/smol_echo.rs` | a `Stream` and `Sink` of events: the crate `ws-stream`, which does the above for any runtime |
//! | `runtimes/axum_echo.rs` | beside an HTTP stack, over the connection that it hands over |
//! | `runtimes/h2_echo.rs` | each connection a stream of HTTP/2, whose flow control holds back those who do not read |
//! | `no_std/` | neither `std` nor an allocator |
