//! `datetime.timezone`, `zoneinfo.ZoneInfo`, and what pytz and dateutil have instead.

use super::{
    TimeDelta,
    parse::{Cursor, name_suffix},
};
use crate::{
    Kind, Value,
    error::{Error, Result},
    types::{
        Recipe,
        made::Made,
        scalar::{Scalar, bad_text, misfit, out_of_range, text},
    },
};
use std::{fmt, str::FromStr};

/// A time zone: UTC, an offset, or a place whose rules are in the time zone database.
///
/// Its text is an offset (`+00:00` for UTC, `+01:00[name=CET]` for one with a name) or the key of a place
/// (`Europe/Paris`).
///
/// ```
/// use brinery::types::TimeZone;
/// assert_eq!("Z".parse::<TimeZone>()?, TimeZone::Utc);
/// assert_eq!(TimeZone::zone("Europe/Paris", None)?.to_string(), "Europe/Paris");
/// # Ok::<(), brinery::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TimeZone {
    /// `datetime.timezone.utc`. Read from `pytz.UTC` and `dateutil.tz.UTC`, too.
    Utc,
    /// `datetime.timezone(offset, name)`. Read from `pytz.FixedOffset` and `dateutil.tz.tzoffset`, too.
    Fixed {
        /// What a clock there is ahead of UTC, less than 24 hours either way.
        offset: TimeDelta,
        /// The name, if it has one of its own.
        name: Option<String>,
    },
    /// `zoneinfo.ZoneInfo(key)`. Read from `pytz.timezone` and `dateutil.tz.gettz`, too.
    Zone {
        /// The key in the time zone database, `Europe/Paris`.
        key: String,
        /// What the clock is ahead of UTC then, if that was said: pytz's zones say it, `ZoneInfo` looks it up. It is
        /// not written.
        offset: Option<TimeDelta>,
    },
}

/// How much of a zone stands behind a time.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Shown {
    /// All.
    All,
    /// What others can read.
    Plain,
}

impl TimeZone {
    /// An offset from UTC with an optional name. An error for 24 hours or more.
    pub fn fixed(offset: TimeDelta, name: Option<String>) -> Result<TimeZone> {
        if offset == TimeDelta::ZERO && name.is_none() {
            return Ok(TimeZone::Utc);
        }
        TimeZone::Fixed { offset, name }.checked()
    }

    /// A key of the time zone database, and the offset if it is known. An error for what cannot be a key; whether there
    /// is such a zone is not looked up.
    pub fn zone(key: &str, offset: Option<TimeDelta>) -> Result<TimeZone> {
        TimeZone::Zone {
            key: key.into(),
            offset,
        }
        .checked()
    }

    fn checked(self) -> Result<TimeZone> {
        const DAY: u128 = 86_400_000_000;
        let below_a_day = |offset: &TimeDelta| offset.total_microseconds().unsigned_abs() < DAY;
        let fits = match &self {
            TimeZone::Utc => true,
            TimeZone::Fixed { offset, .. } => below_a_day(offset),
            TimeZone::Zone { key, offset } => is_key(key) && offset.as_ref().is_none_or(below_a_day),
        };
        if fits { Ok(self) } else { Err(out_of_range()) }
    }

    /// What clocks there are ahead of UTC, unless only the rules of a place can tell.
    pub fn offset(&self) -> Option<TimeDelta> {
        match self {
            TimeZone::Utc => Some(TimeDelta::ZERO),
            TimeZone::Fixed { offset, .. } => Some(*offset),
            TimeZone::Zone { offset, .. } => *offset,
        }
    }

    /// A `datetime.timezone` or `zoneinfo.ZoneInfo`, or a zone of pytz or dateutil that is one by another name. An
    /// error for anything else.
    pub fn from_value(value: Value<'_>) -> Result<TimeZone> {
        let wrong = || misfit("a time zone", value);
        let object = value.as_object().ok_or_else(wrong)?;
        if unpickles_zone(object.callable()) {
            return place(object.args().get(0), None).ok_or_else(wrong)?;
        }
        let made = Made::of(value).ok_or_else(wrong)?;
        let arg = |at: usize| made.args.get(at);
        let name = |at: usize| match arg(at) {
            Some(name) if !name.is_none() => text(name).map(|name| Some(name.to_owned())).ok_or_else(wrong),
            _ => Ok(None),
        };
        // Seconds, as pytz and dateutil count them.
        let seconds = |at: usize, unit: i128| {
            let count = arg(at).and_then(|count| count.as_i64()).ok_or_else(wrong)?;
            TimeDelta::from_microseconds(i128::from(count) * unit)
        };
        const SECOND: i128 = 1_000_000;
        match made.path().ok_or_else(wrong)? {
            ("datetime", "timezone") => {
                let offset = TimeDelta::from_value(arg(0).ok_or_else(wrong)?)?;
                TimeZone::fixed(offset, name(1)?)
            }
            ("pytz", "_UTC") | ("dateutil.tz" | "dateutil.tz.tz", "tzutc") => Ok(TimeZone::Utc),
            ("pytz", "_p") => {
                // Without an offset: a zone that has one only.
                let offset = (made.args.len() > 1).then(|| seconds(1, SECOND)).transpose()?;
                place(arg(0), offset).ok_or_else(wrong)?
            }
            ("pytz", "FixedOffset") | ("pytz", "_FixedOffset") => TimeZone::fixed(seconds(0, 60 * SECOND)?, None),
            ("dateutil.tz" | "dateutil.tz.tz", "tzoffset") => {
                let offset = match arg(1) {
                    Some(delta) if matches!(delta.kind(), Kind::Object(_)) => TimeDelta::from_value(delta)?,
                    _ => seconds(1, SECOND)?,
                };
                TimeZone::fixed(offset, name(0)?)
            }
            ("dateutil.tz" | "dateutil.tz.tz", "tzfile") => {
                let path = arg(1).and_then(text).ok_or_else(wrong)?;
                let (_, key) = path.split_once("zoneinfo/").ok_or_else(wrong)?;
                TimeZone::zone(key, None)
            }
            ("dateutil.tz._tzfile", "_unpickle") => place(arg(1), None).ok_or_else(wrong)?,
            _ => Err(wrong()),
        }
    }

