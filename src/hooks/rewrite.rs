//! Objects of a graph that was read, replaced by others.
//!
//! Each object is visited once, after what is in it, so that a function sees what is in its object replaced already. What
//! refers back, in a cycle, is put right in the end. Nothing recurses: what is open lies on a stack.

use super::{Registry, registry::Entry};
use crate::{
    Builder,
    error::{Error, ErrorKind, Result},
    graph::{Graph, Node, Ref, Span, StepNode as Step},
    opcode::Op,
    reduce::Call,
    types::class_path,
};

/// Replaces what a registry says.
pub(crate) fn rewritten<'g>(mut graph: Graph<'g>, registry: &Registry) -> Result<Graph<'g>> {
    let global = |node: &Node<'_>| match *node {
        Node::Global { module, name } => {
            let text = |index: u32| str::from_utf8(graph.node(index).text().unwrap_or_default()).unwrap_or_default();
            matches!(registry.entry(text(module), text(name)), Some(Entry::Rewrite(_)))
        }
        Node::Persistent(_) => registry.persistent_load().is_some(),
        _ => false,
    };
    if !graph.nodes.iter().any(global) {
        return Ok(graph);
    }
    let mut roots = std::mem::take(&mut graph.roots);
    let base = graph.nodes.len();
    let mut pass = Pass {
        registry,
        build: Builder::from(graph),
        moved: vec![None; base],
        made: Vec::new(),
    };
    pass.visit(&roots)?;
    for index in 0..pass.build.graph().nodes.len() as u32 {
        let after = pass.made.partition_point(|(from, _)| *from <= index);
        let own = after.checked_sub(1).map(|at| pass.made[at].1);
        pass.patch(index, own)?;
    }
    for root in &mut roots {
        *root = pass.now(*root, None);
    }
    Ok(pass.build.finish_all(roots))
}

struct Pass<'r, 'g> {
    registry: &'r Registry,
    build: Builder<'g>,
    /// What took the place of each object.
    moved: Vec<Option<Ref>>,
    /// From which index on objects were made for the place of which: there the object itself is meant.
    made: Vec<(u32, u32)>,
}

