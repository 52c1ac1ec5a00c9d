//! The graph as a source: how an object graph is written again.
//!
//! In the protocol it was read in, a graph is written as it was read: the calls that spelled built-in objects are the
//! very same objects again, and so the bytes are. In another protocol it is written as CPython would write what it had
//! loaded: built-in objects are spelled afresh, and what CPython has only one of (the empty `str` and `bytes`, and those
//! of one Latin-1 character or byte) is one object.

mod hooked;
mod own;
mod run;

pub(crate) use hooked::Hooked;

use own::Globals;

use super::{
    Atom, END, Graph, Node, Ref, Span,
    node::{Object, Step},
};
use crate::{
    emit::{Head, Nested, ReduceOf, Run, SINGLES, Source, Spell, StepOf, View, ViewOf},
    error::ErrorKind,
    limits, number,
    reduce::{BuildStep, Call, Reduce},
    settings::{Extensions, Python},
};
use std::{borrow::Cow, collections::HashMap, marker::PhantomData, ops::Deref};

/// What the objects take that only exist to be written, beside their content.
const OWN: usize = 48;

/// A run of items on their way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Items {
    at: u32,
    end: u32,
    /// Whether they are among the source's own items.
    own: bool,
}

impl Items {
    /// Those of a container of the graph.
    #[inline(always)]
    fn of(span: Span) -> Self {
        Items {
            at: span.start,
            end: span.start + span.len,
            own: false,
        }
    }
}

/// Asks whether a buffer (its number, its bytes, whether it is read-only) is to be written in band.
pub(crate) type InBand<'g> = &'g mut dyn FnMut(usize, &[u8], bool) -> bool;

/// The graph that is written: one that stays as it is, or one that grows meanwhile.
pub(crate) trait Arena<'a>: Deref<Target = Graph<'a>> {
    /// Whether it grows.
    const GROWS: bool;
    /// The graph, if it is to hold the objects that only exist to be written.
    fn grow(&mut self) -> Option<&mut Graph<'a>>;
}

impl<'a> Arena<'a> for &Graph<'a> {
    const GROWS: bool = false;
    #[inline(always)]
    fn grow(&mut self) -> Option<&mut Graph<'a>> {
        None
    }
}

/// A graph on its way out, with the objects that only exist to be written.
pub(crate) struct GraphSource<'g, 'a, G = &'g Graph<'a>> {
    graph: G,
    of: PhantomData<Graph<'a>>,
    extensions: &'g Extensions,
    python: Python,
    in_band: Option<InBand<'g>>,
    /// Whether it is written in the protocol it was read in.
    same: bool,
    own_nodes: Vec<Node<'static>>,
    own_items: Vec<Ref>,
    /// The indices of those that a graph holds which grows.
    temporaries: Vec<u32>,
    /// Memo indices plus one, by node.
    memo: Vec<u32>,
    /// Memo indices plus one of what exists only once: see [`single`].
    singles: Option<Box<[u32; 2 * SINGLES]>>,
    globals: Option<Globals>,
    latin1: Option<Ref>,
    /// The names of modules, and whether as those of functions, see [`GraphSource::loaded_global`].
    modules: HashMap<(Vec<u8>, bool), Ref>,
    /// How often an object with dropped calls was asked for.
    attempts: HashMap<u32, usize>,
    /// How many objects were looked at for that.
    searched: usize,
    writing: Vec<bool>,
    /// How often each set was spelled. See [`GraphSource::spell_again`].
    spelled: HashMap<u32, u32>,
    /// The names of imports, for fast mode, which asks for them each time.
    loaded: HashMap<u32, (Ref, Ref)>,
    /// How many bytes of text may still be copied into objects that only exist to be written, and the limit's value.
    copies: u64,
    output: u64,
}

