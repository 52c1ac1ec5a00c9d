//! A part that an object does not have, as whatever its reader takes for nothing.

use serde::{
    Deserialize, Deserializer,
    de::{
        Error, Visitor,
        value::{MapDeserializer, SeqDeserializer, UnitDeserializer},
    },
    forward_to_deserialize_any,
};
use std::{iter, marker::PhantomData};

/// Reads a type from nothing: a unit, an empty option, an empty sequence or map, a struct whose fields all have defaults.
pub(crate) fn absent<'de, T: Deserialize<'de>, E: Error>() -> Result<T, E> {
    T::deserialize(Absent(PhantomData))
}

/// Whether a type holds nothing at all: reads it from a unit alone.
pub(crate) fn nothing<'de, T: Deserialize<'de>, E: Error>() -> Result<T, E> {
    T::deserialize(UnitDeserializer::new())
}

struct Absent<E>(PhantomData<E>);

impl<E: Error> Absent<E> {
    fn seq<'de, V: Visitor<'de>>(visitor: V) -> Result<V::Value, E> {
        visitor.visit_seq(SeqDeserializer::<_, E>::new(iter::empty::<u8>()))
    }

    fn map<'de, V: Visitor<'de>>(visitor: V) -> Result<V::Value, E> {
        let none = iter::empty::<(&str, u8)>();
        visitor.visit_map(MapDeserializer::<_, E>::new(none))
    }
}

impl<'de, E: Error> Deserializer<'de> for Absent<E> {
    type Error = E;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        UnitDeserializer::<E>::new().deserialize_any(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        visitor.visit_none()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, E> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        Self::seq(visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, E> {
        Self::seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(self, _: &'static str, _: usize, visitor: V) -> Result<V::Value, E> {
        Self::seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        Self::map(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, E> {
        Self::map(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct enum
        identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::{absent, nothing};
    use serde::{Deserialize, de::value::Error};
    use std::collections::HashMap;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Defaults {
        #[serde(default)]
        size: u8,
        name: Option<String>,
    }

    #[test]
    fn what_nothing_is() {
        assert_eq!(absent::<(), Error>(), Ok(()));
        assert_eq!(absent::<Option<u8>, Error>(), Ok(None));
        assert_eq!(absent::<Vec<u8>, Error>(), Ok(vec![]));
        assert_eq!(absent::<HashMap<u8, u8>, Error>(), Ok(HashMap::new()));
        assert_eq!(absent::<Defaults, Error>(), Ok(Defaults { size: 0, name: None }));
        assert!(absent::<u8, Error>().is_err());
        assert!(nothing::<Vec<u8>, Error>().is_err());
        assert_eq!(nothing::<(), Error>(), Ok(()));
        assert!(absent::<(u8, u8), Error>().is_err());
    }
}
