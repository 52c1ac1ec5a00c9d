//! Rust types.

use super::dumps;
use brinery::{Options, from_slice};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// serde-pickle, pickled: "integer too large".
#[test]
fn ints_of_64_and_128_bits_are_read() {
    for protocol in 0..=5 {
        assert_eq!(from_slice::<u64>(&dumps("2**64 - 1", protocol)).unwrap(), u64::MAX);
        assert_eq!(from_slice::<i128>(&dumps("-2**127", protocol)).unwrap(), i128::MIN);
        assert_eq!(from_slice::<u128>(&dumps("2**128 - 1", protocol)).unwrap(), u128::MAX);
        assert!(from_slice::<u64>(&dumps("2**64", protocol)).is_err());
        assert!(from_slice::<u8>(&dumps("-1", protocol)).is_err());
    }
}

/// serde-pickle, pickled: never.
#[test]
fn text_and_bytes_are_borrowed() {
    let bytes = dumps("{'name': 'a lamp', 'raw': b'some bytes'}", 4);
    let map: HashMap<&str, serde_bytes_or_text::Either> = from_slice(&bytes).unwrap();
    let within = |part: &[u8]| bytes.as_ptr_range().contains(&part.as_ptr());
    assert!(map.values().all(|either| within(either.0)));
    assert_eq!((map["name"].0, map["raw"].0), (&b"a lamp"[..], &b"some bytes"[..]));
}

/// Text or bytes, borrowed.
mod serde_bytes_or_text {
    use serde::de::{Deserialize, Deserializer, Visitor};

    pub struct Either<'de>(pub &'de [u8]);

    impl<'de> Deserialize<'de> for Either<'de> {
        fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
            struct Look;
            impl<'de> Visitor<'de> for Look {
                type Value = Either<'de>;
                fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str("text or bytes that can be borrowed")
                }
                fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Either<'de>, E> {
                    Ok(Either(text.as_bytes()))
                }
                fn visit_borrowed_bytes<E>(self, bytes: &'de [u8]) -> Result<Either<'de>, E> {
                    Ok(Either(bytes))
                }
            }
            from.deserialize_any(Look)
        }
    }
}

/// serde-pickle: "invalid type: byte array, expected a sequence".
#[test]
fn a_vec_of_u8_is_read_from_bytes_and_from_lists() {
    for expression in ["b'ab'", "bytearray(b'ab')", "[97, 98]", "(97, 98)"] {
        for protocol in 0..=5 {
            assert_eq!(from_slice::<Vec<u8>>(&dumps(expression, protocol)).unwrap(), b"ab");
        }
    }
}

/// serde-pickle: fails.
#[test]
fn an_empty_tuple_is_unit() {
    from_slice::<()>(&dumps("()", 4)).unwrap();
    from_slice::<()>(&dumps("None", 4)).unwrap();
}

