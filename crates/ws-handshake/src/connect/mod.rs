//! WebSocket over HTTP/2 and HTTP/3: the extended CONNECT (RFC 8441, RFC 9220).
//!
//! There is no upgrade: one stream of the HTTP connection becomes the WebSocket connection, and the
//! other streams continue beside it. This module works on header lists, for any library that reads
//! and writes them:
//!
//! 1. The server announces [`SETTINGS_ENABLE_CONNECT_PROTOCOL`] with the value 1; a client waits
//!    for it ([`ConnectSetting`]).
//! 2. The client sends the fields of
//!    [`ClientRequest::encode_connect`](crate::ClientRequest::encode_connect).
//! 3. The server checks them with [`ConnectRequest::parse`] and answers with
//!    [`ConnectRequest::accept`], or refuses with another status; a malformed request is a stream
//!    error.
//! 4. The client checks the answer with [`ConnectResponse::accepted`].
//!
//! From then on the DATA frames of the stream carry the bytes that TCP would carry, and a client
//! still masks (RFC 8441 §5). The stream's own signals stand for those of TCP:
//!
//! | TCP | HTTP/2 | HTTP/3 |
//! |---|---|---|
//! | end of the stream, in order | END_STREAM | FIN of the stream |
//! | reset | RST_STREAM with [`H2_CANCEL`] | stream reset with [`H3_REQUEST_CANCELLED`] |
//!
//! ```
//! use ws_handshake::connect::ConnectRequest;
//!
//! let fields: [(&[u8], &[u8]); 7] = [
//!     (b":method", b"CONNECT"),
//!     (b":protocol", b"websocket"),
//!     (b":scheme", b"https"),
//!     (b":path", b"/chat"),
//!     (b":authority", b"server.example.com"),
//!     (b"sec-websocket-protocol", b"chat, superchat"),
//!     (b"sec-websocket-version", b"13"),
//! ];
//! let request = ConnectRequest::parse(&fields)?;
//! assert_eq!(request.path(), "/chat");
//!
//! let mut answer = Vec::new();
//! let accept = request.accept().protocol(request.choose(&["chat"]));
//! accept.encode(|name, value| answer.push((name.to_owned(), value.to_string())))?;
//! assert_eq!(answer[0], (":status".to_owned(), "200".to_owned()));
//! assert_eq!(answer[1], ("sec-websocket-protocol".to_owned(), "chat".to_owned()));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod accept;
mod client;
mod error;
mod request;
mod setting;

pub use crate::headers::malformed::Malformed;
pub use accept::ConnectAccept;
pub use client::ConnectResponse;
pub use error::ConnectRequestError;
pub use request::ConnectRequest;
#[cfg(feature = "http")]
pub(crate) use request::Pseudo;
pub use setting::{ConnectSetting, SettingError};

/// Setting that announces the extended CONNECT (RFC 8441 §3, RFC 9220 §3).
pub const SETTINGS_ENABLE_CONNECT_PROTOCOL: u16 = 0x8;

/// HTTP/2: error code of a stream with a malformed request, and of a connection with a wrong
/// setting (RFC 9113 §7).
pub const H2_PROTOCOL_ERROR: u32 = 0x1;

/// HTTP/2: error code that stands for a TCP reset (RFC 8441 §5).
pub const H2_CANCEL: u32 = 0x8;

/// HTTP/3: error code of a stream with a malformed request (RFC 9114 §8.1).
pub const H3_MESSAGE_ERROR: u64 = 0x10e;

/// HTTP/3: error code of a connection with a wrong setting (RFC 9114 §8.1).
pub const H3_SETTINGS_ERROR: u64 = 0x109;

/// HTTP/3: error code that stands for a TCP reset (RFC 9220 §3).
pub const H3_REQUEST_CANCELLED: u64 = 0x10c;
