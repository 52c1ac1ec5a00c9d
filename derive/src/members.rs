//! Enums without data: members of a Python `Enum`, written as `Color(1)` and read from their value or name.
//!
//! The macro lists the members as data; what is done with them is brinery's.

use crate::{
    attrs::{ClassAttrs, MemberValue, VariantAttrs},
    serde_attrs::SerdeAttrs,
};
use proc_macro2::{Span, TokenStream};
use quote::quote;
use std::collections::HashMap;
use syn::{
    DataEnum, DeriveInput, Error, Expr, ExprLit, Ident, Lit, LitInt, Result, Variant, ext::IdentExt, spanned::Spanned,
};

pub(crate) fn expand(input: &DeriveInput, data: &DataEnum, attrs: &ClassAttrs) -> Result<TokenStream> {
    if let Some((_, span)) = attrs.shape {
        return Err(Error::new(
            span,
            "the members of an `Enum` have no shape: they are written by their value",
        ));
    }
    let path = attrs.path(input);
    let class = format!("{path}(call)");
    let krate = &attrs.krate;
    let private = quote!(#krate::__private);
    let serde = quote!(#private::serde);

    no_serde(&input.attrs)?;
    let mut counter = Counter::default();
    let mut members = Vec::new();
    for variant in &data.variants {
        no_serde(&variant.attrs)?;
        let attrs = VariantAttrs::of(variant)?;
        let name = match &attrs.name {
            Some(name) => quote!(::core::option::Option::Some(#name)),
            None => quote!(::core::option::Option::None),
        };
        let variant_name = variant.ident.unraw().to_string();
        let value = counter.value(&input.ident, variant, attrs.value, &private)?;
        members.push(quote!(#private::Member::new(#class, #variant_name, #name, #value)));
    }
    let (ident, count) = (&input.ident, members.len());
    let variants: Vec<_> = data.variants.iter().map(|variant| &variant.ident).collect();
    let index = 0..count;
    let index = quote!(#(#ident::#variants => #index,)*);
    let last = variants.last();
    let back = (0..count.saturating_sub(1))
        .zip(&variants)
        .map(|(at, variant)| quote!(#at => #ident::#variant,));

    Ok(quote! {
        #[doc(hidden)]
        #[allow(unused_qualifications, clippy::all, clippy::pedantic)]
        const _: () = {
            static __MEMBERS: [#private::Member; #count] = [#(#members),*];

            #[automatically_derived]
            impl #serde::Serialize for #ident {
                fn serialize<__S: #serde::Serializer>(
                    &self,
                    __serializer: __S,
                ) -> ::core::result::Result<__S::Ok, __S::Error> {
                    let __at: usize = match self { #index };
                    #private::write_member(&__MEMBERS[__at], __serializer)
                }
            }

            #[automatically_derived]
            impl<'de> #serde::Deserialize<'de> for #ident {
                fn deserialize<__D: #serde::Deserializer<'de>>(
                    __deserializer: __D,
                ) -> ::core::result::Result<Self, __D::Error> {
                    ::core::result::Result::Ok(match #private::read_member(&__MEMBERS, __deserializer)? {
                        #(#back)*
                        _ => #ident::#last,
                    })
                }
            }
        };
    })
}

fn no_serde(attrs: &[syn::Attribute]) -> Result<()> {
    match SerdeAttrs::of(attrs)?.words.first() {
        Some((_, span)) => Err(Error::new(
            *span,
            "the members of an `Enum` take `#[pickle(name = \"…\", value = …)]`, and none of serde's attributes",
        )),
        None => Ok(()),
    }
}

/// Counts as both Rust and Python's `auto()` do, from 1.
#[derive(Default)]
struct Counter {
    last: Last,
    seen: HashMap<String, Span>,
}

#[derive(Default)]
enum Last {
    #[default]
    None,
    Int(i64),
    /// An expression that only the compiler can work out.
    Expr,
    Str,
}

impl Counter {
    fn value(
        &mut self,
        item: &Ident,
        variant: &Variant,
        said: Option<(MemberValue, Span)>,
        private: &TokenStream,
    ) -> Result<TokenStream> {
        let discriminant = variant.discriminant.as_ref().map(|(_, value)| value);
        let (value, span) = match (said, discriminant) {
            (Some((value, span)), _) => (value, span),
            (None, Some(expr)) => match int(expr) {
                Some(value) => (MemberValue::Int(value), expr.span()),
                None => return Ok(self.discriminant(item, variant, private)),
            },
            (None, None) => {
                let span = variant.ident.span();
                let next = match &self.last {
                    Last::None => 1,
                    Last::Int(last) => last
                        .checked_add(1)
                        .ok_or_else(|| Error::new(span, "the next value does not fit in 64 bits"))?,
                    Last::Expr => return Ok(self.discriminant(item, variant, private)),
                    Last::Str => {
                        return Err(Error::new(
                            span,
                            "after a str there is no next value: say it with `#[pickle(value = …)]`",
                        ));
                    }
                };
                (MemberValue::Int(next), span)
            }
        };
        if self.seen.insert(format!("{value:?}"), span).is_some() {
            return Err(Error::new(
                span,
                "another member has this value, and in Python they would be one",
            ));
        }
        Ok(match value {
            MemberValue::Int(value) => {
                self.last = Last::Int(value);
                quote!(#private::MemberValue::Int(#value))
            }
            MemberValue::Str(text) => {
                self.last = Last::Str;
                quote!(#private::MemberValue::Str(#text))
            }
        })
    }
}

impl Counter {
    fn discriminant(&mut self, item: &Ident, variant: &Variant, private: &TokenStream) -> TokenStream {
        self.last = Last::Expr;
        let variant = &variant.ident;
        quote!(#private::MemberValue::Int(#item::#variant as i64))
    }
}

/// A discriminant that is a number as it stands.
fn int(expr: &Expr) -> Option<i64> {
    let number = |lit: &ExprLit| match &lit.lit {
        Lit::Int(number) => Some(number.clone()),
        _ => None,
    };
    match expr {
        Expr::Lit(lit) => number(lit)?.base10_parse().ok(),
        Expr::Unary(unary) if matches!(unary.op, syn::UnOp::Neg(_)) => match &*unary.expr {
            Expr::Lit(lit) => {
                let text = format!("-{}", number(lit)?.base10_digits());
                LitInt::new(&text, expr.span()).base10_parse().ok()
            }
            _ => None,
        },
        _ => None,
    }
}
