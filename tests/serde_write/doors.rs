//! The doors agree with each other, and what cannot be written is refused.

use super::values::*;
use brinery::{EnumShape, Graph, Limits, Options};
use serde::Serialize;
use std::{collections::BTreeMap, io};

fn doors_agree<T: Serialize>(value: &T) {
    let graph = brinery::to_graph(value).expect("it can be written");
    assert_eq!(graph.protocol(), None);
    for protocol in 0..=5 {
        for fast in [false, true] {
            let options = Options::new().protocol(protocol).fast(fast);
            let bytes = match options.to_vec(value) {
                Ok(bytes) => bytes,
                Err(error) => panic!("protocol {protocol}: {error}"),
            };
            let mut written = Vec::new();
            options.to_writer(&mut written, value).expect("a Vec takes all");
            assert!(written == bytes, "to_writer, protocol {protocol}");
            let again = options.write(&graph).expect("it can be written");
            assert!(
                again == bytes,
                "to_graph, protocol {protocol}, fast {fast}: {}",
                super::support::difference(&bytes, &again)
            );
            // And what was written is read and written again the same.
            let read = Graph::from_slice(&bytes).expect("just written");
            if !fast {
                assert!(read.to_vec().expect("just read") == bytes, "again, protocol {protocol}");
            }
        }
    }
}

#[test]
fn all_doors_agree() {
    doors_agree(&());
    doors_agree(&(
        1u8,
        -70_000i64,
        u64::MAX,
        1.5,
        "text",
        'c',
        true,
        Bytes(b"bytes".into()),
        Bytes(vec![]),
    ));
    doors_agree(
        &(0..300)
            .map(|id| record(id, Some(record(id + 1, None))))
            .collect::<Vec<_>>(),
    );
    doors_agree(&vec![
        Shape::Empty,
        Shape::Side(1),
        Shape::Rect(2, 300),
        Shape::Circle { x: 0.5, y: 1.0 },
    ]);
    doors_agree(&(Some(None::<u8>), Some(Some(())), None::<u8>));
    let money = |amount| Money {
        amount,
        currency: "EUR".into(),
    };
    doors_agree(&(money(1), money(2), Color::Red, Color::Big, Color::Red));
    doors_agree(&Named("$brinery::set", (0..3000).collect::<Vec<u32>>()));
    doors_agree(&Named("$brinery::frozenset", vec!["a", "bc"]));
    doors_agree(&(0..5000).map(|id| format!("{id:>60}")).collect::<Vec<_>>());
    doors_agree(&(vec!["x".repeat(100_000)], Bytes(vec![1; 100_000]), "end"));
}

/// A writer takes frame by frame: nothing of more than a frame is kept.
#[test]
fn frame_by_frame() {
    struct Sizes(Vec<usize>);
    impl io::Write for Sizes {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.push(bytes.len());
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let texts: Vec<_> = (0..20_000).map(|id| format!("{id:>40}")).collect();
    let mut sizes = Sizes(Vec::new());
    brinery::to_writer(&mut sizes, &texts).expect("it takes all");
    assert!(sizes.0.len() > 12, "{:?}", sizes.0);
    assert!(sizes.0.iter().all(|size| *size < 66_000), "{:?}", sizes.0);
}

#[test]
fn a_writer_that_fails() {
    struct Full;
    impl io::Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::Error::other("no room"))
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let error = brinery::to_writer(Full, &1).expect_err("it fails");
    assert_eq!(error.to_string(), "no room");
}

fn refused<T: Serialize>(value: &T, options: &Options) -> String {
    match options.to_vec(value) {
        Ok(bytes) => panic!("{}", super::support::show(&bytes)),
        Err(error) => error.to_string(),
    }
}

