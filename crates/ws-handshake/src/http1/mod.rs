//! Heads of HTTP/1.1: their end, their syntax, and writing them.

pub(crate) mod error;
pub(crate) mod fold;
pub(crate) mod limits;
pub(crate) mod parse;
pub(crate) mod scanner;
pub(crate) mod write;
