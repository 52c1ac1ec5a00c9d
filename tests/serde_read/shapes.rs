//! Which Rust types take what.

use brinery::{Builder, Graph, Options, from_graph, from_slice, pickle};
use serde::Deserialize;
use std::{borrow::Cow, collections::HashMap, net::IpAddr};

fn message<T: for<'g> Deserialize<'g> + std::fmt::Debug>(graph: &Graph<'_>) -> String {
    from_graph::<T>(graph).expect_err("it does not fit").to_string()
}

#[test]
fn borrowing() {
    #[derive(Deserialize, Debug, PartialEq)]
    struct Borrowed<'a> {
        text: &'a str,
        bytes: &'a [u8],
        #[serde(borrow)]
        cow: Cow<'a, str>,
        #[serde(borrow)]
        keys: HashMap<&'a str, u8>,
    }
    let graph = pickle!({"text": "a", "bytes": b"b", "cow": "c", "keys": {"k": 1}});
    let bytes = Options::new().protocol(4).write(&graph).unwrap();
    let range = bytes.as_ptr_range();
    let within = |at: *const u8| range.contains(&at);
    let read: Borrowed = from_slice(&bytes).unwrap();
    assert!(within(read.text.as_ptr()) && within(read.bytes.as_ptr()));
    assert!(matches!(read.cow, Cow::Borrowed(text) if within(text.as_ptr())));
    assert_eq!(read, from_graph(&graph).unwrap());
    let owned = graph.root().get("text").and_then(|text| text.as_str()).unwrap();
    let read: Borrowed = from_graph(&graph).unwrap();
    assert!(std::ptr::eq(read.text, owned));
    // Text that is not in the input as it is cannot be borrowed.
    let error = from_slice::<&str>(b"Va\\u20ac\n.").unwrap_err();
    assert_eq!(
        error.to_string(),
        "at byte 0: expected a borrowed string, found the str 'a€'"
    );
}

#[test]
fn ints_and_bools_and_floats() {
    assert_eq!(
        from_graph::<(u8, i8, f32)>(&pickle!((true, false, true))).unwrap(),
        (1, 0, 1.0)
    );
    assert_eq!(message::<bool>(&pickle!(1)), "expected a boolean, found the int 1");
    assert_eq!(message::<i32>(&pickle!(1.0)), "expected i32, found the float 1.0");
    assert_eq!(message::<u8>(&pickle!(-1)), "expected u8, found the int -1");
    // Rounded once: by way of f64 it would be 16777216.
    assert_eq!(
        from_graph::<f32>(&pickle!(9007199791611905_i64)).unwrap(),
        9007199791611905_i64 as f32
    );
    let large: brinery::BigInt = brinery::BigInt::from(1) << 1024;
    assert!(message::<f64>(&pickle!(large.clone())).starts_with("expected f64, found the int 1797"));
    assert_eq!(from_graph::<f64>(&pickle!(&large >> 1)).unwrap(), 2_f64.powi(1023));
    assert_eq!(
        message::<char>(&pickle!("ab")),
        "expected a character, found the str 'ab'"
    );
    assert_eq!(from_graph::<char>(&pickle!("é")).unwrap(), 'é');
    assert_eq!(
        from_graph::<IpAddr>(&pickle!("::1")).unwrap(),
        "::1".parse::<IpAddr>().unwrap()
    );
}

