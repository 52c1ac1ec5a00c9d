//! Arbitrary values of a zoo of derived types: there and back in every protocol, and through every live CPython.

mod support;

use brinery::{EnumShape, Options, PyClass};
use proptest::{
    collection::{btree_map, vec},
    option,
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use std::{collections::BTreeMap, fmt::Debug};
use support::{counted, python::interpreters};

/// All kinds of numbers and texts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Atoms {
    small: (i8, u8, i16, u16),
    wide: (i32, u32, i64, u64),
    huge: (i128, u128),
    single: f32,
    double: f64,
    flag: bool,
    letter: char,
    text: String,
    bytes: ByteBuf,
    unit: (),
}

/// Names that are not what they seem, and fields that are not there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Named<T> {
    first_name: T,
    #[serde(rename = "type")]
    kind: Wrapped<T>,
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    perhaps_none: Vec<T>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Wrapped<T>(T);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Pair<A, B>(A, B);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Nothing;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum External {
    Unit,
    Newtype(i64),
    Option(Option<i64>),
    Tuple(u8, String),
    Struct { x: f64, y: Option<Box<External>> },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind")]
enum Internal {
    Unit,
    Newtype(Wrapped2),
    Struct { x: f64, names: Vec<String> },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Wrapped2 {
    inside: BTreeMap<String, i64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "t", content = "c")]
enum Adjacent {
    Unit,
    Newtype(Option<String>),
    Tuple(i32, bool),
    Struct { bytes: ByteBuf },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Flag(bool),
    Number(i64),
    Float(f64),
    Text(String),
    Items(Vec<Untagged>),
    Fields { left: Box<Untagged>, right: Box<Untagged> },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Flat {
    id: u64,
    #[serde(flatten)]
    inner: Wrapped2,
    #[serde(flatten)]
    rest: BTreeMap<String, Untagged>,
}

/// Options of what may be `None`, and maps by what is no text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Shapes {
    twice: Option<Option<i32>>,
    thrice: Option<Option<Option<()>>>,
    unit: Option<()>,
    nothing: Option<Nothing>,
    array: [i16; 3],
    by_number: BTreeMap<i64, External>,
    by_pair: BTreeMap<(u8, bool), Internal>,
    by_option: BTreeMap<Option<char>, Pair<u8, f64>>,
    by_enum: BTreeMap<Suit, ()>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Suit {
    Clubs,
    Hearts,
}

/// Python's classes, as `oracle/zoo.py` has them.
#[derive(Debug, Clone, PartialEq, PyClass)]
#[pickle(module = "zoo")]
struct Plain {
    id: i64,
    next: Option<Box<Plain>>,
    color: Color,
    shape: Option<Shape>,
}

#[derive(Debug, Clone, PartialEq, PyClass)]
#[pickle(module = "zoo", namedtuple)]
struct Point {
    x: f64,
    y: i128,
}

#[derive(Debug, Clone, PartialEq, PyClass)]
#[pickle(module = "zoo", slots)]
struct Slotted {
    name: String,
    load: Vec<Point>,
}

#[derive(Debug, Clone, PartialEq, PyClass)]
#[pickle(module = "zoo", kwargs)]
struct Keyed {
    low: u8,
    high: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, PyClass)]
#[pickle(module = "zoo")]
enum Color {
    Red,
    #[pickle(value = "green")]
    Green,
    Blue = 7,
}

#[derive(Debug, Clone, PartialEq, PyClass)]
#[pickle(module = "zoo")]
enum Shape {
    Round { radius: f64 },
    Square { side: f64, color: Color },
}

/// One animal of each kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Zoo {
    atoms: Atoms,
    named: Named<Pair<Nothing, External>>,
    internal: Vec<Internal>,
    adjacent: Vec<Adjacent>,
    untagged: Untagged,
    flat: Flat,
    shapes: Shapes,
    plain: Plain,
    points: Vec<Point>,
}

fn float() -> impl Strategy<Value = f64> {
    any::<f64>().prop_filter("NaN is not equal to itself", |float| !float.is_nan())
}

fn bytes() -> impl Strategy<Value = ByteBuf> {
    vec(any::<u8>(), 0..300).prop_map(ByteBuf::from)
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[a-c]{0,2}", "\\PC{250,260}"]
}