impl<'g, 'a, G: Arena<'a>> GraphSource<'g, 'a, G> {
    pub(crate) fn new(
        graph: G,
        same: bool,
        extensions: &'g Extensions,
        python: Python,
        in_band: Option<InBand<'g>>,
    ) -> Self {
        GraphSource {
            memo: vec![0; graph.nodes.len()],
            graph,
            of: PhantomData,
            extensions,
            python,
            in_band,
            same,
            own_nodes: Vec::new(),
            own_items: Vec::new(),
            temporaries: Vec::new(),
            singles: None,
            globals: None,
            latin1: None,
            modules: HashMap::new(),
            attempts: HashMap::new(),
            searched: 0,
            writing: Vec::new(),
            spelled: HashMap::new(),
            loaded: HashMap::new(),
            copies: u64::MAX,
            output: 0,
        }
    }

    /// Bounds what is copied in order to be written.
    pub(crate) fn bound(&mut self, copies: u64, output: u64) {
        (self.copies, self.output) = (copies, output);
    }

    #[inline(always)]
    fn take(&self, items: &mut Items) -> Option<Ref> {
        if items.at == items.end {
            return None;
        }
        let all = if items.own { &self.own_items } else { &self.graph.items };
        let item = all[items.at as usize];
        items.at += 1;
        Some(item)
    }

    /// Accounts for text that is copied.
    fn copy(&mut self, bytes: usize) -> Result<(), ErrorKind> {
        let left = self.copies.checked_sub(bytes as u64);
        self.copies = left.ok_or_else(|| limits::reached("output", self.output))?;
        Ok(())
    }
}

impl<'a, G: Arena<'a>> Source for GraphSource<'_, 'a, G> {
    type Id = Ref;
    type Items = Items;
    /// The index of the next link.
    type Steps = u32;
    type Error = ErrorKind;

    #[inline(always)]
    fn head(&mut self, id: &Ref, _pid: bool) -> Result<Head<Ref>, ErrorKind> {
        Ok(match id.atom() {
            Atom::None => Head::None,
            Atom::Bool(value) => Head::Bool(value),
            Atom::Int(value) => Head::Int(value),
            Atom::Float(value) => Head::Float(value),
            Atom::Node(index) => match *self.node(index) {
                Node::Int(value) => Head::Int(value),
                Node::Float(value) => Head::Float(value),
                Node::Persistent(pid) => Head::Persistent(pid),
                _ => Head::Object,
            },
        })
    }

    #[inline(always)]
    fn memo_get(&mut self, id: &Ref) -> Option<u32> {
        match self.slot(id) {
            Some(0) | None => None,
            Some(slot) => Some(*slot - 1),
        }
    }

    #[inline(always)]
    fn memo_put(&mut self, id: &Ref, index: u32) {
        if let Some(slot) = self.slot(id) {
            *slot = index + 1;
        }
    }

    #[inline(always)]
    fn view<'s>(&'s mut self, id: &'s Ref, protocol: u8) -> Result<ViewOf<'s, Self>, ErrorKind> {
        let Some(index) = id.index() else {
            return Err(ErrorKind::Unwritable("an atom has no view"));
        };
        if self.same
            && !self.graph.recipes.is_empty()
            && let Some(recipe) = self.graph.recipes.get(&index)
            && !matches!(self.node(index), Node::Global { .. })
        {
            let call = Object {
                call: Call::Reduce,
                callable: recipe.callable,
                args: recipe.args,
                steps: self.graph.chain(index),
            };
            let reduce = self.object(index, call, protocol);
            if reduce.dropped || !self.is_within_itself(index) {
                return Ok(View::Reduce(reduce));
            }
        }
        if let Node::Object(object) = *self.node(index) {
            return Ok(View::Reduce(self.object(index, object, protocol)));
        }
        if let Node::Buffer { index, readonly } = *self.node(index) {
            let bytes = self.graph.buffers.get(index as usize).map(|bytes| &**bytes);
            let in_band = match &mut self.in_band {
                Some(ask) => bytes.filter(|bytes| ask(index as usize, bytes, readonly)),
                None => bytes,
            };
            return Ok(View::Buffer { in_band, readonly });
        }
        if !self.same
            && let Node::Global { module, name } = *self.node(index)
        {
            if let Some(&(module, name)) = self.loaded.get(&index) {
                return Ok(View::Global { module, name });
            }
            let length = |index| self.node(index).text().map_or(0, <[u8]>::len);
            self.copy(length(module) + length(name))?;
            let view = self.loaded_global(module, name);
            if let (View::Global { module, name }, false) = (&view, self.writing.is_empty()) {
                self.loaded.insert(index, (*module, *name));
            }
            return Ok(view);
        }
        Ok(match self.node(index) {
            Node::Big(value) => View::Long(Cow::Borrowed(value)),
            Node::Str(text) => View::Str(text.as_bytes().into()),
            Node::StrBox(text) => View::Str(text.as_bytes().into()),
            Node::Surrogates(text) => View::Str((&**text).into()),
            Node::Bytes(bytes) => View::Bytes(bytes),
            Node::BytesBox(bytes) => View::Bytes(bytes),
            Node::ByteArray(bytes) => View::ByteArray(bytes),
            Node::ByteArrayBox(bytes) => View::ByteArray(bytes),
            Node::List(span) => View::List(self.items(index, *span)),
            Node::Tuple(span) => View::Tuple(self.items(index, *span)),
            Node::Dict(span) => View::Dict(self.items(index, *span)),
            Node::Set(span) => View::Set(self.items(index, *span)),
            Node::FrozenSet(span) => View::FrozenSet(self.items(index, *span)),
            Node::Global { module, name } => View::Global {
                module: Ref::node(*module),
                name: Ref::node(*name),
            },
            #[cfg(feature = "serde")]
            Node::Atom(_) => return Err(ErrorKind::Unwritable("an atom has no view")),
            Node::Float(_) | Node::Int(_) | Node::Object(_) | Node::Persistent(_) | Node::Buffer { .. } => {
                return Err(ErrorKind::Unwritable("an atom has no view"));
            }
        })
    }

