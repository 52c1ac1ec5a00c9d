//! The scalars in serde's data model: text under a name of ours.

use super::{
    AsPython, Complex, Date, DateTime, Decimal, Fraction, Integer, IpAddress, IpInterface, IpNetwork, Path, Recipe,
    Time, TimeDelta, TimeZone, Uuid,
    numpy::civil,
    py::{Number, Ticks},
    scalar::Scalar,
};
use crate::{
    BigInt, Value,
    error::{ErrorKind, Result},
    number,
    serde::token,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The types, their tokens, and for some what a number means.
macro_rules! scalars {
    ($($ty:ident $token:ident $(|$number:ident| $value:expr)? $(, |$ticks:ident| $time:expr)?;)*) => {
        $(
            impl AsPython for $ty {
                const TOKEN: &'static str = token::$token;

                fn to_text(&self) -> Result<String> {
                    Ok(self.to_string())
                }

                fn from_text(text: &str) -> Result<Self> {
                    text.parse()
                }

                $(
                    const NUMERIC: bool = true;

                    fn from_number($number: Number) -> Option<Self> {
                        $value
                    }
                )?

                $(
                    fn from_ticks($ticks: Ticks) -> Option<Self> {
                        $time
                    }
                )?
            }

            impl Serialize for $ty {
                fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    super::py::serialize(self, serializer)
                }
            }

            impl<'de> Deserialize<'de> for $ty {
                fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    super::py::deserialize(deserializer)
                }
            }
        )*

        /// How a scalar is pickled whose name and text the serializer was given.
        pub(crate) fn recipe_of(token: &str, text: &str, protocol: u8) -> Result<Recipe> {
            match token {
                $( token::$token => Scalar::recipe(&text.parse::<$ty>()?, protocol), )*
                _ => Err(ErrorKind::Unwritable("no type has this name").into()),
            }
        }

        /// The lossless text of a scalar, for a field that asks by name; `None` for what is something else.
        pub(crate) fn text_of(token: &str, value: Value<'_>) -> Option<String> {
            match token {
                $( token::$token => <$ty as Scalar>::read(value).ok().map(|found| found.to_string()), )*
                _ => None,
            }
        }

        /// Whether a name is that of a scalar.
        pub(crate) fn is_scalar(token: &str) -> bool {
            matches!(token, $( token::$token )|*)
        }
    };
}
scalars! {
    Complex COMPLEX |number| Some(Complex { re: number.float(), im: 0.0 });
    Date DATE, |ticks| ticks.stamp().filter(|stamp| stamp.time == Time::default()).map(|stamp| stamp.date);
    DateTime DATETIME, |ticks| ticks.stamp();
    Decimal DECIMAL |number| number.decimal();
    Fraction FRACTION |number| Some(Fraction { numerator: number.int()?, denominator: 1.into() });
    Integer INT |number| number.int().map(Integer);
    IpAddress IP_ADDRESS;
    IpInterface IP_INTERFACE;
    IpNetwork IP_NETWORK;
    Path PATH;
    Time TIME;
    TimeDelta TIMEDELTA |number| number.seconds(), |ticks| TimeDelta::from_microseconds(ticks.microseconds()?).ok();
    TimeZone TIMEZONE;
    Uuid UUID;
}

impl Number {
    fn int(self) -> Option<BigInt> {
        match self {
            Number::Int(value) => Some(value.into()),
            Number::Uint(value) => Some(value.into()),
            Number::Float(_) => None,
        }
    }

    fn float(self) -> f64 {
        match self {
            Number::Int(value) => value as f64,
            Number::Uint(value) => value as f64,
            Number::Float(value) => value,
        }
    }

    /// Of a float the shortest decimal that is read as it.
    fn decimal(self) -> Option<Decimal> {
        match self {
            Number::Int(value) => value.to_string().parse().ok(),
            Number::Uint(value) => value.to_string().parse().ok(),
            Number::Float(value) => number::float_repr(value).parse().ok(),
        }
    }

    pub(super) fn seconds(self) -> Option<TimeDelta> {
        match self.int() {
            Some(seconds) => {
                let seconds = i64::try_from(seconds).ok()?;
                TimeDelta::from_microseconds(i128::from(seconds) * 1_000_000).ok()
            }
            None => TimeDelta::from_seconds(self.float()).ok(),
        }
    }
}

impl Ticks {
    /// `None` for what is finer, which Python does not have.
    fn microseconds(self) -> Option<i128> {
        let total = self.total_nanoseconds();
        (total % 1000 == 0).then_some(total / 1000)
    }

    /// The time so much after 1970 began.
    fn stamp(self) -> Option<DateTime> {
        let micros = self.microseconds()?;
        let (year, month, day) = civil(i64::try_from(micros.div_euclid(86_400_000_000)).ok()?)?;
        let clock = micros.rem_euclid(86_400_000_000);
        let seconds = (clock / 1_000_000) as u32;
        let time = Time {
            hour: (seconds / 3600) as u8,
            minute: (seconds / 60 % 60) as u8,
            second: (seconds % 60) as u8,
            microsecond: (clock % 1_000_000) as u32,
            fold: false,
            zone: None,
        };
        let date = Date { year, month, day };
        Some(DateTime { date, time })
    }
}
