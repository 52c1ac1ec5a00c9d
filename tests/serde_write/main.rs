//! Rust values written by serde: the very bytes that CPython writes for the equal Python value.

#![cfg(feature = "serde")]

#[path = "../support/mod.rs"]
mod support;

mod cases;
mod classes;
mod doors;
mod graphs;
mod hints;
mod oracle;
mod values;
