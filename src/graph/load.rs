//! The graph as a heap: what the machine does, kept.

use super::{
    Atom, Chain, END, Event, EventKind, Graph, Link, Node, Recipe, Ref, Span,
    keys::{self, Keys},
    node::{Call, Object, Step},
};
use crate::{
    error::ErrorKind,
    heap::Heap,
    names,
    number::Parsed as Int,
    options::{Encoding, ReadOptions},
    text::{self, Text},
};
use std::{borrow::Cow, collections::HashMap, marker::PhantomData, vec::Drain};

/// How payloads get into the graph.
pub(crate) trait Keep<'x, 'g> {
    fn text(text: Text<'x>) -> Node<'g>;
    fn bytes(bytes: &'x [u8]) -> Node<'g>;
    fn bytearray(bytes: &'x [u8]) -> Node<'g>;
}

/// Payloads are borrowed from the input.
pub(crate) struct Borrow;

/// Payloads are copied, because the input is a passing buffer.
pub(crate) struct Copied;

impl<'g> Keep<'g, 'g> for Borrow {
    fn text(text: Text<'g>) -> Node<'g> {
        match text {
            Text::Borrowed(text) => Node::Str(text),
            text => owned_text(text),
        }
    }
    fn bytes(bytes: &'g [u8]) -> Node<'g> {
        Node::Bytes(bytes)
    }
    fn bytearray(bytes: &'g [u8]) -> Node<'g> {
        Node::ByteArray(bytes)
    }
}

impl<'x, 'g> Keep<'x, 'g> for Copied {
    fn text(text: Text<'x>) -> Node<'g> {
        owned_text(text)
    }
    fn bytes(bytes: &'x [u8]) -> Node<'g> {
        Node::BytesBox(bytes.into())
    }
    fn bytearray(bytes: &'x [u8]) -> Node<'g> {
        Node::ByteArrayBox(Box::new(bytes.to_vec()))
    }
}

pub(super) fn owned_text<'g>(text: Text<'_>) -> Node<'g> {
    match text {
        Text::Borrowed(text) => Node::StrBox(text.into()),
        Text::Owned(text) => Node::StrBox(text.into()),
        Text::Surrogates(bytes) => Node::Surrogates(bytes.into()),
    }
}

/// The functions whose calls are how a lower protocol spells a built-in object.
#[derive(Clone, Copy)]
enum Spelling {
    /// `_codecs.encode(text, 'latin1')`: bytes in protocols 0 to 2.
    Encode,
    /// `bytes()`: empty bytes in protocols 0 to 2.
    Bytes,
    /// `bytearray(bytes)` in protocols 0 to 4, `bytearray(text, 'latin-1')` before CPython 3.8.
    ByteArray,
    /// `set([…])` in protocols 0 to 3.
    Set,
    /// `frozenset([…])` in protocols 0 to 3.
    FrozenSet,
    /// `getattr(class, name)`: a nested name in protocols 0 to 3, from CPython 3.12.5 on.
    GetAttr,
}

impl Spelling {
    fn of(module: &[u8], name: &[u8]) -> Option<Self> {
        Some(match (module, name) {
            (b"_codecs", b"encode") => Spelling::Encode,
            (b"builtins", b"bytes") => Spelling::Bytes,
            (b"builtins", b"bytearray") => Spelling::ByteArray,
            (b"builtins", b"set") => Spelling::Set,
            (b"builtins", b"frozenset") => Spelling::FrozenSet,
            (b"builtins", b"getattr") => Spelling::GetAttr,
            _ => return None,
        })
    }
}

/// A nested name is not followed deeper than this: real ones have two or three parts, and the joined name of a hostile
/// chain would grow with its square.
const LONGEST_NESTED_NAME: usize = 1000;

/// Fills a graph from the calls of a machine.
pub(crate) struct Loader<'g, 'o, K> {
    pub(crate) graph: Graph<'g>,
    pub(super) keys: Keys,
    options: &'o ReadOptions,
    /// The protocol in force, which decides how names are read.
    protocol: u8,
    /// Whether the memo was filled by binary opcodes: tells protocol 1 from 0, which has no other sign.
    binary: bool,
    offset: u64,
    /// The module names of GLOBAL, which has them as text and not as objects. One string per module, as in Python.
    modules: HashMap<Vec<u8>, u32>,
    spellings: HashMap<u32, Spelling>,
    next_buffer: usize,
    /// The newest tuple, while it has no memo index.
    fresh_tuple: u32,
    /// The newest call's result, while it has no memo index, and whether the same was true of its arguments.
    fresh_call: (u32, bool),
    /// The call that the opcode just before dropped.
    dropped_call: u32,
    keep: PhantomData<K>,
}

impl<'g, 'o, K> Loader<'g, 'o, K> {
    pub(crate) fn new(options: &'o ReadOptions) -> Self {
        Loader {
            graph: Graph::empty(),
            keys: Keys::default(),
            options,
            protocol: 0,
            binary: false,
            offset: 0,
            modules: HashMap::new(),
            spellings: HashMap::new(),
            next_buffer: 0,
            fresh_tuple: END,
            fresh_call: (END, false),
            dropped_call: END,
            keep: PhantomData,
        }
    }

    /// Makes ready for the next pickle into the same graph.
    pub(crate) fn begin(&mut self) {
        self.protocol = 0;
        self.fresh_tuple = END;
        self.fresh_call = (END, false);
        self.dropped_call = END;
    }

    /// Notes the value of a finished pickle.
    pub(crate) fn finish(&mut self, root: Ref) {
        self.graph.roots.push(root);
        let protocol = self.protocol.max(self.binary.into());
        self.graph.protocol = self.graph.protocol.max(Some(protocol));
    }

    #[cold]
    fn too_many(&self) -> ErrorKind {
        ErrorKind::Limit {
            name: "nodes",
            limit: self.options.limits.nodes as u64,
        }
    }

    #[inline(always)]
    fn add(&mut self, node: Node<'g>) -> Result<Ref, ErrorKind> {
        let index = self.graph.nodes.len();
        if index >= self.options.limits.nodes.min(END as usize) {
            return Err(self.too_many());
        }
        self.graph.nodes.push(node);
        Ok(Ref::node(index as u32))
    }

    fn add_index(&mut self, node: Node<'g>) -> Result<u32, ErrorKind> {
        self.add(node).map(|_| self.graph.nodes.len() as u32 - 1)
    }

    /// A new run of items.
    #[inline(always)]
    fn new_span(&mut self, items: impl ExactSizeIterator<Item = Ref>) -> Result<Span, ErrorKind> {
        self.grow(Span::default(), items)
    }

    /// Appends to a run: in place when it is the last one or has room, else moved to the end with twice the room.
    #[inline(always)]
    fn grow(&mut self, mut span: Span, items: impl ExactSizeIterator<Item = Ref>) -> Result<Span, ErrorKind> {
        let all = &mut self.graph.items;
        let wanted = span.len as usize + items.len();
        let end = span.start as usize + span.cap as usize;
        if wanted > span.cap as usize {
            if end == all.len() || span.cap == 0 {
                if span.cap == 0 {
                    span.start = all.len() as u32;
                }
                all.truncate(span.start as usize + span.len as usize);
                all.extend(items);
                span.len = wanted as u32;
                span.cap = wanted as u32;
            } else {
                let start = all.len();
                all.extend_from_within(span.start as usize..span.start as usize + span.len as usize);
                all.extend(items);
                span = Span {
                    start: start as u32,
                    len: wanted as u32,
                    cap: (2 * wanted).min(u32::MAX as usize) as u32,
                };
                all.resize(start + span.cap as usize, Ref::NONE);
            }
        } else {
            for (slot, item) in all[span.start as usize + span.len as usize..].iter_mut().zip(items) {
                *slot = item;
            }
            span.len = wanted as u32;
        }
        if self.graph.items.len() > self.options.limits.nodes {
            return Err(self.too_many());
        }
        Ok(span)
    }

    fn event(&mut self, kind: EventKind, node: Ref) {
        self.graph.events.push(Event {
            offset: self.offset,
            node,
            kind,
        });
    }

    /// Adds a step to what was done to an object.
    pub(super) fn step(&mut self, index: u32, step: Step) {
        let new = self.graph.links.len() as u32;
        self.graph.links.push(Link { step, next: END });
        let chain = match &mut self.graph.nodes[index as usize] {
            Node::Object(object) => &mut object.steps,
            _ => self.graph.chains.entry(index).or_insert(Chain::EMPTY),
        };
        if chain.last == END {
            chain.first = new;
        } else {
            self.graph.links[chain.last as usize].next = new;
        }
        chain.last = new;
    }

    /// Adds items to the last step if it is of the same kind, so that a thousand APPENDs are one list.
    fn step_items(&mut self, index: u32, make: fn(Span) -> Step, items: Drain<'_, Ref>) -> Result<(), ErrorKind> {
        let last = self.graph.chain(index).last;
        let open = match (
            self.graph.links.get(last as usize).map(|link| link.step),
            make(Span::default()),
        ) {
            (Some(Step::Append(span)), Step::Append(_)) => Some(span),
            (Some(Step::SetItems(span)), Step::SetItems(_)) => Some(span),
            (Some(Step::Add(span)), Step::Add(_)) => Some(span),
            _ => None,
        };
        let span = self.grow(open.unwrap_or_default(), items)?;
        match open {
            Some(_) => self.graph.links[last as usize].step = make(span),
            None => self.step(index, make(span)),
        }
        Ok(())
    }

    /// What Python calls the object, for errors.
    fn type_name(&self, value: Ref) -> &'static str {
        match value.atom() {
            Atom::None => "None",
            Atom::Bool(_) => "bool",
            Atom::Int(_) => "int",
            Atom::Float(_) => "float",
            Atom::Node(index) => self.graph.node(index).type_name(),
        }
    }

    fn needs<T>(&self, needs: &'static str, found: Ref) -> Result<T, ErrorKind> {
        Err(ErrorKind::BadOperand {
            needs,
            found: self.type_name(found),
        })
    }

    pub(super) fn opaque(&self, value: Ref, needs: &'static str) -> Result<u32, ErrorKind> {
        match value.index() {
            Some(index) if self.graph.node(index).is_opaque() => Ok(index),
            _ => self.needs(needs, value),
        }
    }

    fn argument_tuple(&self, value: Ref) -> Result<u32, ErrorKind> {
        match value.index() {
            Some(index) if matches!(self.graph.node(index), Node::Tuple(_)) => Ok(index),
            _ => self.needs("a tuple of arguments", value),
        }
    }

    /// `dict[key] = value` and `set.add(key)`: items lie `stride` apart. Answers the grown run.
    fn insert(&mut self, index: u32, span: Span, entry: &[Ref]) -> Result<Span, ErrorKind> {
        let stride = entry.len();
        let run = (span.start as usize, span.len as usize / stride, stride);
        match self.keys.find(&self.graph, index, run, entry[0])? {
            None => self.grow(span, entry.iter().copied()),
            // An equal key stays; only its value changes.
            Some(at) => {
                if let [_, value] = *entry {
                    self.graph.items[run.0 + at * 2 + 1] = value;
                }
                Ok(span)
            }
        }
    }

    /// An import: a new node each time, as in the stream. Several names of Python 3 can be one of Python 2, so a stream
    /// that imports a name twice may have been written from two objects.
    fn import(&mut self, module: u32, name: u32) -> Result<Ref, ErrorKind> {
        let text = |index| self.graph.node(index).text().unwrap_or_default();
        let spelling = Spelling::of(text(module), text(name));
        let import = self.add(Node::Global { module, name })?;
        if let (Some(spelling), Some(index)) = (spelling, import.index()) {
            self.spellings.insert(index, spelling);
        }
        self.event(EventKind::Import, import);
        Ok(import)
    }

    /// An import by names that are not objects in the stream.
    fn import_text(&mut self, module: &str, name: &str) -> Result<Ref, ErrorKind> {
        let (module, name) = if self.protocol < 3 && self.options.fix_imports {
            names::to_python3(module, name)
        } else {
            (module, name)
        };
        let module = match self.modules.get(module.as_bytes()) {
            Some(index) => *index,
            None => {
                let index = self.add_index(Node::StrBox(module.into()))?;
                self.modules.insert(module.into(), index);
                index
            }
        };
        let name = self.add_index(Node::StrBox(name.into()))?;
        self.import(module, name)
    }

    fn call(&mut self, call: Call, callable: u32, args: u32) -> Result<Ref, ErrorKind> {
        let fresh_args = args == self.fresh_tuple;
        let node = match call {
            Call::Reduce => self.spelled(callable, args)?,
            // Without arguments OBJ and INST do not call: they make an empty instance.
            Call::Instance if !self.graph.tuple(args).is_empty() => self.spelled(callable, args)?,
            _ => None,
        };
        let result = match node {
            Some(node) => {
                let index = self.add_index(node)?;
                self.graph.recipes.insert(index, Recipe { callable, args });
                Ref::node(index)
            }
            None => self.add(Node::Object(Object {
                call,
                callable,
                args,
                steps: Chain::EMPTY,
            }))?,
        };
        self.fresh_call = (result.index().unwrap_or(END), fresh_args);
        self.event(EventKind::Call, result);
        Ok(result)
    }

    /// The built-in object that a call spells, if it is one of those that CPython's pickler writes.
    fn spelled(&mut self, callable: u32, args: u32) -> Result<Option<Node<'g>>, ErrorKind> {
        let Some(spelling) = self.spellings.get(&callable) else {
            return Ok(None);
        };
        let nodes: Vec<Option<u32>> = self.graph.tuple(args).iter().map(|item| item.index()).collect();
        let node = |i: usize| nodes[i].map(|index| self.graph.node(index));
        Ok(match (spelling, nodes.len()) {
            (Spelling::Encode, 2) => {
                let (Some(Some(text)), Some(Some(b"latin1"))) = (node(0).map(Node::text), node(1).map(Node::text))
                else {
                    return Ok(None);
                };
                Some(Node::BytesBox(latin1(text)?.into()))
            }
            (Spelling::Bytes, 0) => Some(Node::BytesBox([].into())),
            (Spelling::ByteArray, 0) => Some(Node::ByteArrayBox(Box::default())),
            (Spelling::ByteArray, 1) => node(0)
                .and_then(Node::bytes)
                .map(|bytes| Node::ByteArrayBox(Box::new(bytes.to_vec()))),
            (Spelling::ByteArray, 2) => {
                let (Some(Some(text)), Some(Some(b"latin-1"))) = (node(0).map(Node::text), node(1).map(Node::text))
                else {
                    return Ok(None);
                };
                Some(Node::ByteArrayBox(Box::new(latin1(text)?)))
            }
            (Spelling::Set | Spelling::FrozenSet, 1) => {
                let Some(Node::List(list)) = node(0) else {
                    return Ok(None);
                };
                let frozen = matches!(spelling, Spelling::FrozenSet);
                let items = self.graph.span(*list).to_vec();
                let span = self.unique(&items)?;
                Some(if frozen { Node::FrozenSet(span) } else { Node::Set(span) })
            }
            (Spelling::GetAttr, 2) if args == self.fresh_tuple => self.nested(&nodes),
            _ => None,
        })
    }

    /// `getattr(class, 'name')` with arguments that nothing else can refer to: the nested name `class.name`.
    fn nested(&self, args: &[Option<u32>]) -> Option<Node<'g>> {
        let (base, part) = (args[0]?, args[1]?);
        let &Node::Global { module, name } = self.graph.node(base) else {
            return None;
        };
        let base = str::from_utf8(self.graph.node(name).text()?).ok()?;
        let part = str::from_utf8(self.graph.node(part).text()?).ok()?;
        if base.len() + part.len() > LONGEST_NESTED_NAME {
            return None;
        }
        // The node of the joined name follows right behind: see `reduce`.
        Some(Node::Global {
            module,
            name: self.graph.nodes.len() as u32 + 1,
        })
    }

    /// A run of these items, each once, as a set that will be the next node.
    fn unique(&mut self, items: &[Ref]) -> Result<Span, ErrorKind> {
        let index = self.graph.nodes.len() as u32;
        let mut span = Span::default();
        for item in items {
            span = self.insert(index, span, &[*item])?;
        }
        Ok(span)
    }
}

fn latin1(text: &[u8]) -> Result<Vec<u8>, ErrorKind> {
    text::latin1_encode(text).ok_or(ErrorKind::BadText("Latin-1"))
}

impl<'x, 'g, K: Keep<'x, 'g>> Heap<'x> for Loader<'g, '_, K> {
    type Value = Ref;
    type Error = ErrorKind;

    fn protocol(&mut self, protocol: u8) -> Result<(), ErrorKind> {
        self.protocol = protocol;
        Ok(())
    }

    #[inline(always)]
    fn site(&mut self, offset: u64) {
        self.offset = offset;
    }

    #[inline(always)]
    fn none(&mut self) -> Result<Ref, ErrorKind> {
        Ok(Ref::NONE)
    }

    #[inline(always)]
    fn bool(&mut self, value: bool) -> Result<Ref, ErrorKind> {
        Ok(Ref::bool(value))
    }

    #[inline(always)]
    fn int(&mut self, value: i64) -> Result<Ref, ErrorKind> {
        match Ref::int(value) {
            Some(int) => Ok(int),
            None => self.add(Node::Int(value)),
        }
    }

    fn long(&mut self, value: Int) -> Result<Ref, ErrorKind> {
        match value {
            Int::Small(value) => Heap::<'x>::int(self, value),
            Int::Bool(value) => Ok(Ref::bool(value)),
            Int::Big(value) => self.add(Node::Big(Box::new(value))),
        }
    }

    #[inline(always)]
    fn float(&mut self, value: f64) -> Result<Ref, ErrorKind> {
        match Ref::float(value) {
            Some(float) => Ok(float),
            None => self.add(Node::Float(value)),
        }
    }

    #[inline(always)]
    fn str(&mut self, value: Text<'x>) -> Result<Ref, ErrorKind> {
        self.add(K::text(value))
    }

    fn byte_string(&mut self, value: Cow<'x, [u8]>) -> Result<Ref, ErrorKind> {
        let node = match self.options.encoding {
            Encoding::Bytes => match value {
                Cow::Borrowed(bytes) => K::bytes(bytes),
                Cow::Owned(bytes) => Node::BytesBox(bytes.into()),
            },
            Encoding::Latin1 => match value {
                Cow::Borrowed(bytes) => K::text(text::latin1_decode(bytes)),
                Cow::Owned(bytes) => owned_text(text::latin1_decode(&bytes)),
            },
            Encoding::Ascii | Encoding::Utf8 => {
                let ascii = self.options.encoding == Encoding::Ascii;
                if ascii && !value.is_ascii() {
                    return Err(ErrorKind::BadText("ASCII"));
                }
                let bad = |_| ErrorKind::BadText("UTF-8");
                match value {
                    Cow::Borrowed(bytes) => K::text(str::from_utf8(bytes).map_err(bad)?.into()),
                    Cow::Owned(bytes) => Node::StrBox(str::from_utf8(&bytes).map_err(bad)?.into()),
                }
            }
        };
        self.add(node)
    }

    #[inline(always)]
    fn bytes(&mut self, value: &'x [u8]) -> Result<Ref, ErrorKind> {
        self.add(K::bytes(value))
    }

    fn bytearray(&mut self, value: &'x [u8]) -> Result<Ref, ErrorKind> {
        self.add(K::bytearray(value))
    }

    #[inline(always)]
    fn list(&mut self) -> Result<Ref, ErrorKind> {
        self.add(Node::List(Span::default()))
    }

    #[inline(always)]
    fn dict(&mut self) -> Result<Ref, ErrorKind> {
        self.add(Node::Dict(Span::default()))
    }

    fn set(&mut self) -> Result<Ref, ErrorKind> {
        self.add(Node::Set(Span::default()))
    }

    #[inline(always)]
    fn tuple(&mut self, items: Drain<'_, Ref>) -> Result<Ref, ErrorKind> {
        let span = self.new_span(items)?;
        self.fresh_tuple = self.graph.nodes.len() as u32;
        self.add(Node::Tuple(span))
    }

    fn frozenset(&mut self, items: Drain<'_, Ref>) -> Result<Ref, ErrorKind> {
        let span = self.unique(items.as_slice())?;
        self.add(Node::FrozenSet(span))
    }

    #[inline(always)]
    fn append(&mut self, target: &Ref, items: Drain<'_, Ref>) -> Result<(), ErrorKind> {
        if let Some(index) = target.index()
            && let Node::List(span) = self.graph.nodes[index as usize]
        {
            let grown = self.grow(span, items)?;
            self.graph.nodes[index as usize] = Node::List(grown);
            return Ok(());
        }
        self.append_other(*target, items)
    }

    fn set_items(&mut self, target: &Ref, items: Drain<'_, Ref>) -> Result<(), ErrorKind> {
        if let Some(index) = target.index()
            && let Node::Dict(mut span) = self.graph.nodes[index as usize]
        {
            // Records: a few keys that are text, all different. They need no table and no second look.
            if span.len == 0 && keys::distinct_texts(&self.graph, items.as_slice()) {
                let span = self.grow(span, items)?;
                self.graph.nodes[index as usize] = Node::Dict(span);
                return Ok(());
            }
            for pair in items.as_slice().chunks_exact(2) {
                span = self.insert(index, span, pair)?;
            }
            self.graph.nodes[index as usize] = Node::Dict(span);
            return Ok(());
        }
        self.set_items_other(*target, items)
    }

    fn add_items(&mut self, target: &Ref, items: Drain<'_, Ref>) -> Result<(), ErrorKind> {
        if let Some(index) = target.index()
            && let Node::Set(mut span) = self.graph.nodes[index as usize]
        {
            for item in items {
                span = self.insert(index, span, &[item])?;
            }
            self.graph.nodes[index as usize] = Node::Set(span);
            return Ok(());
        }
        let index = self.opaque(*target, "a set or an object with `add`")?;
        self.step_items(index, Step::Add, items)
    }

    fn global(&mut self, module: &'x str, name: &'x str) -> Result<Ref, ErrorKind> {
        self.import_text(module, name)
    }

    fn stack_global(&mut self, module: Ref, name: Ref) -> Result<Ref, ErrorKind> {
        let text = |value: Ref| value.index().filter(|i| self.graph.node(*i).text().is_some());
        match (text(module), text(name)) {
            (Some(module), Some(name)) if self.protocol >= 3 || !self.options.fix_imports => self.import(module, name),
            (Some(module), Some(name)) => {
                // Names are mapped as in GLOBAL; such a stream mixes protocols and is not CPython's.
                let read = |i: u32| String::from_utf8_lossy(self.graph.node(i).text().unwrap_or_default()).into_owned();
                let (module_text, name_text) = (read(module), read(name));
                if names::to_python3(&module_text, &name_text) == (&module_text, &name_text) {
                    self.import(module, name)
                } else {
                    self.import_text(&module_text, &name_text)
                }
            }
            (None, _) => self.needs("two str", module),
            (_, None) => self.needs("two str", name),
        }
    }

    fn extension(&mut self, code: i64) -> Result<Ref, ErrorKind> {
        match self.options.extensions.name(code) {
            Some((module, name)) => self.import_text(module, name),
            None => Err(ErrorKind::UnknownExtension(code)),
        }
    }

    fn reduce(&mut self, callable: Ref, args: Ref) -> Result<Ref, ErrorKind> {
        let args = self.argument_tuple(args)?;
        let callable = self.opaque(callable, "a callable")?;
        let result = self.call(Call::Reduce, callable, args)?;
        if let Some(index) = result.index()
            && matches!(self.graph.node(index), Node::Global { .. })
        {
            let [base, part] = *self.graph.tuple(args) else {
                return Ok(result);
            };
            let joined = format!("{}.{}", self.global_name(base), self.plain_text(part));
            self.add(Node::StrBox(joined.into()))?;
        }
        Ok(result)
    }

    #[inline]
    fn new_object(&mut self, class: Ref, args: Ref) -> Result<Ref, ErrorKind> {
        let args = self.argument_tuple(args)?;
        let class = self.opaque(class, "a class")?;
        self.call(Call::New, class, args)
    }

    fn new_object_ex(&mut self, class: Ref, args: Ref, kwargs: Ref) -> Result<Ref, ErrorKind> {
        self.argument_tuple(args)?;
        let class = self.opaque(class, "a class")?;
        match kwargs.index().map(|index| self.graph.node(index)) {
            Some(Node::Dict(span)) => {
                let keys = self.graph.span(*span).iter().step_by(2);
                for key in keys {
                    if key.index().and_then(|i| self.graph.node(i).text()).is_none() {
                        return self.needs("keyword names that are str", *key);
                    }
                }
            }
            _ => return self.needs("a dict of keyword arguments", kwargs),
        }
        let span = self.new_span([args, kwargs].into_iter())?;
        let both = self.add_index(Node::Tuple(span))?;
        self.call(Call::NewEx, class, both)
    }

    fn instance(&mut self, class: Ref, args: Drain<'_, Ref>) -> Result<Ref, ErrorKind> {
        let class = self.opaque(class, "a class")?;
        let span = self.new_span(args)?;
        let args = self.add_index(Node::Tuple(span))?;
        self.call(Call::Instance, class, args)
    }

    #[inline]
    fn build(&mut self, target: &Ref, state: Ref) -> Result<(), ErrorKind> {
        if let Some(index) = target.index()
            && self.graph.node(index).is_opaque()
        {
            self.step(index, Step::State(state));
            self.event(EventKind::Build, *target);
            return Ok(());
        }
        // What has no attributes takes an empty state all the same.
        let empty = match state.index().map(|index| self.graph.node(index)) {
            None => state == Ref::NONE,
            Some(Node::Tuple(span)) => match *self.graph.span(*span) {
                [Ref::NONE, slots] => slots
                    .index()
                    .is_some_and(|i| matches!(self.graph.node(i), Node::Dict(span) if span.len == 0)),
                _ => false,
            },
            _ => false,
        };
        if empty {
            Ok(())
        } else {
            self.needs("an object with attributes", *target)
        }
    }

    fn persistent_line(&mut self, id: &'x str) -> Result<Ref, ErrorKind> {
        let id = self.add(K::text(id.into()))?;
        Heap::<'x>::persistent(self, id)
    }

    fn persistent(&mut self, id: Ref) -> Result<Ref, ErrorKind> {
        let object = self.add(Node::Persistent(id))?;
        self.event(EventKind::Persistent, object);
        Ok(object)
    }

    fn next_buffer(&mut self) -> Result<Ref, ErrorKind> {
        if self.next_buffer >= self.graph.buffers.len() && !self.options.buffers_elsewhere {
            return Err(ErrorKind::MissingBuffer(self.next_buffer));
        }
        self.next_buffer += 1;
        self.add(Node::Buffer {
            index: self.next_buffer as u32 - 1,
            readonly: false,
        })
    }

    fn readonly_buffer(&mut self, buffer: Ref) -> Result<Ref, ErrorKind> {
        match buffer.index().map(|index| self.graph.node(index)) {
            Some(&Node::Buffer { index, readonly: false }) => self.add(Node::Buffer { index, readonly: true }),
            Some(Node::Buffer { .. } | Node::Bytes(_) | Node::BytesBox(_)) => Ok(buffer),
            _ => self.needs("a buffer", buffer),
        }
    }

    #[inline(always)]
    fn memoized(&mut self, value: &Ref, binary: bool) {
        self.binary |= binary;
        if let Some(index) = value.index() {
            if index == self.fresh_tuple {
                self.fresh_tuple = END;
            }
            if index == self.fresh_call.0 {
                self.fresh_call.0 = END;
            }
        }
    }

    #[inline(always)]
    fn fetched(&mut self, value: &Ref) {
        if self.dropped_call != END {
            self.retried(*value);
        }
    }

    fn dropped(&mut self, value: Ref, top: Option<&Ref>) {
        let Some(index) = value.index().filter(|index| *index == self.fresh_call.0) else {
            return;
        };
        let Some(Recipe { callable, args }) = self.graph.made_by(index) else {
            return;
        };
        // `setter(object, state)` on the object below, which is where a state setter's call leaves it.
        if self.fresh_call.1
            && let [object, state] = *self.graph.tuple(args)
            && Some(&object) == top
            && let Ok(target) = self.opaque(object, "")
        {
            let setter = Ref::node(callable);
            self.step(target, Step::Setter { setter, state });
        } else {
            self.dropped_call = index;
        }
        self.fresh_call.0 = END;
    }
}

impl<'g, K> Loader<'g, '_, K> {
    /// POP, then GET of an object made by the same callable: the object was made again inside its own arguments.
    #[cold]
    fn retried(&mut self, value: Ref) {
        let call = std::mem::replace(&mut self.dropped_call, END);
        if let Some(index) = value.index()
            && let (Some(outer), Some(inner)) = (self.graph.made_by(call), self.graph.made_by(index))
            && self.same_callable(outer.callable, inner.callable)
        {
            self.graph.retries.entry(index).or_default().push(call);
        }
    }

    /// The same function or class: one object, or imports of one name.
    fn same_callable(&self, a: u32, b: u32) -> bool {
        let names = |index| match self.graph.node(index) {
            Node::Global { module, name } => Some((self.graph.node(*module).text(), self.graph.node(*name).text())),
            _ => None,
        };
        a == b || names(a).is_some_and(|names_a| names(b) == Some(names_a))
    }

    fn plain_text(&self, value: Ref) -> Cow<'_, str> {
        let bytes = value.index().and_then(|index| self.graph.node(index).text());
        String::from_utf8_lossy(bytes.unwrap_or_default())
    }

