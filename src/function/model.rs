//! What the nodes of a graph mean: functions, code objects, cells, classes, enums, modules, type variables.
//!
//! A layer over the graph. Every part is a [`Ref`] of the same graph, so that sharing and cycles stay those of the graph.
//! Two things that a function needs may be no object of the stream in some encodings, and therefore have ids of their
//! own: its cells and its dict of globals.

use super::Code;
use crate::{Graph, Items, Kind, Ref, Result};
use std::collections::HashMap;

/// A cell: what a function and the one around it share. See [`Defs::cell`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CellId(u32);

impl CellId {
    /// Its number, which counts from 0.
    pub fn number(self) -> u32 {
        self.0
    }
}

/// A dict of globals, of one or several functions. See [`Defs::namespace`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NamespaceId(u32);

impl NamespaceId {
    /// Its number, which counts from 0.
    pub fn number(self) -> u32 {
        self.0
    }
}

/// What the nodes of a graph mean, in the order in which it was found out.
///
/// Made by [`Defs::of`] from a pickle that was read, or entry by entry for functions that are made in Rust. What has no
/// entry is plain data, and means what the graph says.
#[derive(Debug, Clone, Default)]
pub struct Defs {
    defs: HashMap<Ref, Def>,
    order: Vec<Ref>,
    aliases: HashMap<Ref, Ref>,
    cells: Vec<CellDef>,
    namespaces: Vec<NamespaceDef>,
}

impl Defs {
    /// Nothing is known yet.
    pub fn new() -> Self {
        Defs::default()
    }

    /// What a node means; the answer is the same for all nodes that stand for one object.
    pub fn get(&self, at: Ref) -> Option<&Def> {
        self.defs.get(&self.canonical(at))
    }

    /// The same, to be changed.
    pub fn get_mut(&mut self, at: Ref) -> Option<&mut Def> {
        let at = self.canonical(at);
        self.defs.get_mut(&at)
    }

    /// All that is known, in order of discovery, each object once.
    pub fn iter(&self) -> impl Iterator<Item = (Ref, &Def)> {
        let known = |at: &Ref| self.defs.get(at).map(|def| (*at, def));
        self.order.iter().filter_map(known)
    }

    /// How many objects are known.
    pub fn len(&self) -> usize {
        self.defs.len()
    }

    /// Whether there is no function, class or other such object.
    pub fn is_empty(&self) -> bool {
        self.defs.is_empty()
    }

    /// Says what a node means, in place of what was known.
    pub fn insert(&mut self, at: Ref, def: Def) {
        let at = self.canonical(at);
        if self.defs.insert(at, def).is_none() {
            self.order.push(at);
        }
    }

    /// The one node that stands for an object of which the stream has several: in old encodings a function is the result
    /// of the call that makes it and of the call that fills it. Any other node stands for itself.
    pub fn canonical(&self, mut at: Ref) -> Ref {
        while let Some(of) = self.aliases.get(&at) {
            at = *of;
        }
        at
    }

    /// Says that one node is the same object as another, whose meaning it takes.
    pub fn alias(&mut self, at: Ref, of: Ref) {
        let (at, of) = (self.canonical(at), self.canonical(of));
        if at != of {
            self.defs.remove(&at);
            self.aliases.insert(at, of);
        }
    }

    /// The nodes that are the same object as another, and that other.
    pub fn aliases(&self) -> impl Iterator<Item = (Ref, Ref)> {
        self.aliases.iter().map(|(at, of)| (*at, *of))
    }

    /// Adds a cell.
    pub fn add_cell(&mut self, cell: CellDef) -> CellId {
        self.cells.push(cell);
        CellId(self.cells.len() as u32 - 1)
    }

    /// A cell.
    ///
    /// # Panics
    /// If the id is of another [`Defs`].
    pub fn cell(&self, id: CellId) -> &CellDef {
        &self.cells[id.0 as usize]
    }

    /// A cell to be filled.
    ///
    /// # Panics
    /// If the id is of another [`Defs`].
    pub fn cell_mut(&mut self, id: CellId) -> &mut CellDef {
        &mut self.cells[id.0 as usize]
    }

