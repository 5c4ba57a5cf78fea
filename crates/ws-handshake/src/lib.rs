//! The opening handshake of WebSocket (RFC 6455 §4) as pure functions that do no I/O.
#![no_std]
