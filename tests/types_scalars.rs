//! The scalars of the standard library: what every CPython writes is read, and what is written every CPython reads.

mod support;

use brinery::{
    Builder, Encoding, Graph, Options, Result, Value,
    types::{
        Complex, Date, DateTime, Decimal, DecimalKind, Fraction, Integer, IpAddress, IpInterface, IpNetwork, Path,
        PathKind, Recipe, Time, TimeDelta, TimeZone, Uuid,
    },
};
use proptest::prelude::*;
use std::{
    collections::HashMap,
    fmt::{Debug, Display},
    io::Write,
    process::Stdio,
    str::FromStr,
};
use support::{
    difference,
    python::{Python, elders, exactly_3_13, interpreters},
    show,
};

/// One pickle of `oracle/types_scalars.py`.
#[derive(Debug, Clone, Copy)]
struct Record<'o> {
    kind: &'o str,
    name: &'o str,
    pickler: &'o str,
    protocol: u8,
    text: &'o str,
    pickle: &'o [u8],
}

fn written_by(python: &Python) -> Vec<u8> {
    let output = python.oracle("types_scalars.py").arg("write").output();
    let output = output.expect("the oracle starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{python}: {errors}");
    output.stdout
}

fn records(mut rest: &[u8]) -> Vec<Record<'_>> {
    let mut field = || {
        let (size, behind) = rest.split_at_checked(4)?;
        let size = u32::from_le_bytes(size.try_into().ok()?) as usize;
        let (field, behind) = behind.split_at(size);
        rest = behind;
        Some(field)
    };
    let mut records = Vec::new();
    while let Some(kind) = field() {
        let mut next = || field().expect("a record is whole");
        let mut string = || str::from_utf8(next()).expect("UTF-8");
        let (kind, name, pickler) = (str::from_utf8(kind).expect("UTF-8"), string(), string());
        let (protocol, text) = (string().parse().expect("a number"), string());
        let pickle = next();
        records.push(Record {
            kind,
            name,
            pickler,
            protocol,
            text,
            pickle,
        });
    }
    records
}

/// Reads a value as its kind: its text, and what is written for it in a protocol.
fn read(kind: &str, value: Value<'_>, protocol: u8) -> Option<(String, Result<Recipe>)> {
    fn both<T: Display>(
        found: Option<T>,
        recipe: impl Fn(&T, u8) -> Result<Recipe>,
        protocol: u8,
    ) -> Option<(String, Result<Recipe>)> {
        let found = found?;
        Some((found.to_string(), recipe(&found, protocol)))
    }
    match kind {
        "date" => both(value.as_date(), Date::recipe, protocol),
        "time" => both(value.as_time(), Time::recipe, protocol),
        "datetime" => both(value.as_datetime(), DateTime::recipe, protocol),
        "timedelta" => value.as_timedelta().map(|delta| {
            let text = format!("{} {} {}", delta.days, delta.seconds, delta.microseconds);
            (text, delta.recipe(protocol))
        }),
        "timezone" => both(value.as_timezone(), TimeZone::recipe, protocol),
        "decimal" => both(value.as_decimal(), Decimal::recipe, protocol),
        "fraction" => both(value.as_fraction(), Fraction::recipe, protocol),
        "complex" => both(value.as_complex(), Complex::recipe, protocol),
        "uuid" => both(value.as_uuid(), Uuid::recipe, protocol),
        "int" => both(value.as_bigint().map(Integer), Integer::recipe, protocol),
        "ipaddress" => both(value.as_ip_address(), IpAddress::recipe, protocol),
        "ipinterface" => both(value.as_ip_interface(), IpInterface::recipe, protocol),
        "ipnetwork" => both(value.as_ip_network(), IpNetwork::recipe, protocol),
        "path" => both(value.as_path(), Path::recipe, protocol),
        other => panic!("unknown kind {other}"),
    }
}

fn write(recipe: Recipe, protocol: u8) -> Vec<u8> {
    let mut build = Builder::new();
    let root = build.recipe(recipe).expect("its keys are hashable");
    let options = Options::new().protocol(protocol);
    options.write(&build.finish(root)).expect("it fits")
}