    fn global_name(&self, value: Ref) -> Cow<'_, str> {
        match value.index().map(|index| self.graph.node(index)) {
            Some(Node::Global { name, .. }) => self.plain_text(Ref::node(*name)),
            _ => "".into(),
        }
    }

    /// APPEND(S) on what is not a list.
    #[cold]
    fn append_other(&mut self, target: Ref, items: Drain<'_, Ref>) -> Result<(), ErrorKind> {
        if let Some(index) = target.index()
            && self.graph.node(index).bytearray().is_some()
        {
            let mut bytes = Vec::with_capacity(items.len());
            for item in items {
                bytes.push(self.byte(item)?);
            }
            self.bytearray_mut(index).extend(bytes);
            return Ok(());
        }
        let index = self.opaque(target, "a list or an object with `extend`")?;
        self.step_items(index, Step::Append, items)
    }

    /// SETITEM(S) on what is not a dict.
    #[cold]
    fn set_items_other(&mut self, target: Ref, items: Drain<'_, Ref>) -> Result<(), ErrorKind> {
        let needs = "a dict or an object with `__setitem__`";
        let Some(index) = target.index() else {
            return self.needs(needs, target);
        };
        match *self.graph.node(index) {
            Node::List(span) => {
                for pair in items.as_slice().chunks_exact(2) {
                    let at = self.position(pair[0], span.len as usize)?;
                    self.graph.items[span.start as usize + at] = pair[1];
                }
                Ok(())
            }
            Node::ByteArray(_) | Node::ByteArrayBox(_) => {
                for pair in items.as_slice().chunks_exact(2) {
                    let len = self.bytearray_mut(index).len();
                    let at = self.position(pair[0], len)?;
                    self.bytearray_mut(index)[at] = self.byte(pair[1])?;
                }
                Ok(())
            }
            _ => {
                let index = self.opaque(target, needs)?;
                self.step_items(index, Step::SetItems, items)
            }
        }
    }

    fn bytearray_mut(&mut self, index: u32) -> &mut Vec<u8> {
        let node = &mut self.graph.nodes[index as usize];
        if let Node::ByteArray(bytes) = node {
            *node = Node::ByteArrayBox(Box::new(bytes.to_vec()));
        }
        match node {
            Node::ByteArrayBox(bytes) => bytes,
            _ => unreachable!("the caller has seen a bytearray"),
        }
    }

    fn small_int(&self, value: Ref) -> Result<i64, ErrorKind> {
        match value.atom() {
            Atom::Int(value) => Ok(value),
            Atom::Bool(value) => Ok(value.into()),
            _ => self.needs("an int", value),
        }
    }

    fn byte(&self, value: Ref) -> Result<u8, ErrorKind> {
        u8::try_from(self.small_int(value)?).map_err(|_| ErrorKind::OutOfRange)
    }

    /// A Python index, which counts from the end when negative.
    fn position(&self, index: Ref, len: usize) -> Result<usize, ErrorKind> {
        let index = self.small_int(index)?;
        let at = if index < 0 { index + len as i64 } else { index };
        usize::try_from(at)
            .ok()
            .filter(|at| *at < len)
            .ok_or(ErrorKind::OutOfRange)
    }
}
