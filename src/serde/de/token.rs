//! The names by which types of ours ask for more than serde's data model has.

use super::{De, data::Data, found, instance};
use crate::{
    Value,
    error::{Error, Result},
    serde::token::{self, PREFIX},
    types,
};
use serde::de::{DeserializeSeed, IntoDeserializer, MapAccess, Visitor};

impl<'de> De<'_, '_, 'de> {
    /// A newtype struct: transparent, unless its name is one of ours.
    pub(super) fn newtype<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value> {
        if instance::is_class(name) {
            return self.class_newtype(visitor);
        }
        if !name.starts_with(PREFIX) {
            return visitor.visit_newtype_struct(self.again()?);
        }
        match (name, self.data()) {
            (token::SHARED, _) => return self.shared(visitor),
            (token::INT, Data::Bool(value)) => return visitor.visit_str(if value { "1" } else { "0" }),
            (token::INT, Data::Int(value)) => return visitor.visit_string(value.to_string()),
            (token::INT, Data::Big(value)) => return visitor.visit_string(types::Integer(value.clone()).to_string()),
            (_, Data::Str(text)) if name == token::GLOBAL || types::is_scalar(name) => return self.str(text, visitor),
            _ => {}
        }
        let value = self.scope.graph.value(self.at);
        if let Some(text) = text(name, value) {
            let outcome = visitor.visit_string(text);
            return outcome.map_err(|error| found::of_object(error, self, None));
        }
        if types::is_scalar(name)
            && types::numpy::has_no_axes(value)
            && let Some(array) = value.as_ndarray()
        {
            return self.scalar(&array, name, visitor);
        }
        match self.in_parts(name, visitor) {
            Ok(outcome) => outcome,
            // An instance of a class that extends the one that is asked for, or another with the same meaning.
            Err(visitor) => visitor.visit_newtype_struct(self.again()?),
        }
    }

    /// A value with its identity, as a map of the two; what has none is handed over as it is.
    fn shared<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match (self.at.index(), self.data()) {
            (None, _) | (_, Data::Int(_) | Data::Big(_) | Data::Float(_) | Data::None | Data::Bool(_)) => {
                visitor.visit_newtype_struct(self.again()?)
            }
            (Some(index), _) => visitor.visit_map(Shared {
                id: self.scope.identity(index),
                value: self.again()?,
                stage: 0,
            }),
        }
    }
}

/// `{"id": …, "value": …}`
struct Shared<'s, 'g, 'de> {
    id: u64,
    value: De<'s, 'g, 'de>,
    /// How many of the two are behind.
    stage: u8,
}

impl<'de> MapAccess<'de> for Shared<'_, '_, 'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        let key = match self.stage {
            0 => "id",
            1 => "value",
            _ => return Ok(None),
        };
        self.stage += 1;
        seed.deserialize(IntoDeserializer::<Error>::into_deserializer(key))
            .map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value> {
        match self.stage {
            1 => seed.deserialize(IntoDeserializer::<Error>::into_deserializer(self.id)),
            _ => seed.deserialize(self.value),
        }
    }
}

/// An import as `module:qualname`.
pub(super) fn import(value: Value<'_>) -> Option<String> {
    let global = value.as_global()?;
    let module = String::from_utf8_lossy(global.module.as_bytes());
    let name = String::from_utf8_lossy(global.name.as_bytes());
    Some(format!("{module}:{name}"))
}

/// The lossless text of a scalar of the kind that a token names.
fn text(token: &str, value: Value<'_>) -> Option<String> {
    match token {
        token::GLOBAL => import(value),
        _ => types::text_of(token, value),
    }
}
