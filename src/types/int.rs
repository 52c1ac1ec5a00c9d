//! Python's `int`, of any size.

use crate::{
    BigInt, Value,
    error::{Error, Result},
    number,
    types::{
        Recipe,
        scalar::{Scalar, bad_text, misfit},
    },
};
use std::{fmt, str::FromStr};

/// A Python `int` of any size, as a field of your own types. Its text is decimal, or hexadecimal (`0x…`) above 4300
/// digits, where Python, too, refuses decimals because they take too long.
///
/// ```
/// use brinery::{BigInt, types::Integer};
/// let big: Integer = "340282366920938463463374607431768211456".parse()?;
/// assert_eq!(big.0, BigInt::from(1) << 128);
/// # Ok::<(), brinery::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Integer(
    /// The value.
    pub BigInt,
);

impl Integer {
    /// An `int` or `bool`. An error for anything else.
    pub fn from_value(value: Value<'_>) -> Result<Integer> {
        let int = value.as_bigint().map(Integer);
        int.ok_or_else(|| misfit("an int", value))
    }
}

impl From<BigInt> for Integer {
    fn from(value: BigInt) -> Self {
        Integer(value)
    }
}

impl From<Integer> for BigInt {
    fn from(value: Integer) -> Self {
        value.0
    }
}

impl Scalar for Integer {
    fn read(value: Value<'_>) -> Result<Self> {
        Integer::from_value(value)
    }

    fn recipe(&self, _: u8) -> Result<Recipe> {
        Ok(match i64::try_from(&self.0) {
            Ok(small) => Recipe::Int(small),
            Err(_) => Recipe::BigInt(self.0.clone()),
        })
    }
}

impl fmt::Display for Integer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.bits() <= number::DECIMAL_BITS {
            write!(f, "{}", self.0)
        } else {
            write!(f, "{:#x}", self.0)
        }
    }
}

impl FromStr for Integer {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        let bad = || bad_text("an int of up to 4300 decimal digits, or hexadecimal");
        let (sign, digits) = match text.as_bytes() {
            [b'-', rest @ ..] => (num_bigint::Sign::Minus, rest),
            [b'+', rest @ ..] => (num_bigint::Sign::Plus, rest),
            all => (num_bigint::Sign::Plus, all),
        };
        let (digits, radix) = match digits {
            [b'0', b'x' | b'X', rest @ ..] => (rest, 16),
            all if all.len() <= number::DEFAULT_DIGITS => (all, 10),
            _ => return Err(bad()),
        };
        if digits.is_empty() || !digits.iter().all(|digit| char::from(*digit).is_digit(radix)) {
            return Err(bad());
        }
        let size = num_bigint::BigUint::parse_bytes(digits, radix).ok_or_else(bad)?;
        Ok(Integer(BigInt::from_biguint(sign, size)))
    }
}
