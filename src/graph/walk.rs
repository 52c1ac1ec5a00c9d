//! The only traversal: every walk over a graph, for printing, comparing or drawing, is one of these.
//!
//! Nothing recurses: depth is memory on a stack of the walk's own.

use super::{Atom, Graph, Node, Ref, Span, Value, node::Step};
use crate::reduce::Call;
use std::collections::HashSet;

/// How an object is reached from the one that refers to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Role {
    /// Where the walk starts.
    Root,
    /// An item of a list, tuple, set or frozenset.
    Item(usize),
    /// A key of a dict.
    Key(usize),
    /// The value of the same key.
    Value(usize),
    /// The class or function of a call.
    Callable,
    /// A positional argument of a call.
    Arg(usize),
    /// The name of a keyword argument.
    Keyword(usize),
    /// The value of the same keyword argument.
    KeywordValue(usize),
    /// An item that is appended to an object.
    Appended(usize),
    /// A key that is set in an object.
    SetKey(usize),
    /// The value of the same key.
    SetValue(usize),
    /// An item that is added to an object.
    Added(usize),
    /// The state of an object.
    State,
    /// The function that gives an object its state.
    Setter,
    /// The state that function is called with.
    SetterState,
    /// The function of a call made beside the object.
    AsideCallable,
    /// An argument of that call.
    AsideArg(usize),
    /// The persistent id of an object.
    PersistentId,
}

impl Role {
    /// Which item or pair of its kind it is; `None` for what there is only one of.
    pub fn position(self) -> Option<usize> {
        match self {
            Role::Item(at) | Role::Key(at) | Role::Value(at) | Role::Arg(at) => Some(at),
            Role::Keyword(at) | Role::KeywordValue(at) | Role::Appended(at) | Role::Added(at) => Some(at),
            Role::SetKey(at) | Role::SetValue(at) | Role::AsideArg(at) => Some(at),
            _ => None,
        }
    }

    /// Whether it is the second of a pair, which goes with the first.
    pub fn is_second(self) -> bool {
        matches!(self, Role::Value(_) | Role::SetValue(_) | Role::KeywordValue(_))
    }
}

/// Which roles the items of a run have.
#[derive(Debug, Clone, Copy)]
enum Run {
    Items,
    Entries,
    Args,
    Keywords,
    Appended,
    Set,
    Added,
    Aside,
}

impl Run {
    fn role(self, at: usize) -> Role {
        match self {
            Run::Items => Role::Item(at),
            Run::Entries if at.is_multiple_of(2) => Role::Key(at / 2),
            Run::Entries => Role::Value(at / 2),
            Run::Args => Role::Arg(at),
            Run::Keywords if at.is_multiple_of(2) => Role::Keyword(at / 2),
            Run::Keywords => Role::KeywordValue(at / 2),
            Run::Appended => Role::Appended(at),
            Run::Set if at.is_multiple_of(2) => Role::SetKey(at / 2),
            Run::Set => Role::SetValue(at / 2),
            Run::Added => Role::Added(at),
            Run::Aside => Role::AsideArg(at),
        }
    }
}

/// References that are not in a run: those of functions by their index.
#[derive(Debug, Clone, Copy)]
enum First {
    Nothing,
    Callable(u32),
    PersistentId(Ref),
    State(Ref),
    Setter { setter: u32, state: Ref },
    SetterState(Ref),
    Aside(u32),
}

/// What one object refers to, in order. Small, because each level of a deep object waits as one of these.
#[derive(Debug, Clone)]
pub(crate) struct Edges {
    /// What comes before the run.
    first: First,
    run: Run,
    span: Span,
    at: u32,
    /// Keyword arguments, which follow the positional ones.
    keywords: Span,
    /// The index of the next step.
    link: u32,
}

