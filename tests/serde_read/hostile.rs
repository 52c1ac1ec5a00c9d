//! Cycles, depth and bombs.

use brinery::{ErrorKind, Limits, Options, from_slice};
use serde::{Deserialize, de::IgnoredAny};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    collections::HashMap,
    time::{Duration, Instant},
};

#[derive(Deserialize, Debug)]
#[allow(dead_code)]
struct Nested(Vec<Nested>);

#[derive(Deserialize, Debug)]
#[allow(dead_code)]
struct Tree {
    child: Option<Box<Tree>>,
}

fn says<T: for<'g> Deserialize<'g> + std::fmt::Debug>(bytes: &[u8], wanted: &str) {
    assert_eq!(from_slice::<T>(bytes).unwrap_err().to_string(), wanted);
}

#[test]
fn cycles() {
    says::<Value>(b"]\x94h\0a.", "[0] at byte 0: the value contains itself");
    says::<Nested>(b"]\x94h\0a.", "[0] at byte 0: the value contains itself");
    says::<Value>(
        b"}\x94\x8c\x01a](K\x01h\0es.",
        ".a[1] at byte 0: the value contains itself",
    );
    // An instance whose attribute is itself.
    says::<Tree>(
        b"cm\nC\n)\x81\x94}\x8c\x05childh\0sb.",
        ".child at byte 6: the value contains itself",
    );
    // Through a tuple, and as its own argument.
    says::<Value>(b"]\x94h\0\x85a.", "[0][0] at byte 0: the value contains itself");
    says::<Value>(b"]\x94cm\nf\nh\0\x85Ra.", "[0] at byte 0: the value contains itself");
}

/// A stream that opens and closes levels.
fn nested(opens: &[u8], inside: &[u8], closes: &[u8], depth: usize) -> Vec<u8> {
    let mut bytes = opens.repeat(depth);
    bytes.extend_from_slice(inside);
    bytes.extend_from_slice(&closes.repeat(depth));
    bytes.push(b'.');
    bytes
}

fn too_deep<T: for<'g> Deserialize<'g> + std::fmt::Debug>(bytes: &[u8]) {
    let error = from_slice::<T>(bytes).unwrap_err();
    assert!(
        matches!(
            error.kind(),
            ErrorKind::Limit {
                name: "depth",
                limit: 128
            }
        ),
        "{error}"
    );
    // What nobody looks into may be as deep as it likes.
    from_slice::<IgnoredAny>(bytes).unwrap();
}

#[test]
fn depth() {
    const DEEP: usize = 1_000_000;
    let lists = nested(b"]", b"]", b"a", DEEP);
    too_deep::<Value>(&lists);
    too_deep::<Nested>(&lists);
    too_deep::<Value>(&nested(b"", b")", b"\x85", DEEP));
    too_deep::<Value>(&nested(b"}\x8c\x01a", b"N", b"s", DEEP));
    too_deep::<Tree>(&nested(b"}\x8c\x05child", b"N", b"s", DEEP));
    too_deep::<Tree>(&nested(b"cm\nC\n)\x81}\x8c\x05child", b"N", b"sb", DEEP));
    // One-tuples of None around None are what nested options are written as.
    too_deep::<Option<u8>>(&nested(b"", b"N", b"\x85", DEEP));
    too_deep::<Vec<Option<u8>>>(&nested(b"", b"N", b"\x85", DEEP));
    // Calls in calls, persistent objects in persistent objects.
    too_deep::<Value>(&nested(b"cm\nf\n", b"N", b"\x85R", DEEP));
    too_deep::<String>(&nested(b"cm\nf\n", b"\x8c\0", b"\x85R", DEEP));
    too_deep::<u8>(&nested(b"", b"K\x01", b"Q", DEEP));

    let bytes = nested(b"]", b"]", b"a", 127);
    from_slice::<Value>(&bytes).unwrap();
    let limits = Limits {
        depth: 127,
        ..Limits::default()
    };
    let error = Options::new().limits(limits).from_slice::<Value>(&bytes).unwrap_err();
    assert!(
        error.to_string().ends_with("the limit `depth` of 127 is reached"),
        "{error}"
    );
}

