//! Structs with flattened fields: serde writes them as maps without a name, so the class is put around the map.

use serde::{Serialize, Serializer};

/// What the derive macro implements for a struct with flattened fields.
pub trait Flat {
    /// Writes the fields as a map.
    fn fields<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;
}

struct Fields<'a, T>(&'a T);

impl<T: Flat> Serialize for Fields<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.fields(serializer)
    }
}

/// Writes the fields as the attributes of an instance.
pub fn write_flat<T: Flat, S: Serializer>(class: &'static str, value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_newtype_struct(class, &Fields(value))
}