    #[inline(always)]
    fn next(&mut self, items: &mut Items) -> Result<Option<Ref>, ErrorKind> {
        Ok(self.take(items))
    }

    #[inline(always)]
    fn whole(&mut self, id: &Ref, run: &mut Run<'_, '_, Self>) -> Result<Option<Ref>, ErrorKind> {
        self.walk_whole(*id, run)
    }

    #[inline(always)]
    fn run(&mut self, items: &mut Items, run: &mut Run<'_, '_, Self>) -> Result<Option<Ref>, ErrorKind> {
        self.walk_items(items, run)
    }

    #[inline(always)]
    fn left(&mut self, items: &mut Items) -> Result<usize, ErrorKind> {
        Ok((items.end - items.at) as usize)
    }

    fn changes(&mut self, id: &Ref) -> Option<u32> {
        let chain = self.graph.chains.get(&id.index()?)?;
        Some(chain.first)
    }

    fn step(&mut self, steps: &mut u32) -> Result<Option<StepOf<Self>>, ErrorKind> {
        let Some(link) = self.graph.links.get(*steps as usize) else {
            return Ok(None);
        };
        *steps = link.next;
        let items = |span| self.items(0, span);
        Ok(Some(match link.step {
            Step::Append(span) => BuildStep::Append(items(span)),
            Step::SetItems(span) => BuildStep::SetItems(items(span)),
            Step::Add(span) => BuildStep::Add(items(span)),
            Step::State(state) => BuildStep::State(state),
            Step::Setter { setter, state } => BuildStep::Setter {
                setter: Ref::node(setter),
                state,
            },
            Step::Aside {
                callable,
                args,
                memoized,
            } => BuildStep::Aside {
                callable: Ref::node(callable),
                args: Ref::node(args),
                memoized,
            },
        }))
    }

    fn prelude(&mut self) -> Option<Ref> {
        // Once for all pickles that have one memo.
        let prelude = self.graph.prelude?;
        self.memo_get(&prelude).is_none().then_some(prelude)
    }

    fn spell(&mut self, id: &Ref, what: Spell) -> Result<ReduceOf<Self>, ErrorKind> {
        let index = id.index().unwrap_or(END);
        let items = self.node(index).span().map_or(0, |span| span.len as usize);
        self.copy(self.node(index).payload() + 8 * items + OWN)?;
        Ok(match what {
            Spell::Bytes => {
                let bytes = self.node(index).bytes().unwrap_or_default();
                if bytes.is_empty() {
                    let callable = self.global("builtins", "bytes");
                    return Ok(self.call(callable, &[]));
                }
                let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
                let callable = self.global("_codecs", "encode");
                let args = [self.add_str(&text), self.latin1()];
                self.call(callable, &args)
            }
            Spell::ByteArray => {
                let bytes = self.node(index).bytearray().unwrap_or_default().to_vec();
                let callable = self.global("builtins", "bytearray");
                if bytes.is_empty() {
                    return Ok(self.call(callable, &[]));
                }
                let bytes = self.add(Node::BytesBox(bytes.into()));
                self.call(callable, &[bytes])
            }
            Spell::Set | Spell::FrozenSet => {
                self.spell_again(index)?;
                let items = self.node(index).span().map(|span| self.graph.span(span).to_vec());
                let span = self.add_items(&items.unwrap_or_default());
                let list = self.add(Node::List(span));
                let name = if what == Spell::Set { "set" } else { "frozenset" };
                let callable = self.global("builtins", name);
                self.call(callable, &[list])
            }
            Spell::New | Spell::NewEx => {
                let &Node::Object(object) = self.node(index) else {
                    return Err(ErrorKind::Unwritable("not an object"));
                };
                let name = if what == Spell::New {
                    "__newobj__"
                } else {
                    "__newobj_ex__"
                };
                let mut args = vec![Ref::node(object.callable)];
                args.extend_from_slice(self.graph.tuple(object.args));
                let callable = self.global("copyreg", name);
                Reduce {
                    steps: object.steps.first,
                    ..self.call(callable, &args)
                }
            }
        })
    }

