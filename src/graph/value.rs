//! Handles to read with: small copies that know their graph.

use super::{
    Atom, Call, Event, EventKind, Graph, Node, Ref, Span,
    node::{Object as ObjectNode, Step as StepNode},
};
use num_bigint::BigInt;
use std::fmt;

/// One object of a graph, to read with: a graph and a [`Ref`], copied freely.
///
/// ```
/// use brinery::{Graph, Kind};
/// // {'name': 'lamp', 'sizes': [1, 2], 'ratio': 0.5}
/// let bytes = b"\x80\x04}(\x8c\x04name\x8c\x04lamp\x8c\x05sizes](K\x01K\x02e\x8c\x05ratioG?\xe0\0\0\0\0\0\0u.";
/// let graph = Graph::from_slice(bytes)?;
/// let root = graph.root();
/// assert_eq!(root.get("name").and_then(|name| name.as_str()), Some("lamp"));
/// assert_eq!(root.get("sizes").and_then(|sizes| sizes.get(1)?.as_i64()), Some(2));
/// assert_eq!(root.at("sizes.0").and_then(|size| size.as_i64()), Some(1));
/// for (key, value) in root.entries() {
///     println!("{key} is {value}");
/// }
/// assert!(matches!(root.get("ratio").map(|ratio| ratio.kind()), Some(Kind::Float(0.5))));
/// # Ok::<(), brinery::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct Value<'g> {
    pub(crate) graph: &'g Graph<'g>,
    pub(crate) at: Ref,
}

/// What an object is, one level deep.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Kind<'g> {
    /// `None`
    None,
    /// `True` and `False`
    Bool(bool),
    /// An int of up to 64 bits.
    Int(i64),
    /// Any other int.
    BigInt(&'g BigInt),
    /// A float.
    Float(f64),
    /// A str.
    Str(Str<'g>),
    /// A bytes.
    Bytes(&'g [u8]),
    /// A bytearray.
    ByteArray(&'g [u8]),
    /// A list.
    List(Items<'g>),
    /// A tuple.
    Tuple(Items<'g>),
    /// A dict.
    Dict(Entries<'g>),
    /// A set, in the order of the stream.
    Set(Items<'g>),
    /// A frozenset, in the order of the stream.
    FrozenSet(Items<'g>),
    /// An import.
    Global(Global<'g>),
    /// The result of a call, which was not made.
    Object(Object<'g>),
    /// What the persistent id stands for.
    Persistent(Value<'g>),
    /// An out-of-band buffer.
    Buffer {
        /// Its number in the stream.
        index: usize,
        /// Its bytes, if they were given.
        bytes: Option<&'g [u8]>,
        /// Whether it is read-only.
        readonly: bool,
    },
}

/// A Python str, which unlike Rust's may hold lone surrogates.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Str<'g>(&'g [u8]);

impl<'g> Str<'g> {
    pub(super) fn new(text: &'g [u8]) -> Self {
        Str(text)
    }

    /// As Rust text; `None` if there is a lone surrogate in it.
    pub fn to_str(self) -> Option<&'g str> {
        str::from_utf8(self.0).ok()
    }

    /// As UTF-8, with lone surrogates as Python's `surrogatepass` encodes them.
    pub fn as_bytes(self) -> &'g [u8] {
        self.0
    }
}

impl fmt::Debug for Str<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        crate::text::python_str_repr(self.0, f)
    }
}

/// The items of a list, tuple, set or frozenset, or the arguments of a call.
#[derive(Clone, Copy)]
pub struct Items<'g> {
    graph: &'g Graph<'g>,
    refs: &'g [Ref],
}

impl<'g> Items<'g> {
    pub(super) fn new(graph: &'g Graph<'g>, span: Span) -> Self {
        Items {
            graph,
            refs: graph.span(span),
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.refs.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.refs.is_empty()
    }

    /// The item at an index.
    pub fn get(&self, index: usize) -> Option<Value<'g>> {
        self.refs.get(index).map(|at| self.graph.value(*at))
    }

    /// The items in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Value<'g>> + DoubleEndedIterator + use<'g> {
        let graph = self.graph;
        self.refs.iter().map(move |at| graph.value(*at))
    }
}

impl<'g> IntoIterator for Items<'g> {
    type Item = Value<'g>;
    type IntoIter = ItemsIter<'g>;
    fn into_iter(self) -> ItemsIter<'g> {
        ItemsIter {
            graph: self.graph,
            refs: self.refs.iter(),
        }
    }
}

/// The iterator over [`Items`].
#[derive(Clone)]
pub struct ItemsIter<'g> {
    graph: &'g Graph<'g>,
    refs: std::slice::Iter<'g, Ref>,
}

impl<'g> Iterator for ItemsIter<'g> {
    type Item = Value<'g>;
    fn next(&mut self) -> Option<Value<'g>> {
        self.refs.next().map(|at| self.graph.value(*at))
    }
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.refs.size_hint()
    }
}

impl ExactSizeIterator for ItemsIter<'_> {}

/// The entries of a dict, in order.
#[derive(Clone, Copy)]
pub struct Entries<'g> {
    graph: &'g Graph<'g>,
    refs: &'g [Ref],
}

