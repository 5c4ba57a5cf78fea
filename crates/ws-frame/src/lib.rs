//! WebSocket framing (RFC 6455) as state machines that do no I/O.
#![no_std]