impl Edges {
    pub(crate) fn of(graph: &Graph<'_>, from: Ref) -> Edges {
        let mut edges = Edges {
            first: First::Nothing,
            run: Run::Items,
            span: Span::default(),
            at: 0,
            keywords: Span::default(),
            link: super::END,
        };
        let Atom::Node(index) = from.atom() else {
            return edges;
        };
        let node = graph.node(index);
        if node.is_opaque() {
            edges.link = graph.chain(index).first;
        }
        let span = |at: Ref| at.index().and_then(|index| graph.node(index).span());
        match node {
            Node::List(span) | Node::Tuple(span) | Node::Set(span) | Node::FrozenSet(span) => edges.span = *span,
            Node::Dict(span) => {
                edges.span = *span;
                edges.run = Run::Entries;
            }
            Node::Object(object) => {
                edges.first = First::Callable(object.callable);
                edges.run = Run::Args;
                edges.span = span(Ref::node(object.args)).unwrap_or_default();
                if let (Call::NewEx, [args, kwargs]) = (object.call, graph.tuple(object.args)) {
                    edges.span = span(*args).unwrap_or_default();
                    edges.keywords = span(*kwargs).unwrap_or_default();
                }
            }
            Node::Persistent(id) => edges.first = First::PersistentId(*id),
            _ => {}
        }
        edges
    }

    pub(crate) fn next(&mut self, graph: &Graph<'_>) -> Option<(Role, Ref)> {
        loop {
            match std::mem::replace(&mut self.first, First::Nothing) {
                First::Nothing => {}
                First::Callable(at) => return Some((Role::Callable, Ref::node(at))),
                First::PersistentId(id) => return Some((Role::PersistentId, id)),
                First::State(state) => return Some((Role::State, state)),
                First::Setter { setter, state } => {
                    self.first = First::SetterState(state);
                    return Some((Role::Setter, Ref::node(setter)));
                }
                First::SetterState(state) => return Some((Role::SetterState, state)),
                First::Aside(at) => return Some((Role::AsideCallable, Ref::node(at))),
            }
            if let Some(at) = graph.span(self.span).get(self.at as usize) {
                self.at += 1;
                return Some((self.run.role(self.at as usize - 1), *at));
            }
            (self.span, self.at) = (Span::default(), 0);
            if self.keywords.len > 0 {
                (self.run, self.span) = (Run::Keywords, std::mem::take(&mut self.keywords));
                continue;
            }
            let link = graph.links.get(self.link as usize)?;
            self.link = link.next;
            match link.step {
                Step::Append(span) => (self.run, self.span) = (Run::Appended, span),
                Step::SetItems(span) => (self.run, self.span) = (Run::Set, span),
                Step::Add(span) => (self.run, self.span) = (Run::Added, span),
                Step::State(state) => self.first = First::State(state),
                Step::Setter { setter, state } => self.first = First::Setter { setter, state },
                Step::Aside { callable, args, .. } => {
                    self.first = First::Aside(callable);
                    (self.run, self.span) = (Run::Aside, graph.node(args).span().unwrap_or_default());
                }
            }
        }
    }

    /// Whether nothing is left. (A step without items may still be to come where this says no.)
    fn is_done(&self) -> bool {
        let nothing = matches!(self.first, First::Nothing) && self.at >= self.span.len;
        nothing && self.keywords.len == 0 && self.link == super::END
    }
}

/// A set of nodes: a table while there are few, so that a short walk in a large graph is short; then a flag for each node.
#[derive(Debug, Clone)]
enum Closed {
    Few(HashSet<usize>),
    Many(Vec<bool>),
}

impl Closed {
    /// False if it was there.
    fn insert(&mut self, index: usize, nodes: usize) -> bool {
        if let Closed::Few(set) = self
            && set.len() > nodes / 64
        {
            let mut flags = vec![false; nodes];
            set.iter().for_each(|index| flags[*index] = true);
            *self = Closed::Many(flags);
        }
        match self {
            Closed::Few(set) => set.insert(index),
            Closed::Many(flags) => !std::mem::replace(&mut flags[index], true),
        }
    }

    fn remove(&mut self, index: usize) {
        match self {
            Closed::Few(set) => drop(set.remove(&index)),
            Closed::Many(flags) => flags[index] = false,
        }
    }
}

