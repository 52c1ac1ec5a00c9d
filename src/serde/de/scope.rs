//! What all deserializers of one reading share: the graph, and how much of it may still be handed out.

use super::{
    De,
    data::{At, Data, Lent, Run, Slot},
};
use crate::{
    Object, Step, Value,
    error::{Error, ErrorKind, Result},
    graph::{Atom, Graph, Node, Ref},
    hooks::{Entry, Registry},
    limits::Limits,
    serde::shared,
    types::class_path,
};
use std::{
    cell::{Cell, RefCell},
    sync::Arc,
};

/// Values that may be handed out whatever the size of the graph.
const FREE: u64 = 1_000_000;

/// Bytes of text, `bytes` and `bytearray` that may be handed out whatever the size of the graph.
const FREE_BYTES: u64 = 64 << 20;

/// Text and bytes of less than this are no more than the value that they are.
const SHORT: usize = 64;

/// Those of the [`Limits`] that count here.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub(super) depth: usize,
    pub(super) expansion: u64,
    pub(super) digits: usize,
}

/// One reading of a graph. `'de` is what the result may borrow from: the input, or the graph itself.
pub(crate) struct Scope<'g, 'de> {
    pub(super) graph: &'g Graph<'de>,
    /// The graph once more, if the result may borrow what the graph owns.
    whole: Option<&'de Graph<'de>>,
    open: RefCell<Opened>,
    depth: Cell<usize>,
    /// How many values have been handed out, and how many may be.
    handed: Cell<u64>,
    budget: Cell<u64>,
    /// The same for the bytes of text and bytes. What the graph holds of them is only added up when the free ones are used
    /// up.
    handed_bytes: Cell<u64>,
    budget_bytes: Cell<u64>,
    counted: Cell<bool>,
    limits: Bounds,
    shared: shared::Scope,
    registry: Option<Arc<Registry>>,
}

impl<'g, 'de> Scope<'g, 'de> {
    /// A reading whose result borrows from the input.
    pub(crate) fn of_input(graph: &'g Graph<'de>, limits: &Limits) -> Self {
        Scope::new(graph, None, limits)
    }

    fn new(graph: &'g Graph<'de>, whole: Option<&'de Graph<'de>>, limits: &Limits) -> Self {
        let size = (graph.nodes.len() + graph.items.len()) as u64;
        Scope {
            graph,
            whole,
            open: RefCell::default(),
            depth: Cell::new(0),
            handed: Cell::new(0),
            budget: Cell::new(FREE.saturating_add(size.saturating_mul(limits.expansion))),
            handed_bytes: Cell::new(0),
            budget_bytes: Cell::new(FREE_BYTES),
            counted: Cell::new(false),
            limits: Bounds {
                depth: limits.depth,
                expansion: limits.expansion,
                digits: limits.digits,
            },
            shared: shared::Scope::default(),
            registry: None,
        }
    }

    /// The same, where a registry says what objects mean.
    pub(super) fn knowing(self, registry: &Option<Arc<Registry>>) -> Self {
        let registry = registry.clone();
        Scope { registry, ..self }
    }

    /// The entry of the class of an object.
    pub(super) fn entry(&self, value: Value<'_>) -> Option<&Entry> {
        let registry = self.registry.as_ref()?;
        let path = class_path(value)?;
        let (module, name) = path.split_once(':')?;
        registry.entry(module, name)
    }

