//! Containers and structural types in serde's data model.

mod array;
mod dicts;
mod objects;
mod ranges;
mod sequences;
pub mod with;

use crate::serde::token;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, Visitor},
    ser::SerializeTupleStruct,
};
use std::{fmt, marker::PhantomData};

/// A value in a newtype struct of a name.
struct Named<'a, T: ?Sized>(&'static str, &'a T);

impl<T: Serialize + ?Sized> Serialize for Named<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(self.0, self.1)
    }
}

/// Arguments of a call that takes none.
const NO_ARGS: [(); 0] = [];

/// `callable(*args)`.
fn call<S: Serializer>(serializer: S, callable: &str, args: &impl Serialize) -> Result<S::Ok, S::Error> {
    let mut object = serializer.serialize_tuple_struct(token::OBJECT, 2)?;
    object.serialize_field(callable)?;
    object.serialize_field(args)?;
    object.end()
}

/// `callable(*args)`, and what is done to the result.
fn call_and<S: Serializer>(
    serializer: S,
    callable: &str,
    args: &impl Serialize,
    step: Named<'_, impl Serialize + ?Sized>,
) -> Result<S::Ok, S::Error> {
    let mut object = serializer.serialize_tuple_struct(token::OBJECT, 3)?;
    object.serialize_field(callable)?;
    object.serialize_field(args)?;
    object.serialize_field(&step)?;
    object.end()
}

/// Keys and values as a map.
struct Pairs<P>(P);

impl<K: Serialize, V: Serialize> Serialize for Pairs<&[(K, V)]> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

impl<'de, K: Deserialize<'de>, V: Deserialize<'de>> Deserialize<'de> for Pairs<Vec<(K, V)>> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(InOrder(PhantomData))
    }
}

struct InOrder<K, V>(PhantomData<(K, V)>);

impl<'de, K: Deserialize<'de>, V: Deserialize<'de>> Visitor<'de> for InOrder<K, V> {
    type Value = Pairs<Vec<(K, V)>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(Pairs(pairs))
    }
}
