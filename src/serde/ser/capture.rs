//! The text of what serializes as text.

use crate::error::{Error, ErrorKind};
use serde::ser::{Impossible, Serialize, Serializer};

/// The text of a value; an error if it is anything else.
pub(super) fn capture<T: Serialize + ?Sized>(value: &T) -> Result<String, Error> {
    value.serialize(Capture)
}

struct Capture;

fn no<T>() -> Result<T, Error> {
    Err(ErrorKind::Unwritable("a token that needs a text got something else").into())
}

macro_rules! refuse {
    ($($method:ident($($ty:ty),*) -> $ok:ty;)*) => { $(
        fn $method(self, $(_: $ty),*) -> Result<$ok, Error> {
            no()
        }
    )* };
}

type Nothing = Impossible<String, Error>;

impl Serializer for Capture {
    type Ok = String;
    type Error = Error;
    type SerializeSeq = Nothing;
    type SerializeTuple = Nothing;
    type SerializeTupleStruct = Nothing;
    type SerializeTupleVariant = Nothing;
    type SerializeMap = Nothing;
    type SerializeStruct = Nothing;
    type SerializeStructVariant = Nothing;

    fn serialize_str(self, text: &str) -> Result<String, Error> {
        Ok(text.to_owned())
    }

    fn serialize_char(self, value: char) -> Result<String, Error> {
        Ok(value.into())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<String, Error> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> Result<String, Error> {
        if name.starts_with(crate::serde::token::PREFIX) && name != crate::serde::token::GLOBAL {
            return no();
        }
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<String, Error> {
        no()
    }

    refuse! {
        serialize_bool(bool) -> String;
        serialize_i8(i8) -> String;
        serialize_i16(i16) -> String;
        serialize_i32(i32) -> String;
        serialize_i64(i64) -> String;
        serialize_i128(i128) -> String;
        serialize_u8(u8) -> String;
        serialize_u16(u16) -> String;
        serialize_u32(u32) -> String;
        serialize_u64(u64) -> String;
        serialize_u128(u128) -> String;
        serialize_f32(f32) -> String;
        serialize_f64(f64) -> String;
        serialize_bytes(&[u8]) -> String;
        serialize_none() -> String;
        serialize_unit() -> String;
        serialize_unit_struct(&'static str) -> String;
        serialize_unit_variant(&'static str, u32, &'static str) -> String;
        serialize_seq(Option<usize>) -> Nothing;
        serialize_tuple(usize) -> Nothing;
        serialize_tuple_struct(&'static str, usize) -> Nothing;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Nothing;
        serialize_map(Option<usize>) -> Nothing;
        serialize_struct(&'static str, usize) -> Nothing;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Nothing;
    }
}