#[test]
fn what_is_refused() {
    let (new, old) = (Options::new(), Options::new().protocol(1));
    assert_eq!(
        refused(&1, &Options::new().protocol(6)),
        "protocol 6 is not known, the highest is 5"
    );
    let slotted = Slotted { x: 1, y: vec![] };
    assert_eq!(
        refused(&slotted, &old),
        "an instance with __slots__ needs protocol 2, as in Python"
    );
    assert_eq!(
        refused(&Named("$brinery::set", 1), &new),
        "a value is not of the kind that its token asks for"
    );
    assert_eq!(
        refused(
            &Named(
                "$brinery::set",
                Flat {
                    id: 1,
                    rest: Default::default()
                }
            ),
            &new
        ),
        "a map stands where its token needs something else"
    );
    assert_eq!(
        refused(&Named("$brinery::state", 1), &new),
        "a token that changes an object stands where there is none"
    );
    assert_eq!(
        refused(&Named("$brinery::global", 1), &new),
        "a token that needs a text got something else"
    );
    assert_eq!(refused(&Named("$brinery::nothing", "x"), &new), "no type has this name");
    assert!(refused(&Named("m:C(odd)", 1), &new).starts_with("a class path ends in an unknown shape"));
    assert_eq!(
        refused(&Named("m:C(kwargs)", 1), &new),
        "a field without a name cannot be an attribute of an instance"
    );
    assert_eq!(
        refused(&Named("$brinery::date", "no date"), &new),
        "the text is not a date as 2026-11-21"
    );
    let many = Named("$brinery::int", "9".repeat(4000));
    let few = old.clone().limits(Limits {
        digits: 3999,
        ..Limits::default()
    });
    assert_eq!(refused(&many, &few), "the limit `digits` of 3999 is reached");
    assert!(old.to_vec(&many).is_ok() && new.to_vec(&many).is_ok());
}

/// What Python has no hash of is no key and no item of a set, whether it was meant or not; and nothing is written.
#[test]
fn what_cannot_be_a_key() {
    #[derive(Serialize, PartialEq, Eq, PartialOrd, Ord)]
    enum Kind {
        Plain,
        Old(u8),
    }
    #[derive(Serialize, PartialEq, Eq, PartialOrd, Ord)]
    struct Point {
        x: u8,
    }
    let why = |what: &str| format!("{what} is not hashable, so it cannot be a key or an item of a set");
    for protocol in 0..=5 {
        let options = Options::new().protocol(protocol);
        assert_eq!(refused(&BTreeMap::from([(vec![1], 2)]), &options), why("list"));
        assert_eq!(refused(&BTreeMap::from([((1, vec![1]), 2)]), &options), why("list"));
        assert_eq!(refused(&BTreeMap::from([(Point { x: 1 }, 2)]), &options), why("dict"));
        assert_eq!(refused(&BTreeMap::from([(Kind::Old(1), 2)]), &options), why("dict"));
        for set in ["$brinery::set", "$brinery::frozenset"] {
            assert_eq!(
                refused(&Named(set, [[1], [2]].map(|item| item.to_vec())), &options),
                why("list")
            );
            let nested = Named(set, [Named("$brinery::set", [1])]);
            assert_eq!(refused(&nested, &options), why("set"));
            assert!(options.to_vec(&Named(set, [Named("$brinery::frozenset", [1])])).is_ok());
            assert!(options.to_vec(&Named(set, [(1, "x"), (2, "y")])).is_ok());
            // After it, lists are welcome again.
            assert!(options.to_vec(&(Named(set, [1]), vec![2])).is_ok());
        }
        assert!(options.to_vec(&BTreeMap::from([(Kind::Plain, vec![1])])).is_ok());
        // Of an object nobody knows whether it is hashable; what it is made of is no key.
        let object = Named("m:C(call)", vec![1]);
        assert!(options.to_vec(&Named("$brinery::set", [object])).is_ok());
        let pairs = options.clone().enums(EnumShape::Tuple);
        assert!(pairs.to_vec(&BTreeMap::from([(Kind::Old(1), 2)])).is_ok());
    }
}
