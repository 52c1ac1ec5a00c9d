//! The crate `chrono`.
//!
//! Python has microseconds: what is below is cut off. It has neither leap seconds nor years before 1 or after 9999.

use crate::{
    error::{Error, Result},
    types::{
        Date, DateTime, Time, TimeDelta, TimeZone,
        scalar::{bad_text, out_of_range},
    },
};
use chrono::{Datelike, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Offset, Timelike, Utc};

/// An error for years that Python does not have.
impl TryFrom<NaiveDate> for Date {
    type Error = Error;
    fn try_from(date: NaiveDate) -> Result<Self> {
        let year = u16::try_from(date.year()).map_err(|_| out_of_range())?;
        Date::new(year, date.month() as u8, date.day() as u8)
    }
}

/// An error for a day that does not exist.
impl TryFrom<Date> for NaiveDate {
    type Error = Error;
    fn try_from(Date { year, month, day }: Date) -> Result<Self> {
        NaiveDate::from_ymd_opt(year.into(), month.into(), day.into()).ok_or_else(out_of_range)
    }
}

/// An error for a leap second.
impl TryFrom<NaiveTime> for Time {
    type Error = Error;
    fn try_from(time: NaiveTime) -> Result<Self> {
        let micros = time.nanosecond() / 1000;
        Time::new(time.hour() as u8, time.minute() as u8, time.second() as u8, micros)
    }
}

/// An error for a time with a zone. A fold is left out.
impl TryFrom<Time> for NaiveTime {
    type Error = Error;
    fn try_from(time: Time) -> Result<Self> {
        match time.zone {
            None => clock(&time),
            Some(_) => Err(bad_text("a time without a zone")),
        }
    }
}

fn clock(time: &Time) -> Result<NaiveTime> {
    let (hour, minute, second) = (time.hour.into(), time.minute.into(), time.second.into());
    let clock = NaiveTime::from_hms_micro_opt(hour, minute, second, time.microsecond);
    clock.filter(|_| time.microsecond < 1_000_000).ok_or_else(out_of_range)
}

/// An error for what Python does not have.
impl TryFrom<NaiveDateTime> for DateTime {
    type Error = Error;
    fn try_from(stamp: NaiveDateTime) -> Result<Self> {
        Ok(DateTime {
            date: stamp.date().try_into()?,
            time: stamp.time().try_into()?,
        })
    }
}

/// An error for a datetime with a zone. A fold is left out.
impl TryFrom<DateTime> for NaiveDateTime {
    type Error = Error;
    fn try_from(stamp: DateTime) -> Result<Self> {
        match stamp.zone() {
            None => shown(&stamp),
            Some(_) => Err(bad_text("a datetime without a zone")),
        }
    }
}

/// What calendar and clock show.
fn shown(stamp: &DateTime) -> Result<NaiveDateTime> {
    Ok(NaiveDate::try_from(stamp.date)?.and_time(clock(&stamp.time)?))
}

/// With the offset as its zone; where chrono knows the rules of a place, they are left behind. An error for what Python
/// does not have.
impl<Tz: chrono::TimeZone> TryFrom<chrono::DateTime<Tz>> for DateTime {
    type Error = Error;
    fn try_from(stamp: chrono::DateTime<Tz>) -> Result<Self> {
        let mut shown = DateTime::try_from(stamp.naive_local())?;
        shown.time.zone = Some(stamp.offset().fix().into());
        Ok(shown)
    }
}

/// An error for a naive datetime, an offset of fractions of a second, and for a place, whose rules nobody here knows
/// (unless the feature `jiff` is there, which finds them).
impl TryFrom<DateTime> for chrono::DateTime<FixedOffset> {
    type Error = Error;
    fn try_from(stamp: DateTime) -> Result<Self> {
        let offset = stamp.offset().ok_or_else(|| bad_text("a datetime with an offset"))?;
        let offset = TimeZone::fixed(offset, None)?.try_into()?;
        let local = shown(&stamp)?.and_local_timezone(offset);
        local.single().ok_or_else(out_of_range)
    }
}

/// As for `DateTime<FixedOffset>`.
impl TryFrom<DateTime> for chrono::DateTime<Utc> {
    type Error = Error;
    fn try_from(stamp: DateTime) -> Result<Self> {
        Ok(chrono::DateTime::<FixedOffset>::try_from(stamp)?.to_utc())
    }
}

impl From<FixedOffset> for TimeZone {
    fn from(offset: FixedOffset) -> Self {
        let seconds = offset.local_minus_utc();
        // Less than a day either way.
        let delta = TimeDelta {
            days: if seconds < 0 { -1 } else { 0 },
            seconds: seconds.rem_euclid(86_400) as u32,
            microseconds: 0,
        };
        match delta {
            TimeDelta::ZERO => TimeZone::Utc,
            offset => TimeZone::Fixed { offset, name: None },
        }
    }
}

/// An error for a place, and for an offset of fractions of a second. A name is left out.
impl TryFrom<TimeZone> for FixedOffset {
    type Error = Error;
    fn try_from(zone: TimeZone) -> Result<Self> {
        let offset = zone.offset().ok_or_else(|| bad_text("an offset"))?;
        if offset.microseconds != 0 {
            return Err(out_of_range());
        }
        let seconds = i32::try_from(offset.total_microseconds() / 1_000_000).map_err(|_| out_of_range())?;
        FixedOffset::east_opt(seconds).ok_or_else(out_of_range)
    }
}

/// What is below a microsecond is cut off, towards zero. An error above 999,999,999 days.
impl TryFrom<chrono::TimeDelta> for TimeDelta {
    type Error = Error;
    fn try_from(delta: chrono::TimeDelta) -> Result<Self> {
        let micros = i128::from(delta.num_seconds()) * 1_000_000 + i128::from(delta.subsec_nanos() / 1000);
        TimeDelta::from_microseconds(micros)
    }
}

/// An error for what is not in normal form.
impl TryFrom<TimeDelta> for chrono::TimeDelta {
    type Error = Error;
    fn try_from(delta: TimeDelta) -> Result<Self> {
        let delta = delta.checked()?;
        let seconds = i64::from(delta.days) * 86_400 + i64::from(delta.seconds);
        chrono::TimeDelta::new(seconds, delta.microseconds * 1000).ok_or_else(out_of_range)
    }
}

#[cfg(feature = "serde")]
super::as_python! {
    NaiveDate => Date;
    NaiveTime => Time;
    NaiveDateTime => DateTime,
        |ticks| chrono::DateTime::from_timestamp(ticks.seconds, ticks.nanoseconds).map(|stamp| stamp.naive_utc());
    chrono::DateTime<FixedOffset> => DateTime;
    chrono::DateTime<Utc> => DateTime;
    FixedOffset => TimeZone;
    chrono::TimeDelta => TimeDelta, |ticks| chrono::TimeDelta::new(ticks.seconds, ticks.nanoseconds);
}