    /// What stands behind a time.
    pub(super) fn write_suffix(&self, f: &mut impl fmt::Write, shown: Shown) -> fmt::Result {
        match self {
            TimeZone::Utc => f.write_str("+00:00"),
            TimeZone::Fixed { offset, name } => {
                offset.write_offset(f)?;
                match name {
                    Some(name) if shown == Shown::All => f.write_str(&name_suffix(name)),
                    _ => Ok(()),
                }
            }
            TimeZone::Zone { key, offset } => {
                if let Some(offset) = offset {
                    offset.write_offset(f)?;
                }
                write!(f, "[{key}]")
            }
        }
    }
}

/// Whether a callable is `ZoneInfo._unpickle`, which as a method of a C class is got by a call in every protocol.
fn unpickles_zone(callable: Value<'_>) -> bool {
    let is_class = |value: Value<'_>| {
        value
            .as_global()
            .is_some_and(|global| global.is("zoneinfo", "ZoneInfo") || global.is("backports.zoneinfo", "ZoneInfo"))
    };
    match callable.kind() {
        Kind::Global(global) => {
            global.is("zoneinfo", "ZoneInfo._unpickle") || global.is("backports.zoneinfo", "ZoneInfo._unpickle")
        }
        Kind::Object(object) => {
            let args = object.args();
            let getattr = object.callable().as_global().and_then(|global| global.path());
            matches!(getattr, Some(("builtins" | "__builtin__", "getattr")))
                && args.get(0).is_some_and(is_class)
                && args.get(1).and_then(text) == Some("_unpickle")
        }
        _ => false,
    }
}

/// A zone by its key; `None` if there is none.
fn place(key: Option<Value<'_>>, offset: Option<TimeDelta>) -> Option<Result<TimeZone>> {
    Some(TimeZone::zone(text(key?)?, offset))
}

/// Whether a text has only what RFC 9557 allows in a zone's name, so that it cannot be taken for anything else.
fn is_key(key: &str) -> bool {
    key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '.')
        && key.len() <= 255
        && !matches!(key, "Z" | "z")
        && key
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._+-/".contains(&byte))
}

impl Scalar for TimeZone {
    fn read(value: Value<'_>) -> Result<Self> {
        TimeZone::from_value(value)
    }

    fn plain(&self) -> String {
        let mut text = String::new();
        let _ = match self {
            TimeZone::Zone { key, .. } => fmt::Write::write_str(&mut text, key),
            other => other.write_suffix(&mut text, Shown::Plain),
        };
        text
    }

    fn recipe(&self, protocol: u8) -> Result<Recipe> {
        match self.clone().checked()? {
            TimeZone::Utc => Ok(Recipe::call("datetime:timezone", [TimeDelta::ZERO.recipe(protocol)?])),
            TimeZone::Fixed { offset, name } => {
                let mut args = vec![offset.recipe(protocol)?];
                args.extend(name.map(Recipe::Str));
                Ok(Recipe::call("datetime:timezone", args))
            }
            TimeZone::Zone { key, .. } => {
                let args = [Recipe::Str(key), Recipe::Int(1)];
                Ok(Recipe::call_method("zoneinfo:ZoneInfo", "_unpickle", args))
            }
        }
    }
}

impl fmt::Display for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TimeZone::Zone { key, offset: None } => f.write_str(key),
            other => other.write_suffix(f, Shown::All),
        }
    }
}

impl FromStr for TimeZone {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        const WHAT: &str = "a time zone as +01:00 or Europe/Paris";
        if is_key(text) {
            return TimeZone::zone(text, None);
        }
        let suffixes = Cursor::new(text).suffixes().filter(|suffixes| !suffixes.fold);
        let zone = suffixes.and_then(|suffixes| suffixes.zone()).flatten();
        zone.ok_or_else(|| bad_text(WHAT))
    }
}

impl<'g> Value<'g> {
    /// A `datetime.timezone` or `zoneinfo.ZoneInfo`, or a zone of pytz or dateutil that is one by another name.
    pub fn as_timezone(self) -> Option<TimeZone> {
        TimeZone::from_value(self).ok()
    }
}