impl<'g> Entries<'g> {
    pub(super) fn new(graph: &'g Graph<'g>, span: Span) -> Self {
        Entries {
            graph,
            refs: graph.span(span),
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.refs.len() / 2
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.refs.is_empty()
    }

    /// The keys and values in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (Value<'g>, Value<'g>)> + use<'g> {
        let graph = self.graph;
        self.refs
            .chunks_exact(2)
            .map(move |entry| (graph.value(entry[0]), graph.value(entry[1])))
    }

    /// The keys in order.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = Value<'g>> + use<'g> {
        self.iter().map(|(key, _)| key)
    }

    /// The value whose key is this text. Takes time in the number of entries.
    pub fn get(&self, key: &str) -> Option<Value<'g>> {
        self.iter()
            .find(|(k, _)| k.text() == Some(key.as_bytes()))
            .map(|(_, value)| value)
    }
}

impl<'g> IntoIterator for Entries<'g> {
    type Item = (Value<'g>, Value<'g>);
    type IntoIter = std::vec::IntoIter<(Value<'g>, Value<'g>)>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter().collect::<Vec<_>>().into_iter()
    }
}

/// An import: a class, a function or anything else with a module and a qualified name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Global<'g> {
    /// The module, by its Python 3 name.
    pub module: Str<'g>,
    /// The name in the module, with dots if it is nested.
    pub name: Str<'g>,
}

impl Global<'_> {
    /// Whether it is this object of this module.
    pub fn is(&self, module: &str, name: &str) -> bool {
        self.module.0 == module.as_bytes() && self.name.0 == name.as_bytes()
    }
}

/// An object that a call would make. The call was not made.
#[derive(Clone, Copy)]
pub struct Object<'g> {
    graph: &'g Graph<'g>,
    index: u32,
    node: ObjectNode,
}

impl<'g> Object<'g> {
    /// Which opcode calls.
    pub fn call(&self) -> Call {
        self.node.call
    }

    /// The class or function.
    pub fn callable(&self) -> Value<'g> {
        self.graph.value(Ref::node(self.node.callable))
    }

    /// The positional arguments.
    pub fn args(&self) -> Items<'g> {
        let mut refs = self.graph.tuple(self.node.args);
        if let (Call::NewEx, [args, _]) = (self.node.call, refs) {
            refs = args.index().map_or(&[], |index| self.graph.tuple(index));
        }
        Items {
            graph: self.graph,
            refs,
        }
    }

    /// The keyword arguments, which only [`Call::NewEx`] has.
    pub fn kwargs(&self) -> Option<Entries<'g>> {
        match (self.node.call, self.graph.tuple(self.node.args)) {
            (Call::NewEx, [_, kwargs]) => match self.graph.value(*kwargs).kind() {
                Kind::Dict(entries) => Some(entries),
                _ => None,
            },
            _ => None,
        }
    }

    /// What is done to it afterwards, in order.
    pub fn steps(&self) -> impl Iterator<Item = Step<'g>> + use<'g> {
        self.graph.value(Ref::node(self.index)).steps()
    }

    /// The state that BUILD gives it last.
    pub fn state(&self) -> Option<Value<'g>> {
        self.steps()
            .filter_map(|step| match step {
                Step::State(state) | Step::Setter { state, .. } => Some(state),
                _ => None,
            })
            .last()
    }
}

