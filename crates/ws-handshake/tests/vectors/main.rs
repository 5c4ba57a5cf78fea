//! Every row of `handshake.txt`, whole and at every cut.

mod caller;
mod closed_list;
mod server;
