//! Programs written for serde-pickle, with only the import changed: each is compiled twice and must say the same.

#![cfg(feature = "serde")]

mod support;

#[path = "compat/right.rs"]
mod right;

use brinery::compat;
use std::collections::BTreeSet;

/// The programs, once with each crate.
macro_rules! programs {
    ($($name:ident $file:literal;)*) => {
        mod theirs { $(pub mod $name { use serde_pickle as pickle; include!($file); })* }
        mod ours { $(pub mod $name { use brinery::compat as pickle; include!($file); })* }

        $(
            #[test]
            fn $name() {
                let (theirs, ours) = (theirs::$name::run(), ours::$name::run());
                assert!(!theirs.is_empty());
                for (theirs, ours) in theirs.iter().zip(&ours) {
                    assert_eq!(theirs, ours);
                }
                assert_eq!(theirs.len(), ours.len());
            }
        )*
    };
}

programs! {
    records "compat/programs/records.rs";
    enums "compat/programs/enums.rs";
    values "compat/programs/values.rs";
    objects "compat/programs/objects.rs";
    stream "compat/programs/stream.rs";
    errors "compat/programs/errors.rs";
    convert "compat/programs/convert.rs";
}

/// Sixteen ways to read.
fn options(bits: u32) -> (serde_pickle::DeOptions, compat::DeOptions) {
    let (mut theirs, mut ours) = (serde_pickle::DeOptions::new(), compat::DeOptions::new());
    if bits & 1 != 0 {
        (theirs, ours) = (theirs.decode_strings(), ours.decode_strings());
    }
    if bits & 2 != 0 {
        (theirs, ours) = (theirs.keep_restore_state(), ours.keep_restore_state());
    }
    if bits & 4 != 0 {
        (theirs, ours) = (theirs.replace_unresolved_globals(), ours.replace_unresolved_globals());
    }
    if bits & 8 != 0 {
        (theirs, ours) = (
            theirs.replace_recursive_structures(),
            ours.replace_recursive_structures(),
        );
    }
    (theirs, ours)
}

/// Where serde-pickle reads something else, and why ours is right.
const DIFFERENT: &[(&str, &str)] = &[
    ("hand/build_none_on_list", "BUILD with None does nothing"),
    (
        "hand/memo_overwritten",
        "an index put twice means what it meant when it was got",
    ),
    (
        "py3/builtin_subclasses.p0",
        "what a subclass of a built-in type holds is not lost",
    ),
    ("py3/builtin_subclasses.p0.to3.10", "likewise"),
    ("py3/bytes_kinds.p0", "bytes() is empty bytes"),
    ("py3/bytes_kinds.p2", "likewise"),
    (
        "py3/frozenset_cycle.p2",
        "a frozenset in itself by way of an instance is recursive",
    ),
    ("py3/frozenset_cycle.p4", "likewise"),
    ("py3/nested_classes.p0", "getattr of a class is a class, and no data"),
    ("py3/nested_classes.p2", "likewise"),
    ("py3/nested_classes.p3", "likewise"),
    ("py3/recursive_reduce.p0", "an instance met twice has its state"),
    ("py3/recursive_reduce.p4", "likewise"),
    ("py3/reduce_with_state_setter.p0", "a state setter gives state"),
    ("py3/reduce_with_state_setter.p4", "likewise"),
    ("py3/set_cycle.p0", "a set in itself by way of an instance is recursive"),
];