    fn nested_call(&mut self, _id: &Ref, module: &Ref, name: &Ref) -> Result<ReduceOf<Self>, ErrorKind> {
        let (module, name) = (self.lossy(module), self.lossy(name));
        let (parent, last) = name.rsplit_once('.').unwrap_or(("", &name));
        let callable = self.global("builtins", "getattr");
        let args = [self.global(&module, parent), self.add_str(last)];
        Ok(self.call(callable, &args))
    }

    fn nested(&mut self, id: &Ref, name: &Ref) -> Result<Nested<Ref>, ErrorKind> {
        let index = id.index().unwrap_or(END);
        let mut parts = Vec::new();
        let mut at = index;
        let mut getattr = None;
        while self.same
            && let Some(recipe) = self.graph.recipes.get(&at)
            && let [base, part] = *self.graph.tuple(recipe.args)
        {
            getattr = Some(Ref::node(recipe.callable));
            parts.push(part);
            at = base.index().unwrap_or(END);
        }
        parts.reverse();
        if let Some(getattr) = getattr {
            return Ok(Nested { getattr, parts });
        }
        let name = self.lossy(name);
        let parts = name.split('.').skip(1).map(|part| self.add_str(part)).collect();
        Ok(Nested {
            getattr: self.global("builtins", "getattr"),
            parts,
        })
    }

    fn text<'s>(&'s mut self, id: &'s Ref) -> Result<Cow<'s, [u8]>, ErrorKind> {
        let index = id.index().ok_or(ErrorKind::Unwritable("a name is not a str"))?;
        self.copy(self.node(index).payload())?;
        let text = self.node(index).text();
        Ok(text.ok_or(ErrorKind::Unwritable("a name is not a str"))?.into())
    }

    fn pid_line(&mut self, pid: &Ref) -> Result<Vec<u8>, ErrorKind> {
        Ok(match pid.atom() {
            Atom::None => b"None".to_vec(),
            Atom::Bool(value) => {
                if value {
                    b"True".to_vec()
                } else {
                    b"False".to_vec()
                }
            }
            Atom::Int(value) => value.to_string().into_bytes(),
            Atom::Float(value) => number::float_repr(value).into_bytes(),
            Atom::Node(index) => match self.node(index) {
                Node::Int(value) => value.to_string().into_bytes(),
                node => match node.text() {
                    Some(text) => text.to_vec(),
                    None => {
                        let why = "a persistent id other than a str or a number needs protocol 1";
                        return Err(ErrorKind::Unwritable(why));
                    }
                },
            },
        })
    }

    fn extension(&mut self, module: &Ref, name: &Ref) -> Result<Option<i64>, ErrorKind> {
        if self.extensions.is_empty() {
            return Ok(None);
        }
        let length = |id: &Ref| id.index().map_or(0, |index| self.node(index).payload());
        self.copy(length(module) + length(name))?;
        let text = |id: &Ref| str::from_utf8(self.node(id.index()?).text()?).ok();
        Ok(match (text(module), text(name)) {
            (Some(module), Some(name)) => self.extensions.code(module, name),
            _ => None,
        })
    }

    fn enter(&mut self, id: &Ref) -> bool {
        let Some(index) = id.index() else { return true };
        if self.writing.len() <= index as usize {
            self.writing.resize(index as usize + 1, false);
        }
        !std::mem::replace(&mut self.writing[index as usize], true)
    }

    fn leave(&mut self, id: &Ref) {
        if let Some(slot) = id.index().and_then(|index| self.writing.get_mut(index as usize)) {
            *slot = false;
        }
    }
}
