//! Well-known types as fields of structs: read from real pickles into the types of other crates and into ours, and
//! written so that Python gets its own.

mod support;

use brinery::{
    Options,
    types::{
        Complex, Date, DateTime, Decimal, Fraction, Integer, IpAddress, IpInterface, IpNetwork, Path, Py, Time,
        TimeDelta, TimeZone, Uuid,
    },
};
use chrono::{FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use proptest::prelude::*;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{
    collections::BTreeMap,
    fmt::Debug,
    io::Write,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    path::PathBuf,
    process::Stdio,
    time::Duration,
};
use support::{
    difference,
    python::{Python, exactly_3_13, interpreters},
};

/// Fields of chrono and others, read and written.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Chrono {
    date: Py<NaiveDate>,
    time: Py<NaiveTime>,
    #[serde(with = "brinery::types::py")]
    naive: NaiveDateTime,
    #[serde(with = "brinery::types::py")]
    utc: chrono::DateTime<Utc>,
    offset: Py<chrono::DateTime<FixedOffset>>,
    back: Py<chrono::TimeDelta>,
    timeout: Py<Duration>,
    price: Py<rust_decimal::Decimal>,
    long: Py<bigdecimal::BigDecimal>,
    id: Py<uuid::Uuid>,
    host: Py<IpAddr>,
    host6: Py<Ipv6Addr>,
    #[serde(with = "brinery::types::py")]
    path: PathBuf,
    ahead: Py<FixedOffset>,
    dates: Vec<Py<NaiveDate>>,
    by_date: BTreeMap<Py<NaiveDate>, Py<chrono::TimeDelta>>,
    none: Option<Py<NaiveDate>>,
    some: Option<Py<NaiveDate>>,
}

