//! The crate `jiff`.
//!
//! Python has microseconds: what is below is cut off. It has no years before 1.

use crate::{
    error::{Error, Result},
    types::{
        Date, DateTime, Time, TimeDelta, TimeZone,
        scalar::{bad_text, out_of_range},
    },
};
use jiff::{
    SignedDuration, Span, Timestamp, Zoned, civil,
    tz::{self, AmbiguousOffset, Offset},
};

/// An error for the years before 1.
impl TryFrom<civil::Date> for Date {
    type Error = Error;
    fn try_from(date: civil::Date) -> Result<Self> {
        let year = u16::try_from(date.year()).map_err(|_| out_of_range())?;
        Date::new(year, date.month() as u8, date.day() as u8)
    }
}

/// An error for a day that does not exist.
impl TryFrom<Date> for civil::Date {
    type Error = Error;
    fn try_from(date: Date) -> Result<Self> {
        let Date { year, month, day } = date.checked()?;
        civil::Date::new(year as i16, month as i8, day as i8).map_err(|_| out_of_range())
    }
}

impl From<civil::Time> for Time {
    fn from(time: civil::Time) -> Self {
        Time {
            hour: time.hour() as u8,
            minute: time.minute() as u8,
            second: time.second() as u8,
            microsecond: time.subsec_nanosecond() as u32 / 1000,
            fold: false,
            zone: None,
        }
    }
}

/// An error for a time with a zone. A fold is left out.
impl TryFrom<Time> for civil::Time {
    type Error = Error;
    fn try_from(time: Time) -> Result<Self> {
        match time.zone {
            None => clock(&time),
            Some(_) => Err(bad_text("a time without a zone")),
        }
    }
}

fn clock(time: &Time) -> Result<civil::Time> {
    let time = time.clone().checked()?;
    let nanos = time.microsecond as i32 * 1000;
    civil::Time::new(time.hour as i8, time.minute as i8, time.second as i8, nanos).map_err(|_| out_of_range())
}

/// An error for the years before 1.
impl TryFrom<civil::DateTime> for DateTime {
    type Error = Error;
    fn try_from(stamp: civil::DateTime) -> Result<Self> {
        Ok(DateTime {
            date: stamp.date().try_into()?,
            time: stamp.time().into(),
        })
    }
}

/// An error for a datetime with a zone. A fold is left out.
impl TryFrom<DateTime> for civil::DateTime {
    type Error = Error;
    fn try_from(stamp: DateTime) -> Result<Self> {
        match stamp.zone() {
            None => shown(&stamp),
            Some(_) => Err(bad_text("a datetime without a zone")),
        }
    }
}

/// What calendar and clock show.
fn shown(stamp: &DateTime) -> Result<civil::DateTime> {
    Ok(civil::Date::try_from(stamp.date)?.to_datetime(clock(&stamp.time)?))
}

/// In UTC. An error for the years before 1.
impl TryFrom<Timestamp> for DateTime {
    type Error = Error;
    fn try_from(stamp: Timestamp) -> Result<Self> {
        let mut shown = DateTime::try_from(Offset::UTC.to_datetime(stamp))?;
        shown.time.zone = Some(TimeZone::Utc);
        Ok(shown)
    }
}

/// An error for a naive datetime, an offset of fractions of a second, and a place that the time zone database does not
/// have.
impl TryFrom<DateTime> for Timestamp {
    type Error = Error;
    fn try_from(stamp: DateTime) -> Result<Self> {
        let offset = stamp.offset().ok_or_else(|| bad_text("a datetime with an offset"))?;
        to_offset(offset)?
            .to_timestamp(shown(&stamp)?)
            .map_err(|_| out_of_range())
    }
}

/// With the fold that Python needs to find the same time in the same place. A zone without a name in the time zone
/// database becomes its offset, and UTC, which jiff has in one form only, `datetime.timezone.utc`. An error for the years
/// before 1.
impl TryFrom<Zoned> for DateTime {
    type Error = Error;
    fn try_from(stamp: Zoned) -> Result<Self> {
        let mut shown = DateTime::try_from(stamp.datetime())?;
        let offset = TimeDelta::from_microseconds(i128::from(stamp.offset().seconds()) * 1_000_000)?;
        shown.time.zone = Some(match stamp.time_zone().iana_name() {
            Some(key) if key != "UTC" => TimeZone::zone(key, Some(offset))?,
            _ => TimeZone::fixed(offset, None)?,
        });
        if let AmbiguousOffset::Fold { after, .. } = stamp.time_zone().to_ambiguous_zoned(stamp.datetime()).offset() {
            shown.time.fold = after == stamp.offset();
        }
        Ok(shown)
    }
}

/// An error for a naive datetime, an offset of fractions of a second, a place that the time zone database does not
/// have, and an offset that is not in force there.
impl TryFrom<DateTime> for Zoned {
    type Error = Error;
    fn try_from(stamp: DateTime) -> Result<Self> {
        let zone = stamp.zone().ok_or_else(|| bad_text("a datetime with a zone"))?;
        let rules = tz::TimeZone::try_from(zone.clone())?;
        let local = shown(&stamp)?;
        let wanted = zone.offset().map(to_offset).transpose()?;
        let offset = match (rules.to_ambiguous_zoned(local).offset(), wanted) {
            (found, None) => by_fold(found, stamp.time.fold),
            (AmbiguousOffset::Unambiguous { offset }, Some(wanted)) if offset == wanted => offset,
            (AmbiguousOffset::Fold { before, after } | AmbiguousOffset::Gap { before, after }, Some(wanted))
                if before == wanted || after == wanted =>
            {
                wanted
            }
            _ => return Err(bad_text("a datetime whose offset is that of its zone")),
        };
        let instant = offset.to_timestamp(local).map_err(|_| out_of_range())?;
        Ok(instant.to_zoned(rules))
    }
}

