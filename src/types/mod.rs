//! Well-known Python types as Rust values: one file a family.

mod made;
mod recipe;
mod shape;

pub use recipe::Recipe;
pub(crate) use shape::{Shape, shape};
