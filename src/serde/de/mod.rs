//! Typed reading: a deserializer over the object graph.
//!
//! Everything but the stream of opcodes is here: what each kind of value gives for each type that is asked for. Depth,
//! cycles and sharing are accounted for in `scope`, so nothing here has to bound itself.

/// All methods of a deserializer, each by way of `ask`.
macro_rules! forward_all {
    () => {
        forward_all! {
            deserialize_any() deserialize_bool() deserialize_i8() deserialize_i16() deserialize_i32() deserialize_i64()
            deserialize_i128() deserialize_u8() deserialize_u16() deserialize_u32() deserialize_u64()
            deserialize_u128() deserialize_f32() deserialize_f64() deserialize_char() deserialize_str()
            deserialize_string() deserialize_bytes() deserialize_byte_buf() deserialize_option() deserialize_unit()
            deserialize_unit_struct(name: &'static str) deserialize_newtype_struct(name: &'static str)
            deserialize_seq() deserialize_tuple(len: usize) deserialize_tuple_struct(name: &'static str, len: usize)
            deserialize_map() deserialize_struct(name: &'static str, fields: &'static [&'static str])
            deserialize_enum(name: &'static str, variants: &'static [&'static str]) deserialize_identifier()
            deserialize_ignored_any()
        }
    };
    ($($method:ident($($arg:ident: $ty:ty),*))*) => { $(
        fn $method<V: serde::de::Visitor<'de>>(self, $($arg: $ty,)* visitor: V) -> Result<V::Value> {
            self.ask(|de| de.$method($($arg,)* visitor))
        }
    )* };
}

mod access;
mod answer;
mod array;
mod asked;
mod data;
mod doors;
mod found;
mod instance;
mod item;
mod locate;
mod number;
mod object;
mod option;
mod parts;
mod scope;
mod seen;
mod stream;
mod token;
mod value;
mod variant;

pub use doors::{from_graph, from_reader, from_slice, from_value, take_from_slice};
pub use stream::{Deserializer, IoRead, Read, SliceRead, StreamDeserializer};

use crate::{
    error::{Error, Place, Result},
    graph::Ref,
    serde::{
        error::{self, invalid},
        token::INSTANCE,
    },
};
use data::{At, Data, Entries, Items, Lent, Slot};
use scope::Scope;
use serde::de::{self, Visitor};

/// What a type asks for, where the answer must be found first.
#[derive(Debug, Clone, Copy)]
enum Hint {
    Any,
    Bool,
    Int,
    I128,
    U128,
    F32,
    F64,
    Str,
    Bytes,
    Unit,
    Seq,
    Tuple(usize),
    Map,
    Struct(&'static [&'static str]),
    Enum(&'static [&'static str]),
}

/// One value that is asked for.
#[derive(Clone, Copy)]
pub(crate) struct De<'s, 'g, 'de> {
    scope: &'s Scope<'g, 'de>,
    at: Ref,
    slot: Slot,
    /// How often this value was handed on as it is, by newtypes and options: types that hold nothing else can do so
    /// forever.
    again: usize,
    /// The tuple of one item in which this was found, if that was taken for `Some`.
    wrapped: Option<At>,
    /// Whether it names a field or a variant, which must not be picked by number.
    names: bool,
}

impl<'s, 'g, 'de> De<'s, 'g, 'de> {
    /// The outermost value.
    pub(crate) fn root(scope: &'s Scope<'g, 'de>, at: Ref) -> Self {
        De {
            scope,
            at,
            slot: Slot::Root,
            again: 0,
            wrapped: None,
            names: false,
        }
    }

    /// A value that this one refers to.
    #[inline]
    fn child(self, at: At) -> Result<Self> {
        self.scope.child(at)
    }

    /// The same value once more.
    fn again(self) -> Result<Self> {
        if self.again >= self.scope.limits().depth {
            return Err(self.scope.too_deep());
        }
        let again = self.again + 1;
        Ok(De { again, ..self })
    }

    fn data(self) -> Data<'g, 'de> {
        self.scope.data(self.at)
    }

    fn place(self) -> Option<Place> {
        match (self.at.index(), self.slot) {
            (Some(index), _) => Some(Place::Node(index)),
            (None, Slot::Root) => Some(Place::Root),
            (None, Slot::Item(item)) => Some(Place::Item(item)),
            (None, Slot::Unknown) => None,
        }
    }

    /// Notes in an error that this is the value at fault, and what it is, unless a smaller one is noted.
    #[inline]
    fn settle<T>(self, outcome: Result<T>) -> Result<T> {
        outcome.map_err(|error| found::named(error, self).placed(self.place()))
    }

    /// Reads this value, also by ways of serde's that find fault with it only after it was read.
    #[inline]
    fn read<T>(self, read: impl FnOnce(Self) -> Result<T>) -> Result<T> {
        self.settle(read(self))
    }

    fn refuse<T>(self, expected: &dyn de::Expected) -> Result<T> {
        Err(invalid(found::describe(self.scope, self.at), expected))
    }

    fn any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.data() {
            Data::None => visitor.visit_unit(),
            Data::Bool(value) => visitor.visit_bool(value),
            Data::Int(value) => number::int(value, visitor),
            Data::Big(value) => number::big(self, value, visitor),
            Data::Float(value) => visitor.visit_f64(value),
            Data::Str(text) => self.str(text, visitor),
            Data::Surrogates(_) => self.refuse_surrogates(&visitor),
            Data::Bytes(bytes) => self.bytes(bytes, visitor),
            Data::List(run) | Data::Tuple(run) | Data::Set(run) => self.seq(Items::Run(run), None, visitor),
            Data::Dict(run) => self.map(Entries::Run(run), false, visitor),
            Data::Global | Data::Object | Data::Persistent => self.opaque(Hint::Any, visitor),
            Data::NoBuffer(_) => self.refuse(&visitor),
        }
    }

    fn str<V: Visitor<'de>>(self, text: Lent<'g, 'de, str>, visitor: V) -> Result<V::Value> {
        self.scope.charge_bytes(text.get().len())?;
        match text {
            Lent::Long(text) => visitor.visit_borrowed_str(text),
            Lent::Short(text) => visitor.visit_str(text),
        }
    }

    fn bytes<V: Visitor<'de>>(self, bytes: Lent<'g, 'de, [u8]>, visitor: V) -> Result<V::Value> {
        self.scope.charge_bytes(bytes.get().len())?;
        match bytes {
            Lent::Long(bytes) => visitor.visit_borrowed_bytes(bytes),
            Lent::Short(bytes) => visitor.visit_bytes(bytes),
        }
    }

    fn refuse_surrogates<T>(self, expected: &dyn de::Expected) -> Result<T> {
        let found = found::describe(self.scope, self.at);
        Err(invalid(format!("{found}, which has lone surrogates"), expected))
    }

    /// Hands over a sequence, which this value is. With a `most`, more items than that are an error; if there are too few,
    /// the type says so itself, as it may have defaults.
    fn seq<V: Visitor<'de>>(self, items: Items<'g>, most: Option<usize>, visitor: V) -> Result<V::Value> {
        let _open = self.scope.open(self.at)?;
        self.visit_items(items, most, visitor)
    }

    /// Hands over items of a value that is open.
    fn visit_items<V: Visitor<'de>>(self, items: Items<'g>, most: Option<usize>, visitor: V) -> Result<V::Value> {
        few_enough(items.len(), most, &visitor)?;
        let before = self.scope.handed();
        let mut access = access::Seq::new(self.scope, items);
        match visitor.visit_seq(&mut access) {
            Ok(value) => access.end().map(|()| value),
            Err(error) => Err(self.named(error, before)),
        }
    }

    /// Hands over a map, which this value is; `fields` if its keys name the fields of a struct.
    fn map<V: Visitor<'de>>(self, entries: Entries<'g>, fields: bool, visitor: V) -> Result<V::Value> {
        let _open = self.scope.open(self.at)?;
        self.visit_entries(entries, fields, visitor)
    }

    /// Hands over entries of a value that is open.
    fn visit_entries<V: Visitor<'de>>(self, entries: Entries<'g>, fields: bool, visitor: V) -> Result<V::Value> {
        let before = self.scope.handed();
        let mut access = access::Map::new(self.scope, entries, fields);
        match visitor.visit_map(&mut access) {
            Ok(value) => access.end().map(|()| value),
            Err(error) => Err(self.named(error, before)),
        }
    }

    /// Serde knows sequences and maps only; if a type did not even look into one, we can say better what it is.
    fn named(self, mut error: Error, before: u64) -> Error {
        if self.scope.handed() == before
            && let crate::ErrorKind::Invalid { found, .. } = error.kind_mut()
            && (found == error::SEQUENCE || found == error::MAP)
        {
            *found = found::describe(self.scope, self.at);
        }
        error
    }
}

