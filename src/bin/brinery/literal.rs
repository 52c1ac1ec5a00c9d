//! Values on the command line: JSON whose objects keep their order and whose whole numbers stay what they are.

use brinery::{BigInt, Builder, Ref};
use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Visitor},
};
use serde_json::value::RawValue;
use std::fmt;

/// As deep as serde_json itself goes.
const DEPTH: usize = 128;

pub(crate) enum Literal {
    Null,
    Bool(bool),
    Int(BigInt),
    Float(f64),
    Text(String),
    Array(Vec<Literal>),
    Object(Vec<(String, Literal)>),
}

impl Literal {
    pub(crate) fn read(text: &str) -> serde_json::Result<Literal> {
        // All of it is read at once, so that an error has its place.
        Literal::of(serde_json::from_str::<&RawValue>(text)?, 0)
    }

    fn of(raw: &RawValue, depth: usize) -> serde_json::Result<Literal> {
        if depth > DEPTH {
            return Err(serde_json::Error::custom("recursion limit exceeded"));
        }
        let text = raw.get();
        Ok(match text.bytes().next() {
            Some(b'n') => Literal::Null,
            Some(b't') => Literal::Bool(true),
            Some(b'f') => Literal::Bool(false),
            Some(b'"') => Literal::Text(serde_json::from_str(text)?),
            Some(b'[') => {
                let items: Vec<&RawValue> = serde_json::from_str(text)?;
                let items = items.into_iter().map(|item| Literal::of(item, depth + 1));
                Literal::Array(items.collect::<Result<_, _>>()?)
            }
            Some(b'{') => {
                let Pairs(pairs) = serde_json::from_str(text)?;
                let pairs = pairs
                    .into_iter()
                    .map(|(key, value)| Ok((key, Literal::of(value, depth + 1)?)));
                Literal::Object(pairs.collect::<serde_json::Result<_>>()?)
            }
            // A number is a float by its looks, as it is to Python's json.
            _ => match text.parse() {
                Ok(int) => Literal::Int(int),
                Err(_) => Literal::Float(serde_json::from_str(text)?),
            },
        })
    }

    /// The same as an object of a graph.
    pub(crate) fn build(&self, build: &mut Builder<'static>) -> brinery::Result<Ref> {
        Ok(match self {
            Literal::Null => build.add(()),
            Literal::Bool(value) => build.add(*value),
            Literal::Int(value) => build.add(value.clone()),
            Literal::Float(value) => build.add(*value),
            Literal::Text(text) => build.add(text.as_str()),
            Literal::Array(items) => {
                let items = Literal::all(items, build)?;
                build.list(items)
            }
            Literal::Object(entries) => {
                let mut pairs = Vec::new();
                for (key, value) in entries {
                    pairs.push((build.add(key.as_str()), value.build(build)?));
                }
                build.dict(pairs)?
            }
        })
    }

    pub(crate) fn all(items: &[Literal], build: &mut Builder<'static>) -> brinery::Result<Vec<Ref>> {
        items.iter().map(|item| item.build(build)).collect()
    }
}

/// The entries of an object, in order.
struct Pairs<'t>(Vec<(String, &'t RawValue)>);

impl<'de: 't, 't> Deserialize<'de> for Pairs<'t> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Vec<(String, &'de RawValue)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(entries)
            }
        }

        deserializer.deserialize_map(Reader).map(Pairs)
    }
}
