//! Hooks: how your code has a say in what is written, and in what is read.
//!
//! - **Writing**: a [`Reducer`] sees each object before it is written in the usual way, as `reducer_override` and
//!   `persistent_id` of a Python pickler do. [`Hooks`] is one that is put together from closures, with a dispatch table
//!   by class. [`Options::write_with`](crate::Options::write_with) takes it for a graph, and
//!   [`Options::to_vec_with`](crate::Options::to_vec_with) for Rust values. The bytes are those that CPython writes for the
//!   same answers.
//! - **Reading**: a [`Registry`] says what an import, a call or a persistent id means: an error, another object, plain
//!   data for a Rust type. [`Options::registry`](crate::Options::registry) takes it.
//!
//! Source: PEP 307, bpo-35900, and `save`, `save_reduce` and `save_pers` of `Modules/_pickle.c`.

mod reducer;
mod registry;
mod rewrite;
mod table;
mod write;

#[cfg(feature = "serde")]
pub(crate) use registry::Entry;
pub(crate) use rewrite::rewritten;

pub use reducer::{Answer, Reduce, Reducer};
pub use registry::Registry;
pub use table::{Hooks, class_of};
