//! Your own types, by serde.

mod direct;
pub(crate) mod token;
