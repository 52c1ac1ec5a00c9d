//! `complex`

use crate::{
    Value,
    error::{Error, Result},
    number,
    types::{
        Recipe,
        made::Made,
        scalar::{Scalar, bad_text, misfit},
    },
};
use std::{fmt, str::FromStr};

/// A Python `complex`. Its text is what `complex()` takes: `1-2.5j`, `-0+1j`, `nan+infj`.
///
/// ```
/// use brinery::types::Complex;
/// assert_eq!(Complex { re: 1.0, im: -2.5 }.to_string(), "1-2.5j");
/// assert_eq!("2j".parse::<Complex>()?, Complex { re: 0.0, im: 2.0 });
/// # Ok::<(), brinery::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Complex {
    /// The real part.
    pub re: f64,
    /// The imaginary part.
    pub im: f64,
}

impl Complex {
    /// A `complex`. An error for anything else.
    pub fn from_value(value: Value<'_>) -> Result<Complex> {
        let wrong = || misfit("a complex", value);
        let made = Made::of(value).ok_or_else(wrong)?;
        let part = |at: usize| match made.args.get(at) {
            None => Ok(0.0),
            Some(part) => part.as_f64().ok_or_else(wrong),
        };
        match made.path() {
            Some(("builtins" | "__builtin__", "complex")) if made.args.len() <= 2 => Ok(Complex {
                re: part(0)?,
                im: part(1)?,
            }),
            _ => Err(wrong()),
        }
    }
}

impl Scalar for Complex {
    fn read(value: Value<'_>) -> Result<Self> {
        Complex::from_value(value)
    }

    fn recipe(&self, _: u8) -> Result<Recipe> {
        Ok(Recipe::call(
            "builtins:complex",
            [Recipe::Float(self.re), Recipe::Float(self.im)],
        ))
    }
}

impl fmt::Display for Complex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = |value: f64| {
            let repr = number::float_repr(value);
            repr.strip_suffix(".0").map(str::to_owned).unwrap_or(repr)
        };
        let imaginary = part(self.im);
        if self.re == 0.0 && self.re.is_sign_positive() {
            return write!(f, "{imaginary}j");
        }
        let sign = if imaginary.starts_with('-') { "" } else { "+" };
        write!(f, "{}{sign}{imaginary}j", part(self.re))
    }
}

impl FromStr for Complex {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        let bad = || bad_text("a complex as 1-2.5j");
        let number = |text: &str| text.parse::<f64>().map_err(|_| bad());
        let inside = text
            .strip_prefix('(')
            .and_then(|text| text.strip_suffix(')'))
            .unwrap_or(text);
        let Some(both) = inside.strip_suffix(['j', 'J']) else {
            return Ok(Complex {
                re: number(inside)?,
                im: 0.0,
            });
        };
        // The last sign that is not an exponent's parts the two.
        let bytes = both.as_bytes();
        let parting = (1..bytes.len())
            .rev()
            .find(|&at| matches!(bytes[at], b'+' | b'-') && !matches!(bytes[at - 1], b'e' | b'E'));
        let (re, im) = both.split_at(parting.unwrap_or(0));
        let re = if re.is_empty() { 0.0 } else { number(re)? };
        let im = match im {
            "" | "+" => 1.0,
            "-" => -1.0,
            im => number(im)?,
        };
        Ok(Complex { re, im })
    }
}

impl<'g> Value<'g> {
    /// A `complex`. Its parts may be NaN.
    pub fn as_complex(self) -> Option<Complex> {
        Complex::from_value(self).ok()
    }
}
