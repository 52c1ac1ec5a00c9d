//! `#[pickle(…)]` on structs, enums and variants.

use proc_macro2::Span;
use syn::{
    Attribute, DeriveInput, Error, Fields, Lit, LitInt, LitStr, Path, Result, Token, UnOp, Variant, ext::IdentExt,
    meta::ParseNestedMeta, parse_quote, spanned::Spanned,
};

/// How an instance is made from its fields.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Shape {
    Dict,
    Slots,
    List,
    New,
    NamedTuple,
    Call,
    Kwargs,
}

/// Every shape by its names: the one that stands in the token comes first.
const SHAPES: [(Shape, &[&str]); 7] = [
    (Shape::Dict, &["dict", "dataclass"]),
    (Shape::Slots, &["slots"]),
    (Shape::List, &["list"]),
    (Shape::New, &["new"]),
    (Shape::NamedTuple, &["namedtuple"]),
    (Shape::Call, &["call"]),
    (Shape::Kwargs, &["kwargs"]),
];

impl Shape {
    fn of(name: &str) -> Option<Shape> {
        SHAPES
            .iter()
            .find(|(_, names)| names.contains(&name))
            .map(|(shape, _)| *shape)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Shape::Dict => "dict",
            Shape::Slots => "slots",
            Shape::List => "list",
            Shape::New => "new",
            Shape::NamedTuple => "namedtuple",
            Shape::Call => "call",
            Shape::Kwargs => "kwargs",
        }
    }

    fn needs_names(self) -> bool {
        matches!(self, Shape::Dict | Shape::Slots | Shape::Kwargs)
    }
}

fn shape_names() -> String {
    let names: Vec<_> = SHAPES.iter().map(|(_, names)| format!("\"{}\"", names[0])).collect();
    names.join(", ")
}

/// What `#[pickle(…)]` says of an item.
pub(crate) struct ClassAttrs {
    pub(crate) module: LitStr,
    pub(crate) name: Option<LitStr>,
    pub(crate) shape: Option<(Shape, Span)>,
    /// Where brinery is.
    pub(crate) krate: Path,
}

impl ClassAttrs {
    pub(crate) fn of(input: &DeriveInput) -> Result<Self> {
        let (mut module, mut name, mut shape, mut krate) = (None, None, None, None);
        each(&input.attrs, |meta| {
            let word = meta.path.get_ident().map(|ident| ident.unraw().to_string());
            match word.as_deref() {
                Some("module") => once(&mut module, &meta, |meta| dotted(meta.value()?.parse()?)),
                Some("name") => once(&mut name, &meta, |meta| dotted(meta.value()?.parse()?)),
                Some("crate") => once(&mut krate, &meta, |meta| {
                    let path: LitStr = meta.value()?.parse()?;
                    path.parse_with(Path::parse_mod_style)
                }),
                Some("shape") => once(&mut shape, &meta, |meta| {
                    let name: LitStr = meta.value()?.parse()?;
                    let unknown = || Error::new(name.span(), format!("unknown shape, use one of {}", shape_names()));
                    Ok((Shape::of(&name.value()).ok_or_else(unknown)?, name.span()))
                }),
                Some(word) if Shape::of(word).is_some() => once(&mut shape, &meta, |meta| {
                    Ok((Shape::of(word).unwrap_or(Shape::Dict), meta.path.span()))
                }),
                _ => Err(meta.error(
                    "unknown attribute, use `module`, `name`, `shape` or `crate`, or a shape by its name: `slots`, \
                     `namedtuple`, `dataclass`, `list`, `call`, `kwargs`",
                )),
            }
        })?;
        let missing = || {
            Error::new(
                input.ident.span(),
                "the class needs a module: `#[pickle(module = \"shop.models\")]`",
            )
        };
        Ok(ClassAttrs {
            module: module.ok_or_else(missing)?,
            name,
            shape,
            krate: krate.unwrap_or_else(|| parse_quote!(::brinery)),
        })
    }

