//! Hooks on both sides: what they write is what CPython's pickler writes with the same hooks.

#[path = "../support/mod.rs"]
mod support;

mod hostile;
mod random;
mod registry;
mod things;
#[cfg(feature = "serde")]
mod typed;
#[cfg(feature = "serde")]
mod values;
