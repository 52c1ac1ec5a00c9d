//! Graphs and their values as parts of typed values.
//!
//! Our own serializer gets objects as they are, by the tokens for them, with what is shared and where it is shared. Every
//! other gets plain data, in which well-known objects are what they stand for.

use super::{array, recipe::big};
use crate::{
    Call, Graph, Items, Kind, Limits, Step, Value,
    serde::{
        faces::{self, Faces},
        token,
    },
    types::{Shape, numpy::Part, shape},
};
use serde::ser::{Error, Serialize, SerializeTuple, SerializeTupleStruct, Serializer};
use std::cell::Cell;

/// Where a value is in what is being written.
struct Place<'p, 'g> {
    value: Value<'g>,
    /// What it lies in.
    parent: Option<&'p Place<'p, 'g>>,
    depth: usize,
    shared: &'p Shared,
    /// Whether objects are written as such.
    objects: bool,
}

/// What all places of one value have in common.
struct Shared {
    /// Which value it is, of all that this thread has written.
    serial: usize,
    /// How many more values may be written. Without sharing, a small graph can stand for any number.
    left: Cell<u64>,
}

impl Shared {
    /// Accounts for values that are written.
    fn pay<E: Error>(&self, values: u64) -> Result<(), E> {
        let left = self.left.get().checked_sub(values);
        self.left.set(left.unwrap_or_default());
        left.map(|_| ())
            .ok_or_else(|| E::custom("shared objects stand for more values than are written"))
    }
}

thread_local! {
    static SERIAL: Cell<usize> = const { Cell::new(0) };
    /// What the next shared value is known by, since a handle's own address says nothing.
    static KEY: Cell<Option<(usize, usize)>> = const { Cell::new(None) };
}

/// What the value in a shared token is known by, if it is one of a graph.
pub(super) fn key() -> Option<(usize, usize)> {
    KEY.take()
}

/// As `None`, numbers, text, bytes, sequences and maps. In pickles, tuples, sets, imports and objects stay what they are,
/// and what is shared within the value stays shared. In other formats, well-known objects are written as what they stand
/// for: text, sequences, maps.
///
/// An error is a value that contains itself; one in which more than 128 objects lie in each other; in pickles
/// persistent ids and buffers without bytes; and in other formats, objects of classes that are not well known.
///
/// ```
/// # #[cfg(feature = "derive")] {
/// use brinery::{Graph, Value, pickle};
/// #[derive(serde::Serialize)]
/// struct Job<'g> {
///     name: &'g str,
///     args: Value<'g>,
/// }
/// let graph = pickle!({"size": [1, 2]});
/// let job = Job { name: "resize", args: graph.root() };
/// let bytes = brinery::to_vec(&job)?;
/// assert_eq!(Graph::from_slice(&bytes)?.root().to_string(), "{'name': 'resize', 'args': {'size': [1, 2]}}");
/// # }
/// # Ok::<(), brinery::Error>(())
/// ```
impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        faces::serialize(self, serializer)
    }
}

/// As its [root](Graph::root).
impl Serialize for Graph<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.root().serialize(serializer)
    }
}

impl Faces for Value<'_> {
    fn plain<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        start(*self, false, serializer)
    }

    fn object<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        start(*self, true, serializer)
    }
}

fn start<S: Serializer>(value: Value<'_>, objects: bool, serializer: S) -> Result<S::Ok, S::Error> {
    let limits = Limits::default();
    let serial = SERIAL.get();
    SERIAL.set(serial.wrapping_add(1));
    let shared = Shared {
        serial,
        left: Cell::new(1_000_000 + limits.expansion.saturating_mul(value.graph.nodes.len() as u64)),
    };
    let place = Place {
        value,
        parent: None,
        depth: limits.depth,
        shared: &shared,
        objects,
    };
    place.serialize(serializer)
}

