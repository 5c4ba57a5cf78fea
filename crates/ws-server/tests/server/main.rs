//! The server over real sockets. One program, so that it is linked once.

mod crowd;
mod echo;
mod support;
