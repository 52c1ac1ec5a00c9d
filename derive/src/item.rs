//! Structs, and enums whose variants are classes: serde's own derive on a copy of the item, and two impls that call it.
//!
//! For `#[pickle(module = "m")] struct Point { #[serde(default)] x: f64 }` this writes
//!
//! ```text
//! const _: () = {
//!     #[derive(serde::Serialize, serde::Deserialize)]
//!     #[serde(remote = "Point", rename = "m:Point(dict)", bound(…), crate = "…")]
//!     struct __PointDef { #[serde(default)] x: f64 }
//!     impl serde::Serialize for Point { … __PointDef::serialize(self, serializer) }
//!     impl<'de> serde::Deserialize<'de> for Point { … __PointDef::deserialize(deserializer) }
//! };
//! ```
//!
//! with all paths spelled out. Serde's attributes are copied, so they all keep working.

use crate::{
    attrs::{ClassAttrs, VariantAttrs, none_on_fields},
    bounds,
    serde_attrs::{DESERIALIZE, SERIALIZE, SerdeAttrs},
};
use proc_macro2::{Group, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use syn::{
    Attribute, Data, DeriveInput, Fields, GenericParam, Generics, Ident, Path, Result, WherePredicate, ext::IdentExt,
    parse_quote,
};

const REFUSED: [(&str, &str); 6] = [
    ("rename", "the class is named by `#[pickle(name = \"…\")]`"),
    ("remote", "the macro itself makes use of serde's `remote`"),
    ("crate", "say where brinery is by `#[pickle(crate = \"…\")]`"),
    (
        "transparent",
        "what is transparent has no class of its own: derive serde's traits instead",
    ),
    (
        "tag",
        "an instance is told apart by its class: derive serde's traits for a tag",
    ),
    (
        "untagged",
        "an instance is told apart by its class: derive serde's traits instead",
    ),
];

pub(crate) fn expand(input: &DeriveInput, attrs: &ClassAttrs, class: &str) -> Result<TokenStream> {
    SerdeAttrs::of(&input.attrs)?.refuse(&REFUSED)?;
    let krate = &attrs.krate;
    let serde: Path = parse_quote!(#krate::__private::serde);
    let bounds = bounds::find(input, &serde)?;
    let ident = &input.ident;
    let (_, ty_generics, _) = input.generics.split_for_impl();
    let turbofish = ty_generics.as_turbofish();
    let def = format_ident!("__{}Def", ident.unraw());

    let item = copy(input, &def)?;
    let remote = ident.to_string();
    let serde_path = serde.to_token_stream().to_string().replace(' ', "");
    let told = bounds
        .told
        .iter()
        .zip(["serialize", "deserialize"])
        .filter_map(|(told, side)| {
            let side = Ident::new(side, ident.span());
            let text = told.as_ref()?.iter().map(|one| one.to_token_stream().to_string());
            let text = text.collect::<Vec<_>>().join(", ");
            Some(quote!(#[serde(bound(#side = #text))]))
        });

    let flat = flattened(&input.data, class)?;
    let private = quote!(#krate::__private);

    let write_generics = with(&input.generics, &bounds.needed[SERIALIZE]);
    let (write_impl, _, write_where) = write_generics.split_for_impl();
    let mut read_generics = with(&input.generics, &bounds.needed[DESERIALIZE]);
    let mut de = quote!('de);
    if bounds.borrowed.iter().any(|lifetime| lifetime.ident == "static") {
        de = quote!('static);
    } else {
        let borrowed = &bounds.borrowed;
        read_generics
            .params
            .insert(0, GenericParam::Lifetime(parse_quote!('de: #(#borrowed)+*)));
    }
    let write = match flat {
        false => quote! {
            #[automatically_derived]
            impl #write_impl #serde::Serialize for #ident #ty_generics #write_where {
                fn serialize<__S: #serde::Serializer>(
                    &self,
                    __serializer: __S,
                ) -> ::core::result::Result<__S::Ok, __S::Error> {
                    #def #turbofish::serialize(self, __serializer)
                }
            }
        },
        true => quote! {
            #[automatically_derived]
            impl #write_impl #private::Flat for #ident #ty_generics #write_where {
                fn fields<__S: #serde::Serializer>(
                    &self,
                    __serializer: __S,
                ) -> ::core::result::Result<__S::Ok, __S::Error> {
                    #def #turbofish::serialize(self, __serializer)
                }
            }

            #[automatically_derived]
            impl #write_impl #serde::Serialize for #ident #ty_generics #write_where {
                fn serialize<__S: #serde::Serializer>(
                    &self,
                    __serializer: __S,
                ) -> ::core::result::Result<__S::Ok, __S::Error> {
                    #private::write_flat(#class, self, __serializer)
                }
            }
        },
    };
    let (read_impl, _, read_where) = read_generics.split_for_impl();

    Ok(quote! {
        #[doc(hidden)]
        #[allow(non_upper_case_globals, unused_attributes, unused_qualifications, clippy::all, clippy::pedantic)]
        const _: () = {
            #[derive(#serde::Serialize, #serde::Deserialize)]
            #[serde(crate = #serde_path, remote = #remote, rename = #class)]
            #(#told)*
            #[allow(dead_code, non_camel_case_types)]
            #item

            #write

            #[automatically_derived]
            impl #read_impl #serde::Deserialize<#de> for #ident #ty_generics #read_where {
                fn deserialize<__D: #serde::Deserializer<#de>>(
                    __deserializer: __D,
                ) -> ::core::result::Result<Self, __D::Error> {
                    #def #turbofish::deserialize(__deserializer)
                }
            }
        };
    })
}

/// Whether a struct has fields that are flattened. Serde writes it as a map then, without a name: the class goes around it.
fn flattened(data: &Data, class: &str) -> Result<bool> {
    let groups: Vec<&Fields> = match data {
        Data::Struct(data) => vec![&data.fields],
        Data::Enum(data) => data.variants.iter().map(|variant| &variant.fields).collect(),
        Data::Union(_) => Vec::new(),
    };
    for field in groups.into_iter().flatten() {
        let attrs = SerdeAttrs::of(&field.attrs)?;
        let Some((_, span)) = attrs.words.iter().find(|(word, _)| word == "flatten") else {
            continue;
        };
        if matches!(data, Data::Enum(_)) || !(class.ends_with("(dict)") || class.ends_with("(slots)")) {
            return Err(syn::Error::new(
                *span,
                "only the attributes of one class can be flattened: a struct of the shape \"dict\" or \"slots\"",
            ));
        }
        return Ok(true);
    }
    Ok(false)
}

fn with(generics: &Generics, needed: &[WherePredicate]) -> Generics {
    let mut generics = generics.clone();
    if !needed.is_empty() {
        generics.make_where_clause().predicates.extend(needed.iter().cloned());
    }
    generics
}

/// The item under another name, with serde's attributes only. `Self` in it still means the item.
fn copy(input: &DeriveInput, def: &Ident) -> Result<TokenStream> {
    let mut input = input.clone();
    let (_, generics, _) = input.generics.split_for_impl();
    let ident = &input.ident;
    let own = quote!(#ident #generics);
    serde_only(&mut input.attrs);
    match &mut input.data {
        Data::Struct(data) => fields_only(&mut data.fields)?,
        Data::Enum(data) => {
            for variant in &mut data.variants {
                let VariantAttrs { name, value } = VariantAttrs::of(variant)?;
                if let Some((_, span)) = value {
                    return Err(syn::Error::new(
                        span,
                        "this enum's variants are classes, since some carry data; only members have values",
                    ));
                }
                serde_only(&mut variant.attrs);
                if let Some(name) = name {
                    variant.attrs.push(parse_quote!(#[serde(rename = #name)]));
                }
                variant.discriminant = None;
                fields_only(&mut variant.fields)?;
            }
        }
        Data::Union(_) => {}
    }
    input.ident = def.clone();
    input.vis = parse_quote!();
    Ok(own_type(input.to_token_stream(), &own))
}

fn serde_only(attrs: &mut Vec<Attribute>) {
    attrs.retain(|attr| attr.path().is_ident("serde"));
}

fn fields_only(fields: &mut Fields) -> Result<()> {
    none_on_fields(fields)?;
    for field in fields {
        serde_only(&mut field.attrs);
    }
    Ok(())
}

/// `Self` spelled out. Strings, such as those in serde's attributes, stay.
fn own_type(tokens: TokenStream, own: &TokenStream) -> TokenStream {
    let mut all = tokens.into_iter().peekable();
    let mut out = TokenStream::new();
    while let Some(token) = all.next() {
        match token {
            TokenTree::Ident(ident) if ident == "Self" => match all.peek() {
                Some(TokenTree::Punct(punct)) if punct.as_char() == ':' => out.extend(quote!(<#own>)),
                _ => out.extend(own.clone()),
            },
            TokenTree::Group(group) => {
                let mut inner = Group::new(group.delimiter(), own_type(group.stream(), own));
                inner.set_span(group.span());
                out.extend([TokenTree::Group(inner)]);
            }
            other => out.extend([other]),
        }
    }
    out
}