    /// Adds a dict of globals.
    pub fn add_namespace(&mut self, namespace: NamespaceDef) -> NamespaceId {
        self.namespaces.push(namespace);
        NamespaceId(self.namespaces.len() as u32 - 1)
    }

    /// A dict of globals.
    ///
    /// # Panics
    /// If the id is of another [`Defs`].
    pub fn namespace(&self, id: NamespaceId) -> &NamespaceDef {
        &self.namespaces[id.0 as usize]
    }

    /// A dict of globals to be filled.
    ///
    /// # Panics
    /// If the id is of another [`Defs`].
    pub fn namespace_mut(&mut self, id: NamespaceId) -> &mut NamespaceDef {
        &mut self.namespaces[id.0 as usize]
    }

    /// All dicts of globals.
    pub fn namespaces(&self) -> impl Iterator<Item = (NamespaceId, &NamespaceDef)> {
        (0..).map(NamespaceId).zip(&self.namespaces)
    }
}

/// What a node means.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Def {
    /// A function by value.
    Function(Box<FunctionDef>),
    /// A code object.
    Code(CodeDef),
    /// A cell that is an object of the stream.
    Cell(CellId),
    /// A dict of globals that is an object of the stream.
    Namespace(NamespaceId),
    /// A class by value.
    Class(Box<ClassDef>),
    /// An enum class by value.
    Enum(Box<EnumDef>),
    /// A module.
    Module(ModuleDef),
    /// A type variable by value.
    TypeVar(TypeVarDef),
    /// A bound method: `types.MethodType(function, instance)`.
    Method {
        /// Its `__func__`.
        function: Ref,
        /// Its `__self__`.
        instance: Ref,
    },
    /// What can be imported under this name, though the stream gets it another way: cloudpickle's
    /// `_builtin_type("CodeType")` is `types.CodeType`.
    Global {
        /// The module.
        module: String,
        /// The name in it, with dots if it is nested.
        name: String,
    },
    /// Another object that the stream makes by a helper of cloudpickle or dill.
    Helper(HelperDef),
}

/// Keys and values, in order.
pub type Pairs = Vec<(Ref, Ref)>;

/// A function by value.
///
/// Of what is optional, `None` means that the stream does not say it: Python then has what it takes from the code object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionDef {
    /// The code object, a [`Def::Code`].
    pub code: Ref,
    /// Its dict of globals. Functions with the same one share it.
    pub namespace: NamespaceId,
    /// What it needs in that dict and brings along: names and values.
    pub globals: Pairs,
    /// `__name__`
    pub name: Option<Ref>,
    /// `__qualname__`
    pub qualname: Option<Ref>,
    /// `__module__`
    pub module: Option<Ref>,
    /// `__doc__`
    pub doc: Option<Ref>,
    /// `__defaults__`: a tuple or `None`.
    pub defaults: Option<Ref>,
    /// `__kwdefaults__`: a dict or `None`.
    pub kwdefaults: Option<Ref>,
    /// `__annotations__`: a dict or `None`.
    pub annotations: Option<Ref>,
    /// `__type_params__`: a tuple.
    pub type_params: Option<Ref>,
    /// The cells of its free variables, in the order of `co_freevars`.
    pub closure: Vec<CellId>,
    /// `__dict__`: names and values.
    pub dict: Pairs,
    /// Modules that are imported along with it, because its code reaches them by attributes of a package.
    pub submodules: Vec<Ref>,
}

impl FunctionDef {
    /// A function of which nothing is known but its code and globals.
    pub fn new(code: Ref, namespace: NamespaceId) -> Self {
        FunctionDef {
            code,
            namespace,
            globals: Vec::new(),
            name: None,
            qualname: None,
            module: None,
            doc: None,
            defaults: None,
            kwdefaults: None,
            annotations: None,
            type_params: None,
            closure: Vec::new(),
            dict: Vec::new(),
            submodules: Vec::new(),
        }
    }
}