    /// The class path of a struct, with its shape.
    pub(crate) fn class_of_struct(&self, input: &DeriveInput, fields: &Fields) -> Result<String> {
        let default = match fields {
            Fields::Named(_) | Fields::Unit => Shape::Dict,
            Fields::Unnamed(_) => Shape::New,
        };
        let shape = match self.shape {
            Some((shape, span)) if shape.needs_names() && matches!(fields, Fields::Unnamed(_)) => {
                return Err(Error::new(
                    span,
                    format!(
                        "the fields of a tuple struct have no names for the shape \"{}\": use \"new\", \"call\" or \"list\"",
                        shape.name()
                    ),
                ));
            }
            Some((shape, _)) => shape,
            None => default,
        };
        Ok(format!("{}({})", self.path(input), shape.name()))
    }

    /// The class path of an enum whose variants are classes: a `*` stands for the variant.
    pub(crate) fn class_of_variants(&self) -> Result<String> {
        let prefix = self.name.as_ref().map_or(String::new(), |name| name.value() + ".");
        let shape = match self.shape {
            Some((shape, _)) => format!("({})", shape.name()),
            None => String::new(),
        };
        Ok(format!("{}:{prefix}*{shape}", self.module.value()))
    }

    /// `module:qualname`
    pub(crate) fn path(&self, input: &DeriveInput) -> String {
        let name = self.name.as_ref().map(LitStr::value);
        let name = name.unwrap_or_else(|| input.ident.unraw().to_string());
        format!("{}:{name}", self.module.value())
    }
}

/// What `#[pickle(…)]` says of a variant.
#[derive(Default)]
pub(crate) struct VariantAttrs {
    pub(crate) name: Option<LitStr>,
    pub(crate) value: Option<(MemberValue, Span)>,
}

/// The value of an `Enum` member.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum MemberValue {
    Int(i64),
    Str(String),
}

impl VariantAttrs {
    pub(crate) fn of(variant: &Variant) -> Result<Self> {
        let mut attrs = VariantAttrs::default();
        each(&variant.attrs, |meta| {
            if meta.path.is_ident("name") {
                once(&mut attrs.name, &meta, |meta| dotted(meta.value()?.parse()?))
            } else if meta.path.is_ident("value") {
                once(&mut attrs.value, &meta, |meta| {
                    let value = meta.value()?;
                    let span = value.span();
                    if value.peek(Token![-]) {
                        let minus: UnOp = value.parse()?;
                        let number: LitInt = value.parse()?;
                        let number = LitInt::new(&format!("-{}", number.base10_digits()), minus.span());
                        return Ok((MemberValue::Int(number.base10_parse()?), span));
                    }
                    match value.parse()? {
                        Lit::Int(number) => Ok((MemberValue::Int(number.base10_parse()?), span)),
                        Lit::Str(text) => Ok((MemberValue::Str(text.value()), span)),
                        other => Err(Error::new(other.span(), "the value of a member is an int or a str")),
                    }
                })
            } else {
                Err(meta.error("unknown attribute, a variant takes `name` and `value`"))
            }
        })?;
        Ok(attrs)
    }
}

/// Fields are described by serde's attributes alone.
pub(crate) fn none_on_fields(fields: &Fields) -> Result<()> {
    for attr in fields.iter().flat_map(|field| &field.attrs) {
        if attr.path().is_ident("pickle") {
            return Err(Error::new(
                attr.span(),
                "a field takes serde's attributes, such as `#[serde(rename = \"…\")]`",
            ));
        }
    }
    Ok(())
}

fn each(attrs: &[Attribute], mut take: impl FnMut(ParseNestedMeta<'_>) -> Result<()>) -> Result<()> {
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("pickle")) {
        attr.parse_nested_meta(&mut take)?;
    }
    Ok(())
}

fn once<T>(
    slot: &mut Option<T>,
    meta: &ParseNestedMeta<'_>,
    parse: impl FnOnce(&ParseNestedMeta<'_>) -> Result<T>,
) -> Result<()> {
    if slot.is_some() {
        return Err(meta.error("said twice"));
    }
    *slot = Some(parse(meta)?);
    Ok(())
}

/// A module or a qualified name: what Python can import, and what cannot be mistaken for the rest of a class path.
fn dotted(text: LitStr) -> Result<LitStr> {
    let fits = |part: &str| !part.is_empty() && part.chars().all(|c| c == '_' || c.is_alphanumeric());
    match text.value().split('.').all(fits) {
        true => Ok(text),
        false => Err(Error::new(
            text.span(),
            "not a dotted Python name, such as `shop.models`",
        )),
    }
}