fn atoms() -> impl Strategy<Value = Atoms> {
    let numbers = (
        any::<(i8, u8, i16, u16)>(),
        any::<(i32, u32, i64, u64)>(),
        any::<(i128, u128)>(),
    );
    let single = any::<f32>().prop_filter("NaN is not equal to itself", |float| !float.is_nan());
    (numbers, single, float(), any::<bool>(), any::<char>(), text(), bytes()).prop_map(
        |((small, wide, huge), single, double, flag, letter, text, bytes)| Atoms {
            small,
            wide,
            huge,
            single,
            double,
            flag,
            letter,
            text,
            bytes,
            unit: (),
        },
    )
}

fn external() -> impl Strategy<Value = External> {
    let leaf = prop_oneof![
        Just(External::Unit),
        any::<i64>().prop_map(External::Newtype),
        any::<Option<i64>>().prop_map(External::Option),
        (any::<u8>(), text()).prop_map(|(number, text)| External::Tuple(number, text)),
    ];
    leaf.prop_recursive(4, 8, 1, |inner| {
        (float(), option::of(inner.prop_map(Box::new))).prop_map(|(x, y)| External::Struct { x, y })
    })
}

fn wrapped2() -> impl Strategy<Value = Wrapped2> {
    btree_map("[a-z]{1,4}", any::<i64>(), 0..4).prop_map(|inside| Wrapped2 { inside })
}

fn internal() -> impl Strategy<Value = Internal> {
    prop_oneof![
        Just(Internal::Unit),
        wrapped2().prop_map(Internal::Newtype),
        (float(), vec(text(), 0..3)).prop_map(|(x, names)| Internal::Struct { x, names }),
    ]
}

fn adjacent() -> impl Strategy<Value = Adjacent> {
    prop_oneof![
        Just(Adjacent::Unit),
        option::of(text()).prop_map(Adjacent::Newtype),
        any::<(i32, bool)>().prop_map(|(number, flag)| Adjacent::Tuple(number, flag)),
        bytes().prop_map(|bytes| Adjacent::Struct { bytes }),
    ]
}

fn untagged() -> impl Strategy<Value = Untagged> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Untagged::Flag),
        any::<i64>().prop_map(Untagged::Number),
        float().prop_map(Untagged::Float),
        text().prop_map(Untagged::Text),
    ];
    leaf.prop_recursive(4, 12, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Untagged::Items),
            (inner.clone(), inner).prop_map(|(left, right)| Untagged::Fields {
                left: left.into(),
                right: right.into()
            }),
        ]
    })
}

fn named() -> impl Strategy<Value = Named<Pair<Nothing, External>>> {
    let pair = || external().prop_map(|external| Pair(Nothing, external));
    (pair(), pair(), vec(pair(), 0..3)).prop_map(|(first_name, kind, perhaps_none)| Named {
        first_name,
        kind: Wrapped(kind),
        perhaps_none,
    })
}

fn flat() -> impl Strategy<Value = Flat> {
    let rest = btree_map("x[a-z]{1,4}", untagged(), 0..4);
    (any::<u64>(), wrapped2(), rest).prop_map(|(id, inner, rest)| Flat { id, inner, rest })
}

fn shapes() -> impl Strategy<Value = Shapes> {
    let suit = prop_oneof![Just(Suit::Clubs), Just(Suit::Hearts)];
    let options = (
        any::<Option<Option<i32>>>(),
        any::<Option<Option<Option<()>>>>(),
        any::<Option<()>>(),
        option::of(Just(Nothing)),
    );
    let maps = (
        btree_map(any::<i64>(), external(), 0..4),
        btree_map(any::<(u8, bool)>(), internal(), 0..4),
        btree_map(
            any::<Option<char>>(),
            (any::<u8>(), float()).prop_map(|(a, b)| Pair(a, b)),
            0..4,
        ),
        btree_map(suit, Just(()), 0..3),
    );
    (options, any::<[i16; 3]>(), maps).prop_map(
        |((twice, thrice, unit, nothing), array, (by_number, by_pair, by_option, by_enum))| Shapes {
            twice,
            thrice,
            unit,
            nothing,
            array,
            by_number,
            by_pair,
            by_option,
            by_enum,
        },
    )
}

fn color() -> impl Strategy<Value = Color> {
    prop_oneof![Just(Color::Red), Just(Color::Green), Just(Color::Blue)]
}

fn shape() -> impl Strategy<Value = Shape> {
    prop_oneof![
        float().prop_map(|radius| Shape::Round { radius }),
        (float(), color()).prop_map(|(side, color)| Shape::Square { side, color }),
    ]
}

fn plain() -> impl Strategy<Value = Plain> {
    let one = (any::<i64>(), color(), option::of(shape()));
    vec(one, 1..4).prop_map(|chain| {
        let mut whole = None;
        for (id, color, shape) in chain {
            let next = whole.map(Box::new);
            whole = Some(Plain { id, next, color, shape });
        }
        whole.expect("there is one")
    })
}

