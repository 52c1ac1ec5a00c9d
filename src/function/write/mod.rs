//! Writing: a graph whose nodes mean functions becomes a graph in one of three encodings, to be written like any other.
//!
//! # The wires
//!
//! [`Wire::Compat`] is what cloudpickle 3.1 writes, but for what it loses: cells that functions share stay shared, classes keep
//! their `__slots__`, qualified names and the keywords of the class statement, members of enums what their `__init__` and
//! `__new__` give them, functions their `__type_params__`; a base's `__init_subclass__` does not run a second time. A graph
//! that was read from a pickle of cloudpickle 3 with nothing to be mended stays as it is, and so do its bytes. What such a
//! pickle has lost already nobody can mend: what the `__init__` and the `__new__` of an enum do for members but set
//! attributes to what is made of their values; attributes of a class equal to those of its base, functions behind
//! `functools.lru_cache`, and globals that only a class body names. (The qualified name of a class is known again by those
//! of its methods, unless it was set to another later; other names of an enum's members and of combinations of flags by the
//! attributes that they are; what a `__new__` was called with by its bytecode, where that makes the value of all of its
//! parameters as they are.) What is made in Rust or read from the other wires has it all.
//!
//! [`Wire::Standalone`] is made of calls into the standard library alone:
//!
//! ```text
//! guard     getattr(type("functions for CPython 3.11 only", (), {"cpython-311": types.CodeType}), sys.implementation.cache_tag)
//!             POP                                                            before everything else, so that no other Python
//!                                                                            meets a name that it does not have
//! code      guard(argcount, …)                  guard once for all code objects; with marshal.loads for marshalled code
//! globals   {"__builtins__": builtins.__dict__, "__name__": …}               one dict for all functions that share it
//! cell      types.CellType() or types.CellType(value)
//! function  types.FunctionType(code, globals, name, defaults, (cell, …))     trailing defaults left out
//!             BUILD ({…} or None, {"__qualname__": …, …})                    what Python would not have by itself
//!             builtins.dict.update(globals, {name: value, …})                beside it: what it brings along
//! class     metaclass(name, (base, …), {name: value, …})
//!           types.new_class(name, (base, …), {"metaclass": …, …}, operator.methodcaller("update", {name: value, …}))
//!             builtins.setattr(class, name, value)                           beside it: what needs the class to be made
//!             builtins.type.__setattr__(class, name, value)                  where the metaclass has a `__setattr__` of its own
//!             abc.ABCMeta.register(class, other)
//! enum      members = type(base).__prepare__(name, (base, …)); SETITEMS {name: value, …}; type(base)(name, (base, …), members)
//!             builtins.dict.update(member.__dict__, new(class, argument, …).__dict__)     by its own `__new__`
//!             init(member, argument, …)                                                   and `__init__`
//! tracked   weakref.WeakValueDictionary.setdefault(sys.__dict__.setdefault("_brinery_tracked", WeakValueDictionary()), id, class)
//! module    importlib.import_module(name), or types.ModuleType(name) with BUILD {…}
//! method    types.MethodType(function, instance)
//! late      builtins.setattr(cell, "cell_contents", value)                   beside the object that is under way
//!           builtins.list.extend(list, […]), dict.update, set.update
//! ```
//!
//! Whatever runs code of the pickle itself, such as the `__new__` of a class, comes when all is filled that can be without
//! it. Instances that their own class leads to are made as cloudpickle makes them, by the constructor of the base, for which
//! the class gets its `__new__` and `__init__` last; unless it says by `__reduce__` or `__getnewargs__` what these take.
//!
//! [`Wire::Portable`] is the same but for its code objects, which are source and, if it is there, bytecode:
//!
//! ```text
//! compiler  eval(COMPILER)
//!           eval(dict.get({"cpython-311": "loads"}, sys.implementation.cache_tag, COMPILER), {"loads": marshal.loads})
//! source    (text, free variables, class, file, line, qualified name, flags)   None for what is not known
//! code      compiler(source)
//!           compiler(dict.get({"cpython-311": b"…"}, sys.implementation.cache_tag, source))
//! ```
//!
//! `COMPILER` is [`COMPILER`]. Code that has no bytecode is written like that in the other wires, too.

mod class;
mod code;
mod compat;
mod components;
mod dill;
mod enumeration;
mod lower;
mod make;
mod member_value;
mod needs;
mod order;
#[cfg(feature = "source")]
mod parsed;
mod put_off;
mod reach;
mod repeatable;
mod settled;
mod skeleton;
mod sketch;
mod sketcher;
mod standalone;
mod subclass_hook;

use crate::{
    Graph, Ref,
    error::Result,
    function::{Def, Defs, ModuleDef},
};
pub use make::FunctionBuilder;
use sketcher::Sketcher;

/// The expression that compiles source on a Python that the bytecode is not for: a function of one tuple.
pub const COMPILER: &str = include_str!("compiler.py");

/// An encoding of functions by value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Wire {
    /// That of cloudpickle 3.1, which must be there when it is loaded.
    Compat,
    /// Calls into the standard library alone. Bytecode is loaded by the Python that it is for, and refused by others.
    Standalone,
    /// The same with source, which other versions compile: CPython 3.8 to 3.13.
    Portable,
}

