//! Values as trees: the built-in types of Python that Rust has.

use super::{
    DeOptions, MAX_TYPED_DEPTH, SerOptions,
    error::{Error, ErrorCode},
    plain::Context,
    tree,
    typed::Typed,
};
use crate::Builder;
use num_bigint::BigInt;
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{MapAccess, SeqAccess, Visitor},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    marker::PhantomData,
};

type Result<T, E = Error> = std::result::Result<T, E>;

/// A value as a tree.
///
/// Ints that fit are [`I64`](Value::I64) when they were read, all others [`Int`](Value::Int).
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `None`
    None,
    /// `True` and `False`
    Bool(bool),
    /// An int that fits.
    I64(i64),
    /// An int of any size.
    Int(BigInt),
    /// A float.
    F64(f64),
    /// A bytes or bytearray, or a `str` of Python 2.
    Bytes(Vec<u8>),
    /// A str.
    String(String),
    /// A list.
    List(Vec<Value>),
    /// A tuple.
    Tuple(Vec<Value>),
    /// A set.
    Set(BTreeSet<HashableValue>),
    /// A frozenset.
    FrozenSet(BTreeSet<HashableValue>),
    /// A dict.
    Dict(BTreeMap<HashableValue, Value>),
}

/// A value that can be a key of a dict or an item of a set. Ordered, and numbers of one value are equal whatever their
/// type.
#[derive(Clone, Debug)]
pub enum HashableValue {
    /// `None`
    None,
    /// `True` and `False`
    Bool(bool),
    /// An int that fits.
    I64(i64),
    /// An int of any size.
    Int(BigInt),
    /// A float.
    F64(f64),
    /// A bytes.
    Bytes(Vec<u8>),
    /// A str.
    String(String),
    /// A tuple.
    Tuple(Vec<HashableValue>),
    /// A frozenset.
    FrozenSet(BTreeSet<HashableValue>),
}

impl Value {
    /// The value as a key; [`ErrorCode::ValueNotHashable`] for lists, dicts and sets and for tuples that hold them.
    pub fn into_hashable(self) -> Result<HashableValue> {
        Ok(match self {
            Value::None => HashableValue::None,
            Value::Bool(value) => HashableValue::Bool(value),
            Value::I64(value) => HashableValue::I64(value),
            Value::Int(value) => HashableValue::Int(value),
            Value::F64(value) => HashableValue::F64(value),
            Value::Bytes(value) => HashableValue::Bytes(value),
            Value::String(value) => HashableValue::String(value),
            Value::FrozenSet(items) => HashableValue::FrozenSet(items),
            Value::Tuple(items) => {
                let items = items.into_iter().map(Value::into_hashable);
                HashableValue::Tuple(items.collect::<Result<_>>()?)
            }
            Value::List(_) | Value::Set(_) | Value::Dict(_) => return Err(Error::Syntax(ErrorCode::ValueNotHashable)),
        })
    }
}

impl HashableValue {
    /// The key as a value.
    pub fn into_value(self) -> Value {
        match self {
            HashableValue::None => Value::None,
            HashableValue::Bool(value) => Value::Bool(value),
            HashableValue::I64(value) => Value::I64(value),
            HashableValue::Int(value) => Value::Int(value),
            HashableValue::F64(value) => Value::F64(value),
            HashableValue::Bytes(value) => Value::Bytes(value),
            HashableValue::String(value) => Value::String(value),
            HashableValue::FrozenSet(items) => Value::FrozenSet(items),
            HashableValue::Tuple(items) => Value::Tuple(items.into_iter().map(HashableValue::into_value).collect()),
        }
    }
}

/// Items with commas between, in brackets.
fn all<T: fmt::Display>(
    f: &mut fmt::Formatter<'_>,
    open: &str,
    items: impl IntoIterator<Item = T>,
    close: &str,
) -> fmt::Result {
    f.write_str(open)?;
    for (at, item) in items.into_iter().enumerate() {
        if at > 0 {
            f.write_str(", ")?;
        }
        item.fmt(f)?;
    }
    f.write_str(close)
}

/// A tuple of one has a comma; serde-pickle puts a blank behind it.
fn tuple_end(len: usize) -> &'static str {
    if len == 1 { ", )" } else { ")" }
}

/// An entry of a dict.
struct Entry<'v>(&'v HashableValue, &'v Value);

impl fmt::Display for Entry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0, self.1)
    }
}

