//! Graphs written by hand: a builder and a macro.

use super::{Borrow, Graph, Loader, Node, Ref, Span, Value, node::Step};
use crate::{
    error::{ErrorKind, Result},
    heap::Heap,
    reduce::Call,
    settings::ReadOptions,
};
use num_bigint::BigInt;
use std::{collections::HashMap, sync::LazyLock};

static DEFAULTS: LazyLock<ReadOptions> = LazyLock::new(ReadOptions::default);

/// Makes a graph, object by object. Each method gives a [`Ref`], which may be used as often as wanted: the object is then
/// shared. Containers can be filled later, and so contain themselves.
///
/// A [`Ref`] is only good for the builder that gave it; this is not checked, and a graph with a reference of another
/// panics when it is read.
///
/// ```
/// use brinery::{Builder, Options};
/// let mut build = Builder::new();
/// let tags = build.list([]);
/// let name = build.add("lamp");
/// build.append(tags, [name, tags])?; // contains itself
/// let class = build.global("shop.models", "Article");
/// let article = build.new_object(class, [])?;
/// let key = build.add("tags");
/// let state = build.dict([(key, tags)])?;
/// build.set_state(article, state)?;
/// let graph = build.finish(article);
/// assert_eq!(graph.root().to_string(), "shop.models.Article() | {'tags': ['lamp', [...]]}");
/// let bytes = Options::new().protocol(2).write(&graph)?;
/// assert_eq!(bytes, b"\x80\x02cshop.models\nArticle\nq\0)\x81q\x01}q\x02X\x04\0\0\0tagsq\x03]q\x04(\
///                     X\x04\0\0\0lampq\x05h\x04esb.");
/// # Ok::<(), brinery::Error>(())
/// ```
///
/// `'a` is how long the input lives from which a graph was read that is gone on with; it plays no part in graphs that
/// begin empty.
pub struct Builder<'a> {
    loader: Loader<'a, 'static, Borrow>,
    /// What was imported by path.
    pub(crate) imports: HashMap<String, Ref>,
    /// The texts that there is one of.
    pub(crate) texts: HashMap<String, Ref>,
}

impl Default for Builder<'_> {
    fn default() -> Self {
        Builder::new()
    }
}

/// What a [`Builder`] can add by itself.
pub trait Build {
    /// Adds the value.
    fn build(self, builder: &mut Builder<'_>) -> Ref;
}

/// Goes on with a graph: what refers to its objects stays good. It has no roots any more.
///
/// ```
/// use brinery::{Builder, Graph};
/// let graph = Graph::from_slice(b"\x80\x04]\x94K\x01a.")?;
/// let list = graph.root().id();
/// let mut build = Builder::from(graph);
/// let two = build.add(2);
/// build.append(list, [two])?;
/// assert_eq!(build.finish(list).root().to_string(), "[1, 2]");
/// # Ok::<(), brinery::Error>(())
/// ```
impl<'a> From<Graph<'a>> for Builder<'a> {
    fn from(mut graph: Graph<'a>) -> Self {
        graph.roots.clear();
        // It is not counted while it is changed.
        graph.payload = None;
        let mut builder = Builder::new();
        builder.loader.graph = graph;
        builder
    }
}

impl<'a> Builder<'a> {
    /// A graph without objects.
    pub fn new() -> Self {
        Builder {
            loader: Loader::new(&DEFAULTS),
            imports: HashMap::new(),
            texts: HashMap::new(),
        }
    }