/// Something done to an object after it was made.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Step<'g> {
    /// `object.extend(items)`
    Append(Items<'g>),
    /// `object[key] = value` for each entry.
    SetItems(Entries<'g>),
    /// `object.add(item)` for each item.
    Add(Items<'g>),
    /// `object.__setstate__(state)`, or its attributes from a dict.
    State(Value<'g>),
    /// `setter(object, state)`
    Setter {
        /// The function.
        setter: Value<'g>,
        /// The state.
        state: Value<'g>,
    },
}

/// Something the pickle does when it is loaded.
#[derive(Debug, Clone, Copy)]
pub struct Deed<'g> {
    /// The byte where its opcode starts.
    pub offset: u64,
    /// What is done.
    pub kind: DeedKind,
    /// The import, the object that the call makes, or the one that is given its state.
    pub value: Value<'g>,
}

/// What a pickle can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeedKind {
    /// Import a name.
    Import,
    /// Call something.
    Call,
    /// Give an object its state, which may call its `__setstate__`.
    Build,
    /// Ask for what a persistent id stands for.
    Persistent,
}

impl<'a> Graph<'a> {
    /// The object that a reference of this graph stands for.
    ///
    /// # Panics
    /// When methods of the value are called, if the reference is of another, larger graph.
    pub fn value(&self, at: Ref) -> Value<'_> {
        Value { graph: self, at }
    }

    /// What the pickle says: the last of the roots, `None` in a graph without.
    pub fn root(&self) -> Value<'_> {
        self.value(self.roots.last().copied().unwrap_or(Ref::NONE))
    }

    /// The value of each pickle that was read into this graph.
    pub fn roots(&self) -> impl ExactSizeIterator<Item = Value<'_>> {
        self.roots.iter().map(|at| self.value(*at))
    }

    /// The imports, calls and BUILDs of the stream in order, also those whose result was thrown away.
    ///
    /// ```
    /// // os.system('echo'), dropped; then None
    /// let graph = brinery::Graph::from_slice(b"cos\nsystem\n(S'echo'\ntR0N.")?;
    /// let deeds: Vec<_> = graph.deeds().map(|deed| format!("{} {:?} {}", deed.offset, deed.kind, deed.value)).collect();
    /// assert_eq!(deeds, ["0 Import os.system", "21 Call os.system('echo')"]);
    /// # Ok::<(), brinery::Error>(())
    /// ```
    pub fn deeds(&self) -> impl ExactSizeIterator<Item = Deed<'_>> {
        self.events.iter().map(|Event { offset, node, kind }| Deed {
            offset: *offset,
            kind: match kind {
                EventKind::Import => DeedKind::Import,
                EventKind::Call => DeedKind::Call,
                EventKind::Build => DeedKind::Build,
                EventKind::Persistent => DeedKind::Persistent,
            },
            value: self.value(*node),
        })
    }
}

impl<'g> Value<'g> {
    /// What is stored: give it to [`Graph::value`] to come back here.
    pub fn id(self) -> Ref {
        self.at
    }

    /// Whether both are one object, as Python's `is`. Atoms (`None`, bools, ints, floats) are one when they are equal.
    pub fn is(self, other: Value<'_>) -> bool {
        self.at == other.at && std::ptr::addr_eq(self.graph, other.graph)
    }

    pub(crate) fn index(self) -> Option<u32> {
        self.at.index()
    }

    fn node(self) -> Option<&'g Node<'g>> {
        self.index().map(|index| self.graph.node(index))
    }