    /// A reading of what an object means, which is as deep as the object. No registry has a say in it, or it could go on for
    /// ever.
    pub(super) fn within<'x>(&self, graph: &'x Graph<'de>) -> Scope<'x, 'de> {
        let limits = Limits {
            depth: self.limits.depth,
            expansion: self.limits.expansion,
            digits: self.limits.digits,
            ..Limits::default()
        };
        let scope = Scope::of_input(graph, &limits);
        scope.depth.set(self.depth.get());
        scope
    }

    pub(super) fn limits(&self) -> Bounds {
        self.limits
    }

    /// How many values have been handed out.
    pub(super) fn handed(&self) -> u64 {
        self.handed.get()
    }

    /// Accounts for values that are handed out.
    #[inline]
    pub(super) fn charge(&self, values: usize) -> Result<()> {
        let handed = self.handed.get().saturating_add(values as u64);
        self.handed.set(handed);
        if handed > self.budget.get() {
            return Err(self.overdrawn());
        }
        Ok(())
    }

    /// A value that is handed out.
    #[inline]
    pub(super) fn child(&self, At { at, slot }: At) -> Result<De<'_, 'g, 'de>> {
        self.charge(1)?;
        Ok(De {
            at,
            slot,
            ..De::root(self, at)
        })
    }

    /// Accounts for text or bytes, beyond the value that they are.
    #[inline]
    pub(super) fn charge_bytes(&self, bytes: usize) -> Result<()> {
        if bytes < SHORT {
            return Ok(());
        }
        let handed = self.handed_bytes.get().saturating_add(bytes as u64);
        self.handed_bytes.set(handed);
        if handed > self.budget_bytes.get() {
            return self.count_bytes(handed);
        }
        Ok(())
    }

    /// Accounts for an object that is taken apart, however little of it is then handed out.
    pub(super) fn charge_object(&self, object: &Object<'_>) -> Result<()> {
        let steps = object.steps().map(|step| match step {
            Step::Append(items) | Step::Add(items) => 1 + items.len(),
            Step::SetItems(entries) => 1 + entries.len(),
            Step::State(state) | Step::Setter { state, .. } => 1 + state.len().unwrap_or_default(),
            Step::Aside { .. } => 1,
        });
        self.charge(object.args().len() + steps.sum::<usize>())
    }

    /// The free bytes are used up: how many more there are depends on what the graph holds.
    #[cold]
    fn count_bytes(&self, handed: u64) -> Result<()> {
        if !self.counted.replace(true) {
            let nodes = self.graph.nodes.iter();
            let lengths = nodes.map(|node| node.text().or(node.bytes()).or(node.bytearray()).map_or(0, <[u8]>::len));
            let buffers = self.graph.buffers.iter().map(|buffer| buffer.len());
            let bytes: u64 = lengths.chain(buffers).map(|bytes| bytes as u64).sum();
            let more = bytes.saturating_mul(self.limits.expansion);
            self.budget_bytes.set(FREE_BYTES.saturating_add(more));
        }
        if handed > self.budget_bytes.get() {
            return Err(self.overdrawn());
        }
        Ok(())
    }

    #[cold]
    fn overdrawn(&self) -> Error {
        let (name, limit) = ("expansion", self.limits.expansion);
        ErrorKind::Limit { name, limit }.into()
    }

    #[cold]
    pub(super) fn too_deep(&self) -> Error {
        ErrorKind::Limit {
            name: "depth",
            limit: self.limits.depth as u64,
        }
        .into()
    }

    /// Goes into a container or an object, until what is answered is dropped. An error if it is being read already, or
    /// lies too deep.
    pub(super) fn open(&self, at: Ref) -> Result<Open<'_>> {
        if self.depth.get() >= self.limits.depth {
            return Err(self.too_deep());
        }
        if let Some(index) = at.index()
            && !self.open.borrow_mut().insert(index, self.graph.nodes.len())
        {
            return Err(ErrorKind::Cycle.into());
        }
        self.depth.set(self.depth.get() + 1);
        Ok(Open {
            open: &self.open,
            depth: &self.depth,
            has_node: at.index().is_some(),
        })
    }

    /// A number for a node that no other object has, in this reading or another that is under way.
    pub(super) fn identity(&self, index: u32) -> u64 {
        self.shared.id(index)
    }

    /// Where these items lie, which are of this graph's arena.
    pub(super) fn run(&self, refs: &'g [Ref]) -> Run<'g> {
        let all = self.graph.items.as_ptr_range();
        let first = refs.as_ptr();
        let start = if all.contains(&first) {
            Slot::Item(((first.addr() - all.start.addr()) / size_of::<Ref>()) as u32)
        } else {
            Slot::Unknown
        };
        Run { refs, start }
    }

    /// An item of a graph that is at hand by itself.
    pub(super) fn at(&self, at: Ref) -> At {
        At {
            at,
            slot: Slot::Unknown,
        }
    }

    /// What a reference stands for.
    pub(super) fn data(&self, at: Ref) -> Data<'g, 'de> {
        let index = match at.atom() {
            Atom::None => return Data::None,
            Atom::Bool(value) => return Data::Bool(value),
            Atom::Int(value) => return Data::Int(value),
            Atom::Float(value) => return Data::Float(value),
            Atom::Node(index) => index,
        };
        let graph = self.graph;
        let run = |span| self.run(graph.span(span));
        match graph.node(index) {
            Node::Float(value) => Data::Float(*value),
            Node::Int(value) => Data::Int(*value),
            Node::Big(value) => Data::Big(value),
            Node::Str(text) => Data::Str(Lent::Long(text)),
            Node::Surrogates(text) => Data::Surrogates(text),
            Node::Bytes(bytes) | Node::ByteArray(bytes) => Data::Bytes(Lent::Long(bytes)),
            Node::List(span) => Data::List(run(*span)),
            Node::Tuple(span) => Data::Tuple(run(*span)),
            Node::Set(span) | Node::FrozenSet(span) => Data::Set(run(*span)),
            Node::Dict(span) => Data::Dict(run(*span)),
            Node::Global { .. } => Data::Global,
            Node::Object(_) => Data::Object,
            Node::Persistent(_) => Data::Persistent,
            Node::Atom(atom) => self.data(*atom),
            owned => match self.whole {
                Some(whole) => owned_data(whole, whole.node(index), Lent::Long, Lent::Long),
                None => owned_data(graph, owned, Lent::Short, Lent::Short),
            },
        }
    }
}

