//! Enums of every representation, and flattened structs.

use brinery::{Graph, from_graph, pickle};
use serde::Deserialize;
use std::collections::BTreeMap;

fn message<T: for<'g> Deserialize<'g> + std::fmt::Debug>(graph: &Graph<'_>) -> String {
    from_graph::<T>(graph).expect_err("it does not fit").to_string()
}

#[derive(Deserialize, Debug, PartialEq)]
enum External {
    A,
    B(i32),
    C(i32, i32),
    D { x: i32 },
}
use External::*;

#[test]
fn external() {
    for (graph, wanted) in [
        (pickle!("A"), A),
        (pickle!(b"A"), A),
        (pickle!({"A": None}), A),
        (pickle!({"B": 1}), B(1)),
        (pickle!({"C": [1, 2]}), C(1, 2)),
        (pickle!({"C": (1, 2)}), C(1, 2)),
        (pickle!({"D": {"x": 3}}), D { x: 3 }),
        (pickle!({"D": (3,)}), D { x: 3 }),
        // As serde-pickle writes if asked to.
        (pickle!(("A",)), A),
        (pickle!(("B", 1)), B(1)),
        (pickle!(("C", [1, 2])), C(1, 2)),
        (pickle!(("C", 1, 2)), C(1, 2)),
        (pickle!(("D", {"x": 3})), D { x: 3 }),
    ] {
        assert_eq!(from_graph::<External>(&graph).unwrap(), wanted, "{graph}");
    }
    for (graph, wanted) in [
        (pickle!("E"), "there is no variant `E`, only `A`, `B`, `C`, `D`"),
        (pickle!(0), "there is no variant `0`, only `A`, `B`, `C`, `D`"),
        (
            pickle!("B"),
            "expected a variant with one value, found a variant without content",
        ),
        (pickle!({"A": 1}), ".A: expected unit, found the int 1"),
        (pickle!({"B": "x"}), ".B: expected i32, found the str 'x'"),
        (
            pickle!({"C": [1, 2, 3]}),
            ".C: expected tuple variant External::C, found 3 items, 1 too many",
        ),
        (
            pickle!(("C", 1, 2, 3)),
            "expected tuple variant External::C, found 3 items, 1 too many",
        ),
        (pickle!(("C", 1, "x",)), "[2]: expected i32, found the str 'x'"),
        (
            pickle!({"A": 1, "B": 2}),
            "expected enum External, found a dict of 2 entries",
        ),
        (pickle!([]), "expected enum External, found a list of 0 items"),
        (pickle!(None), "expected enum External, found None"),
    ] {
        assert_eq!(message::<External>(&graph), wanted, "{graph}");
    }
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(tag = "type")]
enum Internal {
    Unit,
    New(BTreeMap<String, u8>),
    Struct { x: Option<u64>, y: Vec<u8> },
}

#[test]
fn internal() {
    for (graph, wanted) in [
        (pickle!({"type": "Unit"}), Internal::Unit),
        (
            pickle!({"a": 1, "type": "New"}),
            Internal::New(BTreeMap::from([("a".into(), 1)])),
        ),
        (
            pickle!({"x": u64::MAX, "y": (1, 2), "type": "Struct"}),
            Internal::Struct {
                x: Some(u64::MAX),
                y: vec![1, 2],
            },
        ),
        (
            pickle!({"type": "Struct", "y": []}),
            Internal::Struct { x: None, y: vec![] },
        ),
    ] {
        assert_eq!(from_graph::<Internal>(&graph).unwrap(), wanted, "{graph}");
    }
    assert_eq!(message::<Internal>(&pickle!({"x": 1})), "the field `type` is missing");
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(tag = "t", content = "c")]
enum Adjacent {
    Unit,
    New(u8),
    Tuple(u8, String),
    Struct { x: u8 },
}

#[test]
fn adjacent() {
    for (graph, wanted) in [
        (pickle!({"t": "Unit"}), Adjacent::Unit),
        (pickle!({"t": "New", "c": 1}), Adjacent::New(1)),
        (pickle!({"c": (1, "x"), "t": "Tuple"}), Adjacent::Tuple(1, "x".into())),
        (pickle!({"t": "Struct", "c": {"x": 1}}), Adjacent::Struct { x: 1 }),
    ] {
        assert_eq!(from_graph::<Adjacent>(&graph).unwrap(), wanted, "{graph}");
    }
    assert_eq!(
        message::<Adjacent>(&pickle!({"t": "New", "c": "x"})),
        ".c: expected u8, found the str 'x'"
    );
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(untagged)]
enum Untagged {
    Nothing,
    Bool(bool),
    Int(i64),
    Large(u64),
    Float(f64),
    Text(String),
    Pair(u8, u8),
    List(Vec<Untagged>),
    Bytes(serde_bytes::ByteBuf),
    Struct { x: u8 },
    Map(BTreeMap<String, Untagged>),
}

#[test]
fn untagged() {
    use Untagged::*;
    for (graph, wanted) in [
        (pickle!(None), Nothing),
        (pickle!(true), Bool(true)),
        (pickle!(-1), Int(-1)),
        (pickle!(u64::MAX), Large(u64::MAX)),
        (pickle!(0.5), Float(0.5)),
        (pickle!("x"), Text("x".into())),
        (pickle!(b"\xff"), Bytes(serde_bytes::ByteBuf::from([0xff]))),
        (pickle!((1, 2)), Pair(1, 2)),
        (pickle!([1, "x"]), List(vec![Int(1), Text("x".into())])),
        (pickle!({"x": 1}), Struct { x: 1 }),
        (
            pickle!({"y": [None]}),
            Map(BTreeMap::from([("y".into(), List(vec![Nothing]))])),
        ),
    ] {
        assert_eq!(from_graph::<Untagged>(&graph).unwrap(), wanted, "{graph}");
    }
    assert_eq!(
        message::<Vec<Untagged>>(&pickle!([1, {1: 2}])),
        "[1]: data did not match any variant of untagged enum Untagged, found a dict of 1 entry"
    );
}

#[derive(Deserialize, Debug, PartialEq)]
struct Flat {
    a: u8,
    #[serde(flatten)]
    inner: Inner,
    #[serde(flatten)]
    rest: BTreeMap<String, serde_json::Value>,
}

#[derive(Deserialize, Debug, PartialEq)]
struct Inner {
    b: Option<u8>,
    c: Vec<u8>,
}

#[test]
fn flattened() {
    let wanted = Flat {
        a: 1,
        inner: Inner { b: Some(2), c: vec![3] },
        rest: BTreeMap::from([("d".into(), serde_json::json!({"e": [null]}))]),
    };
    let graph = pickle!({"a": 1, "b": 2, "c": [3], "d": {"e": [None]}});
    assert_eq!(from_graph::<Flat>(&graph).unwrap(), wanted);
    let graph = pickle!({b"a": 1, b"b": 2, b"c": [3], b"d": {"e": [None]}});
    assert_eq!(from_graph::<Flat>(&graph).unwrap(), wanted);

    #[derive(Deserialize, Debug, PartialEq)]
    struct Numbered {
        a: u8,
        #[serde(flatten)]
        rest: BTreeMap<i32, u8>,
    }
    let wanted = Numbered {
        a: 1,
        rest: BTreeMap::from([(0, 2), (-1, 3)]),
    };
    assert_eq!(from_graph::<Numbered>(&pickle!({"a": 1, 0: 2, -1: 3})).unwrap(), wanted);
}