    pub(crate) fn text(self) -> Option<&'g [u8]> {
        self.node()?.text()
    }

    /// What it is, one level deep.
    pub fn kind(self) -> Kind<'g> {
        let graph = self.graph;
        let index = match self.at.atom() {
            Atom::None => return Kind::None,
            Atom::Bool(value) => return Kind::Bool(value),
            Atom::Int(value) => return Kind::Int(value),
            Atom::Float(value) => return Kind::Float(value),
            Atom::Node(index) => index,
        };
        match graph.node(index) {
            Node::Float(value) => Kind::Float(*value),
            Node::Int(value) => Kind::Int(*value),
            Node::Big(value) => Kind::BigInt(value),
            Node::Str(text) => Kind::Str(Str(text.as_bytes())),
            Node::StrBox(text) => Kind::Str(Str(text.as_bytes())),
            Node::Surrogates(text) => Kind::Str(Str(text)),
            Node::Bytes(bytes) => Kind::Bytes(bytes),
            Node::BytesBox(bytes) => Kind::Bytes(bytes),
            Node::ByteArray(bytes) => Kind::ByteArray(bytes),
            Node::ByteArrayBox(bytes) => Kind::ByteArray(bytes),
            Node::List(span) => Kind::List(Items::new(graph, *span)),
            Node::Tuple(span) => Kind::Tuple(Items::new(graph, *span)),
            Node::Dict(span) => Kind::Dict(Entries::new(graph, *span)),
            Node::Set(span) => Kind::Set(Items::new(graph, *span)),
            Node::FrozenSet(span) => Kind::FrozenSet(Items::new(graph, *span)),
            Node::Global { module, name } => Kind::Global(Global {
                module: Str(graph.node(*module).text().unwrap_or_default()),
                name: Str(graph.node(*name).text().unwrap_or_default()),
            }),
            Node::Object(node) => Kind::Object(Object {
                graph,
                index,
                node: *node,
            }),
            Node::Persistent(id) => Kind::Persistent(graph.value(*id)),
            Node::Buffer { index, readonly } => Kind::Buffer {
                index: *index as usize,
                bytes: graph.buffers.get(*index as usize).map(|bytes| &**bytes),
                readonly: *readonly,
            },
        }
    }

    /// What Python calls its type; `global`, `object`, `persistent object` and `buffer` for what only Python could tell.
    pub fn type_name(self) -> &'static str {
        match self.at.atom() {
            Atom::None => "None",
            Atom::Bool(_) => "bool",
            Atom::Int(_) => "int",
            Atom::Float(_) => "float",
            Atom::Node(index) => self.graph.node(index).type_name(),
        }
    }

    /// Whether it is `None`.
    pub fn is_none(self) -> bool {
        self.at == Ref::NONE
    }

    /// A bool.
    pub fn as_bool(self) -> Option<bool> {
        match self.kind() {
            Kind::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// An int that fits, and in Python a bool is one too.
    pub fn as_i64(self) -> Option<i64> {
        match self.kind() {
            Kind::Int(value) => Some(value),
            Kind::Bool(value) => Some(value.into()),
            _ => None,
        }
    }

    /// An int that fits.
    pub fn as_u64(self) -> Option<u64> {
        match self.kind() {
            Kind::BigInt(value) => value.try_into().ok(),
            _ => self.as_i64()?.try_into().ok(),
        }
    }

    /// An int of any size.
    pub fn as_bigint(self) -> Option<BigInt> {
        match self.kind() {
            Kind::BigInt(value) => Some(value.clone()),
            _ => self.as_i64().map(BigInt::from),
        }
    }

    /// A float, or an int as the nearest float.
    pub fn as_f64(self) -> Option<f64> {
        match self.kind() {
            Kind::Float(value) => Some(value),
            _ => self.as_i64().map(|value| value as f64),
        }
    }

    /// A str without lone surrogates.
    pub fn as_str(self) -> Option<&'g str> {
        match self.node()? {
            Node::Str(text) => Some(text),
            Node::StrBox(text) => Some(text),
            _ => None,
        }
    }

    /// A bytes or bytearray.
    pub fn as_bytes(self) -> Option<&'g [u8]> {
        let node = self.node()?;
        node.bytes().or_else(|| node.bytearray())
    }

    /// The items of a list, tuple, set or frozenset; `None` for anything else.
    pub fn as_items(self) -> Option<Items<'g>> {
        match self.kind() {
            Kind::List(items) | Kind::Tuple(items) | Kind::Set(items) | Kind::FrozenSet(items) => Some(items),
            _ => None,
        }
    }

    /// The entries of a dict; `None` for anything else.
    pub fn as_dict(self) -> Option<Entries<'g>> {
        match self.kind() {
            Kind::Dict(entries) => Some(entries),
            _ => None,
        }
    }

    /// A class, a function or another import.
    pub fn as_global(self) -> Option<Global<'g>> {
        match self.kind() {
            Kind::Global(global) => Some(global),
            _ => None,
        }
    }

    /// The result of a call.
    pub fn as_object(self) -> Option<Object<'g>> {
        match self.kind() {
            Kind::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The items of a list, tuple, set or frozenset; nothing for anything else.
    pub fn items(self) -> ItemsIter<'g> {
        let none = Items {
            graph: self.graph,
            refs: &[],
        };
        self.as_items().unwrap_or(none).into_iter()
    }

    /// The keys and values of a dict; nothing for anything else.
    pub fn entries(self) -> impl ExactSizeIterator<Item = (Value<'g>, Value<'g>)> + use<'g> {
        let none = Entries {
            graph: self.graph,
            refs: &[],
        };
        self.as_dict().unwrap_or(none).iter()
    }

    /// How many items or entries a container has, or bytes a bytes.
    pub fn len(self) -> Option<usize> {
        match self.kind() {
            Kind::Dict(entries) => Some(entries.len()),
            _ => self
                .as_items()
                .map(|items| items.len())
                .or_else(|| self.as_bytes().map(<[u8]>::len)),
        }
    }

    /// Whether a container has no items; `None` for what is not one.
    pub fn is_empty(self) -> Option<bool> {
        self.len().map(|len| len == 0)
    }

    /// The value under a key of a dict, or of the dict that is an object's state (its attributes); or the item of a list
    /// or tuple at an index.
    pub fn get(self, key: impl Key) -> Option<Value<'g>> {
        key.get(self)
    }

    /// Follows a path of keys and indices, such as `users.3.name`.
    pub fn at(self, path: &str) -> Option<Value<'g>> {
        path.split('.').try_fold(self, |value, part| {
            value
                .get(part)
                .or_else(|| part.parse::<usize>().ok().and_then(|index| value.get(index)))
        })
    }

    /// What is done to an object after it was made, in order.
    pub fn steps(self) -> impl Iterator<Item = Step<'g>> + use<'g> {
        let graph = self.graph;
        self.index().into_iter().flat_map(move |index| {
            graph.steps(index).map(move |step| match step {
                StepNode::Append(span) => Step::Append(Items::new(graph, span)),
                StepNode::SetItems(span) => Step::SetItems(Entries::new(graph, span)),
                StepNode::Add(span) => Step::Add(Items::new(graph, span)),
                StepNode::State(state) => Step::State(graph.value(state)),
                StepNode::Setter { setter, state } => Step::Setter {
                    setter: graph.value(setter),
                    state: graph.value(state),
                },
            })
        })
    }

    /// The function and arguments from which a built-in object was made that the protocol cannot say directly, such as a
    /// set below protocol 4.
    pub fn spelled_by(self) -> Option<(Value<'g>, Items<'g>)> {
        let recipe = self.graph.recipes.get(&self.index()?)?;
        let args = Items {
            graph: self.graph,
            refs: self.graph.tuple(recipe.args),
        };
        Some((self.graph.value(Ref::node(recipe.callable)), args))
    }
}

/// What [`Value::get`] takes: text for dicts and attributes, a number for lists and tuples.
pub trait Key {
    /// Looks itself up in a value.
    fn get<'g>(&self, value: Value<'g>) -> Option<Value<'g>>;
}

impl Key for str {
    fn get<'g>(&self, value: Value<'g>) -> Option<Value<'g>> {
        match value.kind() {
            Kind::Dict(entries) => entries.get(self),
            Kind::Object(object) => object.state()?.as_dict()?.get(self),
            _ => None,
        }
    }
}

impl<K: Key + ?Sized> Key for &K {
    fn get<'g>(&self, value: Value<'g>) -> Option<Value<'g>> {
        (**self).get(value)
    }
}

impl Key for usize {
    fn get<'g>(&self, value: Value<'g>) -> Option<Value<'g>> {
        match value.kind() {
            Kind::List(items) | Kind::Tuple(items) => items.get(*self),
            _ => None,
        }
    }
}
