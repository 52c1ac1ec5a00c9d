//! Handles to ask with: what a person or a scheduler wants to know of the functions in a pickle.

mod annotation;
mod class;
mod function;
mod reach;
mod signature;
mod uses;
mod words;
mod writer;

pub use class::{Attribute, AttributeKind, Class};
pub use function::{FreeVariable, Function};
pub(super) use reach::direct;
pub use signature::{Parameter, ParameterKind, Signature};
pub use uses::{Import, Uses};
pub use words::Words;
pub use writer::Writer;

use super::{
    code::{Code, Versions},
    model::{Bytecode, CodeDef, Def, Defs},
    syntax,
};
use crate::{Graph, Kind, Ref, Result, Value, marshal};
use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, PoisonError},
};

/// The functions, classes and modules of a pickle, to be asked.
///
/// ```
/// use brinery::{Graph, function::Functions};
/// // `lambda x, y=2: x + k` with `k = 3`, as cloudpickle 3.1 writes it on Python 3.9
/// let bytes = b"\x80\x04\x95\x81\x01\0\0\0\0\0\0\x8c\x17cloudpickle.cloudpickle\x94\x8c\x0e_make_function\x93(h\0\
///       \x8c\x0d_builtin_type\x93\x8c\x08CodeType\x85R(K\x02K\0K\0K\x02K\x02KCC\x08|\0t\0\x17\0S\0N\x85\
///       \x8c\x01k\x94\x85\x8c\x01x\x8c\x01y\x86\x8c\x04f.py\x8c\x08<lambda>K\x02C\0))tR}(\x8c\x0b__package\
///       __N\x8c\x08__name__\x94\x8c\x08__main__\x94uNNNtR\x94h\0\x8c\x12_function_setstate\x93h\x04}}(h\
///       \x02\x8c\x08<lambda>\x8c\x0c__qualname__\x8c\x08<lambda>\x8c\x0f__annotations__}\x8c\x0e__kwdefaul\
///       ts__N\x8c\x0c__defaults__K\x02\x85\x8c\n__module__h\x03\x8c\x07__doc__N\x8c\x0b__closure__N\x8c\
///       \x17_cloudpickle_submodules]\x8c\x0b__globals__}h\x01K\x03su\x86\x86R0.";
/// let graph = Graph::from_slice(bytes)?;
/// let functions = Functions::of(&graph)?;
/// let lambda = functions.function(graph.root()).expect("a function");
/// assert_eq!(lambda.name(), Some("<lambda>"));
/// assert_eq!(lambda.signature()?.to_string(), "(x, y=2)");
/// assert_eq!(lambda.python()?.to_string(), "3.8 or 3.9");
/// assert_eq!(lambda.globals()[0].1.as_i64(), Some(3));
/// # Ok::<(), brinery::Error>(())
/// ```
pub struct Functions<'g> {
    graph: &'g Graph<'g>,
    defs: Defs,
    /// What is reached from the roots and has a meaning, in the order of the walk.
    order: Vec<Ref>,
    /// The code objects that are in the stream as marshalled bytes.
    marshalled: HashMap<Ref, Graph<'static>>,
    /// The type variables that are type parameters of a function or a class (PEP 695).
    type_parameters: HashSet<Ref>,
    /// The versions that code objects fit, by the node of the code: functions share them.
    fitting: Mutex<HashMap<Ref, Versions>>,
}

/// The versions of Python 3 that have been seen.
fn every_version() -> Versions {
    Versions::from_iter(6..=14)
}

