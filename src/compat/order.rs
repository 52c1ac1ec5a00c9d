//! The order of keys: total, and exact where ints and floats meet.

use super::value::HashableValue;
use num_bigint::BigInt;
use std::cmp::Ordering;

/// Any number, bools among them.
enum Number<'v> {
    Int(i64),
    Big(&'v BigInt),
    Float(f64),
}

/// Which types come before which, as in Python 2; numbers are one.
fn rank(value: &HashableValue) -> u8 {
    match value {
        HashableValue::None => 0,
        HashableValue::Bool(_) | HashableValue::I64(_) | HashableValue::Int(_) | HashableValue::F64(_) => 1,
        HashableValue::Bytes(_) => 2,
        HashableValue::String(_) => 3,
        HashableValue::FrozenSet(_) => 4,
        HashableValue::Tuple(_) => 5,
    }
}

fn number(value: &HashableValue) -> Option<Number<'_>> {
    Some(match value {
        HashableValue::Bool(value) => Number::Int((*value).into()),
        HashableValue::I64(value) => Number::Int(*value),
        HashableValue::Int(value) => match value.try_into() {
            Ok(small) => Number::Int(small),
            Err(_) => Number::Big(value),
        },
        HashableValue::F64(value) => Number::Float(*value),
        _ => return None,
    })
}

/// 2⁶³: at and above it a float is no `i64`.
const EDGE: f64 = 9_223_372_036_854_775_808.0;

/// NaN is equal to itself and above all else, so that it can be found again.
fn floats(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
}

fn int_and_float(int: i64, float: f64) -> Ordering {
    if float.is_nan() || float >= EDGE {
        Ordering::Less
    } else if float < -EDGE {
        Ordering::Greater
    } else {
        let whole = float.trunc();
        int.cmp(&(whole as i64)).then_with(|| floats(whole, float))
    }
}

/// For an int that is no `i64`.
fn big_and_float(big: &BigInt, float: f64) -> Ordering {
    if float.is_nan() || float == f64::INFINITY {
        return Ordering::Less;
    }
    let negative = *big < BigInt::ZERO;
    if float.abs() < EDGE || float == f64::NEG_INFINITY {
        let below = negative && float != f64::NEG_INFINITY;
        return if below { Ordering::Less } else { Ordering::Greater };
    }
    // From 2⁶³ on a float is a whole number: 53 bits and an exponent above 10.
    let bits = float.to_bits();
    let exponent = (bits >> 52 & 0x7ff) as usize - 1075;
    let mantissa = BigInt::from(bits & ((1 << 52) - 1) | 1 << 52) << exponent;
    big.cmp(&if float < 0.0 { -mantissa } else { mantissa })
}

fn numbers(a: Number<'_>, b: Number<'_>) -> Ordering {
    match (a, b) {
        (Number::Int(a), Number::Int(b)) => a.cmp(&b),
        (Number::Big(a), Number::Big(b)) => a.cmp(b),
        (Number::Float(a), Number::Float(b)) => floats(a, b),
        (Number::Int(a), Number::Big(b)) => BigInt::from(a).cmp(b),
        (Number::Big(a), Number::Int(b)) => a.cmp(&BigInt::from(b)),
        (Number::Int(a), Number::Float(b)) => int_and_float(a, b),
        (Number::Float(a), Number::Int(b)) => int_and_float(b, a).reverse(),
        (Number::Big(a), Number::Float(b)) => big_and_float(a, b),
        (Number::Float(a), Number::Big(b)) => big_and_float(b, a).reverse(),
    }
}

impl Ord for HashableValue {
    fn cmp(&self, other: &HashableValue) -> Ordering {
        use HashableValue::*;
        match (self, other) {
            (Bytes(a), Bytes(b)) => a.cmp(b),
            (String(a), String(b)) => a.cmp(b),
            (FrozenSet(a), FrozenSet(b)) => a.cmp(b),
            (Tuple(a), Tuple(b)) => a.cmp(b),
            _ => match (number(self), number(other)) {
                (Some(a), Some(b)) => numbers(a, b),
                _ => rank(self).cmp(&rank(other)),
            },
        }
    }
}

impl PartialOrd for HashableValue {
    fn partial_cmp(&self, other: &HashableValue) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// As in Python, numbers of one value are equal: `1 == 1.0 == True`.
impl PartialEq for HashableValue {
    fn eq(&self, other: &HashableValue) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for HashableValue {}

#[cfg(test)]
mod tests {
    use super::*;
    use HashableValue::{Bool, F64, I64, Int};

    #[test]
    fn numbers_in_their_order() {
        let big = |text: &str| Int(text.parse().unwrap());
        let ordered = [
            HashableValue::None,
            F64(f64::NEG_INFINITY),
            F64(-1e300),
            big("-36893488147419103233"),
            F64(-36893488147419103232.0),
            big("-9223372036854775809"),
            I64(i64::MIN),
            I64(-2),
            F64(-1.5),
            I64(-1),
            F64(-0.5),
            Bool(false),
            F64(0.5),
            I64(1),
            I64((1 << 53) + 1),
            I64(i64::MAX),
            F64(9_223_372_036_854_775_808.0),
            big("9223372036854775809"),
            F64(1e300),
            big(&format!("1{}", "0".repeat(400))),
            F64(f64::INFINITY),
            F64(f64::NAN),
            HashableValue::Bytes(b"a".to_vec()),
            HashableValue::String("a".into()),
            HashableValue::FrozenSet(Default::default()),
            HashableValue::Tuple(vec![]),
        ];
        for (i, a) in ordered.iter().enumerate() {
            for (j, b) in ordered.iter().enumerate() {
                assert_eq!(a.cmp(b), i.cmp(&j), "{a:?} and {b:?}");
            }
        }
        for same in [Bool(true), F64(1.0), big("1")] {
            assert_eq!(same, I64(1));
        }
        assert_eq!(big("9223372036854775808"), F64(EDGE));
        assert_ne!(I64((1 << 53) + 1), F64((1_i64 << 53) as f64));
    }
}