impl<'g> Pass<'_, 'g> {
    fn graph(&self) -> &Graph<'g> {
        self.build.graph()
    }

    /// What a reference is now, in an object that was made for the place of `own`.
    fn now(&self, at: Ref, own: Option<u32>) -> Ref {
        match at.index() {
            Some(index) if Some(index) != own => match self.moved.get(index as usize) {
                Some(Some(moved)) => *moved,
                _ => at,
            },
            _ => at,
        }
    }

    /// Goes through what the roots reach, inner objects first.
    fn visit(&mut self, roots: &[Ref]) -> Result<()> {
        let mut seen = vec![false; self.moved.len()];
        let mut work: Vec<(u32, bool)> = Vec::new();
        let mut inner = Vec::new();
        for root in roots {
            work.extend(root.index().map(|index| (index, false)));
            while let Some((index, left)) = work.pop() {
                if left {
                    self.patch(index, None)?;
                    self.replace(index)?;
                    continue;
                }
                if seen.get(index as usize).is_none_or(|seen| *seen) {
                    continue;
                }
                seen[index as usize] = true;
                work.push((index, true));
                inner.clear();
                self.refs(index, &mut inner);
                let unseen = inner.iter().rev().filter_map(|at| at.index());
                work.extend(unseen.filter(|at| !seen[*at as usize]).map(|at| (at, false)));
            }
        }
        Ok(())
    }

    /// What an object refers to.
    fn refs(&self, index: u32, refs: &mut Vec<Ref>) {
        let graph = self.graph();
        match *graph.node(index) {
            Node::Object(object) => refs.extend([Ref::node(object.callable), Ref::node(object.args)]),
            Node::Persistent(pid) => refs.push(pid),
            ref node => refs.extend(node.span().into_iter().flat_map(|span| graph.span(span))),
        }
        if let Some(made) = graph.recipes.get(&index) {
            refs.extend([Ref::node(made.callable), Ref::node(made.args)]);
        }
        for step in graph.steps(index) {
            match step {
                Step::Append(span) | Step::SetItems(span) | Step::Add(span) => refs.extend(graph.span(span)),
                Step::State(state) => refs.push(state),
                Step::Setter { setter, state } => refs.extend([Ref::node(setter), state]),
                Step::Aside { callable, args, .. } => refs.extend([Ref::node(callable), Ref::node(args)]),
            }
        }
    }

    /// Puts what is now in the place of what an object refers to.
    fn patch(&mut self, index: u32, own: Option<u32>) -> Result<()> {
        match *self.graph().node(index) {
            Node::Object(mut object) => {
                object.callable = self.now_callable(index, object.callable, own)?;
                self.build.graph_mut().nodes[index as usize] = Node::Object(object);
            }
            Node::Persistent(pid) => {
                let pid = self.now(pid, own);
                self.build.graph_mut().nodes[index as usize] = Node::Persistent(pid);
            }
            Node::Dict(span) => self.patch_keys(index, span, 2, own)?,
            Node::Set(span) | Node::FrozenSet(span) => self.patch_keys(index, span, 1, own)?,
            ref node => {
                if let Some(span) = node.span() {
                    self.patch_span(span, own);
                }
            }
        }
        let mut at = self.graph().chain(index).first;
        while let Some(mut link) = self.graph().links.get(at as usize).copied() {
            match &mut link.step {
                Step::Append(span) | Step::SetItems(span) | Step::Add(span) => self.patch_span(*span, own),
                Step::State(state) => *state = self.now(*state, own),
                Step::Setter { setter, state } => {
                    *setter = self.now_callable(index, *setter, own)?;
                    *state = self.now(*state, own);
                }
                Step::Aside { callable, .. } => *callable = self.now_callable(index, *callable, own)?,
            }
            self.build.graph_mut().links[at as usize] = link;
            at = link.next;
        }
        Ok(())
    }

    /// What is called now for an object.
    fn now_callable(&self, object: u32, callable: u32, own: Option<u32>) -> Result<u32> {
        let callable = self.now(Ref::node(callable), own);
        match callable.index() {
            Some(index) if self.graph().node(index).is_opaque() => Ok(index),
            _ => {
                let found = self.build.value(callable).type_name();
                let needs = "a callable";
                Err(self.fault(object, ErrorKind::BadOperand { needs, found }.into()))
            }
        }
    }

    fn patch_span(&mut self, span: Span, own: Option<u32>) {
        for at in span.start as usize..(span.start + span.len) as usize {
            let item = self.graph().items[at];
            let now = self.now(item, own);
            if now != item {
                self.build.graph_mut().items[at] = now;
            }
        }
    }

    /// The same where keys must be hashable and different.
    fn patch_keys(&mut self, index: u32, span: Span, stride: usize, own: Option<u32>) -> Result<()> {
        let before = self.graph().span(span).iter().step_by(stride);
        let changed = before.into_iter().any(|key| self.now(*key, own) != *key);
        self.patch_span(span, own);
        if !changed {
            return Ok(());
        }
        let items = self.graph().span(span).to_vec();
        let rebuilt = self.build.rebuild(index, &items, stride);
        rebuilt.map_err(|error| self.fault(index, error))
    }

    /// Asks what takes the place of an object.
    fn replace(&mut self, index: u32) -> Result<()> {
        let from = self.graph().nodes.len() as u32;
        let at = Ref::node(index);
        let new = match *self.graph().node(index) {
            Node::Persistent(pid) => match self.registry.persistent_load() {
                Some(load) => load(pid, &mut self.build),
                None => return Ok(()),
            },
            Node::Object(_) => {
                let path = class_path(self.build.value(at)).unwrap_or_default();
                match path
                    .split_once(':')
                    .and_then(|(module, name)| self.registry.entry(module, name))
                {
                    Some(Entry::Rewrite(rewrite)) => rewrite(at, &mut self.build),
                    _ => return Ok(()),
                }
            }
            _ => return Ok(()),
        };
        let new = new.map_err(|error| self.fault(index, error))?;
        if self.graph().nodes.len() as u32 > from {
            self.made.push((from, index));
        }
        if new != at {
            self.moved[index as usize] = Some(new);
        }
        Ok(())
    }

    /// The same error at the opcode that made an object.
    #[cold]
    fn fault(&self, index: u32, error: Error) -> Error {
        let mut events = self.graph().events.iter();
        let Some(event) = events.find(|event| event.node() == Ref::node(index)) else {
            return error;
        };
        let opcode = match self.graph().node(index) {
            Node::Object(object) => match object.call {
                Call::Reduce => Some(Op::Reduce.code()),
                Call::New => Some(Op::NewObj.code()),
                Call::NewEx => Some(Op::NewObjEx.code()),
                Call::Instance => None,
            },
            _ => None,
        };
        error.into_kind().at(event.offset(), opcode)
    }
}