/// A dict of globals.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NamespaceDef {
    /// Its object in the stream, if it is one.
    pub node: Option<Ref>,
    /// What is in it before any function fills it: `__name__`, `__package__`, `__file__`, …
    pub base: Pairs,
    /// The name of the module whose own dict it is where the pickle is loaded (cloudpickle 0.5.4 to 0.7).
    pub module: Option<Ref>,
}

/// A code object: as bytecode, as source, or both to choose from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CodeDef {
    /// As bytecode, which is good for one version of Python.
    pub bytecode: Option<Bytecode>,
    /// As source.
    pub source: Option<Source>,
}

/// A code object as bytecode.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Bytecode {
    /// By the arguments of `types.CodeType`, a tuple. Which they are depends on the version of Python.
    Args {
        /// The tuple.
        args: Ref,
        /// The version of Python that the stream says it is for, such as `(3, 11)`.
        python: Option<(u8, u8)>,
    },
    /// By the same from who may know no other table than `co_lnotab`: cloudpickle up to 1.6 writes that for 3.8 and 3.9,
    /// but for 3.10, too, and then neither their number nor the table tells it.
    Lnotab {
        /// The tuple.
        args: Ref,
        /// The version of Python that the stream says it is for, or that shows by other code of the stream.
        python: Option<(u8, u8)>,
    },
    /// By the arguments of dill's `_create_code`: from Python 3.10 on a bytes `co_lnotab`, then those of `types.CodeType`.
    Dill {
        /// The tuple.
        args: Ref,
        /// The version of Python that shows by other code of the stream: up to 0.3.5, dill writes the table of lines of
        /// 3.8 and 3.9 for 3.10, too.
        python: Option<(u8, u8)>,
    },
    /// By the bytes that `marshal.loads` takes.
    Marshal {
        /// A bytes.
        bytes: Ref,
        /// The version of Python that the stream says it is for.
        python: Option<(u8, u8)>,
    },
}

impl Bytecode {
    /// The version of Python that the stream says it is for, such as `(3, 11)`.
    pub fn python(&self) -> Option<(u8, u8)> {
        match self {
            Bytecode::Args { python, .. }
            | Bytecode::Lnotab { python, .. }
            | Bytecode::Dill { python, .. }
            | Bytecode::Marshal { python, .. } => *python,
        }
    }

    /// The code object, if it is there as arguments. An error as for [`Code::new`].
    pub(super) fn code<'g>(&self, graph: &'g Graph<'_>) -> Result<Option<Code<'g>>> {
        let code = self.args(graph).map(Code::new).transpose()?;
        let sixteen = |args: Ref| graph.value(args).len() == Some(16);
        Ok(match self {
            Bytecode::Lnotab { .. } => code.map(Code::with_old_table),
            // From 0.3.6 on dill writes the table of 3.10 as well.
            Bytecode::Dill { args, .. } if sixteen(*args) => code.map(Code::with_old_table),
            _ => code,
        })
    }

    /// The arguments of `types.CodeType`; `None` if they are in marshalled bytes.
    pub fn args<'g>(&self, graph: &'g Graph<'_>) -> Option<Items<'g>> {
        let (Bytecode::Args { args, .. } | Bytecode::Lnotab { args, .. } | Bytecode::Dill { args, .. }) = self else {
            return None;
        };
        let Kind::Tuple(items) = graph.value(*args).kind() else {
            return None;
        };
        match self {
            Bytecode::Dill { .. } if items.get(0)?.as_i64().is_none() => items.slice(1..items.len()),
            _ => Some(items),
        }
    }
}

/// A code object as source: the text of one function, and the names it is compiled among.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The text of the `def` or `lambda`, without decorators, defaults and annotations.
    pub text: Ref,
    /// The names of its free variables, a tuple.
    pub freevars: Option<Ref>,
    /// The class it is in, which its private names are mangled with.
    pub class: Option<Ref>,
    /// The file it comes from, for tracebacks.
    pub filename: Option<Ref>,
    /// Its first line there.
    pub firstlineno: Option<Ref>,
    /// Its qualified name.
    pub qualname: Option<Ref>,
    /// The flags of `from __future__` imports it is compiled with.
    pub flags: Option<Ref>,
}