impl Serialize for Place<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.shared.pay(1)?;
        let Some(index) = self.value.index() else {
            return self.content(serializer);
        };
        if self.depth == 0 {
            return Err(S::Error::custom(
                "more objects lie in each other than the 128 that are written",
            ));
        }
        if std::iter::successors(self.parent, |place| place.parent).any(|place| place.value.is(self.value)) {
            return Err(S::Error::custom("the value contains itself"));
        }
        if !self.objects {
            return self.content(serializer);
        }
        KEY.set(Some((self.shared.serial, index as usize)));
        let written = serializer.serialize_newtype_struct(token::SHARED, &Content(self));
        KEY.set(None);
        written
    }
}

/// A place whose identity has been told.
struct Content<'a, 'p, 'g>(&'a Place<'p, 'g>);

impl Serialize for Content<'_, '_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.content(serializer)
    }
}

/// Something in a newtype struct of a name.
struct Named<T>(&'static str, T);

impl<T: Serialize> Serialize for Named<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(self.0, &self.1)
    }
}

/// Items below a place, as a sequence.
struct Seq<'a, 'p, 'g>(&'a Place<'p, 'g>, Items<'g>);

impl Serialize for Seq<'_, '_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.1.iter().map(|item| self.0.below(item)))
    }
}

/// Items below a place, as a tuple.
struct Tuple<'a, 'p, 'g>(&'a Place<'p, 'g>, Items<'g>);

impl Serialize for Tuple<'_, '_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut tuple = serializer.serialize_tuple(self.1.len())?;
        for item in self.1 {
            tuple.serialize_element(&self.0.below(item))?;
        }
        tuple.end()
    }
}

/// Entries below a place, as a map.
struct Map<'a, 'p, 'g, I>(&'a Place<'p, 'g>, I);

impl<'g, I: Iterator<Item = (Value<'g>, Value<'g>)> + Clone> Serialize for Map<'_, '_, 'g, I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let entries = self.1.clone();
        serializer.collect_map(entries.map(|(key, value)| (self.0.below(key), self.0.below(value))))
    }
}

struct Bytes<'g>(&'g [u8]);

impl Serialize for Bytes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

impl<'p, 'g> Place<'p, 'g> {
    fn below<'q>(&'q self, value: Value<'g>) -> Place<'q, 'g>
    where
        'p: 'q,
    {
        Place {
            value,
            parent: Some(self),
            depth: self.depth - 1,
            shared: self.shared,
            objects: self.objects,
        }
    }

