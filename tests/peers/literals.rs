//! Numbers, strings and opcodes that are read wrong or not at all.

use super::{dumps, refused, shown, support};
use brinery::{DisOptions, Encoding, Graph, Info, Op, Ops, Options, dis};
use std::collections::BTreeSet;

/// pytorch-reader, pickleparser: -2**40 is 280375465082880, more than 8 bytes fail; repugnant: the sign of `i64::MIN`.
#[test]
fn long_ints_have_their_sign_and_any_size() {
    for expression in [
        "-2**40",
        "-2**63",
        "2**63",
        "-2**63 - 1",
        "-2**200 + 7",
        "2**64 - 1",
        "-128",
        "-129",
        "0",
    ] {
        let value = dumps(&format!("repr({expression})"), 4);
        let expected = Graph::from_slice(&value).unwrap().root().as_str().unwrap().to_owned();
        for protocol in 0..=5 {
            assert_eq!(shown(&dumps(expression, protocol)), expected);
        }
    }
    assert_eq!(shown(b"\x8a\x05\0\0\0\0\xff."), "-4294967296");
    assert_eq!(shown(b"\x8a\0."), "0");
}

/// serde-pickle: `I` with a number beyond 64 bits is an invalid literal.
#[test]
fn an_int_line_may_be_long() {
    assert_eq!(
        shown(b"I123456789012345678901234567890\n."),
        "123456789012345678901234567890"
    );
    assert_eq!(shown(b"I-9223372036854775809\n."), "-9223372036854775809");
}

/// repugnant: BINFLOAT is read little-endian, so every float is wrong.
#[test]
fn floats_are_big_endian() {
    assert_eq!(shown(b"G?\xf8\0\0\0\0\0\0."), "1.5");
    assert_eq!(
        shown(&dumps("[1e300, -0.0, float('inf'), 0.1]", 2)),
        "[1e+300, -0.0, inf, 0.1]"
    );
}

/// serde-pickle, pickled: `\'` is no escape there; pickler, candle: no STRING; pickleparser: escapes stay as they are.
#[test]
fn string_literals_of_python_2_have_all_escapes() {
    assert_eq!(
        shown(
            br#"S'it\'s "x"'
."#
        ),
        r#"'it\'s "x"'"#
    );
    assert_eq!(shown(b"S\"\\x41\\101\\n\\\\\\\"\\z\"\n."), r#"'AA\n\\"\\z'"#);
}

/// serde-pickle, pickled: a backslash before anything else is an error; pytorch-reader: surrogate pairs are.
#[test]
fn unicode_lines_are_raw_unicode_escape() {
    assert_eq!(shown(b"Va\\b\\u00e9\\\n."), "'a\\\\bé\\\\'");
    let graph = Graph::from_slice(b"V\\ud83d\\ude00 \\U0001f600 \xe9\n.").unwrap();
    // As in Python, two halves that were written apart stay apart.
    assert!(graph.root().as_str().is_none());
    assert_eq!(
        Graph::from_slice(b"V\\U0001f600\xe9\n.").unwrap().root().as_str(),
        Some("😀é")
    );
    for protocol in 0..=5 {
        assert_eq!(
            shown(&dumps("'a\\\\b\\n\\u00e9\\U0001f600'", protocol)),
            "'a\\\\b\\né😀'"
        );
    }
}

/// All refuse; repugnant stops there and says the pickle is done.
#[test]
fn lone_surrogates_are_text() {
    for protocol in 0..=5 {
        let bytes = dumps("'x\\udc80'", protocol);
        assert_eq!(shown(&bytes), "'x\\udc80'");
        assert_eq!(Graph::from_slice(&bytes).unwrap().to_vec().unwrap(), bytes);
    }
}

/// repugnant: whatever follows the first opcodes it understands is left out, and the result is good.
#[test]
fn a_bad_tail_is_an_error() {
    assert_eq!(
        refused(b"\x80\x02](K\x01\xffe."),
        "at byte 6: no opcode has the byte 0xff"
    );
    assert!(refused(b"\x80\x02](K\x01").contains("ends"));
}

/// gopickle: byte 0xff is an index out of bounds, which panics.
#[test]
fn every_byte_is_an_opcode_or_an_error() {
    for byte in 0..=255 {
        let stream = [byte, b'.'];
        let unknown = Graph::from_slice(&stream).is_err_and(|error| error.to_string().contains("no opcode has"));
        assert_eq!(Info::of(byte).is_none(), unknown);
    }
}

/// serde-pickle, pickled: bytes, or UTF-8 and nothing else.
#[test]
fn strings_of_python_2_are_decoded_as_asked() {
    let bytes = b"U\x04caf\xe9.";
    let read = |encoding| {
        Options::new()
            .encoding(encoding)
            .read(bytes)
            .map(|graph| graph.root().to_string())
    };
    assert_eq!(read(Encoding::Latin1).unwrap(), "'café'");
    assert_eq!(read(Encoding::Bytes).unwrap(), "b'caf\\xe9'");
    assert!(read(Encoding::Ascii).is_err() && read(Encoding::Utf8).is_err());
    assert_eq!(
        Options::new()
            .encoding(Encoding::Utf8)
            .read(b"U\x05caf\xc3\xa9.")
            .unwrap()
            .root()
            .as_str(),
        Some("café")
    );
}

/// serde-pickle and pickled lack 7 of 68 opcodes, pickler 22, candle 36, og-rek 15, fickling for years 4.
#[test]
fn all_68_opcodes_are_acted_on() {
    let mut seen = BTreeSet::new();
    for vector in support::vectors::all().iter().filter(|vector| !vector.refused()) {
        let buffers = vector.buffers();
        let read = vector
            .options()
            .read_with_buffers(&vector.bytes, buffers.iter().map(|buffer| &buffer[..]));
        read.unwrap_or_else(|error| panic!("{}: {error}", vector.name));
        seen.extend(Ops::new(&vector.bytes).map_while(|op| Some(op.ok()?.1.code())));
    }
    let missing: Vec<_> = Info::ALL
        .iter()
        .filter(|info| !seen.contains(&info.code))
        .map(|info| info.name)
        .collect();
    assert_eq!((seen.len(), missing), (68, vec![]));
}

/// fickling and modelaudit: one unknown opcode makes all before it invisible.
#[test]
fn what_comes_before_a_fault_can_be_seen() {
    let bytes = b"cos\nsystem\n(S'true'\ntR\xff";
    let ops: Vec<_> = Ops::new(bytes).collect();
    assert!(matches!(ops[0], Ok((0, Op::Global((b"os", b"system"))))) && ops.last().unwrap().is_err());
    let mut text = Vec::new();
    assert!(dis(bytes, &mut text, &DisOptions::default()).is_err());
    assert!(String::from_utf8_lossy(&text).contains("GLOBAL     'os system'"));
}

/// serde-pickle: errors print the whole stack value; pickler: no offset; repugnant: whole verbose parse trees.
#[test]
fn errors_name_the_opcode_and_the_byte_and_are_short() {
    let long = [&b"](X\xa0\x86\x01\0"[..], &vec![b'x'; 100_000], b"e}s."].concat();
    let error = Graph::from_slice(&long).unwrap_err();
    assert_eq!(error.offset(), Some(100_009));
    assert_eq!(error.opcode().map(|info| info.name), Some("SETITEM"));
    assert!(error.to_string().len() < 100, "{error}");
}
