//! Types that the cases are made of.

use serde::{Serialize, Serializer, ser::SerializeTupleStruct};
use std::collections::BTreeMap;

#[derive(Serialize, Clone)]
pub struct Record {
    pub id: u32,
    pub name: String,
    pub tags: Vec<String>,
    pub score: f64,
    pub active: bool,
    pub parent: Option<Box<Record>>,
}

#[derive(Serialize, Clone, Copy)]
pub struct Unit;

#[derive(Serialize, Clone)]
pub struct Meters(pub f32);

#[derive(Serialize, Clone)]
pub struct Pair(pub u8, pub String);

#[derive(Serialize, Clone)]
pub enum Shape {
    Empty,
    Side(u8),
    Rect(u8, u16),
    Circle { x: f64, y: f64 },
}

/// A newtype struct of a name.
pub struct Named<T>(pub &'static str, pub T);

impl<T: Serialize> Serialize for Named<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(self.0, &self.1)
    }
}

/// Parts of a call.
pub struct Call<A, B>(pub &'static str, pub &'static str, pub A, pub Option<B>);

impl<A: Serialize, B: Serialize> Serialize for Call<A, B> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut parts = serializer.serialize_tuple_struct(self.0, 2 + usize::from(self.3.is_some()))?;
        parts.serialize_field(self.1)?;
        parts.serialize_field(&self.2)?;
        if let Some(step) = &self.3 {
            parts.serialize_field(step)?;
        }
        parts.end()
    }
}

/// Bytes as serde's bytes.
#[derive(Clone)]
pub struct Bytes(pub Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

#[derive(Serialize, Clone)]
#[serde(rename = "typed_classes:Order")]
pub struct Order {
    pub id: u64,
    pub note: String,
}

#[derive(Serialize, Clone, Copy)]
#[serde(rename = "typed_classes:Order")]
pub struct EmptyOrder;

#[derive(Serialize, Clone)]
#[serde(rename = "typed_classes:Other")]
pub struct Other {
    pub id: u64,
    pub inner: Box<Option<Other>>,
}

#[derive(Serialize, Clone)]
#[serde(rename = "typed_classes:Outer.Inner.Deep")]
pub struct Deep {
    pub a: i8,
}

#[derive(Serialize, Clone)]
#[serde(rename = "typed_classes:Outer.Inner")]
pub struct Inner {
    pub a: i8,
}

#[derive(Serialize, Clone)]
#[serde(rename = "typed_classes:Slotted(slots)")]
pub struct Slotted {
    pub x: u8,
    pub y: Vec<u8>,
}

#[derive(Serialize, Clone)]
#[serde(rename = "typed_classes:Point(new)")]
pub struct Point {
    pub x: f64,
    pub y: f64,
}

#[derive(Serialize, Clone)]
#[serde(rename = "typed_classes:Four")]
pub struct Four(pub u8, pub u8, pub u8, pub String);

#[derive(Serialize, Clone)]
#[serde(rename = "typed_classes:One(new)")]
pub struct One {
    pub a: u8,
}

#[derive(Serialize, Clone)]
#[serde(rename = "typed_classes:Money(call)")]
pub struct Money {
    pub amount: i64,
    pub currency: String,
}

#[derive(Serialize, Clone)]
#[serde(rename = "typed_classes:Server(kwargs)")]
pub struct Server {
    pub host: String,
    pub port: u16,
}

#[derive(Serialize, Clone)]
#[serde(rename = "typed_classes:Listed(list)")]
pub struct Listed {
    pub key: String,
    pub size: u32,
}

#[derive(Serialize, Clone)]
#[serde(rename = "typed_classes:Color")]
pub enum Color {
    #[serde(rename = "int:1")]
    Red,
    #[serde(rename = "str:green")]
    Green,
    #[serde(rename = "int:1180591620717411303424")]
    Big,
}

#[derive(Serialize, Clone)]
#[serde(rename = "typed_classes:Figure")]
pub enum Figure {
    Circle { radius: u8 },
    Square { side: u8, color: Color },
}

#[derive(Serialize, Clone)]
pub struct Flat {
    pub id: u8,
    #[serde(flatten)]
    pub rest: BTreeMap<String, u8>,
}

pub fn record(id: u32, parent: Option<Record>) -> Record {
    Record {
        id,
        name: format!("name {id}"),
        tags: (0..id % 4).map(|tag| format!("tag {id} {tag}")).collect(),
        score: f64::from(id) / 4.0,
        active: id.is_multiple_of(2),
        parent: parent.map(Box::new),
    }
}

/// The expression for a [`record`].
pub fn record_expression(id: u32, parent: Option<&str>) -> String {
    format!(
        "{{'id': {id}, 'name': F('name {id}'), 'tags': F([{}]), 'score': {} / 4.0, 'active': {}, 'parent': {}}}",
        (0..id % 4).map(|tag| format!("'tag {id} {tag}',")).collect::<String>(),
        id,
        if id.is_multiple_of(2) { "True" } else { "False" },
        parent.unwrap_or("None"),
    )
}
