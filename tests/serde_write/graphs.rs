//! Graphs as parts of typed values, and the serializer that users hold.

use super::values::Named;
use brinery::{Builder, Graph, Options, Serializer};
use serde::Serialize;

fn shown(bytes: &[u8]) -> String {
    Graph::from_slice(bytes).expect("just written").root().to_string()
}

/// What CPython wrote is written again as a typed value, with the same bytes where CPython itself would write them.
#[test]
fn a_graph_inside_a_value() {
    // [datetime.date(2026, 11, 21), {1, 2}, collections.deque([1, 2]), bytearray(b'x'), (None, -2**70)], a list shared twice
    let bytes = b"\x80\x05](\x8c\x08datetime\x8c\x04date\x93C\x04\x07\xea\x0b\x15\x85R\x8f(K\x01K\x02\x90\
        \x8c\x0bcollections\x8c\x05deque\x93)R(K\x01K\x02e\x96\x01\0\0\0\0\0\0\0x]\x94K\x07ah\0N\x86e.";
    let graph = Graph::from_slice(bytes).expect("a pickle");
    for protocol in 0..=5 {
        let options = Options::new().protocol(protocol);
        let written = options.to_vec(&("head", graph.root())).expect("it can be written");
        let again = Graph::from_slice(&written).expect("just written");
        assert_eq!(
            again.root().get(1).expect("a pair").to_string(),
            graph.root().to_string()
        );
        // What was shared is shared.
        let list = again.root().at("1.4").expect("the list");
        let shared = again.root().at("1.5.0").expect("the list, in a tuple");
        assert!(list.is(shared), "protocol {protocol}");
    }
    // To others, plain data.
    let plain = serde_json::to_string(&graph).expect("nothing unknown is in it");
    assert_eq!(plain, r#"["2026-11-21",[1,2],[1,2],[120],[7],[[7],null]]"#);
}

#[test]
fn what_no_type_writes() {
    let refused = |bytes: &[u8]| {
        let graph = Graph::from_slice(bytes).expect("a pickle");
        let json = serde_json::to_string(&graph).expect_err("it is refused").to_string();
        (brinery::to_vec(&graph).expect_err("it is refused").to_string(), json)
    };
    let cycle = "the value contains itself".to_owned();
    assert_eq!(refused(b"]\x94h\0a."), (cycle.clone(), cycle));
    let unknown = "a global of a class that is not well known is no plain data";
    let json = serde_json::to_string(&Graph::from_slice(b"cos\nsystem\n.").expect("a pickle")).expect_err("a class");
    assert_eq!(json.to_string(), unknown);
    let mut deep = vec![b']'; 1000];
    deep.extend([b'a'; 999]);
    deep.push(b'.');
    let why = "more objects lie in each other than the 128 that are written".to_owned();
    assert_eq!(refused(&deep), (why.clone(), why));
}

/// 2**60 values, if nothing is shared.
#[test]
fn a_small_graph_of_many_values() {
    let mut build = Builder::new();
    let mut at = build.list([]);
    for _ in 0..60 {
        at = build.list([at, at]);
    }
    let graph = build.finish(at);
    assert_eq!(
        Options::new().protocol(5).to_vec(&graph).expect("shared"),
        Options::new().protocol(5).write(&graph).expect("shared")
    );
    let error = serde_json::to_vec(&graph).expect_err("too much");
    assert_eq!(
        error.to_string(),
        "shared objects stand for more values than are written"
    );
}

/// Two graphs that live one after the other in the same place are two.
#[test]
fn graphs_made_on_the_fly() {
    struct Fly(i64);
    impl Serialize for Fly {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut build = Builder::new();
            let list = build.add(vec![self.0]);
            let graph = build.finish(list);
            graph.root().serialize(serializer)
        }
    }
    assert_eq!(
        shown(&brinery::to_vec(&[Fly(1), Fly(2)]).expect("plain data")),
        "([1], [2])"
    );
}

#[test]
fn one_pickle_after_the_other() {
    for protocol in 0..=5 {
        let options = Options::new().protocol(protocol);
        let mut serializer = Serializer::with_options(Vec::new(), &options).expect("a protocol");
        let first = (vec!["text", "more"], Some(None::<u8>));
        let second: Result<Vec<u8>, ()> = Ok(vec![1, 2]);
        first.serialize(&mut serializer).expect("a Vec takes all");
        second.serialize(&mut serializer).expect("a Vec takes all");
        // What fails leaves nothing behind for the next one.
        Named("$brinery::set", 1)
            .serialize(&mut serializer)
            .expect_err("no set");
        first.serialize(&mut serializer).expect("a Vec takes all");
        7.serialize(&mut serializer).expect("a Vec takes all");
        let mut wanted = options.to_vec(&first).expect("plain data");
        wanted.extend(options.to_vec(&second).expect("plain data"));
        wanted.extend(options.to_vec(&first).expect("plain data"));
        wanted.extend(options.to_vec(&7).expect("plain data"));
        assert_eq!(serializer.into_inner(), wanted, "protocol {protocol}");
    }
    let error = Serializer::with_options(Vec::new(), &Options::new().protocol(9)).err();
    assert_eq!(
        error.expect("no protocol").to_string(),
        "protocol 9 is not known, the highest is 5"
    );
}
