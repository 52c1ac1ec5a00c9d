//! What each kind of type takes, beyond what a value is by itself.

use super::{
    De, Hint,
    data::{At, Data, Entries, Items, Lent, Run},
    few_enough, found, number,
};
use crate::error::Result;
use serde::de::{self, Visitor};

impl<'g, 'de> De<'_, 'g, 'de> {
    /// Bytes as the sequence of their numbers.
    pub(super) fn numbers<V: Visitor<'de>>(self, bytes: &[u8], most: Option<usize>, visitor: V) -> Result<V::Value> {
        few_enough(bytes.len(), most, &visitor)?;
        self.scope.charge(bytes.len())?;
        let mut access = de::value::SeqDeserializer::new(bytes.iter().copied());
        let value = visitor.visit_seq(&mut access)?;
        access.end().map(|()| value)
    }

    pub(super) fn in_order<V: Visitor<'de>>(self, most: Option<usize>, visitor: V) -> Result<V::Value> {
        match self.data() {
            Data::List(run) | Data::Tuple(run) | Data::Set(run) => self.seq(Items::Run(run), most, visitor),
            Data::Bytes(bytes) => self.numbers(bytes.get(), most, visitor),
            Data::Global | Data::Object | Data::Persistent => self.opaque(most.map_or(Hint::Seq, Hint::Tuple), visitor),
            // In `Option<(Option<T>,)>` this is Python's `(None,)`: see `option`.
            Data::None if self.wrapped.is_some() => self.unwrapped().in_order(most, visitor),
            _ => self.any(visitor),
        }
    }

    /// The tuple that was taken for `Some`, for a type that wants a tuple.
    pub(super) fn unwrapped(self) -> Self {
        match self.wrapped {
            Some(At { at, slot }) => De {
                at,
                slot,
                wrapped: None,
                ..self
            },
            None => self,
        }
    }

    pub(super) fn mapping<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.data() {
            Data::Dict(run) => self.map(Entries::Run(run), false, visitor),
            Data::Global | Data::Object | Data::Persistent => self.opaque(Hint::Map, visitor),
            _ => self.any(visitor),
        }
    }

    pub(super) fn structure<V: Visitor<'de>>(self, fields: &'static [&'static str], visitor: V) -> Result<V::Value> {
        match self.data() {
            Data::Dict(run) => self.map(Entries::Run(run), true, visitor),
            Data::List(run) | Data::Tuple(run) => self.seq(Items::Run(run), Some(fields.len()), visitor),
            Data::Set(_) => self.refuse(&visitor),
            Data::Global | Data::Object | Data::Persistent => self.opaque(Hint::Struct(fields), visitor),
            Data::None if self.wrapped.is_some() => self.unwrapped().structure(fields, visitor),
            _ => self.any(visitor),
        }
    }

    pub(super) fn text<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.data() {
            // Text of Python 2 that was not decoded.
            Data::Bytes(bytes) => match bytes {
                Lent::Long(bytes) => match str::from_utf8(bytes) {
                    Ok(text) => self.str(Lent::Long(text), visitor),
                    Err(_) => visitor.visit_borrowed_bytes(bytes),
                },
                Lent::Short(bytes) => match str::from_utf8(bytes) {
                    Ok(text) => self.str(Lent::Short(text), visitor),
                    Err(_) => visitor.visit_bytes(bytes),
                },
            },
            Data::Big(value) if i128::try_from(value).is_err() && u128::try_from(value).is_err() => {
                visitor.visit_string(number::decimal(value, self.scope.limits().digits)?)
            }
            Data::Global | Data::Object | Data::Persistent => self.opaque(Hint::Str, visitor),
            _ => self.any(visitor),
        }
    }

    pub(super) fn content<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.data() {
            Data::Str(Lent::Long(text)) => self.bytes(Lent::Long(text.as_bytes()), visitor),
            Data::Str(Lent::Short(text)) => self.bytes(Lent::Short(text.as_bytes()), visitor),
            Data::Surrogates(text) => self.bytes(Lent::Short(text), visitor),
            Data::Global | Data::Object | Data::Persistent => self.opaque(Hint::Bytes, visitor),
            _ => self.any(visitor),
        }
    }

    pub(super) fn bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.data() {
            Data::Global | Data::Object | Data::Persistent => self.opaque(Hint::Bool, visitor),
            _ => self.any(visitor),
        }
    }

    pub(super) fn int<V: Visitor<'de>>(self, hint: Hint, visitor: V) -> Result<V::Value> {
        match (self.data(), hint) {
            // In Python a bool is an int.
            (Data::Bool(value), _) => visitor.visit_u64(value.into()),
            (Data::Int(value), Hint::I128) => visitor.visit_i128(value.into()),
            (Data::Int(value), Hint::U128) if value >= 0 => visitor.visit_u128(value as u128),
            (Data::Big(value), Hint::I128 | Hint::U128) => number::wide(self, hint, value, visitor),
            (Data::Global | Data::Object | Data::Persistent, _) => self.opaque(hint, visitor),
            _ => self.any(visitor),
        }
    }

    pub(super) fn float<V: Visitor<'de>>(self, hint: Hint, visitor: V) -> Result<V::Value> {
        match (self.data(), hint) {
            (Data::Bool(value), _) => visitor.visit_f64(value.into()),
            (Data::Int(value), Hint::F32) => visitor.visit_f32(value as f32),
            (Data::Int(value), _) => visitor.visit_f64(value as f64),
            (Data::Big(value), Hint::F32) => match number::nearest(value, |value: &f32| value.is_finite()) {
                Some(value) => visitor.visit_f32(value),
                None => self.refuse(&visitor),
            },
            (Data::Big(value), _) => match number::nearest(value, |value: &f64| value.is_finite()) {
                Some(value) => visitor.visit_f64(value),
                None => self.refuse(&visitor),
            },
            (Data::Global | Data::Object | Data::Persistent, _) => self.opaque(hint, visitor),
            _ => self.any(visitor),
        }
    }

    pub(super) fn unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.data() {
            Data::Tuple(Run { refs: [], .. }) => visitor.visit_unit(),
            Data::Global | Data::Object | Data::Persistent => self.opaque(Hint::Unit, visitor),
            _ => self.any(visitor),
        }
    }

    /// The name of a field or variant.
    pub(super) fn name<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.data() {
            Data::Str(text) => self.str(text, visitor),
            Data::Bytes(bytes) if str::from_utf8(bytes.get()).is_ok() => self.text(visitor),
            // A number would pick the field that stands there.
            _ if self.names => visitor.visit_string(found::short(self.scope.graph.value(self.at))),
            _ => self.any(visitor),
        }
    }
}
