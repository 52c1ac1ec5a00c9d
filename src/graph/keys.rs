//! Python's equality of keys: `1 == True == 1.0`, `"a" != b"a"`, tuples and frozensets by content, all else by identity.
//!
//! Dicts and sets are runs of references in order. Small ones are searched item by item. For a larger one the position
//! of each key is kept in a table, so that filling it one SETITEM at a time is linear too. Composite keys are given a
//! number by content, bottom up and once, so that a tuple built of shared tuples costs what it stores, not what it
//! would print. Hashes are keyed at random, so that no stream can make them collide.

use super::{Atom, Graph, Node, Ref};
use crate::error::ErrorKind;
use num_bigint::BigInt;
use std::{
    collections::{HashMap, hash_map::RandomState},
    hash::BuildHasher,
};

/// Up to this many entries are searched one by one.
const SMALL: usize = 8;

/// A key by its content, where content decides.
#[derive(PartialEq, Eq, Hash)]
enum Content<'k> {
    None,
    Int(i64),
    /// An int of more than 64 bits, or a float of that value.
    Big(Vec<u8>),
    Float(u64),
    Str(&'k [u8]),
    Bytes(&'k [u8]),
    /// The numbers of a tuple's items.
    Tuple(&'k [u32]),
    /// The numbers of a frozenset's items, sorted.
    FrozenSet(&'k [u32]),
    /// An import: the same names are the same object.
    Global(&'k [u8], &'k [u8]),
    /// An object compared by identity.
    Node(u32),
}

/// What one key is kept as: the first reference seen, and for composites the numbers of their items.
struct Entry {
    key: Ref,
    parts: Box<[u32]>,
}

/// The numbers of keys and the positions of keys in larger dicts and sets, while a graph is being filled.
#[derive(Default)]
pub(crate) struct Keys {
    hasher: RandomState,
    entries: Vec<Entry>,
    by_hash: HashMap<u64, u32>,
    /// The numbers of tuples and frozensets.
    composites: HashMap<u32, u32>,
    positions: HashMap<(u32, u32), u32>,
    /// How many items of a container have a position in the table.
    indexed: HashMap<u32, u32>,
}

/// A number as Python compares it.
fn number(value: f64) -> Content<'static> {
    if value.fract() != 0.0 || !value.is_finite() {
        return Content::Float(value.to_bits());
    }
    // 2⁶³, the first that does not fit.
    let limit = -(i64::MIN as f64);
    if (-limit..limit).contains(&value) {
        return Content::Int(value as i64);
    }
    // An integral float beyond 64 bits is its 53-bit significand shifted.
    let exponent = (value.to_bits() >> 52 & 0x7ff) as i64 - 1075;
    let significand = (value.to_bits() & ((1 << 52) - 1) | 1 << 52) as i64;
    let signed = if value < 0.0 { -significand } else { significand };
    Content::Big((BigInt::from(signed) << exponent as usize).to_signed_bytes_le())
}

/// The content of what is not composite. `Err` names the type of what cannot be a key.
fn content<'k>(graph: &'k Graph<'_>, key: Ref) -> Result<Content<'k>, ErrorKind> {
    let index = match key.atom() {
        Atom::None => return Ok(Content::None),
        Atom::Bool(value) => return Ok(Content::Int(value.into())),
        Atom::Int(value) => return Ok(Content::Int(value)),
        Atom::Float(value) => return Ok(number(value)),
        Atom::Node(index) => index,
    };
    let node = graph.node(index);
    Ok(match node {
        Node::Float(value) => Content::Float(value.to_bits()),
        Node::Int(value) => Content::Int(*value),
        Node::Big(value) => Content::Big(value.to_signed_bytes_le()),
        Node::Str(_) | Node::StrBox(_) | Node::Surrogates(_) => Content::Str(node.text().unwrap_or_default()),
        Node::Bytes(_) | Node::BytesBox(_) => Content::Bytes(node.bytes().unwrap_or_default()),
        Node::List(_) | Node::Dict(_) | Node::Set(_) | Node::ByteArray(_) | Node::ByteArrayBox(_) => {
            return Err(ErrorKind::Unhashable(node.type_name()));
        }
        Node::Global { module, name } => {
            let text = |index: u32| graph.node(index).text().unwrap_or_default();
            Content::Global(text(*module), text(*name))
        }
        _ => Content::Node(index),
    })
}

/// Whether the key is NaN, which equals nothing.
fn is_nan(graph: &Graph<'_>, key: Ref) -> bool {
    match key.atom() {
        Atom::Float(value) => value.is_nan(),
        Atom::Node(index) => matches!(graph.node(index), Node::Float(_)),
        _ => false,
    }
}

/// Whether these are keys and values in turn, few, and the keys different texts.
#[inline]
pub(crate) fn distinct_texts(graph: &Graph<'_>, entries: &[Ref]) -> bool {
    let mut texts: [&[u8]; 2 * SMALL] = Default::default();
    if entries.len() > 2 * texts.len() {
        return false;
    }
    for (i, entry) in entries.chunks_exact(2).enumerate() {
        let Some(text) = entry[0].index().and_then(|index| graph.node(index).text()) else {
            return false;
        };
        if texts[..i].contains(&text) {
            return false;
        }
        texts[i] = text;
    }
    true
}

/// The items of a composite key.
fn composite<'g>(graph: &'g Graph<'_>, key: Ref) -> Option<(u32, &'g [Ref])> {
    let index = key.index()?;
    match graph.node(index) {
        Node::Tuple(span) | Node::FrozenSet(span) => Some((index, graph.span(*span))),
        _ => None,
    }
}

impl Keys {
    /// Where `key` stands among the `count` keys of a container, which lie `stride` apart from `start` on.
    pub(crate) fn find(
        &mut self,
        graph: &Graph<'_>,
        container: u32,
        (start, count, stride): (usize, usize, usize),
        key: Ref,
    ) -> Result<Option<usize>, ErrorKind> {
        let at = |i: usize| graph.items[start + i * stride];
        if count < SMALL && composite(graph, key).is_none() {
            let wanted = content(graph, key)?;
            if is_nan(graph, key) {
                return Ok(None);
            }
            for i in 0..count {
                let other = at(i);
                if other == key || content(graph, other).is_ok_and(|c| c == wanted) {
                    return Ok(Some(i));
                }
            }
            return Ok(None);
        }
        let number = self.number(graph, key)?;
        let indexed = self.indexed.get(&container).map_or(0, |n| *n as usize);
        for i in indexed..count {
            let other = self.number(graph, at(i))?;
            self.positions.insert((container, other), i as u32);
        }
        if indexed < count {
            self.indexed.insert(container, count as u32);
        }
        Ok(self.positions.get(&(container, number)).map(|i| *i as usize))
    }

    /// The same number for equal keys.
    fn number(&mut self, graph: &Graph<'_>, key: Ref) -> Result<u32, ErrorKind> {
        let Some((root, _)) = composite(graph, key) else {
            return self.intern(graph, key, &[]);
        };
        let mut work = vec![root];
        while let Some(&index) = work.last() {
            let items = composite(graph, Ref::node(index)).map_or(&[][..], |(_, items)| items);
            let before = work.len();
            for &item in items {
                if let Some((child, _)) = composite(graph, item)
                    && !self.composites.contains_key(&child)
                {
                    work.push(child);
                }
            }
            if work.len() > before {
                continue;
            }
            work.pop();
            if self.composites.contains_key(&index) {
                continue;
            }
            let mut parts = Vec::with_capacity(items.len());
            for &item in items {
                parts.push(match composite(graph, item) {
                    Some((child, _)) => self.composites[&child],
                    None => self.intern(graph, item, &[])?,
                });
            }
            if matches!(graph.node(index), Node::FrozenSet(_)) {
                parts.sort_unstable();
            }
            let number = self.intern(graph, Ref::node(index), &parts)?;
            self.composites.insert(index, number);
        }
        Ok(self.composites[&root])
    }

    fn intern(&mut self, graph: &Graph<'_>, key: Ref, parts: &[u32]) -> Result<u32, ErrorKind> {
        let wanted = view(graph, key, parts)?;
        let mut hash = self.hasher.hash_one(&wanted);
        if !is_nan(graph, key) {
            // Two contents with one 64-bit hash do not occur in practice; if they do, the next hash is tried.
            while let Some(&number) = self.by_hash.get(&hash) {
                let entry = &self.entries[number as usize];
                if view(graph, entry.key, &entry.parts)? == wanted {
                    return Ok(number);
                }
                hash = hash.wrapping_add(1);
            }
            self.by_hash.insert(hash, self.entries.len() as u32);
        }
        self.entries.push(Entry {
            key,
            parts: parts.into(),
        });
        Ok(self.entries.len() as u32 - 1)
    }
}

fn view<'k>(graph: &'k Graph<'_>, key: Ref, parts: &'k [u32]) -> Result<Content<'k>, ErrorKind> {
    match key.index().map(|index| graph.node(index)) {
        Some(Node::Tuple(_)) => Ok(Content::Tuple(parts)),
        Some(Node::FrozenSet(_)) => Ok(Content::FrozenSet(parts)),
        _ => content(graph, key),
    }
}