/// Reads all records; complains about each that gives another text than Python's.
fn check(python: &Python, options: &Options, records: &[Record<'_>], least: usize) {
    let mut failures = Vec::new();
    for record in records {
        let graph = match options.read(record.pickle) {
            Ok(graph) => graph,
            Err(error) => panic!("{error} in {} of {python}", record.name),
        };
        let got = read(record.kind, graph.root(), record.protocol).map(|(text, _)| text);
        if got.as_deref() != Some(record.text) {
            failures.push(format!("{record:?} of {python}: {got:?}, {}", show(record.pickle)));
        }
    }
    assert!(
        failures.is_empty(),
        "{} differ: {:#?}",
        failures.len(),
        &failures[..failures.len().min(5)]
    );
    assert!(records.len() >= least, "{python}: only {} records", records.len());
    println!("{python}: {} pickles read", records.len());
}

#[test]
fn what_python_3_writes() {
    for python in interpreters().iter().chain(elders()) {
        if python.version.0 == 2 {
            continue;
        }
        let output = written_by(python);
        check(python, &Options::new(), &records(&output), 2000);
    }
}

#[test]
fn what_python_2_writes() {
    let Some(python) = elders().iter().find(|python| python.version.0 == 2) else {
        return;
    };
    let output = written_by(python);
    let records = records(&output);
    for encoding in [Encoding::Latin1, Encoding::Bytes] {
        check(python, &Options::new().encoding(encoding), &records, 700);
    }
    // By default only what has no byte above 127 can be read at all.
    let readable = |record: &&Record<'_>| Options::new().read(record.pickle).is_ok();
    let readable: Vec<_> = records.iter().filter(readable).copied().collect();
    check(python, &Options::new(), &readable, 500);
}

/// What is read from the pickle is written with its bytes.
fn is_written_again(record: &Record<'_>) {
    let graph = Graph::from_slice(record.pickle).expect("CPython wrote it");
    let (_, recipe) = read(record.kind, graph.root(), record.protocol).expect("it is known");
    let got = write(recipe.expect("it is valid"), record.protocol);
    assert!(
        got == record.pickle,
        "{} in protocol {}: {}",
        record.name,
        record.protocol,
        difference(record.pickle, &got)
    );
}

#[test]
fn the_bytes_of_cpython_3_13() {
    let Some(python) = exactly_3_13() else { return };
    let output = written_by(python);
    let mut compared: HashMap<&str, usize> = HashMap::new();
    for record in records(&output) {
        // A path in 3.13 refers to a module that no other version has; see below.
        if record.pickler != "C" || record.kind == "path" {
            continue;
        }
        is_written_again(&record);
        *compared.entry(record.kind).or_default() += 1;
    }
    println!("{compared:?}");
    assert_eq!(compared.len(), 13);
    assert!(compared.values().sum::<usize>() > 1200, "{compared:?}");
}

/// Paths as CPython 3.8 to 3.12 write them.
#[test]
fn the_bytes_of_paths() {
    let Some(python) = interpreters().iter().rev().find(|python| python.version.1 == 12) else {
        println!("SKIPPED: a comparison with CPython 3.12, which was not found");
        return;
    };
    let output = written_by(python);
    let mut compared = 0;
    for record in records(&output) {
        if record.kind != "path" || record.pickler != "C" {
            continue;
        }
        is_written_again(&record);
        compared += 1;
    }
    assert!(compared > 200, "only {compared}");
}

/// What is written for a value, every Python that has its class loads as the same value.
#[test]
fn python_reads_what_is_written() {
    for python in interpreters().iter().chain(elders()) {
        let output = written_by(python);
        let options = Options::new().encoding(Encoding::Latin1);
        // Of each value the pickle with the highest protocol, which has its fold.
        let mut best: HashMap<&str, Record<'_>> = HashMap::new();
        for record in records(&output) {
            best.insert(record.name, record);
        }
        let highest = match python.version {
            (2, ..) => 2,
            (3, ..8, _) => 4,
            _ => 5,
        };
        let mut input = Vec::new();
        let mut count = 0;
        for record in best.values() {
            let graph = options.read(record.pickle).expect("CPython wrote it");
            for protocol in 0..=highest {
                let (_, recipe) = read(record.kind, graph.root(), protocol).expect("it is known");
                let pickle = write(recipe.expect("it is valid"), protocol);
                for field in [record.name.as_bytes(), protocol.to_string().as_bytes(), &pickle] {
                    input.extend_from_slice(&(field.len() as u32).to_le_bytes());
                    input.extend_from_slice(field);
                }
                count += 1;
            }
        }
        let mut command = python.oracle("types_scalars.py");
        let command = command.arg("load").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("the oracle starts");
        let mut stdin = child.stdin.take().expect("it is piped");
        let writer = std::thread::spawn(move || stdin.write_all(&input));
        let output = child.wait_with_output().expect("the oracle runs");
        writer.join().expect("no panic").expect("the oracle reads it all");
        let answer = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{python}");
        assert_eq!(answer.trim(), count.to_string(), "{python}");
        assert!(count > 300, "{python}: only {count}");
    }
}

/// Not the modules that CPython has: written by hand after pytz's and dateutil's own pickles.
#[test]
fn zones_of_other_packages() {
    let stamp = b"\x80\x02cdatetime\ndatetime\nc_codecs\nencode\n\
                  X\x0b\0\0\0\x07\xc3\xaa\x07\x01\0\0\0\0\0\0X\x06\0\0\0latin1\x86R";
    let cases: [(&[u8], &str); 9] = [
        (
            b"cdateutil.tz._tzfile\n_unpickle\n(cdateutil.tz._tzfile\ntzfile\nX\x0c\0\0\0Europe/Paris\
              X\x20\0\0\0/usr/share/zoneinfo/Europe/ParistR",
            "[Europe/Paris]",
        ),
        (b"cpytz\n_UTC\n)R", "+00:00"),
        (
            b"cpytz\n_p\n(X\x0c\0\0\0Europe/ParisM \x1cM\x10\x0eX\x04\0\0\0CESTtR",
            "+02:00[Europe/Paris]",
        ),
        (b"cpytz\n_p\n(X\x09\0\0\0Etc/GMT+5tR", "[Etc/GMT+5]"),
        (b"cpytz\nFixedOffset\nKZ\x85R", "+01:30"),
        (b"cdateutil.tz.tz\ntzutc\n)R", "+00:00"),
        (
            b"cdateutil.tz.tz\ntzoffset\nX\x01\0\0\0XM\x10\x0e\x86R",
            "+01:00[name=X]",
        ),
        (
            b"cdateutil.tz.tz\ntzoffset\nNcdatetime\ntimedelta\nJ\xff\xff\xff\xffJpC\x01\0K\0\x87R\x86R",
            "-01:00",
        ),
        (
            b"cdateutil.tz.tz\ntzfile\nNX\x20\0\0\0/usr/share/zoneinfo/Europe/Paris\x86R",
            "[Europe/Paris]",
        ),
    ];
    for (zone, text) in cases {
        let pickle = [stamp.as_slice(), zone, b"\x86R."].concat();
        let graph = Graph::from_slice(&pickle).expect("it is a pickle");
        let found = graph.root().as_datetime().map(|stamp| stamp.to_string());
        assert_eq!(found.as_deref(), Some(&*format!("2026-07-01T00:00:00{text}")));
    }
}

/// Values of other classes and broken states are no dates.
#[test]
fn what_is_refused() {
    for pickle in [
        b"K\x01.".as_slice(),
        b"cdatetime\ndate\n.",
        b"cdatetime\ndate\n)R.",
        b"cdatetime\ndate\nC\x04\x07\xea\x0b\x1f\x85R.", // 31 November
        b"cdatetime\ndate\nC\x04\0\0\x0b\x01\x85R.",
        b"cdatetime\ndate\nC\x03\x07\xea\x0b\x85R.",
        b"cdatetime\ntime\nC\x06\x18\0\0\0\0\0\x85R.",
        b"cdatetime\ntime\nC\x06\x01\0\0\x0f\x42\x40\x85R.", // a million microseconds
        b"cdatetime\ndatetime\nC\x0a\x07\xea\x0b\x15\x0a\0\0\0\0\0cshop\nZone\n)R\x86R.",
        b"cdatetime\ndatetime\nC\x0a\x07\xea\x0b\x15\x0a\0\0\0\0\0K\x01\x86R.",
        b"cdatetime\ntimezone\ncdatetime\ntimedelta\nK\x01K\0K\0\x87R\x85R.", // a day
        b"cdatetime\ntimedelta\nJ\0\xca\x9a\x3bK\0K\0\x87R.",
        b"cshop\ntimedelta\nK\x01K\0K\0\x87R.",
        b"cdecimal\nDecimal\nX\x03\0\0\x001.x\x85R.",
        b"cfractions\nFraction\nK\x01K\0\x86R.",
        b"cuuid\nUUID\n)\x81}X\x03\0\0\0intJ\xff\xff\xff\xffsb.",
        b"cipaddress\nIPv4Address\nL4294967296L\n\x85R.",
        b"cipaddress\nIPv4Address\nX\x03\0\0\0::1\x85R.",
        b"cipaddress\nIPv4Network\nX\x0c\0\0\x00192.0.2.1/24\x85R.",
        b"cpathlib\nPosixPath\nK\x01\x85R.",
        b"cpathlib\nPosixPath\nX\x03\0\0\0\xed\xb3\xbf\x85R.",
        b"c__builtin__\ncomplex\nK\x01K\x01K\x01\x87R.",
    ] {
        let graph = Graph::from_slice(pickle).unwrap_or_else(|error| panic!("{error} in {}", show(pickle)));
        let kinds = [
            "date",
            "time",
            "datetime",
            "timedelta",
            "timezone",
            "decimal",
            "fraction",
            "complex",
            "uuid",
            "ipaddress",
            "ipinterface",
            "ipnetwork",
            "path",
        ];
        for kind in kinds {
            let found = read(kind, graph.root(), 4).map(|(text, _)| text);
            assert_eq!(found, None, "{kind} of {}", show(pickle));
        }
    }
    // Fields are public, so that nonsense can be in them; it is not written.
    let month = Date {
        year: 2026,
        month: 13,
        day: 1,
    };
    assert!(month.recipe(4).is_err());
    let digits = DecimalKind::Finite {
        digits: "1x".into(),
        exponent: 0,
    };
    assert!(
        Decimal {
            negative: false,
            kind: digits
        }
        .recipe(4)
        .is_err()
    );
}

#[test]
fn texts_that_are_read() {
    fn same<T: FromStr<Err = brinery::Error> + Display>(text: &str, as_text: &str) {
        match text.parse::<T>() {
            Ok(value) => assert_eq!(value.to_string(), as_text, "{text}"),
            Err(error) => panic!("{text}: {error}"),
        }
    }
    fn refused<T: FromStr<Err = brinery::Error> + Debug>(texts: &[&str]) {
        for text in texts {
            assert!(text.parse::<T>().is_err(), "{text}: {:?}", text.parse::<T>());
        }
    }
    same::<DateTime>("2026-11-21 10:00", "2026-11-21T10:00:00");
    same::<DateTime>("2026-11-21t10:00:00.1234569z", "2026-11-21T10:00:00.123456+00:00");
    same::<DateTime>("2026-11-21T10:00:00+0130", "2026-11-21T10:00:00+01:30");
    same::<DateTime>(
        "2026-11-21T10:00:00+01[Europe/Paris]",
        "2026-11-21T10:00:00+01:00[Europe/Paris]",
    );
    same::<DateTime>("2026-11-21T10:00:00+01:00[+01:00]", "2026-11-21T10:00:00+01:00");
    same::<DateTime>(
        "2026-11-21T10:00:00[Europe/Paris][u-ca=iso8601]",
        "2026-11-21T10:00:00[Europe/Paris]",
    );
    refused::<DateTime>(&[
        "",
        "2026-11-21",
        "2026-11-31T10:00:00",
        "2026-11-21T24:00:00",
        "2026-11-21T10:00:60",
        "2026-11-21T10:00:00 ",
        "2026-11-21T10:00:00Z[Europe/Paris]",
        "2026-11-21T10:00:00+24:00",
        "2026-11-21T10:00:00+01:60",
        "2026-11-21T10:00:00[!u-ca=iso8601]",
        "2026-11-21T10:00:00[fold=2]",
        "2026-11-21T10:00:00[name=CET]",
        "2026-11-21T10:00:00+01:00[Europe/Paris",
        "2026-11-21T1é:00:00",
        "+2026-11-21T10:00:00",
    ]);
    refused::<Date>(&[
        "",
        "2026-1-1",
        "2026-02-29",
        "0000-01-01",
        "10000-01-01",
        "2026-11-21T",
        "２026-11-21",
    ]);
    same::<TimeDelta>("P1W2DT3H4M5.6S", "PT219H4M5.6S");
    same::<TimeDelta>("-p1d", "-PT24H");
    same::<TimeDelta>("PT93784,5S", "PT26H3M4.5S");
    refused::<TimeDelta>(&[
        "",
        "P",
        "PT",
        "P1DT",
        "P1Y",
        "P1M",
        "PT1S1H",
        "PT1H1H",
        "PT1.5H",
        "PT-1S",
        "P1000000000D",
    ]);
    refused::<TimeDelta>(&["P99999999999999999999D", "PT1", "1H", "PT1S ", "P18446744073709551615W"]);
    refused::<TimeZone>(&[
        "",
        "Z[Europe/Paris]",
        "[]",
        "+01:00[fold=1]",
        "[Europe/Paris]x",
        "a b",
        "+24:00",
    ]);
    same::<Decimal>(".5", "0.5");
    same::<Decimal>("+5.", "5");
    same::<Decimal>("00120e-1", "12.0");
    same::<Decimal>("inf", "Infinity");
    same::<Decimal>("-snan007", "-sNaN7");
    let long = format!("0.00{}", "7".repeat(70_000));
    same::<Decimal>(&long, &long);
    refused::<Decimal>(&[
        "",
        ".",
        "-",
        "1e",
        "1e99999999999999999999",
        "1e1000000000000000000",
        "nanx",
        "--1",
        "1_0",
        " 1",
    ]);
    same::<Complex>("(1+2j)", "1+2j");
    same::<Complex>("1e-5-j", "1e-05-1j");
    same::<Complex>("-0.0", "-0+0j");
    refused::<Complex>(&["", "j1", "1+2", "1+-2+3j", "(1j"]);
    same::<Fraction>("6/1", "6");
    refused::<Fraction>(&["", "1/0", "1/-3", "/", "1/2/3", "0.5"]);
    same::<Integer>("+0x10", "16");
    refused::<Integer>(&["", "-", "0x", "1_0", "--1", "0x-1", "é"]);
    refused::<Integer>(&[&"9".repeat(4301)]);
    same::<Uuid>(
        "urn:uuid:8F709D30E59011F1B5F502FC00000001",
        "8f709d30-e590-11f1-b5f5-02fc00000001",
    );
    refused::<Uuid>(&[
        "",
        "8f709d30",
        "8f709d30-e590-11f1-b5f5-02fc0000000g",
        "+f709d30e59011f1b5f502fc00000001",
    ]);
    refused::<IpAddress>(&["", "1.2.3", "1.2.3.4%eth0", "::1%", "::1%a%b", "1.2.3.4/8"]);
    refused::<IpInterface>(&["1.2.3.4", "1.2.3.4/33", "1.2.3.4/+8", "::1/129", "1.2.3.4/255.0.0.0"]);
    refused::<IpNetwork>(&["1.2.3.4/31 ", "1.2.3.5/31", "::1/64"]);
}

fn round_trip<T: FromStr<Err = brinery::Error> + Display + PartialEq + Debug>(value: &T) {
    let text = value.to_string();
    match text.parse::<T>() {
        Ok(again) => assert_eq!(&again, value, "by {text}"),
        Err(error) => panic!("{error}: {text} of {value:?}"),
    }
}

fn dates() -> impl Strategy<Value = Date> {
    (1..=9999u16, 1..=12u8, 1..=31u8)
        .prop_filter_map("it exists", |(year, month, day)| Date::new(year, month, day).ok())
}

fn offsets() -> impl Strategy<Value = TimeDelta> {
    const DAY: i64 = 86_400_000_000;
    prop_oneof![-86_399i64..86_400, -DAY + 1..DAY].prop_map(|n| {
        let micros = if n.abs() < 86_400 { n * 1_000_000 } else { n };
        TimeDelta::from_microseconds(micros.into()).expect("it is small")
    })
}

fn zones() -> impl Strategy<Value = TimeZone> {
    prop_oneof![
        Just(TimeZone::Utc),
        (offsets(), proptest::option::of(any::<String>()))
            .prop_map(|(offset, name)| TimeZone::fixed(offset, name).expect("it is below a day")),
        (
            "[A-Za-y_][A-Za-z0-9_+-]{1,9}(/[A-Za-z0-9_+-]{1,9})?",
            proptest::option::of(offsets())
        )
            .prop_map(|(key, offset)| TimeZone::zone(&key, offset).expect("it is a key")),
    ]
}

fn times() -> impl Strategy<Value = Time> {
    let clock = (0..24u8, 0..60u8, 0..60u8, prop_oneof![Just(0), 0..1_000_000u32]);
    (clock, any::<bool>(), proptest::option::of(zones())).prop_map(
        |((hour, minute, second, microsecond), fold, zone)| Time {
            fold,
            zone,
            ..Time::new(hour, minute, second, microsecond).expect("it exists")
        },
    )
}

proptest! {
    #[test]
    fn texts_lose_nothing(
        date in dates(),
        time in times(),
        days in -999_999_999..=999_999_999i32,
        seconds in 0..86_400u32,
        microseconds in 0..1_000_000u32,
        (re, im) in (any::<f64>(), any::<f64>()),
        numerator in any::<i128>(),
        denominator in 1..=i128::MAX,
        value in any::<u128>(),
        is_safe in any::<Option<bool>>(),
        addr in any::<std::net::IpAddr>(),
        bytes in proptest::collection::vec(any::<u8>(), 0..3000),
    ) {
        round_trip(&date);
        round_trip(&time);
        if let Some(zone) = &time.zone {
            round_trip(zone);
        }
        round_trip(&DateTime { date, time });
        round_trip(&TimeDelta { days, seconds, microseconds });
        if !re.is_nan() && !im.is_nan() {
            round_trip(&Complex { re, im });
        }
        round_trip(&Fraction { numerator: numerator.into(), denominator: denominator.into() });
        round_trip(&Uuid { value, is_safe });
        let address = IpAddress { addr, scope: addr.is_ipv6().then(|| "eth0".into()) };
        round_trip(&address);
        round_trip(&IpInterface { prefix: value as u8 % 33, address });
        round_trip(&Integer(brinery::BigInt::from_signed_bytes_le(&bytes)));
    }

    #[test]
    fn decimals_lose_nothing(
        negative: bool,
        digits in "0|[1-9][0-9]{0,40}",
        exponent in prop_oneof![-50..50i64, any::<i32>().prop_map(i64::from)],
    ) {
        round_trip(&Decimal { negative, kind: DecimalKind::Finite { digits, exponent } });
    }

    #[test]
    fn paths_lose_nothing(
        text in prop_oneof![any::<String>(), "[a-c:/\\\\.?]{0,12}", "(PosixPath:|PurePosixPath:)?[a/.]{0,5}"],
    ) {
        for kind in [PathKind::PurePosix, PathKind::PureWindows, PathKind::Posix, PathKind::Windows] {
            round_trip(&Path::new(kind, &text));
        }
    }

    /// Any text is read or refused.
    #[test]
    fn any_text_is_safe(
        text in prop_oneof![
            any::<String>(),
            "[-+0-9TZPDHMS:.,e\\[\\]=!/fold%jxa]{0,40}",
            "2026-11-21T10:00:00[-+0-9Z:.\\[\\]=!/a-x]{0,30}",
        ],
    ) {
        let _ = (text.parse::<Date>(), text.parse::<Time>(), text.parse::<DateTime>(), text.parse::<TimeDelta>());
        let _ = (text.parse::<TimeZone>(), text.parse::<Decimal>(), text.parse::<Fraction>(), text.parse::<Complex>());
        let _ = (text.parse::<Uuid>(), text.parse::<IpAddress>(), text.parse::<IpInterface>());
        let _ = (text.parse::<IpNetwork>(), text.parse::<Path>(), text.parse::<Integer>());
        if let Ok(again) = text.parse::<DateTime>() {
            round_trip(&again);
        }
        if let Ok(again) = text.parse::<Decimal>() {
            round_trip(&again);
        }
    }
}
