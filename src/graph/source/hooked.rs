//! A graph that is written with a hook: what a [`Reducer`] answers goes in front of what the graph says.
//!
//! The graph grows while it is written, by what answers are made of. As in CPython, an object is asked about each time
//! the emitter comes to it and it is not in the memo yet, so a reducer can go on for ever. What bounds it: an object made
//! for an answer about an object made for an answer … is at most [`GENERATIONS`] old, and objects are met again within
//! their own answers hardly more often than there are objects.

use super::{Arena, GraphSource, Items};
use crate::{
    emit::{Head, Nested, ReduceOf, SINGLES, Source, Spell, StepOf, View, ViewOf, single_bytes, single_str},
    error::ErrorKind,
    graph::{Builder, Chain, END, Graph, Link, Node, Ref, node::Step},
    hooks::{Answer, Reduce as Reduced, Reducer},
    modules::{Identity, identities},
    reduce::{Call, Reduce},
    settings::{Extensions, Python},
};
use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    ops::Deref,
};

/// How far answers about what answers are made of may go: as far as Python's recursion limit.
const GENERATIONS: u32 = 1000;

/// A graph that grows while it is written.
pub(crate) struct Growing<'a>(Builder<'a>);

impl<'a> Deref for Growing<'a> {
    type Target = Graph<'a>;
    fn deref(&self) -> &Graph<'a> {
        self.0.graph()
    }
}

impl<'a> Arena<'a> for Growing<'a> {
    const GROWS: bool = true;
    fn grow(&mut self) -> Option<&mut Graph<'a>> {
        Some(self.0.graph_mut())
    }
}

/// A graph on its way out, and the hook that is asked.
pub(crate) struct Hooked<'h, 'a> {
    source: GraphSource<'h, 'a, Growing<'a>>,
    hook: &'h mut dyn Reducer,
    fast: bool,
    /// How many objects the graph had before.
    base: u32,
    /// Where the objects of an answer begin, and how old they are.
    generations: Vec<(u32, u32)>,
    /// What was answered about, and how often one of those was asked about again.
    answered: HashSet<u32>,
    repeats: u32,
    /// The object of the graph that an object of an answer is one with.
    aliases: HashMap<u32, u32>,
    /// The first objects of what Python has only one of.
    singles: Option<Box<[u32; 2 * SINGLES]>>,
    /// The names that modules of C give their functions.
    functions: HashMap<String, Ref>,
}

impl<'h, 'a> Hooked<'h, 'a> {
    pub(crate) fn new(
        graph: &Graph<'a>,
        same: bool,
        fast: bool,
        extensions: &'h Extensions,
        python: Python,
        hook: &'h mut dyn Reducer,
    ) -> Self {
        let base = graph.nodes.len() as u32;
        let graph = Growing(Builder::from(graph.clone()));
        let mut hooked = Hooked {
            source: GraphSource::new(graph, same, extensions, python, None),
            hook,
            fast,
            base,
            generations: Vec::new(),
            answered: HashSet::new(),
            repeats: 0,
            aliases: HashMap::new(),
            singles: None,
            functions: HashMap::new(),
        };
        if same {
            hooked.know_names();
        }
        hooked
    }

    /// How many persistent ids may be under way at one time: no graph needs more.
    pub(crate) fn pids(&self) -> usize {
        self.base as usize + GENERATIONS as usize
    }

    fn len(&self) -> u32 {
        self.source.graph.nodes.len() as u32
    }

    fn limit(limit: u32) -> ErrorKind {
        ErrorKind::Limit {
            name: "calls",
            limit: limit.into(),
        }
    }

    /// How many answers about answers it took to make an object.
    fn generation(&self, at: Ref) -> u32 {
        let Some(index) = at.index() else { return 0 };
        let after = self.generations.partition_point(|(from, _)| *from <= index);
        match after.checked_sub(1) {
            Some(of) => self.generations[of].1,
            None => 0,
        }
    }

    /// Notes that the objects from an index on were made for an answer about another.
    fn note(&mut self, from: u32, about: Ref) -> Result<(), ErrorKind> {
        if self.len() == from {
            return Ok(());
        }
        let generation = self.generation(about) + 1;
        if generation > GENERATIONS {
            return Err(Self::limit(GENERATIONS));
        }
        if self.generations.last().is_none_or(|(_, last)| *last != generation) {
            self.generations.push((from, generation));
        }
        Ok(())
    }

