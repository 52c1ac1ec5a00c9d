//! What is written.

use super::{dumps, loads};
use brinery::{BigInt, Builder, Graph, Options, Result, pickle};

/// serde-pickle and pickled: 6 of 26 small values as CPython writes them, in protocols 2 and 3 only.
#[test]
fn small_values_are_cpythons_bytes_in_every_protocol() {
    type Made = fn() -> Graph<'static>;
    let values: &[(&str, Made)] = &[
        ("None", || pickle!(None)),
        ("True", || pickle!(True)),
        ("0", || pickle!(0)),
        ("1", || pickle!(1)),
        ("255", || pickle!(255)),
        ("256", || pickle!(256)),
        ("65536", || pickle!(65536)),
        ("-1", || pickle!(-1)),
        ("2**40", || pickle!(1_i64 << 40)),
        ("-2**63 - 1", || {
            pickle!("-9223372036854775809".parse::<BigInt>().unwrap())
        }),
        ("1.5", || pickle!(1.5)),
        ("''", || pickle!("")),
        ("'abc'", || pickle!("abc")),
        ("'é' * 300", || pickle!("é".repeat(300))),
        ("b'abc'", || pickle!(b"abc")),
        ("[]", || pickle!([])),
        ("[1]", || pickle!([1])),
        ("[1, 2]", || pickle!([1, 2])),
        ("()", || pickle!(())),
        ("(1,)", || pickle!((1,))),
        ("(1, 2)", || pickle!((1, 2))),
        ("(1, 2, 3)", || pickle!((1, 2, 3))),
        ("(1, 2, 3, 4)", || pickle!((1, 2, 3, 4))),
        ("{}", || pickle!({})),
        ("{'a': 1}", || pickle!({"a": 1})),
        ("{'a': 1, 'b': [2]}", || pickle!({"a": 1, "b": [2]})),
    ];
    assert_eq!(values.len(), 26);
    for (expression, make) in values {
        for protocol in 0..=5 {
            let written = Options::new()
                .protocol(protocol)
                .as_loaded(true)
                .write(&make())
                .unwrap();
            let expected = dumps(expression, protocol);
            assert_eq!(
                written.escape_ascii().to_string(),
                expected.escape_ascii().to_string(),
                "{expression} {protocol}"
            );
        }
    }
}

/// serde-pickle, pickled, og-rek: what is shared is written twice. irmen/pickle: what is equal is written once.
#[test]
fn identity_decides_what_is_written_once() -> Result<()> {
    let mut build = Builder::new();
    let (one, other) = (build.list([]), build.list([]));
    let root = build.list([one, one, other]);
    let graph = build.finish(root);
    for protocol in 0..=5 {
        let bytes = Options::new().protocol(protocol).write(&graph)?;
        assert_eq!(loads(&bytes, "(x[0] is x[1], x[0] is x[2])"), "(True, False)");
    }
    Ok(())
}

/// serde-pickle: no such value; pickled: the way back is written as None.
#[test]
fn cycles_are_written() -> Result<()> {
    let mut build = Builder::new();
    let class = build.global("__main__", "Plain");
    let (node, list) = (build.new_object(class, [])?, build.list([]));
    let key = build.add("children");
    let state = build.dict([(key, list)])?;
    build.append(list, [node])?;
    build.set_state(node, state)?;
    let graph = build.finish(node);
    for protocol in 2..=5 {
        let bytes = Options::new().protocol(protocol).write(&graph)?;
        assert_eq!(loads(&bytes, "x.children[0] is x"), "True");
    }
    Ok(())
}

/// og-rek: a `uint64` above the middle is written as a negative number. serde-pickle, pickled: written, and not read.
#[test]
fn large_unsigned_ints_are_positive() -> Result<()> {
    for protocol in 0..=5 {
        let bytes = Options::new()
            .protocol(protocol)
            .write(&pickle!([u64::MAX, i64::MIN, u128::MAX]))?;
        assert_eq!(loads(&bytes, "x == [2**64 - 1, -2**63, 2**128 - 1]"), "True");
        let graph = Graph::from_slice(&bytes)?;
        assert_eq!(graph.root().get(0).and_then(|value| value.as_u64()), Some(u64::MAX));
    }
    Ok(())
}

/// zodb-json-codec: no memo is written, so that what was read is not what is written.
#[test]
fn what_was_read_is_written_again_byte_for_byte() -> Result<()> {
    for expression in [
        "[Order(1, [2])] * 2",
        "{Point(1, 2): Colour.RED}",
        "collections.OrderedDict(a=[])",
        "b'x' * 300",
    ] {
        for protocol in 0..=5 {
            let bytes = dumps(expression, protocol);
            assert_eq!(Graph::from_slice(&bytes)?.to_vec()?, bytes, "{expression} {protocol}");
        }
    }
    Ok(())
}

/// pickled, serde-pickle: no instance of a class can be written.
#[test]
fn instances_are_written() -> Result<()> {
    let mut build = Builder::new();
    let class = build.global("__main__", "Order");
    let order = build.new_object(class, [])?;
    let (id, seven, lines, none) = (build.add("id"), build.add(7), build.add("lines"), build.list([]));
    let state = build.dict([(id, seven), (lines, none)])?;
    build.set_state(order, state)?;
    let bytes = build.finish(order).to_vec()?;
    assert_eq!(
        loads(&bytes, "(type(x).__name__, x.id, x == Order(7, []))"),
        "('Order', 7, True)"
    );
    Ok(())
}
