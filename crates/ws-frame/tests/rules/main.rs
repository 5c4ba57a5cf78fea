//! The rules of framing and of the closing handshake, one test or more for each. The names of the
//! tests begin with the rules' F and N numbers.

mod common;
mod control;
mod ending;
mod frames;
mod halves;
mod limits;
mod messages;
mod midway;
mod read_buffer;
mod sending;
mod streaming;
