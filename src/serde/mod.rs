//! Your own types, by serde.

pub mod ser;
pub(crate) mod token;
