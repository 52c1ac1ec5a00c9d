use pickle::{DeOptions, SerOptions, from_slice, to_vec};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::fmt::Debug;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Shape {
    Point,
    Circle(f64),
    Line((i32, i32), (i32, i32)),
    Label { text: String, at: Option<(i32, i32)> },
    Group(Vec<Shape>),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind")]
enum Tagged {
    Empty,
    Move { x: i32, y: i32 },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Loose {
    Number(i64),
    Text(String),
    Many(Vec<Loose>),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Flat {
    name: String,
    #[serde(flatten)]
    rest: std::collections::BTreeMap<String, i32>,
}

fn round<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: T, report: &mut Vec<String>) {
    let all = [
        SerOptions::new(),
        SerOptions::new().compat_enum_repr(),
        SerOptions::new().proto_v2().compat_enum_repr(),
    ];
    for options in all {
        let bytes = to_vec(&value, options).unwrap();
        report.push(bytes.escape_ascii().to_string());
        assert_eq!(from_slice::<T>(&bytes, DeOptions::new()).unwrap(), value);
    }
}

pub fn run() -> Vec<String> {
    let mut report = Vec::new();
    let label = Shape::Label {
        text: "here".into(),
        at: Some((1, -2)),
    };
    round(Shape::Point, &mut report);
    round(Shape::Circle(0.5), &mut report);
    round(Shape::Line((0, 0), (1 << 20, -1)), &mut report);
    round(label.clone(), &mut report);
    round(Shape::Group(vec![Shape::Point, label, Shape::Group(vec![])]), &mut report);
    round(vec![Tagged::Empty, Tagged::Move { x: 1, y: 2 }], &mut report);
    let loose = Loose::Many(vec![Loose::Number(-5), Loose::Text("t".into()), Loose::Many(vec![])]);
    round(loose, &mut report);
    let rest = [("a".to_string(), 1), ("b".to_string(), 2)].into();
    round(Flat { name: "n".into(), rest }, &mut report);
    for bad in [&b"N."[..], b"}.", b"\x80\x02X\x04\0\0\0Oval.", b"\x80\x02X\x06\0\0\0Circle."] {
        let outcome = from_slice::<Shape>(bad, DeOptions::new());
        report.push(format!("{}", outcome.is_err()));
    }
    report
}
