//! The derive macro: generics, lifetimes, serde's attributes, and other formats than pickle.

use brinery::{Instance, PyClass};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::json;
use std::{borrow::Cow, collections::BTreeMap, fmt::Debug, marker::PhantomData};

/// Through JSON, which must look as serde's own derive would make it, and through a pickle.
fn there_and_back<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: T, wanted: serde_json::Value) {
    let json = serde_json::to_value(&value).unwrap();
    assert_eq!(json, wanted);
    assert_eq!(serde_json::from_value::<T>(json).unwrap(), value);
    let bytes = rmp_serde::to_vec(&value).unwrap();
    assert_eq!(rmp_serde::from_slice::<T>(&bytes).unwrap(), value);
    for protocol in 0..=5 {
        let bytes = brinery::Options::new().protocol(protocol).to_vec(&value).unwrap();
        assert_eq!(brinery::from_slice::<T>(&bytes).unwrap(), value, "protocol {protocol}");
    }
}

trait Kind {
    type Id;
}

#[derive(Debug, PartialEq)]
struct Numbered;

impl Kind for Numbered {
    type Id = u32;
}

#[derive(PyClass, Debug, PartialEq)]
#[pickle(module = "m")]
struct Wide<T, K: Kind, U, const N: usize>
where
    U: Debug,
{
    items: Vec<T>,
    id: K::Id,
    #[serde(skip)]
    skipped: U,
    #[serde(default)]
    more: Option<Box<Self>>,
    mark: PhantomData<U>,
}

#[test]
fn generics() {
    let inner = Wide::<u8, Numbered, String, 3> {
        items: vec![1],
        id: 2,
        skipped: String::new(),
        more: None,
        mark: PhantomData,
    };
    let outer = Wide {
        items: vec![],
        id: 3,
        skipped: String::new(),
        more: Some(Box::new(inner)),
        mark: PhantomData,
    };
    let inner = json!({"items": [1], "id": 2, "more": null, "mark": null});
    there_and_back(outer, json!({"items": [], "id": 3, "more": inner, "mark": null}));
}

#[derive(PyClass, Debug, PartialEq)]
#[pickle(module = "m")]
struct Borrowing<'a, 'b> {
    text: &'a str,
    maybe: Option<&'a str>,
    owned: Cow<'b, str>,
    #[serde(borrow)]
    borrowed: Cow<'a, str>,
}

#[test]
fn lifetimes() {
    let value = Borrowing {
        text: "text",
        maybe: Some("maybe"),
        owned: "owned".into(),
        borrowed: "borrowed".into(),
    };
    let bytes = brinery::to_vec(&value).unwrap();
    let read: Borrowing<'_, 'static> = brinery::from_slice(&bytes).unwrap();
    assert_eq!(read, value);
    assert!(matches!(read.borrowed, Cow::Borrowed(_)));
    assert!(bytes.as_ptr_range().contains(&read.text.as_ptr()));

    #[derive(PyClass, Debug, PartialEq)]
    #[pickle(module = "m")]
    struct Owning<'a>(Cow<'a, str>, u8);
    there_and_back(Owning("a".into(), 1), json!(["a", 1]));
}

fn seven() -> u8 {
    7
}

mod doubled {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer>(value: &u8, serializer: S) -> Result<S::Ok, S::Error> {
        (value * 2).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
        u8::deserialize(deserializer).map(|value| value / 2)
    }
}

#[derive(PyClass, Debug, PartialEq, Default)]
#[pickle(module = "m")]
#[serde(rename_all = "camelCase", default)]
struct Attributes {
    first_name: String,
    #[serde(rename = "class", alias = "kind")]
    class_name: String,
    #[serde(default = "seven")]
    number: u8,
    #[serde(with = "doubled")]
    doubled: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    absent: Option<u8>,
    #[serde(flatten)]
    rest: BTreeMap<String, i64>,
}

#[test]
fn serde_attributes_of_fields() {
    let value = Attributes {
        first_name: "Ann".into(),
        class_name: "c".into(),
        number: 1,
        doubled: 4,
        absent: None,
        rest: BTreeMap::from([("zip".into(), 12345)]),
    };
    let json = serde_json::to_value(&value).unwrap();
    assert_eq!(
        json,
        json!({"firstName": "Ann", "class": "c", "number": 1, "doubled": 8, "zip": 12345})
    );
    assert_eq!(serde_json::from_value::<Attributes>(json).unwrap(), value);
    let bytes = brinery::to_vec(&value).unwrap();
    assert_eq!(
        brinery::Graph::from_slice(&bytes).unwrap().root().to_string(),
        "m.Attributes() | {'firstName': 'Ann', 'class': 'c', 'number': 1, 'doubled': 8, 'zip': 12345}"
    );
    assert_eq!(brinery::from_slice::<Attributes>(&bytes).unwrap(), value);
    let read: Attributes = serde_json::from_value(json!({"kind": "k"})).unwrap();
    assert_eq!((&*read.class_name, read.number), ("k", 7));
}

#[derive(PyClass, Debug, PartialEq)]
#[pickle(module = "m", name = "Shapes")]
#[serde(rename_all = "UPPERCASE")]
enum Shape<T> {
    Circle {
        radius: T,
    },
    #[pickle(name = "Sq")]
    Square(T),
    Pair(T, T),
    Nothing,
}

