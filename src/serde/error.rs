//! What serde's types say when a value does not fit, as our error.

use crate::{
    error::{Error, ErrorKind},
    text,
};
use serde::{
    de::{self, Expected, Unexpected},
    ser,
};
use std::fmt::Display;

impl de::Error for Error {
    fn custom<T: Display>(message: T) -> Self {
        ErrorKind::Custom(message.to_string()).into()
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        invalid(name(found), expected)
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        invalid(name(found), expected)
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        let items = if length == 1 { "item" } else { "items" };
        invalid(format!("{length} {items}"), expected)
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        let variant = variant.to_owned();
        ErrorKind::UnknownVariant { variant, expected }.into()
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        let field = field.to_owned();
        ErrorKind::UnknownField { field, expected }.into()
    }

    fn missing_field(field: &'static str) -> Self {
        ErrorKind::MissingField(field).into()
    }

    fn duplicate_field(field: &'static str) -> Self {
        ErrorKind::DuplicateField(field).into()
    }
}

impl ser::Error for Error {
    fn custom<T: Display>(message: T) -> Self {
        ErrorKind::Custom(message.to_string()).into()
    }
}

#[cold]
pub(crate) fn invalid(found: impl Into<String>, expected: &dyn Expected) -> Error {
    ErrorKind::Invalid {
        found: found.into(),
        expected: expected.to_string(),
    }
    .into()
}

/// A sequence of which no more is known.
pub(super) const SEQUENCE: &str = "a sequence";
/// A map of which no more is known.
pub(super) const MAP: &str = "a dict";

/// What serde hands over, in Python's words.
fn name(found: Unexpected<'_>) -> String {
    match found {
        Unexpected::Bool(true) => "True".into(),
        Unexpected::Bool(false) => "False".into(),
        Unexpected::Unsigned(value) => format!("the int {value}"),
        Unexpected::Signed(value) => format!("the int {value}"),
        Unexpected::Float(value) => format!("the float {}", crate::number::float_repr(value)),
        Unexpected::Char(value) => quoted("the str ", value.encode_utf8(&mut [0; 4]).as_bytes(), Quote::Str),
        Unexpected::Str(value) => quoted("the str ", value.as_bytes(), Quote::Str),
        Unexpected::Bytes(value) => quoted("the bytes ", value, Quote::Bytes),
        Unexpected::Unit | Unexpected::Option => "None".into(),
        Unexpected::NewtypeStruct => "a newtype struct".into(),
        Unexpected::Seq => SEQUENCE.into(),
        Unexpected::Map => MAP.into(),
        Unexpected::Enum => "an enum".into(),
        Unexpected::UnitVariant => "a variant without content".into(),
        Unexpected::NewtypeVariant => "a variant with one value".into(),
        Unexpected::TupleVariant => "a variant with a sequence".into(),
        Unexpected::StructVariant => "a variant with fields".into(),
        // So serde calls ints of 128 bits.
        Unexpected::Other(other) => match other.strip_prefix("integer `").and_then(|rest| rest.split_once('`')) {
            Some((digits, _)) => format!("the int {digits}"),
            None => other.into(),
        },
    }
}

pub(super) enum Quote {
    Str,
    Bytes,
}

/// No more of a text or of bytes is shown than this.
pub(super) const SHOWN: usize = 40;

/// Text or bytes as Python prints them, behind what they are, cut when long.
pub(super) fn quoted(what: &str, content: &[u8], quote: Quote) -> String {
    let mut out = what.to_owned();
    let cut = cut(content, &quote);
    let done = match quote {
        Quote::Str => text::python_str_repr(cut, &mut out),
        Quote::Bytes => text::python_bytes_repr(cut, &mut out),
    };
    debug_assert!(done.is_ok(), "a String takes all text");
    if cut.len() < content.len() {
        out.push('…');
    }
    out
}

/// The beginning, in whole characters.
fn cut<'c>(content: &'c [u8], quote: &Quote) -> &'c [u8] {
    if content.len() <= SHOWN {
        return content;
    }
    let mut end = SHOWN;
    while matches!(quote, Quote::Str) && end > 0 && content[end] & 0xc0 == 0x80 {
        end -= 1;
    }
    &content[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_serde_hands_over_is_named_as_in_python() {
        for (found, wanted) in [
            (Unexpected::Bool(true), "True"),
            (Unexpected::Signed(-5), "the int -5"),
            (
                Unexpected::Other("integer `18446744073709551616` as i128"),
                "the int 18446744073709551616",
            ),
            (Unexpected::Float(1.0), "the float 1.0"),
            (Unexpected::Char('\''), "the str \"'\""),
            (Unexpected::Str("a\n"), "the str 'a\\n'"),
            (Unexpected::Bytes(b"\xff"), "the bytes b'\\xff'"),
            (Unexpected::Unit, "None"),
            (Unexpected::Other("a teapot"), "a teapot"),
        ] {
            assert_eq!(name(found), wanted);
        }
    }

    /// Also in the middle of what would be too long.
    #[test]
    fn characters_are_not_cut() {
        let text = format!("{}é", "x".repeat(SHOWN - 1));
        assert_eq!(
            quoted("", text.as_bytes(), Quote::Str),
            format!("'{}'…", "x".repeat(SHOWN - 1))
        );
        assert_eq!(
            quoted("", &[0; SHOWN + 1], Quote::Bytes).len(),
            4 * SHOWN + 3 + '…'.len_utf8()
        );
    }
}
