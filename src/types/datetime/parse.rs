//! The text of dates, times and zones: ISO 8601 with the suffixes of RFC 9557.

use super::{Date, TimeDelta, TimeZone};

/// What is left of a text.
pub(super) struct Cursor<'t>(&'t str);

/// What stands behind the digits of a time.
#[derive(Default)]
pub(super) struct Suffixes<'t> {
    /// `+01:00`, or `Z`, which is no offset when a zone follows.
    pub(super) offset: Option<TimeDelta>,
    pub(super) z: bool,
    /// `[Europe/Paris]`
    pub(super) key: Option<&'t str>,
    /// `[name=CET]`
    pub(super) name: Option<String>,
    /// `[fold=1]`
    pub(super) fold: bool,
}

impl<'t> Cursor<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Cursor(text)
    }

    pub(super) fn is_done(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes one of these characters, all ASCII.
    pub(super) fn eat(&mut self, any: &[u8]) -> Option<u8> {
        let first = *self.0.as_bytes().first()?;
        any.contains(&first).then(|| {
            self.0 = &self.0[1..];
            first
        })
    }

    /// Takes exactly so many digits.
    fn number(&mut self, digits: usize) -> Option<u32> {
        let number = self.0.get(..digits)?;
        if !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        self.0 = &self.0[digits..];
        number.parse().ok()
    }

    fn two(&mut self) -> Option<u8> {
        self.number(2)?.try_into().ok()
    }

    /// All digits there are, at least one.
    pub(super) fn digits(&mut self) -> Option<&'t str> {
        let end = self.0.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.0.split_at(end);
        self.0 = rest;
        (end > 0).then_some(digits)
    }

    /// `.5` or `,5` as microseconds. What is below a microsecond is cut off, as Python does.
    pub(super) fn fraction(&mut self) -> Option<u32> {
        if self.eat(b".,").is_none() {
            return Some(0);
        }
        let digits = self.digits()?;
        let value: u32 = digits.get(..6).unwrap_or(digits).parse().ok()?;
        Some(value * 10_u32.pow(6_u32.saturating_sub(digits.len() as u32)))
    }

    /// `2026-11-21`, whether it exists or not.
    pub(super) fn date(&mut self) -> Option<Date> {
        let year = self.number(4)?.try_into().ok()?;
        self.eat(b"-")?;
        let month = self.two()?;
        self.eat(b"-")?;
        let day = self.two()?;
        Some(Date { year, month, day })
    }

    /// `10:00`, `10:00:00`, `10:00:00.5`: hour, minute, second, microsecond.
    pub(super) fn clock(&mut self) -> Option<(u8, u8, u8, u32)> {
        let hour = self.two()?;
        self.eat(b":")?;
        let minute = self.two()?;
        if self.eat(b":").is_none() {
            return Some((hour, minute, 0, 0));
        }
        let second = self.two()?;
        Some((hour, minute, second, self.fraction()?))
    }

    /// `+01:00`, `-0130`, `+01`, `+00:09:21.5`.
    pub(super) fn offset(&mut self) -> Option<TimeDelta> {
        let sign = self.eat(b"+-")?;
        let hour = self.two()?;
        let (mut minute, mut second, mut micro) = (0, 0, 0);
        if self.eat(b":").is_some() {
            minute = self.two()?;
            if self.eat(b":").is_some() {
                second = self.two()?;
                micro = self.fraction()?;
            }
        } else if self.0.starts_with(|c: char| c.is_ascii_digit()) {
            minute = self.two()?;
        }
        if minute > 59 || second > 59 {
            return None;
        }
        let seconds = (i128::from(hour) * 60 + i128::from(minute)) * 60 + i128::from(second);
        let total = seconds * 1_000_000 + i128::from(micro);
        TimeDelta::from_microseconds(if sign == b'-' { -total } else { total }).ok()
    }

    /// An offset and any number of suffixes, up to the end.
    pub(super) fn suffixes(&mut self) -> Option<Suffixes<'t>> {
        let mut found = Suffixes::default();
        if self.eat(b"Zz").is_some() {
            found.z = true;
            found.offset = Some(TimeDelta::ZERO);
        } else if self.0.starts_with(['+', '-']) {
            found.offset = Some(self.offset()?);
        }
        while self.eat(b"[").is_some() {
            let critical = self.eat(b"!").is_some();
            let (inside, rest) = self.0.split_once(']')?;
            self.0 = rest;
            match inside.split_once('=') {
                Some(("fold", "0")) => found.fold = false,
                Some(("fold", "1")) => found.fold = true,
                Some(("fold", _)) => return None,
                Some(("name", value)) => found.name = Some(value.into()),
                Some(("xname", value)) => found.name = Some(unhex(value.strip_prefix('x')?)?),
                // Of a calendar, say. RFC 9557 lets a reader ignore what is not critical.
                Some(_) if !critical => {}
                Some(_) => return None,
                None if inside.starts_with(['+', '-']) => {
                    let mut cursor = Cursor(inside);
                    found.offset = Some(cursor.offset()?);
                    if !cursor.is_done() {
                        return None;
                    }
                }
                None => found.key = Some(inside),
            }
        }
        self.is_done().then_some(found)
    }
}

impl Suffixes<'_> {
    /// The zone that the suffixes say; an outer `None` if they contradict each other.
    pub(super) fn zone(self) -> Option<Option<TimeZone>> {
        let zone = match (self.key, self.offset) {
            // With `Z` the clock shows UTC, and what the zone's clocks showed only its rules can tell.
            (Some(_), _) if self.z || self.name.is_some() => return None,
            (Some(key), offset) => TimeZone::zone(key, offset).ok()?,
            (None, Some(offset)) => TimeZone::fixed(offset, self.name).ok()?,
            (None, None) if self.name.is_some() => return None,
            (None, None) => return Some(None),
        };
        Some(Some(zone))
    }
}

/// The value of a `name` or `xname` suffix: letters and digits only, as RFC 9557 has it, hexadecimal if need be.
pub(super) fn name_suffix(name: &str) -> String {
    if !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return format!("[name={name}]");
    }
    let hex: String = name.bytes().map(|byte| format!("{byte:02x}")).collect();
    format!("[xname=x{hex}]")
}

fn unhex(text: &str) -> Option<String> {
    if !text.len().is_multiple_of(2) || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let bytes = (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok());
    String::from_utf8(bytes.collect::<Option<_>>()?).ok()
}
