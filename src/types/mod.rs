//! Well-known Python types as Rust values: one file a family.

pub mod numpy;
pub mod pandas;
mod recipe;
mod shape;

pub use recipe::Recipe;
pub(crate) use shape::{Shape, shape};
