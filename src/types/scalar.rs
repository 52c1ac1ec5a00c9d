//! What all scalars have in common: a value of Python, a text, a recipe.

use super::Recipe;
use crate::{
    Kind, Value,
    error::{Error, ErrorKind, Result},
};
use std::{fmt::Display, str::FromStr};

/// A well-known type whose values fit in a line of text. `Display` and `FromStr` lose nothing.
pub(crate) trait Scalar: Sized + Display + FromStr<Err = Error> {
    /// Reads every encoding there is.
    fn read(value: Value<'_>) -> Result<Self>;

    /// The text for the types of other crates: what none of them can parse and few would miss is left out.
    fn plain(&self) -> String {
        self.to_string()
    }

    /// How CPython 3.13 pickles it. An error for what Python does not have, such as the year 0.
    fn recipe(&self, protocol: u8) -> Result<Recipe>;
}

/// The error for a value that is something else.
pub(crate) fn misfit(needs: &'static str, value: Value<'_>) -> Error {
    let found = value.type_name();
    ErrorKind::BadOperand { needs, found }.into()
}

/// The error for text that is something else.
pub(crate) fn bad_text(what: &'static str) -> Error {
    ErrorKind::BadText(what).into()
}

pub(crate) fn out_of_range() -> Error {
    ErrorKind::OutOfRange.into()
}

/// Bytes that a constructor takes as a packed state. A Python 2 `str` becomes one here by any encoding that keeps its
/// bytes apart: Latin-1, or ASCII, or none at all.
pub(crate) fn packed<const N: usize>(value: Value<'_>) -> Option<[u8; N]> {
    match value.kind() {
        Kind::Bytes(bytes) => bytes.try_into().ok(),
        Kind::Str(text) if text.as_bytes().len() <= 2 * N => {
            crate::text::latin1_encode(text.as_bytes())?.try_into().ok()
        }
        _ => None,
    }
}

/// Text, from a `str` or from the bytes that a Python 2 `str` may have become.
pub(crate) fn text(value: Value<'_>) -> Option<&str> {
    match value.kind() {
        Kind::Str(text) => text.to_str(),
        Kind::Bytes(bytes) => str::from_utf8(bytes).ok(),
        _ => None,
    }
}

/// What users call.
macro_rules! recipes {
    ($($ty:ident),* $(,)?) => { $(
        impl super::$ty {
            /// How CPython 3.13 pickles it in a protocol, for [`Builder::recipe`](crate::Builder::recipe). An error if
            /// a field has a value that Python's class does not take.
            pub fn recipe(&self, protocol: u8) -> Result<Recipe> {
                Scalar::recipe(self, protocol)
            }
        }
    )* };
}
recipes!(
    Complex,
    Date,
    DateTime,
    Decimal,
    Fraction,
    Integer,
    IpAddress,
    IpInterface,
    IpNetwork,
    Path,
    Time,
    TimeDelta,
    TimeZone,
    Uuid,
);