impl<'g> Scope<'g, 'g> {
    /// A reading whose result borrows from the graph.
    pub(crate) fn of_graph(graph: &'g Graph<'g>, limits: &Limits) -> Self {
        Scope::new(graph, Some(graph), limits)
    }
}

/// Text and bytes that the graph owns or that are out of band, and so can be lent for one of two lifetimes.
fn owned_data<'n, 'g, 'de>(
    graph: &'n Graph<'de>,
    node: &'n Node<'de>,
    text: impl Fn(&'n str) -> Lent<'g, 'de, str>,
    bytes: impl Fn(&'n [u8]) -> Lent<'g, 'de, [u8]>,
) -> Data<'g, 'de> {
    match node {
        Node::StrBox(owned) => Data::Str(text(owned)),
        Node::BytesBox(owned) => Data::Bytes(bytes(owned)),
        Node::ByteArrayBox(owned) => Data::Bytes(bytes(owned)),
        Node::Buffer { index, .. } => match graph.buffers.get(*index as usize) {
            Some(std::borrow::Cow::Borrowed(input)) => Data::Bytes(Lent::Long(input)),
            Some(std::borrow::Cow::Owned(owned)) => Data::Bytes(bytes(owned)),
            None => Data::NoBuffer(*index),
        },
        _ => Data::None,
    }
}

/// Which nodes are being read right now. They are searched while they are few, so that to read a small part of a large
/// graph takes little; then each node has a bit.
#[derive(Default)]
struct Opened {
    nodes: Vec<u32>,
    bits: Vec<u64>,
}

/// So many are searched.
const FEW: usize = 64;

impl Opened {
    /// False if it was there.
    fn insert(&mut self, index: u32, nodes: usize) -> bool {
        if self.bits.is_empty() && self.nodes.len() >= FEW {
            self.bits.resize(nodes / 64 + 1, 0);
            for (word, bit) in self.nodes.iter().map(|index| bit(*index)) {
                self.bits[word] |= bit;
            }
        }
        let (word, bit) = bit(index);
        let known = match self.bits.get_mut(word) {
            Some(word) => std::mem::replace(word, *word | bit) & bit != 0,
            None => self.nodes.contains(&index),
        };
        if !known {
            self.nodes.push(index);
        }
        !known
    }

    /// The newest that is open closes.
    fn pop(&mut self) {
        if let Some(index) = self.nodes.pop() {
            let (word, bit) = bit(index);
            if let Some(word) = self.bits.get_mut(word) {
                *word &= !bit;
            }
        }
    }
}

fn bit(index: u32) -> (usize, u64) {
    (index as usize / 64, 1 << (index % 64))
}

/// Something that is being read. Closes when dropped, before what it is in.
pub(super) struct Open<'s> {
    open: &'s RefCell<Opened>,
    depth: &'s Cell<usize>,
    has_node: bool,
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.depth.set(self.depth.get() - 1);
        if self.has_node {
            self.open.borrow_mut().pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Few or many, what is open is known, and nothing else.
    #[test]
    fn what_is_open_is_known() {
        let mut opened = Opened::default();
        let nodes = 3 * FEW;
        let some = (0..nodes as u32).step_by(2);
        for index in some.clone() {
            assert!(opened.insert(index, nodes));
            assert!(!opened.insert(index, nodes));
        }
        assert!(!opened.bits.is_empty());
        for index in some.rev() {
            assert!(!opened.insert(index, nodes));
            opened.pop();
            assert!(opened.insert(index, nodes));
            opened.pop();
        }
        assert!(opened.nodes.is_empty() && opened.bits.iter().all(|bits| *bits == 0));
    }
}
