use pickle::{DeOptions, SerOptions};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Address {
    street: String,
    number: Option<u16>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Person {
    name: String,
    age: u8,
    height: f32,
    initial: char,
    addresses: Vec<Address>,
    scores: BTreeMap<i64, f64>,
    position: (i32, i32, i32),
    pair: Pair,
    marker: Marker,
    #[serde(with = "serde_bytes")]
    key: Vec<u8>,
    #[serde(default)]
    note: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Pair(bool, Metres);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Metres(i16);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Marker;

fn person() -> Person {
    Person {
        name: "Ævar \"the\" Þórr\n".into(),
        age: 41,
        height: 1.75,
        initial: 'Æ',
        addresses: (0..1003)
            .map(|n| Address {
                street: format!("street {n}"),
                number: (n % 3 > 0).then_some(n * 60),
            })
            .collect(),
        scores: BTreeMap::from([(-1, 0.5), (0, f64::INFINITY), (i64::MAX, -0.0)]),
        position: (0, -1, i32::MAX),
        pair: Pair(true, Metres(-300)),
        marker: Marker,
        key: vec![0, 127, 128, 255],
        note: String::new(),
    }
}

pub fn run() -> Vec<String> {
    let mut report = Vec::new();
    let person = person();
    for options in [SerOptions::new(), SerOptions::new().proto_v2(), SerOptions::default()] {
        let bytes = pickle::to_vec(&person, options.clone()).unwrap();
        let mut written = Vec::new();
        pickle::to_writer(&mut written, &person, options).unwrap();
        assert_eq!(bytes, written);
        report.push(format!("{bytes:?}"));

        let again: Person = pickle::from_slice(&bytes, DeOptions::new()).unwrap();
        assert_eq!(again, person);
        let again: Person = pickle::from_reader(bytes.as_slice(), Default::default()).unwrap();
        assert_eq!(again, person);
        let map: HashMap<String, pickle::Value> = pickle::from_slice(&bytes, DeOptions::new()).unwrap();
        let map: BTreeMap<_, _> = map.into_iter().collect();
        report.push(format!("{map:?}"));
    }
    // A dict that Python wrote, with more keys than fields, in protocol 4 with a memo and a frame.
    let python = b"\x80\x04\x95)\0\0\0\0\0\0\0}\x94(\x8c\x06street\x94\x8c\x04Lane\x94\x8c\x06number\x94N\x8c\x05other\x94h\x02u.";
    report.push(format!("{:?}", pickle::from_slice::<Address>(python, DeOptions::new()).unwrap()));
    report.push(format!("{}", pickle::from_slice::<Person>(python, DeOptions::new()).unwrap_err()));
    report
}
