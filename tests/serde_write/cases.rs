//! Values of all kinds, compared with every CPython in every protocol.

use super::{classes::classes_of_all_shapes, oracle::Cases, values::*};
use brinery::EnumShape;
use std::{collections::BTreeMap, rc::Rc};

fn plain(cases: &mut Cases) {
    cases.add("none", None::<u8>, "None");
    cases.add("unit", (), "None");
    cases.add("unit struct", Unit, "None");
    cases.add("bools", (true, false), "(True, False)");
    let ints = [
        0,
        1,
        -1,
        127,
        -128,
        255,
        256,
        65535,
        65536,
        i64::from(i32::MAX),
        i64::from(i32::MIN),
    ];
    cases.add("ints", ints.to_vec(), format!("{ints:?}"));
    let longs = [1i64 << 31, -(1 << 31) - 1, i64::MAX, i64::MIN, 1 << 39, -(1 << 39)];
    cases.add("longs", longs.to_vec(), format!("{longs:?}"));
    cases.add(
        "i8 to u64",
        (-1i8, 1u8, -300i16, 300u16, -70000i32, 3_000_000_000u32, u64::MAX),
        "(-1, 1, -300, 300, -70000, 3000000000, 2**64 - 1)",
    );
    cases.add(
        "128 bits",
        (i128::MIN, i128::MAX, u128::MAX, 5i128, 1u128 << 63),
        "(-2**127, 2**127 - 1, 2**128 - 1, 5, 2**63)",
    );
    cases.add(
        "big",
        Named("$brinery::int", format!("1{}", "0".repeat(700))),
        "10**700",
    );
    cases.add("big and small", Named("$brinery::int", "-12".to_owned()), "-12");
    cases.add(
        "floats",
        [
            0.0,
            -0.0,
            1.5,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::NAN,
            1e300,
            2f64.powi(-25),
        ],
        "(0.0, -0.0, 1.5, float('inf'), -float('inf'), float('nan'), 1e300, 2.0**-25)",
    );
    cases.add("f32", 0.1f32, "0.10000000149011612");
    for len in [0, 1, 2, 3, 255, 256, 65_535, 65_536, 70_000] {
        cases.add(format!("str {len}"), "a".repeat(len), format!("F('a' * {len})"));
        cases.add(format!("wide str {len}"), "ä".repeat(len), format!("F('ä' * {len})"));
        cases.add(
            format!("bytes {len}"),
            Bytes(vec![200; len]),
            format!("F(b'\\xc8' * {len})"),
        );
        cases.add(
            format!("bytearray {len}"),
            Named("$brinery::bytearray", Bytes(vec![200; len])),
            format!("bytearray(b'\\xc8' * {len})"),
        );
    }
    let texts = [
        "",
        "a",
        "ä",
        "ab",
        "",
        "a",
        "ä",
        "ab",
        "\u{1f600}",
        "\\\n\0\r\x1a",
        "日本",
    ]
    .map(str::to_owned);
    cases.add("single strs", texts.to_vec(),
        "['', F('a'), F('ä'), F('ab'), '', F('a'), F('ä'), F('ab'), F('\\U0001f600'), F('\\\\\\n\\0\\r\\x1a'), F('日本')]");
    cases
        .add(
            "single bytes",
            [
                b"".to_vec(),
                b"a".into(),
                b"".into(),
                b"a".into(),
                b"ab".into(),
                b"ab".into(),
            ]
            .map(Bytes),
            "(b'', F(b'a'), b'', F(b'a'), F(b'ab'), F(b'ab'))",
        )
        .since(13);
    cases.add("chars", ('x', 'ß', '€'), "(F('x'), F('ß'), F('€'))");
    cases.add("newtype", Meters(2.5), "2.5");
    cases.add("tuple struct", Pair(1, "two".into()), "(1, F('two'))");
}

#[test]
fn plain_values() {
    let mut cases = Cases::default();
    plain(&mut cases);
    cases.compare(false);
    cases.loads(|options| options);
}

#[test]
fn tuples() {
    let mut cases = Cases::default();
    cases.add("1", (1,), "(1,)");
    cases.add("2", (1, 2), "(1, 2)");
    cases.add("3", (1, 2, 3), "(1, 2, 3)");
    cases.add("4", (1, 2, 3, 4), "(1, 2, 3, 4)");
    cases.add("0", [0; 0], "()");
    cases.add("array", [7; 5], "(7, 7, 7, 7, 7)");
    cases.add("nested", ((1,), ((2, 3), [4u8; 0])), "((1,), ((2, 3), ()))");
    for len in [0, 1, 2, 3, 4, 10] {
        cases.add(
            format!("of a list of {len}"),
            Named("$brinery::tuple", vec![1u8; len]),
            format!("(1,) * {len}"),
        );
    }
    cases.add("list of a tuple", Named("$brinery::list", (1, 2)), "[1, 2]");
    cases.compare(false);
    cases.loads(|options| options);
}

