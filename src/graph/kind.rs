//! What an object is, one level deep: what [`Value::kind`] answers.

use super::{Graph, Ref, Span, Value, node::Object as ObjectNode};
use crate::reduce::Call;
use num_bigint::BigInt;
use std::fmt;

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
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Str<'g>(pub(super) &'g [u8]);

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

impl<'g> From<&'g str> for Str<'g> {
    fn from(text: &'g str) -> Self {
        Str(text.as_bytes())
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
    pub(crate) graph: &'g Graph<'g>,
    pub(crate) refs: &'g [Ref],
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

    /// Some of them.
    pub(crate) fn slice(&self, range: std::ops::Range<usize>) -> Option<Self> {
        let graph = self.graph;
        self.refs.get(range).map(|refs| Items { graph, refs })
    }

    /// The items from an index on.
    pub(crate) fn tail(&self, index: usize) -> Items<'g> {
        Items {
            graph: self.graph,
            refs: self.refs.get(index..).unwrap_or_default(),
        }
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
    pub(super) graph: &'g Graph<'g>,
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

impl DoubleEndedIterator for ItemsIter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.refs.next_back().map(|at| self.graph.value(*at))
    }
}

/// The entries of a dict, in order.
#[derive(Clone, Copy)]
pub struct Entries<'g> {
    pub(super) graph: &'g Graph<'g>,
    pub(crate) refs: &'g [Ref],
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

impl<'g> Global<'g> {
    /// Module and name, to be matched.
    pub(crate) fn path(&self) -> Option<(&'g str, &'g str)> {
        Some((self.module.to_str()?, self.name.to_str()?))
    }

    /// Whether it is this object of this module.
    pub fn is(&self, module: &str, name: &str) -> bool {
        self.module.0 == module.as_bytes() && self.name.0 == name.as_bytes()
    }
}

/// An object that a call would make. The call was not made.
#[derive(Clone, Copy)]
pub struct Object<'g> {
    pub(super) graph: &'g Graph<'g>,
    pub(super) index: u32,
    pub(super) node: ObjectNode,
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

    /// The arguments as one tuple: for [`Call::NewEx`] the positional ones and the dict of the others.
    #[cfg(feature = "serde")]
    pub(crate) fn all_args(&self) -> Items<'g> {
        Items {
            graph: self.graph,
            refs: self.graph.tuple(self.node.args),
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
    /// `callable(*args)`, whose result is thrown away.
    Aside {
        /// The function.
        callable: Value<'g>,
        /// Its arguments.
        args: Items<'g>,
    },
}
