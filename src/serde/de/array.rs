//! numpy's arrays as sequences of sequences, and their items.

use super::De;
use crate::{
    error::{Error, Result},
    serde::error::invalid,
    types::numpy::{Dtype, DtypeKind, Item, NdArray},
};
use serde::de::{
    self, DeserializeSeed, IntoDeserializer, SeqAccess, Visitor,
    value::{MapDeserializer, SeqDeserializer},
};

impl<'de> De<'_, '_, 'de> {
    /// Hands over an array, which this value is. Looking at each item costs as much as its dtype has fields.
    pub(super) fn rows<V: Visitor<'de>>(
        self,
        array: &NdArray<'_>,
        most: Option<usize>,
        visitor: V,
    ) -> Result<V::Value> {
        self.scope.charge(array.dtype().leaves())?;
        let _open = self.scope.open(self.at)?;
        Rows::new(self, array).hand(most, visitor)
    }

    /// Hands over the item of a scalar to a type that asks for a map or struct.
    pub(super) fn record<V: Visitor<'de>>(self, array: &NdArray<'_>, visitor: V) -> Result<V::Value> {
        self.scope.charge(array.dtype().leaves())?;
        let _open = self.scope.open(self.at)?;
        de::Deserializer::deserialize_map(Rows::new(self, array), visitor)
    }
}

/// An array, or what lies in it under some first indices.
#[derive(Clone, Copy)]
struct Rows<'a, 's, 'g, 'de> {
    de: De<'s, 'g, 'de>,
    array: &'a NdArray<'a>,
    axis: usize,
    place: usize,
}

impl<'a, 's, 'g, 'de> Rows<'a, 's, 'g, 'de> {
    fn new(de: De<'s, 'g, 'de>, array: &'a NdArray<'a>) -> Self {
        let (axis, place) = (0, 0);
        Rows { de, array, axis, place }
    }

    /// How many there are along the first axis that is left; `None` where only an item is left.
    fn len(self) -> Option<usize> {
        self.array.shape().get(self.axis).copied()
    }

    fn item(self) -> Result<One<'a, 's, 'g, 'de>> {
        let item = self.array.at(self.place);
        let (de, dtype) = (self.de, self.array.dtype());
        match item {
            Some(item) => Ok(One { de, dtype, item }),
            None => Err(de::Error::custom("an item lies outside of its array")),
        }
    }

    fn hand<V: Visitor<'de>>(self, most: Option<usize>, visitor: V) -> Result<V::Value> {
        let Some(len) = self.len() else {
            return de::Deserializer::deserialize_any(self.item()?, visitor);
        };
        if most.is_some_and(|most| len > most) {
            return Err(invalid(format!("an array of {len} items"), &visitor));
        }
        self.de.scope.charge(len)?;
        visitor.visit_seq(Axis {
            rows: self,
            next: 0,
            len,
        })
    }
}

/// What lies along one axis.
struct Axis<'a, 's, 'g, 'de> {
    rows: Rows<'a, 's, 'g, 'de>,
    next: usize,
    len: usize,
}

impl<'de> SeqAccess<'de> for Axis<'_, '_, '_, 'de> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>> {
        if self.next == self.len {
            return Ok(None);
        }
        let index = self.next;
        self.next += 1;
        let step = self
            .rows
            .array
            .strides()
            .get(self.rows.axis)
            .copied()
            .unwrap_or_default();
        let row = Rows {
            axis: self.rows.axis + 1,
            place: self.rows.place + index * step,
            ..self.rows
        };
        let row = seed.deserialize(row).map(Some);
        row.map_err(|error| error.under(&format!("[{index}]")))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.len - self.next)
    }
}

/// One item, or a field of it.
struct One<'a, 's, 'g, 'de> {
    de: De<'s, 'g, 'de>,
    dtype: &'a Dtype,
    item: Item<'a>,
}

impl<'a, 's, 'g, 'de> One<'a, 's, 'g, 'de> {
    /// The object, if it is one.
    fn object(&self) -> Result<Option<De<'s, 'g, 'de>>> {
        match self.item {
            Item::Object(value) => self.de.child(self.de.scope.at(value.id())).map(Some),
            _ => Ok(None),
        }
    }

    /// The fields of a record, by name.
    fn fields(self) -> Vec<(&'a str, One<'a, 's, 'g, 'de>)> {
        let fields = self.dtype.as_record().map_or(&[][..], |record| record.fields());
        let items = match self.item {
            Item::Record(items) => items,
            _ => Vec::new(),
        };
        let de = self.de;
        let each = fields.iter().zip(items).map(|(field, item)| {
            let dtype = field.dtype();
            (field.name(), One { de, dtype, item })
        });
        each.collect()
    }

    fn any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.item {
            Item::Bool(value) => visitor.visit_bool(value),
            Item::Int(value) => visitor.visit_i64(value),
            Item::UInt(value) => visitor.visit_u64(value),
            Item::Float(value) => visitor.visit_f64(value),
            Item::Complex(re, im) => visitor.visit_seq(SeqDeserializer::<_, Error>::new([re, im].into_iter())),
            Item::Bytes(bytes) | Item::Void(bytes) => visitor.visit_bytes(bytes),
            Item::Str(text) => match text.to_text() {
                Some(text) => visitor.visit_string(text),
                None => Err(de::Error::custom("a string with a lone surrogate is no text")),
            },
            Item::DateTime(Some(units), _) | Item::TimeDelta(Some(units), _) => visitor.visit_i64(units),
            Item::DateTime(None, _) | Item::TimeDelta(None, _) => visitor.visit_unit(),
            Item::Record(_) => {
                let fields = self.fields().into_iter().map(|(_, field)| field);
                visitor.visit_seq(SeqDeserializer::<_, Error>::new(fields))
            }
            Item::Subarray(items) => {
                let DtypeKind::Subarray { base, .. } = self.dtype.kind() else {
                    return Err(de::Error::custom("a subarray is of no such dtype"));
                };
                let (de, dtype) = (self.de, &**base);
                let items = items.into_iter().map(|item| One { de, dtype, item });
                visitor.visit_seq(SeqDeserializer::<_, Error>::new(items))
            }
            Item::LongDouble(_) => Err(de::Error::custom("a long double is known to C alone")),
            Item::Object(_) => match self.object()? {
                Some(object) => de::Deserializer::deserialize_any(object, visitor),
                None => visitor.visit_unit(),
            },
        }
    }

    fn map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.item {
            Item::Record(_) => visitor.visit_map(MapDeserializer::<_, Error>::new(self.fields().into_iter())),
            _ => self.any(visitor),
        }
    }
}