/// A few bytes that stand for 2⁴⁰ values, refused while that is still cheap.
fn bomb<T: for<'g> Deserialize<'g> + std::fmt::Debug>(bytes: &[u8]) {
    let start = Instant::now();
    let error = from_slice::<T>(bytes).unwrap_err();
    assert!(
        matches!(
            error.kind(),
            ErrorKind::Limit {
                name: "expansion",
                limit: 100
            }
        ),
        "{error}"
    );
    assert!(start.elapsed() < Duration::from_secs(20), "took {:?}", start.elapsed());
}

#[test]
fn bombs() {
    let doubled = [&b"K\x01"[..], &b"2\x86".repeat(40), b"."].concat();
    bomb::<Value>(&doubled);
    bomb::<Vec<Value>>(&doubled);
    let mut memo = b"\x80\x04]\x94".to_vec();
    for level in 0..40 {
        // [h, h], memoized as the next.
        memo.extend([b']', 0x94, b'(', b'h', level, b'h', level, b'e']);
    }
    memo.push(b'.');
    bomb::<Value>(&memo);
    bomb::<Nested>(&memo);
    bomb::<Vec<Nested>>(&memo);

    // A long text, and many references to it.
    let mut texts = b"](X\0\0\x10\0".to_vec();
    texts.extend(b"x".repeat(1 << 20));
    texts.push(0x94);
    texts.extend(b"h\0".repeat(100_000));
    texts.extend(b"e.");
    bomb::<Vec<String>>(&texts);
    bomb::<Vec<serde_bytes::ByteBuf>>(&texts);
    texts[2] = b'B';
    bomb::<Vec<Vec<u8>>>(&texts);

    // The same with a protocol's opcodes, as the direct lane reads them; and as keys.
    let long = |count: usize, before: &[u8], each: &[u8]| {
        let mut bytes = [b"\x80\x04](", before, b"X\0\0\x10\0"].concat();
        bytes.extend(b"x".repeat(1 << 20));
        bytes.push(0x94);
        if !before.is_empty() {
            bytes.extend(b"Ns");
        }
        bytes.extend(each.repeat(count));
        bytes.extend(b"e.");
        bytes
    };
    bomb::<Vec<String>>(&long(100_000, b"", b"h\0"));
    bomb::<Value>(&long(100_000, b"", b"h\0"));
    bomb::<Vec<BTreeMap<String, ()>>>(&long(50_000, b"}", b"}h\0Ns"));
    bomb::<Vec<Value>>(&long(50_000, b"}", b"}h\0Ns"));
    let few = long(10, b"", b"h\0");
    let borrowed: Vec<&str> = from_slice(&few).unwrap();
    assert_eq!(borrowed.len(), 11);

    // The long name of a class, and many instances and members of it.
    let mut named = b"cm\n".to_vec();
    named.extend(b"x".repeat(1 << 20));
    named.extend(b"\nq\x000](");
    let many = |each: &[u8]| [&named[..], &each.repeat(50_000), b"e."].concat();
    bomb::<Vec<brinery::Instance<()>>>(&many(b"h\0)\x81"));
    bomb::<Vec<brinery::types::EnumMember<u8>>>(&many(b"h\0K\x01\x85R"));

    // What is shared a little is no bomb: 1,000 references to a list of 1,000.
    let mut shared = b"](]\x94(".to_vec();
    shared.extend(b"K\x07".repeat(1000));
    shared.push(b'e');
    shared.extend(b"h\0".repeat(1000));
    shared.extend(b"e.");
    let read: Vec<Vec<u8>> = from_slice(&shared).unwrap();
    assert_eq!(read.iter().map(Vec::len).sum::<usize>(), 1_001_000);
    let limits = Limits {
        expansion: 0,
        ..Limits::default()
    };
    assert!(
        Options::new()
            .limits(limits)
            .from_slice::<Vec<Vec<u8>>>(&shared)
            .is_err()
    );
}

/// Attributes that are set over and over cost what they are.
#[test]
fn many_attributes() {
    let start = Instant::now();
    let mut bytes = b"cm\nC\n)\x81".to_vec();
    for half in 0..2 {
        bytes.extend(b"}(");
        for key in 0..100_000_u32 {
            bytes.extend(format!("V{key}\nK\x01").bytes());
        }
        bytes.extend(if half == 0 { &b"ub"[..] } else { b"ub." });
    }
    let read: HashMap<String, u8> = from_slice(&bytes).unwrap();
    assert_eq!(read.len(), 100_000);
    assert!(start.elapsed() < Duration::from_secs(20), "took {:?}", start.elapsed());
}
