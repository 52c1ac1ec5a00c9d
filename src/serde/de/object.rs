//! What stands for something else: instances of classes, imports, persistent objects.

use super::{
    De, Hint,
    data::{At, Data, Entries, Items, Name},
    few_enough, found, hinted,
    parts::{self, Parts},
    token,
};
use crate::{
    Graph, Kind, Object,
    error::{Error, Result},
    hooks::Entry,
    types::{self, Shape, numpy::NdArray},
};
use serde::de::{self, IntoDeserializer, Visitor, value::MapDeserializer, value::SeqDeserializer};

/// What an object stands for.
pub(super) enum Meant<'g> {
    /// Another value.
    Value(At),
    Text(String),
    Nothing,
    Complex(f64, f64),
    Duration {
        seconds: i64,
        nanoseconds: u32,
    },
    Seq(Items<'g>),
    Map(Entries<'g>),
    /// `None` for one of ints beyond 128 bits.
    Range(Option<types::Range>),
    Ints(Vec<i128>),
    Floats(Vec<f64>),
    Array(Box<NdArray<'g>>),
    /// A value of the user's.
    Made(Box<Graph<'static>>),
}

impl<'g, 'de> De<'_, 'g, 'de> {
    /// Hands over what an object, an import or a persistent object stands for.
    pub(super) fn opaque<V: Visitor<'de>>(self, hint: Hint, visitor: V) -> Result<V::Value> {
        match self.meant(hint)? {
            Meant::Value(at) => {
                let _open = self.scope.open(self.at)?;
                let outcome = hinted(self.child(at)?, hint, visitor);
                outcome.map_err(|error| found::of_object(error, self, None))
            }
            Meant::Text(text) => {
                self.scope.charge_bytes(text.len())?;
                // Other crates' types find fault with a zone in their own words, which do not say what they need.
                let needs = text.ends_with(']').then(|| expected(&visitor));
                let outcome = visitor.visit_string(text);
                outcome.map_err(|error| found::of_object(error, self, needs))
            }
            Meant::Nothing => visitor.visit_unit(),
            Meant::Seq(items) => self.seq(items, most(hint), visitor),
            Meant::Array(array) => self.array(&array, hint, visitor),
            Meant::Made(graph) => {
                let scope = self.scope.within(&graph);
                let _open = self.scope.open(self.at)?;
                let read = hinted(De::root(&scope, graph.root().id()), hint, visitor);
                read.map_err(|error| error.placed_at(self.place()))
            }
            Meant::Map(entries) => self.map(entries, matches!(hint, Hint::Struct(_)), visitor),
            Meant::Complex(re, im) => match hint {
                Hint::Str => visitor.visit_string(types::Complex { re, im }.to_string()),
                _ => visitor.visit_seq(SeqDeserializer::<_, Error>::new([re, im].into_iter())),
            },
            Meant::Duration { seconds, nanoseconds } => self.duration(hint, (seconds, nanoseconds), visitor),
            Meant::Range(range) => {
                let len = range.and_then(|range| usize::try_from(range.len()).ok());
                let len = len.unwrap_or(usize::MAX);
                if let Hint::Tuple(_) = hint {
                    few_enough(len, most(hint), &visitor)?;
                }
                self.scope.charge(len)?;
                let ints = range.into_iter().flatten().map(AnyInt);
                visitor.visit_seq(SeqDeserializer::<_, Error>::new(ints))
            }
            Meant::Ints(values) => {
                self.scope.charge(values.len())?;
                visitor.visit_seq(SeqDeserializer::<_, Error>::new(values.into_iter().map(AnyInt)))
            }
            Meant::Floats(values) => {
                self.scope.charge(values.len())?;
                visitor.visit_seq(SeqDeserializer::<_, Error>::new(values.into_iter()))
            }
        }
    }

    /// What it stands for, for a type that asks this way.
    pub(super) fn meant(self, hint: Hint) -> Result<Meant<'g>> {
        let value = self.scope.graph.value(self.at);
        let is_plain = match self.scope.entry(value) {
            Some(Entry::Value(read)) => return Ok(Meant::Made(Box::new(read(value)?))),
            entry => matches!(entry, Some(Entry::Plain)),
        };
        if !is_plain && let Some(shape) = types::shape(value) {
            return Ok(self.shaped(hint, shape));
        }
        Ok(match value.kind() {
            Kind::Persistent(id) => Meant::Value(self.scope.at(id.id())),
            Kind::Object(object) => self.instance(hint, &object)?,
            _ => Meant::Text(token::import(value).unwrap_or_default()),
        })
    }

    fn shaped(self, hint: Hint, shape: Shape<'g>) -> Meant<'g> {
        match shape {
            Shape::Text(text) => Meant::Text(text),
            Shape::Nothing => Meant::Nothing,
            Shape::Complex(re, im) => Meant::Complex(re, im),
            Shape::Duration { seconds, nanoseconds } => Meant::Duration { seconds, nanoseconds },
            Shape::Seq(items) => Meant::Seq(Items::Run(self.scope.run(items.refs))),
            Shape::Map(entries) => Meant::Map(Entries::Run(self.scope.run(entries.refs))),
            Shape::Items(values) => Meant::Seq(Items::List(
                values.into_iter().map(|value| self.scope.at(value.id())).collect(),
            )),
            Shape::Pairs(pairs) => {
                let at = |value: crate::Value<'_>| self.scope.at(value.id());
                let pairs = pairs.into_iter().map(|(key, value)| (Name::At(at(key)), at(value)));
                Meant::Map(Entries::List(pairs.collect()))
            }
            Shape::Value(value) => Meant::Value(self.scope.at(value.id())),
            Shape::Ints(values) => Meant::Ints(values),
            Shape::Floats(values) => Meant::Floats(values),
            Shape::Array(array) => Meant::Array(array),
            // A range is a sequence, of other ints than its parts.
            Shape::Fields(_) if matches!(hint, Hint::Seq | Hint::Tuple(_)) && self.is_range() => {
                Meant::Range(self.scope.graph.value(self.at).as_range())
            }
            Shape::Fields(fields) => {
                let fields = fields
                    .into_iter()
                    .map(|(name, value)| (name, self.scope.at(value.id())));
                match hint {
                    Hint::Seq | Hint::Tuple(_) => Meant::Seq(Items::List(fields.map(|(_, value)| value).collect())),
                    _ => Meant::Map(Entries::List(
                        fields.map(|(name, value)| (Name::Static(name), value)).collect(),
                    )),
                }
            }
        }
    }

    /// What an instance of a class nobody knows stands for.
    fn instance(self, hint: Hint, object: &Object<'g>) -> Result<Meant<'g>> {
        if let Hint::Struct(_) | Hint::Map | Hint::Any = hint
            && let Some(entries) = parts::plain_state(self.scope, object)
        {
            return Ok(Meant::Map(entries));
        }
        self.scope.charge_object(object)?;
        let parts = Parts::of(self.scope, object);
        Ok(match hint {
            Hint::Struct(_) | Hint::Map | Hint::Any => self.as_map(hint, parts),
            Hint::Seq | Hint::Tuple(_) => self.as_seq(hint, parts),
            _ => match parts.sole() {
                Some(at) => Meant::Value(at),
                None => self.as_map(Hint::Any, parts),
            },
        })
    }

    /// Attributes and items first, then what it was made from.
    fn as_map(self, hint: Hint, mut parts: Parts) -> Meant<'g> {
        let is_struct = matches!(hint, Hint::Struct(_));
        if is_struct && !parts.fields.is_empty() {
            // An instance of a dict's class may have both; attributes count more.
            parts.set.append(&mut parts.fields);
            return Meant::Map(Entries::List(parts::last_of_each(self.scope, parts.set)));
        }
        if !parts.set.is_empty() {
            return Meant::Map(Entries::List(parts.set));
        }
        if !parts.appended.is_empty() && !matches!(hint, Hint::Map) {
            return Meant::Seq(Items::List(parts.appended));
        }
        // A tuple with attributes is a tuple first, where nothing says otherwise.
        let is_tuple = matches!(hint, Hint::Any) && parts.base.is_some_and(|base| self.is_row(base));
        if !is_tuple && !parts.fields.is_empty() {
            return Meant::Map(Entries::List(parts.fields));
        }
        if let Some(base) = parts.base {
            return Meant::Value(base);
        }
        if !parts.kwargs.is_empty() {
            return Meant::Map(Entries::List(parts.named_args(hint)));
        }
        // A state that only the class understands says more than arguments, if it holds more than one thing.
        if let Some(state) = parts.state
            && (parts.args.is_empty() || self.is_row(state))
        {
            return Meant::Value(state);
        }
        match (hint, &*parts.args) {
            (_, []) => Meant::Map(Entries::List(Vec::new())),
            (Hint::Struct(fields), [only]) if fields.len() == 1 || !self.is_made_of(*only) => {
                Meant::Seq(Items::List(parts.args))
            }
            (_, [only]) => Meant::Value(*only),
            _ => Meant::Seq(Items::List(parts.args)),
        }
    }

    /// Items first, then what it was made from.
    fn as_seq(self, hint: Hint, parts: Parts) -> Meant<'g> {
        if !parts.appended.is_empty() {
            return Meant::Seq(Items::List(parts.appended));
        }
        if let Some(base) = parts.base {
            return Meant::Value(base);
        }
        if let Some(state) = parts.state
            && (parts.args.is_empty() || self.is_row(state))
        {
            return Meant::Value(state);
        }
        match (hint, &*parts.args) {
            // A named tuple with one field.
            (Hint::Tuple(1), [_]) if parts.new => Meant::Seq(Items::List(parts.args)),
            // An instance of a tuple's class, or what a function makes of a sequence.
            (_, [only]) if self.is_seq(*only, parts.new) => Meant::Value(*only),
            (_, []) if !parts.set.is_empty() => Meant::Map(Entries::List(parts.set)),
            (_, []) if !parts.fields.is_empty() => Meant::Map(Entries::List(parts.fields)),
            _ => Meant::Seq(Items::List(parts.args)),
        }
    }

    fn is_range(self) -> bool {
        let value = self.scope.graph.value(self.at);
        value.as_slice_object().is_none()
    }

    fn is_row(self, at: At) -> bool {
        matches!(self.scope.data(at.at), Data::Tuple(_) | Data::List(_) | Data::Dict(_))
    }

    /// Whether a struct can be read from it rather than with it as the first field.
    fn is_made_of(self, at: At) -> bool {
        matches!(self.scope.data(at.at), Data::Tuple(_) | Data::Dict(_))
    }

    fn is_seq(self, at: At, new: bool) -> bool {
        match self.scope.data(at.at) {
            Data::Tuple(_) => true,
            Data::List(_) | Data::Set(_) => !new,
            _ => false,
        }
    }

    fn duration<V: Visitor<'de>>(self, hint: Hint, (seconds, nanos): (i64, u32), visitor: V) -> Result<V::Value> {
        let whole = i128::from(seconds) * 1_000_000_000 + i128::from(nanos);
        match hint {
            Hint::Struct(_) | Hint::Map => match u64::try_from(seconds) {
                Ok(seconds) => {
                    let fields = [("secs", seconds), ("nanos", nanos.into())];
                    visitor.visit_map(MapDeserializer::<_, Error>::new(fields.into_iter()))
                }
                Err(_) => self.refuse(&visitor),
            },
            // As chrono has it; in Python it is no sequence.
            Hint::Seq => self.refuse(&visitor),
            Hint::Tuple(_) => visitor.visit_seq(SeqDeserializer::<_, Error>::new([seconds, nanos.into()].into_iter())),
            Hint::Int | Hint::I128 | Hint::U128 if nanos == 0 => visitor.visit_i64(seconds),
            Hint::Str => match self
                .scope
                .graph
                .value(self.at)
                .as_timedelta()
                .map(|delta| delta.to_string())
            {
                Some(text) => visitor.visit_string(text),
                None => self.refuse(&visitor),
            },
            _ => visitor.visit_f64(whole as f64 / 1e9),
        }
    }
}

