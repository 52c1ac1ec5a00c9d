//! Pickles within pickles, unread: parts, and what puts them together.

mod content;
mod heights;
mod join;
mod part;
mod scan;

pub use content::{Content, Exact, Pickle, With};
#[cfg(feature = "task")]
pub(crate) use join::Begun;
pub use join::Splice;
pub use part::Part;