#[test]
fn records() {
    let mut cases = Cases::default();
    let grandchild = record(3, Some(record(6, Some(record(1, None)))));
    let inner = record_expression(1, None);
    let middle = record_expression(6, Some(&inner));
    cases.add("nested", grandchild, record_expression(3, Some(&middle)));
    // As one program would make them: the keys are literals.
    let many: Vec<_> = (0..300).map(|id| record(id, None)).collect();
    let each = record_expression(0, None)
        .replace("'id': 0", "'id': i")
        .replace("'name 0'", "'name %d' % i")
        .replace("[]", "['tag %d %d' % (i, t) for t in range(i % 4)]")
        .replace("0 / 4.0", "i / 4.0")
        .replace("True", "i % 2 == 0");
    cases.add("many", many, format!("[{each} for i in range(300)]"));
    // More than 255 objects before the same name comes again.
    cases.add(
        "far names",
        (
            (0..300).map(|i| format!("text {i}")).collect::<Vec<_>>(),
            Unit,
            record(1, None),
            record(2, None),
        ),
        format!(
            "(['text %d' % i for i in range(300)], None, {}, {})",
            record_expression(1, None),
            record_expression(2, None)
        ),
    );
    cases.add(
        "flatten",
        Flat {
            id: 1,
            rest: BTreeMap::from([("one".into(), 1), ("two".into(), 2)]),
        },
        "{'id': 1, F('one'): 1, F('two'): 2}",
    );
    cases.add(
        "flatten nothing",
        Flat {
            id: 1,
            rest: BTreeMap::new(),
        },
        "{'id': 1}",
    );
    cases.compare(false);
    cases.loads(|options| options);
}

#[test]
fn enums() {
    let mut cases = Cases::default();
    let all = vec![
        Shape::Empty,
        Shape::Side(1),
        Shape::Rect(2, 300),
        Shape::Circle { x: 0.5, y: 1.0 },
        Shape::Empty,
        Shape::Side(2),
    ];
    cases.add(
        "map",
        all.clone(),
        "['Empty', {'Side': 1}, {'Rect': [2, 300]}, {'Circle': {'x': 0.5, 'y': 1.0}}, 'Empty', {'Side': 2}]",
    );
    cases.with(
        "tuple",
        all,
        "[tuple(['Empty']), ('Side', 1), ('Rect', [2, 300]), ('Circle', {'x': 0.5, 'y': 1.0}), tuple(['Empty']), ('Side', 2)]",
        |options| options.enums(EnumShape::Tuple),
    );
    cases.compare(false);
    cases.loads(|options| options);
}

#[test]
fn options_that_would_be_none() {
    let mut cases = Cases::default();
    cases.add("some", Some(1), "1");
    cases.add("some some", Some(Some(1)), "1");
    cases.add("some none", Some(None::<u8>), "(None,)");
    cases.add("some some none", Some(Some(None::<u8>)), "((None,),)");
    cases.add(
        "some unit",
        vec![Some(()), None, Some(())],
        "[tuple([None]), None, tuple([None])]",
    );
    cases.add("some tuple of none", Some((None::<u8>,)), "((None,),)");
    cases.add("some tuple of two", Some((None::<u8>, 1)), "(None, 1)");
    cases.add("some list of none", Some(vec![None::<u8>]), "[None]");
    cases.add(
        "tuple of some list of none",
        (Some(vec![None::<u8>]), Some(Some(())), 5),
        "([None], ((None,),), 5)",
    );
    cases.add(
        "none after some",
        (Some(1), None::<u8>, Some(None::<u8>)),
        "(1, None, (None,))",
    );
    let shared = Rc::new(Some(None::<u8>));
    cases.add("shared chain", ShareChain(shared), "(lambda x: (x, (x,)))((None,))");
    cases.compare(false);
    cases.loads(|options| options);
}

/// A value twice, once inside `Some`.
struct ShareChain(Rc<Option<Option<u8>>>);

impl serde::Serialize for ShareChain {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (Share(&*self.0), Some(Share(&*self.0))).serialize(serializer)
    }
}

/// A value that is written once.
struct Share<'a, T>(&'a T);

impl<T: serde::Serialize> serde::Serialize for Share<'_, T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct("$brinery::shared", self.0)
    }
}

/// Everything shared with everything.
struct SharedAll(Vec<u8>, String, (u8, String), Order, [(); 0], u64);

impl serde::Serialize for SharedAll {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let SharedAll(list, text, tuple, order, nothing, int) = self;
        let all = (
            Share(list),
            Share(text),
            Share(tuple),
            Share(order),
            Share(nothing),
            Share(int),
        );
        vec![(&all, 1), (&all, 2)].serialize(serializer)
    }
}