#[derive(Debug, PartialEq, Deserialize)]
struct Order {
    id: u32,
    lines: Vec<String>,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Point {
    x: i32,
    y: Option<String>,
}

/// serde-pickle: a namedtuple is an empty map, a frozen dataclass as a key is an error.
#[test]
fn instances_are_structs() {
    let order = Order {
        id: 7,
        lines: vec!["a".into()],
    };
    for protocol in 0..=5 {
        assert_eq!(from_slice::<Order>(&dumps("Order(7, ['a'])", protocol)).unwrap(), order);
        assert_eq!(
            from_slice::<Order>(&dumps("Plain(id=7, lines=['a'], more=None)", protocol)).unwrap(),
            order
        );
    }
    for protocol in 2..=5 {
        let point: Point = from_slice(&dumps("Point(1, 'y')", protocol)).unwrap();
        assert_eq!(
            point,
            Point {
                x: 1,
                y: Some("y".into())
            }
        );
    }
}

/// serde-pickle: the second and third are an error ("recursive"), or `{}`.
#[test]
fn shared_instances_are_read_each_time() {
    let orders: Vec<Order> = from_slice(&dumps("[Order(7, [])] * 3", 4)).unwrap();
    assert!(orders.len() == 3 && orders.iter().all(|order| order.id == 7));
    let maps: Vec<BTreeMap<String, i32>> = from_slice(&dumps("[{'k': 1}] * 2", 2)).unwrap();
    assert_eq!(maps[0], maps[1]);
}

/// pickled: overflows the stack on any cycle; serde-pickle: an error without a place.
#[test]
fn a_cycle_is_an_error_with_its_path() {
    #[derive(Debug, Deserialize)]
    struct Node {
        #[allow(dead_code)]
        children: Vec<Node>,
    }
    let bytes = dumps("(lambda n: (n.children.append(n), n)[1])(Plain(children=[]))", 4);
    let error = from_slice::<Node>(&bytes).unwrap_err();
    assert_eq!(error.path(), Some(".children[0]"), "{error}");
    assert!(from_slice::<serde_json::Value>(b"]q\0h\0a.").is_err());
}

/// serde-pickle: OrderedDict, defaultdict, deque and Counter fail; pickled: deque and OrderedDict.
#[test]
fn containers_of_collections_are_containers() {
    type Map = BTreeMap<String, i32>;
    let wanted = Map::from([("a".into(), 1), ("b".into(), 2)]);
    for protocol in 2..=5 {
        assert_eq!(
            from_slice::<Map>(&dumps("collections.OrderedDict(a=1, b=2)", protocol)).unwrap(),
            wanted
        );
        assert_eq!(
            from_slice::<Map>(&dumps("collections.defaultdict(int, a=1, b=2)", protocol)).unwrap(),
            wanted
        );
        assert_eq!(from_slice::<Map>(&dumps("Box(a=1, b=2)", protocol)).unwrap(), wanted);
        assert_eq!(
            from_slice::<Vec<u8>>(&dumps("collections.deque([1, 2])", protocol)).unwrap(),
            [1, 2]
        );
        assert_eq!(from_slice::<Vec<u8>>(&dumps("Bag([1, 2])", protocol)).unwrap(), [1, 2]);
    }
}

/// pytorch-reader: keys are strings.
#[test]
fn keys_are_of_any_type() {
    let bytes = dumps("{(1, 'a'): {2.5: None}, (2, 'b'): {}}", 4);
    let map: HashMap<(u8, char), HashMap<String, ()>> = Options::new().from_slice(&dumps("{}", 4)).unwrap();
    assert!(map.is_empty());
    let map: BTreeMap<(u8, char), Vec<(u8, u8)>> = from_slice(&dumps("{(1, 'a'): [(1, 2)], (2, 'b'): []}", 4)).unwrap();
    assert_eq!(map[&(1, 'a')], [(1, 2)]);
    assert!(from_slice::<HashMap<u8, ()>>(&bytes).is_err());
    let set: BTreeSet<(i32, i32)> = from_slice(&dumps("frozenset([(1, 2), (3, 4)])", 3)).unwrap();
    assert_eq!(set.len(), 2);
}

#[derive(Debug, PartialEq, Deserialize)]
enum Shape {
    Point,
    Circle(f64),
    Line(i32, i32),
    Label { text: String },
}

/// serde-pickle: its tuples cannot be written by others, and a Python 2 string is no variant.
#[test]
fn enums_are_read_in_both_shapes() {
    let expression = "['Point', {'Circle': 0.5}, {'Line': [1, 2]}, {'Label': {'text': 't'}}, ('Point',), \
        ('Circle', 0.5), ('Line', [1, 2]), ('Label', {'text': 't'})]";
    let all: Vec<Shape> = from_slice(&dumps(expression, 4)).unwrap();
    let (named, tuples) = all.split_at(4);
    assert_eq!(named, tuples);
    assert_eq!(named[1..3], [Shape::Circle(0.5), Shape::Line(1, 2)]);
    assert_eq!(from_slice::<Shape>(b"U\x05Point.").unwrap(), Shape::Point);
}

/// serde-pickle: a dict that is in the data twice makes untagged and flattened types fail.
#[test]
fn buffered_types_see_shared_values() {
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(untagged)]
    enum Loose {
        Number(i64),
        Many(Vec<Loose>),
        Map(BTreeMap<String, i64>),
    }
    let loose: Loose = from_slice(&dumps("(lambda d: [d, [d], 3])({'k': 1})", 4)).unwrap();
    let map = || Loose::Map(BTreeMap::from([("k".into(), 1)]));
    assert_eq!(
        loose,
        Loose::Many(vec![map(), Loose::Many(vec![map()]), Loose::Number(3)])
    );
}

