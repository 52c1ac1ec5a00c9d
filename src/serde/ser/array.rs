//! numpy's arrays for other formats: sequences of sequences.

use crate::{
    Value,
    types::numpy::{Item, NdArray, One, Part},
};
use serde::ser::{Error, Serialize, SerializeSeq, Serializer};

/// How many values are written for an array. One without items may still have any number of rows.
pub(super) fn cost(array: &NdArray<'_>) -> u64 {
    let lens = array.shape().iter().map(|len| *len as u64);
    let rows = lens.take_while(|len| *len > 0).fold(1, u64::saturating_mul);
    rows.saturating_mul(array.dtype().leaves() as u64)
}

/// An array or a part of it, and how objects are written.
pub(super) struct Rows<'a, F>(pub(super) Part<'a>, pub(super) F);

impl<'a, T: Serialize, F: Fn(Value<'a>) -> T + Copy> Serialize for Rows<'a, F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Rows(part, object) = *self;
        let part = part.unfolded().map_err(S::Error::custom)?;
        if let Some(len) = part.len() {
            let mut rows = serializer.serialize_seq(Some(len))?;
            for index in 0..len {
                rows.serialize_element(&Rows(part.row(index), object))?;
            }
            return rows.end();
        }
        match part.one().map_err(S::Error::custom)? {
            One::Nothing => serializer.serialize_none(),
            One::Object(value) => object(value).serialize(serializer),
            One::Record(fields) => serializer.collect_seq(fields.into_iter().map(|(_, part)| Rows(part, object))),
            One::Item(item) => write(&item, serializer),
        }
    }
}

fn write<S: Serializer>(item: &Item<'_>, serializer: S) -> Result<S::Ok, S::Error> {
    match item {
        Item::Bool(value) => serializer.serialize_bool(*value),
        Item::Int(value) => serializer.serialize_i64(*value),
        Item::UInt(value) => serializer.serialize_u64(*value),
        Item::Float(value) => serializer.serialize_f64(*value),
        Item::Complex(re, im) => (re, im).serialize(serializer),
        Item::Bytes(bytes) | Item::Void(bytes) => serializer.serialize_bytes(bytes),
        Item::Str(text) => match text.to_text() {
            Some(text) => serializer.serialize_str(&text),
            None => Err(S::Error::custom("a string with a lone surrogate is no text")),
        },
        // As typed reading has them: the text of a date or datetime, and seconds.
        Item::DateTime(Some(units), unit) => match unit.stamp_text(*units) {
            Some(text) => serializer.serialize_str(&text),
            None => serializer.serialize_i64(*units),
        },
        Item::TimeDelta(Some(units), unit) => match unit.length(*units) {
            Some(length) => serializer.serialize_f64(length.to_f64()),
            None => serializer.serialize_i64(*units),
        },
        Item::LongDouble(_) => Err(S::Error::custom("a long double is known to C alone")),
        _ => serializer.serialize_none(),
    }
}
