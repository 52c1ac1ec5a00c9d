//! From a graph and what its nodes mean to a sketch of what is to be written. Nothing here recurses: an object is known by
//! its number as soon as it is asked for, and sketched when its turn comes.

use super::{
    Rewire, Wire,
    class::qualnames,
    code::{Loader, common_versions, is_before_3_8},
    sketch::{Id, Make, Sketch, Step, call},
    subclass_hook::Stand,
};
use crate::{
    Graph, Ref,
    error::{ErrorKind, Result},
    function::{CellId, Def, Defs, NamespaceId, Versions},
    graph::{Node, node},
    reduce::Call,
};
use std::collections::{HashMap, HashSet};

/// What is still to be sketched.
#[derive(Clone, Copy)]
enum Work {
    Node(Ref),
    Cell(CellId),
    Namespace(NamespaceId),
}

pub(super) struct Sketcher<'g> {
    pub(super) graph: &'g Graph<'g>,
    pub(super) defs: &'g Defs,
    pub(super) options: &'g Rewire,
    pub(super) sketch: Sketch,
    ids: HashMap<Ref, Id>,
    /// The other nodes that are the same object.
    aliases: HashMap<Ref, Vec<Ref>>,
    work: Vec<(Work, Id)>,
    pub(super) cells: HashMap<CellId, Id>,
    pub(super) namespaces: HashMap<NamespaceId, Id>,
    /// The guards of bytecode: see [`guard`](super::guard).
    pub(super) guards: HashMap<(Vec<u8>, Loader), Id>,
    /// The versions that the bytecode of the graph is of.
    pub(super) versions: Vec<Versions>,
    /// Whether code objects are made by `types.CodeType` itself, to be marshalled.
    pub(super) raw: bool,
    /// The dict of what this process knows by an id.
    pub(super) registry: Option<Id>,
    /// The qualified names of classes that do not say theirs.
    pub(super) qualnames: HashMap<Ref, String>,
    /// What compiles source, for bytecode of these versions beside it.
    pub(super) compilers: HashMap<Vec<u8>, Id>,
    /// The bases that classes have for the time being, and what they are like.
    pub(super) temporary_bases: Vec<(Stand, Id)>,
    /// Whether the bytecode is of a CPython that cloudpickle 3 does not run on.
    pub(super) is_before_3_8: bool,
    /// For cloudpickle: the empty cells that functions are made with, and types by name.
    pub(super) empty_cells: HashMap<CellId, Id>,
    closed_over: HashSet<CellId>,
    pub(super) types: HashMap<&'static str, Id>,
}

/// The cells in the closures of functions.
fn closed_over(defs: &Defs) -> HashSet<CellId> {
    let functions = defs.iter().filter_map(|(_, def)| match def {
        Def::Function(function) => Some(&function.closure),
        _ => None,
    });
    functions.flatten().copied().collect()
}

impl<'g> Sketcher<'g> {
    pub(super) fn new(graph: &'g Graph<'g>, defs: &'g Defs, options: &'g Rewire) -> Result<Self> {
        let versions = match options.wire {
            Wire::Compat => Vec::new(),
            _ => common_versions(graph, defs, options)?,
        };
        let mut aliases: HashMap<Ref, Vec<Ref>> = HashMap::new();
        for (at, _) in defs.aliases() {
            aliases.entry(defs.canonical(at)).or_default().push(at);
        }
        Ok(Sketcher {
            aliases,
            graph,
            defs,
            options,
            sketch: Sketch::default(),
            ids: HashMap::new(),
            work: Vec::new(),
            cells: HashMap::new(),
            namespaces: HashMap::new(),
            guards: HashMap::new(),
            versions,
            raw: false,
            registry: None,
            compilers: HashMap::new(),
            temporary_bases: Vec::new(),
            is_before_3_8: options.wire == Wire::Compat && is_before_3_8(graph, defs),
            qualnames: qualnames(graph, defs),
            empty_cells: HashMap::new(),
            closed_over: match options.wire {
                Wire::Compat => closed_over(defs),
                _ => HashSet::new(),
            },
            types: HashMap::new(),
        })
    }

