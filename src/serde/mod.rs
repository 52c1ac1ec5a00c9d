//! Your own types, by serde.

pub mod de;
mod error;
pub(crate) mod faces;
pub(crate) mod parts;
pub mod ser;
pub(crate) mod token;
