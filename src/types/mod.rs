//! Well-known Python types as Rust values: one file a family.

mod recipe;
mod shape;
#[cfg(feature = "torch")]
pub mod torch;

pub use recipe::Recipe;
pub(crate) use shape::{Shape, shape};
