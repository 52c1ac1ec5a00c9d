//! What real Pythons write: see `oracle/typed.py`.

use crate::support::python::{Python, elders, interpreters};
use brinery::{Encoding, Options};
use serde::{Deserialize, de::DeserializeOwned};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    fmt::Debug,
    sync::OnceLock,
    time::Duration,
};

struct Written {
    from: String,
    name: String,
    bytes: Vec<u8>,
}

fn written_by(python: &Python) -> Vec<Written> {
    let output = python.oracle("typed.py").output().expect("the oracle starts");
    let report = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "typed.py on {python}: {report}");
    let text = String::from_utf8(output.stdout).expect("lines of text");
    let lines = text.lines().map(|line| {
        let [name, protocol, hex] = line.split(' ').collect::<Vec<_>>()[..] else {
            panic!("typed.py on {python} wrote {line}");
        };
        let digits = hex.as_bytes().chunks(2);
        let bytes = digits.map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap());
        Written {
            from: format!("{name}, protocol {protocol} of {python}"),
            name: name.into(),
            bytes: bytes.collect(),
        }
    });
    lines.collect()
}

fn written() -> &'static [Written] {
    static WRITTEN: OnceLock<Vec<Written>> = OnceLock::new();
    WRITTEN.get_or_init(|| interpreters().iter().chain(elders()).flat_map(written_by).collect())
}

/// Every pickle of a value, which must be at least so many.
fn each(name: &str, least: usize, mut check: impl FnMut(&str, &[u8])) {
    let mut count = 0;
    for written in written().iter().filter(|written| written.name == name) {
        count += 1;
        check(&written.from, &written.bytes);
    }
    assert!(count >= least, "only {count} pickles of {name}");
}

/// Every pickle of a value reads as this, from a slice, a reader and a graph.
fn reads<T: DeserializeOwned + PartialEq + Debug>(name: &str, wanted: T) {
    let options = Options::new().encoding(Encoding::Latin1);
    each(name, 4, |from, bytes| {
        let problem = |error| panic!("{from}: {error}");
        assert_eq!(options.from_slice::<T>(bytes).unwrap_or_else(problem), wanted, "{from}");
        assert_eq!(
            options.from_reader::<_, T>(bytes).unwrap_or_else(problem),
            wanted,
            "{from}"
        );
        let graph = options.read(bytes).unwrap_or_else(|error| panic!("{from}: {error}"));
        let got: T = brinery::from_graph(&graph).unwrap_or_else(|error| panic!("{from}: {error}"));
        assert_eq!(got, wanted, "{from}");
    });
}

#[derive(Deserialize, Debug, PartialEq, Clone)]
#[serde(deny_unknown_fields)]
struct Person {
    name: String,
    age: u8,
}

fn ann() -> Person {
    Person {
        name: "Ann".into(),
        age: 41,
    }
}

/// As [`Person`], for what has more.
#[derive(Deserialize, Debug, PartialEq)]
struct Someone {
    name: String,
    age: u8,
}

fn someone() -> Someone {
    Someone {
        name: "Ann".into(),
        age: 41,
    }
}

#[test]
fn instances_are_structs() {
    for name in [
        "person",
        "plain",
        "dataclass",
        "args_and_state",
        "args",
        "reduced",
        "from_dict",
        "tuple_state",
        "list_state",
        "named",
        "dict",
        "int_with_attributes",
        "list_with_attributes",
        "ordered",
        "default",
        "setter",
        "keywords",
        "keys_bytes",
    ] {
        reads(name, ann());
    }
    for name in ["slots", "dict_with_attributes", "keys_odd"] {
        reads(name, someone());
    }
}

#[test]
fn instances_are_maps() {
    let wanted = serde_json::json!({"name": "Ann", "age": 41});
    for name in [
        "person",
        "plain",
        "dataclass",
        "args_and_state",
        "dict",
        "ordered",
        "default",
        "setter",
    ] {
        reads(name, wanted.clone());
    }
    reads("keywords", serde_json::json!({"0": "Ann", "age": 41}));
    reads("dict_with_attributes", serde_json::json!({"other": 1}));
    reads("ordered_empty", serde_json::json!({}));
    reads("ordered_empty", HashMap::<String, u8>::new());
}

