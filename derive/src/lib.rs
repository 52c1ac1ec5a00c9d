//! The derive macro of brinery: `#[derive(PyClass)]`.
//!
//! Use it as `brinery::PyClass`, where it is described.

mod attrs;
mod bounds;
mod item;
mod members;
mod serde_attrs;
#[cfg(test)]
mod tests;

use attrs::ClassAttrs;
use proc_macro::TokenStream;
use syn::{Data, DeriveInput, Error, Fields, Result, parse_macro_input};

/// A Rust struct as an instance of a Python class, and a Rust enum as a Python `Enum` or as several classes. Described at
/// `brinery::PyClass`.
#[proc_macro_derive(PyClass, attributes(pickle, serde))]
pub fn py_class(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand(&input).unwrap_or_else(Error::into_compile_error).into()
}

fn expand(input: &DeriveInput) -> Result<proc_macro2::TokenStream> {
    let attrs = ClassAttrs::of(input)?;
    match &input.data {
        Data::Struct(data) => {
            let class = attrs.class_of_struct(input, &data.fields)?;
            item::expand(input, &attrs, &class)
        }
        Data::Enum(data) if data.variants.is_empty() => Err(Error::new(
            input.ident.span(),
            "an enum without variants has no values, so there is nothing to pickle",
        )),
        Data::Enum(data)
            if data
                .variants
                .iter()
                .all(|variant| matches!(variant.fields, Fields::Unit)) =>
        {
            members::expand(input, data, &attrs)
        }
        Data::Enum(_) => {
            let class = attrs.class_of_variants()?;
            item::expand(input, &attrs, &class)
        }
        Data::Union(data) => Err(Error::new(
            data.union_token.span,
            "a union cannot be pickled: nobody knows which of its fields is there",
        )),
    }
}
