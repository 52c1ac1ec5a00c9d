//! numpy's arrays for other formats: sequences of sequences.

use crate::{
    Value,
    types::numpy::{Item, NdArray},
};
use serde::ser::{Error, Serialize, SerializeSeq, Serializer};

/// How many values are written for an array. One without items may still have any number of rows.
pub(super) fn cost(array: &NdArray<'_>) -> u64 {
    let lens = array.shape().iter().map(|len| *len as u64);
    let rows = lens.take_while(|len| *len > 0).fold(1, u64::saturating_mul);
    rows.saturating_mul(array.dtype().leaves() as u64)
}

/// An array, or what lies in it under some first indices; and how objects are written.
pub(super) struct Rows<'a, 'g, F> {
    array: &'a NdArray<'g>,
    object: F,
    axis: usize,
    place: usize,
}

impl<'a, 'g, T: Serialize, F: Fn(Value<'a>) -> T + Copy> Rows<'a, 'g, F> {
    pub(super) fn new(array: &'a NdArray<'g>, object: F) -> Self {
        let (axis, place) = (0, 0);
        Rows {
            array,
            object,
            axis,
            place,
        }
    }
}

impl<'a, T: Serialize, F: Fn(Value<'a>) -> T + Copy> Serialize for Rows<'a, '_, F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Some(len) = self.array.shape().get(self.axis) else {
            return match self.array.at(self.place) {
                Some(item) => One(&item, self.object).serialize(serializer),
                None => Err(S::Error::custom("an item lies outside of its array")),
            };
        };
        let step = self.array.strides().get(self.axis).copied().unwrap_or_default();
        let mut rows = serializer.serialize_seq(Some(*len))?;
        for index in 0..*len {
            rows.serialize_element(&Rows {
                axis: self.axis + 1,
                place: self.place + index * step,
                ..*self
            })?;
        }
        rows.end()
    }
}

/// One item, or a field of it.
struct One<'i, 'a, F>(&'i Item<'a>, F);

impl<'a, T: Serialize, F: Fn(Value<'a>) -> T + Copy> Serialize for One<'_, 'a, F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let One(item, object) = self;
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
            Item::DateTime(units, _) | Item::TimeDelta(units, _) => units.serialize(serializer),
            Item::Record(items) | Item::Subarray(items) => {
                serializer.collect_seq(items.iter().map(|item| One(item, *object)))
            }
            Item::LongDouble(_) => Err(S::Error::custom("a long double is known to C alone")),
            Item::Object(value) => object(*value).serialize(serializer),
        }
    }
}