/// The same by the types' own `Deserialize`.
#[derive(Debug, PartialEq, Deserialize)]
struct PlainChrono {
    date: NaiveDate,
    time: NaiveTime,
    naive: NaiveDateTime,
    utc: chrono::DateTime<Utc>,
    offset: chrono::DateTime<FixedOffset>,
    named: chrono::DateTime<FixedOffset>,
    back: chrono::TimeDelta,
    timeout: Duration,
    price: rust_decimal::Decimal,
    large: rust_decimal::Decimal,
    long: bigdecimal::BigDecimal,
    id: uuid::Uuid,
    host: IpAddr,
    host6: Ipv6Addr,
    path: PathBuf,
    pure: PathBuf,
    dates: Vec<NaiveDate>,
    by_date: BTreeMap<NaiveDate, chrono::TimeDelta>,
    none: Option<NaiveDate>,
    some: Option<NaiveDate>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Jiff {
    date: Py<jiff::civil::Date>,
    time: Py<jiff::civil::Time>,
    naive: Py<jiff::civil::DateTime>,
    utc: Py<jiff::Timestamp>,
    zoned: Py<jiff::Zoned>,
    folded: Py<jiff::Zoned>,
    first: Py<jiff::Zoned>,
    #[serde(with = "brinery::types::py")]
    back: jiff::SignedDuration,
    host: Py<Ipv4Addr>,
}

#[derive(Debug, Deserialize)]
struct PlainJiff {
    date: jiff::civil::Date,
    time: jiff::civil::Time,
    naive: jiff::civil::DateTime,
    utc: jiff::Timestamp,
    offset: jiff::Timestamp,
    zoned: jiff::Zoned,
    folded: jiff::Zoned,
    first: jiff::Zoned,
    back: jiff::SignedDuration,
    timeout: jiff::Span,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Ours {
    date: Date,
    time: Time,
    naive: DateTime,
    utc: DateTime,
    offset: DateTime,
    named: DateTime,
    zoned: DateTime,
    folded: DateTime,
    first: DateTime,
    skipped: DateTime,
    back: TimeDelta,
    timeout: TimeDelta,
    price: Decimal,
    large: Decimal,
    long: Decimal,
    id: Uuid,
    host: IpAddress,
    host6: IpAddress,
    interface: IpInterface,
    network: IpNetwork,
    path: Path,
    pure: Path,
    windows: Path,
    complex: Complex,
    fraction: Fraction,
    int: Integer,
    place: TimeZone,
    ahead: TimeZone,
    dates: Vec<Date>,
    by_date: BTreeMap<Date, TimeDelta>,
    none: Option<Date>,
    some: Option<Date>,
}

/// CPython 3.8 has no `zoneinfo`.
fn pythons() -> impl Iterator<Item = &'static Python> {
    interpreters().iter().filter(|python| python.version.1 >= 9)
}

fn written_by(python: &Python) -> Vec<Vec<u8>> {
    let output = python.oracle("types_serde.py").arg("write").output();
    let output = output.expect("the oracle starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut rest = &*output.stdout;
    let mut pickles = Vec::new();
    while let Some((size, behind)) = rest.split_first_chunk() {
        let (pickle, behind) = behind.split_at(u32::from_le_bytes(*size) as usize);
        pickles.push(pickle.to_vec());
        rest = behind;
    }
    assert_eq!(pickles.len(), 6);
    pickles
}

fn read<T: DeserializeOwned>(python: &Python, pickle: &[u8]) -> T {
    brinery::from_slice(pickle).unwrap_or_else(|error| panic!("{error} in a pickle of {python}"))
}

/// Has the oracle compare what is written for values, in every protocol.
fn checked_by<T: Serialize + Debug>(python: &Python, value: &T, fields: usize) {
    let mut input = Vec::new();
    for protocol in 0..=5 {
        let written = Options::new().protocol(protocol).to_vec(value);
        let pickle = written.unwrap_or_else(|error| panic!("{error} in protocol {protocol}"));
        input.extend_from_slice(&(pickle.len() as u32).to_le_bytes());
        input.extend_from_slice(&pickle);
    }
    let mut command = python.oracle("types_serde.py");
    let command = command.arg("check").stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("the oracle starts");
    let mut stdin = child.stdin.take().expect("it is piped");
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().expect("the oracle runs");
    writer.join().expect("no panic").expect("the oracle reads it all");
    assert!(output.status.success(), "{python}");
    let answer = String::from_utf8_lossy(&output.stdout);
    assert_eq!(answer.trim(), (6 * fields).to_string(), "{python}");
}

/// A date and a time of chrono's.
fn at(hour: u32, minute: u32, second: u32, micros: u32) -> NaiveDateTime {
    let date = NaiveDate::from_ymd_opt(2026, 11, 21).expect("it exists");
    date.and_hms_micro_opt(hour, minute, second, micros).expect("it exists")
}

#[test]
fn chrono_and_others() {
    for python in pythons() {
        for pickle in written_by(python) {
            let plain: PlainChrono = read(python, &pickle);
            let wrapped: Chrono = read(python, &pickle);
            assert_eq!(plain.date, at(0, 0, 0, 0).date());
            assert_eq!(plain.time, at(10, 30, 0, 5).time());
            assert_eq!(plain.naive, at(10, 30, 0, 5));
            assert_eq!(plain.utc, at(10, 30, 59, 999_999).and_utc());
            assert_eq!(plain.offset.to_utc(), at(14, 0, 0, 0).and_utc());
            assert_eq!(plain.offset.offset().local_minus_utc(), -12_600);
            assert_eq!(plain.named.to_utc(), at(9, 30, 0, 0).and_utc());
            assert_eq!(plain.back, -chrono::TimeDelta::milliseconds(51 * 3_600_000 + 500));
            assert_eq!(plain.timeout, Duration::from_millis(86_490_250));
            assert_eq!(plain.price, rust_decimal::Decimal::new(-150, 2));
            assert_eq!(plain.price.scale(), 2);
            assert_eq!(plain.large.to_string(), "1".to_owned() + &"0".repeat(25));
            assert_eq!(
                plain.long.to_string(),
                format!("1.{}{}E-31", "23456789", "123456789".repeat(4))
            );
            assert_eq!(plain.id.as_u128(), 0x8f709d30_e590_11f1_b5f5_02fc00000001);
            assert_eq!(
                (plain.host, plain.host6.to_string()),
                (IpAddr::from([192, 0, 2, 1]), "2001:db8::1".into())
            );
            assert_eq!(plain.path, PathBuf::from("/etc/hosts"));
            assert_eq!(plain.pure, PathBuf::from("a/b"));
            assert_eq!((plain.dates.len(), plain.by_date.len(), plain.none), (2, 1, None));
            assert_eq!(plain.some, NaiveDate::from_ymd_opt(2000, 2, 29));
            let Chrono {
                date,
                time,
                naive,
                utc,
                offset,
                back,
                timeout,
                price,
                long,
                id,
                host,
                host6,
                path,
                ahead,
                ..
            } = &wrapped;
            assert_eq!(
                (**date, **time, *naive, *utc, **offset),
                (plain.date, plain.time, plain.naive, plain.utc, plain.offset)
            );
            assert_eq!(
                (**back, **timeout, **price, **id),
                (plain.back, plain.timeout, plain.price, plain.id)
            );
            assert_eq!(
                (**host, **host6, path, &**long),
                (plain.host, plain.host6, &plain.path, &plain.long)
            );
            assert_eq!(ahead.local_minus_utc(), 20_700);
            checked_by(python, &wrapped, 18);
        }
    }
}

#[test]
fn jiff_with_its_zones() {
    for python in pythons() {
        for (protocol, pickle) in written_by(python).iter().enumerate() {
            let plain: PlainJiff = read(python, pickle);
            let wrapped: Jiff = read(python, pickle);
            assert_eq!(plain.date.to_string(), "2026-11-21");
            assert_eq!(plain.time.to_string(), "10:30:00.000005");
            assert_eq!(plain.naive.to_string(), "2026-11-21T10:30:00.000005");
            assert_eq!(plain.utc.to_string(), "2026-11-21T10:30:59.999999Z");
            assert_eq!(plain.offset.to_string(), "2026-11-21T14:00:00Z");
            assert_eq!(plain.zoned.to_string(), "2026-11-21T10:30:00+01:00[Europe/Paris]");
            assert_eq!(plain.first.to_string(), "2026-10-25T02:30:00+02:00[Europe/Paris]");
            // Only protocols from 4 on keep the fold, in Python itself.
            let second = if protocol > 3 { "+01:00" } else { "+02:00" };
            assert_eq!(
                plain.folded.to_string(),
                format!("2026-10-25T02:30:00{second}[Europe/Paris]")
            );
            assert_eq!(plain.back.to_string(), "-PT51H0.5S");
            assert_eq!(plain.timeout.to_string(), "PT24H1M30.25S");
            assert_eq!(
                (&wrapped.zoned.0, &wrapped.folded.0, &wrapped.first.0),
                (&plain.zoned, &plain.folded, &plain.first)
            );
            assert_eq!(
                (wrapped.date.0, wrapped.time.0, wrapped.naive.0),
                (plain.date, plain.time, plain.naive)
            );
            assert_eq!(
                (wrapped.utc.0, wrapped.back, wrapped.host.0),
                (plain.utc, plain.back, [192, 0, 2, 1].into())
            );
            if protocol > 3 {
                checked_by(python, &wrapped, 9);
            }
        }
    }
}

#[test]
fn our_own_types() {
    for python in pythons() {
        for (protocol, pickle) in written_by(python).iter().enumerate() {
            let ours: Ours = read(python, pickle);
            assert_eq!(ours.named.to_string(), "2026-11-21T10:30:00+01:00[name=CET]");
            assert_eq!(ours.interface.to_string(), "192.0.2.0/24");
            assert_eq!(ours.windows.to_string(), r"PureWindowsPath:C:\x");
            assert_eq!(ours.complex, Complex { re: 1.0, im: -2.5 });
            assert_eq!(ours.folded.time.fold, protocol > 3);
            assert_eq!(ours.none, None);
            if protocol > 3 {
                checked_by(python, &ours, 32);
            }
            // Through another format nothing is lost.
            let json = serde_json::to_string(&ours).expect("it is plain data");
            assert_eq!(serde_json::from_str::<Ours>(&json).expect("it was written so"), ours);
            let packed = rmp_serde::to_vec(&ours).expect("it is plain data");
            assert_eq!(rmp_serde::from_slice::<Ours>(&packed).expect("it was written so"), ours);
        }
    }
}

/// What is written for a value by serde is what CPython 3.13 writes for it, byte for byte; but for paths, which refer
/// to a module there that no other version has.
#[test]
fn the_bytes_of_cpython_3_13() {
    fn again<T: Serialize + DeserializeOwned>(pickle: &[u8], protocol: u8) -> brinery::Result<Vec<u8>> {
        Options::new()
            .protocol(protocol)
            .to_vec(&brinery::from_slice::<T>(pickle)?)
    }
    let Some(python) = exactly_3_13() else { return };
    let output = python.oracle("types_scalars.py").arg("write").output();
    let output = output.expect("the oracle starts").stdout;
    let mut rest = &*output;
    let mut field = || {
        let (size, behind) = rest.split_first_chunk()?;
        let (field, behind) = behind.split_at(u32::from_le_bytes(*size) as usize);
        rest = behind;
        Some(field)
    };
    let mut compared = 0;
    while let (Some(kind), Some(name), Some(pickler), Some(protocol), Some(_), Some(pickle)) =
        (field(), field(), field(), field(), field(), field())
    {
        let protocol = protocol[0] - b'0';
        let again = match kind {
            _ if pickler != b"C" => continue,
            b"path" => continue,
            b"date" => again::<Date>,
            b"time" => again::<Time>,
            b"datetime" => again::<DateTime>,
            b"timedelta" => again::<TimeDelta>,
            b"timezone" => again::<TimeZone>,
            b"decimal" => again::<Decimal>,
            b"fraction" => again::<Fraction>,
            b"complex" => again::<Complex>,
            b"uuid" => again::<Uuid>,
            b"int" => again::<Integer>,
            b"ipaddress" => again::<IpAddress>,
            b"ipinterface" => again::<IpInterface>,
            b"ipnetwork" => again::<IpNetwork>,
            _ => panic!("unknown kind"),
        };
        let name = String::from_utf8_lossy(name);
        let got = again(pickle, protocol).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(
            got == pickle,
            "{name} in protocol {protocol}: {}",
            difference(pickle, &got)
        );
        compared += 1;
    }
    assert!(compared > 1200, "only {compared}");
}

/// Numbers that stand for scalars: seconds, and what is exact.
#[test]
fn numbers_as_scalars() {
    let json = |text: &str| serde_json::from_str::<Py<Duration>>(text).map(|found| found.0);
    assert_eq!(json("1.5").expect("seconds"), Duration::from_millis(1500));
    assert_eq!(json("2").expect("seconds"), Duration::from_secs(2));
    assert!(json("-2").is_err() && json("1e300").is_err() && json("null").is_err());
    assert_eq!(
        brinery::from_slice::<TimeDelta>(b"G?\xf8\0\0\0\0\0\0.")
            .expect("a float")
            .to_string(),
        "PT1.5S"
    );
    assert_eq!(
        brinery::from_slice::<Decimal>(b"K\x05.").expect("an int").to_string(),
        "5"
    );
    assert_eq!(
        brinery::from_slice::<Decimal>(b"G?\xb9\x99\x99\x99\x99\x99\x9a.")
            .expect("a float")
            .to_string(),
        "0.1"
    );
    assert_eq!(
        brinery::from_slice::<Fraction>(b"K\x05.").expect("an int").to_string(),
        "5"
    );
    assert_eq!(
        brinery::from_slice::<Complex>(b"K\x05.").expect("an int"),
        Complex { re: 5.0, im: 0.0 }
    );
    assert!(brinery::from_slice::<Date>(b"K\x05.").is_err());
    // Text will do, too.
    assert_eq!(
        brinery::from_slice::<Date>(b"X\x0a\0\0\x002026-11-21.")
            .expect("text")
            .to_string(),
        "2026-11-21"
    );
}

/// What Python does not have is an error when it is written, never something near it.
#[test]
fn what_cannot_be_written() {
    let leap = NaiveTime::from_hms_micro_opt(23, 59, 59, 1_500_000).expect("a leap second");
    assert!(brinery::to_vec(&Py(leap)).is_err());
    assert!(brinery::to_vec(&Py(NaiveDate::MAX)).is_err());
    assert!(brinery::to_vec(&Py(jiff::civil::Date::MIN)).is_err());
    assert!(brinery::to_vec(&Py(Duration::MAX)).is_err());
    assert!(brinery::to_vec(&Py(jiff::SignedDuration::MAX)).is_err());
    assert!(brinery::to_vec(&Py(jiff::Span::new().months(1))).is_err());
    assert!(
        brinery::to_vec(&Date {
            year: 2026,
            month: 2,
            day: 29
        })
        .is_err()
    );
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStringExt;
        let path = PathBuf::from(std::ffi::OsString::from_vec(vec![0xff]));
        assert!(brinery::to_vec(&Py(path)).is_err());
    }
}

/// What the other type cannot hold is an error when it is read.
#[test]
fn what_cannot_be_converted() {
    let chrono = |text: &str| chrono::DateTime::<Utc>::try_from(text.parse::<DateTime>().expect("a datetime"));
    assert!(chrono("2026-11-21T10:00:00").is_err());
    assert!(chrono("2026-11-21T10:00:00+00:00:00.5").is_err());
    assert!(chrono("2026-11-21T10:00:00[Nowhere/Else]").is_err());
    // The rules of a place are jiff's to know.
    let paris = chrono("2026-11-21T10:00:00[Europe/Paris]").expect("jiff knows Paris");
    assert_eq!(paris.to_rfc3339(), "2026-11-21T09:00:00+00:00");
    let zoned = |text: &str| jiff::Zoned::try_from(text.parse::<DateTime>().expect("a datetime"));
    assert!(zoned("2026-11-21T10:00:00").is_err());
    assert!(zoned("2026-11-21T10:00:00+05:00[Europe/Paris]").is_err());
    assert_eq!(
        zoned("2026-11-21T10:00:00+01:00[name=CET]")
            .expect("an offset")
            .offset()
            .seconds(),
        3600
    );
    // Of a time that clocks skip, Python takes the offset from before, or with a fold the one from after.
    let skipped = zoned("2026-03-29T02:30:00[Europe/Paris]").expect("it has an instant");
    assert_eq!(skipped.timestamp().to_string(), "2026-03-29T01:30:00Z");
    let skipped = zoned("2026-03-29T02:30:00[Europe/Paris][!fold=1]").expect("it has an instant");
    assert_eq!(skipped.timestamp().to_string(), "2026-03-29T00:30:00Z");
    let decimal = |text: &str| rust_decimal::Decimal::try_from(text.parse::<Decimal>().expect("a decimal"));
    for text in [
        "NaN",
        "Infinity",
        "1E+29",
        "1E-29",
        "1E+999999999999999999",
        "79228162514264337593543950336",
    ] {
        assert!(decimal(text).is_err(), "{text}");
    }
    assert_eq!(
        decimal("1.0E-28").expect("28 places").to_string(),
        "0.0000000000000000000000000001"
    );
    assert_eq!(decimal("0E-999").expect("zero").scale(), 28);
    assert!(decimal("-0.0").expect("zero").is_sign_negative());
    let big = |text: &str| bigdecimal::BigDecimal::try_from(text.parse::<Decimal>().expect("a decimal"));
    assert!(big("sNaN").is_err());
    assert!(big(&"9".repeat(100_001)).is_err());
    assert_eq!(
        big("1E-999999999999999999")
            .expect("no digits are made")
            .into_bigint_and_scale()
            .1,
        999_999_999_999_999_999
    );
    let scoped: IpAddress = "fe80::1%eth0".parse().expect("an address");
    assert!(IpAddr::try_from(scoped.clone()).is_err() && Ipv6Addr::try_from(scoped).is_err());
    assert!(Duration::try_from("-PT1S".parse::<TimeDelta>().expect("a duration")).is_err());
    assert!(jiff::Span::try_from("P999999999D".parse::<TimeDelta>().expect("a duration")).is_err());
}

/// Through pickle and back, by our own reader alone.
fn round_trip<T: brinery::types::AsPython + PartialEq + Debug>(value: T, protocol: u8) {
    let pickle = Options::new()
        .protocol(protocol)
        .to_vec(&Value(&value))
        .expect("Python has it");
    let again: Py<T> = brinery::from_slice(&pickle).expect("it was written so");
    assert_eq!(again.0, value);
}

/// A value written by reference.
struct Value<'a, T>(&'a T);

