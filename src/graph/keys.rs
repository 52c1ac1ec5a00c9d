//! Python's equality of keys: `1 == True == 1.0`, `"a" != b"a"`, tuples and frozensets by content, all else by identity.
//!
//! Dicts and sets are runs of references in order. Small ones are searched item by item. For a larger one the position
//! of each key is kept in a table, so that filling it one SETITEM at a time is linear too. Composite keys are given a
//! number by content, bottom up and once, so that a tuple built of shared tuples costs what it stores, not what it
//! would print. Hashes are keyed at random, so that no stream can make them collide.

use super::{Atom, Graph, Node, Ref, load::room};
use crate::{error::ErrorKind, limits};
use num_bigint::BigInt;
use std::{
    borrow::Cow,
    collections::{HashMap, hash_map::RandomState},
    hash::{BuildHasher, Hash},
};

/// Up to this many entries are searched one by one.
const SMALL: usize = 8;

/// Text and numbers of more bytes than this are hashed once and not each time they are met.
const SHORT: usize = 64;

/// A key by its content, where content decides.
#[derive(PartialEq, Eq, Hash)]
pub(super) enum Content<'k> {
    None,
    Int(i64),
    /// An int of more than 64 bits, or a float of that value.
    Big(Cow<'k, BigInt>),
    Float(u64),
    Str(&'k [u8]),
    Bytes(&'k [u8]),
    /// The numbers of a tuple's items.
    Tuple(&'k [u32]),
    /// The numbers of a frozenset's items, sorted.
    FrozenSet(&'k [u32]),
    /// An import: the same names are the same object.
    Global(&'k [u8], &'k [u8]),
    /// The numbers of the names of one with long names, which many imports can share.
    LongGlobal(&'k [u32]),
    /// An object compared by identity.
    Node(u32),
}

/// A reference and the graph that it is of, for keys of one graph or of several.
pub(super) trait Place: Copy + Eq + Hash {
    fn at(self) -> Ref;
    /// Another reference of the same graph.
    fn beside(self, at: Ref) -> Self;
    /// Whether both are of one graph: only there can two objects be the same.
    fn same_graph(self, other: Self) -> bool;
}

impl Place for Ref {
    fn at(self) -> Ref {
        self
    }
    fn beside(self, at: Ref) -> Self {
        at
    }
    fn same_graph(self, _: Self) -> bool {
        true
    }
}

/// What one key is kept as: the first reference seen, and for composites where the numbers of their items are.
struct Entry<P> {
    key: P,
    start: u32,
    len: u32,
}

/// Gives equal keys the same number.
pub(super) struct Numbers<P> {
    interner: Interner<P>,
    /// The numbers of what takes more than a moment to number: tuples, frozensets, long text.
    known: HashMap<P, u32>,
}

struct Interner<P> {
    hasher: RandomState,
    entries: Vec<Entry<P>>,
    /// The numbers of the items of all composites.
    parts: Vec<u32>,
    by_hash: HashMap<u64, u32>,
    /// The numbers of the long names of imports.
    names: HashMap<P, u32>,
    /// How many bytes it may take with what is known, and the limit that says so.
    room: u64,
    limit: u64,
}

/// The numbers of keys and the positions of keys in larger dicts and sets, while a graph is being filled.
pub(crate) struct Keys {
    numbers: Numbers<Ref>,
    positions: HashMap<(u32, u32), u32>,
    /// How many items of a container have a position in the table.
    indexed: HashMap<u32, u32>,
    /// How many bytes all of this may take, beside what else is held, and the limit that says so.
    pub(crate) room: u64,
    pub(crate) limit: u64,
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
    Content::Big(Cow::Owned(BigInt::from(signed) << exponent as usize))
}

/// The content of what is not composite. `Err` names the type of what cannot be a key.
pub(super) fn content<'k>(graph: &'k Graph<'_>, key: Ref) -> Result<Content<'k>, ErrorKind> {
    let index = match key.atom() {
        Atom::None => return Ok(Content::None),
        Atom::Bool(value) => return Ok(Content::Int(value.into())),
        Atom::Int(value) => return Ok(Content::Int(value)),
        Atom::Float(value) => return Ok(number(value)),
        Atom::Node(index) => index,
    };
    let node = graph.node(index);
    Ok(match node {
        Node::Int(value) => Content::Int(*value),
        Node::Big(value) => Content::Big(Cow::Borrowed(value)),
        Node::Str(_) | Node::StrBox(_) | Node::Surrogates(_) => Content::Str(node.text().unwrap_or_default()),
        Node::Bytes(_) | Node::BytesBox(_) => Content::Bytes(node.bytes().unwrap_or_default()),
        Node::List(_) | Node::Dict(_) | Node::Set(_) | Node::ByteArray(_) | Node::ByteArrayBox(_) => {
            return Err(ErrorKind::Unhashable(node.type_name()));
        }
        Node::Global { module, name } => {
            let text = |index: u32| graph.node(index).text().unwrap_or_default();
            Content::Global(text(*module), text(*name))
        }
        // Those with items are composite, and equal to none of these.
        Node::Tuple(span) if span.len == 0 => Content::Tuple(&[]),
        Node::FrozenSet(span) if span.len == 0 => Content::FrozenSet(&[]),
        #[cfg(feature = "serde")]
        Node::Atom(atom) => return content(graph, *atom),
        _ => Content::Node(index),
    })
}

/// Whether these are keys and values in turn, few, and the keys different texts.
#[inline]
pub(crate) fn distinct_texts(graph: &Graph<'_>, entries: &[Ref]) -> bool {
    let mut texts: [&[u8]; 2 * SMALL] = Default::default();
    if entries.len() > 2 * texts.len() {
        return false;
    }
    for (i, entry) in entries.chunks_exact(2).enumerate() {
        // Long ones are compared once and not in each dict that they are in.
        let Some(text) =
            (entry[0].index().and_then(|index| graph.node(index).text())).filter(|text| text.len() <= SHORT)
        else {
            return false;
        };
        if texts[..i].contains(&text) {
            return false;
        }
        texts[i] = text;
    }
    true
}

/// The items of a composite key; an empty one is none.
pub(super) fn composite<'g>(graph: &'g Graph<'_>, key: Ref) -> Option<&'g [Ref]> {
    match graph.node(key.index()?) {
        Node::Tuple(span) | Node::FrozenSet(span) if span.len > 0 => Some(graph.span(*span)),
        _ => None,
    }
}

/// Whether it takes more than a moment to hash or compare, so that it must not be done each time the key is met.
pub(super) fn is_long(graph: &Graph<'_>, key: Ref) -> bool {
    let Some(index) = key.index() else {
        return false;
    };
    match graph.node(index) {
        Node::Str(text) => text.len() > SHORT,
        Node::StrBox(text) => text.len() > SHORT,
        Node::Surrogates(bytes) | Node::BytesBox(bytes) => bytes.len() > SHORT,
        Node::Bytes(bytes) => bytes.len() > SHORT,
        Node::Big(value) => value.bits() > 8 * SHORT as u64,
        Node::Global { module, name } => [module, name].iter().any(|i| is_long(graph, Ref::node(**i))),
        _ => false,
    }
}

/// Rates a key from the ratings of its items, bottom up, each composite once. `rate` is given a key and, for composites,
/// the ratings of the items, in order or, of a frozenset, sorted; and told how many bytes what is known takes.
pub(super) fn bottom_up<'g, P: Place, T: Copy + Ord>(
    root: P,
    graph: impl Fn(P) -> &'g Graph<'g>,
    known: &mut HashMap<P, T>,
    mut rate: impl FnMut(P, &[T], u64) -> Result<T, ErrorKind>,
) -> Result<T, ErrorKind> {
    if let Some(rating) = known.get(&root) {
        return Ok(*rating);
    }
    let graph = graph(root);
    let mut work = vec![root];
    let mut parts = Vec::new();
    loop {
        let key = *work.last().unwrap_or(&root);
        // One that is met twice before it is rated waits twice; its items must not be gone through again.
        if work.len() > 1 && known.contains_key(&key) {
            work.pop();
            continue;
        }
        let items = composite(graph, key.at()).unwrap_or_default();
        let before = work.len();
        let children = items.iter().filter(|item| composite(graph, **item).is_some());
        work.extend(
            children
                .map(|item| key.beside(*item))
                .filter(|item| !known.contains_key(item)),
        );
        if work.len() > before {
            continue;
        }
        work.pop();
        parts.clear();
        for item in items.iter().map(|item| key.beside(*item)) {
            let part = if composite(graph, item.at()).is_some() {
                known[&item]
            } else if is_long(graph, item.at()) {
                match known.get(&item) {
                    Some(part) => *part,
                    None => {
                        let rating = rate(item, &[], room::of_map(known))?;
                        *known.entry(item).or_insert(rating)
                    }
                }
            } else {
                rate(item, &[], 0)?
            };
            parts.push(part);
        }
        if is_frozenset(graph, key.at()) {
            parts.sort_unstable();
        }
        let rating = rate(key, &parts, room::of_map(known) + room::of_vec(&work))?;
        known.insert(key, rating);
        if work.is_empty() {
            return Ok(rating);
        }
    }
}

fn is_frozenset(graph: &Graph<'_>, key: Ref) -> bool {
    key.index()
        .is_some_and(|index| matches!(graph.node(index), Node::FrozenSet(_)))
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
        if count < SMALL {
            // Nearly all keys: text is compared with text only.
            let text = |key: Ref| graph.node(key.index()?).text();
            if let Some(wanted) = text(key)
                && wanted.len() <= SHORT
            {
                return Ok((0..count).find(|i| at(*i) == key || text(at(*i)) == Some(wanted)));
            }
            if composite(graph, key).is_none() && !is_long(graph, key) {
                let wanted = content(graph, key)?;
                let same = |i: &usize| at(*i) == key || content(graph, at(*i)).is_ok_and(|other| other == wanted);
                return Ok((0..count).find(same));
            }
        }
        let positions = room::of_map(&self.positions) + room::of_map(&self.indexed);
        self.numbers.interner.room = self.room.saturating_sub(positions);
        self.numbers.interner.limit = self.limit;
        let number = self.numbers.number(&|_| graph, key)?;
        let indexed = self.indexed.get(&container).map_or(0, |n| *n as usize);
        for i in indexed..count {
            let other = self.numbers.number(&|_| graph, at(i))?;
            self.positions.insert((container, other), i as u32);
        }
        if indexed < count {
            self.indexed.insert(container, count as u32);
        }
        Ok(self.positions.get(&(container, number)).map(|i| *i as usize))
    }
}

impl Keys {
    /// How many bytes all of this takes.
    pub(crate) fn held(&self) -> u64 {
        let numbers = self.numbers.interner.held() + room::of_map(&self.numbers.known);
        numbers + room::of_map(&self.positions) + room::of_map(&self.indexed)
    }
}

impl Default for Keys {
    fn default() -> Self {
        Keys {
            numbers: Numbers::default(),
            positions: HashMap::new(),
            indexed: HashMap::new(),
            room: u64::MAX,
            limit: u64::MAX,
        }
    }
}

impl<P> Default for Numbers<P> {
    fn default() -> Self {
        Numbers {
            interner: Interner {
                hasher: RandomState::new(),
                entries: Vec::new(),
                parts: Vec::new(),
                by_hash: HashMap::new(),
                names: HashMap::new(),
                room: u64::MAX,
                limit: u64::MAX,
            },
            known: HashMap::new(),
        }
    }
}

impl<P: Place> Numbers<P> {
    /// The same number for equal keys, and another for others.
    pub(super) fn number<'g>(&mut self, graph: &impl Fn(P) -> &'g Graph<'g>, key: P) -> Result<u32, ErrorKind> {
        let home = graph(key);
        let composite = composite(home, key.at()).is_some();
        if !composite && !is_long(home, key.at()) {
            return self.interner.intern(graph, key, &[]);
        }
        let interner = &mut self.interner;
        bottom_up(key, graph, &mut self.known, |key, parts, known| {
            if known > 0 && interner.held().saturating_add(known) > interner.room {
                return Err(limits::reached("memory", interner.limit));
            }
            interner.intern(graph, key, parts)
        })
    }
}

impl<P> Interner<P> {
    /// How many bytes it takes.
    fn held(&self) -> u64 {
        room::of_vec(&self.entries) + room::of_vec(&self.parts) + room::of_map(&self.by_hash)
    }

    /// The numbers of the items of a composite.
    fn parts(&self, entry: &Entry<P>) -> &[u32] {
        let start = entry.start as usize;
        self.parts.get(start..start + entry.len as usize).unwrap_or_default()
    }
}

impl<P: Place> Interner<P> {
    fn intern<'g>(&mut self, graph: &impl Fn(P) -> &'g Graph<'g>, key: P, parts: &[u32]) -> Result<u32, ErrorKind> {
        let home = graph(key);
        if let Some(Node::Global { module, name }) = key.at().index().map(|index| home.node(index))
            && parts.is_empty()
            && is_long(home, key.at())
        {
            let names = [key.beside(Ref::node(*module)), key.beside(Ref::node(*name))];
            let parts = [self.name(graph, names[0])?, self.name(graph, names[1])?];
            return self.intern(graph, key, &parts);
        }
        let wanted = view(home, key.at(), parts)?;
        let mut hash = self.hasher.hash_one(&wanted);
        // Two contents with one 64-bit hash do not occur in practice, but for the same index in two graphs; then the
        // next hash is tried.
        while let Some(&number) = self.by_hash.get(&hash) {
            let entry = &self.entries[number as usize];
            let other = view(graph(entry.key), entry.key.at(), self.parts(entry))?;
            if other == wanted && (!matches!(other, Content::Node(_)) || entry.key.same_graph(key)) {
                return Ok(number);
            }
            hash = hash.wrapping_add(1);
        }
        if self.entries.len() == self.entries.capacity() && self.held() > self.room {
            return Err(limits::reached("memory", self.limit));
        }
        // Numbers and the places of parts are indices of 32 bits; a graph has no more objects, but may have more items.
        let (Ok(start), Ok(len)) = (u32::try_from(self.parts.len()), u32::try_from(parts.len())) else {
            return Err(limits::reached("nodes", u32::MAX.into()));
        };
        self.by_hash.insert(hash, self.entries.len() as u32);
        self.entries.push(Entry { key, start, len });
        self.parts.extend_from_slice(parts);
        Ok(self.entries.len() as u32 - 1)
    }
}

impl<P: Place> Interner<P> {
    /// The number of the name of an import, which is gone through once.
    fn name<'g>(&mut self, graph: &impl Fn(P) -> &'g Graph<'g>, name: P) -> Result<u32, ErrorKind> {
        if let Some(number) = self.names.get(&name) {
            return Ok(*number);
        }
        // A name is text, so this goes no deeper.
        let number = self.intern(graph, name, &[])?;
        if is_long(graph(name), name.at()) {
            self.names.insert(name, number);
        }
        Ok(number)
    }
}

fn view<'k>(graph: &'k Graph<'_>, key: Ref, parts: &'k [u32]) -> Result<Content<'k>, ErrorKind> {
    match key.index().map(|index| graph.node(index)) {
        Some(Node::Tuple(_)) => Ok(Content::Tuple(parts)),
        Some(Node::FrozenSet(_)) => Ok(Content::FrozenSet(parts)),
        Some(Node::Global { .. }) if !parts.is_empty() => Ok(Content::LongGlobal(parts)),
        _ => content(graph, key),
    }
}
