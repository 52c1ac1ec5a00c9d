//! What serde-pickle documents and gets wrong, row by row of `docs/from-serde-pickle.md`: it fails or differs, `compat`
//! does not.

use brinery::compat::{self, HashableValue, Value};
use serde::{Deserialize, de::DeserializeOwned};
use std::{collections::BTreeSet, fmt::Debug};

/// Reads a value by both; theirs must not be this, ours must print so.
fn value(bytes: &[u8], right: &str) {
    let theirs = serde_pickle::value_from_slice(bytes, Default::default());
    assert!(
        !theirs.is_ok_and(|theirs| theirs.to_string() == right),
        "serde-pickle reads {right} from {} by now",
        bytes.escape_ascii()
    );
    let ours = compat::value_from_slice(bytes, Default::default());
    assert_eq!(ours.expect("it is read").to_string(), right, "{}", bytes.escape_ascii());
}

/// The same for a type of Rust.
fn typed<T: DeserializeOwned + PartialEq + Debug>(bytes: &[u8], right: T) {
    let theirs = serde_pickle::from_slice::<T>(bytes, Default::default());
    assert!(
        !theirs.is_ok_and(|theirs| theirs == right),
        "serde-pickle reads {right:?} by now"
    );
    let ours = compat::from_slice::<T>(bytes, Default::default());
    assert_eq!(ours.expect("it is read"), right, "{}", bytes.escape_ascii());
}

#[test]
fn what_is_shared_is_not_recursive() {
    value(
        b"\x80\x02]q\0(}q\x01X\x01\0\0\0kq\x02K\x01sh\x01e.",
        r#"[{"k": 1}, {"k": 1}]"#,
    );
    value(b"](ca\nB\n)\x81q\0}X\x01\0\0\0kK\x01sbh\0e.", r#"[{"k": 1}, {"k": 1}]"#);
    value(b"](]K\x01aq\0h\0]K\x02aq\0h\0e.", "[[1], [1], [2], [2]]");
}

#[test]
fn pickles_may_share_a_memo() {
    let bytes = b"\x80\x02]q\0K\x01a.\x80\x02h\0.";
    let mut theirs = serde_pickle::Deserializer::new(&bytes[..], Default::default());
    theirs.deserialize_value().expect("the first");
    assert!(theirs.deserialize_value().is_err());
    let mut ours = compat::Deserializer::new(&bytes[..], Default::default());
    for _ in 0..2 {
        assert_eq!(
            ours.deserialize_value().expect("each"),
            Value::List(vec![Value::I64(1)])
        );
    }
    ours.end().expect("the end");
}

#[test]
fn ints_of_any_width_go_both_ways() {
    for large in [u64::MAX, 1 << 63] {
        let bytes = compat::to_vec(&large, Default::default()).expect("it is written");
        assert_eq!(
            bytes,
            serde_pickle::to_vec(&large, Default::default()).expect("it is written")
        );
        typed(&bytes, large);
    }
    for wide in [i128::MIN, i128::MAX, -1, i64::MIN.into()] {
        let bytes = compat::to_vec(&wide, Default::default()).expect("it is written");
        assert_eq!(
            compat::from_slice::<i128>(&bytes, Default::default()).expect("it is read"),
            wide
        );
    }
    let bytes = compat::to_vec(&u128::MAX, Default::default()).expect("it is written");
    assert_eq!(
        compat::from_slice::<u128>(&bytes, Default::default()).expect("it is read"),
        u128::MAX
    );
    let digits = "1".repeat(100);
    assert_eq!(
        compat::value_from_slice(format!("L{digits}L\n.").as_bytes(), Default::default())
            .expect("it is read")
            .to_string(),
        digits
    );
}

#[test]
fn containers_are_what_they_hold() {
    value(b"ccollections\nOrderedDict\n)R(X\x01\0\0\0aK\x01u.", r#"{"a": 1}"#);
    value(
        b"ccollections\ndefaultdict\nc__builtin__\nint\n\x85RX\x01\0\0\0aK\x01s.",
        r#"{"a": 1}"#,
    );
    value(b"ccollections\ndeque\n)R(K\x01K\x02e.", "[1, 2]");
    value(b"cshop\nBag\n)\x81(K\x01K\x02e.", "[1, 2]");
    value(
        b"ccopy_reg\n_reconstructor\n(cshop\nBox\nc__builtin__\ndict\n(dVa\nI1\nstR.",
        r#"{"a": 1}"#,
    );
}

#[test]
fn literals_and_old_instances_are_read() {
    value(b"S'it\\'s \\101'\n.", "b[105, 116, 39, 115, 32, 65]");
    value(b"Va\\b\n.", r#""a\\b""#);
    value(b"](K\x09(cshop\nOld\nK\x01o}U\x01aK\x02sbe.", "[9, {b[97]: 2}]");
}

#[derive(Debug, PartialEq, Deserialize)]
enum Kind {
    Small,
}

#[test]
fn rust_types_take_what_python_has() {
    typed(b"C\x02ab.", vec![97_u8, 98]);
    typed(b").", ());
    typed(b"U\x05Small.", Kind::Small);
    let options = || {
        compat::DeOptions::new()
            .replace_unresolved_globals()
            .replace_recursive_structures()
    };
    let replaced: Vec<Option<String>> =
        compat::from_slice(b"](cshop\nOrder\nX\x01\0\0\0ae.", options()).expect("it is read");
    assert_eq!(replaced, [None, Some("a".into())]);
    let cut: Vec<Option<u8>> = compat::from_slice(b"]q\0(h\0K\x01e.", options()).expect("it is read");
    assert_eq!(cut, [None, Some(1)]);
}

#[test]
fn keys_are_found_again() {
    let nan = || HashableValue::F64(f64::NAN);
    assert_eq!(
        BTreeSet::from([nan(), HashableValue::I64(1), nan(), HashableValue::F64(2.0)]).len(),
        3
    );
    let next = HashableValue::I64((1 << 53) + 1);
    assert_eq!(
        BTreeSet::from([next.clone(), HashableValue::F64((1_u64 << 53) as f64)]).len(),
        2
    );
    assert!(next > HashableValue::F64((1_u64 << 53) as f64));
}

#[test]
fn small_inputs_stay_small() {
    let mut doubled = b"]q\0".to_vec();
    for _ in 0..40 {
        doubled.extend_from_slice(b"0](h\0h\0eq\0");
    }
    doubled.push(b'.');
    assert!(compat::value_from_slice(&doubled, Default::default()).is_err());
    assert!(compat::from_slice::<serde_json::Value>(&doubled, Default::default()).is_err());
    // What is shared a great deal is no bomb.
    let list = [b"](".to_vec(), b"K\x01".repeat(100), b"eq\0".to_vec()].concat();
    let shared = [b"](".to_vec(), list, b"h\0".repeat(20_000), b"e.".to_vec()].concat();
    let read: Vec<Vec<u8>> = compat::from_slice(&shared, Default::default()).expect("it is read");
    assert_eq!(read.len(), 20_001);
    assert!(compat::value_from_slice(&vec![b'('; 1 << 20], Default::default()).is_err());
}
