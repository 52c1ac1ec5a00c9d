//! What a `datetime64` or `timedelta64` says, whatever its unit.

use super::{Dtype, Item, TimeBase, TimeUnit};
use std::fmt::Write;

const ATTOS: u64 = 1_000_000_000_000_000_000;
const DAY: i128 = 86_400;

/// Seconds, exactly: whole ones, and what is above them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seconds {
    whole: i128,
    /// Below 10¹⁸.
    attos: u64,
}

impl TimeUnit {
    /// Whether numpy takes it for days on a calendar rather than for what a clock shows.
    pub(crate) fn is_days(self) -> bool {
        matches!(
            self.base,
            TimeBase::Year | TimeBase::Month | TimeBase::Week | TimeBase::Day
        )
    }

    /// How long so many units are; `None` for years and months, which have no length, and where there is no unit.
    pub(crate) fn length(self, units: i64) -> Option<Seconds> {
        let count = i128::from(units) * i128::from(self.count);
        let seconds = |each: i128| Seconds {
            whole: count * each,
            attos: 0,
        };
        let parts = |of_a_second: u64| Seconds {
            whole: count.div_euclid(of_a_second.into()),
            attos: count.rem_euclid(of_a_second.into()) as u64 * (ATTOS / of_a_second),
        };
        Some(match self.base {
            TimeBase::Year | TimeBase::Month | TimeBase::Generic => return None,
            TimeBase::Week => seconds(7 * DAY),
            TimeBase::Day => seconds(DAY),
            TimeBase::Hour => seconds(3600),
            TimeBase::Minute => seconds(60),
            TimeBase::Second => seconds(1),
            TimeBase::Millisecond => parts(1_000),
            TimeBase::Microsecond => parts(1_000_000),
            TimeBase::Nanosecond => parts(1_000_000_000),
            TimeBase::Picosecond => parts(1_000_000_000_000),
            TimeBase::Femtosecond => parts(1_000_000_000_000_000),
            TimeBase::Attosecond => parts(ATTOS),
        })
    }

    /// So many units after 1970 began; `None` where there is no unit, and for years beyond any use.
    pub(crate) fn since_1970(self, units: i64) -> Option<Seconds> {
        let months = match self.base {
            TimeBase::Year => 12,
            TimeBase::Month => 1,
            _ => return self.length(units),
        };
        let months = i128::from(units) * i128::from(self.count) * months;
        let year = i64::try_from(1970 + months.div_euclid(12)).ok();
        let year = year.filter(|year| year.unsigned_abs() < 1 << 40)?;
        Some(Seconds {
            whole: i128::from(days_before(year, months.rem_euclid(12) as i64)) * DAY,
            attos: 0,
        })
    }
}

impl TimeUnit {
    /// The text of a date or of a datetime, whichever numpy takes it for, of the years that Python has.
    pub(crate) fn stamp_text(self, units: i64) -> Option<String> {
        self.since_1970(units)?.stamp_text(self.is_days())
    }
}

impl Seconds {
    /// Whole seconds and nanoseconds; `None` for what is finer or larger.
    pub(crate) fn nanos(self) -> Option<(i64, u32)> {
        const NANO: u64 = ATTOS / 1_000_000_000;
        let whole = i64::try_from(self.whole).ok()?;
        (self.attos.is_multiple_of(NANO)).then_some((whole, (self.attos / NANO) as u32))
    }

    /// The nearest float, as `total_seconds()` of a `timedelta` gives it.
    pub(crate) fn to_f64(self) -> f64 {
        let (mut of_a_second, mut each) = (1, ATTOS);
        // In the coarsest unit that is exact, so that there is one rounding only.
        while !self.attos.is_multiple_of(each) {
            (of_a_second, each) = (of_a_second * 1000, each / 1000);
        }
        let parts = self.whole.saturating_mul(of_a_second) + i128::from(self.attos / each);
        parts as f64 / of_a_second as f64
    }

    /// As a length: ISO 8601, of hours, minutes and seconds.
    pub(crate) fn length_text(self) -> String {
        let negative = self.whole < 0;
        let (whole, attos) = match (negative, self.attos) {
            (true, 0) | (false, _) => (self.whole.unsigned_abs(), self.attos),
            (true, attos) => ((self.whole + 1).unsigned_abs(), ATTOS - attos),
        };
        let mut text = String::from(if negative { "-PT" } else { "PT" });
        let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
        let mut done = Ok(());
        if hours > 0 {
            done = write!(text, "{hours}H");
        }
        if minutes > 0 {
            done = done.and_then(|()| write!(text, "{minutes}M"));
        }
        if attos > 0 {
            let fraction = format!("{attos:018}");
            done = done.and_then(|()| write!(text, "{seconds}.{}S", fraction.trim_end_matches('0')));
        } else if seconds > 0 || whole == 0 {
            done = done.and_then(|()| write!(text, "{seconds}S"));
        }
        debug_assert!(done.is_ok(), "a String takes all text");
        text
    }

    /// As what a calendar shows, and unless `days` a clock, of the years that Python has: `2026-11-21T10:00:00`, with
    /// microseconds as Python writes them, and more digits where there is more.
    fn stamp_text(self, days: bool) -> Option<String> {
        let (year, month, day) = civil(i64::try_from(self.whole.div_euclid(DAY)).ok()?)?;
        let mut text = format!("{year:04}-{month:02}-{day:02}");
        if days {
            return Some(text);
        }
        let clock = self.whole.rem_euclid(DAY);
        let (hour, minute, second) = (clock / 3600, clock / 60 % 60, clock % 60);
        let done = write!(text, "T{hour:02}:{minute:02}:{second:02}");
        debug_assert!(done.is_ok(), "a String takes all text");
        let digits = (2..=6).find(|groups| self.attos.is_multiple_of(10_u64.pow(18 - 3 * groups)));
        if self.attos > 0
            && let Some(groups) = digits
        {
            text.push('.');
            text.push_str(&format!("{:018}", self.attos)[..3 * groups as usize]);
        }
        Some(text)
    }
}