    fn ask(&mut self, at: Ref) -> Result<Answer, ErrorKind> {
        let from = self.len();
        let answer = self.hook.reduce(at, &mut self.source.graph.0);
        self.note(from, at)?;
        answer.map_err(|error| error.into_kind())
    }

    fn ask_pid(&mut self, at: Ref) -> Result<Option<Ref>, ErrorKind> {
        let from = self.len();
        let pid = self.hook.persistent_id(at, &mut self.source.graph.0);
        self.note(from, at)?;
        pid.map_err(|error| error.into_kind())
    }

    /// The call that an answer is.
    fn reduced(&mut self, index: u32, reduced: Reduced, protocol: u8) -> Result<Reduce<Ref, u32>, ErrorKind> {
        // Without a memo, what is shared is asked about each time; and cycles are seen at once.
        if !self.fast && !self.answered.insert(index) {
            self.repeats += 1;
            let limit = self.base.saturating_add(GENERATIONS);
            if self.repeats > limit {
                return Err(Self::limit(limit));
            }
        }
        let Reduced { callable, args, .. } = reduced;
        self.callable(callable)?;
        let Some(items) = self.tuple(args) else {
            return Err(ErrorKind::Unwritable("the arguments of a reduce value are not a tuple"));
        };
        let steps = self.steps(reduced)?;
        let made = Reduce {
            call: Call::Reduce,
            callable,
            args,
            kwargs: None,
            steps,
            dropped: false,
        };
        match self.name(callable) {
            Some(b"__newobj__") if protocol >= 2 => {
                let [class, rest @ ..] = &*items else {
                    return Err(ErrorKind::Unwritable("the arguments of __newobj__ begin with a class"));
                };
                self.callable(*class)?;
                Ok(Reduce {
                    call: Call::New,
                    callable: *class,
                    args: self.source.add_tuple(rest),
                    ..made
                })
            }
            Some(b"__newobj_ex__") if protocol >= 2 => {
                let &[class, args, kwargs] = &*items else {
                    return Err(ErrorKind::Unwritable("__newobj_ex__ takes a class, a tuple and a dict"));
                };
                self.new_ex(class, args, kwargs, made, protocol)
            }
            _ => Ok(made),
        }
    }

    /// `class.__new__(class, *args, **kwargs)`: an opcode from protocol 4 on, and before it the call of a partial function.
    fn new_ex(
        &mut self,
        class: Ref,
        args: Ref,
        kwargs: Ref,
        made: Reduce<Ref, u32>,
        protocol: u8,
    ) -> Result<Reduce<Ref, u32>, ErrorKind> {
        self.callable(class)?;
        let entries = kwargs.index().and_then(|index| match self.source.node(index) {
            Node::Dict(span) => Some(self.source.graph.span(*span).to_vec()),
            _ => None,
        });
        let (Some(items), Some(entries)) = (self.tuple(args), entries) else {
            return Err(ErrorKind::Unwritable("__newobj_ex__ takes a class, a tuple and a dict"));
        };
        if protocol >= 4 {
            return Ok(Reduce {
                call: Call::NewEx,
                callable: class,
                args,
                kwargs: Some(kwargs),
                ..made
            });
        }
        let Some((module, name)) = self.path(class) else {
            return Err(ErrorKind::Unwritable("the class of __newobj_ex__ is not an import"));
        };
        let new = self.source.global(&module, &format!("{name}.__new__"));
        let callable = self.source.global("functools", "partial");
        let outer = self.source.add_tuple(&[new]);
        let args = self.source.add_tuple(&[&[class], &*items].concat());
        let entries = self.source.add_items(&entries);
        let kwargs = self.source.add(Node::Dict(entries));
        let state = self.source.add_tuple(&[new, args, kwargs, Ref::NONE]);
        let state = self.link(Step::State(state), END);
        let index = |at: Ref| at.index().unwrap_or(END);
        let partial = self.source.add(Node::Object(crate::graph::node::Object {
            call: Call::Reduce,
            callable: index(callable),
            args: index(outer),
            steps: Chain {
                first: state,
                last: state,
            },
        }));
        Ok(Reduce {
            callable: partial,
            args: self.source.add_tuple(&[]),
            ..made
        })
    }

