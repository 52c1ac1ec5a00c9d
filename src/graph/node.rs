//! How the arena stores objects.

use crate::{emit::Number, reduce::Call};
use num_bigint::BigInt;
use std::{fmt, num::NonZeroU64};

/// A reference to an object of a graph, in eight bytes: `None`, bools, small ints and floats are in the reference itself,
/// everything else is an index into the arena.
///
/// This is what is stored; [`Value`](crate::Value) is what is read with. Atoms have no identity in a pickle (CPython
/// never memoizes them), so nothing is lost by not giving them an index.
///
/// The encoding is that of a NaN box: the bits of an `f64`, where the space of NaNs whose upper 16 bits are 0xfff9 and
/// above holds the other kinds. (NaNs themselves go into the arena.) Stored complemented, because
/// the value with all bits set never occurs and the complement can so never be zero, which makes `Option<Ref>` eight
/// bytes too.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ref(NonZeroU64);

/// What a reference says by itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Atom {
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Node(u32),
}

const INT: u64 = 0xfff9;
const NODE: u64 = 0xfffa;
const CONSTANT: u64 = 0xfffb;
const PAYLOAD: u64 = (1 << 48) - 1;

impl Ref {
    pub(crate) const NONE: Ref = Ref::boxed(CONSTANT, 0);
    pub(crate) const FALSE: Ref = Ref::boxed(CONSTANT, 1);
    pub(crate) const TRUE: Ref = Ref::boxed(CONSTANT, 2);

    const fn store(bits: u64) -> Ref {
        match NonZeroU64::new(!bits) {
            Some(image) => Ref(image),
            None => Ref(NonZeroU64::MAX),
        }
    }

    const fn boxed(kind: u64, payload: u64) -> Ref {
        Ref::store(kind << 48 | payload & PAYLOAD)
    }

    #[inline(always)]
    pub(crate) const fn node(index: u32) -> Ref {
        Ref::boxed(NODE, index as u64)
    }

    #[inline(always)]
    pub(crate) const fn bool(value: bool) -> Ref {
        if value { Ref::TRUE } else { Ref::FALSE }
    }

    /// An int of up to 48 bits.
    #[inline(always)]
    pub(crate) const fn int(value: i64) -> Option<Ref> {
        if value << 16 >> 16 == value {
            Some(Ref::boxed(INT, value as u64))
        } else {
            None
        }
    }

    /// Any float but NaN. (Of those, some have bits that are taken; and as a key of a dict each is equal to itself alone,
    /// so that it needs an identity.)
    #[inline(always)]
    pub(crate) const fn float(value: f64) -> Option<Ref> {
        if value.is_nan() {
            None
        } else {
            Some(Ref::store(value.to_bits()))
        }
    }

    #[inline(always)]
    pub(crate) const fn atom(self) -> Atom {
        let bits = !self.0.get();
        match bits >> 48 {
            NODE => Atom::Node(bits as u32),
            INT => Atom::Int((bits << 16) as i64 >> 16),
            CONSTANT if bits & PAYLOAD == 0 => Atom::None,
            CONSTANT => Atom::Bool(bits & PAYLOAD == 2),
            _ => Atom::Float(f64::from_bits(bits)),
        }
    }

    /// The number that it is.
    #[inline(always)]
    pub(crate) const fn number(self) -> Option<Number> {
        match self.atom() {
            Atom::Int(value) => Some(Number::Int(value)),
            Atom::Float(value) => Some(Number::Float(value)),
            _ => None,
        }
    }

    /// The index in the arena, for what has one.
    #[inline(always)]
    pub(crate) const fn index(self) -> Option<u32> {
        match self.atom() {
            Atom::Node(index) => Some(index),
            _ => None,
        }
    }
}

impl fmt::Debug for Ref {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.atom() {
            Atom::None => f.write_str("None"),
            Atom::Bool(value) => f.write_str(if value { "True" } else { "False" }),
            Atom::Int(value) => value.fmt(f),
            Atom::Float(value) => value.fmt(f),
            Atom::Node(index) => write!(f, "#{index}"),
        }
    }
}

/// A run of references in the arena's one vector of items; room for `cap` of them is reserved there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: u32,
    pub(crate) len: u32,
    pub(crate) cap: u32,
}

/// An object made by a call. Nothing was called: this is what the stream says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Object {
    pub(crate) call: Call,
    /// The index of the class or function.
    pub(crate) callable: u32,
    /// The index of the tuple of arguments; for [`Call::NewEx`] of the tuple `(args, kwargs)`.
    pub(crate) args: u32,
    /// What was done to it since.
    pub(crate) steps: Chain,
}