    /// An object of the graph, in the sketch.
    pub(super) fn at(&mut self, at: Ref) -> Id {
        let at = self.defs.canonical(at);
        if at.index().is_none() {
            return self.sketch.add(Make::Atom(at));
        }
        if let Some(id) = self.ids.get(&at) {
            return *id;
        }
        if let Some(Def::Cell(cell)) = self.defs.get(at) {
            // For cloudpickle it is the one that functions are made with, if there are any.
            let id = match self.closed_over.contains(cell) {
                true => self.compat_empty_cell(*cell),
                false => self.cell(*cell),
            };
            self.ids.insert(at, id);
            return id;
        }
        if let Some(Def::Namespace(namespace)) = self.defs.get(at) {
            let id = self.namespace(*namespace);
            self.ids.insert(at, id);
            return id;
        }
        let id = self.sketch.add(Make::Pending);
        self.ids.insert(at, id);
        self.work.push((Work::Node(at), id));
        id
    }

    /// A cell.
    pub(super) fn cell(&mut self, cell: CellId) -> Id {
        if let Some(id) = self.cells.get(&cell) {
            return *id;
        }
        let id = self.sketch.add(Make::Pending);
        self.cells.insert(cell, id);
        self.work.push((Work::Cell(cell), id));
        id
    }

    /// A dict of globals. Functions put into it what they bring.
    pub(super) fn namespace(&mut self, namespace: NamespaceId) -> Id {
        if let Some(id) = self.namespaces.get(&namespace) {
            return *id;
        }
        let id = self.sketch.add(Make::Pending);
        self.namespaces.insert(namespace, id);
        self.work.push((Work::Namespace(namespace), id));
        id
    }

    pub(super) fn all(&mut self, refs: &[Ref]) -> Vec<Id> {
        refs.iter().map(|at| self.at(*at)).collect()
    }

    pub(super) fn pairs(&mut self, pairs: &[(Ref, Ref)]) -> Vec<(Id, Id)> {
        pairs
            .iter()
            .map(|(key, value)| (self.at(*key), self.at(*value)))
            .collect()
    }

    /// Sketches all that has been asked for.
    pub(super) fn finish(&mut self) -> Result<()> {
        while let Some((work, id)) = self.work.pop() {
            let node = match work {
                Work::Node(at) => {
                    match self.defs.get(at) {
                        Some(def) => self.def(at, id, def)?,
                        None => self.plain(at, id)?,
                    }
                    continue;
                }
                Work::Cell(cell) => {
                    self.sketch_cell(id, cell);
                    self.defs.cell(cell).node
                }
                Work::Namespace(namespace) => {
                    self.sketch_namespace(id, namespace);
                    None
                }
            };
            if let Some(node) = node {
                for step in self.asides(self.defs.canonical(node)) {
                    self.sketch.step(id, step);
                }
            }
        }
        Ok(())
    }

