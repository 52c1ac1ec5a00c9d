//! Values with two faces: a Python object for our serializer, plain data for every other.
//!
//! A type of ours does not know who serializes it, and the object's class, arguments and items would be no natural JSON. So
//! it hands over a newtype struct named [`FACES`](token::FACES). Other serializers ignore the name and get the plain face.
//! Ours knows the name and calls [`object`], which raises a flag that the value sees and lowers first of all: it answers
//! with the object's tokens.

use super::token;
use serde::{Serialize, Serializer};
use std::cell::Cell;

thread_local! {
    static ASKED: Cell<bool> = const { Cell::new(false) };
}

/// A value with two faces.
pub(crate) trait Faces {
    /// As plain data.
    fn plain<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;
    /// As a Python object, in the tokens for it.
    fn object<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;
}

struct Value<'a, T: ?Sized>(&'a T);

impl<T: Faces + ?Sized> Serialize for Value<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if ASKED.replace(false) {
            self.0.object(serializer)
        } else {
            self.0.plain(serializer)
        }
    }
}

/// Serializes a value by the face that suits.
pub(crate) fn serialize<T: Faces + ?Sized, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_newtype_struct(token::FACES, &Value(value))
}

/// What our serializer does with the content of [`FACES`](token::FACES).
pub(crate) fn object<T: Serialize + ?Sized, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    ASKED.set(true);
    let outcome = value.serialize(serializer);
    // If it was none of ours after all, nobody has lowered it.
    ASKED.set(false);
    outcome
}
