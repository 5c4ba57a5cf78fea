//! The server over real sockets. One program, so that it is linked once.

// The sockets of the tests are Unix sockets too.
#![cfg(unix)]

mod accepting;
mod crowd;
mod echo;
mod support;
mod vanishing;
mod vectors;
mod waiting;