    /// What is no function, class or the like: as it is.
    pub(super) fn plain(&mut self, at: Ref, id: Id) -> Result<()> {
        let graph = self.graph;
        let Some(index) = at.index() else {
            self.sketch.node_mut(id).make = Make::Atom(at);
            return Ok(());
        };
        let own = |step: Step| vec![step];
        let (make, steps) = match graph.node(index) {
            Node::List(span) => (Make::List, own(Step::Append(self.all(graph.span(*span))))),
            Node::Set(span) => (Make::Set, own(Step::Add(self.all(graph.span(*span))))),
            Node::Dict(span) => {
                let entries = self.entries(graph.span(*span));
                (Make::Dict, own(Step::SetItems(entries)))
            }
            Node::Tuple(span) => (Make::Tuple(self.all(graph.span(*span))), Vec::new()),
            Node::FrozenSet(span) => (Make::FrozenSet(self.all(graph.span(*span))), Vec::new()),
            Node::Global { module, name } => match self.dill_global(at) {
                Some(make) => (make, Vec::new()),
                None => {
                    let (module, name) = (self.at(Ref::node(*module)), self.at(Ref::node(*name)));
                    (Make::Global { module, name }, Vec::new())
                }
            },
            Node::Persistent(pid) => (Make::Persistent(self.at(*pid)), Vec::new()),
            Node::Object(object) => {
                let args = graph.tuple(object.args);
                let (args, kwargs) = match (object.call, args) {
                    (Call::NewEx, [args, kwargs]) => {
                        let args = args.index().map_or(&[][..], |args| graph.tuple(args));
                        (self.all(args), Some(self.at(*kwargs)))
                    }
                    _ => (self.all(args), None),
                };
                let callable = Ref::node(object.callable);
                self.instance(id, callable, &args, object.call);
                let make = Make::Call {
                    call: object.call,
                    callable: self.at(callable),
                    args,
                    kwargs,
                };
                (make, self.steps(index))
            }
            #[cfg(feature = "serde")]
            Node::Atom(atom) => (Make::Atom(*atom), Vec::new()),
            _ => (Make::Leaf(at), Vec::new()),
        };
        let node = self.sketch.node_mut(id);
        node.make = make;
        // What was done to it from beside another object comes after its own items.
        let later = std::mem::replace(&mut node.steps, steps);
        node.steps.extend(later);
        Ok(())
    }

    /// Notes a call of a class, by which it is made an instance.
    fn instance(&mut self, id: Id, callable: Ref, args: &[Id], call: Call) {
        let is_new = |path| matches!(path, Some(("copyreg" | "copy_reg", "__newobj__" | "__newobj_ex__")));
        let path = self.graph.value(callable).as_global().and_then(|global| global.path());
        if let (true, Some(class)) = (is_new(path), args.first()) {
            self.sketch.instances.push((id, *class, false));
            self.sketch.runs.insert(id, vec![*class]);
        } else if let (Some(("copyreg" | "copy_reg", "_reconstructor")), Some(class)) = (path, args.first()) {
            // As protocols 0 and 1 have it: none of its constructors is called, but it is an instance.
            self.sketch.runs.insert(id, vec![*class]);
        } else if matches!(self.defs.get(callable), Some(Def::Class(_))) {
            let class = self.at(callable);
            self.sketch.instances.push((id, class, call == Call::Reduce));
        }
    }

    fn entries(&mut self, items: &[Ref]) -> Vec<(Id, Id)> {
        items
            .chunks_exact(2)
            .map(|entry| (self.at(entry[0]), self.at(entry[1])))
            .collect()
    }

    /// The steps of an object that are its own.
    fn steps(&mut self, index: u32) -> Vec<Step> {
        let graph = self.graph;
        let mut steps = Vec::new();
        for step in graph.steps(index) {
            steps.push(match step {
                node::Step::Append(span) => Step::Append(self.all(graph.span(span))),
                node::Step::SetItems(span) => Step::SetItems(self.entries(graph.span(span))),
                node::Step::Add(span) => Step::Add(self.all(graph.span(span))),
                node::Step::State(state) => Step::State(self.at(state)),
                node::Step::Setter { setter, state } => Step::Setter {
                    setter: self.at(Ref::node(setter)),
                    state: self.at(state),
                },
                node::Step::Aside { callable, args, .. } => match self.aside(callable, args) {
                    Some(step) => step,
                    None => continue,
                },
            });
        }
        steps
    }