/// The first and last of an object's steps, as indices into the arena's list of [`Link`]s.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Chain {
    pub(crate) first: u32,
    pub(crate) last: u32,
}

/// The end of a chain.
pub(crate) const END: u32 = u32::MAX;

impl Chain {
    pub(crate) const EMPTY: Chain = Chain { first: END, last: END };
}

/// A step and the index of the one after it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Link {
    pub(crate) step: Step,
    pub(crate) next: u32,
}

/// The call whose result was turned into a built-in object: `_codecs.encode`, `set`, … for what a protocol cannot say
/// directly. Kept so that the same stream can be written again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Recipe {
    pub(crate) callable: u32,
    pub(crate) args: u32,
}

/// One object that has identity. 24 bytes.
#[derive(Debug, Clone)]
pub(crate) enum Node<'a> {
    /// A NaN.
    Float(f64),
    /// An int of 49 to 64 bits.
    Int(i64),
    Big(Box<BigInt>),
    Str(&'a str),
    StrBox(Box<str>),
    /// Text with lone surrogates, as `surrogatepass` encodes it.
    Surrogates(Box<[u8]>),
    Bytes(&'a [u8]),
    BytesBox(Box<[u8]>),
    ByteArray(&'a [u8]),
    /// Boxed once more to keep the node at 24 bytes; it must be able to grow.
    #[allow(clippy::box_collection)]
    ByteArrayBox(Box<Vec<u8>>),
    List(Span),
    Tuple(Span),
    /// Keys and values in turn.
    Dict(Span),
    Set(Span),
    FrozenSet(Span),
    /// An import: the indices of two strings.
    Global {
        module: u32,
        name: u32,
    },
    Object(Object),
    /// An object known by its persistent id.
    Persistent(Ref),
    /// An out-of-band buffer, by its number.
    Buffer {
        index: u32,
        readonly: bool,
    },
    /// What would be in the reference itself. Only in graphs that are made to find the offsets of atoms: see
    /// [`Located`](super::load::Located).
    #[cfg(feature = "serde")]
    Atom(Ref),
}

impl Node<'_> {
    /// What Python calls it.
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Node::Float(_) => "float",
            Node::Int(_) | Node::Big(_) => "int",
            Node::Str(_) | Node::StrBox(_) | Node::Surrogates(_) => "str",
            Node::Bytes(_) | Node::BytesBox(_) => "bytes",
            Node::ByteArray(_) | Node::ByteArrayBox(_) => "bytearray",
            Node::List(_) => "list",
            Node::Tuple(_) => "tuple",
            Node::Dict(_) => "dict",
            Node::Set(_) => "set",
            Node::FrozenSet(_) => "frozenset",
            Node::Global { .. } => "global",
            Node::Object(_) => "object",
            Node::Persistent(_) => "persistent object",
            Node::Buffer { .. } => "buffer",
            #[cfg(feature = "serde")]
            Node::Atom(_) => "atom",
        }
    }

    /// Whether Python code that we do not run decides what this is.
    pub(crate) fn is_opaque(&self) -> bool {
        matches!(
            self,
            Node::Global { .. } | Node::Object(_) | Node::Persistent(_) | Node::Buffer { .. }
        )
    }

    /// The items of a container.
    pub(crate) fn span(&self) -> Option<Span> {
        match self {
            Node::List(s) | Node::Tuple(s) | Node::Dict(s) | Node::Set(s) | Node::FrozenSet(s) => Some(*s),
            _ => None,
        }
    }

    /// The bytes of a `str`, as UTF-8 with lone surrogates passed.
    pub(crate) fn text(&self) -> Option<&[u8]> {
        match self {
            Node::Str(s) => Some(s.as_bytes()),
            Node::StrBox(s) => Some(s.as_bytes()),
            Node::Surrogates(b) => Some(b),
            _ => None,
        }
    }

    /// The content of a `bytes`.
    pub(crate) fn bytes(&self) -> Option<&[u8]> {
        match self {
            Node::Bytes(b) => Some(b),
            Node::BytesBox(b) => Some(b),
            _ => None,
        }
    }

    /// The content of a `bytearray`.
    pub(crate) fn bytearray(&self) -> Option<&[u8]> {
        match self {
            Node::ByteArray(b) => Some(b),
            Node::ByteArrayBox(b) => Some(b),
            _ => None,
        }
    }

    /// How many bytes of text, of bytes or of a large int.
    pub(crate) fn payload(&self) -> usize {
        match self {
            Node::Big(value) => value.bits() as usize / 8,
            node => (node.text().or(node.bytes()).or(node.bytearray())).map_or(0, <[u8]>::len),
        }
    }

    /// Borrows nothing any more.
    pub(crate) fn into_owned(self) -> Node<'static> {
        match self {
            Node::Str(s) => Node::StrBox(s.into()),
            Node::Bytes(b) => Node::BytesBox(b.into()),
            Node::ByteArray(b) => Node::ByteArrayBox(Box::new(b.to_vec())),
            Node::Float(v) => Node::Float(v),
            Node::Int(v) => Node::Int(v),
            Node::Big(v) => Node::Big(v),
            Node::StrBox(v) => Node::StrBox(v),
            Node::Surrogates(v) => Node::Surrogates(v),
            Node::BytesBox(v) => Node::BytesBox(v),
            Node::ByteArrayBox(v) => Node::ByteArrayBox(v),
            Node::List(v) => Node::List(v),
            Node::Tuple(v) => Node::Tuple(v),
            Node::Dict(v) => Node::Dict(v),
            Node::Set(v) => Node::Set(v),
            Node::FrozenSet(v) => Node::FrozenSet(v),
            Node::Global { module, name } => Node::Global { module, name },
            Node::Object(v) => Node::Object(v),
            Node::Persistent(v) => Node::Persistent(v),
            Node::Buffer { index, readonly } => Node::Buffer { index, readonly },
            #[cfg(feature = "serde")]
            Node::Atom(v) => Node::Atom(v),
        }
    }
}

