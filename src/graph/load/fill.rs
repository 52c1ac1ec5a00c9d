//! Items into containers: runs of items that grow, keys that are there already, and containers of other kinds.

use super::Loader;
use crate::{
    error::ErrorKind,
    graph::{Atom, END, Node, Ref, Span, node::Step},
};
use std::vec::Drain;

impl<'g, K> Loader<'g, '_, K> {
    /// A new run of items.
    #[inline(always)]
    pub(super) fn new_span(&mut self, items: impl ExactSizeIterator<Item = Ref>) -> Result<Span, ErrorKind> {
        self.grow(Span::default(), items)
    }

    /// Appends to a run: in place when it is the last one or has room, else moved to the end with twice the room.
    #[inline(always)]
    pub(super) fn grow(
        &mut self,
        mut span: Span,
        items: impl ExactSizeIterator<Item = Ref>,
    ) -> Result<Span, ErrorKind> {
        let all = &mut self.graph.items;
        let wanted = span.len as usize + items.len();
        let end = span.start as usize + span.cap as usize;
        if wanted > span.cap as usize {
            // Room is made before anything is moved, so that a refusal leaves the run as it was.
            let moved = end != all.len() && span.cap > 0;
            let needed = if moved { 2 * wanted } else { items.len() };
            if needed > all.capacity() - all.len() {
                self.more_items(needed)?;
            }
            let all = &mut self.graph.items;
            if !moved {
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
        if self.graph.items.len() > self.options.limits.nodes.min(END as usize) {
            return Err(self.too_many());
        }
        Ok(span)
    }

    /// Whether these are the keys of the last record, one by one the same objects, and so all different.
    #[inline]
    pub(super) fn has_last_keys(&self, items: &[Ref]) -> bool {
        let Span { start, len, .. } = self.last_record;
        let last = self.graph.items.get(start as usize..start as usize + len as usize);
        last.is_some_and(|last| {
            let keys = last.chunks_exact(2).zip(items.chunks_exact(2));
            last.len() == items.len() && keys.fold(true, |same, (a, b)| same & (a[0] == b[0]))
        })
    }

    /// `dict[key] = value` and `set.add(key)`: items lie `stride` apart. Answers the grown run.
    pub(super) fn insert(&mut self, index: u32, span: Span, entry: &[Ref]) -> Result<Span, ErrorKind> {
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

    /// All entries in turn, up to the first that is refused. What went in before stays in, as in Python, and the run that
    /// holds it is always answered: the keys that are known and those that are there must agree.
    pub(super) fn insert_all<'e>(
        &mut self,
        index: u32,
        mut span: Span,
        entries: impl Iterator<Item = &'e [Ref]>,
    ) -> (Span, Result<(), ErrorKind>) {
        for entry in entries {
            match self.insert(index, span, entry) {
                Ok(grown) => span = grown,
                Err(error) => return (span, Err(error)),
            }
        }
        (span, Ok(()))
    }

    /// A run of these items, each once, as a set that will be the next node.
    pub(super) fn unique(&mut self, items: &[Ref]) -> Result<Span, ErrorKind> {
        let index = self.graph.nodes.len() as u32;
        let (span, outcome) = self.insert_all(index, Span::default(), items.chunks_exact(1));
        if outcome.is_err() {
            // A builder goes on after an error: the index, whose keys are known, must not come to another container.
            self.graph.nodes.push(Node::FrozenSet(span));
        }
        outcome.map(|()| span)
    }

    /// Adds items to the last step if it is of the same kind, so that a thousand APPENDs are one list.
    pub(super) fn step_items(
        &mut self,
        index: u32,
        make: fn(Span) -> Step,
        items: Drain<'_, Ref>,
    ) -> Result<(), ErrorKind> {
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
            None => self.step(index, make(span))?,
        }
        Ok(())
    }

    /// APPEND(S) on what is not a list.
    #[cold]
    pub(super) fn append_other(&mut self, target: Ref, items: Drain<'_, Ref>) -> Result<(), ErrorKind> {
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
    pub(super) fn set_items_other(&mut self, target: Ref, items: Drain<'_, Ref>) -> Result<(), ErrorKind> {
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

    pub(super) fn bytearray_mut(&mut self, index: u32) -> &mut Vec<u8> {
        let node = &mut self.graph.nodes[index as usize];
        if let Node::ByteArray(bytes) = node {
            *node = Node::ByteArrayBox(Box::new(bytes.to_vec()));
        }
        match node {
            Node::ByteArrayBox(bytes) => bytes,
            _ => unreachable!("the caller has seen a bytearray"),
        }
    }

    pub(super) fn small_int(&self, value: Ref) -> Result<i64, ErrorKind> {
        match self.plain(value).atom() {
            Atom::Int(value) => Ok(value),
            Atom::Bool(value) => Ok(value.into()),
            _ => self.needs("an int", value),
        }
    }

    pub(super) fn byte(&self, value: Ref) -> Result<u8, ErrorKind> {
        u8::try_from(self.small_int(value)?).map_err(|_| ErrorKind::OutOfRange)
    }

    /// A Python index, which counts from the end when negative.
    pub(super) fn position(&self, index: Ref, len: usize) -> Result<usize, ErrorKind> {
        let index = self.small_int(index)?;
        let at = if index < 0 { index + len as i64 } else { index };
        usize::try_from(at)
            .ok()
            .filter(|at| *at < len)
            .ok_or(ErrorKind::OutOfRange)
    }
}
