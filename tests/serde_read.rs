//! Pickles into Rust types, by serde.

use brinery::{Graph, from_graph, from_slice, pickle};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};

#[derive(Deserialize, Debug, PartialEq)]
enum E {
    A,
    B(i32),
    C(i32, i32),
    D { x: i32 },
}

#[test]
fn first() {
    let graph = pickle!({"a": [1, 2], "b": (None, 5)});
    let map: HashMap<String, serde_json::Value> = from_graph(&graph).unwrap();
    assert_eq!(map["b"], serde_json::json!([null, 5]));
    for (graph, wanted) in [
        (pickle!("A"), E::A),
        (pickle!({"B": 1}), E::B(1)),
        (pickle!({"C": [1, 2]}), E::C(1, 2)),
        (pickle!({"D": {"x": 3}}), E::D { x: 3 }),
        (pickle!(("A",)), E::A),
        (pickle!(("B", 1)), E::B(1)),
        (pickle!(("C", [1, 2])), E::C(1, 2)),
        (pickle!(("C", 1, 2)), E::C(1, 2)),
        (pickle!(("D", {"x": 3})), E::D { x: 3 }),
    ] {
        assert_eq!(from_graph::<E>(&graph).unwrap(), wanted, "{graph}");
    }
    let error = from_slice::<BTreeMap<String, Vec<u8>>>(b"}\x8c\x01a](K\x01K\x02M\x00\x01es.").unwrap_err();
    assert_eq!(error.to_string(), ".a[2] at byte 10: expected u8, found the int 256");
    let graph = Graph::from_slice(b"]\x94h\x00a.").unwrap();
    let error = from_graph::<serde_json::Value>(&graph).unwrap_err();
    assert_eq!(error.to_string(), "[0]: the value contains itself");
}
