//! Which bounds the two impls need: those that serde's own derive would find.
//!
//! The macro states them to serde, so that both sides agree by construction.

use crate::serde_attrs::{DESERIALIZE, SERIALIZE, SerdeAttrs};
use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use std::collections::BTreeSet;
use syn::{Attribute, Data, DeriveInput, Field, Fields, Lifetime, Path, Result, Type, WherePredicate, parse_quote};

/// The where clauses of both impls, beyond those of the item itself.
pub(crate) struct Bounds {
    /// What serde is told, if the item does not say it itself: for writing and for reading.
    pub(crate) told: [Option<Vec<WherePredicate>>; 2],
    /// What the impls need.
    pub(crate) needed: [Vec<WherePredicate>; 2],
    /// The lifetimes that reading borrows.
    pub(crate) borrowed: BTreeSet<Lifetime>,
}

pub(crate) fn find(input: &DeriveInput, serde: &Path) -> Result<Bounds> {
    let item = SerdeAttrs::of(&input.attrs)?;
    let described = describe(&input.data)?;
    let mut borrowed = BTreeSet::new();
    for (field, attrs, _) in &described.fields {
        borrow(field, attrs, &mut borrowed);
    }
    let delife = match borrowed.iter().any(|lifetime| lifetime.ident == "static") {
        true => quote!('static),
        false => quote!('de),
    };
    let (name, (_, generics, _)) = (&input.ident, input.generics.split_for_impl());

    let mut inferred = [
        inferred(input, &described, quote!(#serde::Serialize), |field, variant| {
            field.counts(SERIALIZE) && variant.counts(SERIALIZE)
        }),
        inferred(
            input,
            &described,
            quote!(#serde::Deserialize<#delife>),
            |field, variant| field.counts(DESERIALIZE) && variant.counts(DESERIALIZE),
        ),
    ];
    let default = quote!(::core::default::Default);
    inferred[DESERIALIZE].extend(self::inferred(input, &described, default, |field, _| {
        field.needs_default()
    }));
    if item.default && !input.generics.params.is_empty() {
        inferred[DESERIALIZE].push(parse_quote!(#name #generics: ::core::default::Default));
    }

    let mut bounds = Bounds {
        told: [None, None],
        needed: [Vec::new(), Vec::new()],
        borrowed,
    };
    for side in [SERIALIZE, DESERIALIZE] {
        bounds.needed[side] = match &item.bounds[side] {
            Some(said) => said.clone(),
            None => {
                bounds.told[side] = Some(inferred[side].clone());
                inferred[side].clone()
            }
        };
        // Variants and fields add theirs, as serde does.
        let all = described
            .variants
            .iter()
            .chain(described.fields.iter().map(|(_, field, _)| field));
        bounds.needed[side].extend(all.flat_map(|attrs| attrs.bounds[side].iter().flatten().cloned()));
    }
    Ok(bounds)
}

/// The fields of an item with their attributes, and the place of their variant's in the list of those.
struct Described<'a> {
    variants: Vec<SerdeAttrs>,
    fields: Vec<(&'a Field, SerdeAttrs, usize)>,
}

fn describe(data: &Data) -> Result<Described<'_>> {
    let groups: Vec<(&[Attribute], &Fields)> = match data {
        Data::Struct(data) => vec![(&[], &data.fields)],
        Data::Enum(data) => data
            .variants
            .iter()
            .map(|variant| (&*variant.attrs, &variant.fields))
            .collect(),
        Data::Union(_) => Vec::new(),
    };
    let (mut variants, mut fields) = (Vec::new(), Vec::new());
    for (at, (attrs, group)) in groups.into_iter().enumerate() {
        variants.push(SerdeAttrs::of(attrs)?);
        for field in group {
            fields.push((field, SerdeAttrs::of(&field.attrs)?, at));
        }
    }
    Ok(Described { variants, fields })
}

/// `T: Bound` for each type parameter that a field uses, and `T::Item: Bound` for each field of such a type.
fn inferred(
    input: &DeriveInput,
    described: &Described<'_>,
    bound: TokenStream,
    counts: impl Fn(&SerdeAttrs, &SerdeAttrs) -> bool,
) -> Vec<WherePredicate> {
    let mut predicates: Vec<WherePredicate> = Vec::new();
    let counted = || {
        let all = described.fields.iter();
        let all = all.filter(|(_, field, variant)| counts(field, &described.variants[*variant]));
        all.map(|(field, _, _)| &field.ty)
    };
    for param in input.generics.type_params() {
        let name = &param.ident;
        if counted().any(|ty| uses(ty.to_token_stream(), &name.to_string())) {
            predicates.push(parse_quote!(#name: #bound));
        }
        for ty in counted() {
            if matches!(ty, Type::Path(path) if path.path.segments.len() > 1 && path.path.segments[0].ident == *name) {
                predicates.push(parse_quote!(#ty: #bound));
            }
        }
    }
    predicates
}

/// Whether a type has this parameter in it, other than as the start of a path and in `PhantomData`.
fn uses(tokens: TokenStream, name: &str) -> bool {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let colon = |at: Option<&TokenTree>| matches!(at, Some(TokenTree::Punct(punct)) if punct.as_char() == ':');
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        match token {
            TokenTree::Group(group) if uses(group.stream(), name) => return true,
            TokenTree::Ident(ident) if ident == "PhantomData" => at = skip_arguments(&tokens, at),
            TokenTree::Ident(ident) if ident == name => {
                let before = at.checked_sub(1).and_then(|before| tokens.get(before));
                let path = colon(tokens.get(at + 1)) && colon(tokens.get(at + 2));
                if !path && !colon(before) {
                    return true;
                }
            }
            _ => {}
        }
        at += 1;
    }
    false
}

/// The last token of the `<…>` that follows.
fn skip_arguments(tokens: &[TokenTree], start: usize) -> usize {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate().skip(start + 1) {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '<' => depth += 1,
            TokenTree::Punct(punct) if punct.as_char() == '>' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    start
}

/// The lifetimes a field borrows from the input: those of `&str` and `&[u8]`, also in an `Option`, and what `borrow` says.
fn borrow(field: &Field, attrs: &SerdeAttrs, borrowed: &mut BTreeSet<Lifetime>) {
    match &attrs.borrow {
        Some(names) if names.is_empty() => lifetimes(field.ty.to_token_stream(), borrowed),
        Some(names) => {
            let named = |name: &String| syn::parse_str::<Lifetime>(name).ok();
            borrowed.extend(names.iter().filter_map(named));
        }
        None if is_borrowed(&field.ty) => lifetimes(field.ty.to_token_stream(), borrowed),
        None => {}
    }
}

fn is_borrowed(ty: &Type) -> bool {
    match ty {
        Type::Group(group) => is_borrowed(&group.elem),
        Type::Reference(reference) => match &*reference.elem {
            Type::Path(path) => path.path.is_ident("str"),
            Type::Slice(slice) => matches!(&*slice.elem, Type::Path(path) if path.path.is_ident("u8")),
            _ => false,
        },
        Type::Path(path) => match path.path.segments.last() {
            Some(last) if last.ident == "Option" => match &last.arguments {
                syn::PathArguments::AngleBracketed(arguments) => {
                    let inner = arguments.args.first();
                    matches!(inner, Some(syn::GenericArgument::Type(inner @ Type::Reference(_))) if is_borrowed(inner))
                }
                _ => false,
            },
            _ => false,
        },
        _ => false,
    }
}

fn lifetimes(tokens: TokenStream, found: &mut BTreeSet<Lifetime>) {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Group(group) => lifetimes(group.stream(), found),
            TokenTree::Punct(punct) if punct.as_char() == '\'' => {
                if let Some(TokenTree::Ident(name)) = tokens.peek() {
                    found.insert(Lifetime::new(&format!("'{name}"), name.span()));
                }
            }
            _ => {}
        }
    }
}