/// The parts that both types have.
macro_rules! display {
    ($self:ident, $f:ident, $ty:ident, $($more:tt)*) => {
        match $self {
            $ty::None => $f.write_str("None"),
            $ty::Bool(value) => $f.write_str(if *value { "True" } else { "False" }),
            $ty::I64(value) => write!($f, "{value}"),
            $ty::Int(value) => write!($f, "{value}"),
            $ty::F64(value) => write!($f, "{value}"),
            $ty::Bytes(value) => write!($f, "b{value:?}"),
            $ty::String(value) => write!($f, "{value:?}"),
            $ty::Tuple(items) => all($f, "(", items, tuple_end(items.len())),
            $ty::FrozenSet(items) => all($f, "frozenset([", items, "])"),
            $($more)*
        }
    };
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        display!(self, f, Value,
            Value::List(items) => all(f, "[", items, "]"),
            Value::Set(items) if items.is_empty() => f.write_str("set()"),
            Value::Set(items) => all(f, "{", items, "}"),
            Value::Dict(items) => all(f, "{", items.iter().map(|(key, value)| Entry(key, value)), "}"),
        )
    }
}

impl fmt::Display for HashableValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        display!(self, f, HashableValue,)
    }
}

/// Makes one of the two types of whatever a format has.
struct Any<T>(PhantomData<T>);

/// The parts that both types have.
macro_rules! visit {
    ($ty:ident) => {
        type Value = $ty;

        fn visit_bool<E>(self, value: bool) -> Result<$ty, E> {
            Ok($ty::Bool(value))
        }

        fn visit_i64<E>(self, value: i64) -> Result<$ty, E> {
            Ok($ty::I64(value))
        }

        fn visit_u64<E>(self, value: u64) -> Result<$ty, E> {
            Ok(i64::try_from(value).map_or_else(|_| $ty::Int(value.into()), $ty::I64))
        }

        fn visit_i128<E>(self, value: i128) -> Result<$ty, E> {
            Ok(i64::try_from(value).map_or_else(|_| $ty::Int(value.into()), $ty::I64))
        }

        fn visit_u128<E>(self, value: u128) -> Result<$ty, E> {
            Ok(i64::try_from(value).map_or_else(|_| $ty::Int(value.into()), $ty::I64))
        }

        fn visit_f64<E>(self, value: f64) -> Result<$ty, E> {
            Ok($ty::F64(value))
        }

        fn visit_str<E>(self, value: &str) -> Result<$ty, E> {
            Ok($ty::String(value.into()))
        }

        fn visit_string<E>(self, value: String) -> Result<$ty, E> {
            Ok($ty::String(value))
        }

        fn visit_bytes<E>(self, value: &[u8]) -> Result<$ty, E> {
            Ok($ty::Bytes(value.into()))
        }

        fn visit_byte_buf<E>(self, value: Vec<u8>) -> Result<$ty, E> {
            Ok($ty::Bytes(value))
        }

        fn visit_none<E>(self) -> Result<$ty, E> {
            Ok($ty::None)
        }

        fn visit_unit<E>(self) -> Result<$ty, E> {
            Ok($ty::None)
        }

        fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<$ty, D::Error> {
            $ty::deserialize(inner)
        }

        fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<$ty, D::Error> {
            $ty::deserialize(inner)
        }
    };
}

impl<'de> Visitor<'de> for Any<Value> {
    visit!(Value);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Value::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut entries = BTreeMap::new();
        while let Some((key, value)) = access.next_entry()? {
            entries.insert(key, value);
        }
        Ok(Value::Dict(entries))
    }
}

impl<'de> Visitor<'de> for Any<HashableValue> {
    visit!(HashableValue);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a hashable value")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<HashableValue, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(HashableValue::Tuple(items))
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Value, D::Error> {
        from.deserialize_any(Any(PhantomData::<Value>))
    }
}

impl<'de> Deserialize<'de> for HashableValue {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<HashableValue, D::Error> {
        from.deserialize_any(Any(PhantomData::<HashableValue>))
    }
}

/// Anything that serde can serialize, as a value.
///
/// ```
/// use brinery::compat::{Value, to_value};
/// assert_eq!(to_value(&(1, "two"))?, Value::Tuple(vec![Value::I64(1), Value::String("two".into())]));
/// # Ok::<(), brinery::compat::Error>(())
/// ```
pub fn to_value<T: Serialize + ?Sized>(value: &T) -> Result<Value> {
    // By way of bytes: so a value is what would be read after writing, without saying so twice.
    super::value_from_slice(&super::to_vec(&value, SerOptions::new())?, DeOptions::new())
}

/// A value as anything that serde can deserialize.
///
/// ```
/// use brinery::compat::{Value, from_value};
/// let value = Value::List(vec![Value::I64(1), Value::I64(2)]);
/// assert_eq!(from_value::<Vec<u8>>(value)?, [1, 2]);
/// # Ok::<(), brinery::compat::Error>(())
/// ```
pub fn from_value<'de, T: Deserialize<'de>>(value: Value) -> Result<T> {
    let mut build = Builder::new();
    let root = tree::add(value, &mut build);
    let graph = build.finish(root);
    let options = DeOptions::new();
    let context = Context::new(&graph, &options, MAX_TYPED_DEPTH);
    T::deserialize(Typed::new(graph.root(), &context))
}
