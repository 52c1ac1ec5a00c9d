//! The object graph: what a pickle says, with every sharing and cycle, in one arena.

mod build;
mod debug;
mod deeds;
mod dot;
mod keys;
mod kind;
mod load;
pub(crate) mod node;
mod pykey;
mod repr;
mod same;
mod source;
mod value;
pub(crate) mod walk;

pub use build::{Build, Builder};
pub use deeds::{Deed, DeedKind};
pub use dot::Dot;
pub use kind::{Entries, Global, Items, ItemsIter, Kind, Object, Step, Str};
pub use node::Ref;
pub use pykey::PyKey;
pub use repr::Repr;
pub use value::{Key, Value};
pub use walk::{Role, Visit, Walk};

#[cfg(feature = "serde")]
pub(crate) use load::Located;
pub(crate) use load::{Borrow, Copied, Loader};
pub(crate) use node::{Atom, Chain, END, Event, EventKind, Link, Node, Recipe, Span, Step as StepNode};
pub(crate) use source::{GraphSource, Hooked, InBand};

use crate::limits;
use std::{borrow::Cow, collections::HashMap};

/// How many times over a graph may be searched for objects made inside their own arguments.
pub(crate) const SEARCHES: usize = 16;

/// An object graph: what one pickle, or several with a shared memo, says.
///
/// Identity is kept: an object that the pickle refers to twice is one object here, and cycles are cycles. So is what was
/// done: calls stay calls (nothing is executed), with their arguments, and the imports and calls are recorded in order.
///
/// `'a` is how long the input lives, from which strings and bytes are borrowed.
#[derive(Clone)]
pub struct Graph<'a> {
    pub(crate) nodes: Vec<Node<'a>>,
    /// The items of all containers: each has a run of them, its [`Span`].
    pub(crate) items: Vec<Ref>,
    pub(crate) links: Vec<Link>,
    /// The steps of what is not an [`Object`] and has steps all the same, such as an import.
    pub(crate) chains: HashMap<u32, Chain>,
    /// How built-in objects were made that the protocol could not say directly.
    pub(crate) recipes: HashMap<u32, Recipe>,
    /// Calls that were dropped because the object had meanwhile been made inside their own arguments.
    pub(crate) retries: HashMap<u32, Vec<u32>>,
    /// What the stream is to make before its first value and drop: a check that must come before everything else. A
    /// reader does not keep it: it cannot be told from what CPython drops for being made inside its own items.
    pub(crate) prelude: Option<Ref>,
    pub(crate) events: Vec<Event>,
    pub(crate) roots: Vec<Ref>,
    pub(crate) protocol: Option<u8>,
    pub(crate) buffers: Vec<Cow<'a, [u8]>>,
    /// Bytes of text, bytes and large ints, where they were counted while it was read.
    pub(crate) payload: Option<u64>,
}

impl<'a> Graph<'a> {
    /// A graph without objects.
    pub(crate) fn empty() -> Self {
        Graph {
            nodes: Vec::new(),
            items: Vec::new(),
            links: Vec::new(),
            chains: HashMap::new(),
            recipes: HashMap::new(),
            retries: HashMap::new(),
            prelude: None,
            events: Vec::new(),
            roots: Vec::new(),
            protocol: None,
            buffers: Vec::new(),
            payload: None,
        }
    }

    /// A graph without objects, with the room of this one.
    pub(crate) fn emptied<'b>(mut self) -> Graph<'b> {
        fn clear<K, V>(mut map: HashMap<K, V>) -> HashMap<K, V> {
            // Clearing takes time in the room, which few graphs need any of.
            if !map.is_empty() {
                map = HashMap::new();
            }
            map
        }
        self.nodes.clear();
        self.items.clear();
        self.links.clear();
        self.events.clear();
        self.roots.clear();
        Graph {
            // None are left: this is how a vector is told that it borrows from something else.
            nodes: self.nodes.into_iter().map(Node::into_owned).collect(),
            items: self.items,
            links: self.links,
            chains: clear(self.chains),
            recipes: clear(self.recipes),
            retries: clear(self.retries),
            events: self.events,
            roots: self.roots,
            ..Graph::empty()
        }
    }

    /// A copy that borrows nothing.
    pub fn into_owned(self) -> Graph<'static> {
        Graph {
            nodes: self.nodes.into_iter().map(Node::into_owned).collect(),
            items: self.items,
            links: self.links,
            chains: self.chains,
            recipes: self.recipes,
            retries: self.retries,
            prelude: self.prelude,
            events: self.events,
            roots: self.roots,
            protocol: self.protocol,
            payload: self.payload,
            buffers: self
                .buffers
                .into_iter()
                .map(|buffer| buffer.into_owned().into())
                .collect(),
        }
    }

    /// Bytes of text, bytes and large ints.
    pub(crate) fn payload(&self) -> u64 {
        self.payload.unwrap_or_else(|| {
            let nodes = self.nodes.iter().map(|node| node.payload() as u64);
            nodes.chain(self.buffers.iter().map(|buffer| buffer.len() as u64)).sum()
        })
    }

    /// About how many bytes are written for it: mostly a few more than it takes.
    pub(crate) fn likely(&self) -> u64 {
        32 + 3 * (self.nodes.len() + self.items.len()) as u64 + self.payload.unwrap_or(0)
    }

    /// How many bytes may be written for it: the limit `output` for each object and reference, a quarter of it for each
    /// byte of text.
    pub(crate) fn written(&self, output: u64) -> u64 {
        let shape = (self.nodes.len() + self.items.len() + 2 * self.links.len()) as u64;
        let content = shape
            .saturating_mul(output)
            .saturating_add((self.payload().saturating_mul(output)) / 4);
        limits::FREE.saturating_add(content)
    }

    /// The protocol it was read in, if it was read.
    pub fn protocol(&self) -> Option<u8> {
        self.protocol
    }

    pub(crate) fn node(&self, index: u32) -> &Node<'a> {
        &self.nodes[index as usize]
    }

    pub(crate) fn span(&self, span: Span) -> &[Ref] {
        &self.items[span.start as usize..][..span.len as usize]
    }

    /// The items of a tuple; none for anything else.
    pub(crate) fn tuple(&self, index: u32) -> &[Ref] {
        match self.node(index) {
            Node::Tuple(span) => self.span(*span),
            _ => &[],
        }
    }

    /// The function and arguments that made a node, if a call did.
    pub(crate) fn made_by(&self, index: u32) -> Option<Recipe> {
        match *self.node(index) {
            Node::Object(node::Object { callable, args, .. }) => Some(Recipe { callable, args }),
            _ => self.recipes.get(&index).copied(),
        }
    }

    pub(crate) fn chain(&self, index: u32) -> Chain {
        match self.node(index) {
            Node::Object(object) => object.steps,
            _ => self.chains.get(&index).copied().unwrap_or(Chain::EMPTY),
        }
    }

    /// What was done to an object after it was made, in order.
    pub(crate) fn steps(&self, index: u32) -> impl Iterator<Item = node::Step> + use<'_, 'a> {
        let mut at = self.chain(index).first;
        std::iter::from_fn(move || {
            let link = self.links.get(at as usize)?;
            at = link.next;
            Some(link.step)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn graphs_and_handles_go_between_threads() {
        fn check<T: Send + Sync>() {}
        check::<Graph<'_>>();
        check::<Value<'_>>();
        check::<Builder>();
    }
}
