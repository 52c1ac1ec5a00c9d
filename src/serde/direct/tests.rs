//! What the direct lane takes and what it leaves to the graph lane.

use crate::{Limits, Options, pickle, settings::ReadOptions};
use serde::{Deserialize, de::IgnoredAny};
use std::{collections::BTreeMap, fmt::Debug};

fn from_slice<'de, T: Deserialize<'de>>(input: &'de [u8]) -> Option<(T, usize)> {
    super::from_slice(input, 0, &ReadOptions::default())
}

fn direct<'de, T: Deserialize<'de>>(input: &'de [u8]) -> Option<T> {
    from_slice(input).map(|(value, end)| {
        assert_eq!(end, input.len());
        value
    })
}

/// The value is read directly from protocols 2 to 5.
macro_rules! taken {
    ($type:ty, $graph:tt, $want:expr) => {
        for protocol in 2..=5 {
            let bytes = Options::new().protocol(protocol).write(&pickle!($graph)).unwrap();
            let want: $type = $want;
            assert_eq!(direct::<$type>(&bytes), Some(want), "protocol {protocol}");
        }
    };
}

fn left<'de, T: Deserialize<'de> + Debug>(input: &'de [u8]) {
    if let Some((value, _)) = from_slice::<T>(input) {
        panic!("{input:?} was taken as {value:?}");
    }
}

#[derive(Debug, PartialEq, Deserialize)]
struct Item<'a> {
    name: &'a str,
    price: Option<f64>,
    tags: Vec<String>,
}

#[derive(Debug, PartialEq, Deserialize)]
enum Shape {
    Point,
    Circle(f64),
    Rect(i32, i32),
    Label { text: String },
}

#[test]
fn plain_data() {
    taken!(
        Vec<i64>,
        [1, 300, 70000, -5, 1099511627776i64],
        vec![1, 300, 70000, -5, 1 << 40]
    );
    taken!(Vec<bool>, [true, false], vec![true, false]);
    taken!(Option<u8>, None, None);
    taken!(Vec<Option<&str>>, [None, "a"], vec![None, Some("a")]);
    taken!(BTreeMap<i32, f64>, {1: 0.5, 2: 1.5}, BTreeMap::from([(1, 0.5), (2, 1.5)]));
    taken!(
        Vec<Item<'_>>,
        [{"name": "lamp", "price": 2.5, "tags": ["a", "b"]}, {"tags": [], "price": None, "name": "desk"}],
        vec![
            Item { name: "lamp", price: Some(2.5), tags: vec!["a".into(), "b".into()] },
            Item { name: "desk", price: None, tags: vec![] },
        ]
    );
}

#[test]
fn batches_of_one_and_none() {
    taken!(Vec<Vec<u8>>, [[], [1], [], [2]], vec![vec![], vec![1], vec![], vec![2]]);
    taken!(BTreeMap<&str, BTreeMap<&str, u8>>, {"a": {}, "b": {"c": 1}, "d": {}},
        BTreeMap::from([("a", BTreeMap::new()), ("b", BTreeMap::from([("c", 1)])), ("d", BTreeMap::new())]));
    taken!(BTreeMap<&str, Vec<BTreeMap<&str, u8>>>, {"one": [{"k": 7}]},
        BTreeMap::from([("one", vec![BTreeMap::from([("k", 7)])])]));
}

#[test]
fn long_batches() {
    for len in [0usize, 1, 999, 1000, 1001, 2000, 2001, 70_000] {
        for python in [crate::Python::V3_13, crate::Python::new(3, 15, 0)] {
            let bytes = Options::new().python(python).write(&build_graph(len)).unwrap();
            assert_eq!(direct::<Vec<usize>>(&bytes).unwrap(), (0..len).collect::<Vec<_>>());
        }
    }
}

fn build_graph(len: usize) -> crate::Graph<'static> {
    let mut build = crate::Builder::new();
    let items: Vec<_> = (0..len).map(|n| build.add(n as i64)).collect();
    let root = build.list(items);
    build.finish(root)
}

#[test]
fn tuples_where_they_are_asked_for() {
    taken!((i32, &str), (1, "a"), (1, "a"));
    taken!(
        Vec<(i32, (f64, &str))>,
        [(1, (0.5, "a")), (2, (1.5, "b"))],
        vec![(1, (0.5, "a")), (2, (1.5, "b"))]
    );
    taken!((i32,), (7,), (7,));
    taken!([u8; 5], (1, 2, 3, 4, 5), [1, 2, 3, 4, 5]);
    taken!(Vec<u8>, (1, 2, 3), vec![1, 2, 3]);
    taken!(((i32, i32), i32), ((1, 2), 3), ((1, 2), 3));
}

