//! The opening handshake of WebSocket (RFC 6455 §4) as functions that do no I/O: both sides, over HTTP/1.1, over the types of an
//! HTTP stack that you have already, and over HTTP/2 and HTTP/3.
//!
//! Bytes that came from the peer go in as a slice that you lend, and what is found in them borrows from it; answers are appended
//! to a buffer of yours. Sockets, TLS, time and random numbers stay on your side. When the handshake is done the connection
//! belongs to frames, and this crate knows nothing of those.
//!
//! # A server
//!
//! ```
//! use std::io::{self, Read, Write};
//! use ws_handshake::{HandshakeError, HeadScanner, OriginPolicy, Request, Response};
//!
//! /// Opens a connection, and gives what the client sent behind its request; or refuses it, and gives `None`.
//! fn open(stream: &mut (impl Read + Write)) -> io::Result<Option<Vec<u8>>> {
//!     let (mut received, mut output) = (Vec::new(), Vec::new());
//!     let answered = match read_head(stream, &mut received)? {
//!         Ok(len) => answer(&received[..len], &mut output).map(|()| received.split_off(len)),
//!         Err(error) => Err(error),
//!     };
//!     if let Err(error) = &answered {
//!         Response::from(*error).encode(&mut output).map_err(io::Error::other)?;
//!     }
//!     stream.write_all(&output)?;
//!     Ok(answered.ok()) // after a refusal: shut the write side, read what still comes, close
//! }
//!
//! /// Reads until the head is whole, or shown to be none; gives its length. Here a real server has a deadline.
//! fn read_head(stream: &mut impl Read, received: &mut Vec<u8>) -> io::Result<Result<usize, HandshakeError>> {
//!     let mut scanner = HeadScanner::default();
//!     let mut buffer = [0; 4096];
//!     loop {
//!         let len = stream.read(&mut buffer)?;
//!         if len == 0 {
//!             return Err(io::ErrorKind::UnexpectedEof.into());
//!         }
//!         received.extend(&buffer[..len]);
//!         match scanner.scan(&buffer[..len]) {
//!             Ok(None) => {}
//!             Ok(Some(_)) => return Ok(Ok(scanner.examined())),
//!             Err(error) => return Ok(Err(error.into())),
//!         }
//!     }
//! }
//!
//! fn answer(head: &[u8], output: &mut Vec<u8>) -> Result<(), HandshakeError> {
//!     let upgrade = Request::parse(head)?.upgrade()?;
//!     upgrade.check_origin(&OriginPolicy::SameHost)?;
//!     let accept = upgrade.accept().protocol(upgrade.choose(&["chat"]));
//!     accept.encode(output).expect("no field was added");
//!     Ok(())
//! }
//! # struct Wire(io::Cursor<Vec<u8>>, Vec<u8>);
//! # impl Read for Wire { fn read(&mut self, to: &mut [u8]) -> io::Result<usize> { self.0.read(to) } }
//! # impl Write for Wire {
//! #     fn write(&mut self, from: &[u8]) -> io::Result<usize> { self.1.write(from) }
//! #     fn flush(&mut self) -> io::Result<()> { Ok(()) }
//! # }
//! # let request = b"GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
//! #     Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n\x81\x80\0\0\0\0";
//! # let mut wire = Wire(io::Cursor::new(request.to_vec()), Vec::new());
//! # assert_eq!(open(&mut wire)?.unwrap(), b"\x81\x80\0\0\0\0");
//! # assert!(wire.1.starts_with(b"HTTP/1.1 101 "));
//! # let mut wire = Wire(io::Cursor::new(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n".to_vec()), Vec::new());
//! # assert_eq!(open(&mut wire)?, None);
//! # assert!(wire.1.starts_with(b"HTTP/1.1 426 "));
//! # Ok::<(), io::Error>(())
//! ```
//!
//! A request is taken in three steps, each of which has a type: [`Request`] is well-formed, [`Upgrade`] broke no rule of the
//! handshake, [`Accept`] is the answer that opens the connection. Only an [`Upgrade`] has an [`Accept`], and the latter
//! borrows nothing, so that the decision can be made later. A server that also has a page asks [`Request::is_upgrade`] before
//! the second step, and takes [`Request::plain`] instead.
//!
//! # A client
//!
//! ```
//! use std::io::{self, Read, Write};
//! use ws_handshake::{ClientRequest, HeadScanner, ServerResponse, Url};
//!
//! /// Opens a connection, and gives what the server sent behind its answer.
//! fn open(stream: &mut (impl Read + Write), url: &Url<'_>, nonce: [u8; 16]) -> io::Result<Vec<u8>> {
//!     let request = ClientRequest::to(url, nonce).protocols(&["chat"]);
//!     let mut output = Vec::new();
//!     request.encode(&mut output).map_err(io::Error::other)?;
//!     stream.write_all(&output)?;
//!
//!     let mut scanner = HeadScanner::default();
//!     let (mut received, mut scanned) = (Vec::new(), 0);
//!     loop {
//!         let Some(end) = scanner.scan(&received[scanned..]).map_err(io::Error::other)? else {
//!             scanned = received.len();
//!             let mut buffer = [0; 4096];
//!             let len = stream.read(&mut buffer)?;
//!             if len == 0 {
//!                 return Err(io::ErrorKind::UnexpectedEof.into());
//!             }
//!             received.extend(&buffer[..len]);
//!             continue;
//!         };
//!         let rest = received.split_off(scanned + end);
//!         let response = ServerResponse::parse(&received).map_err(io::Error::other)?;
//!         if !response.is_interim() {
//!             let accepted = response.accepted(&request).map_err(io::Error::other)?;
//!             println!("the subprotocol is {:?}", accepted.protocol());
//!             return Ok(rest);
//!         }
//!         (received, scanned) = (rest, 0);
//!         scanner.next_head();
//!     }
//! }
//! # struct Wire(io::Cursor<Vec<u8>>, Vec<u8>);
//! # impl Read for Wire { fn read(&mut self, to: &mut [u8]) -> io::Result<usize> { let n = to.len().min(7); self.0.read(&mut to[..n]) } }
//! # impl Write for Wire {
//! #     fn write(&mut self, from: &[u8]) -> io::Result<usize> { self.1.write(from) }
//! #     fn flush(&mut self) -> io::Result<()> { Ok(()) }
//! # }
//! # let answer = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
//! #     Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: chat\r\n\r\n\x81\x02hi";
//! # let mut wire = Wire(io::Cursor::new(answer.to_vec()), Vec::new());
//! # let mut rest = open(&mut wire, &Url::parse("ws://h/").unwrap(), *b"the sample nonce")?;
//! # wire.read_to_end(&mut rest)?;
//! # assert_eq!(rest, b"\x81\x02hi");
//! # Ok::<(), io::Error>(())
//! ```
//!
//! The nonce is 16 random bytes, fresh for each request (RFC 6455 §4.1). A status other than 101 is an error that leaves you the
//! [`ServerResponse`]: whether to follow a redirect or to answer a 401 is yours. A client whose connection ended abnormally
//! waits before it tries again: [`Backoff`].
//!
//! # Faults and answers
//!
//! Faults are looked for in this order, so a request with several always gets the same answer, however its bytes were cut. Each is
//! a variant of [`HandshakeError`], or of [`HeadError`] in it, and `Response::from` makes the answer of it: with the fields that
//! it must have, `Connection: close`, a body of this crate's words, and none of the peer's.
//!
//! | what is wrong | status | and |
//! |---|--:|---|
//! | the first line is over its limit | 414 | |
//! | the head or the number of fields is over its limit | 431 | |
//! | CR and LF apart, empty lines in front, a broken first line | 400 | |
//! | HTTP/1.0; any version but 1.0 and 1.1 | 400; 505 | |
//! | a broken field: its name, its value, white space before the colon, a folded line | 400 | |
//! | another method than GET | 405 | `Allow` |
//! | target, `Host` missing, repeated or broken | 400 | |
//! | a body, or a field that speaks of one | 400 | |
//! | an `Expect` other than `100-continue` | 417 | |
//! | no `Upgrade: websocket` | 426 | `Upgrade`, `Sec-WebSocket-Version: 13` |
//! | no `Connection: Upgrade` | 400 | |
//! | another `Sec-WebSocket-Version`; none, several, no number | 426; 400 | `Sec-WebSocket-Version: 13` |
//! | `Sec-WebSocket-Key` missing, repeated, not 16 bytes | 400 | |
//! | `Sec-WebSocket-Extensions`, `Sec-WebSocket-Protocol` broken | 400 | |
//! | more than [`MAX_PROTOCOLS`] subprotocols | 431 | |
//! | `Origin` repeated; not allowed; a `Host` that is not known | 400; 403; 403 | |
//!
//! [`HandshakeError::Timeout`] (408) and [`HandshakeError::Unavailable`] (503) are for the server that gives up. What only the
//! application knows, it answers with [`Response::new`]: 404, 401 with `WWW-Authenticate`, a redirect.
//!
//! What the *caller* puts into a head is checked as well, and is another type of error: [`FieldError`]. Then nothing was written.
//!
//! # Beside an HTTP stack
//!
//! With the feature `http`, `Request::from_http` takes an [`http::Request`](https://docs.rs/http) of any body, and
//! `Accept::to_http` and `Response::to_http` make the answers, so that hyper, axum and their kin can do the reading and the
//! writing; `ClientRequest::to_http` and `ServerResponse::from_http` are for clients. The rules are the same, for they are the
//! same code. For a stack with types of its own, write its request as bytes, or give its fields as a header list.
//!
//! Over HTTP/2 and HTTP/3 there is no upgrade: see [`connect`].
//!
//! # Strict on purpose
//!
//! - **CR LF ends a line, and nothing else does.** The RFC lets a server take a lone LF; proxies that disagree about it are how
//!   requests are smuggled. The same for folded lines, white space before colons, and anything that speaks of a body.
//! - **A `Host` with nothing in it is refused**, though the RFC has a use for it in other protocols.
//! - **Every field is counted**, also when a name comes again.
//! - **The whole `Origin` is compared**, scheme, host and port, never a part of its text; and the default lets in pages of the same
//!   host only, since a browser sends its user's cookies whatever page asks.
//! - **A server chooses only what was offered**, and a client takes no more than it offered. Offers of permessage-deflate that the
//!   server cannot meet are declined and never an error ([`extension::deflate`]).
//!
//! And lenient on purpose: names and words ignore case, lists may span lines and have empty members, keys may have stray bits at
//! their end, values may have any bytes above 7F, unknown fields and unknown extensions are ignored.
//!
//! # Costs
//!
//! Each byte is looked at a bounded number of times, however it comes: the scanner takes only new bytes, and the head is parsed once.
//! Parsing and checking allocates nothing, and notes of the fields only those of the handshake. Lists are judged in time
//! that grows with their length alone. `Debug` shows neither values of fields nor the query, so no password lands in a log by it.
//!
//! # Limits
//!
//! [`Limits`], for [`HeadScanner::new`], [`Request::parse_within`] and [`ServerResponse::parse_within`]; all inclusive.
//!
//! | limit | unless set | status |
//! |---|--:|--:|
//! | bytes of the head | 16 KiB | 431 |
//! | bytes of the first line | 8 KiB | 414 |
//! | fields | 100, at most 500 | 431 |
//! | subprotocols that are offered | 100, fixed | 431 |
//!
//! # Features
//!
//! None changes what is accepted or sent.
//!
//! | feature | default | |
//! |---|---|---|
//! | `std` | yes | detects the processor at run time, in `httparse`; turns `alloc` on |
//! | `alloc` | by `std` | `encode` into a `Vec`, beside `encode_to_slice`; `OriginList` |
//! | `http` | no | the types of the `http` crate in and out; turns `std` on |
//!
//! The oldest compiler that will do is 1.88.
//!
//! # URLs
//!
//! [`Url`] is this crate's own: what a `ws` URL may be is little (RFC 6455 §3), it is taken as it is or not at all, and nothing is
//! allocated. The `url` crate mends what it is given, as a browser must; a program that has its types hands over
//! `url.as_str()`. The `http` crate's `Uri` lets a fragment pass and loses it.
#![no_std]

#[cfg(feature = "alloc")]
extern crate alloc;

pub mod connect;
pub mod extension;

mod client;
mod headers;
mod http1;
#[cfg(feature = "http")]
mod http_types;
mod key;
mod server;
mod uri;

pub use client::{Accepted, Backoff, BodyLen, ClientRequest, Offer, ResponseError, ServerResponse};
pub use headers::extra::FieldError;
pub use headers::fields::{FieldIter, Fields, Values};
pub use http1::error::HeadError;
pub use http1::limits::{DEFAULT_MAX_FIELDS, DEFAULT_MAX_HEAD, DEFAULT_MAX_START_LINE, Limits, MAX_FIELDS};
pub use http1::scanner::HeadScanner;
pub use key::Key;
pub use server::{
    Accept, Agreed, HandshakeError, MAX_PROTOCOLS, OriginPolicy, PlainRequest, Protocol, Protocols, Request,
    Response, Upgrade,
};
#[cfg(feature = "alloc")]
pub use server::{OriginError, OriginList};
pub use uri::host::Host;
pub use uri::url::{Url, UrlError};

/// The program in the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
