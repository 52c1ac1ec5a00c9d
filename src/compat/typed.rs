//! A graph as serde's data, by serde-pickle's rules.

use super::{
    error::{Error, ErrorCode, Result},
    plain::{Context, Inside, Plain},
};
use crate::{Entries, Items, ItemsIter, Value};
use serde::{
    de::{self, DeserializeSeed, Visitor, value::SeqDeserializer},
    forward_to_deserialize_any,
};

/// Deserializes one value of a graph.
#[derive(Clone, Copy)]
pub(super) struct Typed<'c, 'g> {
    value: Value<'g>,
    context: &'c Context<'g>,
}

impl<'c, 'g> Typed<'c, 'g> {
    pub(super) fn new(value: Value<'g>, context: &'c Context<'g>) -> Self {
        Typed { value, context }
    }

    fn with(self, value: Value<'g>) -> Self {
        Typed { value, ..self }
    }

    fn enter(self) -> Result<(Plain<'g>, Inside<'c, 'g>)> {
        self.context.enter(self.value)
    }

    fn seq(self, items: Items<'g>) -> Seq<'c, 'g> {
        Seq {
            from: self,
            items: items.into_iter(),
        }
    }

    fn visit<'de, V: Visitor<'de>>(self, plain: Plain<'g>, visitor: V) -> Result<V::Value> {
        match plain {
            Plain::None => visitor.visit_unit(),
            Plain::Bool(value) => visitor.visit_bool(value),
            Plain::Int(value) => visitor.visit_i64(value),
            Plain::BigInt(value) => {
                if let Ok(value) = u64::try_from(&*value) {
                    visitor.visit_u64(value)
                } else if let Ok(value) = i128::try_from(&*value) {
                    visitor.visit_i128(value)
                } else if let Ok(value) = u128::try_from(&*value) {
                    visitor.visit_u128(value)
                } else {
                    Err(Error::invalid("integer too large"))
                }
            }
            Plain::Float(value) => visitor.visit_f64(value),
            Plain::Bytes(value) => visitor.visit_byte_buf(value.into_owned()),
            Plain::Str(value) => visitor.visit_string(value.into()),
            Plain::List(items) | Plain::Tuple(items) | Plain::Set(items) | Plain::FrozenSet(items) => {
                visitor.visit_seq(self.seq(items))
            }
            Plain::Dict(entries) => visitor.visit_map(Map {
                from: self,
                entries,
                at: 0,
                value: None,
            }),
        }
    }
}

impl<'de> de::Deserializer<'de> for Typed<'_, '_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let (plain, _inside) = self.enter()?;
        self.visit(plain, visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let (plain, inside) = self.enter()?;
        if let Plain::None = plain {
            return visitor.visit_none();
        }
        drop(inside);
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        let (plain, _inside) = self.enter()?;
        let (name, data) = match plain {
            Plain::Str(_) | Plain::Bytes(_) => return visitor.visit_enum(Variant::unit(self)),
            Plain::Tuple(items) if items.len() <= 2 => (items.get(0), items.get(1)),
            Plain::Dict(Some(entries)) if entries.len() == 1 => match entries.iter().next() {
                Some((name, data)) => (Some(name), Some(data)),
                None => (None, None),
            },
            Plain::Dict(_) => return Err(Error::structure("enum variants must have one dict entry")),
            _ => return Err(Error::structure("enums must be represented as dicts or tuples")),
        };
        let Some(name) = name else {
            return Err(Error::structure("an enum's tuple must have the variant's name"));
        };
        visitor.visit_enum(Variant {
            name: self.with(name),
            data: data.map(|data| self.with(data)),
        })
    }

    /// Bytes are a sequence of numbers to whoever asks for one.
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.enter()? {
            (Plain::Bytes(bytes), _) => visitor.visit_seq(SeqDeserializer::new(bytes.iter().copied())),
            (plain, _inside) => self.visit(plain, visitor),
        }
    }

    /// An empty tuple is Python's `()`, too.
    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.enter()? {
            (Plain::Tuple(items), _) if items.is_empty() => visitor.visit_unit(),
            (plain, _inside) => self.visit(plain, visitor),
        }
    }

    /// Names of fields are short-lived: they are not copied.
    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.enter()? {
            (Plain::Str(text), _) => visitor.visit_str(text),
            (Plain::Bytes(bytes), _) => visitor.visit_bytes(&bytes),
            (plain, _inside) => self.visit(plain, visitor),
        }
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_str(visitor)
    }

    /// What is ignored is not looked at.
    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool u8 u16 u32 u64 i8 i16 i32 i64 i128 u128 f32 f64 char string bytes byte_buf
        map tuple tuple_struct struct unit_struct
    }
}

/// The items of a sequence.
struct Seq<'c, 'g> {
    from: Typed<'c, 'g>,
    items: ItemsIter<'g>,
}

impl<'de> de::SeqAccess<'de> for Seq<'_, '_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>> {
        let next = self.items.next();
        next.map(|item| seed.deserialize(self.from.with(item))).transpose()
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

/// The entries of a dict.
struct Map<'c, 'g> {
    from: Typed<'c, 'g>,
    entries: Option<Entries<'g>>,
    at: usize,
    value: Option<Value<'g>>,
}

impl<'de> de::MapAccess<'de> for Map<'_, '_> {
    type Error = Error;

    fn next_key_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>> {
        let Some((key, value)) = self.entries.and_then(|entries| entries.iter().nth(self.at)) else {
            return Ok(None);
        };
        self.at += 1;
        self.value = Some(value);
        seed.deserialize(self.from.with(key)).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value> {
        match self.value.take() {
            Some(value) => seed.deserialize(self.from.with(value)),
            None => Err(Error::structure("a value is asked for before its key")),
        }
    }

    fn size_hint(&self) -> Option<usize> {
        self.entries.map(|entries| entries.len() - self.at)
    }
}

/// A variant of an enum.
struct Variant<'c, 'g> {
    name: Typed<'c, 'g>,
    data: Option<Typed<'c, 'g>>,
}

impl<'c, 'g> Variant<'c, 'g> {
    fn unit(name: Typed<'c, 'g>) -> Self {
        Variant { name, data: None }
    }

    fn data(self) -> Result<Typed<'c, 'g>> {
        self.data.ok_or(Error::Syntax(ErrorCode::EOFWhileParsing))
    }
}

impl<'de> de::EnumAccess<'de> for Variant<'_, '_> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self)> {
        Ok((seed.deserialize(self.name)?, self))
    }
}

impl<'de> de::VariantAccess<'de> for Variant<'_, '_> {
    type Error = Error;

    fn unit_variant(self) -> Result<()> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value> {
        seed.deserialize(self.data()?)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value> {
        de::Deserializer::deserialize_any(self.data()?, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value> {
        de::Deserializer::deserialize_any(self.data()?, visitor)
    }
}