/// How many items a type can hold at most.
fn most(hint: Hint) -> Option<usize> {
    match hint {
        Hint::Tuple(len) => Some(len),
        Hint::Struct(fields) => Some(fields.len()),
        _ => None,
    }
}

/// What a type needs, in its own words.
fn expected<'de, V: Visitor<'de>>(visitor: &V) -> String {
    let expected: &dyn de::Expected = visitor;
    expected.to_string()
}

impl Parts {
    /// The one value that the object holds.
    pub(super) fn sole(&self) -> Option<At> {
        match (self.base, &*self.args, self.state) {
            (Some(base), _, _) => Some(base),
            (None, [only], None) if self.kwargs.is_empty() => Some(*only),
            (None, [], Some(state)) => Some(state),
            _ => None,
        }
    }

    /// All arguments by name: positional ones are the first fields of a struct, and numbers for a map.
    fn named_args(&mut self, hint: Hint) -> Vec<(Name, At)> {
        let fields = match hint {
            Hint::Struct(fields) => fields,
            _ => &[],
        };
        let args = std::mem::take(&mut self.args).into_iter().enumerate();
        args.map(|(index, at)| match fields.get(index) {
            Some(name) => (Name::Static(name), at),
            None => (Name::Position(index), at),
        })
        .chain(std::mem::take(&mut self.kwargs))
        .collect()
    }
}

/// An int of an array, handed over in the smallest width.
struct AnyInt(i128);

impl<'de> IntoDeserializer<'de, Error> for AnyInt {
    type Deserializer = Self;
    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> de::Deserializer<'de> for AnyInt {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match (i64::try_from(self.0), u64::try_from(self.0)) {
            (_, Ok(value)) => visitor.visit_u64(value),
            (Ok(value), _) => visitor.visit_i64(value),
            _ => visitor.visit_i128(self.0),
        }
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_f64(self.0 as f64)
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_f32(self.0 as f32)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}