    /// The object that a reference of this graph stands for, to look at.
    ///
    /// # Panics
    /// When methods of the value are called, if the reference is of another, larger graph.
    pub fn value(&self, at: Ref) -> Value<'_> {
        self.loader.graph.value(at)
    }

    /// What was built so far.
    pub(crate) fn graph(&self) -> &Graph<'a> {
        &self.loader.graph
    }

    /// The same, to be changed.
    pub(crate) fn graph_mut(&mut self) -> &mut Graph<'a> {
        &mut self.loader.graph
    }

    /// Gives a dict or set these items, which may have equal keys.
    pub(crate) fn rebuild(&mut self, index: u32, items: &[Ref], stride: usize) -> Result<()> {
        // What is known of its keys is of the old ones.
        self.loader.keys = Default::default();
        let at = Ref::node(index);
        let frozen = matches!(self.graph().node(index), Node::FrozenSet(_));
        if frozen {
            let new = self.frozenset(items)?;
            let node = new.index().map(|new| self.graph().node(new).clone());
            self.loader.graph.nodes[index as usize] = node.unwrap_or(Node::FrozenSet(Span::default()));
            return Ok(());
        }
        let empty = Span::default();
        self.loader.graph.nodes[index as usize] = if stride == 2 {
            Node::Dict(empty)
        } else {
            Node::Set(empty)
        };
        let mut items = items.to_vec();
        match stride {
            2 => self.heap().set_items(&at, items.drain(..))?,
            _ => self.heap().add_items(&at, items.drain(..))?,
        }
        Ok(())
    }

    /// Adds a Rust value: a number, text, bytes (`&[u8]`), an option, a vector, or something already added.
    pub fn add(&mut self, value: impl Build) -> Ref {
        value.build(self)
    }

    /// The `str` of this text: the same object each time, as literals and names in a Python program are.
    ///
    /// ```
    /// let mut build = brinery::Builder::new();
    /// assert_eq!(build.interned("name"), build.interned("name"));
    /// assert_ne!(build.add("name"), build.add("name"));
    /// ```
    pub fn interned(&mut self, text: &str) -> Ref {
        if let Some(known) = self.texts.get(text) {
            return *known;
        }
        let new = self.add(text);
        self.texts.insert(text.into(), new);
        new
    }

    /// The index of the node comes with it; 2³² objects are refused when the graph is written.
    fn node(&mut self, node: Node<'a>) -> Ref {
        let index = self.loader.graph.nodes.len() as u32;
        self.loader.graph.nodes.push(node);
        Ref::node(index)
    }

    fn span(&mut self, items: &[Ref]) -> Span {
        let start = self.loader.graph.items.len() as u32;
        self.loader.graph.items.extend_from_slice(items);
        let len = items.len() as u32;
        Span { start, len, cap: len }
    }

    /// A `bytearray`.
    pub fn bytearray(&mut self, bytes: &[u8]) -> Ref {
        self.node(Node::ByteArrayBox(Box::new(bytes.to_vec())))
    }

    /// An out-of-band buffer of protocol 5 (`PickleBuffer`) with its bytes: left out by
    /// [`Options::write_with_buffers`](crate::Options::write_with_buffers), written as `bytes` or `bytearray` by the other
    /// doors.
    pub fn buffer(&mut self, bytes: impl Into<Vec<u8>>, readonly: bool) -> Ref {
        let buffers = &mut self.loader.graph.buffers;
        let index = buffers.len() as u32;
        buffers.push(bytes.into().into());
        self.node(Node::Buffer { index, readonly })
    }

    /// A list.
    pub fn list(&mut self, items: impl AsRef<[Ref]>) -> Ref {
        let span = self.span(items.as_ref());
        self.node(Node::List(span))
    }

    /// A tuple.
    pub fn tuple(&mut self, items: impl AsRef<[Ref]>) -> Ref {
        let span = self.span(items.as_ref());
        self.node(Node::Tuple(span))
    }

    /// A dict. An error if a key is not hashable; of equal keys, as in Python, the first stays with the last value.
    pub fn dict(&mut self, entries: impl AsRef<[(Ref, Ref)]>) -> Result<Ref> {
        let dict = self.node(Node::Dict(Span::default()));
        self.insert(dict, entries)?;
        Ok(dict)
    }

    /// A set. An error if an item is not hashable.
    pub fn set(&mut self, items: impl AsRef<[Ref]>) -> Result<Ref> {
        let set = self.node(Node::Set(Span::default()));
        self.add_items(set, items)?;
        Ok(set)
    }

    /// A frozenset. An error if an item is not hashable.
    pub fn frozenset(&mut self, items: impl AsRef<[Ref]>) -> Result<Ref> {
        let mut items = items.as_ref().to_vec();
        Ok(self.heap().frozenset(items.drain(..))?)
    }

    /// An import by module and qualified name, which must not be empty.
    pub fn global(&mut self, module: &str, name: &str) -> Ref {
        let module = self.node(Node::StrBox(module.into()));
        let name = self.node(Node::StrBox(name.into()));
        self.global_of(module, name)
    }

    /// An import whose module and name are texts already added.
    pub(crate) fn global_of(&mut self, module: Ref, name: Ref) -> Ref {
        let index = |at: Ref| at.index().unwrap_or_default();
        self.node(Node::Global {
            module: index(module),
            name: index(name),
        })
    }

    /// The result of `callable(*args)`. An error if `callable` is built-in data.
    pub fn call(&mut self, callable: Ref, args: impl AsRef<[Ref]>) -> Result<Ref> {
        let args = self.tuple(args);
        Ok(self.heap().reduce(callable, args)?)
    }

    /// An instance made by `class.__new__(class, *args)`: how most Python objects are pickled.
    pub fn new_object(&mut self, class: Ref, args: impl AsRef<[Ref]>) -> Result<Ref> {
        let args = self.tuple(args);
        Ok(self.heap().new_object(class, args)?)
    }

    /// An instance made by `class.__new__(class, *args, **kwargs)`.
    pub fn new_object_ex(&mut self, class: Ref, args: impl AsRef<[Ref]>, kwargs: &[(&str, Ref)]) -> Result<Ref> {
        let args = self.tuple(args);
        let kwargs: Vec<_> = kwargs.iter().map(|(name, value)| (self.add(*name), *value)).collect();
        let kwargs = self.dict(kwargs)?;
        Ok(self.heap().new_object_ex(class, args, kwargs)?)
    }

    /// An instance of a class of Python 2.
    pub fn instance(&mut self, class: Ref, args: impl AsRef<[Ref]>) -> Result<Ref> {
        let mut args = args.as_ref().to_vec();
        Ok(self.heap().instance(class, args.drain(..))?)
    }

    /// The result of any kind of call; `kwargs` is a dict for [`Call::NewEx`].
    pub(crate) fn make(&mut self, call: Call, callable: Ref, args: &[Ref], kwargs: Option<Ref>) -> Result<Ref> {
        match call {
            Call::Reduce => self.call(callable, args),
            Call::New => self.new_object(callable, args),
            Call::Instance => self.instance(callable, args),
            Call::NewEx => {
                let args = self.tuple(args);
                let kwargs = match kwargs {
                    Some(kwargs) => kwargs,
                    None => self.dict([])?,
                };
                Ok(self.heap().new_object_ex(callable, args, kwargs)?)
            }
        }
    }

    /// The text of a str that was added.
    pub(crate) fn text_of(&self, at: Ref) -> Option<String> {
        self.loader.graph.value(at).as_str().map(str::to_owned)
    }

    /// A copy of an object of a graph, which refers to no other: an atom, text, bytes, a buffer.
    pub(crate) fn copy_leaf(&mut self, graph: &Graph<'_>, at: Ref) -> Result<Ref> {
        let Some(index) = at.index() else { return Ok(at) };
        let node = graph.node(index);
        Ok(match node {
            Node::Buffer { index, readonly } => {
                let bytes = graph.buffers.get(*index as usize).map(|bytes| bytes.to_vec());
                let why = "an out-of-band buffer was not given";
                self.buffer(bytes.ok_or(ErrorKind::Unwritable(why))?, *readonly)
            }
            node if node.is_opaque() || node.span().is_some() => {
                return Err(ErrorKind::Unwritable("an object refers to others").into());
            }
            node => self.node(node.clone().into_owned()),
        })
    }

    /// What a persistent id stands for.
    pub fn persistent(&mut self, id: Ref) -> Ref {
        self.node(Node::Persistent(id))
    }

    /// Appends to a list, or to an object that is like one.
    pub fn append(&mut self, list: Ref, items: impl AsRef<[Ref]>) -> Result<()> {
        let mut items = items.as_ref().to_vec();
        Ok(self.heap().append(&list, items.drain(..))?)
    }

    /// Sets keys in a dict, or in an object that is like one.
    pub fn insert(&mut self, dict: Ref, entries: impl AsRef<[(Ref, Ref)]>) -> Result<()> {
        let mut items: Vec<Ref> = entries
            .as_ref()
            .iter()
            .flat_map(|(key, value)| [*key, *value])
            .collect();
        Ok(self.heap().set_items(&dict, items.drain(..))?)
    }

    /// Adds items to a set, or to an object that is like one.
    pub fn add_items(&mut self, set: Ref, items: impl AsRef<[Ref]>) -> Result<()> {
        let mut items = items.as_ref().to_vec();
        Ok(self.heap().add_items(&set, items.drain(..))?)
    }

    /// Gives an object its state: a dict of attributes, or what its `__setstate__` takes.
    pub fn set_state(&mut self, object: Ref, state: Ref) -> Result<()> {
        Ok(self.heap().build(&object, state)?)
    }

    /// Gives an object its state by calling `setter(object, state)`.
    pub fn set_state_with(&mut self, object: Ref, setter: Ref, state: Ref) -> Result<()> {
        let index = self.loader.opaque(object, "an object with attributes")?;
        let setter = self.loader.opaque(setter, "a callable")?;
        Ok(self.loader.step(index, Step::Setter { setter, state })?)
    }

    /// Calls `callable(*args)` when the object has been made and what was done to it before is done, and throws the
    /// result away. So an object can be filled that was made within the arguments of the first:
    ///
    /// ```
    /// use brinery::{Builder, Graph, Options};
    /// let mut build = Builder::new();
    /// let (list, tuple) = (build.list([]), build.global("builtins", "tuple"));
    /// let lists = build.list([list]);
    /// let made = build.call(tuple, [lists])?;
    /// let append = build.global("builtins", "list.append");
    /// build.aside(made, append, [list, made])?;
    /// let graph = build.finish(made);
    /// assert_eq!(graph.root().to_string(), "builtins.tuple([[]]) & builtins.list.append([], ...)");
    /// let bytes = Options::new().protocol(4).write(&graph)?; // Python loads ([(...)],)
    /// assert_eq!(Options::new().protocol(4).write(&Graph::from_slice(&bytes)?)?, bytes);
    /// # Ok::<(), brinery::Error>(())
    /// ```
    pub fn aside(&mut self, object: Ref, callable: Ref, args: impl AsRef<[Ref]>) -> Result<()> {
        let index = self.loader.called(object)?;
        let callable = self.loader.opaque(callable, "a callable")?;
        let args = self.tuple(args).index().unwrap_or_default();
        let memoized = false;
        let aside = Step::Aside {
            callable,
            args,
            memoized,
        };
        Ok(self.loader.step(index, aside)?)
    }

    /// The graph, with this as its root.
    pub fn finish(self, root: Ref) -> Graph<'a> {
        self.finish_all([root])
    }

    /// The graph, with several roots: pickles in a row with one memo, such as a record of ZODB.
    ///
    /// ```
    /// use brinery::{Builder, Options};
    /// let mut build = Builder::new();
    /// let list = build.list([]);
    /// let graph = build.finish_all([list, list]);
    /// assert_eq!(Options::new().protocol(2).write(&graph)?, b"\x80\x02]q\0.\x80\x02h\0.");
    /// # Ok::<(), brinery::Error>(())
    /// ```
    pub fn finish_all(mut self, roots: impl IntoIterator<Item = Ref>) -> Graph<'a> {
        self.loader.graph.roots.extend(roots);
        self.loader.graph
    }

    fn heap(&mut self) -> &mut impl Heap<'a, Value = Ref, Error = ErrorKind> {
        &mut self.loader
    }
}