/// What is asked for, of a value that stands for another.
fn hinted<'de, D, V>(value: D, hint: Hint, visitor: V) -> Result<V::Value>
where
    D: de::Deserializer<'de, Error = Error>,
    V: Visitor<'de>,
{
    match hint {
        Hint::Any => value.deserialize_any(visitor),
        Hint::Bool => value.deserialize_bool(visitor),
        Hint::Int => value.deserialize_i64(visitor),
        Hint::I128 => value.deserialize_i128(visitor),
        Hint::U128 => value.deserialize_u128(visitor),
        Hint::F32 => value.deserialize_f32(visitor),
        Hint::F64 => value.deserialize_f64(visitor),
        Hint::Str => value.deserialize_str(visitor),
        Hint::Bytes => value.deserialize_bytes(visitor),
        Hint::Unit => value.deserialize_unit(visitor),
        Hint::Seq => value.deserialize_seq(visitor),
        Hint::Tuple(len) => value.deserialize_tuple(len, visitor),
        Hint::Map => value.deserialize_map(visitor),
        Hint::Struct(fields) => value.deserialize_struct("", fields, visitor),
        Hint::Enum(variants) => value.deserialize_enum("", variants, visitor),
    }
}

/// An error if there are more items than a type can hold.
fn few_enough(len: usize, most: Option<usize>, expected: &dyn de::Expected) -> Result<()> {
    match most {
        Some(most) if len > most => Err(invalid(format!("{len} items, {} too many", len - most), expected)),
        _ => Ok(()),
    }
}