impl Source {
    /// A text of which nothing more is known.
    pub fn new(text: Ref) -> Self {
        Source {
            text,
            freevars: None,
            class: None,
            filename: None,
            firstlineno: None,
            qualname: None,
            flags: None,
        }
    }
}

/// A cell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CellDef {
    /// Its object in the stream, if it is one.
    pub node: Option<Ref>,
    /// What is in it; `None` if it is empty.
    pub value: Option<Ref>,
}

/// A class by value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassDef {
    /// Its class, mostly `type`.
    pub metaclass: Ref,
    /// `__name__`
    pub name: Ref,
    /// `__qualname__`, if the stream says it: cloudpickle loses that of a nested class.
    pub qualname: Option<Ref>,
    /// `__module__`
    pub module: Option<Ref>,
    /// `__orig_bases__` or `__bases__`.
    pub bases: Vec<Ref>,
    /// What is in its `__dict__`, but for what has a field of its own here, in the order in which it is set.
    pub attributes: Pairs,
    /// `__slots__`
    pub slots: Option<Ref>,
    /// The keyword arguments of the class statement, for the metaclass and `__init_subclass__`.
    pub keywords: Pairs,
    /// The classes registered with it, if it is an ABC.
    pub abc_registry: Vec<Ref>,
    /// The id by which a process knows the class again when it is loaded twice.
    pub tracker: Option<Ref>,
}

impl ClassDef {
    /// A class without attributes.
    pub fn new(metaclass: Ref, name: Ref, bases: Vec<Ref>) -> Self {
        ClassDef {
            metaclass,
            name,
            qualname: None,
            module: None,
            bases,
            attributes: Vec::new(),
            slots: None,
            keywords: Vec::new(),
            abc_registry: Vec::new(),
            tracker: None,
        }
    }
}

/// An enum class by value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnumDef {
    /// Its class, if the stream says it: `enum.EnumMeta` as a rule.
    pub metaclass: Option<Ref>,
    /// Its bases; the last one is an enum class.
    pub bases: Vec<Ref>,
    /// `__name__`
    pub name: Ref,
    /// `__qualname__`
    pub qualname: Option<Ref>,
    /// `__module__`
    pub module: Option<Ref>,
    /// The names and values of its members, in order, and after them other names of members and named combinations of
    /// flags.
    pub members: Pairs,
    /// What else is in its `__dict__`.
    pub attributes: Pairs,
    /// The id by which a process knows the class again when it is loaded twice.
    pub tracker: Option<Ref>,
}

impl EnumDef {
    /// An enum without members.
    pub fn new(name: Ref, bases: Vec<Ref>) -> Self {
        EnumDef {
            metaclass: None,
            bases,
            name,
            qualname: None,
            module: None,
            members: Vec::new(),
            attributes: Vec::new(),
            tracker: None,
        }
    }
}

/// A module: imported by its name, or made anew with what is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleDef {
    /// `__name__`
    pub name: Ref,
    /// What is in it; `None` if it is imported.
    pub contents: Option<Pairs>,
}

/// A type variable by value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeVarDef {
    /// `TypeVar`, `ParamSpec` or `TypeVarTuple`.
    pub kind: TypeVarKind,
    /// Its name.
    pub name: Ref,
    /// Its bound, or `None` in Python.
    pub bound: Option<Ref>,
    /// Its constraints, a tuple.
    pub constraints: Option<Ref>,
    /// Whether it is covariant, a bool.
    pub covariant: Option<Ref>,
    /// Whether it is contravariant, a bool.
    pub contravariant: Option<Ref>,
    /// The id by which a process knows it again when it is loaded twice.
    pub tracker: Option<Ref>,
}

/// Which kind of type variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TypeVarKind {
    /// `typing.TypeVar`
    TypeVar,
    /// `typing.ParamSpec`
    ParamSpec,
    /// `typing.TypeVarTuple`
    TypeVarTuple,
}

/// A call of a helper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HelperDef {
    /// The helper's name without its module, such as `_make_dict_keys`.
    pub name: String,
    /// The package it is of: `cloudpickle` (also its copies in other packages) or `dill`.
    pub package: &'static str,
    /// What it is called with.
    pub args: Vec<Ref>,
}
