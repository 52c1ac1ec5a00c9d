//! Containers and structural types as field types of serde: read from what every CPython writes.

mod support;

use brinery::{
    Encoding, Options,
    types::{
        Array, ByteArray, ChainMap, Counter, DefaultDict, Deque, EnumMember, Exception, FrozenSet, Ignored, Member,
        OrderedDict, Partial, Range, Set, Slice, Tuple,
    },
};
use serde::{Deserialize, de::DeserializeOwned};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    fmt::Debug,
};
use support::{
    containers::{every_python, written_by},
    python::newest,
};

type Of<'a> = &'a dyn Fn(&Options, &[u8]) -> Result<(), String>;

/// Reads into a type and compares.
fn is<T: DeserializeOwned + PartialEq + Debug>(wanted: T) -> impl Fn(&Options, &[u8]) -> Result<(), String> {
    move |options, bytes| {
        let got: T = options.from_slice(bytes).map_err(|error| error.to_string())?;
        if got == wanted {
            return Ok(());
        }
        Err(format!("wanted {wanted:?}\n  got    {got:?}"))
    }
}

/// The same, for types that cannot be made or compared: what can be said of one that was read.
fn reads<T: DeserializeOwned>(holds: impl Fn(&T) -> bool) -> impl Fn(&Options, &[u8]) -> Result<(), String> {
    move |options, bytes| {
        let got: T = options.from_slice(bytes).map_err(|error| error.to_string())?;
        holds(&got).then_some(()).ok_or_else(|| "it is something else".into())
    }
}