/// How functions are written: the wire, and what it leaves open.
///
/// ```
/// use brinery::{Graph, function::{Rewire, Wire}};
/// // cloudpickle.cloudpickle.subimport('math')
/// let graph = Graph::from_slice(b"\x80\x02ccloudpickle.cloudpickle\nsubimport\nX\x04\0\0\0math\x85R.")?;
/// let alone = Rewire::new(Wire::Standalone).rewire(&graph)?;
/// assert_eq!(alone.root().to_string(), "importlib.import_module('math')");
/// # Ok::<(), brinery::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Rewire {
    wire: Wire,
    fast_names: bool,
    python: Option<u8>,
}

impl Rewire {
    /// With the usual settings.
    pub fn new(wire: Wire) -> Self {
        Rewire {
            wire,
            fast_names: false,
            python: None,
        }
    }

    /// For [`Wire::Compat`]: the calls of cloudpickle 1.2, by the names in `cloudpickle.cloudpickle_fast`, which all
    /// cloudpickles since then load; else those of 3.1, which cloudpickle since 3.0 loads.
    pub fn fast_names(mut self, fast_names: bool) -> Self {
        self.fast_names = fast_names;
        self
    }

    /// The CPython 3.`minor` that bytecode is of where neither the graph nor the bytecode itself says it: small functions of
    /// neighbouring versions, and those by cloudpickle up to 1.6 and dill up to 0.3.5, which write 3.10 as they write 3.8.
    pub fn python(mut self, minor: u8) -> Self {
        self.python = Some(minor);
        self
    }

    /// Writes a graph in this wire. `defs` says which of its nodes are functions and the like.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) for what the wire cannot say, with the reason: bytecode without
    /// source in [`Wire::Portable`], a helper that the standard library does not have, bytecode that is of no known
    /// Python. What is written never needs the package that wrote the graph, unless a function of the graph itself has it
    /// among its globals or in its closure. [`ErrorKind::Unwritable`](crate::ErrorKind::Unwritable) for an object that is needed to make it itself.
    pub fn write(&self, graph: &Graph<'_>, defs: &Defs) -> Result<Graph<'static>> {
        let mut sketcher = Sketcher::new(graph, defs, self)?;
        if self.wire == Wire::Compat && !self.fast_names && sketcher.is_settled() {
            needs::check(self.wire, graph, defs, graph)?;
            return Ok(graph.clone().into_owned());
        }
        let roots: Vec<_> = graph.roots().map(|root| root.id()).collect();
        let roots = sketcher.all(&roots);
        sketcher.finish()?;
        let prelude = sketcher.narrowest_guard();
        let mut sketch = sketcher.sketch;
        // cloudpickle's instances come as they are: from a class that has nothing yet.
        order::order(&mut sketch, &roots, self.wire != Wire::Compat)?;
        let written = lower::lower(graph, &sketch, &roots, prelude)?;
        needs::check(self.wire, graph, defs, &written)?;
        Ok(written)
    }

    /// Reads what the nodes of a graph mean, and writes it in this wire.
    pub fn rewire(&self, graph: &Graph<'_>) -> Result<Graph<'static>> {
        self.write(graph, &Defs::of(graph)?)
    }
}

impl Sketcher<'_> {
    /// What a wire says for a function, a class or the like.
    fn def(&mut self, at: Ref, id: sketch::Id, def: &Def) -> Result<()> {
        let compat = self.options.wire == Wire::Compat;
        match def {
            Def::Function(def) if compat => self.compat_function(id, def),
            Def::Function(def) => self.function(id, def),
            Def::Class(def) if compat => self.compat_class(id, at, def),
            Def::Class(def) => self.class(id, at, def),
            Def::Enum(def) if compat => self.compat_enum(id, def),
            Def::Enum(def) => self.enumeration(id, def),
            Def::Module(def) if compat => self.compat_module(id, def),
            Def::Module(def) => self.module(id, def),
            Def::TypeVar(def) if compat => self.compat_typevar(id, def),
            Def::TypeVar(def) => self.typevar(id, def),
            Def::Helper(def) if def.package == "dill" => self.dill_helper(id, def),
            Def::Helper(def) if compat => self.compat_helper(id, def),
            Def::Helper(def) => self.helper(id, def),
            Def::Code(def) => self.code(id, at, def),
            // `at` answers cells and dicts of globals by their own ids.
            Def::Cell(_) | Def::Namespace(_) => self.plain(at, id),
            Def::Method { function, instance } => {
                let args = vec![self.at(*function), self.at(*instance)];
                let callable = self.builtin_type("MethodType");
                self.made(id, callable, args);
                Ok(())
            }
            Def::Global { module, name } => {
                let (module, name) = (self.sketch.text(module.clone()), self.sketch.text(name.clone()));
                self.sketch.node_mut(id).make = sketch::Make::Global { module, name };
                Ok(())
            }
        }?;
        if let Def::Module(ModuleDef { contents: None, .. }) = def {
            self.module_state(id, at);
        }
        for step in self.asides(at) {
            self.sketch.step(id, step);
        }
        Ok(())
    }
}
