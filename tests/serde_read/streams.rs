//! Several pickles in a row.

use crate::support::{Chunks, Rng};
use brinery::{Deserializer, ErrorKind, Options, from_reader, take_from_slice};
use serde::Deserialize;

/// Three pickles of 3, 6 and 13 bytes.
const WIRE: &[u8] = b"K\x01.](K\x02e.\x80\x04\x95\x06\0\0\0\0\0\0\0](K\x03e.";

#[derive(Deserialize, Debug, PartialEq)]
#[serde(untagged)]
enum Any {
    Int(u8),
    List(Vec<u8>),
}

#[test]
fn slices() {
    let mut pickles = Deserializer::from_slice(WIRE).into_iter::<Any>();
    let mut offsets = vec![pickles.byte_offset()];
    let mut values = Vec::new();
    while let Some(value) = pickles.next() {
        values.push(value.unwrap());
        offsets.push(pickles.byte_offset());
    }
    assert_eq!(values, [Any::Int(1), Any::List(vec![2]), Any::List(vec![3])]);
    assert_eq!(offsets, [0, 3, 9, WIRE.len()]);
    assert!(pickles.next().is_none());

    let (first, rest) = take_from_slice::<u8>(WIRE).unwrap();
    let (second, rest) = take_from_slice::<Vec<u8>>(rest).unwrap();
    assert_eq!((first, second, rest.len()), (1, vec![2], WIRE.len() - 9));
}

#[test]
fn readers() {
    for rng in 0..20 {
        let reader = Chunks::new(WIRE, 5, Rng::new(rng, "readers"));
        let values: Result<Vec<Any>, _> = Deserializer::from_reader(reader).into_iter().collect();
        assert_eq!(values.unwrap(), [Any::Int(1), Any::List(vec![2]), Any::List(vec![3])]);
    }
    // Nothing beyond a pickle is taken.
    let mut rest = WIRE;
    assert_eq!(from_reader::<_, u8>(&mut rest).unwrap(), 1);
    assert_eq!(rest.len(), WIRE.len() - 3);
    let mut pickles = Deserializer::from_reader(rest);
    assert_eq!(Vec::<u8>::deserialize(&mut pickles).unwrap(), [2]);
    assert_eq!(pickles.byte_offset(), 6);
    assert_eq!(pickles.into_inner().len(), WIRE.len() - 9);
}

#[test]
fn the_end() {
    let mut pickles = Deserializer::from_slice(WIRE);
    assert_eq!(u8::deserialize(&mut pickles).unwrap(), 1);
    let error = pickles.end().unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::TrailingBytes), "{error}");
    assert_eq!(error.offset(), Some(3));
    serde::de::IgnoredAny::deserialize(&mut pickles).unwrap();
    Vec::<u8>::deserialize(&mut pickles).unwrap();
    pickles.end().unwrap();
    let error = u8::deserialize(&mut pickles).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::EndOfInput), "{error}");

    let mut pickles = Deserializer::from_reader(WIRE);
    assert_eq!(u8::deserialize(&mut pickles).unwrap(), 1);
    assert!(matches!(pickles.end().unwrap_err().kind(), ErrorKind::TrailingBytes));
    // Asking takes nothing away.
    assert_eq!(Vec::<u8>::deserialize(&mut pickles).unwrap(), [2]);
    assert_eq!(Vec::<u8>::deserialize(&mut pickles).unwrap(), [3]);
    pickles.end().unwrap();
}

#[test]
fn errors_end_it() {
    let mut pickles = Deserializer::from_slice(WIRE).into_iter::<u8>();
    assert_eq!(pickles.next().unwrap().unwrap(), 1);
    let error = pickles.next().unwrap().unwrap_err();
    assert_eq!(error.to_string(), "at byte 3: expected u8, found a list of 1 item");
    assert!(pickles.next().is_none());

    let mut cut = Deserializer::from_slice(&WIRE[..7]).into_iter::<Any>();
    assert_eq!(cut.next().unwrap().unwrap(), Any::Int(1));
    assert!(cut.next().unwrap().unwrap_err().is_truncated());
    assert!(cut.next().is_none());
}

/// As `pickle.load` called again: what the first memoized the second has not.
#[test]
fn each_has_its_own_memo() {
    let wire = b"\x8c\x01a\x94.h\0.";
    let mut pickles = Deserializer::from_slice(wire).into_iter::<String>();
    assert_eq!(pickles.next().unwrap().unwrap(), "a");
    let error = pickles.next().unwrap().unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::MissingMemo(0)), "{error}");
}

#[test]
fn settings() {
    let options = Options::new().encoding(brinery::Encoding::Bytes);
    let read: (serde_bytes::ByteBuf, String) = options.from_slice(b"U\x01\xffU\x01a\x86.").unwrap();
    assert_eq!((&**read.0, &*read.1), (&b"\xff"[..], "a"));
}