/// Runs each check on every pickle of the value of its name.
fn check(table: &[(&str, Of<'_>)]) {
    let mut met = vec![0; table.len()];
    let mut failures = Vec::new();
    for python in every_python() {
        let options = Options::new().encoding(Encoding::Latin1);
        for line in written_by(python) {
            for ((_, check), met) in table.iter().zip(&mut met).filter(|((name, _), _)| *name == line.name) {
                *met += 1;
                if let Err(problem) = check(&options, &line.bytes) {
                    failures.push(format!("{}: {problem}", line.label));
                }
            }
        }
    }
    assert!(
        failures.is_empty(),
        "{} differ: {:.4000}",
        failures.len(),
        failures.join("\n")
    );
    // The newest writes all of them.
    let unmet: Vec<&str> = table
        .iter()
        .zip(&met)
        .filter(|(_, met)| **met < 6)
        .map(|((name, _), _)| *name)
        .collect();
    assert!(
        newest().version < (3, 13, 0) || unmet.is_empty(),
        "never met: {unmet:?}"
    );
}

fn text(text: &str) -> String {
    text.into()
}

fn map<K: Ord, V>(pairs: impl IntoIterator<Item = (K, V)>) -> BTreeMap<K, V> {
    pairs.into_iter().collect()
}

#[test]
fn ranges_and_slices() {
    let range = |start, stop, step| Range { start, stop, step };
    let slice = |start, stop, step| Slice { start, stop, step };
    check(&[
        ("range", &is(range(1, 10, 3))),
        // As a sequence it is its items.
        ("range", &is((1, 4, 7))),
        ("range of one", &is(Range::from(0..5))),
        ("range down", &is(range(3, -2, -1))),
        ("range big", &is(range(-(1 << 70), 1 << 100, 1 << 33))),
        ("slice", &is(slice(Some(1), None, Some(2)))),
        (
            "slice none",
            &is(Slice::<Option<i64>> {
                start: None,
                stop: None,
                step: None,
            }),
        ),
        (
            "slice",
            &is(map([
                (text("start"), Some(1)),
                (text("stop"), None),
                (text("step"), Some(2)),
            ])),
        ),
    ]);
}

type OfText = Partial<(String,), HashMap<String, u8>>;

#[test]
fn dicts() {
    fn default<K, V>(factory: Option<&str>, items: Vec<(K, V)>) -> DefaultDict<K, V> {
        let factory = factory.map(text);
        DefaultDict { factory, items }
    }
    check(&[
        (
            "ordered of ints",
            &is(OrderedDict(vec![(Key::Int(3), Some(1.5)), (Key::Pair(1, 2), None)])),
        ),
        (
            "ordered of many",
            &is(OrderedDict((0..2500).map(|n| (n, -n)).collect())),
        ),
        ("ordered of many", &is(map((0..2500).map(|n| (n, -n))))),
        ("ordered empty", &is(OrderedDict::<String, i64>(vec![]))),
        ("ordered attribute", &is(OrderedDict(vec![(text("b"), 1)]))),
        (
            "default",
            &is(default(Some("builtins:list"), vec![(text("k"), vec![1])])),
        ),
        ("default", &is(map([(text("k"), vec![1])]))),
        (
            "default empty",
            &is(default(Some("builtins:int"), Vec::<(String, u8)>::new())),
        ),
        ("default none", &is(default(None, vec![(1, 2)]))),
        (
            "default partial",
            &reads(|dict: &DefaultDict<i64, i64, Ignored>| dict.items == [(1, 2)] && dict.factory.is_some()),
        ),
        (
            "default partial",
            &reads(|dict: &DefaultDict<i64, i64, OfText>| {
                let factory = dict.factory.as_ref().expect("a factory");
                (&*factory.func, &*factory.args.0) == ("builtins:int", "7")
            }),
        ),
        ("counter", &is(map([("a", 2), ("b", 1)].map(|(key, n)| (text(key), n))))),
        (
            "counter",
            &reads(|counter: &Counter<String>| counter.0.contains(&(text("a"), 2)) && counter.0.len() == 2),
        ),
        ("counter empty", &is(Counter::<String>(vec![]))),
        (
            "chain",
            &reads(|chain: &ChainMap<String, i64>| {
                let mut maps = chain.0.clone();
                maps[1].sort();
                maps == [vec![(text("a"), 1)], vec![(text("a"), 3), (text("b"), 2)]]
            }),
        ),
        ("chain", &is(map([(text("a"), 1), (text("b"), 2)]))),
        ("chain empty", &is(ChainMap::<String, i64>(vec![vec![]]))),
        ("chain of ordered", &is(ChainMap(vec![vec![(text("a"), 1)]]))),
        ("namespace", &is(Namespace { a: 1, b: text("x") })),
        ("user dict", &is(map([(text("a"), 1)]))),
        ("user list", &is(vec![1, 2])),
        ("user str", &is(text("q"))),
    ]);
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(untagged)]
enum Key {
    Int(i64),
    Pair(i64, i64),
}

#[derive(Debug, PartialEq, Deserialize)]
struct Namespace {
    a: i64,
    b: String,
}

#[test]
fn sequences() {
    let deque = |items: &[i64], maxlen| Deque {
        items: items.iter().copied().collect(),
        maxlen,
    };
    check(&[
        ("deque", &is((1, text("two")))),
        ("deque empty", &is(deque(&[], None))),
        ("deque maxlen", &is(deque(&[1, 2, 3], Some(5)))),
        ("deque maxlen", &is(vec![1, 2, 3])),
        ("deque full", &is(deque(&[7, 8, 9], Some(3)))),
        ("deque full", &is(VecDeque::from([7, 8, 9]))),
        ("deque maxlen empty", &is(deque(&[], Some(0)))),
        ("deque of many", &is(Deque::from_iter(0..2500))),
        ("deque of many", &is((0..2500).collect::<Vec<_>>())),
        ("set", &is(BTreeSet::from([1, 2, 3]))),
        ("set", &reads(|set: &Set<i64>| set.0.len() == 3)),
        ("frozenset", &reads(|set: &FrozenSet<i64>| set.0.len() == 2)),
        ("tuple", &is(Tuple(vec![1, 2, 3, 4]))),
        ("tuple empty", &is(Tuple::<u8>(vec![]))),
        ("bytearray", &is(ByteArray(b"ab\xff".to_vec()))),
    ]);
}

#[test]
fn arrays() {
    let of_text = "h\u{e9}\u{20ac}\u{1f600}h";
    check(&[
        ("array b", &is(Array::I8(vec![-100, 1, 100]))),
        ("array B", &is(Array::U8(vec![0, 1, 100]))),
        ("array h", &is(Array::I16(vec![-100, 1, 100]))),
        ("array H", &is(Array::U16(vec![0, 1, 100]))),
        ("array i", &is(Array::I32(vec![-100, 1, 100]))),
        ("array I", &is(Array::U32(vec![0, 1, 100]))),
        ("array l", &is(Array::Long(vec![-100, 1, 100]))),
        ("array L", &is(Array::ULong(vec![0, 1, 100]))),
        ("array q", &is(Array::I64(vec![-100, 1, 100]))),
        ("array Q", &is(Array::U64(vec![0, 1, 100]))),
        ("array f", &is(Array::F32(vec![-100.0, 1.0, 100.0]))),
        ("array d", &is(Array::F64(vec![-100.0, 1.0, 100.0]))),
        ("array d", &is(vec![-100.0f32, 1.0, 100.0])),
        ("array i", &is([-100i8, 1, 100])),
        ("array i", &is(vec![-100.0, 1.0, 100.0])),
        ("array most L", &is(vec![0, u64::MAX])),
        ("array u", &is(Array::Text(of_text.into()))),
        ("array u", &is(text(of_text))),
        ("array w", &is(Array::Ucs4(of_text.into()))),
        ("array empty u", &is(Array::Text(text("")))),
        ("array of many", &is((0..3000).collect::<Vec<i32>>())),
        ("arrays", &is(vec![Array::I16(vec![1]), Array::I16(vec![2])])),
    ]);
}

#[derive(Debug, PartialEq, Deserialize)]
struct Extra {
    extra: i64,
}

#[test]
fn objects() {
    let os = |class: &'static str| {
        move |options: &Options, bytes: &[u8]| {
            let got: Exception<(i32, String, String)> = options.from_slice(bytes).map_err(|error| error.to_string())?;
            // By its name of Python 2 below protocol 3.
            let is = [class, "builtins:OSError"].contains(&&*got.class);
            (is && got.args == (2, text("No such"), text("f.txt")))
                .then_some(())
                .ok_or_else(|| format!("{got:?}"))
        }
    };
    let error = |class: &str| Exception::<()>::new(format!("builtins:{class}"), ());
    let member = |class: &str, value| EnumMember::<i64>::new(format!("__main__:{class}"), value);
    check(&[
        (
            "error",
            &is(Exception::<_>::new("builtins:ValueError", (text("bad"), 3))),
        ),
        ("error bare", &is(error("ValueError"))),
        ("error interrupt", &is(error("KeyboardInterrupt"))),
        (
            "error attribute",
            &is(Exception {
                class: text("builtins:KeyError"),
                args: vec![text("k")],
                state: Some(Extra { extra: 7 }),
            }),
        ),
        ("error os", &os("builtins:FileNotFoundError")),
        (
            "error custom",
            &is(Exception {
                class: text("__main__:CustomError"),
                args: (4, text("why")),
                state: Some(map([(text("code"), 4)])),
            }),
        ),
        (
            "error group",
            &is(Exception::<_>::new(
                "builtins:ExceptionGroup",
                (
                    text("g"),
                    vec![
                        Exception::<_>::new("builtins:ValueError", vec![Any::Int(1)]),
                        Exception::<_>::new("builtins:KeyError", vec![Any::Text(text("k"))]),
                    ],
                ),
            )),
        ),
        (
            "partial",
            &is(Partial {
                func: text("builtins:int"),
                args: (text("10"),),
                keywords: map([(text("base"), 2)]),
            }),
        ),
        (
            "partial bare",
            &is(Partial {
                func: text("builtins:len"),
                args: Vec::<u8>::new(),
                keywords: map::<String, u8>([]),
            }),
        ),
        ("member", &is(member("Color", 1))),
        ("member flags", &is(member("Perm", 3))),
        ("member nested", &is(member("Outer.Inner", 1))),
        (
            "member by name",
            &is(EnumMember::<i64> {
                class: text("__main__:ByName"),
                member: Member::Name(text("A")),
            }),
        ),
        (
            "members",
            &is(vec![
                EnumMember::new("__main__:Color", Any::Int(1)),
                EnumMember::new("__main__:Color", Any::Text(text("g"))),
                EnumMember::new("__main__:Color", Any::Int(1)),
            ]),
        ),
        ("member", &is(1)),
        ("named", &is((1, text("z")))),
        ("named", &is(Point { x: 1, y: text("z") })),
    ]);
}

#[derive(Debug, PartialEq, Deserialize)]
struct Point {
    x: i64,
    y: String,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(untagged)]
enum Any {
    Int(i64),
    Text(String),
}
