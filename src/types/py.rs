//! Fields of any crate's types as Python's own: a wrapper, and a module for `#[serde(with = "…")]`.

use crate::{
    error::Result,
    serde::parts::{Skip, next},
};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{EnumAccess, SeqAccess, Unexpected, VariantAccess, Visitor},
};
use std::{
    fmt,
    marker::PhantomData,
    ops::{Deref, DerefMut},
};

/// A Rust type that has a counterpart in Python's standard library, written as that and not as text or numbers.
///
/// Implemented for the scalars of this module, for `std`'s addresses, paths and durations, and, each with its feature,
/// for the types of chrono, jiff, rust_decimal, bigdecimal and uuid. Reading needs none of this: those types read
/// Python's values by their own `Deserialize`.
pub trait AsPython: Sized {
    /// The name under which the serializer takes the text.
    #[doc(hidden)]
    const TOKEN: &'static str;

    /// Whether numbers mean something, too.
    #[doc(hidden)]
    const NUMERIC: bool = false;

    /// The text of its counterpart. An error if Python has no such value: a leap second, the year 10000.
    fn to_text(&self) -> Result<String>;

    /// The value of such a text. An error for any other, and for what the type cannot hold.
    fn from_text(text: &str) -> Result<Self>;

    /// The value of a number, where that means something.
    #[doc(hidden)]
    fn from_number(_: Number) -> Option<Self> {
        None
    }

    /// The value of a time of numpy's, which may be finer than Python's; `None` for what the type cannot hold.
    #[doc(hidden)]
    fn from_ticks(_: Ticks) -> Option<Self> {
        None
    }
}

/// A `datetime64`, counted from 1970 on, or a `timedelta64`.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct Ticks {
    /// Whole seconds, rounded down.
    pub seconds: i64,
    /// Nanoseconds above them, less than a second.
    pub nanoseconds: u32,
}

impl Ticks {
    pub(crate) fn total_nanoseconds(self) -> i128 {
        i128::from(self.seconds) * 1_000_000_000 + i128::from(self.nanoseconds)
    }
}

/// A number of serde's.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub enum Number {
    /// A negative int, mostly.
    Int(i128),
    /// An int.
    Uint(u128),
    /// A float.
    Float(f64),
}

/// A field that Python gets as its own type: `Py<chrono::NaiveDate>` is written as a `datetime.date`.
///
/// Other formats than pickle get its text.
///
/// ```
/// use brinery::types::Py;
/// use std::{net::IpAddr, time::Duration};
/// let timeout = Py(Duration::from_millis(1500));
/// assert_eq!(timeout.as_millis(), 1500);
/// assert_eq!(serde_json::to_string(&timeout).unwrap(), r#""PT1.5S""#);
/// let server: Py<IpAddr> = serde_json::from_str(r#""::1""#).unwrap();
/// assert!(server.is_ipv6());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Py<T>(
    /// The value.
    pub T,
);

impl<T> Deref for Py<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Py<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T> From<T> for Py<T> {
    fn from(value: T) -> Self {
        Py(value)
    }
}

impl<T: AsPython> Serialize for Py<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize(&self.0, serializer)
    }
}

impl<'de, T: AsPython> Deserialize<'de> for Py<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize(deserializer).map(Py)
    }
}

/// Writes a value as Python's own.
pub fn serialize<T: AsPython, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    use serde::ser::Error;
    let text = value.to_text().map_err(S::Error::custom)?;
    serializer.serialize_newtype_struct(T::TOKEN, &text)
}

/// Reads a value from Python's own, or from its text.
pub fn deserialize<'de, T: AsPython, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_newtype_struct(T::TOKEN, TextVisitor(PhantomData))
}

struct TextVisitor<T>(PhantomData<T>);

impl<T: AsPython> TextVisitor<T> {
    fn number<E: serde::de::Error>(self, number: Number) -> Result<T, E> {
        T::from_number(number)
            .ok_or_else(|| E::custom(format_args!("{number:?} is not {}", Expected::<T>(PhantomData))))
    }
}

/// What is expected, in words.
struct Expected<T>(PhantomData<T>);

impl<T: AsPython> fmt::Display for Expected<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "a Python {}",
            T::TOKEN.trim_start_matches(crate::serde::token::PREFIX)
        )
    }
}

impl<'de, T: AsPython> Visitor<'de> for TextVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Expected::<T>(PhantomData))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
        T::from_text(text).map_err(E::custom)
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<T, E> {
        self.number(Number::Int(value.into()))
    }

    fn visit_i128<E: serde::de::Error>(self, value: i128) -> Result<T, E> {
        self.number(Number::Int(value))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<T, E> {
        self.number(Number::Uint(value.into()))
    }

    fn visit_u128<E: serde::de::Error>(self, value: u128) -> Result<T, E> {
        self.number(Number::Uint(value))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<T, E> {
        self.number(Number::Float(value))
    }

    /// Our deserializer's answer where it is at a time of numpy's. No other gives one.
    fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<T, A::Error> {
        let ((), ticks) = data.variant_seed(Skip)?;
        ticks.tuple_variant(2, TicksVisitor(PhantomData))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        // Formats that do not describe themselves can only be asked for text.
        if T::NUMERIC && deserializer.is_human_readable() {
            deserializer.deserialize_any(self)
        } else {
            deserializer.deserialize_str(self)
        }
    }
}

struct TicksVisitor<T>(PhantomData<T>);

impl<'de, T: AsPython> Visitor<'de> for TicksVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Expected::<T>(PhantomData))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<T, A::Error> {
        use serde::de::Error;
        let (seconds, nanoseconds) = (next(&mut parts)?, next(&mut parts)?);
        let ticks = Ticks { seconds, nanoseconds };
        T::from_ticks(ticks).ok_or_else(|| A::Error::invalid_value(Unexpected::Other("a time it cannot hold"), &self))
    }
}
