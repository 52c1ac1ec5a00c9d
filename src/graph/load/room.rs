//! How much memory a load may take. It is checked where something is about to grow, so that a value that finds room costs
//! nothing.

use super::Loader;
use crate::{
    error::ErrorKind,
    graph::{Event, EventKind, Graph, Link, Node, Ref},
    limits::{self, FREE},
};
use std::{collections::HashMap, mem::size_of};

/// What an allocation takes beyond what is asked for.
const ALLOCATION: u64 = 32;

/// What a map takes: keys, values, a byte for each, a table that is at most seven eighths full, and half of it once more
/// while it grows.
pub(crate) fn of_map<A, B>(map: &HashMap<A, B, impl Sized>) -> u64 {
    (map.capacity() * (size_of::<(A, B)>() + 1)) as u64 * 12 / 7
}

/// What a vector takes.
pub(crate) fn of_vec<T>(vec: &Vec<T>) -> u64 {
    (vec.capacity() * size_of::<T>()) as u64
}

/// What the tables of a graph take.
pub(super) fn of_graph(graph: &Graph<'_>) -> u64 {
    let runs = of_vec(&graph.nodes) + of_vec(&graph.items) + of_vec(&graph.links) + of_vec(&graph.events);
    runs + of_map(&graph.chains) + of_map(&graph.recipes) + of_map(&graph.retries)
}

/// A vector of more bytes grows by half, so that less of it is unused.
const LARGE: usize = 4 << 20;

/// Makes room in a vector: twice as much if there is, a little more if that is all that there is.
fn grow<T>(vec: &mut Vec<T>, needed: usize, room: u64) -> bool {
    let had = vec.capacity();
    let needed = needed.saturating_sub(had - vec.len());
    let fits = |more: usize| (more as u64).saturating_mul(size_of::<T>() as u64) <= room;
    let usual = if had * size_of::<T>() < LARGE {
        had.max(4)
    } else {
        had / 2
    };
    let steps = [usual, had / 8];
    let Some(more) = steps.map(|step| needed.max(step)).into_iter().find(|more| fits(*more)) else {
        return false;
    };
    vec.reserve_exact(had - vec.len() + more);
    true
}

/// Gives back the room that large graphs have to spare. Where memory comes in pages this copies nothing.
pub(super) fn give_back(graph: &mut Graph<'_>) {
    fn shrink<T>(vec: &mut Vec<T>) {
        const WORTHWHILE: usize = 1 << 20;
        if (vec.capacity() - vec.len()) * size_of::<T>() > WORTHWHILE {
            vec.shrink_to_fit();
        }
    }
    shrink(&mut graph.nodes);
    shrink(&mut graph.items);
    shrink(&mut graph.links);
    shrink(&mut graph.events);
}

impl<'g, K> Loader<'g, '_, K> {
    /// Told how many bytes of the input there are, or were taken so far: they pay for what is held.
    pub(crate) fn paid(&mut self, bytes: u64) {
        // A quarter is the machine's: each byte of the stream leaves at most one value, mark or memo entry.
        let rate = self.options.limits.memory.saturating_mul(3);
        self.budget = self
            .had
            .saturating_add(FREE)
            .saturating_add(bytes.saturating_mul(rate) / 4);
        self.keys.room = self.budget.saturating_sub(self.held_beside_keys());
        self.keys.limit = self.options.limits.memory;
        if self.graph.nodes.capacity() == 0 {
            // As much as a small pickle needs, so that it need not ask again and again.
            let few = (bytes / 6).min(64) as usize;
            self.graph.nodes.reserve_exact(few);
            self.graph.items.reserve_exact(few);
        }
    }

    fn held_beside_keys(&self) -> u64 {
        let names = of_map(&self.modules) + of_map(&self.spellings);
        of_graph(&self.graph) + names + self.owned
    }

    /// How much more may be held.
    fn room(&mut self) -> u64 {
        self.keys.room = self.budget.saturating_sub(self.held_beside_keys());
        self.keys.room.saturating_sub(self.keys.held())
    }

    #[cold]
    fn full(&self) -> ErrorKind {
        limits::reached("memory", self.options.limits.memory)
    }

    #[cold]
    #[inline(never)]
    pub(super) fn more_nodes(&mut self) -> Result<(), ErrorKind> {
        let room = self.room();
        match grow(&mut self.graph.nodes, 1, room) {
            true => Ok(()),
            false => Err(self.full()),
        }
    }

    #[cold]
    #[inline(never)]
    pub(super) fn more_items(&mut self, needed: usize) -> Result<(), ErrorKind> {
        let room = self.room();
        match grow(&mut self.graph.items, needed, room) {
            true => Ok(()),
            false => Err(self.full()),
        }
    }

    /// Notes something that the stream did.
    #[inline]
    pub(super) fn event(&mut self, kind: EventKind, node: Ref) -> Result<(), ErrorKind> {
        if self.graph.events.len() == self.graph.events.capacity() {
            let room = self.room();
            if !grow(&mut self.graph.events, 1, room) {
                return Err(self.full());
            }
        }
        self.graph.events.push(Event::new(self.offset, kind, node));
        Ok(())
    }

    #[inline]
    pub(super) fn link(&mut self, link: Link) -> Result<u32, ErrorKind> {
        if self.graph.links.len() == self.graph.links.capacity() {
            let room = self.room();
            if !grow(&mut self.graph.links, 1, room) {
                return Err(self.full());
            }
        }
        self.graph.links.push(link);
        Ok(self.graph.links.len() as u32 - 1)
    }

    /// Accounts for content that the input has not paid for byte by byte: what a call copies, however often it is made.
    pub(super) fn hold(&mut self, bytes: usize) -> Result<(), ErrorKind> {
        if bytes as u64 + ALLOCATION > self.room() {
            return Err(self.full());
        }
        self.owned += bytes as u64 + ALLOCATION;
        self.copied += bytes as u64;
        Ok(())
    }

    #[cold]
    fn too_much(&self) -> ErrorKind {
        limits::reached("payload", self.options.limits.payload)
    }

    /// Accounts for text or bytes of the stream.
    #[inline(always)]
    pub(super) fn payload(&mut self, node: Node<'g>, length: usize) -> Result<Ref, ErrorKind> {
        match self.payload_left.checked_sub(length as u64) {
            Some(left) => self.payload_left = left,
            None => return Err(self.too_much()),
        }
        if matches!(
            node,
            Node::StrBox(_) | Node::Surrogates(_) | Node::BytesBox(_) | Node::ByteArrayBox(_) | Node::Big(_)
        ) {
            // As much was read, so that it is soon enough to look when something else grows.
            self.owned += length as u64 + ALLOCATION;
        }
        self.add(node)
    }
}