impl Build for Ref {
    fn build(self, _: &mut Builder<'_>) -> Ref {
        self
    }
}

impl Build for () {
    fn build(self, _: &mut Builder<'_>) -> Ref {
        Ref::NONE
    }
}

impl Build for bool {
    fn build(self, _: &mut Builder<'_>) -> Ref {
        Ref::bool(self)
    }
}

impl Build for f64 {
    fn build(self, builder: &mut Builder<'_>) -> Ref {
        Ref::float(self).unwrap_or_else(|| builder.node(Node::Float(self)))
    }
}

impl Build for f32 {
    fn build(self, builder: &mut Builder<'_>) -> Ref {
        f64::from(self).build(builder)
    }
}

impl Build for i64 {
    fn build(self, builder: &mut Builder<'_>) -> Ref {
        Ref::int(self).unwrap_or_else(|| builder.node(Node::Int(self)))
    }
}

impl Build for BigInt {
    fn build(self, builder: &mut Builder<'_>) -> Ref {
        match i64::try_from(&self) {
            Ok(value) => value.build(builder),
            Err(_) => builder.node(Node::Big(Box::new(self))),
        }
    }
}

macro_rules! build_ints {
    ($($ty:ty),*) => { $(
        impl Build for $ty {
            fn build(self, builder: &mut Builder<'_>) -> Ref {
                match i64::try_from(self) {
                    Ok(value) => value.build(builder),
                    Err(_) => BigInt::from(self).build(builder),
                }
            }
        }
    )* };
}
build_ints!(i8, i16, i32, i128, isize, u8, u16, u32, u64, u128, usize);

