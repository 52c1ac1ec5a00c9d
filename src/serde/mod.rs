//! Your own types, by serde.

mod absent;
#[cfg(feature = "derive")]
mod class;
#[cfg(feature = "derive")]
pub(crate) mod flat;
mod instance;
#[cfg(feature = "derive")]
pub(crate) mod members;
mod probe;
pub mod shared;
pub mod de;
mod error;
pub(crate) mod faces;
pub(crate) mod parts;
pub(crate) mod token;

#[cfg(feature = "derive")]
pub use class::PyClass;
pub use instance::Instance;
pub use shared::Shared;