#[test]
fn enums() {
    taken!(
        Vec<Shape>,
        ["Point", {"Circle": 1.5}, {"Rect": [1, 2]}, {"Rect": (3, 4)}, {"Label": {"text": "x"}}],
        vec![
            Shape::Point,
            Shape::Circle(1.5),
            Shape::Rect(1, 2),
            Shape::Rect(3, 4),
            Shape::Label { text: "x".into() },
        ]
    );
}

#[test]
fn shared_objects_are_read_again() {
    // x = [1, 2]; [x, x], and k = 'k'; {k: k}
    let bytes = b"\x80\x04]\x94(]\x94(K\x01K\x02eh\x01e.";
    assert_eq!(direct::<Vec<Vec<u8>>>(bytes), Some(vec![vec![1, 2]; 2]));
    let bytes = b"\x80\x04}\x94\x8c\x01k\x94h\x01s.";
    assert_eq!(
        direct::<BTreeMap<&str, &str>>(bytes),
        Some(BTreeMap::from([("k", "k")]))
    );
    // t = (1, 2); [(t, 3), t]: both tuples start at the same opcode.
    let bytes = b"\x80\x04]\x94(K\x01K\x02\x86\x94K\x03\x86\x94h\x01e.";
    type Pair = (((u8, u8), u8), (u8, u8));
    assert_eq!(direct::<Pair>(bytes), Some((((1, 2), 3), (1, 2))));
    // The whole of the outer tuple is fetched; its first item alone is not taken for it.
    left::<(((u8, u8), u8), (u8, u8))>(b"\x80\x04]\x94(K\x01K\x02\x86\x94K\x03\x86\x94h\x02e.");
}

#[test]
fn what_is_left_to_the_graph() {
    left::<i64>(b"I1\n."); // protocol 0
    left::<IgnoredAny>(b"\x80\x04]\x94h\x00a."); // a list in itself
    left::<IgnoredAny>(b"\x80\x04]\x94(K\x01K\x02\x86\x94e."); // a tuple where nothing foretold one
    left::<IgnoredAny>(b"\x80\x04cm\nC\n)\x81."); // an object
    left::<Option<()>>(b"\x80\x04N\x85\x94."); // Some(None)
    left::<Option<()>>(b"\x80\x04(Nt.");
    left::<Option<serde_json::Value>>(b"\x80\x04((Ntt.");
    left::<(serde_json::Value, Option<serde_json::Value>)>(b"\x80\x04(Nt\x94h\x00\x86.");
    left::<IgnoredAny>(b"\x80\x04]\x94K\x01K\x02\x86."); // a list and an int, and no list of one
    left::<BTreeMap<Vec<u8>, u8>>(b"\x80\x04}\x94(]\x94K\x01u."); // a list as a key
    left::<Vec<u8>>(b"\x80\x04(K\x01K\x02e."); // APPENDS without a list
    left::<(u8, u8)>(b"\x80\x04K\x01K\x02\x85."); // a tuple of the second item alone
    left::<u8>(b"\x80\x04K\x01"); // no STOP
    left::<u8>(b"\x80\x06K\x01."); // a protocol to come
    left::<u8>(b"\x80\x04K\x01q\x07."); // an index out of turn
    left::<Vec<u8>>(b"\x80\x04]\x94K\x01a0]."); // POP
    left::<String>(b"\x80\x04\x8c\x03\xed\xa0\x80."); // a lone surrogate
}

#[test]
fn a_type_that_makes_do_does_not_go_on_from_the_middle() {
    #[derive(Debug)]
    struct Lenient;
    impl<'de> Deserialize<'de> for Lenient {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let _ = u8::deserialize(deserializer);
            Ok(Lenient)
        }
    }
    left::<(Lenient, Lenient)>(b"\x80\x04]\x94(]\x94K\x01aK\x02e.");
    left::<Lenient>(b"\x80\x04\x8c\x01a.");
}

#[test]
fn sharing_that_multiplies_is_left() {
    // x = []; 40 times x = [x, x], each by the memo.
    let mut bytes = b"\x80\x04]\x94".to_vec();
    for level in 0..40u8 {
        bytes.extend([b']', 0x94, b'(', b'h', level, b'h', level, b'e']);
    }
    bytes.push(b'.');
    left::<IgnoredAny>(&bytes);
    // As CPython would write it: each list in the next.
    let mut bytes = b"\x80\x04".to_vec();
    bytes.extend([b']', 0x94, b'('].repeat(40));
    bytes.extend(b"]\x94");
    for level in (0..40u8).rev() {
        bytes.extend([b'h', level + 1, b'e']);
    }
    bytes.push(b'.');
    left::<IgnoredAny>(&bytes);
}