macro_rules! ask {
    ($($method:ident => |$de:ident, $visitor:ident $(, $arg:ident: $ty:ty)*| $body:expr;)*) => { $(
        fn $method<V: Visitor<'de>>(self, $($arg: $ty,)* $visitor: V) -> Result<V::Value> {
            let $de = self;
            self.settle($body)
        }
    )* };
}

type Names = &'static [&'static str];

impl<'de> de::Deserializer<'de> for De<'_, '_, 'de> {
    type Error = Error;

    ask! {
        deserialize_any => |de, visitor| de.any(visitor);
        deserialize_bool => |de, visitor| de.bool(visitor);
        deserialize_i8 => |de, visitor| de.int(Hint::Int, visitor);
        deserialize_i16 => |de, visitor| de.int(Hint::Int, visitor);
        deserialize_i32 => |de, visitor| de.int(Hint::Int, visitor);
        deserialize_i64 => |de, visitor| de.int(Hint::Int, visitor);
        deserialize_u8 => |de, visitor| de.int(Hint::Int, visitor);
        deserialize_u16 => |de, visitor| de.int(Hint::Int, visitor);
        deserialize_u32 => |de, visitor| de.int(Hint::Int, visitor);
        deserialize_u64 => |de, visitor| de.int(Hint::Int, visitor);
        deserialize_i128 => |de, visitor| de.int(Hint::I128, visitor);
        deserialize_u128 => |de, visitor| de.int(Hint::U128, visitor);
        deserialize_f32 => |de, visitor| de.float(Hint::F32, visitor);
        deserialize_f64 => |de, visitor| de.float(Hint::F64, visitor);
        deserialize_char => |de, visitor| de.text(visitor);
        deserialize_str => |de, visitor| de.text(visitor);
        deserialize_string => |de, visitor| de.text(visitor);
        deserialize_bytes => |de, visitor| de.content(visitor);
        deserialize_byte_buf => |de, visitor| de.content(visitor);
        deserialize_option => |de, visitor| de.option(visitor);
        deserialize_unit => |de, visitor| de.unit(visitor);
        deserialize_unit_struct => |de, visitor, name: &'static str| match de.data() {
            Data::Object if instance::is_class(name) => visitor.visit_unit(),
            _ => de.unit(visitor),
        };
        deserialize_newtype_struct => |de, visitor, name: &'static str| de.newtype(name, visitor);
        deserialize_seq => |de, visitor| de.in_order(None, visitor);
        deserialize_tuple => |de, visitor, len: usize| de.in_order(Some(len), visitor);
        deserialize_tuple_struct => |de, visitor, _name: &'static str, len: usize| de.in_order(Some(len), visitor);
        deserialize_map => |de, visitor| de.mapping(visitor);
        deserialize_struct => |de, visitor, name: &'static str, fields: Names| match name {
            INSTANCE => de.instance_parts(visitor),
            _ => de.structure(fields, visitor),
        };
        deserialize_enum => |de, visitor, name: &'static str, variants: Names| match de.class_variant() {
            Some(variant) if instance::is_class(name) => visitor.visit_enum(variant),
            _ => de.variants(variants, visitor),
        };
        deserialize_identifier => |de, visitor| de.name(visitor);
        deserialize_ignored_any => |_de, visitor| visitor.visit_unit();
    }
}
