//! The opening handshake of WebSocket (RFC 6455 §4) without I/O: both sides, over HTTP/1.1, over
//! the types of an HTTP stack, and over HTTP/2 and HTTP/3.
//!
//! The caller lends received bytes as a slice, and requests and responses borrow from it. Answers
//! are appended to a buffer of the caller. Sockets, TLS, time and random numbers stay with the
//! caller. After the handshake the connection carries frames, which another crate decodes.
//!
//! # A server
//!
//! ```
//! use std::io::{self, Read, Write};
//! use ws_handshake::{HandshakeError, HeadScanner, OriginPolicy, Request, Response};
//!
//! /// Opens a connection and gives the bytes behind the request, or refuses it and gives `None`.
//! fn open(stream: &mut (impl Read + Write)) -> io::Result<Option<Vec<u8>>> {
//!     let (mut received, mut output) = (Vec::new(), Vec::new());
//!     let answered = match read_head(stream, &mut received)? {
//!         Ok(len) => answer(&received[..len], &mut output).map(|()| received.split_off(len)),
//!         Err(error) => Err(error),
//!     };
//!     if let Err(error) = &answered {
//!         // A HEAD must not be answered with a body, even if its head was broken.
//!         let response = Response::from(*error).answering(&received);
//!         response.encode(&mut output).map_err(io::Error::other)?;
//!     }
//!     stream.write_all(&output)?;
//!     Ok(answered.ok()) // after a refusal: shut down the write side, read to the end, close
//! }
//!
//! /// Reads until the head is complete or broken, and gives its length.
//! /// A real server has a timeout here.
//! fn read_head(
//!     stream: &mut impl Read,
//!     received: &mut Vec<u8>,
//! ) -> io::Result<Result<usize, HandshakeError>> {
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
//!     // Over TLS: `let upgrade = upgrade.secure(true);`
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
//! A request goes through three types: a [`Request`] is well-formed, an [`Upgrade`] keeps all rules
//! of the handshake, and an [`Accept`] is the answer that opens the connection. Only an [`Upgrade`]
//! gives an [`Accept`], which borrows nothing, so the program can decide later. A server that also
//! has pages asks [`Request::is_upgrade`] first, and calls [`Request::plain`] if not; that takes
//! HTTP/1.0 as well, which health checks send.
//!
//! # A client
//!
//! ```
//! use std::io::{self, Read, Write};
//! use ws_handshake::{ClientRequest, HeadScanner, ServerResponse, Url};
//!
//! /// Opens a connection and gives the bytes behind the answer. `nonce`: 16 random bytes.
//! fn open(
//!     stream: &mut (impl Read + Write),
//!     url: &Url<'_>,
//!     nonce: [u8; 16],
//! ) -> io::Result<Vec<u8>> {
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
//! # impl Read for Wire {
//! #     fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
//! #         let n = to.len().min(7);
//! #         self.0.read(&mut to[..n])
//! #     }
//! # }
//! # impl Write for Wire {
//! #     fn write(&mut self, from: &[u8]) -> io::Result<usize> { self.1.write(from) }
//! #     fn flush(&mut self) -> io::Result<()> { Ok(()) }
//! # }
//! # let answer = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 101 Switching Protocols\r\n\
//! #     Upgrade: websocket\r\nConnection: Upgrade\r\n\
//! #     Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: chat\r\n\r\n\x81\x02hi";
//! # let mut wire = Wire(io::Cursor::new(answer.to_vec()), Vec::new());
//! # let mut rest = open(&mut wire, &Url::parse("ws://h/").unwrap(), *b"the sample nonce")?;
//! # wire.read_to_end(&mut rest)?;
//! # assert_eq!(rest, b"\x81\x02hi");
//! # Ok::<(), io::Error>(())
//! ```
//!
//! The nonce is 16 random bytes, fresh for each request (RFC 6455 §4.1), such as `rand::random()`.
//! A status other than 101 is an error; the [`ServerResponse`] then has the fields for a redirect
//! or for a 401, and the [length](ServerResponse::body_len) of the body. A client whose connection
//! ended abnormally waits before it tries again: [`Backoff`].
//!
//! # Faults and answers
//!
//! The order of the checks is fixed, so a request with several faults always gets the same answer,
//! however its bytes were cut. Each fault is a variant of [`HandshakeError`], or of [`HeadError`]
//! in it. The answer of `Response::from` has the fields that it must have, `Connection: close`, and
//! a body in this crate's words that never repeats the peer's.
//!
//! | fault | status | fields |
//! |---|--:|---|
//! | the first line exceeds its limit | 414 | |
//! | the head or the number of fields exceeds its limit | 431 | |
//! | CR and LF apart, more than one empty line in front, a broken first line | 400 | |
//! | a version other than 1.0 and 1.1 | 505 | |
//! | a broken field: name, value, white space before the colon, a folded line | 400 | |
//! | HTTP/1.0 | 400 | |
//! | a method other than GET | 405 | `Allow` |
//! | target, or `Host`: missing, repeated, broken | 400 | |
//! | a body, or a field that announces one | 400 | |
//! | an `Expect` other than `100-continue` | 417 | |
//! | no `Upgrade: websocket` | 426 | `Upgrade`, `Sec-WebSocket-Version: 13` |
//! | no `Connection: Upgrade` | 400 | |
//! | another `Sec-WebSocket-Version`; none, several, no number | 426; 400 | `Sec-WebSocket-Version: 13` |
//! | `Sec-WebSocket-Key` missing, repeated, not 16 bytes | 400 | |
//! | `Sec-WebSocket-Extensions`, `Sec-WebSocket-Protocol` broken | 400 | |
//! | more than [`MAX_PROTOCOLS`] subprotocols | 431 | |
//! | `Origin` repeated; not allowed; an unknown `Host` | 400; 403; 403 | |
//!
//! A server that gives up answers [`HandshakeError::Timeout`] (408) or
//! [`HandshakeError::Unavailable`] (503). The program answers with [`Response::new`] where only it
//! knows the reason: 404, 401 with `WWW-Authenticate`, a redirect.
//!
//! Values that the *caller* puts into a head are checked too. Their errors have a type of their
//! own, [`FieldError`], and nothing is written then.
//!
//! # Beside an HTTP stack
//!
//! With the feature `http`, `Request::from_http` takes an [`http::Request`](https://docs.rs/http)
//! with any body, and `Accept::to_http` and `Response::to_http` make the answers, so hyper, axum
//! and others can read and write. Clients use `ClientRequest::to_http` and
//! `ServerResponse::from_http`. The same code checks the same rules. For a stack with its own
//! types, write its request as bytes.
//!
//! Over HTTP/2 and HTTP/3, [`connect`] takes the place of the upgrade.
//!
//! # Strict on purpose
//!
//! - **Only CR LF ends a line.** RFC 9112 lets a server accept a lone LF, but proxies that disagree
//!   about it enable request smuggling. The same holds for folded lines in requests, white space
//!   before colons, and every field that announces a body.
//! - **An empty `Host` is refused**, though other protocols have a use for it.
//! - **Every field counts** against the limit, also when a name comes again.
//! - **Origins are compared as a whole**: scheme, host and port, never a part of the text. By
//!   default only pages of the same host can connect, since a browser sends its user's cookies for
//!   any page.
//! - **A server chooses only offered terms**, and a client accepts no other. A server declines
//!   offers of permessage-deflate that it cannot meet; they are never an error
//!   ([`extension::deflate`]).
//! - **URLs and targets of a client** are used as they are or refused ([`Url`]).
//!
//! And lenient on purpose: names and words ignore case, lists can span lines and have empty
//! members, keys can have stray bits at their end, values can have any byte above 7F, a response's
//! fields can be folded, unknown fields and unknown extensions are ignored.
//!
//! # Costs
//!
//! Each byte is read a bounded number of times, however it comes: the scanner takes only new bytes,
//! and `httparse` parses the head once. Parsing and checking allocate nothing. The work for a list
//! grows linearly with its length. `Debug` shows neither values of fields nor the query, so it puts
//! no password into a log.
//!
//! # Guides
//!
//! [The guides](../ws_guide/index.html) have a page for each task: which crate, authentication
//! before the upgrade, the client's address behind a proxy, TLS, overload, tests, deployment. They
//! are in the repository: `cargo doc --open -p ws-guide`.
//!
//! # Features
//!
//! Features never change what is accepted or sent.
//!
//! | feature | default | effect |
//! |---|---|---|
//! | `std` | yes | run-time detection of vector instructions in `httparse`; turns `alloc` on |
//! | `alloc` | by `std` | `encode` into a `Vec`, beside `encode_to_slice`; `OriginList` |
//! | `http` | no | conversions from and to the types of the `http` crate; turns `std` on |
//!
//! MSRV: Rust 1.88. Limits of a head: [`Limits`].
//!
//! # URLs
//!
//! [`Url`] is a type of this crate because a `ws` URL has few parts (RFC 6455 §3) and this one
//! allocates nothing. The `url` crate repairs its input, as a browser must; a program that uses it
//! passes `url.as_str()`. The `Uri` of the `http` crate drops a fragment without an error.

// Links from one crate to another hold in whatever order their documentation is built.
#![doc(html_root_url = "..")]
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
pub use http1::limits::Limits;
pub use http1::scanner::HeadScanner;
pub use key::Key;
pub use server::{
    Accept, Agreed, HandshakeError, MAX_PROTOCOLS, OriginPolicy, PlainRequest, Protocol, Protocols,
    Request, Response, Upgrade,
};
#[cfg(feature = "alloc")]
pub use server::{OriginError, OriginList};
pub use uri::host::Host;
pub use uri::url::{Url, UrlError};

/// The program in the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