#[test]
fn instances_are_sequences() {
    for name in ["tuple_state", "list_state", "named", "args", "reduced"] {
        reads(name, ("Ann".to_owned(), 41));
        reads(name, serde_json::json!(["Ann", 41]));
    }
    for name in [
        "list",
        "list_with_attributes",
        "set",
        "frozenset",
        "tuple",
        "plain_set",
        "plain_frozenset",
        "deque",
    ] {
        reads(name, BTreeSet::from([1, 2]));
        reads(name, HashSet::from([1, 2]));
    }
    reads("tuple", (1, 2));
    reads("tuple", [1, 2]);
    reads("named_one", (vec![1, 2],));
    reads("bytearray", vec![1, 2]);
    reads("bytearray", serde_bytes::ByteBuf::from([1, 2]));
    reads("bytes", [1, 2]);
    reads("bytes", serde_bytes::ByteBuf::from([1, 2]));
}

#[test]
fn instances_are_scalars() {
    reads("int", 41);
    reads("int_with_attributes", 41_u128);
    reads("int_enum", 1);
    reads("enum_int", 1);
    reads("float", 0.5);
    reads("text", "Ann".to_owned());
    reads("py2_long", 41);
    reads("exception_one", "bad".to_owned());
    reads("exception", ("bad".to_owned(), 41));
    reads("import", "collections:OrderedDict".to_owned());
    reads("unicode", "é€😀".to_owned());
}

#[test]
fn python_2() {
    reads("py2_old", ann());
    each("py2_str_keys", 4, |from, bytes| {
        for encoding in [Encoding::Ascii, Encoding::Latin1, Encoding::Utf8, Encoding::Bytes] {
            let person: Person = Options::new().encoding(encoding).from_slice(bytes).expect(from);
            assert_eq!(person, ann(), "{from}, {encoding:?}");
        }
    });
}

#[test]
fn well_known_scalars() {
    reads("date", "2026-11-21".to_owned());
    reads("decimal", "0.10".to_owned());
    reads("fraction", "1/3".to_owned());
    reads("uuid", "00000000-0000-0000-0000-000000000001".to_owned());
    reads("timedelta", Duration::new(86_402, 500_000_000));
    reads("timedelta", 86_402.5);
    reads("timedelta_negative", -1);
    reads("complex", (1.0, 2.0));
    reads("complex", "1+2j".to_owned());
    each("timedelta_negative", 4, |from, bytes| {
        let error = brinery::from_slice::<Duration>(bytes).expect_err(from);
        assert!(error.to_string().contains("expected struct Duration"), "{error}");
    });
}

#[test]
fn ranges() {
    #[derive(Deserialize, Debug, PartialEq)]
    struct Range {
        start: i64,
        stop: i64,
        step: i64,
    }
    let (start, stop, step) = (1, 10, 2);
    reads("range", Range { start, stop, step });
    // In Python it is a sequence, but not of these three.
    reads("range", vec![1, 3, 5, 7, 9]);
    reads("range", (1, 3, 5, 7, 9));
    each("range", 4, |from, bytes| {
        let error = brinery::from_slice::<[i64; 3]>(bytes).expect_err(from).to_string();
        assert!(error.contains("5 items, 2 too many"), "{error}");
    });
    // And it may be longer than any memory.
    let endless = b"c__builtin__\nxrange\n(I0\nL4000000000000000000L\nI1\ntR.";
    assert!(brinery::from_slice::<Vec<i64>>(endless).is_err());
    let endless =
        b"c__builtin__\nxrange\n(I0\nL1606938044258990275541962092341162602522202993782792835301376L\nI1\ntR.";
    assert!(brinery::from_slice::<Vec<i64>>(endless).is_err());
}

