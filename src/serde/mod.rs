//! Your own types, by serde.

pub mod de;
mod error;
pub(crate) mod token;