impl Build for &str {
    fn build(self, builder: &mut Builder<'_>) -> Ref {
        builder.node(Node::StrBox(self.into()))
    }
}

impl Build for String {
    fn build(self, builder: &mut Builder<'_>) -> Ref {
        builder.node(Node::StrBox(self.into()))
    }
}

impl Build for &[u8] {
    fn build(self, builder: &mut Builder<'_>) -> Ref {
        builder.node(Node::BytesBox(self.into()))
    }
}

impl<const N: usize> Build for &[u8; N] {
    fn build(self, builder: &mut Builder<'_>) -> Ref {
        self.as_slice().build(builder)
    }
}

impl<T: Build> Build for Option<T> {
    fn build(self, builder: &mut Builder<'_>) -> Ref {
        self.map_or(Ref::NONE, |value| value.build(builder))
    }
}

impl<T: Build> Build for Vec<T> {
    fn build(self, builder: &mut Builder<'_>) -> Ref {
        let items: Vec<Ref> = self.into_iter().map(|item| item.build(builder)).collect();
        builder.list(items)
    }
}

/// A [`Graph`](crate::Graph) from a literal, in the manner of `serde_json::json!`, with Python's `None`, `True` and
/// `False`, lists in brackets, tuples in parentheses, dicts in braces. Anything else is a Rust expression that can
/// [`Build`](crate::Build) itself. For sets, objects, sharing and cycles there is [`Builder`](crate::Builder).
///
/// ```
/// use brinery::pickle;
/// let width = 3;
/// let graph = pickle!({"name": "lamp", "size": (width, 4), "tags": [None, True, [0.5]], -7: b"raw"});
/// assert_eq!(graph.root().to_string(), "{'name': 'lamp', 'size': (3, 4), 'tags': [None, True, [0.5]], -7: b'raw'}");
/// ```
///
/// # Panics
/// If a key of a dict is not hashable in Python.
#[macro_export]
macro_rules! pickle {
    ($($value:tt)+) => {{
        let mut builder = $crate::Builder::new();
        let root = $crate::__pickle!(builder, $($value)+);
        builder.finish(root)
    }};
}

