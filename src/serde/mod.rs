//! Your own types, by serde.

pub(crate) mod token;
