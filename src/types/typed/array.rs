//! `array.array`: from protocol 3 on as bytes, below as a list.

use super::{
    Named, call,
    sequences::{AnyBytes, Bytes},
};
use crate::{
    serde::{
        faces::{self, Faces},
        parts::{self, FromParts, next},
        token,
    },
    types::{
        Array,
        array::{each, from_bytes},
    },
};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, SeqAccess, Visitor},
    ser::SerializeTupleStruct,
};
use std::fmt;

impl Serialize for Array {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        faces::serialize(self, serializer)
    }
}

impl Faces for Array {
    fn plain<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        each!(self, items => items.serialize(serializer), text => text.serialize(serializer))
    }

    fn object<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut choice = serializer.serialize_tuple_struct(token::BY_PROTOCOL, 2)?;
        choice.serialize_field(&AsList(self))?;
        choice.serialize_field(&AsBytes(self))?;
        choice.end()
    }
}

struct AsList<'a>(&'a Array);

impl Serialize for AsList<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let code = self.0.typecode();
        each!(self.0,
            items => call(serializer, "array:array", &(code, items)),
            text => call(serializer, "array:array", &(code, text.chars().collect::<Vec<_>>())))
    }
}

struct AsBytes<'a>(&'a Array);

impl Serialize for AsBytes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (format, bytes) = self.0.to_bytes();
        let class = Named(token::GLOBAL, "array:array");
        let args = (class, self.0.typecode(), format, Bytes(&bytes));
        call(serializer, "array:_array_reconstructor", &args)
    }
}

impl<'de> Deserialize<'de> for Array {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        parts::deserialize(deserializer)
    }
}

impl<'de> FromParts<'de> for Array {
    const TOKEN: &'static str = token::ARRAY;
    const NAME: &'static str = "an array of numbers";

    fn from_parts<A: SeqAccess<'de>>(mut parts: A) -> Result<Self, A::Error> {
        let (code, format) = (next(&mut parts)?, next(&mut parts)?);
        let ByteBuf(bytes) = next(&mut parts)?;
        from_bytes(code, format, &bytes).ok_or_else(|| A::Error::custom("bytes that are no array"))
    }

    /// Plain numbers do not tell their type: ints become `q`, or `Q` where they are too large for that, floats `d`.
    fn from_plain<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Plain)
    }
}

struct ByteBuf(Vec<u8>);

impl<'de> Deserialize<'de> for ByteBuf {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_byte_buf(AnyBytes).map(ByteBuf)
    }
}

struct Plain;

impl<'de> Visitor<'de> for Plain {
    type Value = Array;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("numbers or text")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Array, E> {
        Ok(Array::Text(text.into()))
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Array, E> {
        Ok(Array::U8(bytes.to_vec()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Array, A::Error> {
        let mut numbers = Array::I64(Vec::new());
        while let Some(number) = items.next_element()? {
            numbers = match (numbers, number) {
                (Array::I64(mut ints), Number::Int(int)) => {
                    ints.push(int);
                    Array::I64(ints)
                }
                (Array::F64(mut floats), number) => {
                    floats.push(number.float());
                    Array::F64(floats)
                }
                (Array::U64(mut ints), Number::UInt(int)) => {
                    ints.push(int);
                    Array::U64(ints)
                }
                (Array::U64(mut ints), Number::Int(int @ 0..)) => {
                    ints.push(int as u64);
                    Array::U64(ints)
                }
                (Array::I64(ints), Number::UInt(int)) if ints.iter().all(|int| *int >= 0) => {
                    let ints = ints.into_iter().map(|int| int as u64);
                    Array::U64(ints.chain([int]).collect())
                }
                (Array::I64(ints), number @ Number::Float(_)) => {
                    let floats = ints.into_iter().map(|int| int as f64);
                    Array::F64(floats.chain([number.float()]).collect())
                }
                (Array::U64(ints), number @ Number::Float(_)) => {
                    let floats = ints.into_iter().map(|int| int as f64);
                    Array::F64(floats.chain([number.float()]).collect())
                }
                _ => return Err(A::Error::custom("no array has negative ints and such large ones")),
            };
        }
        Ok(numbers)
    }
}

/// A number of any kind; ints that fit are [`Number::Int`].
enum Number {
    Int(i64),
    UInt(u64),
    Float(f64),
}

impl Number {
    fn float(self) -> f64 {
        match self {
            Number::Int(value) => value as f64,
            Number::UInt(value) => value as f64,
            Number::Float(value) => value,
        }
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyNumber)
    }
}

struct AnyNumber;

impl Visitor<'_> for AnyNumber {
    type Value = Number;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number")
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Number, E> {
        Ok(Number::Int(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Number, E> {
        Ok(i64::try_from(value).map_or(Number::UInt(value), Number::Int))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Number, E> {
        Ok(Number::Float(value))
    }
}