/// One value of `pickle!`. Items gather in the list of expressions until nothing is left.
#[doc(hidden)]
#[macro_export]
macro_rules! __pickle {
    ($b:ident, None) => { $b.add(()) };
    ($b:ident, True) => { $b.add(true) };
    ($b:ident, False) => { $b.add(false) };
    ($b:ident, [$($items:tt)*]) => {{ let items = $crate::__pickle!(@items $b [] $($items)*); $b.list(items) }};
    ($b:ident, ($($items:tt)*)) => {{ let items = $crate::__pickle!(@items $b [] $($items)*); $b.tuple(items) }};
    ($b:ident, {$($entries:tt)*}) => {{
        let entries = $crate::__pickle!(@entries $b [] $($entries)*);
        $b.dict(entries).expect("the keys of a dict must be hashable")
    }};
    ($b:ident, $value:expr) => { $b.add($value) };

    (@items $b:ident [$($done:expr),*]) => { { let items: ::std::vec::Vec<$crate::Ref> = ::std::vec![$($done),*]; items } };
    (@items $b:ident [$($done:expr),*] , $($rest:tt)*) => { $crate::__pickle!(@items $b [$($done),*] $($rest)*) };
    (@items $b:ident [$($done:expr),*] None $($rest:tt)*) => {
        $crate::__pickle!(@items $b [$($done,)* $crate::__pickle!($b, None)] $($rest)*)
    };
    (@items $b:ident [$($done:expr),*] True $($rest:tt)*) => {
        $crate::__pickle!(@items $b [$($done,)* $crate::__pickle!($b, True)] $($rest)*)
    };
    (@items $b:ident [$($done:expr),*] False $($rest:tt)*) => {
        $crate::__pickle!(@items $b [$($done,)* $crate::__pickle!($b, False)] $($rest)*)
    };
    (@items $b:ident [$($done:expr),*] [$($inner:tt)*] $($rest:tt)*) => {
        $crate::__pickle!(@items $b [$($done,)* $crate::__pickle!($b, [$($inner)*])] $($rest)*)
    };
    (@items $b:ident [$($done:expr),*] ($($inner:tt)*) $($rest:tt)*) => {
        $crate::__pickle!(@items $b [$($done,)* $crate::__pickle!($b, ($($inner)*))] $($rest)*)
    };
    (@items $b:ident [$($done:expr),*] {$($inner:tt)*} $($rest:tt)*) => {
        $crate::__pickle!(@items $b [$($done,)* $crate::__pickle!($b, {$($inner)*})] $($rest)*)
    };
    (@items $b:ident [$($done:expr),*] $next:expr $(, $($rest:tt)*)?) => {
        $crate::__pickle!(@items $b [$($done,)* $b.add($next)] $($($rest)*)?)
    };

    (@entries $b:ident [$($done:expr),*]) => { { let entries: ::std::vec::Vec<($crate::Ref, $crate::Ref)> = ::std::vec![$($done),*]; entries } };
    (@entries $b:ident [$($done:expr),*] , $($rest:tt)*) => { $crate::__pickle!(@entries $b [$($done),*] $($rest)*) };
    (@entries $b:ident [$($done:expr),*] $key:literal : $($rest:tt)*) => {
        $crate::__pickle!(@value $b [$($done),*] ($b.add($key)) $($rest)*)
    };
    (@entries $b:ident [$($done:expr),*] $key:tt : $($rest:tt)*) => {
        $crate::__pickle!(@value $b [$($done),*] ($crate::__pickle!($b, $key)) $($rest)*)
    };
    (@value $b:ident [$($done:expr),*] ($key:expr) None $($rest:tt)*) => {
        $crate::__pickle!(@entries $b [$($done,)* ($key, $b.add(()))] $($rest)*)
    };
    (@value $b:ident [$($done:expr),*] ($key:expr) True $($rest:tt)*) => {
        $crate::__pickle!(@entries $b [$($done,)* ($key, $b.add(true))] $($rest)*)
    };
    (@value $b:ident [$($done:expr),*] ($key:expr) False $($rest:tt)*) => {
        $crate::__pickle!(@entries $b [$($done,)* ($key, $b.add(false))] $($rest)*)
    };
    (@value $b:ident [$($done:expr),*] ($key:expr) [$($inner:tt)*] $($rest:tt)*) => {
        $crate::__pickle!(@entries $b [$($done,)* ($key, $crate::__pickle!($b, [$($inner)*]))] $($rest)*)
    };
    (@value $b:ident [$($done:expr),*] ($key:expr) ($($inner:tt)*) $($rest:tt)*) => {
        $crate::__pickle!(@entries $b [$($done,)* ($key, $crate::__pickle!($b, ($($inner)*)))] $($rest)*)
    };
    (@value $b:ident [$($done:expr),*] ($key:expr) {$($inner:tt)*} $($rest:tt)*) => {
        $crate::__pickle!(@entries $b [$($done,)* ($key, $crate::__pickle!($b, {$($inner)*}))] $($rest)*)
    };
    (@value $b:ident [$($done:expr),*] ($key:expr) $value:expr $(, $($rest:tt)*)?) => {
        $crate::__pickle!(@entries $b [$($done,)* ($key, $b.add($value))] $($($rest)*)?)
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What was put in before the key that is refused stays, and the next container is not mistaken for this one.
    #[test]
    fn a_refused_key_leaves_the_rest() {
        let mut build = Builder::new();
        let list = build.list([]);
        let keys: Vec<Ref> = (0..20).map(|i| build.add(i)).chain([list]).collect();
        let entries: Vec<_> = keys.iter().map(|key| (*key, *key)).collect();
        assert!(build.frozenset(&keys).is_err());
        let dict = build.dict([]).unwrap();
        assert!(build.insert(dict, &entries).is_err());
        let set = build.set([]).unwrap();
        assert!(build.add_items(set, &keys).is_err());
        build.insert(dict, &entries[..20]).unwrap();
        build.add_items(set, &keys[..20]).unwrap();
        let root = build.tuple([dict, set]);
        let graph = build.finish(root);
        let lengths: Vec<_> = graph.root().items().map(|item| item.len()).collect();
        assert_eq!(lengths, [Some(20), Some(20)]);
    }
}