    fn content<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let objects = self.objects;
        match self.value.kind() {
            Kind::None => serializer.serialize_unit(),
            Kind::Bool(value) => serializer.serialize_bool(value),
            Kind::Int(value) => serializer.serialize_i64(value),
            Kind::BigInt(value) => big(value, serializer),
            Kind::Float(value) => serializer.serialize_f64(value),
            Kind::Str(text) => match text.to_str() {
                Some(text) => serializer.serialize_str(text),
                None => Err(S::Error::custom("a str with lone surrogates is no text")),
            },
            Kind::ByteArray(bytes) if objects => named(serializer, token::BYTEARRAY, Bytes(bytes)),
            Kind::Set(items) if objects => named(serializer, token::SET, Seq(self, items)),
            Kind::FrozenSet(items) if objects => named(serializer, token::FROZENSET, Seq(self, items)),
            Kind::Bytes(bytes) | Kind::ByteArray(bytes) => serializer.serialize_bytes(bytes),
            Kind::List(items) | Kind::Set(items) | Kind::FrozenSet(items) => Seq(self, items).serialize(serializer),
            Kind::Tuple(items) => Tuple(self, items).serialize(serializer),
            Kind::Dict(entries) => self.map(entries.iter(), serializer),
            Kind::Global(global) if objects => match (global.module.to_str(), global.name.to_str()) {
                (Some(module), Some(name)) if !module.contains(':') => {
                    named(serializer, token::GLOBAL, format!("{module}:{name}"))
                }
                _ => Err(S::Error::custom("an import by a name that is no path")),
            },
            Kind::Object(object) if objects => self.object(object, serializer),
            Kind::Buffer {
                bytes: Some(bytes),
                readonly,
                ..
            } => match objects && !readonly {
                true => named(serializer, token::BYTEARRAY, Bytes(bytes)),
                false => serializer.serialize_bytes(bytes),
            },
            _ if !objects => self.shape(serializer),
            _ => Err(S::Error::custom(format_args!(
                "no type writes a {}",
                self.value.type_name()
            ))),
        }
    }

    fn map<S: Serializer>(
        &self,
        entries: impl Iterator<Item = (Value<'g>, Value<'g>)>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_map(
            entries
                .map(|(key, value)| (self.below(key), self.below(value)))
                .collect::<Vec<_>>()
                .iter()
                .map(|(key, value)| (key, value)),
        )
    }

    /// An object by the tokens for it.
    fn object<S: Serializer>(&self, object: crate::Object<'g>, serializer: S) -> Result<S::Ok, S::Error> {
        let name = match object.call() {
            Call::Reduce => token::OBJECT,
            Call::New => token::NEW,
            Call::NewEx => token::NEW_EX,
            Call::Instance => return Err(S::Error::custom("no type writes an instance of a Python 2 class")),
        };
        let kwargs = object.kwargs();
        let len = 2 + usize::from(kwargs.is_some()) + object.steps().count();
        let mut parts = serializer.serialize_tuple_struct(name, len)?;
        parts.serialize_field(&self.below(object.callable()))?;
        parts.serialize_field(&Tuple(self, object.args()))?;
        if let Some(kwargs) = kwargs {
            let entries: Vec<_> = kwargs.iter().collect();
            parts.serialize_field(&Map(self, entries.iter().copied()))?;
        }
        for step in object.steps() {
            match step {
                Step::Append(items) => parts.serialize_field(&Named(token::APPEND, Seq(self, items)))?,
                Step::SetItems(entries) => {
                    let entries: Vec<_> = entries.iter().collect();
                    parts.serialize_field(&Named(token::ITEMS, Map(self, entries.iter().copied())))?;
                }
                Step::State(state) => parts.serialize_field(&Named(token::STATE, self.below(state)))?,
                Step::Add(_) | Step::Setter { .. } | Step::Aside { .. } => {
                    return Err(S::Error::custom(
                        "no type writes an object with items added, a setter of its state or calls beside it",
                    ));
                }
            }
        }
        parts.end()
    }

    /// What an object stands for.
    fn shape<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match shape(self.value) {
            Some(Shape::Text(text)) => serializer.serialize_str(&text),
            Some(Shape::Nothing) => serializer.serialize_none(),
            Some(Shape::Complex(re, im)) => (re, im).serialize(serializer),
            Some(Shape::Duration { seconds, nanoseconds }) => {
                serializer.serialize_f64(seconds as f64 + f64::from(nanoseconds) / 1e9)
            }
            Some(Shape::Seq(items)) => Seq(self, items).serialize(serializer),
            Some(Shape::Items(items)) => serializer.collect_seq(items.into_iter().map(|item| self.below(item))),
            Some(Shape::Map(entries)) => self.map(entries.iter(), serializer),
            Some(Shape::Pairs(entries)) => self.map(entries.into_iter(), serializer),
            Some(Shape::Value(value)) => self.below(value).serialize(serializer),
            Some(Shape::Ints(ints)) => serializer.collect_seq(ints.into_iter().map(crate::BigInt::from).map(Int)),
            Some(Shape::Floats(floats)) => serializer.collect_seq(floats),
            Some(Shape::Array(array)) => {
                self.shared.pay(array::cost(&array))?;
                let part = Part::of(&array).map_err(S::Error::custom)?;
                array::Rows(part, |value| self.below(value)).serialize(serializer)
            }
            Some(Shape::Fields(fields)) => {
                serializer.collect_map(fields.into_iter().map(|(name, value)| (name, self.below(value))))
            }
            None => Err(S::Error::custom(format_args!(
                "a {} of a class that is not well known is no plain data",
                self.value.type_name()
            ))),
        }
    }
}

/// An int of the width it needs.
struct Int(crate::BigInt);

impl Serialize for Int {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        big(&self.0, serializer)
    }
}

fn named<S: Serializer, T: Serialize>(serializer: S, name: &'static str, value: T) -> Result<S::Ok, S::Error> {
    serializer.serialize_newtype_struct(name, &value)
}