#[test]
fn shared_values() {
    let mut cases = Cases::default();
    let order = Order {
        id: 7,
        note: "a note".into(),
    };
    let all = SharedAll(vec![1, 2], "text".into(), (1, "two".into()), order, [], 5);
    cases.add("all", all,
        "(lambda l, s, t, o: [((l, s, t, o, (), 5), 1), ((l, s, t, o, (), 5), 2)])([1, 2], F('text'), (1, F('two')), make(Order, id=7, note=F('a note')))");
    cases.compare(false);
    cases.loads(|options| options);
}

#[test]
fn batches() {
    let mut cases = Cases::default();
    for len in [0, 1, 2, 999, 1000, 1001, 1002, 2000, 2001] {
        let items: Vec<u32> = (0..len).collect();
        let entries: BTreeMap<u32, bool> = items.iter().map(|item| (*item, true)).collect();
        cases.add(format!("list {len}"), items.clone(), format!("list(range({len}))"));
        cases.add(
            format!("dict {len}"),
            entries.clone(),
            format!("dict.fromkeys(range({len}), True)"),
        );
        cases.add(
            format!("set {len}"),
            Named("$brinery::set", items.clone()),
            format!("set(range({len}))"),
        );
        cases.add(
            format!("frozenset {len}"),
            Named("$brinery::frozenset", items.clone()),
            format!("frozenset(range({len}))"),
        );
        cases.add(
            format!("deque {len}"),
            Call(
                "$brinery::object",
                "collections:deque",
                [0; 0],
                Some(Named("$brinery::append", items.clone())),
            ),
            format!("collections.deque(range({len}))"),
        );
        cases.add(
            format!("ordered dict {len}"),
            Call(
                "$brinery::object",
                "collections:OrderedDict",
                (),
                Some(Named("$brinery::items", entries)),
            ),
            format!("collections.OrderedDict.fromkeys(range({len}), True)"),
        );
    }
    cases.compare(false);
    cases.loads(|options| options);
}

#[test]
fn frames() {
    let mut cases = Cases::default();
    let texts: Vec<String> = (0..4000).map(|i| format!("{i:>50}")).collect();
    cases.add("many texts", texts, "['%50d' % i for i in range(4000)]");
    let records: Vec<_> = (0..3000)
        .map(|id| (id, Some(None::<u8>), format!("text {id}")))
        .collect();
    cases.add(
        "many records",
        records,
        "[(i, tuple([None]), 'text %d' % i) for i in range(3000)]",
    );
    for size in [65_000, 65_500, 65_530, 65_535, 65_536, 70_000] {
        let parts = (vec![1u8], "x".repeat(size), "y".repeat(10), Bytes(vec![1; size]), 5);
        cases.add(
            format!("large {size}"),
            parts,
            format!("([1], F('x' * {size}), F('y' * 10), F(b'\\1' * {size}), 5)"),
        );
    }
    cases.compare(false);
}

#[test]
fn without_a_memo() {
    let mut cases = Cases::default();
    plain(&mut cases);
    classes_of_all_shapes(&mut cases);
    let many: Vec<_> = (0..30).map(|id| record(id, None)).collect();
    let all: Vec<_> = (0..30).map(|id| record_expression(id, None)).collect();
    cases.add("records", many, format!("[{}]", all.join(", ")));
    cases.compare(true);
    cases.loads(|options| options.fast(true));
}

#[test]
fn well_known_types() {
    let mut cases = Cases::default();
    let text = |token, text: &str| Named(token, text.to_owned());
    let utc = || text("$brinery::datetime", "2026-11-21T10:00:00Z");
    cases.add(
        "dates",
        (
            text("$brinery::date", "2026-11-21"),
            text("$brinery::date", "1999-01-02"),
        ),
        "(datetime.date(2026, 11, 21), datetime.date(1999, 1, 2))",
    );
    cases.add(
        "datetimes",
        (utc(), utc()),
        "(lambda f: (f(), f()))(lambda: datetime.datetime(2026, 11, 21, 10, tzinfo=datetime.timezone.utc))",
    );
    cases.add(
        "decimals",
        (text("$brinery::decimal", "0.10"), text("$brinery::decimal", "0.10")),
        "(decimal.Decimal('0.10'), decimal.Decimal('0.10'))",
    );
    cases.add(
        "uuids",
        (
            text("$brinery::uuid", "12345678-1234-5678-1234-567812345678"),
            text("$brinery::uuid", "12345678-1234-5678-1234-567812345679"),
        ),
        "(uuid.UUID('12345678-1234-5678-1234-567812345678'), uuid.UUID('12345678-1234-5678-1234-567812345679'))",
    );
    let zone = |key| text("$brinery::timezone", key);
    cases
        .add(
            "zones",
            (zone("Europe/Paris"), zone("Asia/Tokyo"), zone("Europe/Paris")),
            "(lambda z: (z('Europe/Paris'), z('Asia/Tokyo'), z('Europe/Paris')))(__import__('zoneinfo').ZoneInfo)",
        )
        .since(9);
    cases.compare(false);
    cases.loads(|options| options);
}
