//! From the calls of a pickle to what they mean: [`Defs::of`].
//!
//! Twice over the nodes: first each call that makes something, by a table of names; then what is done to the things that
//! were made, in whichever way each encoding does it. Nothing here goes into depth: a node is looked at with its
//! arguments, and whatever these mean is found under their own names.

mod callee;
mod cell;
mod class;
mod code;
mod dill;
mod enumeration;
mod fill;
mod function;
mod helper;
mod module;
mod namespace;
mod standalone;
mod typevar;

use super::model::{Bytecode, Def, Defs, NamespaceId, Pairs};
use crate::limits;
use crate::{Call, DeedKind, Error, ErrorKind, Graph, Kind, Ref, Result, Step, Value, graph::Node};
use callee::Callee;
pub(in crate::function) use callee::{Package, package_of};
use std::{
    cell::Cell,
    collections::{HashMap, HashSet},
};

/// What is done about a call: the reader, the node of its result, its arguments.
type Reading = fn(&mut Reader<'_>, Ref, &[Ref]) -> Result<()>;

/// The calls that make something, by package and name.
const MAKERS: &[(Package, &str, Reading)] = &[
    (Package::Cloudpickle, "_make_function", function::make_function),
    (Package::Cloudpickle, "_make_skel_func", function::make_skeleton),
    (Package::Cloudpickle, "_make_cell", cell::make),
    (Package::Cloudpickle, "_make_empty_cell", cell::make),
    (Package::Cloudpickle, "_make_skeleton_class", class::make_skeleton),
    (Package::Cloudpickle, "_make_skeleton_enum", enumeration::make_skeleton),
    (Package::Cloudpickle, "_make_typevar", typevar::make),
    (Package::Cloudpickle, "_lookup_class_or_track", standalone::looked_up),
    (Package::Cloudpickle, "subimport", module::import),
    (Package::Cloudpickle, "dynamic_subimport", module::dynamic),
    (Package::Cloudpickle, "_builtin_type", helper::builtin_type),
    (Package::Cloudpickle, "_getobject", helper::get_object),
    (Package::Dill, "_create_function", dill::create_function),
    (Package::Dill, "_create_code", dill::create_code),
    (Package::Dill, "_unmarshal", code::unmarshal),
    (Package::Dill, "_create_cell", dill::create_cell),
    (Package::Dill, "_create_type", dill::create_type),
    (Package::Dill, "_load_type", dill::load_type),
    (Package::Dill, "_import_module", module::import),
    (Package::Dill, "_getattr", dill::descriptor),
    (Package::Dill, "_get_attr", dill::attribute),
    (Package::Builtins, "getattr", dill::shim),
    (Package::Types, "FunctionType", function::function_type),
    (Package::Types, "LambdaType", function::function_type),
    (Package::Types, "CodeType", code::code_type),
    (Package::Types, "CellType", cell::make),
    (Package::Types, "MethodType", function::method),
    (Package::Types, "ModuleType", module::new),
    (Package::Types, "new_class", class::new_class),
    (Package::Builtins, "type", class::by_type),
    (Package::Abc, "ABCMeta", class::by_type),
    (Package::Marshal, "loads", code::unmarshal),
    (Package::Importlib, "import_module", module::import),
    (Package::Compiler, "code", standalone::compile),
    (Package::Weakref, "WeakValueDictionary.setdefault", standalone::tracked),
];

/// The calls that do something to what another call made, by package and name.
const CHANGERS: &[(Package, &str, Reading)] = &[
    (Package::Cloudpickle, "_fill_function", fill::fill_function),
    (Package::Cloudpickle, "_rehydrate_skeleton_class", fill::rehydrate_class),
    (Package::Builtins, "setattr", fill::set_attribute),
    (Package::Builtins, "delattr", fill::delete_attribute),
    (Package::Dill, "_setattr", fill::set_attribute),
    (Package::Dill, "_delattr", fill::delete_attribute),
    (Package::Cloudpickle, "_function_setstate", fill::function_state),
    (Package::Cloudpickle, "_class_setstate", fill::class_state),
    (Package::Abc, "ABCMeta.register", standalone::register),
];

impl Defs {
    /// Finds the functions, classes, enums, modules, cells and type variables of a graph, in whichever of the known ways
    /// they were written: by cloudpickle 0.2 to 3.1 (also under the names of its copies in Ray, joblib, PySpark and
    /// others), by dill, or by the encodings of this library.
    ///
    /// What is written in no known way stays plain data. An error if a known function is called with what it cannot
    /// take: Python would fail there, too. The limit `expansion` if calls share so much that what they are made of would
    /// take many times the graph.
    ///
    /// ```
    /// use brinery::{Graph, function::{Def, Defs}};
    /// // cloudpickle.cloudpickle.subimport('math')
    /// let graph = Graph::from_slice(b"\x80\x02ccloudpickle.cloudpickle\nsubimport\nX\x04\0\0\0math\x85R.")?;
    /// let defs = Defs::of(&graph)?;
    /// let Some(Def::Module(module)) = defs.get(graph.root().id()) else { panic!() };
    /// assert_eq!(graph.value(module.name).as_str(), Some("math"));
    /// # Ok::<(), brinery::Error>(())
    /// ```
    pub fn of(graph: &Graph<'_>) -> Result<Defs> {
        let mut reader = Reader::new(graph);
        reader.makers()?;
        reader.tables();
        reader.changers()?;
        reader.aliases();
        reader.check_copies()?;
        reader.imports_beside();
        reader.settle();
        reader.check_copies()?;
        Ok(reader.defs)
    }
}

/// A graph, and what is known of it so far.
struct Reader<'g> {
    graph: &'g Graph<'g>,
    defs: Defs,
    namespaces: HashMap<Ref, NamespaceId>,
    /// The calls that were read as changes, by their first arguments: the same one is found as a call of the stream and
    /// as a step of the object that it changes.
    changed: HashSet<[Option<Ref>; 3]>,
    /// Whether there is a `_fill_function`.
    fills: bool,
    /// How many more references may be copied out of containers: calls can share them, and then each has its own.
    copies: Cell<usize>,
}

