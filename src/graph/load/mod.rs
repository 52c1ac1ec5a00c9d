//! The graph as a heap: what the machine does, kept.

mod fill;
mod heap;
mod keep;
pub(crate) mod room;
mod spell;

#[cfg(feature = "serde")]
pub(crate) use keep::Located;
pub(crate) use keep::{Borrow, Copied};

use super::{
    Chain, END, EventKind, Graph, Node, Recipe, Ref, Span,
    keys::Keys,
    node::{Link, Object, Step},
};
use crate::{
    error::{ErrorKind, Result},
    hooks::{Registry, rewritten},
    names,
    reduce::Call,
    settings::ReadOptions,
};
use spell::Spelling;
use std::{
    collections::{HashMap, HashSet},
    marker::PhantomData,
};

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
    dropped_call: Dropped,
    /// How many objects were looked at to find out whether a call was dropped for being made inside its own arguments.
    searched: usize,
    /// The entries of the last record: a small dict of different texts.
    last_record: Span,
    /// How many keys of each dict of keyword arguments are known to be text.
    keywords: HashMap<u32, u32>,
    /// The long tuples of arguments that a call has had.
    arguments: HashSet<u32>,
    /// How many more bytes of text and bytes there may be.
    payload_left: u64,
    /// Bytes that calls have copied.
    copied: u64,
    /// Bytes of them that are kept in memory of their own, and of what calls have copied.
    owned: u64,
    /// Bytes that were held before anything was read.
    had: u64,
    /// Bytes that may be held: see [`paid`](Self::paid).
    budget: u64,
    keep: PhantomData<K>,
}

/// So many arguments can be looked at each time.
const FEW: usize = 16;

/// A call that was dropped.
#[derive(Clone, Copy)]
struct Dropped {
    call: u32,
    /// How many objects there were then.
    at: usize,
    /// The object that it was taken to be made beside, and what was done to that before.
    beside: Option<(u32, Chain)>,
}

impl Dropped {
    const NONE: Dropped = Dropped {
        call: END,
        at: 0,
        beside: None,
    };
}

impl<'g, 'o, K> Loader<'g, 'o, K> {
    pub(crate) fn new(options: &'o ReadOptions) -> Self {
        Loader::within(Graph::empty(), options)
    }

    /// Fills a graph without objects, in the room that it has.
    pub(crate) fn within(graph: Graph<'g>, options: &'o ReadOptions) -> Self {
        Loader {
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
            dropped_call: Dropped::NONE,
            searched: 0,
            last_record: Span::default(),
            keywords: HashMap::new(),
            arguments: HashSet::new(),
            payload_left: options.limits.payload,
            copied: 0,
            owned: 0,
            had: room::of_graph(&graph),
            // Nothing is bounded that is not read.
            budget: u64::MAX,
            graph,
            keep: PhantomData,
        }
    }

    /// Makes ready for the next pickle into the same graph.
    pub(crate) fn begin(&mut self) {
        self.protocol = 0;
        self.fresh_tuple = END;
        self.fresh_call = (END, false);
        self.dropped_call = Dropped::NONE;
    }

    /// Notes the value of a finished pickle.
    pub(crate) fn finish(&mut self, root: Ref) {
        self.graph.roots.push(root);
        let protocol = self.protocol.max(self.binary.into());
        self.graph.protocol = self.graph.protocol.max(Some(protocol));
    }

