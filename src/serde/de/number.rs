//! Numbers: ints of any width, and ints where floats are asked for.

use super::{De, Hint, found};
use crate::error::{ErrorKind, Result};
use crate::serde::error::invalid;
use num_bigint::BigInt;
use serde::de::Visitor;

/// An int of 64 bits.
#[inline]
pub(super) fn int<'de, V: Visitor<'de>>(value: i64, visitor: V) -> Result<V::Value> {
    match u64::try_from(value) {
        Ok(value) => visitor.visit_u64(value),
        Err(_) => visitor.visit_i64(value),
    }
}

/// Any other int, by its size. Beyond 128 bits there is no such Rust number.
#[cold]
pub(super) fn big<'de, V: Visitor<'de>>(de: De<'_, '_, 'de>, value: &BigInt, visitor: V) -> Result<V::Value> {
    if let Ok(value) = u64::try_from(value) {
        visitor.visit_u64(value)
    } else if let Ok(value) = i128::try_from(value) {
        visitor.visit_i128(value)
    } else if let Ok(value) = u128::try_from(value) {
        visitor.visit_u128(value)
    } else {
        let found = format!("{}, which has {} bits", found::describe(de.scope, de.at), value.bits());
        Err(invalid(found, &visitor))
    }
}

/// An int of more than 64 bits for a type of 128.
#[cold]
pub(super) fn wide<'de, V: Visitor<'de>>(
    de: De<'_, '_, 'de>,
    hint: Hint,
    value: &BigInt,
    visitor: V,
) -> Result<V::Value> {
    match (hint, i128::try_from(value), u128::try_from(value)) {
        (Hint::I128, Ok(value), _) => visitor.visit_i128(value),
        (Hint::U128, _, Ok(value)) => visitor.visit_u128(value),
        _ => big(de, value, visitor).map_err(|mut error| {
            // Serde's visitors know no more of it than its width.
            if let ErrorKind::Invalid { found, .. } = error.kind_mut()
                && matches!(found.as_str(), "u128" | "i128")
            {
                *found = found::describe(de.scope, de.at);
            }
            error
        }),
    }
}

/// The decimal digits, of which there may not be too many, because finding them takes time with their square.
pub(super) fn decimal(value: &BigInt, digits: usize) -> Result<String> {
    // A digit is 3.32 bits.
    if value.bits() / 10 * 3 > digits as u64 {
        let limit = digits as u64;
        return Err(ErrorKind::Limit { name: "digits", limit }.into());
    }
    Ok(value.to_string())
}

/// The float that is nearest to an int of more than 64 bits; `None` if it is beyond all of them.
pub(super) fn nearest<F: std::str::FromStr>(value: &BigInt, finite: impl Fn(&F) -> bool) -> Option<F> {
    // The largest float of 64 bits has 1024.
    if value.bits() > 1024 {
        return None;
    }
    value.to_string().parse().ok().filter(finite)
}
