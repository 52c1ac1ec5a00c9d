//! `datetime.datetime`

use super::{
    Date, Time, TimeDelta, TimeZone,
    parse::Cursor,
    time::{call, zone_arg},
};
use crate::{
    Value,
    error::{Error, Result},
    types::{
        Recipe,
        made::Made,
        scalar::{Scalar, bad_text, misfit, packed},
    },
};
use std::{fmt, str::FromStr};

/// A `datetime.datetime`: a date and what a clock shows, with a zone or without.
///
/// Its text is that of the date, a `T`, and that of the time: `2026-11-21T10:00:00`, `2026-11-21T10:00:00+01:00`,
/// `2026-11-21T10:00:00[Europe/Paris]`.
///
/// ```
/// use brinery::{Graph, types::DateTime};
/// // datetime.datetime(2026, 11, 21, 10, tzinfo=datetime.timezone.utc)
/// let bytes = b"\x80\x04\x8c\x08datetime\x94\x8c\x08datetime\x93C\x0a\x07\xea\x0b\x15\x0a\0\0\0\0\0\
///               h\0\x8c\x08timezone\x93h\0\x8c\x09timedelta\x93K\0K\0K\0\x87R\x85R\x86R.";
/// let graph = Graph::from_slice(bytes)?;
/// let when = graph.root().as_datetime().unwrap();
/// assert_eq!(when.to_string(), "2026-11-21T10:00:00+00:00");
/// assert_eq!("2026-11-21T10:00:00Z".parse::<DateTime>()?, when);
/// # Ok::<(), brinery::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DateTime {
    /// The day.
    pub date: Date,
    /// What the clock shows, and the zone it stands in.
    pub time: Time,
}

impl DateTime {
    /// The time zone; `None` for a naive datetime.
    pub fn zone(&self) -> Option<&TimeZone> {
        self.time.zone.as_ref()
    }

    /// A `datetime.datetime`, or a subclass's instance that is pickled as one. An error for anything else, and for
    /// zones that are not well known.
    pub fn from_value(value: Value<'_>) -> Result<DateTime> {
        let wrong = || misfit("a datetime.datetime", value);
        let args = Made::of(value).ok_or_else(wrong)?.args;
        let state: [u8; 10] = args.get(0).and_then(packed).ok_or_else(wrong)?;
        let [high, low, month, day, clock @ ..] = state;
        let date = Date::unpack([high, low, month & 0x7f, day])?;
        let mut time = Time::unpack(clock, 0)?;
        time.fold = month & 0x80 != 0;
        time.zone = zone_arg(args)?;
        Ok(DateTime { date, time })
    }

    /// What the clock is ahead of UTC; `None` for a naive datetime, and for a place whose rules are not known: with the
    /// feature `jiff` they are looked up in the time zone database, without it only pytz's zones say their offset.
    pub fn offset(&self) -> Option<TimeDelta> {
        let zone = self.zone()?;
        #[cfg(feature = "jiff")]
        if let TimeZone::Zone { key, offset: None } = zone {
            return crate::types::foreign::offset_of(self, key);
        }
        zone.offset()
    }

    fn checked(&self) -> Result<&DateTime> {
        self.date.checked()?;
        self.time.clone().checked()?;
        Ok(self)
    }
}

impl Scalar for DateTime {
    fn read(value: Value<'_>) -> Result<Self> {
        DateTime::from_value(value)
    }

    fn plain(&self) -> String {
        let mut text = format!("{}T", self.date);
        let mut time = self.time.clone();
        // With an offset a fold is told, too.
        let known = self.offset();
        if let Some(TimeZone::Zone { offset, .. }) = &mut time.zone {
            *offset = known;
        }
        let _ = time.write_plain(&mut text);
        text
    }

    fn recipe(&self, protocol: u8) -> Result<Recipe> {
        self.checked()?;
        let mut state = [self.date.pack().as_slice(), &self.time.pack()].concat();
        if self.time.fold && protocol > 3 {
            state[2] |= 0x80;
        }
        call("datetime:datetime", state, self.zone(), protocol)
    }
}

impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}T", self.date)?;
        self.time.write(f)
    }
}

impl FromStr for DateTime {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        let mut cursor = Cursor::new(text);
        let mut parse = || {
            let date = cursor.date()?;
            cursor.eat(b"Tt ")?;
            let time = Time::parsed(cursor.clock()?, cursor.suffixes()?)?;
            Some(DateTime { date, time })
        };
        let found = parse().ok_or_else(|| bad_text("a date and time as 2026-11-21T10:00:00+01:00"))?;
        found.checked()?;
        Ok(found)
    }
}

impl<'g> Value<'g> {
    /// A `datetime.datetime`.
    pub fn as_datetime(self) -> Option<DateTime> {
        DateTime::from_value(self).ok()
    }
}