/// How often over what a graph holds may be copied for calls that share it.
const COPIES: usize = 16;
/// References that may be copied whatever the size of the graph.
const FREE_COPIES: usize = 1_000_000;

impl<'g> Reader<'g> {
    fn new(graph: &'g Graph<'g>) -> Self {
        Reader {
            graph,
            defs: Defs::new(),
            namespaces: HashMap::new(),
            changed: HashSet::new(),
            fills: false,
            copies: Cell::new(FREE_COPIES + COPIES * (graph.nodes.len() + graph.items.len())),
        }
    }

    /// The calls of the graph, in the order of the stream: the node of the result, the callable, the arguments.
    fn calls(&self) -> impl Iterator<Item = (Ref, u32, &'g [Ref])> + use<'g> {
        let graph = self.graph;
        (0..graph.nodes.len() as u32).filter_map(move |index| {
            if let Node::Object(object) = graph.node(index)
                && object.call == Call::NewEx
            {
                return None;
            }
            let made = graph.made_by(index)?;
            Some((Ref::node(index), made.callable, graph.tuple(made.args)))
        })
    }

    /// Accounts for references that are copied or searched; false if there are too many in all.
    fn copy(&self, count: usize) -> bool {
        let left = self.copies.get().checked_sub(count);
        self.copies.set(left.unwrap_or(0));
        left.is_some()
    }

    /// An error if nothing more may be copied.
    fn check_copies(&self) -> Result<()> {
        match self.copies.get() {
            0 => Err(limits::reached("expansion", COPIES as u64).into()),
            _ => Ok(()),
        }
    }

    /// References of a tuple or list, copied.
    fn copied(&self, refs: &[Ref]) -> Vec<Ref> {
        match self.copy(refs.len()) {
            true => refs.to_vec(),
            false => Vec::new(),
        }
    }

    /// What the calls make.
    fn makers(&mut self) -> Result<()> {
        for (at, callable, args) in self.calls() {
            self.check_copies()?;
            let callee = self.callee(callable);
            if let Some(callee) = callee
                && let Some(reading) = find(MAKERS, callee)
            {
                reading(self, at, args)?;
                self.stamp(at, callee);
            } else if self.enumeration(at, Ref::node(callable), args).is_some() {
            } else if self.is_class_call(callable, args) {
                class::by_type(self, at, args)?;
            } else if let Some(callee) = callee.filter(|callee| find(CHANGERS, *callee).is_none()) {
                self.other_call(at, callee, args);
            }
        }
        Ok(())
    }

    /// Notes which version of Python bytecode is for, where a guard says it.
    fn stamp(&mut self, at: Ref, callee: Callee<'_>) {
        if let Some(Def::Code(code)) = self.defs.get_mut(at)
            && let Some(Bytecode::Args { python, .. } | Bytecode::Marshal { python, .. }) = &mut code.bytecode
        {
            *python = callee.python.or(*python);
        }
    }

    /// What the calls and the steps do to what was made.
    fn changers(&mut self) -> Result<()> {
        for (at, callable, args) in self.calls() {
            self.check_copies()?;
            self.change(at, callable, args)?;
        }
        for index in 0..self.graph.nodes.len() as u32 {
            let at = Ref::node(index);
            for step in self.graph.value(at).steps() {
                self.check_copies()?;
                match step {
                    Step::Setter { setter, state } => {
                        if let Some(setter) = setter.index() {
                            self.change(at, setter, &[at, state.id()])?;
                        }
                    }
                    Step::State(state) => self.build(at, state.id())?,
                    Step::Aside { callable, args } => {
                        if let Some(callable) = callable.index() {
                            self.change(at, callable, args.refs)?;
                        }
                        self.bring(at, callable, args.refs);
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }

    fn change(&mut self, at: Ref, callable: u32, args: &[Ref]) -> Result<()> {
        if let Some(reading) = self.callee(callable).and_then(|callee| find(CHANGERS, callee))
            && self.changed.insert([0, 1, 2].map(|at| args.get(at).copied()))
        {
            reading(self, at, args)?;
        }
        Ok(())
    }

    /// The text of a str.
    fn text(&self, at: Ref) -> Option<&'g str> {
        self.graph.value(at).as_str()
    }

    /// The items of a tuple.
    fn tuple(&self, at: Ref) -> Option<&'g [Ref]> {
        match self.graph.value(at).kind() {
            Kind::Tuple(items) => Some(items.refs),
            _ => None,
        }
    }

    /// The items of a tuple or list.
    fn items(&self, at: Ref) -> Option<&'g [Ref]> {
        match self.graph.value(at).kind() {
            Kind::Tuple(items) | Kind::List(items) => Some(items.refs),
            _ => None,
        }
    }

    /// The entries of a dict, or of an object that is filled like one.
    fn pairs(&self, at: Ref) -> Option<Pairs> {
        let value = self.graph.value(at);
        let both = |(key, value): (Value<'_>, Value<'_>)| (key.id(), value.id());
        match value.kind() {
            Kind::Dict(entries) if !self.copy(2 * entries.len()) => None,
            Kind::Dict(entries) => Some(entries.iter().map(both).collect()),
            Kind::Object(_) => {
                let ordered = value.as_ordered_dict()?;
                if !self.copy(2 * ordered.0.len()) {
                    return None;
                }
                Some(ordered.0.into_iter().map(both).collect())
            }
            _ => None,
        }
    }

    /// The tuple of arguments that a call has.
    fn args_of(&self, at: Ref) -> Option<Ref> {
        Some(Ref::node(self.graph.made_by(at.index()?)?.args))
    }

    fn is_code(&self, at: Ref) -> bool {
        matches!(self.defs.get(at), Some(Def::Code(_)))
    }

    /// A call of something known with what it cannot take, at the byte where it is made.
    #[cold]
    fn malformed(&self, at: Ref, why: &str) -> Error {
        let made = self
            .graph
            .deeds()
            .find(|deed| deed.value.id() == at && deed.kind == DeedKind::Call);
        let kind = ErrorKind::Malformed(why.into());
        match made {
            Some(deed) => kind.at(deed.offset, None),
            None => kind.into(),
        }
    }
}

fn find(table: &[(Package, &str, Reading)], callee: Callee<'_>) -> Option<Reading> {
    let row = table.iter().find(|(package, name, _)| callee.is(*package, name));
    row.map(|(_, _, reading)| *reading)
}
