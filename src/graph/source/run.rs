//! Runs of items, written where they lie in the graph: numbers, text, and the containers and instances that consist of them.
//!
//! Whatever takes more than a look (an import, a call, a set, what the protocol cannot say directly) is handed out, and the
//! emitter asks for it as from any source.

use super::{Arena, GraphSource, Items, own::single};
use crate::{
    emit::{Run, Source},
    error::ErrorKind,
    graph::{Atom, END, Graph, Node, Ref, Span, node::Object, node::Step},
    reduce::Call,
};

/// How many containers deep a run goes on the stack. What is deeper is handed out.
const DEPTH: u32 = 16;

/// So many numbers in a row are worth a loop of their own.
const ROW: usize = 8;

/// Whether there is a row of numbers, as far as three of them tell.
#[inline(always)]
fn begins_row(items: &[Ref]) -> bool {
    items.len() > ROW && [1, ROW].iter().all(|at| items[*at].number().is_some())
}

/// What a run needs of its source.
struct Walk<'s, 'a> {
    graph: &'s Graph<'a>,
    memo: &'s mut [u32],
    same: bool,
}

impl<'a, G: Arena<'a>> GraphSource<'_, 'a, G> {
    #[inline(always)]
    fn walk(&mut self) -> Walk<'_, 'a> {
        Walk {
            graph: &self.graph,
            memo: &mut self.memo,
            same: self.same,
        }
    }

    #[inline(always)]
    pub(super) fn walk_items<S: Source<Id = Ref, Items = Items>>(
        &mut self,
        items: &mut Items,
        run: &mut Run<'_, '_, S>,
    ) -> Result<Option<Ref>, ErrorKind> {
        if items.own {
            return if run.left() == 0 {
                Ok(None)
            } else {
                Ok(self.take(items))
            };
        }
        self.walk().rest(items, run, DEPTH)
    }

    #[inline(always)]
    pub(super) fn walk_whole<S: Source<Id = Ref, Items = Items>>(
        &mut self,
        id: Ref,
        run: &mut Run<'_, '_, S>,
    ) -> Result<Option<Ref>, ErrorKind> {
        Ok(self.walk().items(&[id], run, DEPTH)?.1)
    }
}

impl Walk<'_, '_> {
    /// Writes as many of the items as there is room for, or says what has to be handed out.
    #[inline(always)]
    fn rest<S: Source<Id = Ref, Items = Items>>(
        &mut self,
        items: &mut Items,
        run: &mut Run<'_, '_, S>,
        depth: u32,
    ) -> Result<Option<Ref>, ErrorKind> {
        let all = &self.graph.items;
        let rest = all.get(items.at as usize..items.end as usize).unwrap_or_default();
        let (written, stopped) = self.items(rest, run, depth)?;
        items.at += written as u32;
        Ok(stopped)
    }

    /// The same, and how many have been taken. One function for all, so that what it does for each item is inlined in it.
    #[inline(never)]
    fn items<S: Source<Id = Ref, Items = Items>>(
        &mut self,
        items: &[Ref],
        run: &mut Run<'_, '_, S>,
        depth: u32,
    ) -> Result<(usize, Option<Ref>), ErrorKind> {
        let items = items.get(..run.left()).unwrap_or(items);
        let mut at = 0;
        while let Some(&item) = items.get(at) {
            if item.number().is_some() && begins_row(&items[at..]) {
                let count = run.numbers(&items[at..], |item| item.number());
                at += count;
                if count > 0 {
                    continue;
                }
            }
            at += 1;
            if self.leaf(item, run)? {
                continue;
            }
            if let Some(id) = self.object(item, run, depth)? {
                return Ok((at, Some(id)));
            }
        }
        Ok((at, None))
    }

    /// Writes a number, a text that is borrowed, or what was written before; false if it is none of these.
    #[inline(always)]
    fn leaf<S: Source<Id = Ref>>(&mut self, item: Ref, run: &mut Run<'_, '_, S>) -> Result<bool, ErrorKind> {
        match item.atom() {
            Atom::None => run.none()?,
            Atom::Bool(value) => run.bool(value)?,
            Atom::Int(value) => run.int(value)?,
            Atom::Float(value) => run.float(value)?,
            Atom::Node(index) => match self.memo.get(index as usize) {
                Some(0) => {
                    let Some(&Node::Str(text)) = self.graph.nodes.get(index as usize) else {
                        return Ok(false);
                    };
                    // Some short texts are one object with others.
                    if !self.same && text.len() <= 2 {
                        return Ok(false);
                    }
                    let given = run.str(text.as_bytes())?;
                    self.put(index, given);
                }
                Some(slot) => run.get(*slot - 1)?,
                // It only exists to be written.
                None => return Ok(false),
            },
        }
        Ok(true)
    }

    /// Notes a memo index.
    #[inline(always)]
    fn put(&mut self, index: u32, given: Option<u32>) {
        if let (Some(given), Some(slot)) = (given, self.memo.get_mut(index as usize)) {
            *slot = given + 1;
        }
    }