/// Something done to an object after it was made, in the order of the stream.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step {
    /// APPEND(S) on something other than a list.
    Append(Span),
    /// SETITEM(S) on something other than a dict.
    SetItems(Span),
    /// ADDITEMS on something other than a set.
    Add(Span),
    /// BUILD.
    State(Ref),
    /// A state setter (bpo-35900): `setter(object, state)`, called and dropped. The function's index.
    Setter { setter: u32, state: Ref },
    /// Another call, made and dropped: the index of the function, and that of the tuple of arguments.
    Aside { callable: u32, args: u32, memoized: bool },
}

/// Something the stream did: an import, a call or a BUILD. 16 bytes, because one byte of a stream can be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Event {
    /// The offset of its opcode, with the kind in the lowest two bits.
    place: u64,
    /// The index of the import, the call's result or the object.
    node: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EventKind {
    Import,
    Call,
    Build,
    Persistent,
}

impl Event {
    pub(crate) fn new(offset: u64, kind: EventKind, node: Ref) -> Event {
        Event {
            place: offset << 2 | kind as u64,
            node: node.index().unwrap_or(END),
        }
    }

    /// The offset of its opcode.
    pub(crate) fn offset(self) -> u64 {
        self.place >> 2
    }

    pub(crate) fn kind(self) -> EventKind {
        match self.place & 3 {
            0 => EventKind::Import,
            1 => EventKind::Call,
            2 => EventKind::Build,
            _ => EventKind::Persistent,
        }
    }

    /// The import, the call's result or the object.
    pub(crate) fn node(self) -> Ref {
        Ref::node(self.node)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        assert_eq!(size_of::<Option<Ref>>(), 8);
        assert_eq!(size_of::<Node>(), 24);
        assert_eq!((size_of::<Link>(), size_of::<Event>()), (24, 16));
    }

    #[test]
    fn atoms_keep_every_bit() {
        for value in [0, 1, -1, (1 << 47) - 1, -(1 << 47)] {
            assert_eq!(Ref::int(value).unwrap().atom(), Atom::Int(value));
        }
        assert!(Ref::int(1 << 47).is_none() && Ref::int(-(1 << 47) - 1).is_none());
        for value in [0.0, -0.0, 1.5, f64::INFINITY, f64::NEG_INFINITY, f64::MIN] {
            match Ref::float(value).unwrap().atom() {
                Atom::Float(v) => assert_eq!(v.to_bits(), value.to_bits()),
                other => panic!("{other:?}"),
            }
        }
        assert!(Ref::float(f64::NAN).is_none() && Ref::float(-f64::NAN).is_none());
        assert_eq!(Ref::NONE.atom(), Atom::None);
        assert_eq!(Ref::TRUE.atom(), Atom::Bool(true));
        assert_eq!(Ref::FALSE.atom(), Atom::Bool(false));
        assert_eq!(Ref::node(u32::MAX).atom(), Atom::Node(u32::MAX));
    }
}
