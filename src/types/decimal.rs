//! `decimal.Decimal`

use crate::{
    Value,
    error::{Error, Result},
    types::{
        Recipe,
        made::Made,
        scalar::{Scalar, bad_text, misfit, text},
    },
};
use std::{fmt, str::FromStr};

/// A `decimal.Decimal`, exactly: sign, digits and exponent, zeros at the end included, infinities and NaNs. Its text is
/// Python's: `-1.50`, `1E+5`, `Infinity`, `sNaN12`.
///
/// ```
/// use brinery::types::{Decimal, DecimalKind};
/// let price: Decimal = "-1.50".parse()?;
/// assert!(price.negative);
/// assert_eq!(price.kind, DecimalKind::Finite { digits: "150".into(), exponent: -2 });
/// assert_eq!("1000e-10".parse::<Decimal>()?.to_string(), "1.000E-7");
/// # Ok::<(), brinery::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Decimal {
    /// Whether there is a minus in front, which zeros and NaNs can have, too.
    pub negative: bool,
    /// The rest of it.
    pub kind: DecimalKind,
}

/// What a [`Decimal`] is, without its sign.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum DecimalKind {
    /// A number: its digits as an int, times ten to the power of the exponent.
    Finite {
        /// Digits only, the first of which is 0 if it is the only one.
        digits: String,
        /// A power of ten.
        exponent: i64,
    },
    /// Infinity.
    Infinity,
    /// Not a number.
    NaN {
        /// Whether Python raises an exception when it is calculated with.
        signaling: bool,
        /// Digits that tell where it comes from; mostly empty. No zeros in front.
        payload: String,
    },
}

impl Decimal {
    /// A `decimal.Decimal`. An error for anything else.
    pub fn from_value(value: Value<'_>) -> Result<Decimal> {
        let wrong = || misfit("a decimal.Decimal", value);
        let made = Made::of(value).filter(|made| made.class.is("decimal", "Decimal"));
        let text = made.and_then(|made| text(made.args.get(0)?));
        text.ok_or_else(wrong)?.parse()
    }

    /// Whether it is a number: neither infinite nor NaN.
    pub fn is_finite(&self) -> bool {
        matches!(self.kind, DecimalKind::Finite { .. })
    }
}

impl Scalar for Decimal {
    fn read(value: Value<'_>) -> Result<Self> {
        Decimal::from_value(value)
    }

    fn recipe(&self, _: u8) -> Result<Recipe> {
        let text = self.to_string();
        // The fields are public: what is written must be a number.
        text.parse::<Decimal>()?;
        Ok(Recipe::call("decimal:Decimal", [Recipe::Str(text)]))
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.negative {
            f.write_str("-")?;
        }
        match &self.kind {
            DecimalKind::Infinity => f.write_str("Infinity"),
            DecimalKind::NaN { signaling, payload } => {
                write!(f, "{}NaN{payload}", if *signaling { "s" } else { "" })
            }
            DecimalKind::Finite { digits, exponent } => finite(digits, *exponent, f),
        }
    }
}

/// The scientific string of the General Decimal Arithmetic Specification, which `str` gives in Python.
fn finite(digits: &str, exponent: i64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let adjusted = i128::from(exponent) + digits.len() as i128 - 1;
    if exponent <= 0 && adjusted >= -6 {
        let places = usize::try_from(-exponent).unwrap_or_default();
        return match digits.len().checked_sub(places) {
            _ if places == 0 => f.write_str(digits),
            Some(point @ 1..) => write!(f, "{}.{}", &digits[..point], &digits[point..]),
            // Up to six zeros. Not by a width, which has a limit.
            _ => {
                f.write_str("0.")?;
                (digits.len()..places).try_for_each(|_| f.write_str("0"))?;
                f.write_str(digits)
            }
        };
    }
    let (first, rest) = digits.split_at_checked(1).ok_or(fmt::Error)?;
    f.write_str(first)?;
    if !rest.is_empty() {
        write!(f, ".{rest}")?;
    }
    if adjusted != 0 {
        write!(f, "E{adjusted:+}")?;
    }
    Ok(())
}

impl FromStr for Decimal {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let kind = special(unsigned).or_else(|| number(unsigned));
        let kind = kind.ok_or_else(|| bad_text("a decimal as -1.50 or 1E+5"))?;
        Ok(Decimal { negative, kind })
    }
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn special(text: &str) -> Option<DecimalKind> {
    let lower = text.get(..8.min(text.len()))?.to_ascii_lowercase();
    if text.len() <= 8 && matches!(lower.as_str(), "inf" | "infinity") {
        return Some(DecimalKind::Infinity);
    }
    let signaling = lower.starts_with("snan");
    if !signaling && !lower.starts_with("nan") {
        return None;
    }
    let payload = &text[3 + usize::from(signaling)..];
    is_digits(payload).then(|| DecimalKind::NaN {
        signaling,
        payload: payload.trim_start_matches('0').into(),
    })
}

fn number(text: &str) -> Option<DecimalKind> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.len() + fraction.len() == 0 || !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    let all = format!("{whole}{fraction}");
    let digits = match all.trim_start_matches('0') {
        "" => "0",
        digits => digits,
    };
    let exponent = exponent.checked_sub(fraction.len().try_into().ok()?)?;
    // The bounds of Python's contexts on 64-bit machines.
    const LARGEST: i128 = 999_999_999_999_999_999;
    let adjusted = i128::from(exponent) + digits.len() as i128 - 1;
    if adjusted > LARGEST || i128::from(exponent) < -2 * LARGEST {
        return None;
    }
    Some(DecimalKind::Finite {
        digits: digits.into(),
        exponent,
    })
}

impl<'g> Value<'g> {
    /// A `decimal.Decimal`.
    pub fn as_decimal(self) -> Option<Decimal> {
        Decimal::from_value(self).ok()
    }
}
