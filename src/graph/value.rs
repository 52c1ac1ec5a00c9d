//! Handles to read with: small copies that know their graph.

use super::{
    Atom, Entries, Global, Graph, Items, ItemsIter, Kind, Node, Object, Ref, Step, Str, node::Step as StepNode,
};
use num_bigint::BigInt;

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
            #[cfg(feature = "serde")]
            Node::Atom(atom) => graph.value(*atom).kind(),
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
                    setter: graph.value(Ref::node(setter)),
                    state: graph.value(state),
                },
                StepNode::Aside { callable, args, .. } => Step::Aside {
                    callable: graph.value(Ref::node(callable)),
                    args: Items {
                        graph,
                        refs: graph.tuple(args),
                    },
                },
            })
        })
    }

    /// The state that an object was given last of all. Unlike [`Object::state`] it takes no time in what was done before, and
    /// does not look behind what was done later.
    pub(crate) fn last_state(self) -> Option<Value<'g>> {
        let last = self.graph.chain(self.index()?).last;
        match self.graph.links.get(last as usize)?.step {
            StepNode::State(state) => Some(self.graph.value(state)),
            _ => None,
        }
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