#[test]
fn variants_are_classes() {
    there_and_back(Shape::Circle { radius: 1 }, json!({"CIRCLE": {"radius": 1}}));
    there_and_back(Shape::Square(2), json!({"Sq": 2}));
    there_and_back(Shape::Pair("a".to_owned(), "b".to_owned()), json!({"PAIR": ["a", "b"]}));
    there_and_back(Shape::<u8>::Nothing, json!("NOTHING"));
    let shapes = [
        Shape::Circle { radius: 1 },
        Shape::Square(2),
        Shape::Pair(3, 4),
        Shape::Nothing,
    ];
    let bytes = brinery::to_vec(&shapes).unwrap();
    assert_eq!(
        brinery::Graph::from_slice(&bytes).unwrap().root().to_string(),
        "(m.Shapes.CIRCLE() | {'radius': 1}, m.Shapes.Sq(2), m.Shapes.PAIR(3, 4), m.Shapes.NOTHING())"
    );
}

const SHIFT: isize = 4;

#[derive(PyClass, Debug, PartialEq, Clone, Copy)]
#[pickle(module = "m")]
enum Level {
    Low,
    Middle,
    High = 1 << SHIFT,
    VeryHigh,
    #[pickle(name = "top", value = 99)]
    Highest,
}

#[derive(PyClass, Debug, PartialEq, Clone, Copy)]
#[pickle(module = "m")]
enum Mixed {
    #[pickle(value = "a")]
    A,
    #[pickle(value = -1)]
    B,
}

#[test]
fn members() {
    let levels = [Level::Low, Level::Middle, Level::High, Level::VeryHigh, Level::Highest];
    there_and_back(levels, json!([1, 2, 16, 17, 99]));
    assert_eq!(serde_json::to_value([Mixed::A, Mixed::B]).unwrap(), json!(["a", -1]));
    let read = |text: &str| serde_json::from_str::<Level>(text).map_err(|error| error.to_string());
    assert_eq!(read("\"Low\""), Ok(Level::Low));
    assert_eq!(read("\"VERY_HIGH\""), Ok(Level::VeryHigh));
    assert_eq!(read("\"top\""), Ok(Level::Highest));
    assert_eq!(
        read("3").unwrap_err(),
        "invalid value: integer `3`, expected a member of m.Level: 1, 2, 16, 17, 99 at line 1 column 1"
    );
    assert!(read("\"Highest\"").is_err());
}

/// Members as Python writes them by name: `getattr`, as 3.11 does for some, and an import, as those of `signal`.
#[test]
fn members_by_name() {
    let getattr = b"cbuiltins\ngetattr\n(cm\nLevel\nS'VERY_HIGH'\ntR.";
    assert_eq!(brinery::from_slice::<Level>(getattr).unwrap(), Level::VeryHigh);
    assert_eq!(brinery::from_slice::<Level>(b"cm\nLow\n.").unwrap(), Level::Low);
    assert_eq!(brinery::from_slice::<Level>(b"K\x02.").unwrap(), Level::Middle);
    assert_eq!(brinery::from_slice::<Mixed>(b"\x8c\x01a.").unwrap(), Mixed::A);
    let error = brinery::from_slice::<Vec<Level>>(b"](cm\nLevel\n(K\x05tRe.").unwrap_err();
    assert!(error.to_string().contains("expected a member of m.Level"), "{error}");
}

#[derive(PyClass, Debug, PartialEq)]
#[pickle(module = "m")]
#[serde(bound(serialize = "T: AsRef<str>", deserialize = "T: From<String>"))]
struct Bounded<T> {
    #[serde(serialize_with = "write_text", deserialize_with = "read_text")]
    text: T,
}

fn write_text<T: AsRef<str>, S: serde::Serializer>(text: &T, serializer: S) -> Result<S::Ok, S::Error> {
    text.as_ref().serialize(serializer)
}

fn read_text<'de, T: From<String>, D: serde::Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    String::deserialize(deserializer).map(T::from)
}

#[test]
fn bounds_of_ones_own() {
    there_and_back(Bounded { text: "a".to_owned() }, json!({"text": "a"}));
}

#[test]
fn instances_in_other_formats() {
    let state = BTreeMap::from([("a".to_owned(), 1)]);
    there_and_back(Instance::new("m:A", state.clone()), json!(["m:A", [], {"a": 1}]));
    there_and_back(Instance::new("m:A", ()).args((1, 2)), json!(["m:A", [1, 2]]));
    there_and_back(Instance::new("m:A", ()).kwargs(state), json!(["m:A", [], {"a": 1}]));
    there_and_back(Instance::new("m:A", ()), json!(["m:A", []]));
    // Which of the two a state is, only a pickle says.
    let slots = Instance::new("m:A", BTreeMap::from([("a".to_owned(), 1)])).slots();
    let json = serde_json::to_value(&slots).unwrap();
    assert_eq!(json, json!(["m:A", [], {"a": 1}]));
    let read: Instance<BTreeMap<String, i32>> = serde_json::from_value(json).unwrap();
    assert_eq!((&read.state, read.has_slots()), (&slots.state, false));
    for protocol in 2..=5 {
        let written = brinery::Options::new().protocol(protocol).to_vec(&slots).unwrap();
        let read: Instance<BTreeMap<String, i32>> = brinery::from_slice(&written).unwrap();
        assert_eq!(read, slots, "protocol {protocol}");
    }
    let no = brinery::to_vec(&Instance::new("m:A", ()).kwargs([1]).call()).unwrap_err();
    assert!(no.to_string().contains("keyword arguments"), "{no}");
}

#[derive(PyClass, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[pickle(module = "m")]
enum Signed {
    Low = -5,
    High = 100,
}

/// In JSON the keys of an object are texts.
#[test]
fn members_as_keys_in_json() {
    let levels = BTreeMap::from([(Signed::Low, 1), (Signed::High, 2)]);
    there_and_back(levels, json!({"-5": 1, "100": 2}));
}
