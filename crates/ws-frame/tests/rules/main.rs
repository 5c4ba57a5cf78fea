//! The rules of framing and of the closing handshake, one test or more for each. F and N numbers
//! name the rule.

mod common;
mod control;
mod ending;
mod frames;
mod halves;
mod limits;
mod messages;
mod midway;
mod sending;
mod streaming;