/// Of two offsets the one that Python takes, also for a time that clocks skip.
fn by_fold(found: AmbiguousOffset, fold: bool) -> Offset {
    match found {
        AmbiguousOffset::Unambiguous { offset } => offset,
        AmbiguousOffset::Gap { before, after } | AmbiguousOffset::Fold { before, after } => {
            if fold {
                after
            } else {
                before
            }
        }
    }
}

fn to_offset(delta: TimeDelta) -> Result<Offset> {
    let seconds = i32::try_from(delta.total_microseconds() / 1_000_000).map_err(|_| out_of_range())?;
    if delta.microseconds != 0 {
        return Err(out_of_range());
    }
    Offset::from_seconds(seconds).map_err(|_| out_of_range())
}

/// The offset in force at a place, if its rules are in the time zone database.
pub(crate) fn offset_of(stamp: &DateTime, key: &str) -> Option<TimeDelta> {
    let found = tz::TimeZone::get(key)
        .ok()?
        .to_ambiguous_zoned(shown(stamp).ok()?)
        .offset();
    let seconds = by_fold(found, stamp.time.fold).seconds();
    TimeDelta::from_microseconds(i128::from(seconds) * 1_000_000).ok()
}

/// An error for an offset of fractions of a second, and for a place that the time zone database does not have. A name
/// of an offset is left out.
impl TryFrom<TimeZone> for tz::TimeZone {
    type Error = Error;
    fn try_from(zone: TimeZone) -> Result<Self> {
        match zone {
            TimeZone::Utc => Ok(tz::TimeZone::UTC),
            TimeZone::Fixed { offset, .. } => Ok(tz::TimeZone::fixed(to_offset(offset)?)),
            TimeZone::Zone { key, .. } => {
                tz::TimeZone::get(&key).map_err(|_| bad_text("a zone of the time zone database"))
            }
        }
    }
}

/// What is below a microsecond is cut off, towards zero. An error above 999,999,999 days.
impl TryFrom<SignedDuration> for TimeDelta {
    type Error = Error;
    fn try_from(duration: SignedDuration) -> Result<Self> {
        TimeDelta::from_microseconds(duration.as_micros())
    }
}

/// An error for what is not in normal form.
impl TryFrom<TimeDelta> for SignedDuration {
    type Error = Error;
    fn try_from(delta: TimeDelta) -> Result<Self> {
        let delta = delta.checked()?;
        let seconds = i64::from(delta.days) * 86_400 + i64::from(delta.seconds);
        Ok(SignedDuration::new(seconds, 0) + SignedDuration::from_micros(delta.microseconds.into()))
    }
}

/// Days and weeks are 24 and 168 hours, as in Python. An error if there are months or years in it, which have no
/// length.
impl TryFrom<Span> for TimeDelta {
    type Error = Error;
    fn try_from(span: Span) -> Result<Self> {
        if span.get_years() != 0 || span.get_months() != 0 {
            return Err(bad_text("a span without months and years"));
        }
        let units = [
            (i64::from(span.get_weeks()), 7 * 86_400_000_000_000),
            (i64::from(span.get_days()), 86_400_000_000_000),
            (i64::from(span.get_hours()), 3_600_000_000_000),
            (span.get_minutes(), 60_000_000_000),
            (span.get_seconds(), 1_000_000_000),
            (span.get_milliseconds(), 1_000_000),
            (span.get_microseconds(), 1000),
            (span.get_nanoseconds(), 1),
        ];
        let total: i128 = units.into_iter().map(|(count, unit)| i128::from(count) * unit).sum();
        TimeDelta::from_microseconds(total / 1000)
    }
}

/// Of hours, minutes, seconds and microseconds, as the text of a timedelta is. An error above 7,304,484 days.
impl TryFrom<TimeDelta> for Span {
    type Error = Error;
    fn try_from(delta: TimeDelta) -> Result<Self> {
        let total = delta.checked()?.total_microseconds();
        let (seconds, micros) = (total / 1_000_000, total % 1_000_000);
        let part = |value: i128| i64::try_from(value).map_err(|_| out_of_range());
        let fits = |_| out_of_range();
        Span::new()
            .try_hours(part(seconds / 3600)?)
            .and_then(|span| span.try_minutes((seconds / 60 % 60) as i64))
            .and_then(|span| span.try_seconds((seconds % 60) as i64))
            .and_then(|span| span.try_microseconds(micros as i64))
            .map_err(fits)
    }
}

#[cfg(feature = "serde")]
super::as_python! {
    civil::Date => Date;
    civil::Time => Time;
    civil::DateTime => DateTime, |ticks| {
        let stamp = Timestamp::from_nanosecond(ticks.total_nanoseconds()).ok()?;
        Some(Offset::UTC.to_datetime(stamp))
    };
    Timestamp => DateTime;
    Zoned => DateTime;
    SignedDuration => TimeDelta, |ticks| Some(SignedDuration::from_nanos_i128(ticks.total_nanoseconds()));
    Span => TimeDelta, |ticks| {
        let nanos = (ticks.total_nanoseconds() % 1000) as i64;
        let micros = ticks.total_nanoseconds() / 1000;
        Span::try_from(TimeDelta::from_microseconds(micros).ok()?).ok()?.try_nanoseconds(nanos).ok()
    };
}