impl<'de> IntoDeserializer<'de, Error> for One<'_, '_, '_, 'de> {
    type Deserializer = Self;
    fn into_deserializer(self) -> Self {
        self
    }
}

/// Every method: of an array that has axes left a sequence, of an item that is an object what the object answers, and
/// of any other item what the third column says.
macro_rules! methods {
    ($($method:ident($($arg:ident: $ty:ty),*) |$one:ident, $visitor:ident| $answer:expr, $most:expr;)*) => {
        impl<'de> de::Deserializer<'de> for Rows<'_, '_, '_, 'de> {
            type Error = Error;

            $( fn $method<V: Visitor<'de>>(self, $($arg: $ty,)* visitor: V) -> Result<V::Value> {
                match self.len() {
                    Some(_) => self.hand($most, visitor),
                    None => self.item()?.$method($($arg,)* visitor),
                }
            } )*

            fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
                match self.len() {
                    Some(_) => visitor.visit_some(self),
                    None => self.item()?.deserialize_option(visitor),
                }
            }

            fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value> {
                match self.len() {
                    Some(_) => visitor.visit_newtype_struct(self),
                    None => self.item()?.deserialize_newtype_struct(name, visitor),
                }
            }

            fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
                visitor.visit_unit()
            }
        }

        impl<'de> de::Deserializer<'de> for One<'_, '_, '_, 'de> {
            type Error = Error;

            $( fn $method<V: Visitor<'de>>(self, $($arg: $ty,)* visitor: V) -> Result<V::Value> {
                if let Some(object) = self.object()? {
                    return object.$method($($arg,)* visitor);
                }
                let ($one, $visitor) = (self, visitor);
                $answer
            } )*

            fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
                if let Some(object) = self.object()? {
                    return object.deserialize_option(visitor);
                }
                match self.item {
                    Item::DateTime(None, _) | Item::TimeDelta(None, _) => visitor.visit_none(),
                    _ => visitor.visit_some(self),
                }
            }

            fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value> {
                match self.object()? {
                    Some(object) => object.deserialize_newtype_struct(name, visitor),
                    None => visitor.visit_newtype_struct(self),
                }
            }

            fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
                visitor.visit_unit()
            }
        }
    };
}

methods! {
    deserialize_any() |one, visitor| one.any(visitor), None;
    deserialize_bool() |one, visitor| one.any(visitor), None;
    deserialize_i8() |one, visitor| one.any(visitor), None;
    deserialize_i16() |one, visitor| one.any(visitor), None;
    deserialize_i32() |one, visitor| one.any(visitor), None;
    deserialize_i64() |one, visitor| one.any(visitor), None;
    deserialize_i128() |one, visitor| one.any(visitor), None;
    deserialize_u8() |one, visitor| one.any(visitor), None;
    deserialize_u16() |one, visitor| one.any(visitor), None;
    deserialize_u32() |one, visitor| one.any(visitor), None;
    deserialize_u64() |one, visitor| one.any(visitor), None;
    deserialize_u128() |one, visitor| one.any(visitor), None;
    deserialize_f32() |one, visitor| one.any(visitor), None;
    deserialize_f64() |one, visitor| one.any(visitor), None;
    deserialize_char() |one, visitor| one.any(visitor), None;
    deserialize_str() |one, visitor| one.any(visitor), None;
    deserialize_string() |one, visitor| one.any(visitor), None;
    deserialize_bytes() |one, visitor| one.any(visitor), None;
    deserialize_byte_buf() |one, visitor| one.any(visitor), None;
    deserialize_unit() |one, visitor| one.any(visitor), None;
    deserialize_unit_struct(name: &'static str) |one, visitor| one.any(visitor), None;
    deserialize_seq() |one, visitor| one.any(visitor), None;
    deserialize_tuple(len: usize) |one, visitor| one.any(visitor), Some(len);
    deserialize_tuple_struct(name: &'static str, len: usize) |one, visitor| one.any(visitor), Some(len);
    deserialize_map() |one, visitor| one.map(visitor), None;
    deserialize_struct(name: &'static str, fields: &'static [&'static str]) |one, visitor| one.map(visitor),
        Some(fields.len());
    deserialize_enum(name: &'static str, variants: &'static [&'static str]) |one, visitor| match one.item {
        Item::Str(text) => visitor.visit_enum(text.to_text().unwrap_or_default().into_deserializer()),
        _ => one.any(visitor),
    }, None;
    deserialize_identifier() |one, visitor| one.any(visitor), None;
}
