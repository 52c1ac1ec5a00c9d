//! `datetime.date`

use super::parse::Cursor;
use crate::{
    Value,
    error::{Error, Result},
    types::{
        Recipe,
        made::Made,
        scalar::{Scalar, bad_text, misfit, out_of_range, packed},
    },
};
use std::{fmt, str::FromStr};

/// A `datetime.date`: a day of the Gregorian calendar, from year 1 to 9999. Its text is `2026-11-21`.
///
/// ```
/// use brinery::{Graph, types::Date};
/// let graph = Graph::from_slice(b"\x80\x04\x8c\x08datetime\x8c\x04date\x93C\x04\x07\xea\x0b\x15\x85R.")?;
/// let date = graph.root().as_date().unwrap();
/// assert_eq!(date, Date { year: 2026, month: 11, day: 21 });
/// assert_eq!(date.to_string(), "2026-11-21");
/// assert_eq!("2026-11-21".parse::<Date>()?, date);
/// # Ok::<(), brinery::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Date {
    /// 1 to 9999.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to the length of the month.
    pub day: u8,
}

impl Date {
    /// A date that exists. An error for any other.
    pub fn new(year: u16, month: u8, day: u8) -> Result<Date> {
        Date { year, month, day }.checked()
    }

    /// A `datetime.date`, or a subclass's instance that is pickled as one. An error for anything else.
    pub fn from_value(value: Value<'_>) -> Result<Date> {
        let wrong = || misfit("a datetime.date", value);
        let args = Made::of(value).ok_or_else(wrong)?.args;
        Date::unpack(args.get(0).and_then(packed).ok_or_else(wrong)?)
    }

    pub(crate) fn unpack([high, low, month, day]: [u8; 4]) -> Result<Date> {
        Date::new(u16::from_be_bytes([high, low]), month, day)
    }

    pub(crate) fn pack(self) -> [u8; 4] {
        let [high, low] = self.year.to_be_bytes();
        [high, low, self.month, self.day]
    }

    pub(crate) fn checked(self) -> Result<Date> {
        let leap = self.year.is_multiple_of(4) && (!self.year.is_multiple_of(100) || self.year.is_multiple_of(400));
        let days = match self.month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 => 28 + u8::from(leap),
            _ => 0,
        };
        let exists = (1..=9999).contains(&self.year) && (1..=days).contains(&self.day);
        if exists { Ok(self) } else { Err(out_of_range()) }
    }
}

impl Scalar for Date {
    fn read(value: Value<'_>) -> Result<Self> {
        Date::from_value(value)
    }

    fn recipe(&self, _: u8) -> Result<Recipe> {
        let state = self.checked()?.pack().to_vec();
        Ok(Recipe::call("datetime:date", [Recipe::Bytes(state)]))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl FromStr for Date {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        let mut cursor = Cursor::new(text);
        let date = cursor.date().filter(|_| cursor.is_done());
        date.ok_or_else(|| bad_text("a date as 2026-11-21"))?.checked()
    }
}

impl<'g> Value<'g> {
    /// A `datetime.date`.
    pub fn as_date(self) -> Option<Date> {
        Date::from_value(self).ok()
    }
}