    /// The graph, with what the registry replaces replaced.
    pub(crate) fn done(mut self) -> Result<Graph<'g>> {
        let buffers = self.graph.buffers.iter().map(|buffer| buffer.len() as u64);
        self.graph.payload = Some(self.options.limits.payload - self.payload_left + self.copied + buffers.sum::<u64>());
        room::give_back(&mut self.graph);
        match &self.options.registry {
            Some(registry) if registry.rewrites() => rewritten(self.graph, registry),
            _ => Ok(self.graph),
        }
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
        if index == self.graph.nodes.capacity() {
            self.more_nodes()?;
        }
        self.graph.nodes.push(node);
        Ok(Ref::node(index as u32))
    }

    fn add_index(&mut self, node: Node<'g>) -> Result<u32, ErrorKind> {
        self.add(node).map(|_| self.graph.nodes.len() as u32 - 1)
    }

    /// An atom, which has no node, or has where all have one.
    #[inline(always)]
    fn atom(&mut self, atom: Ref, as_node: bool) -> Result<Ref, ErrorKind> {
        #[cfg(feature = "serde")]
        if as_node {
            return self.add(Node::Atom(atom));
        }
        let _ = as_node;
        Ok(atom)
    }

    /// What an atom's node holds; anything else is itself.
    pub(super) fn plain(&self, at: Ref) -> Ref {
        match at.index().map(|index| self.graph.node(index)) {
            #[cfg(feature = "serde")]
            Some(Node::Atom(atom)) => *atom,
            _ => at,
        }
    }

    /// Adds a step to what was done to an object.
    pub(super) fn step(&mut self, index: u32, step: Step) -> Result<(), ErrorKind> {
        let new = self.link(Link { step, next: END })?;
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
        Ok(())
    }

    /// Takes back the last step of an object.
    pub(super) fn unstep(&mut self, index: u32, before: Chain) {
        if let Some(link) = self.graph.links.get_mut(before.last as usize) {
            link.next = END;
        }
        match &mut self.graph.nodes[index as usize] {
            Node::Object(object) => object.steps = before,
            _ => drop(self.graph.chains.insert(index, before)),
        }
    }

    fn needs<T>(&self, needs: &'static str, found: Ref) -> Result<T, ErrorKind> {
        Err(ErrorKind::BadOperand {
            needs,
            found: self.graph.value(found).type_name(),
        })
    }

    pub(super) fn opaque(&self, value: Ref, needs: &'static str) -> Result<u32, ErrorKind> {
        match value.index() {
            Some(index) if self.graph.node(index).is_opaque() => Ok(index),
            _ => self.needs(needs, value),
        }
    }

    /// The index of what a call made.
    pub(super) fn called(&self, value: Ref) -> Result<u32, ErrorKind> {
        match value.index() {
            Some(index) if matches!(self.graph.node(index), Node::Object(_)) => Ok(index),
            _ => self.needs("an object made by a call", value),
        }
    }

    fn argument_tuple(&self, value: Ref) -> Result<u32, ErrorKind> {
        match value.index() {
            Some(index) if matches!(self.graph.node(index), Node::Tuple(_)) => Ok(index),
            _ => self.needs("a tuple of arguments", value),
        }
    }

    /// An import: a new node each time, as in the stream. Several names of Python 3 can be one of Python 2, so a stream
    /// that imports a name twice may have been written from two objects.
    fn import(&mut self, mut module: u32, mut name: u32) -> Result<Ref, ErrorKind> {
        if let Some(registry) = &self.options.registry {
            (module, name) = self.registered(registry, module, name)?;
        }
        let text = |index| self.graph.node(index).text().unwrap_or_default();
        let spelling = Spelling::of(text(module), text(name), self.protocol);
        let import = self.add(Node::Global { module, name })?;
        if let (Some(spelling), Some(index)) = (spelling, import.index()) {
            self.spellings.insert(index, spelling);
        }
        self.event(EventKind::Import, import)?;
        Ok(import)
    }

    /// What an import means to a registry.
    #[cold]
    fn registered(&mut self, registry: &Registry, module: u32, name: u32) -> Result<(u32, u32), ErrorKind> {
        let text = |index| self.plain_text(Ref::node(index)).into_owned();
        let Some((to_module, to_name)) = registry
            .import(&text(module), &text(name))?
            .map(|(module, name)| (Node::StrBox(module.into()), Node::StrBox(name.into())))
        else {
            return Ok((module, name));
        };
        Ok((self.add_index(to_module)?, self.add_index(to_name)?))
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
                let index = self.payload(Node::StrBox(module.into()), module.len())?;
                let index = index.index().unwrap_or(END);
                self.modules.insert(module.into(), index);
                index
            }
        };
        let name = self.payload(Node::StrBox(name.into()), name.len())?;
        self.import(module, name.index().unwrap_or(END))
    }

    /// Accounts for long arguments that another call has, too: each call goes through its own.
    fn share(&mut self, args: u32) -> Result<(), ErrorKind> {
        let items = self.graph.tuple(args);
        if items.len() > FEW && !self.arguments.insert(args) {
            self.hold(size_of_val(items))?;
        }
        Ok(())
    }

    fn call(&mut self, call: Call, callable: u32, args: u32) -> Result<Ref, ErrorKind> {
        let fresh_args = args == self.fresh_tuple;
        if call != Call::NewEx {
            self.share(args)?;
        }
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
        self.event(EventKind::Call, result)?;
        Ok(result)
    }
}