    /// What is done to the object, in Python's order.
    fn steps(&mut self, reduced: Reduced) -> Result<u32, ErrorKind> {
        let Reduced {
            state,
            list_items,
            dict_items,
            state_setter,
            ..
        } = reduced;
        let mut next = END;
        if let Some(state) = state.filter(|state| *state != Ref::NONE) {
            if let Some(setter) = state_setter {
                self.callable(setter)?;
            }
            next = self.link(
                match state_setter.and_then(|setter| setter.index()) {
                    Some(setter) => Step::Setter { setter, state },
                    None => Step::State(state),
                },
                next,
            );
        }
        if !dict_items.is_empty() {
            let items: Vec<Ref> = dict_items.into_iter().flat_map(|(key, value)| [key, value]).collect();
            let items = self.source.add_items(&items);
            next = self.link(Step::SetItems(items), next);
        }
        if !list_items.is_empty() {
            let items = self.source.add_items(&list_items);
            next = self.link(Step::Append(items), next);
        }
        Ok(next)
    }

    fn link(&mut self, step: Step, next: u32) -> u32 {
        let links = &mut self.source.graph.0.graph_mut().links;
        links.push(Link { step, next });
        links.len() as u32 - 1
    }

    fn callable(&self, at: Ref) -> Result<(), ErrorKind> {
        match at.index() {
            Some(index) if self.source.node(index).is_opaque() => Ok(()),
            _ => Err(ErrorKind::Unwritable("a reduce value calls what cannot be called")),
        }
    }

    fn tuple(&self, at: Ref) -> Option<Vec<Ref>> {
        match self.source.node(at.index()?) {
            Node::Tuple(span) => Some(self.source.graph.span(*span).to_vec()),
            _ => None,
        }
    }

    /// Module and name of an import.
    fn path(&self, at: Ref) -> Option<(String, String)> {
        match *self.source.node(at.index()?) {
            Node::Global { module, name } => {
                let text = |index| self.source.lossy(&Ref::node(index));
                Some((text(module), text(name)))
            }
            _ => None,
        }
    }

    /// The `__name__` of a function that is imported.
    fn name(&self, at: Ref) -> Option<&[u8]> {
        match *self.source.node(at.index()?) {
            Node::Global { name, .. } => self.source.node(name).text()?.rsplit(|byte| *byte == b'.').next(),
            _ => None,
        }
    }

    /// An import by names that are not objects of the graph: as in Python, names are interned.
    fn import(&mut self, module: &str, name: &str) -> View<'static, Ref, Items, u32> {
        let (of_module, of_name) = identities(module, name, self.source.python);
        View::Global {
            module: self.name_object(module, of_module),
            name: self.name_object(name, of_name),
        }
    }

    fn name_object(&mut self, text: &str, identity: Identity) -> Ref {
        match identity {
            Identity::Own => self.source.add_str(text),
            Identity::Interned => self.source.graph.0.interned(text),
            Identity::Functions => match self.functions.get(text) {
                Some(known) => *known,
                None => {
                    let new = self.source.add_str(text);
                    self.functions.insert(text.into(), new);
                    new
                }
            },
        }
    }

    /// Notes the names of the graph's imports, which answers have in common with it.
    fn know_names(&mut self) {
        let build = &mut self.source.graph.0;
        let mut texts = std::mem::take(&mut build.texts);
        let graph = build.graph();
        for node in &graph.nodes {
            let &Node::Global { module, name } = node else { continue };
            let text = |index: u32| str::from_utf8(graph.node(index).text()?).ok();
            let (Some(module_text), Some(name_text)) = (text(module), text(name)) else {
                continue;
            };
            let (of_module, of_name) = identities(module_text, name_text, self.source.python);
            for (index, text, identity) in [(module, module_text, of_module), (name, name_text, of_name)] {
                let known = match identity {
                    Identity::Own => continue,
                    Identity::Interned => &mut texts,
                    Identity::Functions => &mut self.functions,
                };
                known.entry(text.into()).or_insert(Ref::node(index));
            }
        }
        build.texts = texts;
    }

    /// The object that an object of an answer is one with: imports of a name are one, and what Python has only one of.
    #[inline(always)]
    fn one(&mut self, id: &Ref) -> Ref {
        match id.index() {
            Some(index) if index >= self.base => self.find_one(index),
            _ => *id,
        }
    }

    fn find_one(&mut self, index: u32) -> Ref {
        if let Some(known) = self.aliases.get(&index) {
            return Ref::node(*known);
        }
        let one = match self.source.node(index) {
            Node::Global { module, name } => {
                let text = |index: u32| self.source.node(index).text().unwrap_or_default().to_vec();
                let key = (text(*module), text(*name));
                self.source.globals().of_name(&key.0, &key.1, index)
            }
            node => match (node.text(), node.bytes()) {
                (Some(text), _) => single_str(text).and_then(|at| self.single(at)).unwrap_or(index),
                (_, Some(bytes)) if !self.source.is_own(index) => {
                    single_bytes(bytes).and_then(|at| self.single(at)).unwrap_or(index)
                }
                _ => return Ref::node(index),
            },
        };
        self.aliases.insert(index, one);
        Ref::node(one)
    }

    /// The first object of the graph, or of an answer, of what Python has only one of.
    fn single(&mut self, at: usize) -> Option<u32> {
        let graph: &Graph<'_> = &self.source.graph;
        let singles = self.singles.get_or_insert_with(|| {
            let mut singles = Box::new([END; 2 * SINGLES]);
            for (index, node) in graph.nodes.iter().enumerate() {
                let single = match node.text() {
                    Some(text) => single_str(text),
                    None => node.bytes().and_then(single_bytes),
                };
                if let Some(single) = single
                    && singles[single] == END
                {
                    singles[single] = index as u32;
                }
            }
            singles
        });
        (singles[at] != END).then(|| singles[at])
    }
}

