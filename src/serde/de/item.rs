//! Items of numpy's arrays that are neither records nor objects.
//!
//! A `datetime64` is the text of a date or of a datetime, a `timedelta64` its seconds, just as what numpy's `item()` gives
//! for them is, and so are those in nanoseconds and finer, for which Python has no type. An int that is asked for is the
//! number of units. What is no date of Python's and what has no length is that number in any case, as for `item()`.

use super::Hint;
use crate::{
    error::{Error, Result},
    serde::{error::invalid, parts::Answer, token},
    types::{
        self,
        numpy::{Item, Seconds},
    },
};
use serde::de::{
    self, Error as _, IntoDeserializer, Visitor,
    value::{MapDeserializer, SeqDeserializer},
};

/// Hands over an item as suits what is asked for.
pub(super) fn hand_over<'de, V: Visitor<'de>>(item: &Item<'_>, hint: Hint, visitor: V) -> Result<V::Value> {
    let units_wanted = matches!(hint, Hint::Int | Hint::I128 | Hint::U128);
    match item {
        Item::Bool(value) => visitor.visit_bool(*value),
        Item::Int(value) => visitor.visit_i64(*value),
        Item::UInt(value) => visitor.visit_u64(*value),
        Item::Float(value) => visitor.visit_f64(*value),
        Item::Complex(re, im) => visitor.visit_seq(SeqDeserializer::<_, Error>::new([*re, *im].into_iter())),
        Item::Bytes(bytes) | Item::Void(bytes) => visitor.visit_bytes(bytes),
        Item::Str(text) => match (text.to_text(), hint) {
            (Some(text), Hint::Enum(_)) => visitor.visit_enum(text.into_deserializer()),
            (Some(text), _) => visitor.visit_string(text),
            (None, _) => Err(Error::custom("a string with a lone surrogate is no text")),
        },
        Item::DateTime(Some(units), _) | Item::TimeDelta(Some(units), _) if units_wanted => visitor.visit_i64(*units),
        Item::DateTime(Some(units), unit) => match unit.stamp_text(*units) {
            Some(text) => visitor.visit_string(text),
            None => visitor.visit_i64(*units),
        },
        Item::TimeDelta(Some(units), unit) => match unit.length(*units) {
            Some(length) => self::length(length, hint, visitor),
            None => visitor.visit_i64(*units),
        },
        Item::LongDouble(_) => Err(Error::custom("a long double is known to C alone")),
        _ => visitor.visit_unit(),
    }
}

/// As for a `timedelta`.
fn length<'de, V: Visitor<'de>>(length: Seconds, hint: Hint, visitor: V) -> Result<V::Value> {
    match (hint, length.nanos()) {
        (Hint::Str, _) => visitor.visit_string(length.length_text()),
        (Hint::Struct(_) | Hint::Map, Some((seconds @ 0.., nanos))) => {
            let fields = [("secs", seconds), ("nanos", nanos.into())];
            visitor.visit_map(MapDeserializer::<_, Error>::new(fields.into_iter()))
        }
        (Hint::Tuple(_), Some((seconds, nanos))) => {
            visitor.visit_seq(SeqDeserializer::<_, Error>::new([seconds, nanos.into()].into_iter()))
        }
        (Hint::Struct(_) | Hint::Map | Hint::Seq | Hint::Tuple(_), _) => {
            Err(invalid(format!("a length of {} seconds", length.to_f64()), &visitor))
        }
        _ => visitor.visit_f64(length.to_f64()),
    }
}

/// An item for a type that asks by one of our names; the visitor once more if it has to ask by what it is.
pub(super) fn named<'de, V: Visitor<'de>>(item: &Item<'_>, name: &str, visitor: V) -> Result<Result<V::Value>, V> {
    let time = match (name, item) {
        (token::COMPLEX, Item::Complex(re, im)) => {
            let (re, im) = (*re, *im);
            return Ok(visitor.visit_string(types::Complex { re, im }.to_string()));
        }
        (token::DATETIME, Item::DateTime(Some(units), unit)) => unit.since_1970(*units),
        (token::DATE, Item::DateTime(Some(units), unit)) if unit.is_days() => unit.since_1970(*units),
        (token::TIMEDELTA, Item::TimeDelta(Some(units), unit)) => unit.length(*units),
        _ => return Err(visitor),
    };
    Ok(match time.and_then(Seconds::nanos) {
        Some((seconds, nanos)) => {
            let ticks = [seconds, nanos.into()].into_iter();
            visitor.visit_enum(Answer(SeqDeserializer::<_, Error>::new(ticks)))
        }
        None => Err(Error::invalid_value(
            de::Unexpected::Other("a time it cannot hold"),
            &visitor,
        )),
    })
}
