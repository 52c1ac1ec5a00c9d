//! Well-known Python types as Rust values: one file a family.

mod recipe;
mod shape;

pub use recipe::Recipe;
#[cfg(feature = "serde")]
pub(crate) use recipe::{Object, split_path};
pub(crate) use shape::{Shape, shape};

/// What a text stands for that a token names, as `protocol` has it.
#[cfg(feature = "serde")]
pub(crate) fn recipe_of(token: &str, text: &str, _protocol: u8) -> crate::Result<Recipe> {
    use crate::{error::ErrorKind, serde::token};
    match token {
        token::INT => {
            let int = text.parse().map_err(|_| ErrorKind::BadNumber)?;
            Ok(Recipe::BigInt(int))
        }
        _ => Err(ErrorKind::Unwritable("a name that starts with `$brinery::` and means nothing").into()),
    }
}
