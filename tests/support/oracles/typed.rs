//! Bytes as Rust types.

use crate::support::show;
use brinery::{Limits, Options};
use serde::{Deserialize, Serialize, de::IgnoredAny};
use std::{borrow::Cow, collections::BTreeMap, fmt::Debug};

#[derive(Debug, Deserialize, Serialize, PartialEq)]
struct Plain {
    #[serde(alias = "x")]
    a: u8,
    b: Option<String>,
    #[serde(default)]
    c: Vec<f64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Borrowed<'a> {
    a: &'a str,
    #[serde(borrow)]
    b: Cow<'a, [u8]>,
}

#[derive(Debug, Deserialize)]
struct Flat {
    a: Option<i64>,
    #[serde(flatten)]
    rest: BTreeMap<String, Any>,
}

#[derive(Debug, Deserialize, Serialize, PartialEq)]
enum Choice {
    #[serde(alias = "a")]
    Unit,
    #[serde(alias = "m")]
    One(i32),
    #[serde(alias = "C")]
    Two(u8, String),
    #[serde(alias = "D")]
    Named { a: u8 },
    #[serde(other)]
    Other,
}

/// What says of itself what it is.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Any {
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    List(Vec<Any>),
    Map(BTreeMap<String, Any>),
    Nothing,
}

#[derive(Debug, Deserialize, Serialize, PartialEq)]
struct Tree(Vec<Tree>);

#[derive(Debug, Deserialize, Serialize, PartialEq)]
#[serde(tag = "a", content = "b")]
enum Tagged {
    #[serde(rename = "m")]
    One(u8),
    Two {
        c: Option<Box<Tagged>>,
    },
}

/// The direct lane and the graph lane give the same value or the same error.
fn same<'de, T: Deserialize<'de> + Debug>(bytes: &'de [u8]) -> Option<T> {
    // A limit of its own keeps the direct lane out.
    let limits = Limits {
        stack: usize::MAX - 1,
        ..Limits::default()
    };
    let direct = Options::new().from_slice::<T>(bytes);
    let graph = Options::new().limits(limits).from_slice::<T>(bytes);
    let said = |read: &brinery::Result<T>| match read {
        Ok(value) => format!("{value:?}"),
        Err(error) => error.to_string(),
    };
    let name = std::any::type_name::<T>();
    assert_eq!(said(&direct), said(&graph), "{name} of {}", show(bytes));
    direct.ok()
}

/// The same of a type that can be written: what was written is read again.
fn back<T: for<'de> Deserialize<'de> + Serialize + Debug>(bytes: &[u8]) {
    let Some(value) = same::<T>(bytes) else { return };
    for protocol in 0..=5 {
        let options = Options::new().protocol(protocol);
        let written = options
            .to_vec(&value)
            .unwrap_or_else(|error| panic!("{error}: {value:?}"));
        let again = same::<T>(&written);
        let again = again.unwrap_or_else(|| panic!("{value:?} in {} of {}", show(&written), show(bytes)));
        assert_eq!(
            format!("{value:?}"),
            format!("{again:?}"),
            "{} of {}",
            show(&written),
            show(bytes)
        );
    }
}

/// Reading into a type never panics, and by which way it is read makes no difference.
pub fn typed(bytes: &[u8]) {
    same::<IgnoredAny>(bytes);
    same::<&str>(bytes);
    same::<&[u8]>(bytes);
    same::<Cow<'_, str>>(bytes);
    same::<char>(bytes);
    same::<[u8; 3]>(bytes);
    same::<Borrowed<'_>>(bytes);
    same::<Flat>(bytes);
    same::<Any>(bytes);
    same::<Vec<Any>>(bytes);
    back::<bool>(bytes);
    back::<u8>(bytes);
    back::<i64>(bytes);
    back::<i128>(bytes);
    back::<f32>(bytes);
    back::<f64>(bytes);
    back::<()>(bytes);
    back::<Option<i64>>(bytes);
    back::<String>(bytes);
    back::<serde_bytes::ByteBuf>(bytes);
    back::<Vec<i64>>(bytes);
    back::<Vec<Vec<String>>>(bytes);
    back::<Vec<(i64, f64)>>(bytes);
    back::<(u8, String)>(bytes);
    back::<BTreeMap<String, i64>>(bytes);
    back::<BTreeMap<i64, Vec<Option<f64>>>>(bytes);
    back::<Plain>(bytes);
    back::<Vec<Plain>>(bytes);
    back::<Choice>(bytes);
    back::<Vec<Choice>>(bytes);
    back::<Tagged>(bytes);
    back::<Tree>(bytes);
    back::<serde_json::Value>(bytes);
}
