//! `datetime.timedelta`

use super::parse::Cursor;
use crate::{
    Value,
    error::{Error, Result},
    types::{
        Recipe,
        made::Made,
        scalar::{Scalar, bad_text, misfit, out_of_range},
    },
};
use std::{fmt, str::FromStr};

const SECOND: i128 = 1_000_000;
const DAY: i128 = 86_400 * SECOND;

/// A `datetime.timedelta`, in Python's normal form: only the days can be negative.
///
/// Its text is an ISO 8601 duration of hours, minutes and seconds, `-PT26H0.5S`. There are no days in it, because
/// others let days be longer or shorter than 24 hours. Days and weeks are read as 24 and 168 hours, as Python has it.
///
/// ```
/// use brinery::types::TimeDelta;
/// let delta = TimeDelta::from_microseconds(-500_000)?;
/// assert_eq!(delta, TimeDelta { days: -1, seconds: 86_399, microseconds: 500_000 });
/// assert_eq!(delta.to_string(), "-PT0.5S");
/// assert_eq!("P1DT2H".parse::<TimeDelta>()?.to_string(), "PT26H");
/// # Ok::<(), brinery::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct TimeDelta {
    /// Days, up to 999,999,999 either way.
    pub days: i32,
    /// Seconds, below 86,400.
    pub seconds: u32,
    /// Microseconds, below 1,000,000.
    pub microseconds: u32,
}

impl TimeDelta {
    /// No time at all.
    pub const ZERO: TimeDelta = TimeDelta {
        days: 0,
        seconds: 0,
        microseconds: 0,
    };

    /// The normal form of so many microseconds. An error above 999,999,999 days.
    pub fn from_microseconds(total: i128) -> Result<TimeDelta> {
        let days = i32::try_from(total.div_euclid(DAY)).map_err(|_| out_of_range())?;
        let rest = total.rem_euclid(DAY);
        TimeDelta {
            days,
            seconds: (rest / SECOND) as u32,
            microseconds: (rest % SECOND) as u32,
        }
        .checked()
    }

    /// The nearest microsecond to a number of seconds. An error for what is no number or too large.
    pub fn from_seconds(seconds: f64) -> Result<TimeDelta> {
        // Whole seconds apart, as Python does, so that no digit of theirs is lost.
        let whole = seconds.trunc();
        if !(-1e14..=1e14).contains(&whole) {
            return Err(out_of_range());
        }
        let micros = ((seconds - whole) * 1e6).round_ties_even();
        TimeDelta::from_microseconds(whole as i128 * SECOND + micros as i128)
    }

    /// All of it in microseconds.
    pub fn total_microseconds(self) -> i128 {
        i128::from(self.days) * DAY + i128::from(self.seconds) * SECOND + i128::from(self.microseconds)
    }

    /// All of it in seconds, as Python's `total_seconds()`: the nearest float up to 285 years, and beyond that one that
    /// may be its neighbour.
    pub fn total_seconds(self) -> f64 {
        self.total_microseconds() as f64 / 1e6
    }

    /// A `datetime.timedelta`. An error for anything else.
    pub fn from_value(value: Value<'_>) -> Result<TimeDelta> {
        let wrong = || misfit("a datetime.timedelta", value);
        let made = Made::of(value).filter(|made| made.class.is("datetime", "timedelta"));
        let args = made.ok_or_else(wrong)?.args;
        let mut total = 0;
        for (arg, unit) in args.iter().zip([DAY, SECOND, 1]) {
            let count = arg.as_i64().ok_or_else(wrong)?;
            total += i128::from(count) * unit;
        }
        TimeDelta::from_microseconds(total)
    }

    pub(crate) fn checked(self) -> Result<TimeDelta> {
        let fits = self.days.unsigned_abs() <= 999_999_999 && self.seconds < 86_400 && self.microseconds < 1_000_000;
        if fits { Ok(self) } else { Err(out_of_range()) }
    }

    /// As an offset from UTC: `+01:00`, `-00:09:21`, `+00:00:05.000003`.
    pub(super) fn write_offset(self, f: &mut impl fmt::Write) -> fmt::Result {
        let total = self.total_microseconds();
        let (sign, size) = (if total < 0 { '-' } else { '+' }, total.unsigned_abs());
        let (seconds, micros) = (size / 1_000_000, size % 1_000_000);
        write!(f, "{sign}{:02}:{:02}", seconds / 3600, seconds / 60 % 60)?;
        if size % 60_000_000 != 0 {
            write!(f, ":{:02}", seconds % 60)?;
        }
        if micros != 0 {
            write!(f, ".{micros:06}")?;
        }
        Ok(())
    }
}

impl Scalar for TimeDelta {
    fn read(value: Value<'_>) -> Result<Self> {
        TimeDelta::from_value(value)
    }

    fn recipe(&self, _: u8) -> Result<Recipe> {
        let delta = self.checked()?;
        let args = [delta.days.into(), delta.seconds.into(), delta.microseconds.into()];
        Ok(Recipe::call("datetime:timedelta", args.map(Recipe::Int)))
    }
}

impl fmt::Display for TimeDelta {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = self.total_microseconds();
        if total < 0 {
            f.write_str("-")?;
        }
        f.write_str("PT")?;
        let size = total.unsigned_abs();
        let (seconds, micros) = (size / 1_000_000, size % 1_000_000);
        let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        if hours > 0 {
            write!(f, "{hours}H")?;
        }
        if minutes > 0 {
            write!(f, "{minutes}M")?;
        }
        if micros > 0 {
            let fraction = format!("{micros:06}");
            write!(f, "{seconds}.{}S", fraction.trim_end_matches('0'))?;
        } else if seconds > 0 || size == 0 {
            write!(f, "{seconds}S")?;
        }
        Ok(())
    }
}

impl FromStr for TimeDelta {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        let total = duration(&mut Cursor::new(text)).ok_or_else(|| bad_text("an ISO 8601 duration as P1DT2H3.5S"))?;
        TimeDelta::from_microseconds(total)
    }
}

/// Weeks, days, hours, minutes and seconds, in this order and each at most once, in microseconds.
fn duration(cursor: &mut Cursor<'_>) -> Option<i128> {
    let negative = cursor.eat(b"+-") == Some(b'-');
    cursor.eat(b"Pp")?;
    let (mut total, mut in_time, mut found) = (0_i128, false, false);
    let mut units: &[(u8, i128)] = &[(b'W', 7 * DAY), (b'D', DAY)];
    while !cursor.is_done() {
        if !in_time && cursor.eat(b"Tt").is_some() {
            in_time = true;
            units = &[(b'H', 3600 * SECOND), (b'M', 60 * SECOND), (b'S', SECOND)];
        }
        let count: u64 = cursor.digits()?.parse().ok()?;
        let fraction = cursor.fraction()?;
        let letter = cursor.eat(b"WDHMSwdhms")?.to_ascii_uppercase();
        let at = units.iter().position(|(unit, _)| *unit == letter)?;
        let unit = units[at].1;
        if fraction != 0 && letter != b'S' {
            return None;
        }
        units = &units[at + 1..];
        total = total.checked_add(i128::from(count) * unit)? + i128::from(fraction);
        found = true;
    }
    found.then_some(if negative { -total } else { total })
}

impl<'g> Value<'g> {
    /// A `datetime.timedelta`.
    pub fn as_timedelta(self) -> Option<TimeDelta> {
        TimeDelta::from_value(self).ok()
    }
}