/// The days from 1970 to the first of a month, which is counted from 0.
fn days_before(year: i64, month: i64) -> i64 {
    // Years that begin in March, so that the leap day is their last.
    let year = if month < 2 { year - 1 } else { year };
    let since_march = (month + 10) % 12;
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * since_march + 2) / 5;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Year, month and day so many days after 1970 began, if Python has such a year.
pub(crate) fn civil(days: i64) -> Option<(u16, u8, u8)> {
    // From January 1 of the year 1 to the end of 9999.
    if !(-719_162..=2_932_896).contains(&days) {
        return None;
    }
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let years = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * years + years / 4 - years / 100);
    let since_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * since_march + 2) / 5 + 1;
    let month = if since_march < 10 {
        since_march + 3
    } else {
        since_march - 9
    };
    let year = years + era * 400 + i64::from(month <= 2);
    Some((year.try_into().ok()?, month as u8, day as u8))
}

/// A time for an error: `the datetime64[ns] 2026-11-21T10:00:00`; `None` for any other item.
pub(crate) fn described(dtype: &Dtype, item: &Item<'_>) -> Option<String> {
    let name = match item {
        Item::DateTime(..) => "datetime64",
        Item::TimeDelta(..) => "timedelta64",
        _ => return None,
    };
    Some(match (item, dtype.unit()?) {
        (Item::DateTime(Some(units), _), unit) => match unit.stamp_text(*units) {
            Some(text) => format!("the {name}[{unit}] {text}"),
            None => format!("the {name}[{unit}] {units}"),
        },
        (Item::TimeDelta(Some(units), _), unit) => format!("the {name}[{unit}] {units}"),
        (_, unit) => format!("a {name}[{unit}] that is NaT"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(text: &str) -> TimeUnit {
        let dtype: Dtype = format!("M8[{text}]").parse().expect("a dtype");
        dtype.unit().expect("a unit")
    }

    #[test]
    fn days_and_dates_are_inverse() {
        let mut before = None;
        for days in -719_162..=2_932_896 {
            let (year, month, day) = civil(days).expect("Python has it");
            let first = days_before(year.into(), i64::from(month) - 1);
            assert_eq!(first + i64::from(day) - 1, days);
            assert!(before < Some((year, month, day)));
            before = Some((year, month, day));
        }
        assert_eq!(before, Some((9999, 12, 31)));
        assert_eq!((civil(-719_163), civil(2_932_897)), (None, None));
    }

    #[test]
    fn every_unit_has_its_text() {
        let length = |text, units| unit(text).length(units).map(Seconds::length_text);
        assert_eq!(length("ms", 1500).as_deref(), Some("PT1.5S"));
        assert_eq!(length("ms", -1500).as_deref(), Some("-PT1.5S"));
        assert_eq!(length("25s", 3).as_deref(), Some("PT1M15S"));
        assert_eq!(length("W", -1).as_deref(), Some("-PT168H"));
        assert_eq!(length("as", 1).as_deref(), Some("PT0.000000000000000001S"));
        assert_eq!(length("ns", 0).as_deref(), Some("PT0S"));
        assert_eq!((length("Y", 1), length("generic", 1)), (None, None));
        let stamp = |text, units| unit(text).stamp_text(units);
        assert_eq!(stamp("Y", 56).as_deref(), Some("2026-01-01"));
        assert_eq!(stamp("M", -1).as_deref(), Some("1969-12-01"));
        assert_eq!(stamp("h", 1).as_deref(), Some("1970-01-01T01:00:00"));
        assert_eq!(stamp("us", -1).as_deref(), Some("1969-12-31T23:59:59.999999"));
        assert_eq!(stamp("ms", 1).as_deref(), Some("1970-01-01T00:00:00.001000"));
        assert_eq!(stamp("ns", 1).as_deref(), Some("1970-01-01T00:00:00.000000001"));
        assert_eq!(stamp("ps", 1).as_deref(), Some("1970-01-01T00:00:00.000000000001"));
        for (unit, units) in [
            ("Y", i64::MAX),
            ("W", i64::MIN + 1),
            ("4294967W", i64::MAX),
            ("Y", -1970),
        ] {
            assert_eq!(stamp(unit, units), None);
        }
    }

    #[test]
    fn floats_are_those_of_total_seconds() {
        let float = |text, units| unit(text).length(units).map(Seconds::to_f64);
        assert_eq!(float("us", 8_589_934_592_000_001), Some(8_589_934_592.000_001));
        assert_eq!(float("ns", -1), Some(-1e-9));
        assert_eq!(float("ps", 1), Some(1e-12));
        assert_eq!(float("ps", -1), Some(-1e-12));
        assert_eq!(float("as", 1500), Some(1.5e-15));
        assert_eq!(float("W", i64::MAX), Some(i64::MAX as f64 * 604_800.0));
        assert_eq!(unit("ns").length(-1).and_then(Seconds::nanos), Some((-1, 999_999_999)));
        assert_eq!(unit("ps").length(1).and_then(Seconds::nanos), None);
    }
}