#[test]
fn errors_name_the_object() {
    let options = Options::new().encoding(Encoding::Latin1);
    each("date", 4, |from, bytes| {
        let error = options.from_slice::<u8>(bytes).expect_err(from).to_string();
        let wanted = "expected u8, found an object made by datetime.date, read as the str '2026-11-21'";
        assert!(error.ends_with(wanted), "{error}");
    });
    each("decimal", 4, |from, bytes| {
        let error = options.from_slice::<f64>(bytes).expect_err(from).to_string();
        assert!(
            error.contains("made by decimal.Decimal, read as the str '0.10'"),
            "{error}"
        );
    });
    each("enum_int", 1, |from, bytes| {
        let error = options.from_slice::<String>(bytes).expect_err(from).to_string();
        assert!(error.contains("Color, read as the int 1"), "{error}");
    });
    each("timedelta", 4, |from, bytes| {
        let error = options.from_slice::<Vec<i64>>(bytes).expect_err(from).to_string();
        assert!(
            error.contains("expected a sequence, found an object made by datetime.timedelta"),
            "{error}"
        );
    });
    each("widest", 4, |from, bytes| {
        let error = options.from_slice::<i128>(bytes).expect_err(from).to_string();
        assert!(
            error.contains("expected i128, found the int 340282366920938463463374607431768211455"),
            "{error}"
        );
    });
}

#[derive(Deserialize, Debug, PartialEq)]
enum Color {
    #[serde(rename = "1", alias = "RED")]
    Red,
    #[serde(rename = "green", alias = "GREEN")]
    Green,
}

#[test]
fn enums() {
    reads("enum_text", Color::Green);
    reads("enum_int", Color::Red);
    reads("int_enum", Color::Red);
}

#[test]
fn ints() {
    #[derive(Deserialize, Debug, PartialEq)]
    #[allow(clippy::type_complexity)]
    struct Ints(u8, u8, u32, i64, i64, i64, u64, u64);
    let (i, u) = (i64::MAX, u64::MAX);
    reads("ints", Ints(0, 255, 1 << 31, 1 << 47, i, i64::MIN, 1 << 63, u));
    let all = [
        0,
        255,
        1 << 31,
        1 << 47,
        i128::from(i),
        i64::MIN.into(),
        1 << 63,
        u.into(),
    ];
    reads("ints", all);
    reads("ints", all.map(|value| value as f64));
    reads("ints", all.map(|value| value as f32));
    reads("wide", [1 << 64, -(1 << 64), i128::MAX, i128::MIN]);
    reads(
        "wide",
        [1_i128 << 64, -(1 << 64), i128::MAX, i128::MIN].map(|value| value as f64),
    );
    reads("widest", u128::MAX);
    reads("huge", 2_f64.powi(200));
    reads(
        "huge",
        "1606938044258990275541962092341162602522202993782792835301376".to_owned(),
    );
    each("huge", 6, |from, bytes| {
        let error = brinery::from_slice::<u128>(bytes).expect_err(from).to_string();
        assert!(error.contains("which has 201 bits"), "{from}: {error}");
    });
    each("wide", 6, |from, bytes| {
        let error = brinery::from_slice::<Vec<u64>>(bytes).expect_err(from).to_string();
        assert!(
            error.contains("expected u64, found the int 18446744073709551616"),
            "{from}: {error}"
        );
    });
}

#[test]
fn keys() {
    reads("keys_int", BTreeMap::from([(1, "a".to_owned()), (-2, "b".to_owned())]));
    reads("keys_tuple", BTreeMap::from([((1, "x".to_owned()), 2)]));
}

#[test]
fn nothing() {
    reads("nothing", ());
    reads("nothing", None::<u8>);
    reads("empty_tuple", ());
    reads("nothing", serde_json::Value::Null);
}

#[test]
fn nested() {
    #[derive(Deserialize, Debug, PartialEq)]
    struct All {
        users: Vec<Person>,
        first: (u8, f32, Option<u8>, bool),
    }
    let bob = Person {
        name: "Bob".into(),
        age: 7,
    };
    let wanted = All {
        users: vec![ann(), bob],
        first: (1, 2.5, None, true),
    };
    reads("nested", wanted);
    reads(
        "nested",
        serde_json::json!({
            "users": [{"name": "Ann", "age": 41}, {"name": "Bob", "age": 7}],
            "first": [1, 2.5, null, true],
        }),
    );
}

#[test]
fn lone_surrogates() {
    each("surrogate", 6, |from, bytes| {
        let error = brinery::from_slice::<String>(bytes).expect_err(from).to_string();
        assert!(
            error.ends_with(r"expected a string, found the str 'a\udc80', which has lone surrogates"),
            "{error}"
        );
        let bytes: serde_bytes::ByteBuf = brinery::from_slice(bytes).expect(from);
        assert_eq!(*bytes, b"a\xed\xb2\x80"[..]);
    });
}
