//! Whether a value would be written as `None`, found out without writing it.

use super::refuse::refuse;
use serde::{Serialize, Serializer, ser::Error};
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

impl Serializer for Probe {
    refuse!((), Something, Err(Something));

    fn serialize_char(self, _: char) -> Result<(), Something> {
        Err(Something)
    }

    fn serialize_str(self, _: &str) -> Result<(), Something> {
        Err(Something)
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

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> Result<(), Something> {
        if name.contains(':') {
            return Err(Something); // an object, even if it is made of nothing
        }
        value.serialize(self)
    }
}
