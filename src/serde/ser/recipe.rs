//! Recipes, by the tokens that any type of the user's could use.

use crate::{
    reduce::Call,
    serde::token,
    types::{Integer, Object, Recipe},
};
use num_bigint::BigInt;
use serde::ser::{Error as _, Serialize, SerializeTuple, SerializeTupleStruct, Serializer};

impl Serialize for Recipe {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Recipe::None => serializer.serialize_unit(),
            Recipe::Bool(value) => serializer.serialize_bool(*value),
            Recipe::Int(value) => serializer.serialize_i64(*value),
            Recipe::BigInt(value) => big(value, serializer),
            Recipe::Float(value) => serializer.serialize_f64(*value),
            Recipe::Str(text) => serializer.serialize_str(text),
            Recipe::Bytes(bytes) => serializer.serialize_bytes(bytes),
            Recipe::Tuple(items) => tuple(items, serializer),
            Recipe::List(items) => serializer.collect_seq(items),
            Recipe::Dict(entries) => serializer.collect_map(entries.iter().map(|(key, value)| (key, value))),
            Recipe::Global(path) => serializer.serialize_newtype_struct(token::GLOBAL, path),
            Recipe::Object(made) => object(made, serializer),
        }
    }
}

/// As an int where that is possible: other formats have ints of 128 bits at most.
pub(crate) fn big<S: Serializer>(value: &BigInt, serializer: S) -> Result<S::Ok, S::Error> {
    if let Ok(value) = i64::try_from(value) {
        return serializer.serialize_i64(value);
    }
    if let Ok(value) = u64::try_from(value) {
        return serializer.serialize_u64(value);
    }
    match (i128::try_from(value), u128::try_from(value)) {
        (Ok(value), _) => serializer.serialize_i128(value),
        (_, Ok(value)) => serializer.serialize_u128(value),
        _ => Integer(value.clone()).serialize(serializer),
    }
}

fn tuple<S: Serializer>(items: &[Recipe], serializer: S) -> Result<S::Ok, S::Error> {
    let mut tuple = serializer.serialize_tuple(items.len())?;
    for item in items {
        tuple.serialize_element(item)?;
    }
    tuple.end()
}

struct Args<'r>(&'r [Recipe]);

impl Serialize for Args<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        tuple(self.0, serializer)
    }
}

struct Entries<'r>(&'r [(Recipe, Recipe)]);

impl Serialize for Entries<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

struct Step<T>(&'static str, T);

impl<T: Serialize> Serialize for Step<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(self.0, &self.1)
    }
}

fn object<S: Serializer>(made: &Object, serializer: S) -> Result<S::Ok, S::Error> {
    let token = match made.call {
        Call::Reduce => token::OBJECT,
        Call::New => token::NEW,
        _ => return Err(S::Error::custom("a recipe calls in a way that has no token")),
    };
    let (append, items) = (!made.append.is_empty(), !made.items.is_empty());
    let len = 2 + usize::from(append) + usize::from(items) + usize::from(made.state.is_some());
    let mut parts = serializer.serialize_tuple_struct(token, len)?;
    match &made.method {
        None => parts.serialize_field(&made.callable)?,
        Some(method) => {
            let of = [Recipe::Global(made.callable.clone()), Recipe::Str(method.clone())];
            parts.serialize_field(&Recipe::call("builtins:getattr", of))?;
        }
    }
    parts.serialize_field(&Args(&made.args))?;
    if append {
        parts.serialize_field(&Step(token::APPEND, &made.append))?;
    }
    if items {
        parts.serialize_field(&Step(token::ITEMS, Entries(&made.items)))?;
    }
    if let Some(state) = &made.state {
        parts.serialize_field(&Step(token::STATE, state))?;
    }
    parts.end()
}
