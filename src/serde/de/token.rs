//! The names by which types of ours ask for more than serde's data model has.

use super::{De, Hint, data::Data, number, object::Meant};
use crate::{
    Value,
    error::{Error, Result},
    serde::token::{self, PREFIX},
};
use serde::de::{DeserializeSeed, IntoDeserializer, MapAccess, Visitor};

impl<'de> De<'_, '_, 'de> {
    /// A newtype struct: transparent, unless its name is one of ours.
    pub(super) fn newtype<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value> {
        if !name.starts_with(PREFIX) {
            return visitor.visit_newtype_struct(self.again()?);
        }
        match (name, self.data()) {
            (token::SHARED, _) => self.shared(visitor),
            (token::INT, Data::Bool(value)) => visitor.visit_str(if value { "1" } else { "0" }),
            (token::INT, Data::Int(value)) => visitor.visit_string(value.to_string()),
            (token::INT, Data::Big(value)) => visitor.visit_string(number::decimal(value, self.scope.limits().digits)?),
            (token::GLOBAL, Data::Global) => visitor.visit_string(import(self.value()).unwrap_or_default()),
            (_, Data::Str(text)) if is_text(name) => self.str(text, visitor),
            (_, Data::Object | Data::Global) if is_text(name) => match text(self.value()) {
                Some(text) => visitor.visit_string(text),
                None => match self.meant(Hint::Str) {
                    Meant::Text(text) => visitor.visit_string(text),
                    Meant::Value(at) => {
                        let _open = self.scope.open(self.at)?;
                        self.child(at)?.newtype(name, visitor)
                    }
                    _ => visitor.visit_newtype_struct(self.again()?),
                },
            },
            _ => visitor.visit_newtype_struct(self.again()?),
        }
    }

    fn value(&self) -> Value<'_> {
        self.scope.graph.value(self.at)
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

/// Whether types of this name are read from text.
fn is_text(name: &str) -> bool {
    matches!(
        name,
        token::DATE
            | token::TIME
            | token::DATETIME
            | token::TIMEDELTA
            | token::TIMEZONE
            | token::DECIMAL
            | token::FRACTION
            | token::COMPLEX
            | token::UUID
            | token::IP_ADDRESS
            | token::PATH
            | token::INT
            | token::GLOBAL
    )
}

/// An import as `module:qualname`.
pub(super) fn import(value: Value<'_>) -> Option<String> {
    let global = value.as_global()?;
    let module = String::from_utf8_lossy(global.module.as_bytes());
    let name = String::from_utf8_lossy(global.name.as_bytes());
    Some(format!("{module}:{name}"))
}

/// The lossless text of a well-known scalar.
pub(super) fn text(value: Value<'_>) -> Option<String> {
    match crate::types::shape(value)? {
        crate::types::Shape::Text(text) => Some(text),
        crate::types::Shape::Complex(re, im) => Some(complex(re, im)),
        crate::types::Shape::Duration { seconds, nanoseconds } => Some(duration(seconds, nanoseconds)),
        _ => None,
    }
}

/// A complex number as Python prints it.
pub(super) fn complex(re: f64, im: f64) -> String {
    let part = |value: f64| {
        let text = crate::number::float_repr(value);
        text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
    };
    let sign = if im.is_sign_negative() && !im.is_nan() { "" } else { "+" };
    if re == 0.0 && re.is_sign_positive() {
        return format!("{}j", part(im));
    }
    format!("({}{sign}{}j)", part(re), part(im))
}

/// A timedelta as Python prints it.
fn duration(seconds: i64, nanoseconds: u32) -> String {
    let days = seconds.div_euclid(86_400);
    let rest = seconds.rem_euclid(86_400);
    let (hours, minutes, seconds) = (rest / 3600, rest / 60 % 60, rest % 60);
    let unit = if days.abs() == 1 { "day" } else { "days" };
    let days = if days == 0 {
        String::new()
    } else {
        format!("{days} {unit}, ")
    };
    let fraction = match nanoseconds {
        0 => String::new(),
        nanos if nanos % 1000 == 0 => format!(".{:06}", nanos / 1000),
        nanos => format!(".{nanos:09}"),
    };
    format!("{days}{hours}:{minutes:02}:{seconds:02}{fraction}")
}