impl<T: brinery::types::AsPython> Serialize for Value<'_, T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        brinery::types::py::serialize(self.0, serializer)
    }
}

proptest! {
    #[test]
    fn values_survive(
        protocol in 0..=5u8,
        seconds in -62_135_596_800..=253_402_207_200i64,
        micros in 0..1_000_000u32,
        offset in -86_399..=86_399i32,
        mantissa in -79_228_162_514_264_337_593_543_950_335..=79_228_162_514_264_337_593_543_950_335i128,
        scale in 0..=28u32,
        id in any::<u128>(),
        addr in any::<IpAddr>(),
        length in any::<i64>(),
        path in "(/)?[a-z\u{e4}]{1,5}(/[a-z.]{1,5}x){0,3}",
    ) {
        let stamp = chrono::DateTime::from_timestamp(seconds, micros * 1000).expect("it is in range");
        let naive = stamp.naive_utc();
        round_trip(naive.date(), protocol);
        round_trip(naive.time(), protocol);
        round_trip(naive, protocol);
        round_trip(stamp, protocol);
        let zone = FixedOffset::east_opt(offset).expect("less than a day");
        let there = naive.and_local_timezone(zone).single();
        if let Some(there) = there {
            round_trip(there, protocol);
        }
        round_trip(zone, protocol);
        round_trip(chrono::TimeDelta::microseconds(length), protocol);
        let jiff = jiff::Timestamp::new(seconds, micros as i32 * 1000).expect("it is in range");
        let civil = jiff::tz::Offset::UTC.to_datetime(jiff);
        round_trip(civil.date(), protocol);
        round_trip(civil.time(), protocol);
        round_trip(civil, protocol);
        round_trip(jiff, protocol);
        round_trip(jiff::SignedDuration::from_micros(length), protocol);
        if protocol > 3 {
            let paris = jiff.in_tz("Europe/Paris").expect("it is known");
            if paris.year() >= 1 && paris.offset().seconds() % 60 == 0 {
                round_trip(paris, protocol);
            }
        }
        round_trip(rust_decimal::Decimal::from_i128_with_scale(mantissa, scale), protocol);
        round_trip(bigdecimal::BigDecimal::new(mantissa.into(), scale.into()), protocol);
        round_trip(uuid::Uuid::from_u128(id), protocol);
        round_trip(addr, protocol);
        round_trip(PathBuf::from(path), protocol);
        round_trip(Duration::from_micros(length.unsigned_abs()), protocol);
    }
}