#[test]
fn depth_is_bounded() {
    let mut bytes = b"\x80\x04".to_vec();
    bytes.extend([b']', b'('].repeat(1_000_000));
    bytes.extend([b'e'].repeat(1_000_000));
    bytes.push(b'.');
    left::<IgnoredAny>(&bytes);
}

/// Whatever the direct lane takes, the graph lane takes too, and as the same value.
fn agrees<'de, T: Deserialize<'de> + Debug + PartialEq>(input: &'de [u8]) -> bool {
    let Some((value, end)) = from_slice::<T>(input) else {
        return false;
    };
    // A limit that is not the default keeps to the graph lane.
    let limits = Limits {
        stack: usize::MAX - 1,
        ..Limits::default()
    };
    let (again, rest) = Options::new()
        .limits(limits)
        .take_from_slice::<T>(input)
        .unwrap_or_else(|error| panic!("{input:?} as {value:?}: {error}"));
    assert_eq!(end, input.len() - rest.len(), "{input:?}");
    assert_eq!(format!("{value:?}"), format!("{again:?}"), "{input:?}");
    true
}

/// How many of a zoo of types take a pickle directly.
fn taken_by(input: &[u8]) -> usize {
    let mut count = 0;
    macro_rules! zoo {
        ($($type:ty),* $(,)?) => { $( count += usize::from(agrees::<$type>(input)); )* };
    }
    zoo!(
        serde_json::Value,
        Vec<serde_json::Value>,
        BTreeMap<String, serde_json::Value>,
        i64, u8, f64, bool, (), &str, String, char, &[u8], serde_bytes::ByteBuf,
        Option<i64>, Option<Option<i64>>, Option<serde_json::Value>,
        Vec<i64>, Vec<u8>, Vec<f64>, Vec<&str>, Vec<Option<i64>>, Vec<Vec<i64>>, Vec<(i64, i64)>,
        (i64,), (i64, i64), (i64, i64, i64), (i64, i64, i64, i64), ((i64, i64), i64), (i64, (i64, i64)),
        (serde_json::Value, serde_json::Value), (serde_json::Value, Option<serde_json::Value>),
        BTreeMap<i64, i64>, BTreeMap<&str, Vec<i64>>, BTreeMap<String, BTreeMap<String, i64>>,
        std::collections::BTreeSet<i64>,
        Item, Vec<Item>, Shape, Vec<Shape>,
    );
    count
}

#[test]
fn both_lanes_agree_on_every_vector() {
    let vectors = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let (mut files, mut taken) = (0, 0);
    for folder in ["py2", "py3", "hand"] {
        for entry in std::fs::read_dir(vectors.join(folder)).unwrap() {
            let bytes = std::fs::read(entry.unwrap().path()).unwrap();
            files += 1;
            taken += taken_by(&bytes);
        }
    }
    assert!(files > 1000 && taken > 40, "{files} files, taken {taken} times");
}

proptest::proptest! {
    /// Random opcodes of the grammar and a few of others, nearly well formed.
    #[test]
    fn both_lanes_agree_on_random_opcodes(parts in proptest::collection::vec(0..PARTS.len(), 1..24)) {
        let mut bytes = b"\x80\x04".to_vec();
        for part in parts {
            bytes.extend(PARTS[part]);
        }
        bytes.push(b'.');
        taken_by(&bytes);
    }
}

const PARTS: &[&[u8]] = &[
    b"K\x01",
    b"M\x00\x02",
    b"J\xff\xff\xff\xff",
    b"\x8a\x01\x05",
    b"G?\xe0\0\0\0\0\0\0",
    b"N",
    b"\x88",
    b"\x8c\x01a",
    b"\x8c\x01a\x94",
    b"\x8c\x05Point",
    b"C\x01x",
    b"]",
    b"]\x94",
    b"}",
    b"}\x94",
    b"(",
    b"(",
    b"e",
    b"e",
    b"u",
    b"u",
    b"a",
    b"s",
    b"\x85",
    b"\x86",
    b"\x87",
    b"\x86\x94",
    b"t",
    b")",
    b"\x94",
    b"h\x00",
    b"h\x01",
    b"\x8f",
    b"\x90",
    b"\x91",
    b"0",
    b"](K\x01K\x02e",
    b"}(\x8c\x01kK\x01u",
    b"}\x94\x8c\x01kK\x01s",
    b"]\x94K\x01a",
];

#[test]
fn equal_members_of_a_set_are_one() {
    let read = |bytes: &[u8]| Options::new().from_slice::<Vec<serde_json::Value>>(bytes).unwrap();
    assert_eq!(read(b"\x80\x04\x8f(K\x01\x88M\x01\x00K\x02\x90."), [1, 2]);
    assert_eq!(
        read(b"\x80\x04\x8f(\x8c\x01a\x94X\x01\x00\x00\x00ah\x00\x90(\x8c\x01b\x90."),
        ["a", "b"]
    );
}