/// Every vector, in every way: what serde-pickle reads is read with the same result, but for the list above and for what
/// CPython refuses.
#[test]
fn all_vectors_are_read_as_serde_pickle_reads_them() {
    let (mut same, mut more, mut differ) = (0, 0, BTreeSet::new());
    for vector in support::vectors::all() {
        for bits in 0..16 {
            let (theirs, ours) = options(bits);
            let theirs = serde_pickle::value_from_slice(&vector.bytes, theirs);
            let ours = compat::value_from_slice(&vector.bytes, ours);
            match (theirs, ours) {
                (Err(_), Err(_)) => {}
                (Err(_), Ok(_)) => more += 1,
                (Ok(theirs), Ok(ours)) if format!("{theirs:?}") == format!("{ours:?}") => same += 1,
                (Ok(_), Err(_)) if vector.refused() => {}
                (Ok(theirs), ours) => {
                    let name = vector.name.trim_end_matches(".pkl").to_owned();
                    let known = DIFFERENT.iter().any(|(known, _)| *known == name);
                    assert!(known, "{name} {bits:04b}\n  theirs {theirs:?}\n  ours   {ours:?}");
                    differ.insert(name);
                }
            }
        }
    }
    println!(
        "{same} read the same, {more} that serde-pickle refuses, {} vectors differ",
        differ.len()
    );
    assert_eq!(differ, DIFFERENT.iter().map(|(name, _)| name.to_string()).collect());
    assert!(same > 3000 && more > 500);
}

/// Values as both crates make them of one pickle become each other, and a graph.
#[test]
#[cfg(feature = "serde-pickle")]
fn values_become_each_other() {
    use brinery::Graph;
    let mut checked = 0;
    for vector in support::vectors::all() {
        let Ok(theirs) = serde_pickle::value_from_slice(&vector.bytes, Default::default()) else {
            continue;
        };
        let text = format!("{theirs:?}");
        let ours = compat::Value::from(theirs.clone());
        assert_eq!(format!("{ours:?}"), text, "{}", vector.name);
        assert_eq!(
            format!("{:?}", serde_pickle::Value::from(ours)),
            text,
            "{}",
            vector.name
        );
        let graph = Graph::from(theirs);
        let back = serde_pickle::Value::try_from(graph.root()).expect("it is a tree");
        assert_eq!(format!("{back:?}"), text, "{}", vector.name);
        // By way of bytes, and read by serde-pickle.
        let bytes = brinery::Options::new()
            .protocol(3)
            .write(&graph)
            .expect("it is written");
        let back = serde_pickle::value_from_slice(&bytes, Default::default());
        match back {
            Ok(back) => assert_eq!(format!("{back:?}"), text, "{}", vector.name),
            // Its reader does not bear what is shared.
            Err(error) => assert!(error.to_string().contains("recursive"), "{}: {error}", vector.name),
        }
        checked += 1;
    }
    assert!(checked > 150, "only {checked}");
}

/// A tree deeper than any reader makes goes into a graph and bytes, and comes out as an error: not as an overflow.
#[test]
fn depth_is_bounded() {
    let deep = |depth: usize| [vec![b']'; depth], vec![b'a'; depth - 1], vec![b'.']].concat();
    let inside = compat::value_from_slice(&deep(compat::MAX_DEPTH), Default::default()).expect("just deep enough");
    assert_eq!(inside.clone(), inside);
    assert_eq!(
        format!("{inside:?} {inside}").matches(']').count(),
        2 * compat::MAX_DEPTH
    );
    let again = compat::value_to_vec(&inside, Default::default()).expect("it is written");
    assert_eq!(
        compat::value_from_slice(&again, Default::default()).expect("and read"),
        inside
    );

    #[derive(Debug, serde::Deserialize)]
    struct Nest(#[allow(dead_code)] Vec<Nest>);
    assert!(compat::from_slice::<Nest>(&deep(compat::MAX_TYPED_DEPTH), Default::default()).is_ok());
    assert!(compat::from_slice::<Nest>(&deep(compat::MAX_TYPED_DEPTH + 1), Default::default()).is_err());
    for depth in [compat::MAX_DEPTH + 1, 100_000] {
        let error = compat::value_from_slice(&deep(depth), Default::default()).expect_err("too deep");
        assert!(error.to_string().contains("nested more than 1000 deep"), "{error}");
        assert!(compat::from_slice::<Nest>(&deep(depth), Default::default()).is_err());
        assert!(compat::from_slice::<serde_json::Value>(&deep(depth), Default::default()).is_err());
    }
}
