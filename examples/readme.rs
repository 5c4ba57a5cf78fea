//! The programs in the README of the repository, which compile as documentation tests.

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
