//! Types that are read with what plain data does not tell: the factory of a defaultdict, the class of an exception.
//!
//! Such a type asks for a newtype struct of its token. Our deserializer, when it is at an object of that kind, answers with
//! an enum, which no other ever does: a tuple variant of the object's parts. Otherwise, and from every other format, comes
//! the newtype struct that was asked for, with plain data in it.

use serde::{
    Deserializer,
    de::{
        DeserializeSeed, EnumAccess, Error, IntoDeserializer, MapAccess, SeqAccess, VariantAccess, Visitor,
        value::{MapAccessDeserializer, SeqAccessDeserializer, StrDeserializer, StringDeserializer},
    },
};
use std::{fmt, marker::PhantomData};

/// A type that can be read from an object's parts.
pub(crate) trait FromParts<'de>: Sized {
    /// By which it asks for the parts.
    const TOKEN: &'static str;
    /// What it is, for errors.
    const NAME: &'static str;

    /// From the parts of an object, in the order of [`types::parts`](crate::types::parts).
    fn from_parts<A: SeqAccess<'de>>(parts: A) -> Result<Self, A::Error>;
    /// From plain data.
    fn from_plain<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;
}

/// Reads such a type.
pub(crate) fn deserialize<'de, T: FromParts<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_newtype_struct(T::TOKEN, Whole(PhantomData))
}

/// The next part, which must be there.
pub(crate) fn next<'de, T: serde::Deserialize<'de>, A: SeqAccess<'de>>(parts: &mut A) -> Result<T, A::Error> {
    let missing = || A::Error::custom("a part of the object is missing");
    parts.next_element()?.ok_or_else(missing)
}

struct Whole<T>(PhantomData<T>);

impl<'de, T: FromParts<'de>> Visitor<'de> for Whole<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::NAME)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        T::from_plain(deserializer)
    }

    fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<T, A::Error> {
        let ((), parts) = data.variant_seed(Skip)?;
        // Nobody counts them.
        parts.tuple_variant(0, Parts(PhantomData))
    }

    // Deserializers that know no newtype structs.

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<T, A::Error> {
        T::from_plain(SeqAccessDeserializer::new(seq))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::from_plain(MapAccessDeserializer::new(map))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        T::from_plain(StrDeserializer::new(text))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<T, E> {
        T::from_plain(StringDeserializer::new(text))
    }
}

struct Parts<T>(PhantomData<T>);

impl<'de, T: FromParts<'de>> Visitor<'de> for Parts<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::NAME)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, parts: A) -> Result<T, A::Error> {
        T::from_parts(parts)
    }
}

/// The name of the variant says nothing.
pub(crate) struct Skip;

impl<'de> DeserializeSeed<'de> for Skip {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, _: D) -> Result<(), D::Error> {
        Ok(())
    }
}

/// What our deserializer hands over: the parts of an object.
#[allow(dead_code)]
pub(crate) struct Answer<A>(pub A);

impl<'de, A: SeqAccess<'de>> EnumAccess<'de> for Answer<A> {
    type Error = A::Error;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), A::Error> {
        let name: StrDeserializer<'_, A::Error> = "parts".into_deserializer();
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de, A: SeqAccess<'de>> VariantAccess<'de> for Answer<A> {
    type Error = A::Error;

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, A::Error> {
        visitor.visit_seq(self.0)
    }

    fn unit_variant(self) -> Result<(), A::Error> {
        Err(A::Error::custom("an object's parts are a tuple variant"))
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, _: T) -> Result<T::Value, A::Error> {
        Err(A::Error::custom("an object's parts are a tuple variant"))
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], _: V) -> Result<V::Value, A::Error> {
        Err(A::Error::custom("an object's parts are a tuple variant"))
    }
}