    /// What was called beside an object, whatever it is. What this module calls there is a fill of another object, and is
    /// known from that.
    pub(super) fn asides(&mut self, at: Ref) -> Vec<Step> {
        let others = self.aliases.get(&at).into_iter().flatten();
        let indices = std::iter::once(&at).chain(others).filter_map(|at| at.index());
        let steps = indices
            .flat_map(|index| self.graph.steps(index))
            .filter_map(|step| match step {
                node::Step::Aside { callable, args, .. } => Some((callable, args)),
                _ => None,
            });
        let steps: Vec<_> = steps.collect();
        steps
            .into_iter()
            .filter_map(|(callable, args)| self.aside(callable, args))
            .collect()
    }

    fn aside(&mut self, callable: u32, args: u32) -> Option<Step> {
        let graph = self.graph;
        let items = graph.tuple(args);
        let named = self.named(Ref::node(callable));
        if let (Some((module, method)), [target, more @ ..]) = (named, items) {
            let target = self.defs.canonical(*target);
            if self.defs.get(target).is_some_and(is_filled) && fills(module) {
                return None;
            }
            // Put off by this module: the items belong to the container.
            let (node, more) = (
                target.index().map(|at| graph.node(at)),
                more.first().and_then(|at| at.index()),
            );
            let span = more
                .and_then(|more| graph.node(more).span())
                .map(|span| graph.span(span));
            let step = match (method, node.filter(|_| module == "builtins"), span) {
                ("list.extend", Some(Node::List(_)), Some(items)) => Some(Step::Append(self.all(items))),
                ("set.update", Some(Node::Set(_)), Some(items)) => Some(Step::Add(self.all(items))),
                ("dict.update", Some(Node::Dict(_)), Some(items)) => Some(Step::SetItems(self.entries(items))),
                _ => None,
            };
            if let Some(step) = step {
                let target = self.at(target);
                self.sketch.step(target, step);
                return None;
            }
        }
        if self.initializes(callable, items) {
            return None;
        }
        let callable = self.at(Ref::node(callable));
        let args = self.all(items);
        Some(Step::Aside { callable, args })
    }

    /// Whether it is a call of [`initialize`](Sketcher::initialize): of a function, with a member of an enum.
    fn initializes(&self, callable: u32, args: &[Ref]) -> bool {
        let function = matches!(self.defs.get(Ref::node(callable)), Some(Def::Function(_)));
        let member = args.first().and_then(|member| self.graph.value(*member).as_object());
        let of = member.and_then(|member| member.args().get(0));
        function && of.is_some_and(|of| matches!(self.defs.get(of.id()), Some(Def::Enum(_))))
    }

    /// Says how an object that this module knows is made.
    pub(super) fn made(&mut self, id: Id, callable: Id, args: Vec<Id>) {
        let node = self.sketch.node_mut(id);
        node.make = call(callable, args);
        node.ours = true;
    }

    /// Text of the graph.
    pub(super) fn text(&self, at: Option<Ref>) -> Option<&'g str> {
        self.graph.value(at?).as_str()
    }

    pub(super) fn optional(&mut self, at: Option<Ref>) -> Id {
        match at {
            Some(at) => self.at(at),
            None => self.sketch.none(),
        }
    }

    /// What cannot be written, and why.
    pub(super) fn refuse<T>(&self, what: &str, name: Option<Ref>, why: &str) -> Result<T> {
        let name = self.text(name).unwrap_or("without a name");
        Err(ErrorKind::Unsupported(format!("{what} {name} cannot be written: {why}").into()).into())
    }
}

/// Whether what is done to an object like this shows in what is known of it.
fn is_filled(def: &Def) -> bool {
    matches!(
        def,
        Def::Function(_) | Def::Class(_) | Def::Enum(_) | Def::Cell(_) | Def::Namespace(_)
    )
}

/// Whether what a module's functions do to a function or class is a fill, which is known from what that is: see
/// [`Defs::of`].
fn fills(module: &str) -> bool {
    let last = module.rsplit('.').next().unwrap_or_default();
    matches!(module, "builtins" | "__builtin__" | "abc") || last.contains("cloudpickle") || module.starts_with("dill")
}
