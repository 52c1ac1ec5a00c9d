//! Your own types, by serde.

mod absent;
#[cfg(feature = "derive")]
mod class;
pub mod de;
mod direct;
mod error;
pub(crate) mod faces;
#[cfg(feature = "derive")]
pub(crate) mod flat;
mod instance;
#[cfg(feature = "derive")]
pub(crate) mod members;
pub(crate) mod parts;
mod probe;
mod refuse;
pub mod ser;
pub mod shared;
pub(crate) mod token;

#[cfg(feature = "derive")]
pub use class::PyClass;
pub use instance::Instance;
pub use shared::Shared;