    /// The same for what is no [`leaf`](Self::leaf).
    fn object<S: Source<Id = Ref, Items = Items>>(
        &mut self,
        item: Ref,
        run: &mut Run<'_, '_, S>,
        depth: u32,
    ) -> Result<Option<Ref>, ErrorKind> {
        let graph = self.graph;
        let handed_out = Ok(Some(item));
        let Some((index, node)) = item
            .index()
            .and_then(|index| Some((index, graph.nodes.get(index as usize)?)))
        else {
            return handed_out;
        };
        // What is written as a call, or is one object with others.
        if self.same {
            if !graph.recipes.is_empty() && graph.recipes.contains_key(&index) {
                return handed_out;
            }
        } else if single(node).is_some() {
            return handed_out;
        }
        match *node {
            Node::Int(value) => run.int(value)?,
            Node::Float(value) => run.float(value)?,
            Node::Str(_) | Node::StrBox(_) | Node::Surrogates(_) => {
                let given = run.str(node.text().unwrap_or_default())?;
                self.put(index, given);
            }
            Node::Bytes(_) | Node::BytesBox(_) if run.protocol() >= 3 => {
                let given = run.bytes(node.bytes().unwrap_or_default())?;
                self.put(index, given);
            }
            _ if depth == 0 || run.is_fast() => return handed_out,
            Node::List(span) => return self.list(index, span, run, depth - 1),
            Node::Dict(span) => return self.dict(index, span, run, depth - 1),
            Node::Tuple(span) => return self.tuple(index, span, run, depth - 1),
            Node::Object(object) => return self.instance(index, object, run, depth - 1),
            _ => return handed_out,
        }
        Ok(None)
    }

    fn list<S: Source<Id = Ref, Items = Items>>(
        &mut self,
        index: u32,
        span: Span,
        run: &mut Run<'_, '_, S>,
        depth: u32,
    ) -> Result<Option<Ref>, ErrorKind> {
        let given = run.list()?;
        self.put(index, given);
        let mut items = Items::of(span);
        let mut filling = run.fill_list(span.len as usize);
        while run.more(&mut filling) {
            if let Some(id) = self.rest(&mut items, run, depth)? {
                run.wait_items(filling, items);
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    fn dict<S: Source<Id = Ref, Items = Items>>(
        &mut self,
        index: u32,
        span: Span,
        run: &mut Run<'_, '_, S>,
        depth: u32,
    ) -> Result<Option<Ref>, ErrorKind> {
        let given = run.dict()?;
        self.put(index, given);
        let mut items = Items::of(span);
        let mut filling = run.fill_dict(span.len as usize / 2);
        while run.more(&mut filling) {
            if let Some(id) = self.rest(&mut items, run, depth)? {
                run.wait_items(filling, items);
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    fn tuple<S: Source<Id = Ref, Items = Items>>(
        &mut self,
        index: u32,
        span: Span,
        run: &mut Run<'_, '_, S>,
        depth: u32,
    ) -> Result<Option<Ref>, ErrorKind> {
        let tupling = run.tuple(span.len as usize)?;
        let mut items = Items::of(span);
        if let Some(id) = self.rest(&mut items, run, depth)? {
            run.wait_tuple(tupling, Ref::node(index), items);
            return Ok(Some(id));
        }
        match self.memo[index as usize] {
            0 => {
                let given = run.end_tuple(tupling)?;
                self.put(index, given);
            }
            // It was written inside itself.
            slot => run.end_tuple_again(tupling, slot - 1),
        }
        Ok(None)
    }

    /// An instance without arguments of a class that was written before, with a dict as its state or none.
    fn instance<S: Source<Id = Ref, Items = Items>>(
        &mut self,
        index: u32,
        object: Object,
        run: &mut Run<'_, '_, S>,
        depth: u32,
    ) -> Result<Option<Ref>, ErrorKind> {
        let graph = self.graph;
        let class = self.memo[object.callable as usize];
        let plain = object.call == Call::New && run.protocol() >= 2 && graph.tuple(object.args).is_empty();
        if class == 0 || !plain || !graph.retries.is_empty() {
            return Ok(Some(Ref::node(index)));
        }
        let mut state = None;
        if let Some(link) = graph.links.get(object.steps.first as usize) {
            let Step::State(dict) = link.step else {
                return Ok(Some(Ref::node(index)));
            };
            // A dict begins at once, whatever it holds.
            state = match dict.index().map(|index| (index, graph.node(index))) {
                Some((index, Node::Dict(span))) if !graph.recipes.contains_key(&index) => Some((index, *span)),
                _ => None,
            };
            if state.is_none() || link.next != END || depth == 0 {
                return Ok(Some(Ref::node(index)));
            }
        }
        let given = run.instance(class - 1)?;
        self.put(index, given);
        if let Some((state, span)) = state {
            let stopped = match self.memo[state as usize] {
                0 => self.dict(state, span, run, depth - 1)?,
                slot => run.get(slot - 1).map(|()| None)?,
            };
            if stopped.is_some() {
                run.wait_state();
                return Ok(stopped);
            }
            run.build();
        }
        Ok(None)
    }
}
