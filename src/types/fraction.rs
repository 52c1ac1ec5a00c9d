//! `fractions.Fraction`

use crate::{
    BigInt, Value,
    error::{Error, Result},
    types::{
        Integer, Recipe,
        made::Made,
        scalar::{Scalar, bad_text, misfit, out_of_range, text},
    },
};
use std::{fmt, str::FromStr};

/// A `fractions.Fraction`: a ratio of two ints. Its text is Python's: `-1/3`, or `5` for a whole number.
///
/// ```
/// use brinery::{Graph, types::Fraction};
/// // As CPython 3.11 and older write it.
/// let graph = Graph::from_slice(b"cfractions\nFraction\n(V1/3\ntR.")?;
/// let third = graph.root().as_fraction().unwrap();
/// assert_eq!((third.numerator, third.denominator), (1.into(), 3.into()));
/// # Ok::<(), brinery::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Fraction {
    /// Positive or negative, and without a factor in common with the denominator.
    pub numerator: BigInt,
    /// Positive.
    pub denominator: BigInt,
}

impl Fraction {
    /// A `fractions.Fraction`. An error for anything else.
    pub fn from_value(value: Value<'_>) -> Result<Fraction> {
        let wrong = || misfit("a fractions.Fraction", value);
        let made = Made::of(value).filter(|made| made.class.is("fractions", "Fraction"));
        let args = made.ok_or_else(wrong)?.args;
        let first = args.get(0).ok_or_else(wrong)?;
        if let Some(text) = text(first).filter(|_| args.len() == 1) {
            return text.parse();
        }
        let denominator = match args.get(1) {
            Some(denominator) => denominator.as_bigint().ok_or_else(wrong)?,
            None => BigInt::from(1),
        };
        Fraction {
            numerator: first.as_bigint().ok_or_else(wrong)?,
            denominator,
        }
        .checked()
    }

    /// Python reduces what it is given, and so would have to we; picklers write what is reduced already.
    fn checked(self) -> Result<Fraction> {
        if self.denominator.sign() == num_bigint::Sign::Plus {
            Ok(self)
        } else {
            Err(out_of_range())
        }
    }
}

impl Scalar for Fraction {
    fn read(value: Value<'_>) -> Result<Self> {
        Fraction::from_value(value)
    }

    fn recipe(&self, protocol: u8) -> Result<Recipe> {
        let ratio = self.clone().checked()?;
        let int = |value| Integer(value).recipe(protocol);
        let args = [int(ratio.numerator)?, int(ratio.denominator)?];
        Ok(Recipe::call("fractions:Fraction", args))
    }
}

impl fmt::Display for Fraction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Integer(self.numerator.clone()).fmt(f)?;
        if self.denominator == BigInt::from(1) {
            return Ok(());
        }
        f.write_str("/")?;
        Integer(self.denominator.clone()).fmt(f)
    }
}

impl FromStr for Fraction {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        let int = |text: &str| {
            let int = text.parse::<Integer>();
            int.map(|int| int.0).map_err(|_| bad_text("a fraction as 1/3"))
        };
        let (numerator, denominator) = text.split_once('/').unwrap_or((text, "1"));
        Fraction {
            numerator: int(numerator)?,
            denominator: int(denominator)?,
        }
        .checked()
    }
}

impl<'g> Value<'g> {
    /// A `fractions.Fraction`.
    pub fn as_fraction(self) -> Option<Fraction> {
        Fraction::from_value(self).ok()
    }
}