#[test]
fn lengths() {
    #[derive(Deserialize, Debug, PartialEq)]
    struct Three(u8, u8, u8);
    let four = pickle!([1, 2, 3, 4]);
    assert_eq!(
        message::<Three>(&four),
        "expected tuple struct Three, found 4 items, 1 too many"
    );
    assert_eq!(
        message::<(u8, u8)>(&four),
        "expected a tuple of size 2, found 4 items, 2 too many"
    );
    assert_eq!(
        message::<[u8; 5]>(&four),
        "expected an array of length 5, found 4 items"
    );
    assert_eq!(
        message::<[u8; 5]>(&pickle!(b"1234")),
        "expected an array of length 5, found 4 items"
    );
    assert_eq!(
        message::<[u8; 3]>(&pickle!(b"1234")),
        "expected an array of length 3, found 4 items, 1 too many"
    );
    assert_eq!(from_graph::<Three>(&pickle!((1, 2, 3))).unwrap(), Three(1, 2, 3));
    assert_eq!(from_graph::<Vec<u16>>(&pickle!(b"12")).unwrap(), [49, 50]);
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
struct Strict {
    a: u8,
    #[serde(default)]
    b: Option<u8>,
}

#[test]
fn structs() {
    let strict = |a, b| Strict { a, b };
    assert_eq!(from_graph::<Strict>(&pickle!({"a": 1})).unwrap(), strict(1, None));
    assert_eq!(from_graph::<Strict>(&pickle!((1, 2))).unwrap(), strict(1, Some(2)));
    assert_eq!(from_graph::<Strict>(&pickle!([1])).unwrap(), strict(1, None));
    assert_eq!(from_graph::<Strict>(&pickle!({b"a": 1})).unwrap(), strict(1, None));
    assert_eq!(message::<Strict>(&pickle!({"b": 1})), "the field `a` is missing");
    assert_eq!(
        message::<Strict>(&pickle!({"a": 1, "c": 1})),
        ".c: there is no field `c`, only `a`, `b`"
    );
    // Not the first field.
    assert_eq!(
        message::<Strict>(&pickle!({0: 1, "a": 1})),
        "[0]: there is no field `0`, only `a`, `b`"
    );
    assert_eq!(
        message::<Strict>(&pickle!([1, 2, 3])),
        "expected struct Strict, found 3 items, 1 too many"
    );
    let mut build = Builder::new();
    let one = build.add(1);
    let set = build.set([one]).unwrap();
    assert_eq!(
        message::<Strict>(&build.finish(set)),
        "expected struct Strict, found a set of 1 item"
    );

    #[derive(Deserialize, Debug, PartialEq)]
    struct Lax {
        a: u8,
    }
    let odd = pickle!({0: 9, (1, 2): 9, None: 9, 0.5: 9, "b": [9], "a": 1});
    assert_eq!(from_graph::<Lax>(&odd).unwrap(), Lax { a: 1 });
}

#[test]
fn options() {
    type Deep = Option<Option<Option<u8>>>;
    assert_eq!(from_graph::<Deep>(&pickle!(None)).unwrap(), None);
    assert_eq!(from_graph::<Deep>(&pickle!((None,))).unwrap(), Some(None));
    assert_eq!(from_graph::<Deep>(&pickle!(((None,),))).unwrap(), Some(Some(None)));
    assert_eq!(from_graph::<Deep>(&pickle!(5)).unwrap(), Some(Some(Some(5))));
    assert_eq!(from_graph::<Option<()>>(&pickle!(None)).unwrap(), None);
    assert_eq!(from_graph::<Option<()>>(&pickle!((None,))).unwrap(), Some(()));
    // Python's own tuple of None.
    assert_eq!(
        from_graph::<Option<(Option<u8>,)>>(&pickle!((None,))).unwrap(),
        Some((None,))
    );
    assert_eq!(
        from_graph::<Option<Vec<Option<u8>>>>(&pickle!((None,))).unwrap(),
        Some(vec![None])
    );
    // And as it is written by way of serde.
    assert_eq!(
        from_graph::<Option<(Option<u8>,)>>(&pickle!(((None,),))).unwrap(),
        Some((None,))
    );
    assert_eq!(from_graph::<Option<(u8,)>>(&pickle!((5,))).unwrap(), Some((5,)));
    assert_eq!(from_graph::<(Option<u8>,)>(&pickle!((None,))).unwrap(), (None,));

    // A type that asks again and again for the same value.
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct Endless(Option<Box<Endless>>);
    assert_eq!(message::<Endless>(&pickle!(5)), "the limit `depth` of 128 is reached");
    assert!(from_graph::<Endless>(&pickle!(None)).unwrap().0.is_none());
}

#[test]
fn units() {
    #[derive(Deserialize, Debug, PartialEq)]
    struct Unit;
    for graph in [pickle!(None), pickle!(())] {
        assert_eq!(from_graph::<Unit>(&graph).unwrap(), Unit);
        from_graph::<()>(&graph).unwrap();
    }
    assert_eq!(
        message::<Unit>(&pickle!(0)),
        "expected unit struct Unit, found the int 0"
    );
    assert_eq!(message::<()>(&pickle!((1,))), "expected unit, found a tuple of 1 item");
}

#[test]
fn persistent_objects_and_buffers() {
    let read: (String, u8) = from_slice(b"(Pann\nK\x01t.").unwrap();
    assert_eq!(read, ("ann".to_owned(), 1));
    let bytes = b"\x80\x05\x97.";
    let picture = [1, 2, 3];
    let read: Vec<u8> = Options::new().from_slice_with_buffers(bytes, [&picture[..]]).unwrap();
    assert_eq!(read, picture);
    let read: serde_bytes::ByteBuf = Options::new().from_slice_with_buffers(bytes, [&picture[..]]).unwrap();
    assert_eq!(*read, picture);
    let error = Options::new()
        .buffers_elsewhere()
        .from_slice::<Vec<u8>>(bytes)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "at byte 2: expected a sequence, found the out-of-band buffer 0, which was not given"
    );
}
