//! What the macro must know of `#[serde(…)]`; all the rest goes to serde as it stands.

use proc_macro2::{Span, TokenStream};
use syn::{
    Attribute, Error, Expr, ExprLit, Lit, LitStr, Result, Token, WherePredicate, meta::ParseNestedMeta, parenthesized,
    punctuated::Punctuated, spanned::Spanned,
};

type Predicates = Vec<WherePredicate>;

/// The attributes of an item, a variant or a field that bear on bounds.
#[derive(Default)]
pub(crate) struct SerdeAttrs {
    /// The names of all attributes.
    pub(crate) words: Vec<(String, Span)>,
    /// The attribute `bound`, for writing and for reading.
    pub(crate) bounds: [Option<Predicates>; 2],
    /// `default` without a function.
    pub(crate) default: bool,
    pub(crate) default_path: bool,
    /// `borrow`, with its lifetimes if it names some.
    pub(crate) borrow: Option<Vec<String>>,
}

/// The two sides of serde.
pub(crate) const SERIALIZE: usize = 0;
pub(crate) const DESERIALIZE: usize = 1;

impl SerdeAttrs {
    pub(crate) fn of(attrs: &[Attribute]) -> Result<Self> {
        let mut found = SerdeAttrs::default();
        for attr in attrs.iter().filter(|attr| attr.path().is_ident("serde")) {
            attr.parse_nested_meta(|meta| found.take(meta))?;
        }
        Ok(found)
    }

    fn take(&mut self, meta: ParseNestedMeta<'_>) -> Result<()> {
        let word = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
        self.words.push((word.clone(), meta.path.span()));
        if meta.input.peek(Token![=]) {
            let value: Expr = meta.value()?.parse()?;
            match (word.as_str(), text(&value)) {
                ("bound", Some(text)) => {
                    let both = predicates(&text)?;
                    self.bounds = [Some(both.clone()), Some(both)];
                }
                ("borrow", Some(text)) => {
                    let names = text.value();
                    self.borrow = Some(names.split('+').map(|name| name.trim().to_owned()).collect());
                }
                ("default", _) => self.default_path = true,
                _ => {}
            }
        } else if meta.input.peek(syn::token::Paren) {
            if word == "bound" {
                return meta.parse_nested_meta(|side| {
                    let text: LitStr = side.value()?.parse()?;
                    let at = if side.path.is_ident("serialize") {
                        SERIALIZE
                    } else {
                        DESERIALIZE
                    };
                    self.bounds[at] = Some(predicates(&text)?);
                    Ok(())
                });
            }
            let inside;
            parenthesized!(inside in meta.input);
            inside.parse::<TokenStream>()?;
        } else {
            match word.as_str() {
                "default" => self.default = true,
                "borrow" => self.borrow = Some(Vec::new()),
                _ => {}
            }
        }
        Ok(())
    }

    pub(crate) fn has(&self, word: &str) -> bool {
        self.words.iter().any(|(found, _)| found == word)
    }

    /// Whether the types in a field or variant are written, or read, by their own impls.
    pub(crate) fn counts(&self, side: usize) -> bool {
        let [skip, with] = [
            ["skip_serializing", "serialize_with"],
            ["skip_deserializing", "deserialize_with"],
        ][side];
        !["skip", "with", skip, with].iter().any(|word| self.has(word)) && self.bounds[side].is_none()
    }

    /// Whether serde asks `Default` of the types in a field.
    pub(crate) fn needs_default(&self) -> bool {
        self.default || (self.has("skip") || self.has("skip_deserializing")) && !self.default_path
    }

    /// What would contradict the class.
    pub(crate) fn refuse(&self, words: &[(&str, &str)]) -> Result<()> {
        for (found, span) in &self.words {
            if let Some((_, why)) = words.iter().find(|(word, _)| word == found) {
                return Err(Error::new(*span, why));
            }
        }
        Ok(())
    }
}

fn text(value: &Expr) -> Option<LitStr> {
    match value {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text), ..
        }) => Some(text.clone()),
        _ => None,
    }
}

fn predicates(text: &LitStr) -> Result<Predicates> {
    let parsed = text.parse_with(Punctuated::<WherePredicate, Token![,]>::parse_terminated)?;
    Ok(parsed.into_iter().collect())
}
