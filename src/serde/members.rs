//! Members of a Python `Enum`: what the derive macro says of them, and how they are written and read.

use super::token;
use serde::{
    Deserializer, Serialize, Serializer,
    de::{Error, Unexpected, Visitor},
};
use std::fmt;

/// A member of a Python `Enum`, as data.
#[derive(Debug)]
pub struct Member {
    class: &'static str,
    variant: &'static str,
    name: Option<&'static str>,
    value: MemberValue,
}

/// A member's value.
#[derive(Debug, Clone, Copy)]
pub enum MemberValue {
    /// An int.
    Int(i64),
    /// A str.
    Str(&'static str),
}

impl Member {
    /// A member: the token of its class, the variant's name, the member's name in Python if that is another, the value.
    pub const fn new(
        class: &'static str,
        variant: &'static str,
        name: Option<&'static str>,
        value: MemberValue,
    ) -> Member {
        Member {
            class,
            variant,
            name,
            value,
        }
    }

    /// Whether Python calls it so: the name given, or else the variant's, as it stands or in capitals (`DARK_RED`).
    fn is_named(&self, name: &str) -> bool {
        match self.name {
            Some(own) => own == name,
            None => self.variant == name || in_capitals(self.variant) == name,
        }
    }
}

fn in_capitals(variant: &str) -> String {
    let mut name = String::with_capacity(variant.len() + 4);
    for (at, c) in variant.char_indices() {
        if c.is_uppercase() && at > 0 && !name.ends_with('_') {
            name.push('_');
        }
        name.extend(c.to_uppercase());
    }
    name
}

impl Serialize for MemberValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            MemberValue::Int(value) => serializer.serialize_i64(*value),
            MemberValue::Str(value) => serializer.serialize_str(value),
        }
    }
}

/// The call of the class with the value, as Python writes a member.
impl Serialize for Member {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(self.class, &self.value)
    }
}

/// Writes a member. Each is one object, as in Python: a pickle has it once.
pub fn write_member<S: Serializer>(member: &'static Member, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_newtype_struct(token::SHARED, member)
}

/// Which of the members comes next.
pub fn read_member<'de, D: Deserializer<'de>>(members: &'static [Member], deserializer: D) -> Result<usize, D::Error> {
    let class = members.first().map_or("", |member| member.class);
    deserializer.deserialize_newtype_struct(class, Members(members))
}

/// A member: its value in a newtype, or its name.
struct Members(&'static [Member]);

/// A member's value, or its name where a value was expected.
struct Values(&'static [Member]);

fn expecting(members: &[Member], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let class = members.first().map_or("", |member| member.class);
    let class = class.strip_suffix("(call)").unwrap_or(class).replace(':', ".");
    write!(f, "a member of {class}: ")?;
    for (at, member) in members.iter().enumerate() {
        f.write_str(if at == 0 { "" } else { ", " })?;
        match member.value {
            MemberValue::Int(value) => write!(f, "{value}")?,
            MemberValue::Str(value) => write!(f, "{value:?}")?,
        }
    }
    Ok(())
}

fn by_name(members: &[Member], name: &str) -> Option<usize> {
    members.iter().position(|member| member.is_named(name))
}

fn by_text(members: &[Member], text: &str) -> Option<usize> {
    members
        .iter()
        .position(|member| matches!(member.value, MemberValue::Str(value) if value == text))
}

/// An int as text, as it is a key in JSON.
fn by_digits(members: &[Member], text: &str) -> Option<usize> {
    let number: i64 = text.parse().ok()?;
    members
        .iter()
        .position(|member| matches!(member.value, MemberValue::Int(value) if value == number))
}

impl<'de> Visitor<'de> for Members {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        expecting(self.0, f)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        let values = Values(self.0);
        if deserializer.is_human_readable() {
            return deserializer.deserialize_any(values);
        }
        // Formats that do not say what comes next are told.
        let ints = self.0.iter().all(|member| matches!(member.value, MemberValue::Int(_)));
        let texts = self.0.iter().all(|member| matches!(member.value, MemberValue::Str(_)));
        match (ints, texts) {
            (true, _) => deserializer.deserialize_i64(values),
            (_, true) => deserializer.deserialize_str(values),
            _ => deserializer.deserialize_any(values),
        }
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<usize, E> {
        by_name(self.0, name)
            .or_else(|| by_text(self.0, name))
            .or_else(|| by_digits(self.0, name))
            .ok_or_else(|| E::invalid_value(Unexpected::Str(name), &self))
    }
}

impl<'de> Visitor<'de> for Values {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        expecting(self.0, f)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<usize, E> {
        self.0
            .iter()
            .position(|member| matches!(member.value, MemberValue::Int(value) if value == number))
            .ok_or_else(|| E::invalid_value(Unexpected::Signed(number), &self))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<usize, E> {
        match i64::try_from(number) {
            Ok(number) => self.visit_i64(number),
            Err(_) => Err(E::invalid_value(Unexpected::Unsigned(number), &self)),
        }
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<usize, E> {
        by_text(self.0, text)
            .or_else(|| by_name(self.0, text))
            .or_else(|| by_digits(self.0, text))
            .ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }

    /// What comes in a newtype of its own, as a buffering format may keep it.
    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        Members(self.0).visit_newtype_struct(deserializer)
    }
}
