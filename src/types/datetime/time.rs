//! `datetime.time`

use super::{
    TimeZone,
    parse::{Cursor, Suffixes},
    timezone::Shown,
};
use crate::{
    Items, Value,
    error::{Error, Result},
    types::{
        Recipe,
        made::Made,
        scalar::{Scalar, bad_text, misfit, out_of_range, packed},
    },
};
use std::{fmt, str::FromStr};

/// A `datetime.time`: what a clock shows, with a zone or without.
///
/// Its text is `10:00:00`, `10:00:00.000005+01:00`, `10:00:00[Europe/Paris]`; a fold is `[fold=1]`, and the name of an
/// offset that has one, `[name=CET]`.
///
/// ```
/// use brinery::types::{Time, TimeZone};
/// let time: Time = "10:30:00.5Z".parse()?;
/// assert_eq!((time.hour, time.minute, time.microsecond), (10, 30, 500_000));
/// assert_eq!(time.zone, Some(TimeZone::Utc));
/// assert_eq!(time.to_string(), "10:30:00.500000+00:00");
/// # Ok::<(), brinery::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Time {
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 59.
    pub second: u8,
    /// Below 1,000,000.
    pub microsecond: u32,
    /// The second of two times that a clock shows alike, when it is set back. Protocols below 4 do not write it.
    pub fold: bool,
    /// The time zone; `None` for a naive time.
    pub zone: Option<TimeZone>,
}

impl Time {
    /// A naive time. An error if clocks do not show it.
    pub fn new(hour: u8, minute: u8, second: u8, microsecond: u32) -> Result<Time> {
        Time {
            hour,
            minute,
            second,
            microsecond,
            fold: false,
            zone: None,
        }
        .checked()
    }

    /// A `datetime.time`, or a subclass's instance that is pickled as one. An error for anything else, and for zones
    /// that are not well known.
    pub fn from_value(value: Value<'_>) -> Result<Time> {
        let wrong = || misfit("a datetime.time", value);
        let args = Made::of(value).ok_or_else(wrong)?.args;
        let state: [u8; 6] = args.get(0).and_then(packed).ok_or_else(wrong)?;
        let mut time = Time::unpack(state, state[0])?;
        time.zone = zone_arg(args)?;
        Ok(time)
    }

    /// From the last six bytes of a state, and the byte whose highest bit is the fold.
    pub(super) fn unpack([hour, minute, second, a, b, c]: [u8; 6], fold: u8) -> Result<Time> {
        // A time has the fold in its hour, a datetime in its month.
        let mut time = Time::new(hour & !(fold & 0x80), minute, second, u32::from_be_bytes([0, a, b, c]))?;
        time.fold = fold & 0x80 != 0;
        Ok(time)
    }

    /// Without the fold.
    pub(super) fn pack(&self) -> [u8; 6] {
        let [_, a, b, c] = self.microsecond.to_be_bytes();
        [self.hour, self.minute, self.second, a, b, c]
    }

    pub(crate) fn checked(self) -> Result<Time> {
        let exists = self.hour < 24 && self.minute < 60 && self.second < 60 && self.microsecond < 1_000_000;
        if exists { Ok(self) } else { Err(out_of_range()) }
    }

    /// A clock's time with what the suffixes say; `None` if they say nonsense.
    pub(super) fn parsed(
        (hour, minute, second, microsecond): (u8, u8, u8, u32),
        suffixes: Suffixes<'_>,
    ) -> Option<Time> {
        Some(Time {
            hour,
            minute,
            second,
            microsecond,
            fold: suffixes.fold,
            zone: suffixes.zone()?,
        })
    }

    /// What a clock shows: `10:00:00.000005`.
    fn write_clock(&self, f: &mut impl fmt::Write) -> fmt::Result {
        write!(f, "{:02}:{:02}:{:02}", self.hour, self.minute, self.second)?;
        if self.microsecond != 0 {
            write!(f, ".{:06}", self.microsecond)?;
        }
        Ok(())
    }

    /// Clock, zone and fold.
    pub(super) fn write(&self, f: &mut impl fmt::Write) -> fmt::Result {
        self.write_clock(f)?;
        let mut known = true;
        if let Some(zone) = &self.zone {
            zone.write_suffix(f, Shown::All)?;
            known = !matches!(zone, TimeZone::Zone { offset: None, .. });
        }
        match (self.fold, known) {
            (false, _) => Ok(()),
            // Nothing else tells which of two hours it is: who does not know folds must not guess.
            (true, false) => f.write_str("[!fold=1]"),
            (true, true) => f.write_str("[fold=1]"),
        }
    }

    /// The text for others: a fold only where it makes a difference, and no name of an offset.
    pub(super) fn write_plain(&self, f: &mut impl fmt::Write) -> fmt::Result {
        self.write_clock(f)?;
        let Some(zone) = &self.zone else {
            return Ok(());
        };
        zone.write_suffix(f, Shown::Plain)?;
        if self.fold && matches!(zone, TimeZone::Zone { offset: None, .. }) {
            f.write_str("[!fold=1]")?;
        }
        Ok(())
    }
}

/// The zone behind a packed state.
pub(super) fn zone_arg(args: Items<'_>) -> Result<Option<TimeZone>> {
    match args.get(1) {
        Some(zone) if !zone.is_none() => TimeZone::from_value(zone).map(Some),
        _ => Ok(None),
    }
}

/// A call with a packed state and a zone.
pub(super) fn call(class: &str, state: Vec<u8>, zone: Option<&TimeZone>, protocol: u8) -> Result<Recipe> {
    let mut args = vec![Recipe::Bytes(state)];
    if let Some(zone) = zone {
        args.push(zone.recipe(protocol)?);
    }
    Ok(Recipe::call(class, args))
}

impl Scalar for Time {
    fn read(value: Value<'_>) -> Result<Self> {
        Time::from_value(value)
    }

    fn plain(&self) -> String {
        let mut text = String::new();
        let _ = self.write_plain(&mut text);
        text
    }

    fn recipe(&self, protocol: u8) -> Result<Recipe> {
        let mut state = self.clone().checked()?.pack();
        if self.fold && protocol > 3 {
            state[0] |= 0x80;
        }
        call("datetime:time", state.to_vec(), self.zone.as_ref(), protocol)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f)
    }
}

impl FromStr for Time {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        let mut cursor = Cursor::new(text);
        let mut parse = || Time::parsed(cursor.clock()?, cursor.suffixes()?);
        parse().ok_or_else(|| bad_text("a time as 10:00:00+01:00"))?.checked()
    }
}

impl<'g> Value<'g> {
    /// A `datetime.time`.
    pub fn as_time(self) -> Option<Time> {
        Time::from_value(self).ok()
    }
}
