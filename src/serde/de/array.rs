//! numpy's arrays as sequences of sequences, and their items.
//!
//! What is masked, and what is `NaT`, is `None`.

use super::{De, Hint, found, hinted, item};
use crate::{
    error::{Error, Result},
    serde::error::invalid,
    types::numpy::{Item, NdArray, One, Part},
};
use serde::de::{
    self, DeserializeSeed, IntoDeserializer, SeqAccess, Visitor,
    value::{MapDeserializer, SeqDeserializer},
};

impl<'de> De<'_, '_, 'de> {
    /// Hands over an array, which this value is. Looking at each item costs as much as its dtype has fields.
    pub(super) fn array<V: Visitor<'de>>(self, array: &NdArray<'_>, hint: Hint, visitor: V) -> Result<V::Value> {
        self.scope.charge(array.dtype().leaves())?;
        let _open = self.scope.open(self.at)?;
        let part = Part::of(array)?;
        hinted(Rows { de: self, part }, hint, visitor)
    }

    /// Hands over a scalar, which this value is, to a type that asks by one of our names.
    pub(super) fn scalar<V: Visitor<'de>>(
        self,
        array: &NdArray<'_>,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        self.scope.charge(array.dtype().leaves())?;
        let _open = self.scope.open(self.at)?;
        let part = Part::of(array)?;
        de::Deserializer::deserialize_newtype_struct(Rows { de: self, part }, name, visitor)
    }
}

/// Whether all there is of an array is one item, and that is masked or `NaT`.
pub(super) fn is_nothing(array: &NdArray<'_>) -> bool {
    let one = || Part::of(array).and_then(Part::one);
    array.ndim() == 0 && matches!(one(), Ok(One::Nothing))
}

/// A part of an array that is asked for.
#[derive(Clone, Copy)]
struct Rows<'a, 's, 'g, 'de> {
    de: De<'s, 'g, 'de>,
    part: Part<'a>,
}

impl<'s, 'g, 'de> Rows<'_, 's, 'g, 'de> {
    fn unfolded(self) -> Result<Self> {
        let part = self.part.unfolded()?;
        Ok(Rows { part, ..self })
    }

    fn object(self, value: crate::Value<'_>) -> Result<De<'s, 'g, 'de>> {
        self.de.child(self.de.scope.at(value.id()))
    }

    /// Hands over what lies along the first axis.
    fn axis<V: Visitor<'de>>(self, len: usize, most: Option<usize>, visitor: V) -> Result<V::Value> {
        if most.is_some_and(|most| len > most) {
            return Err(invalid(format!("an array of {len} items"), &visitor));
        }
        self.de.scope.charge(len)?;
        let (rows, next) = (self, 0);
        visitor.visit_seq(Axis { rows, next, len })
    }

    /// Hands over an item.
    fn item<V: Visitor<'de>>(self, item: &Item<'_>, hint: Hint, visitor: V) -> Result<V::Value> {
        let outcome = item::hand_over(item, hint, visitor);
        outcome.map_err(|error| found::of_item(error, self.de, self.part.dtype(), item))
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
        let part = self.rows.part.row(index);
        let row = seed.deserialize(Rows { part, ..self.rows }).map(Some);
        row.map_err(|error| error.under(&format!("[{index}]")))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.len - self.next)
    }
}

impl<'de> IntoDeserializer<'de, Error> for Rows<'_, '_, '_, 'de> {
    type Deserializer = Self;
    fn into_deserializer(self) -> Self {
        self
    }
}

/// Every method: of a part that has axes left a sequence, of what is nothing `None`, of an object what it answers, of a
/// record its fields, and of any other item what suits the hint.
macro_rules! methods {
    ($($method:ident($($arg:ident: $ty:ty),*) $hint:expr, $most:expr;)*) => { $(
        fn $method<V: Visitor<'de>>(self, $($arg: $ty,)* visitor: V) -> Result<V::Value> {
            let (rows, hint) = (self.unfolded()?, $hint);
            if let Some(len) = rows.part.len() {
                return rows.axis(len, $most, visitor);
            }
            let de = rows.de;
            match (rows.part.one()?, hint) {
                (One::Nothing, _) => visitor.visit_unit(),
                (One::Object(value), _) => rows.object(value)?.$method($($arg,)* visitor),
                (One::Item(item), _) => rows.item(&item, hint, visitor),
                (One::Record(fields), Hint::Struct(_) | Hint::Map) => {
                    let fields = fields.into_iter().map(|(name, part)| (name, Rows { de, part }));
                    visitor.visit_map(MapDeserializer::<_, Error>::new(fields))
                }
                (One::Record(fields), _) => {
                    let fields = fields.into_iter().map(|(_, part)| Rows { de, part });
                    visitor.visit_seq(SeqDeserializer::<_, Error>::new(fields))
                }
            }
        }
    )* };
}

impl<'de> de::Deserializer<'de> for Rows<'_, '_, '_, 'de> {
    type Error = Error;

    methods! {
        deserialize_any() Hint::Any, None;
        deserialize_bool() Hint::Bool, None;
        deserialize_i8() Hint::Int, None;
        deserialize_i16() Hint::Int, None;
        deserialize_i32() Hint::Int, None;
        deserialize_i64() Hint::Int, None;
        deserialize_i128() Hint::I128, None;
        deserialize_u8() Hint::Int, None;
        deserialize_u16() Hint::Int, None;
        deserialize_u32() Hint::Int, None;
        deserialize_u64() Hint::Int, None;
        deserialize_u128() Hint::U128, None;
        deserialize_f32() Hint::F32, None;
        deserialize_f64() Hint::F64, None;
        deserialize_char() Hint::Str, None;
        deserialize_str() Hint::Str, None;
        deserialize_string() Hint::Str, None;
        deserialize_bytes() Hint::Bytes, None;
        deserialize_byte_buf() Hint::Bytes, None;
        deserialize_unit() Hint::Unit, None;
        deserialize_unit_struct(name: &'static str) Hint::Unit, None;
        deserialize_seq() Hint::Seq, None;
        deserialize_tuple(len: usize) Hint::Tuple(len), Some(len);
        deserialize_tuple_struct(name: &'static str, len: usize) Hint::Tuple(len), Some(len);
        deserialize_map() Hint::Map, None;
        deserialize_struct(name: &'static str, fields: &'static [&'static str]) Hint::Struct(fields),
            Some(fields.len());
        deserialize_enum(name: &'static str, variants: &'static [&'static str]) Hint::Enum(variants), None;
        deserialize_identifier() Hint::Any, None;
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let rows = self.unfolded()?;
        if rows.part.len().is_some() {
            return visitor.visit_some(rows);
        }
        match rows.part.one()? {
            One::Nothing => visitor.visit_none(),
            One::Object(value) => rows.object(value)?.deserialize_option(visitor),
            _ => visitor.visit_some(rows),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value> {
        let rows = self.unfolded()?;
        if rows.part.len().is_some() {
            return visitor.visit_newtype_struct(rows);
        }
        match rows.part.one()? {
            One::Object(value) => rows.object(value)?.deserialize_newtype_struct(name, visitor),
            One::Item(item) => match item::named(&item, name, visitor) {
                Ok(outcome) => outcome.map_err(|error| found::of_item(error, rows.de, rows.part.dtype(), &item)),
                Err(visitor) => visitor.visit_newtype_struct(rows),
            },
            _ => visitor.visit_newtype_struct(rows),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_unit()
    }
}
