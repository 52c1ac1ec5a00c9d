//! Your own types, by serde.

pub(crate) mod faces;
pub(crate) mod parts;
pub(crate) mod token;
