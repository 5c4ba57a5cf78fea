//! The request of every measured handshake.

/// A request of Chrome: 14 fields, 720 bytes.
pub const REQUEST: &[u8] = include_bytes!("request.http");

/// The answer to its key (RFC 6455 §1.3).
pub const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
