//! The oracles of the tests, for the fuzzer.

// They use little of what the tests share.
#![allow(dead_code)]

pub mod support;

#[path = "../../tests/support/oracles/mod.rs"]
pub mod oracles;
