//! The text of what serializes as text.

use crate::{
    error::{Error, ErrorKind},
    serde::refuse::refuse,
};
use serde::ser::{Serialize, Serializer};

/// The text of a value; an error if it is anything else.
pub(super) fn capture<T: Serialize + ?Sized>(value: &T) -> Result<String, Error> {
    value.serialize(Capture)
}

struct Capture;

fn no<T>() -> Result<T, Error> {
    Err(ErrorKind::Unwritable("a token that needs a text got something else").into())
}

impl Serializer for Capture {
    refuse!(String, Error, no());

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

    fn serialize_none(self) -> Result<String, Error> {
        no()
    }

    fn serialize_unit(self) -> Result<String, Error> {
        no()
    }
}
