//! A value as typed reading sees it, one level deep.

use crate::graph::Ref;
use num_bigint::BigInt;

/// A value, one level deep. `'g` is the graph, `'de` what the result may borrow from.
pub(super) enum Data<'g, 'de> {
    None,
    Bool(bool),
    Int(i64),
    Big(&'g BigInt),
    Float(f64),
    Str(Lent<'g, 'de, str>),
    Surrogates(&'g [u8]),
    /// A bytes, a bytearray or a buffer.
    Bytes(Lent<'g, 'de, [u8]>),
    List(Run<'g>),
    Tuple(Run<'g>),
    Set(Run<'g>),
    /// Keys and values in turn.
    Dict(Run<'g>),
    Global,
    Object,
    Persistent,
    /// A buffer that was not given.
    NoBuffer(u32),
}

/// Text or bytes, and whether the result may borrow them.
pub(super) enum Lent<'g, 'de, T: ?Sized> {
    Long(&'de T),
    Short(&'g T),
}

impl<'g, 'de: 'g, T: ?Sized> Lent<'g, 'de, T> {
    pub(super) fn get(&self) -> &'g T {
        match self {
            Lent::Long(value) => value,
            Lent::Short(value) => value,
        }
    }
}

/// Where a reference stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    Root,
    /// Among the items of the arena.
    Item(u32),
    Unknown,
}

/// A reference and where it stands, by which the opcode that made an atom is found.
#[derive(Debug, Clone, Copy)]
pub(super) struct At {
    pub(super) at: Ref,
    pub(super) slot: Slot,
}

/// Items in a row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run<'g> {
    pub(super) refs: &'g [Ref],
    /// Where the first stands.
    pub(super) start: Slot,
}

impl<'g> Run<'g> {
    pub(super) fn len(&self) -> usize {
        self.refs.len()
    }

    pub(super) fn get(&self, index: usize) -> Option<At> {
        let at = *self.refs.get(index)?;
        let slot = match self.start {
            Slot::Item(start) => Slot::Item(start + index as u32),
            other => other,
        };
        Some(At { at, slot })
    }

    /// The items from one on.
    pub(super) fn from(self, index: usize) -> Run<'g> {
        let start = match self.start {
            Slot::Item(start) => Slot::Item(start + index as u32),
            other => other,
        };
        Run {
            refs: self.refs.get(index..).unwrap_or_default(),
            start,
        }
    }

    pub(super) fn iter(self) -> impl Iterator<Item = At> + use<'g> {
        (0..self.len()).filter_map(move |index| self.get(index))
    }
}

/// The key of an entry: a value, or a name that the pickle does not have as a value.
#[derive(Debug, Clone, Copy)]
pub(super) enum Name {
    At(At),
    Static(&'static str),
    /// The number of a positional argument among keyword arguments.
    Position(usize),
}

/// Values in order.
pub(super) enum Items<'g> {
    Run(Run<'g>),
    List(Vec<At>),
}

impl Items<'_> {
    pub(super) fn len(&self) -> usize {
        match self {
            Items::Run(run) => run.len(),
            Items::List(list) => list.len(),
        }
    }

    pub(super) fn get(&self, index: usize) -> Option<At> {
        match self {
            Items::Run(run) => run.get(index),
            Items::List(list) => list.get(index).copied(),
        }
    }
}

/// Keys and values in order.
pub(super) enum Entries<'g> {
    Run(Run<'g>),
    List(Vec<(Name, At)>),
}

impl Entries<'_> {
    pub(super) fn len(&self) -> usize {
        match self {
            Entries::Run(run) => run.len() / 2,
            Entries::List(list) => list.len(),
        }
    }

    pub(super) fn get(&self, index: usize) -> Option<(Name, At)> {
        match self {
            Entries::Run(run) => Some((Name::At(run.get(2 * index)?), run.get(2 * index + 1)?)),
            Entries::List(list) => list.get(index).copied(),
        }
    }
}