fn point() -> impl Strategy<Value = Point> {
    (float(), any::<i128>()).prop_map(|(x, y)| Point { x, y })
}

/// What Python itself loses or refuses below protocol 2.
fn slotted() -> impl Strategy<Value = (Slotted, Keyed)> {
    let slotted = (text(), vec(point(), 0..4)).prop_map(|(name, load)| Slotted { name, load });
    let keyed = (any::<u8>(), option::of(text())).prop_map(|(low, high)| Keyed { low, high });
    (slotted, keyed)
}

fn zoo() -> impl Strategy<Value = Zoo> {
    let enums = (vec(internal(), 0..3), vec(adjacent(), 0..3), untagged());
    let classes = (plain(), vec(point(), 0..3));
    (atoms(), named(), enums, flat(), shapes(), classes).prop_map(
        |(atoms, named, (internal, adjacent, untagged), flat, shapes, (plain, points))| Zoo {
            atoms,
            named,
            internal,
            adjacent,
            untagged,
            flat,
            shapes,
            plain,
            points,
        },
    )
}

fn runner(cases: u32) -> TestRunner {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&support::seed().to_le_bytes());
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed))
}

/// Every way of writing that keeps the value.
fn ways(least: u8) -> impl Iterator<Item = (String, Options)> {
    (least..=5).flat_map(|protocol| {
        [
            (false, EnumShape::Map),
            (false, EnumShape::Tuple),
            (true, EnumShape::Map),
        ]
        .map(|(fast, enums)| {
            let name = format!("protocol {protocol}, fast {fast}, {enums:?}");
            (name, Options::new().protocol(protocol).fast(fast).enums(enums))
        })
    })
}

fn there_and_back<T>(cases: u32, least: u8, animals: impl Strategy<Value = T>)
where
    T: Debug + PartialEq + Serialize + for<'de> Deserialize<'de>,
{
    let result = runner(cases).run(&animals, |value| {
        for (way, options) in ways(least) {
            let fail = |error| TestCaseError::fail(format!("{way}: {error}"));
            let bytes = options.to_vec(&value).map_err(fail)?;
            prop_assert_eq!(&brinery::from_slice::<T>(&bytes).map_err(fail)?, &value, "{}", way);
            prop_assert_eq!(
                &brinery::from_reader::<_, T>(&bytes[..]).map_err(fail)?,
                &value,
                "{}",
                way
            );
            let mut written = Vec::new();
            options.to_writer(&mut written, &value).map_err(fail)?;
            prop_assert_eq!(&written, &bytes, "{}", way);
        }
        let graph = brinery::to_graph(&value).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(&brinery::from_graph::<T>(&graph).expect("a graph"), &value);
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

#[test]
fn arbitrary_values_come_back() {
    there_and_back(300, 0, zoo());
    there_and_back(100, 2, slotted());
}

/// Python loads what is written, saves it in another protocol, and the same value is read.
fn through_python<T>(cases: usize, least: u8, animals: impl Strategy<Value = T>)
where
    T: Debug + PartialEq + Serialize + for<'de> Deserialize<'de>,
{
    let mut runner = runner(1);
    let mut sample = || animals.new_tree(&mut runner).expect("a value").current();
    let values: Vec<T> = (0..cases).map(|_| sample()).collect();
    let ways: Vec<_> = ways(least).collect();
    for python in interpreters() {
        let mut input = Vec::new();
        for (number, value) in values.iter().enumerate() {
            let (_, options) = &ways[number % ways.len()];
            let again = least + (number / ways.len()) as u8 % (6 - least);
            counted::put(&mut input, [again]);
            counted::put(&mut input, options.to_vec(value).expect("it can be written"));
        }
        let output = counted::run(python, "zoo.py", "again", &input);
        let mut rest = &output[..];
        for (number, value) in values.iter().enumerate() {
            let (way, _) = &ways[number % ways.len()];
            let bytes = counted::take(&mut rest).expect("as many as were sent");
            let back: T = brinery::from_slice(bytes)
                .unwrap_or_else(|error| panic!("{python}, value {number}, {way}: {error}\n{value:?}"));
            assert_eq!(&back, value, "{python}, {way}");
        }
        assert!(rest.is_empty(), "{python} said more");
    }
}

#[test]
fn arbitrary_values_come_back_from_python() {
    through_python(400, 0, zoo());
    through_python(100, 2, slotted());
}
