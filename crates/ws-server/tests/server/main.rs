//! The server over real sockets. One program, so that it is linked once.

mod accepting;
mod crowd;
mod echo;
mod support;
mod vanishing;
mod vectors;
mod waiting;
