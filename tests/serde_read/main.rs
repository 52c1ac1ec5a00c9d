//! Pickles into Rust types, by serde.

#[path = "../support/mod.rs"]
mod support;

mod errors;
mod hostile;
mod python;
mod shapes;
mod streams;
mod tagged;
mod values;
