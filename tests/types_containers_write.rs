//! Containers and structural types as field types of serde: written as CPython 3.13 writes them, and loaded by every CPython.

mod support;

use brinery::{
    Options,
    types::{
        self, Array, ByteArray, ChainMap, Counter, DefaultDict, Deque, EnumMember, Exception, FrozenSet, Member,
        OrderedDict, Partial, Range, Set, Slice, Tuple,
    },
};
use proptest::prelude::*;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use support::{
    containers::{every_python, loaded_by, written_by},
    difference,
    python::newest,
};

/// How a value is written in a protocol.
type Write<'a> = Box<dyn Fn(u8) -> Vec<u8> + 'a>;

fn write<T: Serialize + 'static>(value: T) -> Write<'static> {
    Box::new(move |protocol| {
        let options = Options::new().protocol(protocol);
        options
            .to_vec(&value)
            .unwrap_or_else(|error| panic!("protocol {protocol}: {error}"))
    })
}

/// A foreign container, written by the functions that `with` names.
macro_rules! with {
    ($path:literal, $ty:ty, $value:expr) => {{
        #[derive(Serialize)]
        #[serde(transparent)]
        struct With(#[serde(with = $path)] $ty);
        write(With($value))
    }};
}

fn map<K: Ord, V>(pairs: impl IntoIterator<Item = (K, V)>) -> BTreeMap<K, V> {
    pairs.into_iter().collect()
}

#[derive(Serialize)]
#[serde(untagged)]
enum Any {
    Int(i64),
    Float(f64),
    Text(&'static str),
    Pair((i64, i64)),
    Mixed((&'static str, i64)),
    None,
}
use Any::{Float, Int, Text};

/// Values by their names in the oracle's table. A name may stand there several times.
fn table() -> Vec<(&'static str, Write<'static>)> {
    let range = |start, stop, step| write(Range { start, stop, step });
    let error = |class: &str, args: Vec<Any>| write(Exception::<_>::new(format!("builtins:{class}"), args));
    let member = |class: &str, value| write(EnumMember::new(format!("__main__:{class}"), value));
    let array = |array: Array| write(array);
    let none: Option<i64> = None;
    let of_text = "h\u{e9}\u{20ac}\u{1f600}h";
    fn default<K: Serialize + 'static, V: Serialize + 'static>(
        factory: Option<&str>,
        items: Vec<(K, V)>,
    ) -> Write<'static> {
        write(DefaultDict {
            factory: factory.map(str::to_owned),
            items,
        })
    }
    vec![
        ("range", range(1, 10, 3)),
        ("range of one", write(Range::from(0..5))),
        ("range down", range(3, -2, -1)),
        ("range big", range(-(1 << 70), 1 << 100, 1 << 33)),
        (
            "slice",
            write(Slice {
                start: Some(1),
                stop: None,
                step: Some(2),
            }),
        ),
        (
            "slice none",
            write(Slice {
                start: none,
                stop: none,
                step: none,
            }),
        ),
        (
            "slice of str",
            write(Slice {
                start: Text("a"),
                stop: Any::Mixed(("b", 1)),
                step: Any::None,
            }),
        ),
        (
            "ordered",
            write(OrderedDict(vec![("b", Ordered::Int(1)), ("a", Ordered::List(vec![2]))])),
        ),
        ("ordered empty", write(OrderedDict::<i64, i64>(vec![]))),
        (
            "ordered of ints",
            write(OrderedDict(vec![(Int(3), Float(1.5)), (Any::Pair((1, 2)), Any::None)])),
        ),
        (
            "ordered of many",
            write(OrderedDict((0..2500).map(|n| (n, -n)).collect())),
        ),
        (
            "ordered of many",
            with!("types::ordered_dict", BTreeMap<i64, i64>, map((0..2500).map(|n| (n, -n)))),
        ),
        (
            "ordered empty",
            with!("types::ordered_dict", BTreeMap<i64, i64>, map([])),
        ),
        ("default", default(Some("builtins:list"), vec![("k", vec![1])])),
        ("default empty", default(Some("builtins:int"), Vec::<(i64, i64)>::new())),
        ("default none", default(None, vec![(1, 2)])),
        ("counter", write(Counter(vec![("a", 2), ("b", 1)]))),
        (
            "counter",
            with!("types::counter", BTreeMap<&'static str, u8>, map([("a", 2), ("b", 1)])),
        ),
        ("counter empty", write(Counter::<i64>(vec![]))),
        ("deque", write(Deque::from_iter([Int(1), Text("two")]))),
        ("deque", with!("types::deque", Vec<Any>, vec![Int(1), Text("two")])),
        ("deque empty", write(Deque::<i64>::default())),
        (
            "deque maxlen",
            write(Deque {
                items: [1, 2, 3].into(),
                maxlen: Some(5),
            }),
        ),
        (
            "deque full",
            write(Deque {
                items: [7, 8, 9].into(),
                maxlen: Some(3),
            }),
        ),
        (
            "deque maxlen empty",
            write(Deque::<i64> {
                items: [].into(),
                maxlen: Some(0),
            }),
        ),
        ("deque of many", write(Deque::from_iter(0..2500))),
        (
            "deque of many",
            with!("types::deque", VecDeque<i32>, (0..2500).collect()),
        ),
        ("chain", write(ChainMap(vec![vec![("a", 1)], vec![("b", 2), ("a", 3)]]))),
        ("chain empty", write(ChainMap::<i64, i64>(vec![vec![]]))),
        ("array b", array(Array::I8(vec![-100, 1, 100]))),
        ("array B", array(Array::U8(vec![0, 1, 100]))),
        ("array h", array(Array::I16(vec![-100, 1, 100]))),
        ("array H", array(Array::U16(vec![0, 1, 100]))),
        ("array i", array(Array::I32(vec![-100, 1, 100]))),
        ("array I", array(Array::U32(vec![0, 1, 100]))),
        ("array l", array(Array::Long(vec![-100, 1, 100]))),
        ("array L", array(Array::ULong(vec![0, 1, 100]))),
        ("array q", array(Array::I64(vec![-100, 1, 100]))),
        ("array Q", array(Array::U64(vec![0, 1, 100]))),
        ("array f", array(Array::F32(vec![-100.0, 1.0, 100.0]))),
        ("array d", array(Array::F64(vec![-100.0, 1.0, 100.0]))),
        ("array empty i", array(Array::I32(vec![]))),
        ("array empty u", array(Array::Text("".into()))),
        ("array most Q", array(Array::U64(vec![0, u64::MAX]))),
        ("array least Q", array(Array::I64(vec![i64::MIN, i64::MAX]))),
        ("array single floats", array(Array::F32(vec![0.1, -0.0, 1e30]))),
        ("array floats", array(Array::F64(vec![0.1, -0.0, 1e300, f64::INFINITY]))),
        ("array of many", array(Array::I32((0..3000).collect()))),
        ("array u", array(Array::Text(of_text.into()))),
        ("array w", array(Array::Ucs4(of_text.into()))),
        ("arrays", write(vec![Array::I16(vec![1]), Array::I16(vec![2])])),
        (
            "partial",
            write(Partial {
                func: "builtins:int".into(),
                args: ("10",),
                keywords: map([("base", 2)]),
            }),
        ),
        (
            "partial bare",
            write(Partial {
                func: "builtins:len".into(),
                args: (),
                keywords: map::<&str, i64>([]),
            }),
        ),
        ("error", error("ValueError", vec![Text("bad"), Int(3)])),
        ("error", write(Exception::<_>::new("builtins:ValueError", ("bad", 3)))),
        ("error bare", error("ValueError", vec![])),
        ("error bare", write(Exception::<_>::new("builtins:ValueError", ()))),
        (
            "error attribute",
            write(Exception {
                class: "builtins:KeyError".into(),
                args: ("k",),
                state: Some(map([("extra", 7)])),
            }),
        ),
        (
            "error noted",
            write(Exception {
                class: "builtins:RuntimeError".into(),
                args: ["r"],
                state: Some(map([("__notes__", ["a note"].to_vec())])),
            }),
        ),
        ("error exit", error("SystemExit", vec![Int(3)])),
        (
            "error os two files",
            write(Exception::<_>::new(
                "builtins:FileNotFoundError",
                (2, "No such", "f.txt", (), "g.txt"),
            )),
        ),
        (
            "error group",
            write(Exception::<_>::new(
                "builtins:ExceptionGroup",
                (
                    "g",
                    vec![
                        Exception::<_>::new("builtins:ValueError", (Int(1),)),
                        Exception::<_>::new("builtins:KeyError", (Text("k"),)),
                    ],
                ),
            )),
        ),
        (
            "error custom",
            write(Exception {
                class: "__main__:CustomError".into(),
                args: (4, "why"),
                state: Some(map([("code", 4)])),
            }),
        ),
        ("member", member("Color", Int(1))),
        ("member str", member("Color", Text("g"))),
        ("member flags", member("Perm", Int(3))),
        ("member pair", member("Pair", Any::Pair((1, 2)))),
        ("member nested", member("Outer.Inner", Int(1))),
        (
            "member by name",
            write(EnumMember::<i64> {
                class: "__main__:ByName".into(),
                member: Member::Name("A".into()),
            }),
        ),
        ("set", write(Set(vec![1, 2, 3]))),
        ("set", with!("types::set", BTreeSet<i64>, [1, 2, 3].into())),
        ("set empty", write(Set::<i64>(vec![]))),
        ("frozenset", write(FrozenSet(vec![1, 2]))),
        ("frozenset", with!("types::frozenset", Vec<i64>, vec![1, 2])),
        ("tuple", write(Tuple(vec![1, 2, 3, 4]))),
        ("tuple", with!("types::tuple", Vec<i64>, vec![1, 2, 3, 4])),
        ("tuple empty", write(Tuple::<i64>(vec![]))),
        ("bytearray", write(ByteArray(b"ab\xff".to_vec()))),
        ("bytearray", with!("types::bytearray", Vec<u8>, b"ab\xff".to_vec())),
        ("bytearray empty", write(ByteArray(vec![]))),
    ]
}

#[derive(Serialize)]
#[serde(untagged)]
enum Ordered {
    Int(i64),
    List(Vec<i64>),
}

#[test]
fn bytes_are_those_of_cpython() {
    let newest = newest();
    if newest.version.1 != 13 {
        eprintln!("SKIPPED: bytes of containers, which are those of CPython 3.13; it was not found");
        return;
    }
    let lines = written_by(newest);
    let mut failures = Vec::new();
    let mut compared = 0;
    for (name, write) in table() {
        for line in lines.iter().filter(|line| line.name == name) {
            compared += 1;
            let got = write(line.protocol);
            if got != line.bytes {
                failures.push(format!("{}: {}", line.label, difference(&line.bytes, &got)));
            }
        }
    }
    assert_eq!(compared, 6 * table().len());
    assert!(
        failures.is_empty(),
        "{} differ: {:.6000}",
        failures.len(),
        failures.join("\n")
    );
}

#[test]
fn every_python_loads_them() {
    let mut failures = Vec::new();
    for python in every_python() {
        // What this version can make is what it can load; and its highest protocol changes no names.
        let written = written_by(python);
        let highest = written.iter().map(|line| line.protocol).max().expect("it writes some");
        let known: BTreeMap<String, String> = written
            .into_iter()
            .filter(|line| line.protocol == highest)
            .map(|line| (line.name, line.text))
            .collect();
        let mut pickles = Vec::new();
        let mut wanted = Vec::new();
        for (name, write) in table() {
            let Some(text) = known.get(name) else { continue };
            // Python 3's `int` is Python 2's `long`.
            let text = match python.version.0 {
                2 => text.replace("builtins:int", "builtins:long"),
                _ => text.clone(),
            };
            for protocol in 0..=highest {
                pickles.push((format!("{name}, protocol {protocol}"), write(protocol)));
                wanted.push(text.clone());
            }
        }
        assert!(pickles.len() >= 150, "{python} knows only {}", pickles.len());
        for ((name, _), (got, wanted)) in pickles.iter().zip(loaded_by(python, &pickles).iter().zip(&wanted)) {
            if got != wanted {
                failures.push(format!(
                    "{name} in {python}\n  wanted {wanted:.300}\n  got    {got:.300}"
                ));
            }
        }
    }
    assert!(
        failures.is_empty(),
        "{} differ: {:.6000}",
        failures.len(),
        failures.join("\n")
    );
}

proptest! {
    #[test]
    fn arrays_come_back(numbers: Vec<i16>, floats: Vec<f32>, text: String, protocol in 0u8..=5) {
        let arrays = vec![Array::I16(numbers), Array::F32(floats), Array::Text(text)];
        let bytes = Options::new().protocol(protocol).to_vec(&arrays).expect("it can be written");
        prop_assert_eq!(brinery::from_slice::<Vec<Array>>(&bytes).expect("it can be read"), arrays);
    }

    #[test]
    fn deques_come_back(items: Vec<Option<String>>, room: Option<u8>, protocol in 0u8..=5) {
        let maxlen = room.map(|room| items.len() + usize::from(room));
        let deque = Deque { items: items.into(), maxlen };
        let bytes = Options::new().protocol(protocol).to_vec(&deque).expect("it can be written");
        prop_assert_eq!(brinery::from_slice::<Deque<Option<String>>>(&bytes).expect("it can be read"), deque);
    }

    #[test]
    fn dicts_come_back(pairs: BTreeMap<i64, String>, factory: Option<bool>, protocol in 0u8..=5) {
        let items: Vec<(i64, String)> = pairs.into_iter().collect();
        let dicts = (
            OrderedDict(items.clone()),
            DefaultDict { factory: factory.map(|_| "shop.models:Missing".to_owned()), items: items.clone() },
            ChainMap(vec![items, vec![]]),
        );
        let bytes = Options::new().protocol(protocol).to_vec(&dicts).expect("it can be written");
        type Dicts = (OrderedDict<i64, String>, DefaultDict<i64, String>, ChainMap<i64, String>);
        prop_assert_eq!(brinery::from_slice::<Dicts>(&bytes).expect("it can be read"), dicts);
    }
}

#[test]
fn what_cannot_be_written_says_why() {
    let several = EnumMember::<i64> {
        class: "m:Perm".into(),
        member: Member::Flags(vec![Member::Name("R".into()), Member::Name("W".into())]),
    };
    let error = brinery::to_vec(&several).expect_err("no value").to_string();
    assert!(error.contains("several flags"), "{error}");
    assert!(serde_json::to_string(&several).is_err());
}