/// One moment of a walk.
#[derive(Debug, Clone, Copy)]
pub enum Visit<'g> {
    /// An object is met, and what it refers to comes next. Atoms and strings refer to nothing: they are left at once.
    Enter(Role, Value<'g>),
    /// All that an object refers to has been visited.
    Leave(Value<'g>),
    /// An object is met again: because it is being walked through, which is a cycle, or, in a walk that enters each once,
    /// because it is shared.
    Seen(Role, Value<'g>),
}

/// A walk over all that an object refers to, in order, to any depth. See [`Value::walk`].
#[derive(Debug, Clone)]
pub struct Walk<'g> {
    graph: &'g Graph<'g>,
    start: Option<Ref>,
    /// The objects that the walk is inside of.
    stack: Vec<Ref>,
    /// Of those to which there is more to come: how deep they are, and what is left.
    open: Vec<(u32, Edges)>,
    /// The nodes that must not be entered (again).
    closed: Closed,
    once: bool,
    leave: Option<Ref>,
    /// Where among the open ones the object is that refers to the one just met, if there is more to come.
    parent: Option<usize>,
}

impl<'g> Value<'g> {
    /// Walks over this object and all it refers to, entering each object once.
    ///
    /// ```
    /// use brinery::{Graph, Visit};
    /// let graph = Graph::from_slice(b"]q\0(h\0K\x01e.")?; // a list that contains itself, and 1
    /// let seen = graph.root().walk().filter(|visit| matches!(visit, Visit::Seen(..))).count();
    /// assert_eq!(seen, 1);
    /// # Ok::<(), brinery::Error>(())
    /// ```
    pub fn walk(self) -> Walk<'g> {
        self.start(true)
    }

    /// Walks as printing does: a shared object is entered each time it is met, only cycles are cut. The number of visits
    /// can be exponential in the size of the graph; stop when it is enough.
    pub fn walk_tree(self) -> Walk<'g> {
        self.start(false)
    }

    fn start(self, once: bool) -> Walk<'g> {
        Walk {
            graph: self.graph,
            start: Some(self.at),
            stack: Vec::new(),
            open: Vec::new(),
            closed: Closed::Few(HashSet::new()),
            once,
            leave: None,
            parent: None,
        }
    }
}

impl<'g> Walk<'g> {
    /// How many objects the walk is inside of.
    pub fn depth(&self) -> usize {
        self.stack.len()
    }

    /// Leaves the object just entered without visiting what it refers to.
    pub fn skip_inside(&mut self) {
        if self.leave.is_none() && self.top().is_some() {
            self.open.pop();
        }
    }

    /// Leaves out the rest of the items, entries or arguments that the object just met is one of.
    pub fn skip_siblings(&mut self) {
        if let Some((_, edges)) = self.parent.and_then(|parent| self.open.get_mut(parent)) {
            edges.at = edges.span.len;
        }
    }

    /// Where among the open ones the innermost object is, if there is more to come of it.
    fn top(&self) -> Option<usize> {
        let (depth, _) = self.open.last()?;
        (*depth as usize == self.stack.len()).then(|| self.open.len() - 1)
    }

    fn enter(&mut self, role: Role, at: Ref) -> Visit<'g> {
        self.parent = self.top();
        let value = self.graph.value(at);
        let Some(index) = at.index().map(|index| index as usize) else {
            self.leave = Some(at);
            return Visit::Enter(role, value);
        };
        let node = &self.graph.nodes[index];
        if !node.is_opaque() && node.span().is_none() {
            self.leave = Some(at);
            return Visit::Enter(role, value);
        }
        if !self.closed.insert(index, self.graph.nodes.len()) {
            return Visit::Seen(role, value);
        }
        self.stack.push(at);
        let edges = Edges::of(self.graph, at);
        if !edges.is_done() {
            self.open.push((self.stack.len() as u32, edges));
        }
        Visit::Enter(role, value)
    }
}

impl<'g> Iterator for Walk<'g> {
    type Item = Visit<'g>;

    fn next(&mut self) -> Option<Visit<'g>> {
        if let Some(at) = self.start.take() {
            return Some(self.enter(Role::Root, at));
        }
        if let Some(at) = self.leave.take() {
            return Some(Visit::Leave(self.graph.value(at)));
        }
        if let Some((_, edges)) = self.top().and_then(|top| self.open.get_mut(top)) {
            let next = edges.next(self.graph);
            let Some((role, next)) = next else {
                self.open.pop();
                return self.next();
            };
            // A last one leaves nothing to come back for, so that a deep chain costs no more than its own references.
            if edges.is_done() {
                self.open.pop();
            }
            return Some(self.enter(role, next));
        }
        let at = self.stack.pop()?;
        if !self.once
            && let Some(index) = at.index()
        {
            self.closed.remove(index as usize);
        }
        Some(Visit::Leave(self.graph.value(at)))
    }
}