impl Source for Hooked<'_, '_> {
    type Id = Ref;
    type Items = Items;
    type Steps = u32;
    type Error = ErrorKind;

    fn head(&mut self, id: &Ref, pid: bool) -> Result<Head<Ref>, ErrorKind> {
        if pid && let Some(pid) = self.ask_pid(*id)? {
            return Ok(Head::Persistent(pid));
        }
        self.source.head(id, pid)
    }

    fn memo_get(&mut self, id: &Ref) -> Option<u32> {
        let one = self.one(id);
        self.source.memo_get(&one)
    }

    fn memo_put(&mut self, id: &Ref, index: u32) {
        let one = self.one(id);
        self.source.memo_put(&one, index);
    }

    fn prelude(&mut self) -> Option<Ref> {
        self.source.prelude()
    }

    fn view<'s>(&'s mut self, id: &'s Ref, protocol: u8) -> Result<ViewOf<'s, Self>, ErrorKind> {
        let index = id.index().unwrap_or(END);
        match *self.source.node(index) {
            Node::Global { .. } | Node::Object(_) => match self.ask(*id)? {
                Answer::Reduce(reduced) => return Ok(View::Reduce(self.reduced(index, reduced, protocol)?)),
                Answer::Global { module, name } => return Ok(self.import(&module, &name)),
                Answer::Default => {}
            },
            Node::Buffer { index, readonly } => {
                let bytes = self.source.graph.buffers.get(index as usize).map(|bytes| &**bytes);
                let in_band = bytes.filter(|bytes| self.hook.in_band(index as usize, bytes, readonly));
                return Ok(View::Buffer { in_band, readonly });
            }
            _ => {}
        }
        // Otherwise the source makes no difference between the graph's imports and those of answers.
        if index >= self.base
            && self.source.same
            && let Some((module, name)) = self.path(*id)
        {
            return Ok(self.import(&module, &name));
        }
        self.source.view(id, protocol)
    }

    fn next(&mut self, items: &mut Items) -> Result<Option<Ref>, ErrorKind> {
        self.source.next(items)
    }

    fn left(&mut self, items: &mut Items) -> Result<usize, ErrorKind> {
        self.source.left(items)
    }

    fn changes(&mut self, id: &Ref) -> Option<u32> {
        self.source.changes(id)
    }

    fn step(&mut self, steps: &mut u32) -> Result<Option<StepOf<Self>>, ErrorKind> {
        self.source.step(steps)
    }

    fn spell(&mut self, id: &Ref, what: Spell) -> Result<ReduceOf<Self>, ErrorKind> {
        self.source.spell(id, what)
    }

    fn nested_call(&mut self, id: &Ref, module: &Ref, name: &Ref) -> Result<ReduceOf<Self>, ErrorKind> {
        self.source.nested_call(id, module, name)
    }

    fn nested(&mut self, id: &Ref, name: &Ref) -> Result<Nested<Ref>, ErrorKind> {
        self.source.nested(id, name)
    }

    fn text<'s>(&'s mut self, id: &'s Ref) -> Result<Cow<'s, [u8]>, ErrorKind> {
        self.source.text(id)
    }

    fn pid_line(&mut self, pid: &Ref) -> Result<Vec<u8>, ErrorKind> {
        self.source.pid_line(pid)
    }

    fn extension(&mut self, module: &Ref, name: &Ref) -> Result<Option<i64>, ErrorKind> {
        self.source.extension(module, name)
    }

    fn enter(&mut self, id: &Ref) -> bool {
        self.source.enter(id)
    }

    fn leave(&mut self, id: &Ref) {
        self.source.leave(id);
    }
}