/// The code object in marshalled bytes, as the version that the stream says or the newest that can read them has it.
fn unmarshal(graph: &Graph<'_>, def: &Def) -> Option<Graph<'static>> {
    let Def::Code(CodeDef {
        bytecode: Some(Bytecode::Marshal { bytes, python }),
        ..
    }) = def
    else {
        return None;
    };
    let bytes = graph.value(*bytes).as_bytes()?;
    let minors = match python {
        Some((_, minor)) => *minor..=*minor,
        None => 8..=13,
    };
    minors.rev().find_map(|minor| {
        let graph = marshal::Options::new(minor).read(bytes).ok()?;
        let fits = Code::of(graph.root()).ok()??.check_for(minor).is_ok();
        fits.then(|| graph.into_owned())
    })
}

/// What is in a `__type_params__`.
fn type_parameters(graph: &Graph<'_>, defs: &Defs) -> HashSet<Ref> {
    let named = |name: Ref| graph.value(name).as_str() == Some("__type_params__");
    let tuples = defs.iter().filter_map(|(_, def)| match def {
        Def::Function(function) => function.type_params,
        Def::Class(class) => {
            let mut attributes = class.attributes.iter();
            attributes.find(|(name, _)| named(*name)).map(|(_, value)| *value)
        }
        _ => None,
    });
    // Many functions may have the same.
    let tuples: HashSet<Ref> = tuples.collect();
    let items = tuples.into_iter().filter_map(|tuple| match graph.value(tuple).kind() {
        Kind::Tuple(items) => Some(items.refs),
        _ => None,
    });
    items.flatten().map(|at| defs.canonical(*at)).collect()
}

impl<'g> Functions<'g> {
    /// Finds out what the nodes of a graph mean. An error as [`Defs::of`].
    pub fn of(graph: &'g Graph<'_>) -> Result<Self> {
        Ok(Functions::new(graph, Defs::of(graph)?))
    }

    /// With what is known already.
    pub fn new(graph: &'g Graph<'_>, defs: Defs) -> Self {
        let order = reach::known(graph, &defs, graph.roots().map(Value::id));
        let marshalled = defs
            .iter()
            .filter_map(|(at, def)| Some((at, unmarshal(graph, def)?)))
            .collect();
        let type_parameters = type_parameters(graph, &defs);
        Functions {
            graph,
            defs,
            order,
            type_parameters,
            marshalled,
            fitting: Mutex::default(),
        }
    }

    fn is_type_parameter(&self, at: Ref) -> bool {
        self.type_parameters.contains(&self.defs.canonical(at))
    }

    /// What the nodes mean.
    pub fn defs(&self) -> &Defs {
        &self.defs
    }

    /// The graph.
    pub fn graph(&self) -> &'g Graph<'g> {
        self.graph
    }

    /// A function by value; `None` for anything else.
    pub fn function(&self, value: Value<'_>) -> Option<Function<'_>> {
        Function::at(self, value.id())
    }

    /// A class or enum by value; `None` for anything else.
    pub fn class(&self, value: Value<'_>) -> Option<Class<'_>> {
        Class::at(self, value.id())
    }

    /// The functions by value, those inside classes too, in the order in which they are met from the root.
    pub fn functions(&self) -> impl Iterator<Item = Function<'_>> {
        self.order.iter().filter_map(|at| Function::at(self, *at))
    }

    /// The classes and enums by value, in the same order.
    pub fn classes(&self) -> impl Iterator<Item = Class<'_>> {
        self.order.iter().filter_map(|at| Class::at(self, *at))
    }

    /// The modules that are imported or made, by name, in the same order.
    pub fn modules(&self) -> impl Iterator<Item = Value<'_>> {
        self.order.iter().filter_map(|at| match self.defs.get(*at) {
            Some(Def::Module(module)) => Some(self.graph.value(module.name)),
            _ => None,
        })
    }

    /// The versions of Python that can run all of the bytecode. All that there are, if there is none.
    pub fn python(&self) -> Result<Versions> {
        let mut all = every_version();
        for function in self.functions() {
            all = all.and(function.python()?);
        }
        Ok(all)
    }

    /// A value in a few words, as in `function f`, `class C`, `module math`, `[1, 2, ...]`.
    pub fn words<'f>(&'f self, value: Value<'f>) -> Words<'f> {
        Words::new(self, value)
    }

    /// The versions whose bytecode a function's can be, with all that is nested in it.
    fn fitting(&self, function: Function<'_>) -> Result<Versions> {
        // Nothing panics while it is locked, and if it did, what is in it would be right.
        let known = || self.fitting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(versions) = known().get(&function.def().code) {
            return Ok(*versions);
        }
        let versions = match (function.code()?, function.source()) {
            (None, Some(text)) => syntax::versions(text),
            (None, None) => every_version(),
            (Some(_), _) => {
                let mut versions = every_version();
                for code in function.codes()? {
                    versions = versions.and(code.check()?);
                }
                versions
            }
        };
        known().insert(function.def().code, versions);
        Ok(versions)
    }

    /// A code object of this graph.
    pub(super) fn code<'f>(&'f self, at: Ref) -> Result<Option<Code<'f>>> {
        let Some(Def::Code(CodeDef {
            bytecode: Some(bytecode),
            ..
        })) = self.defs.get(at)
        else {
            return Ok(None);
        };
        if let Some(code) = bytecode.code(self.graph)? {
            return Ok(Some(code));
        }
        match self.marshalled.get(&at) {
            Some(graph) => Code::of(graph.root()),
            None => Ok(None),
        }
    }

    /// The code object that a constant of another one is.
    fn code_of<'f>(&'f self, value: Value<'f>) -> Result<Option<Code<'f>>> {
        if std::ptr::addr_eq(value.graph, self.graph)
            && let Some(code) = self.code(value.id())?
        {
            return Ok(Some(code));
        }
        Code::of(value)
    }
}
