//! Timeouts of a connection: armed here, and acted on when they expire.

mod arm;
mod expire;