/// serde-pickle: nothing says where.
#[test]
fn errors_of_types_have_a_path_and_a_byte() {
    let bytes = dumps("[Order(1, []), Order(2, ['a', 3])]", 4);
    let error = from_slice::<Vec<Order>>(&bytes).unwrap_err();
    assert_eq!(error.path(), Some("[1].lines[1]"));
    let at = error.offset().expect("a byte") as usize;
    assert_eq!(bytes[at..at + 2], *b"K\x03");
}

/// candle, pytorch-reader, serde-pickle: 2**40 values of 40 objects.
#[test]
fn doubling_40_times_is_an_error_by_serde() {
    let mut bytes = b"]q\0".to_vec();
    for _ in 0..40 {
        bytes.extend_from_slice(b"0](h\0h\0eq\0");
    }
    bytes.push(b'.');
    assert!(from_slice::<serde_json::Value>(&bytes).is_err());
    assert!(brinery::compat::value_from_slice(&bytes, Default::default()).is_err());
    assert!(brinery::compat::from_slice::<serde_json::Value>(&bytes, Default::default()).is_err());
}

/// What is written by serde, and read again.
fn through<T: serde::Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug>(value: T) {
    for protocol in 0..=5 {
        let bytes = Options::new().protocol(protocol).to_vec(&value).unwrap();
        assert_eq!(from_slice::<T>(&bytes).unwrap(), value, "protocol {protocol}");
    }
}

/// serde-pickle, pickled: `u64` above the middle is written and not read, `i128` and `u128` are not written.
#[test]
fn wide_ints_go_both_ways() {
    through((u64::MAX, i64::MIN, i128::MIN, u128::MAX, u128::from(u64::MAX)));
}

/// serde-pickle, pickled: `Some(None)` and `Some(())` become `None`.
#[test]
fn options_of_options_keep_apart() {
    through(vec![None, Some(None), Some(Some(1))]);
    through((Some(()), None::<()>, Some(Some(())), Some(Some(Some(2)))));
}

/// serde-pickle, pickled: pickles of serde values have no memo; CPython's are half as long.
#[test]
fn names_of_fields_are_written_once() {
    #[derive(serde::Serialize)]
    struct Row {
        a_field_with_a_long_name: u8,
    }
    let rows: Vec<Row> = (0..100)
        .map(|n| Row {
            a_field_with_a_long_name: n,
        })
        .collect();
    for protocol in 0..=5 {
        let bytes = Options::new().protocol(protocol).to_vec(&rows).unwrap();
        let name = b"a_field_with_a_long_name";
        assert_eq!(bytes.windows(name.len()).filter(|window| window == name).count(), 1);
    }
}

/// serde-pickle: one shape by option, the other is what its documentation describes.
#[test]
fn enums_are_written_in_both_shapes() {
    let options = |shape| Options::new().protocol(2).enums(shape);
    let written = |shape| options(shape).to_graph(&Ok::<i32, ()>(1)).unwrap().root().to_string();
    assert_eq!(written(brinery::EnumShape::Map), "{'Ok': 1}");
    assert_eq!(written(brinery::EnumShape::Tuple), "('Ok', 1)");
}
