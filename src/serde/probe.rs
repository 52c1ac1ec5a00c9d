//! Whether a value would be written as `None`, found out without writing it.

use serde::{
    Serialize, Serializer,
    ser::{Error, Impossible},
};
use std::fmt;

/// Whether a value is nothing: a unit or an empty option, also in newtypes.
pub(crate) fn is_none(value: &(impl Serialize + ?Sized)) -> bool {
    value.serialize(Probe).is_ok()
}

struct Probe;

/// It is something.
#[derive(Debug)]
struct Something;

impl fmt::Display for Something {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not None")
    }
}

impl std::error::Error for Something {}

impl Error for Something {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Something
    }
}

macro_rules! something {
    ($($method:ident: $ty:ty,)*) => {
        $(fn $method(self, _: $ty) -> Result<(), Something> {
            Err(Something)
        })*
    };
}

type No = Impossible<(), Something>;

impl Serializer for Probe {
    type Ok = ();
    type Error = Something;
    type SerializeSeq = No;
    type SerializeTuple = No;
    type SerializeTupleStruct = No;
    type SerializeTupleVariant = No;
    type SerializeMap = No;
    type SerializeStruct = No;
    type SerializeStructVariant = No;

    something! {
        serialize_bool: bool, serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64,
        serialize_i128: i128, serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64,
        serialize_u128: u128, serialize_f32: f32, serialize_f64: f64, serialize_char: char, serialize_str: &str,
        serialize_bytes: &[u8],
    }

    fn serialize_none(self) -> Result<(), Something> {
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Something> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Something> {
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Something> {
        Err(Something)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, _: &'static str) -> Result<(), Something> {
        Err(Something)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> Result<(), Something> {
        if name.contains(':') {
            return Err(Something); // an object, even if it is made of nothing
        }
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), Something> {
        Err(Something)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<No, Something> {
        Err(Something)
    }

    fn serialize_tuple(self, _: usize) -> Result<No, Something> {
        Err(Something)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<No, Something> {
        Err(Something)
    }

    fn serialize_tuple_variant(self, _: &'static str, _: u32, _: &'static str, _: usize) -> Result<No, Something> {
        Err(Something)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<No, Something> {
        Err(Something)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<No, Something> {
        Err(Something)
    }

    fn serialize_struct_variant(self, _: &'static str, _: u32, _: &'static str, _: usize) -> Result<No, Something> {
        Err(Something)
    }
}