/// Parsers of other crates find fault in their own words; the error says what they were given.
#[test]
fn errors_name_the_zone() {
    let Some(python) = pythons().last() else { return };
    let pickled = |what: &str| {
        let source = format!(
            "import sys, pickle, zoneinfo; from datetime import *; \
             sys.stdout.buffer.write(pickle.dumps({what}, 4))"
        );
        let output = std::process::Command::new(&python.path).args(["-c", &source]).output();
        output.expect("Python runs").stdout
    };
    let zoned = pickled("datetime(2026, 7, 1, 12, tzinfo=zoneinfo.ZoneInfo('Europe/Berlin'))");
    for error in [
        brinery::from_slice::<chrono::DateTime<FixedOffset>>(&zoned).expect_err("chrono has no zones"),
        brinery::from_slice::<chrono::DateTime<Utc>>(&zoned).expect_err("chrono has no zones"),
        brinery::from_slice::<NaiveDateTime>(&zoned).expect_err("it is not naive"),
    ] {
        let error = error.to_string();
        assert!(
            error.contains("expected a") && error.contains("date and time"),
            "{error}"
        );
        assert!(
            error.contains("made by datetime.datetime in the zone Europe/Berlin"),
            "{error}"
        );
    }
    let naive = pickled("datetime(2026, 7, 1, 12)");
    for error in [
        brinery::from_slice::<chrono::DateTime<Utc>>(&naive).expect_err("it is naive"),
        brinery::from_slice::<Py<chrono::DateTime<Utc>>>(&naive)
            .map(|py| py.0)
            .expect_err("it is naive"),
    ] {
        let error = error.to_string();
        assert!(
            error.contains("found an object made by datetime.datetime, read as the str '2026-07-01T12:00:00'"),
            "{error}"
        );
    }
}
