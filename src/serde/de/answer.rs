//! Objects handed over in their parts, to types of ours that ask for them by a token.

use super::{
    De,
    data::{At, Entries, Items, Name},
};
use crate::{
    error::{Error, Result},
    serde::parts::Answer,
    types::{self, Part},
};
use serde::de::{self, Deserializer, SeqAccess, Visitor};

impl<'g, 'de> De<'_, 'g, 'de> {
    /// The parts of an object as an enum, if it is of the kind that the token names; else the visitor once more.
    pub(super) fn in_parts<V: Visitor<'de>>(self, token: &str, visitor: V) -> Result<Result<V::Value>, V> {
        match types::parts(token, self.scope.graph.value(self.at)) {
            Some(parts) => Ok(self.answer(parts, visitor)),
            None => Err(visitor),
        }
    }

    fn answer<V: Visitor<'de>>(self, parts: Vec<Part<'g>>, visitor: V) -> Result<V::Value> {
        let _open = self.scope.open(self.at)?;
        visitor.visit_enum(Answer(Parts {
            de: self,
            parts: parts.into_iter(),
        }))
    }
}

struct Parts<'s, 'g, 'de> {
    de: De<'s, 'g, 'de>,
    parts: std::vec::IntoIter<Part<'g>>,
}

impl<'de> SeqAccess<'de> for Parts<'_, '_, 'de> {
    type Error = Error;

    fn next_element_seed<T: de::DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>> {
        match self.parts.next() {
            Some(Part::Value(value)) => {
                let at = self.de.scope.at(value.id());
                seed.deserialize(self.de.child(at)?).map(Some)
            }
            Some(part) => seed.deserialize(PartDe { de: self.de, part }).map(Some),
            None => Ok(None),
        }
    }
}

/// A part that is no value of its own.
struct PartDe<'s, 'g, 'de> {
    de: De<'s, 'g, 'de>,
    part: Part<'g>,
}

impl<'de> PartDe<'_, '_, 'de> {
    fn hand_over<V: Visitor<'de>>(self, most: Option<usize>, fields: bool, visitor: V) -> Result<V::Value> {
        let PartDe { de, part } = self;
        let at = |value: crate::Value<'_>| de.scope.at(value.id());
        match part {
            Part::None => visitor.visit_unit(),
            Part::Count(count) => visitor.visit_u64(count as u64),
            Part::Text(text) => {
                de.scope.charge_bytes(text.len())?;
                visitor.visit_string(text)
            }
            Part::Bytes(bytes) => {
                de.scope.charge_bytes(bytes.len())?;
                visitor.visit_byte_buf(bytes)
            }
            Part::Value(value) => de.child(at(value))?.deserialize_any(visitor),
            Part::Seq(values) => {
                let items: Vec<At> = values.into_iter().map(at).collect();
                de.visit_items(Items::List(items), most, visitor)
            }
            Part::Map(entries) => {
                let entries = entries.into_iter();
                let entries = entries.map(|(key, value)| (Name::At(at(key)), at(value))).collect();
                de.visit_entries(Entries::List(entries), fields, visitor)
            }
        }
    }
}

impl<'de> Deserializer<'de> for PartDe<'_, '_, 'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.hand_over(None, false, visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.part {
            Part::None => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value> {
        self.hand_over(Some(len), false, visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(self, _: &'static str, len: usize, visitor: V) -> Result<V::Value> {
        self.hand_over(Some(len), false, visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.hand_over(Some(fields.len()), true, visitor)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match &self.part {
            // A tuple without items.
            Part::Seq(items) if items.is_empty() => visitor.visit_unit(),
            _ => self.hand_over(None, false, visitor),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value> {
        self.deserialize_unit(visitor)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf seq map enum identifier
        ignored_any
    }
}
