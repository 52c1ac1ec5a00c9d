//! The crates `rust_decimal` and `bigdecimal`.

use crate::{
    error::{Error, Result},
    types::{Decimal, DecimalKind, scalar::out_of_range},
};

/// Digits and exponent of a number; an error for infinities and NaNs.
fn finite(decimal: &Decimal) -> Result<(&str, i64)> {
    match &decimal.kind {
        DecimalKind::Finite { digits, exponent } => Ok((digits, *exponent)),
        _ => Err(out_of_range()),
    }
}

#[cfg(feature = "rust_decimal")]
impl From<rust_decimal::Decimal> for Decimal {
    fn from(value: rust_decimal::Decimal) -> Self {
        Decimal {
            negative: value.is_sign_negative(),
            kind: DecimalKind::Finite {
                digits: value.mantissa().unsigned_abs().to_string(),
                exponent: -i64::from(value.scale()),
            },
        }
    }
}

/// An error for infinities, NaNs, and for what has more than 28 places or 96 bits, zeros at the end not counted:
/// nothing is rounded. A positive exponent becomes zeros.
#[cfg(feature = "rust_decimal")]
impl TryFrom<Decimal> for rust_decimal::Decimal {
    type Error = Error;
    fn try_from(decimal: Decimal) -> Result<Self> {
        let (digits, mut exponent) = finite(&decimal)?;
        let mut digits = digits;
        while exponent < -28 && digits.ends_with('0') && digits.len() > 1 {
            digits = &digits[..digits.len() - 1];
            exponent += 1;
        }
        if digits == "0" {
            exponent = exponent.clamp(-28, 0);
        }
        let mantissa: i128 = digits.parse().map_err(|_| out_of_range())?;
        let zeros = u32::try_from(exponent.max(0)).map_err(|_| out_of_range())?;
        let power = 10_i128.checked_pow(zeros).ok_or_else(out_of_range)?;
        let mantissa = mantissa.checked_mul(power).ok_or_else(out_of_range)?;
        let scale = u32::try_from(-exponent.min(0)).map_err(|_| out_of_range())?;
        let mut value = rust_decimal::Decimal::try_from_i128_with_scale(mantissa, scale).map_err(|_| out_of_range())?;
        value.set_sign_negative(decimal.negative);
        Ok(value)
    }
}

/// Longer numbers take too long to convert to binary.
#[cfg(feature = "bigdecimal")]
const MOST_DIGITS: usize = 100_000;

/// An error for exponents that Python does not have.
#[cfg(feature = "bigdecimal")]
impl TryFrom<bigdecimal::BigDecimal> for Decimal {
    type Error = Error;
    fn try_from(value: bigdecimal::BigDecimal) -> Result<Self> {
        let (digits, scale) = value.into_bigint_and_scale();
        if digits.bits() > 4 * MOST_DIGITS as u64 {
            return Err(out_of_range());
        }
        let decimal = Decimal {
            negative: digits.sign() == num_bigint::Sign::Minus,
            kind: DecimalKind::Finite {
                digits: digits.magnitude().to_string(),
                exponent: scale.checked_neg().ok_or_else(out_of_range)?,
            },
        };
        decimal.to_string().parse()
    }
}

/// An error for infinities, NaNs, and more than 100,000 digits. The sign of a zero is lost.
#[cfg(feature = "bigdecimal")]
impl TryFrom<Decimal> for bigdecimal::BigDecimal {
    type Error = Error;
    fn try_from(decimal: Decimal) -> Result<Self> {
        let (digits, exponent) = finite(&decimal)?;
        if digits.len() > MOST_DIGITS {
            return Err(out_of_range());
        }
        let size: num_bigint::BigInt = digits.parse().map_err(|_| out_of_range())?;
        let scale = exponent.checked_neg().ok_or_else(out_of_range)?;
        Ok(bigdecimal::BigDecimal::new(
            if decimal.negative { -size } else { size },
            scale,
        ))
    }
}

#[cfg(all(feature = "serde", feature = "rust_decimal"))]
super::as_python! { rust_decimal::Decimal => Decimal; }
#[cfg(all(feature = "serde", feature = "bigdecimal"))]
super::as_python! { bigdecimal::BigDecimal => Decimal; }
