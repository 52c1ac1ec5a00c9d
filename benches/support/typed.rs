//! Pickles read straight into types of Rust, and the same data in MessagePack, JSON and bincode.

use super::{race::Candidate, workloads::Workload};
use brinery::Options;
use serde::{Deserialize, Serialize};
use std::hint::black_box;

/// A row of the workload `records`.
#[derive(Serialize, Deserialize, PartialEq)]
pub struct Record<S> {
    id: u32,
    name: S,
    email: S,
    score: f64,
    active: bool,
    level: u16,
    city: S,
    ratio: f64,
}

/// One of the workload `messages`.
#[derive(Serialize, Deserialize, PartialEq)]
pub struct Message<S> {
    id: u32,
    task: S,
    args: (u16, f64, S),
    kwargs: Arguments,
}

#[derive(Serialize, Deserialize, PartialEq)]
struct Arguments {
    retries: u8,
    eta: Option<f64>,
}

/// The names of the workloads that have a type.
pub const TYPED: [&str; 5] = ["ints", "floats", "strings", "records", "messages"];

/// The same data in each format; a message has its own of each.
pub struct Formats<'a> {
    pickles: Vec<&'a [u8]>,
    msgpack: Vec<Vec<u8>>,
    json: Vec<Vec<u8>>,
    bincode: Vec<Vec<u8>>,
}

impl<'a> Formats<'a> {
    pub fn new(work: &Workload, pickles: Vec<&'a [u8]>) -> Formats<'a> {
        match work.name.as_str() {
            "ints" => Formats::of::<Vec<i64>>(pickles),
            "floats" => Formats::of::<Vec<f64>>(pickles),
            "strings" => Formats::of::<Vec<String>>(pickles),
            "records" => Formats::of::<Vec<Record<String>>>(pickles),
            "messages" => Formats::of::<Message<String>>(pickles),
            other => panic!("{other} has no type"),
        }
    }

    /// Every format has to give back what was read from the pickle.
    fn of<T: Serialize + serde::de::DeserializeOwned + PartialEq>(pickles: Vec<&'a [u8]>) -> Formats<'a> {
        let (mut msgpack, mut json, mut bincode) = (Vec::new(), Vec::new(), Vec::new());
        for bytes in &pickles {
            let value: T = brinery::from_slice(bytes).expect("it is of this type");
            msgpack.push(rmp_serde::to_vec_named(&value).expect("serializes"));
            json.push(serde_json::to_vec(&value).expect("serializes"));
            bincode.push(bincode::serialize(&value).expect("serializes"));
            let read: T = rmp_serde::from_slice(&msgpack[msgpack.len() - 1]).expect("just written");
            assert!(read == value);
            let read: T = bincode::deserialize(&bincode[bincode.len() - 1]).expect("just written");
            assert!(read == value);
            let read: T = serde_pickle::from_slice(bytes, Default::default()).expect("it is of this type");
            assert!(read == value);
            let written = brinery::to_vec(&value).expect("serializes");
            assert!(brinery::from_slice::<T>(&written).expect("just written") == value);
        }
        Formats {
            pickles,
            msgpack,
            json,
            bincode,
        }
    }
}

macro_rules! readers {
    ($formats:ident, $size:ident, $owned:ty, $borrowed:ty) => {{
        macro_rules! reader {
            ($name:literal, $format:ident, $read:expr) => {
                Candidate::new($name, $size, || {
                    $formats
                        .$format
                        .iter()
                        .map(|bytes| $read(black_box(bytes)).expect("it was read before"))
                        .fold(None, |_, value| Some(value))
                })
            };
        }
        vec![
            reader!("brinery", pickles, |b| brinery::from_slice::<$owned>(b)),
            reader!("brinery, borrowed", pickles, |b| brinery::from_slice::<$borrowed>(b)),
            reader!("serde-pickle", pickles, |b| serde_pickle::from_slice::<$owned>(
                b,
                Default::default()
            )),
            reader!("pickled", pickles, |b| pickled::from_slice::<$owned>(
                b,
                Default::default()
            )),
            reader!("rmp-serde", msgpack, |b| rmp_serde::from_slice::<$owned>(b)),
            reader!("rmp-serde, borrowed", msgpack, |b| rmp_serde::from_slice::<$borrowed>(
                b
            )),
            reader!("serde_json", json, |b| serde_json::from_slice::<$owned>(b)),
            reader!("bincode", bincode, |b| bincode::deserialize::<$owned>(b)),
            reader!("bincode, borrowed", bincode, |b| bincode::deserialize::<$borrowed>(b)),
        ]
    }};
}

/// The readers. JSON's strings cannot all be borrowed, so its reader owns them.
pub fn reading<'a>(work: &Workload, formats: &'a Formats<'a>) -> Vec<Candidate<'a>> {
    let size = if formats.pickles.len() > 1 { 0 } else { work.bytes.len() };
    match work.name.as_str() {
        "ints" => readers!(formats, size, Vec<i64>, Vec<i64>),
        "floats" => readers!(formats, size, Vec<f64>, Vec<f64>),
        "strings" => readers!(formats, size, Vec<String>, Vec<&str>),
        "records" => readers!(formats, size, Vec<Record<String>>, Vec<Record<&str>>),
        "messages" => readers!(formats, size, Message<String>, Message<&str>),
        other => panic!("{other} has no type"),
    }
}

/// The writers of values that own their strings.
pub fn writing<'a>(work: &Workload, formats: &'a Formats<'a>) -> Vec<Candidate<'a>> {
    let size = if formats.pickles.len() > 1 { 0 } else { work.bytes.len() };
    match work.name.as_str() {
        "ints" => writers::<Vec<i64>>(work, formats, size),
        "floats" => writers::<Vec<f64>>(work, formats, size),
        "strings" => writers::<Vec<String>>(work, formats, size),
        "records" => writers::<Vec<Record<String>>>(work, formats, size),
        "messages" => writers::<Message<String>>(work, formats, size),
        other => panic!("{other} has no type"),
    }
}

fn writers<'a, T>(work: &Workload, formats: &Formats<'_>, size: usize) -> Vec<Candidate<'a>>
where
    T: Serialize + serde::de::DeserializeOwned + 'a,
{
    let all: Vec<T> = formats
        .pickles
        .iter()
        .map(|bytes| brinery::from_slice(bytes).expect("it was read before"))
        .collect();
    let memo = Options::new().protocol(5);
    // Strings that are one object in Python are several here, and tuples were lists.
    if matches!(work.name.as_str(), "ints" | "floats" | "records") {
        assert!(
            memo.to_vec(&all[0]).expect("serializes") == work.bytes,
            "CPython's own bytes"
        );
    }
    let fast = Options::new().protocol(5).fast(true);
    let all = std::rc::Rc::new(all);
    macro_rules! writer {
        ($name:literal, $write:expr) => {{
            let all = all.clone();
            Candidate::new($name, size, move || {
                all.iter()
                    .map(|value| $write(black_box(value)).expect("serializes"))
                    .fold(None, |_, bytes| Some(bytes))
            })
        }};
    }
    vec![
        writer!("brinery", |v| memo.to_vec(v)),
        writer!("brinery, fast", |v| fast.to_vec(v)),
        writer!("serde-pickle", |v| serde_pickle::to_vec(v, Default::default())),
        writer!("pickled", |v| pickled::to_vec(v, Default::default())),
        writer!("rmp-serde", |v| rmp_serde::to_vec_named(v)),
        writer!("serde_json", |v| serde_json::to_vec(v)),
        writer!("bincode", |v| bincode::serialize(v)),
    ]
}
