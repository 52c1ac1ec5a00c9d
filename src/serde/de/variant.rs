//! Enums, in every shape in which they are written.

use super::{
    De, Hint,
    access::Seq,
    data::{At, Data, Items, Name, Run},
    few_enough, found,
    object::Meant,
    scope::Scope,
};
use crate::{
    Kind,
    error::{Error, Result},
    serde::error::invalid,
    types,
};
use serde::de::{self, Deserialize, DeserializeSeed, EnumAccess, IntoDeserializer, Unexpected, VariantAccess, Visitor};

/// The name of a variant.
enum Which {
    /// A value: a str, or what is printed.
    Value(At),
    Text(String),
}

/// What comes with it.
enum Content<'g> {
    Nothing,
    Value(Name, At),
    /// The rest of a tuple.
    Rest(Run<'g>),
}

impl<'g, 'de> De<'_, 'g, 'de> {
    /// A variant, as one of
    ///
    /// - `'A'`, `{'B': 1}`, `{'C': [1, 2]}`, `{'D': {'x': 1}}`: what serde_json and most others write;
    /// - `('A',)`, `('B', 1)`, `('C', [1, 2])`, `('D', {'x': 1})`: what serde-pickle writes if asked to, and
    ///   `('C', 1, 2)`;
    /// - a member of a Python Enum, by its value, or by its name where the pickle has that.
    ///
    /// What is not text is taken as it prints: a variant for 1 is one that is renamed to `"1"`. Never as the number of
    /// the variant, because Python's enums begin where they like.
    pub(super) fn variants<V: Visitor<'de>>(self, variants: &'static [&'static str], visitor: V) -> Result<V::Value> {
        let this = At {
            at: self.at,
            slot: self.slot,
        };
        let (which, content) = match self.data() {
            Data::Dict(run) => match (run.get(0), run.get(1)) {
                (Some(key), Some(value)) if run.len() == 2 => (Which::Value(key), Content::Value(Name::At(key), value)),
                _ => return self.refuse(&visitor),
            },
            Data::Tuple(run) => match (run.get(0), run.get(1)) {
                (Some(which), None) => (Which::Value(which), Content::Nothing),
                (Some(which), Some(value)) if run.len() == 2 => {
                    (Which::Value(which), Content::Value(Name::Position(1), value))
                }
                (Some(which), _) => (Which::Value(which), Content::Rest(run.from(1))),
                (None, _) => return self.refuse(&visitor),
            },
            Data::List(_) | Data::Set(_) | Data::None | Data::NoBuffer(_) => return self.refuse(&visitor),
            Data::Global | Data::Object | Data::Persistent => match self.member(variants)? {
                Meant::Value(value) => {
                    let _open = self.scope.open(self.at)?;
                    return de::Deserializer::deserialize_enum(self.child(value)?, "", variants, visitor);
                }
                Meant::Text(text) => (Which::Text(text), Content::Nothing),
                Meant::Map(entries) => match entries.get(0) {
                    Some((Name::At(key), value)) if entries.len() == 1 => {
                        (Which::Value(key), Content::Value(Name::At(key), value))
                    }
                    _ => return self.refuse(&visitor),
                },
                _ => return self.refuse(&visitor),
            },
            _ => (Which::Value(this), Content::Nothing),
        };
        let _open = match content {
            Content::Nothing => None,
            _ => Some(self.scope.open(self.at)?),
        };
        visitor.visit_enum(Variant {
            scope: self.scope,
            which,
            content,
        })
    }

    /// What a member of a Python Enum is picked by.
    fn member(self, variants: &'static [&'static str]) -> Result<Meant<'g>> {
        let value = self.scope.graph.value(self.at);
        let by_name = match value.kind() {
            Kind::Global(global) => {
                let name = String::from_utf8_lossy(global.name.as_bytes()).into_owned();
                Some(name.rsplit('.').next().unwrap_or_default().to_owned())
            }
            // CPython 3.11 writes `getattr(class, name)`.
            Kind::Object(object) => match object.callable().as_global() {
                Some(global) if global.is("builtins", "getattr") => {
                    object.args().get(1).and_then(|name| name.as_str()).map(str::to_owned)
                }
                _ => None,
            },
            _ => None,
        };
        Ok(match by_name {
            Some(name) => Meant::Text(name),
            None => match self.meant(Hint::Enum(variants))? {
                Meant::Complex(re, im) => Meant::Text(types::Complex { re, im }.to_string()),
                other => other,
            },
        })
    }
}

struct Variant<'s, 'g, 'de> {
    scope: &'s Scope<'g, 'de>,
    which: Which,
    content: Content<'g>,
}

impl<'s, 'g, 'de> EnumAccess<'de> for Variant<'s, 'g, 'de> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self)> {
        let which = match &self.which {
            Which::Value(at) => {
                let child = self.scope.child(*at)?;
                seed.deserialize(De { names: true, ..child })
            }
            Which::Text(text) => seed.deserialize(text.as_str().into_deserializer()),
        };
        which.map(|which| (which, self))
    }
}

impl<'s, 'g, 'de> Variant<'s, 'g, 'de> {
    /// Reads the one value of the content.
    fn with<T>(&self, expected: &'static str, read: impl FnOnce(De<'s, 'g, 'de>) -> Result<T>) -> Result<T> {
        match self.content {
            Content::Value(name, value) => {
                let outcome = self.scope.child(value).and_then(|child| child.read(read));
                outcome.map_err(|error| error.under(&found::step(self.scope, name)))
            }
            Content::Nothing => Err(de::Error::invalid_type(Unexpected::UnitVariant, &expected)),
            Content::Rest(run) => {
                let found = format!("a variant with {} values", run.len());
                Err(invalid(found, &expected))
            }
        }
    }

    /// Reads the rest of a tuple as a sequence.
    fn rest<V: Visitor<'de>>(&self, run: Run<'g>, most: usize, visitor: V) -> Result<V::Value> {
        few_enough(run.len(), Some(most), &visitor)?;
        let mut access = Seq::from(self.scope, Items::Run(run), 1);
        let value = visitor.visit_seq(&mut access)?;
        access.end().map(|()| value)
    }
}

impl<'de> VariantAccess<'de> for Variant<'_, '_, 'de> {
    type Error = Error;

    fn unit_variant(self) -> Result<()> {
        match self.content {
            Content::Nothing => Ok(()),
            _ => self.with("a variant without content", <()>::deserialize),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value> {
        self.with("a variant with one value", |de| seed.deserialize(de))
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value> {
        match self.content {
            Content::Rest(run) => self.rest(run, len, visitor),
            _ => self.with("a variant with a sequence", |de| {
                de::Deserializer::deserialize_tuple(de, len, visitor)
            }),
        }
    }

    fn struct_variant<V: Visitor<'de>>(self, fields: &'static [&'static str], visitor: V) -> Result<V::Value> {
        match self.content {
            Content::Rest(run) => self.rest(run, fields.len(), visitor),
            _ => self.with("a variant with fields", |de| {
                de::Deserializer::deserialize_struct(de, "", fields, visitor)
            }),
        }
    }
}
