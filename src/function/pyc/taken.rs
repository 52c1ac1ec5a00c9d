//! A function that was taken out: what it is bound to, and what of its module goes with it.

use super::{
    PycItem, PycModule, charged, refused,
    run::{Known, Part},
    steps::{code_at, steps},
};
use crate::{
    Build, Builder, Graph, Kind, Ref, Result,
    function::{Defs, FunctionDef, Rewire, Wire, builtins::is_builtin},
};
use std::collections::{HashMap, HashSet};

/// A function out of a `.pyc` file, to be bound and written. Made by [`PycModule::function`].
///
/// Annotations that are not plain are left out.
pub struct PycFunction {
    pub(super) module: PycModule,
    pub(super) item: PycItem,
    /// The functions that were made, by their code objects.
    pub(super) functions: HashMap<Ref, Ref>,
    pub(super) given: HashMap<String, Ref>,
    pub(super) free: HashMap<String, Ref>,
    pub(super) budget: usize,
}

impl PycFunction {
    /// What it is in the file.
    pub fn item(&self) -> &PycItem {
        &self.item
    }

    /// Where data is made that is no plain Rust value, to be bound by its [`Ref`].
    pub fn data(&mut self) -> &mut Builder<'static> {
        self.module.make.data()
    }

    /// Binds a global variable, in place of what the module has.
    pub fn global(&mut self, name: &str, value: impl Build) -> Result<&mut Self> {
        let value = self.data().add(value);
        self.given.insert(name.to_owned(), value);
        Ok(self)
    }

    /// Binds a global variable to a module, which is imported where the function is loaded.
    pub fn import(&mut self, name: &str, module: &str) -> Result<&mut Self> {
        let module = self.module.make.module(module);
        self.global(name, module)
    }

    /// Binds a free variable, by a cell in its closure. An error if it has none of that name.
    pub fn free_variable(&mut self, name: &str, value: impl Build) -> Result<&mut Self> {
        if !self.item.free_variables.iter().any(|free| free == name) {
            let function = &self.item.qualname;
            return Err(refused(format!("{function} has no free variable {name}")));
        }
        let value = self.data().add(value);
        self.free.insert(name.to_owned(), value);
        Ok(self)
    }

    /// The values of the defaults of parameters that can be given by position, in place of what the module has.
    pub fn defaults(&mut self, values: &[Ref]) -> Result<&mut Self> {
        let values = self.data().tuple(values);
        self.module.parts.entry(self.item.code).or_default().defaults = Part::Known(values);
        Ok(self)
    }

    /// The values of the defaults of parameters that must be given by name, in place of what the module has.
    pub fn kwdefaults(&mut self, values: &[(&str, Ref)]) -> Result<&mut Self> {
        let values: Vec<_> = values
            .iter()
            .map(|(name, value)| (self.module.make.data().add(*name), *value))
            .collect();
        let values = self.data().dict(values)?;
        self.module.parts.entry(self.item.code).or_default().kwdefaults = Part::Known(values);
        Ok(self)
    }

    /// The graph in a wire, with the function as its root: [`Wire::Standalone`], or [`Wire::Compat`]. There is no source
    /// for [`Wire::Portable`].
    ///
    /// # Errors
    /// If it, or a function that it calls by a global name, uses a name that the module does not plainly say and that
    /// was not bound, or has such defaults or free variables.
    pub fn write(self, wire: Wire) -> Result<Graph<'static>> {
        self.write_with(&Rewire::new(wire))
    }

    /// The same with more to say.
    pub fn write_with(self, rewire: &Rewire) -> Result<Graph<'static>> {
        let (graph, defs) = self.finish()?;
        rewire.write(&graph, &defs)
    }

    /// The graph, with the function as its root, and what its objects mean.
    pub fn finish(mut self) -> Result<(Graph<'static>, Defs)> {
        let mut work = vec![self.item.code];
        let mut settled = HashSet::new();
        while let Some(code) = work.pop() {
            if settled.insert(code) {
                self.settle(code, &mut work)?;
            }
        }
        let root = self.function_of(self.item.code)?;
        self.module.make.finish(root)
    }

    /// The function of a code object.
    pub(super) fn function_of(&mut self, code: Ref) -> Result<Ref> {
        if let Some(known) = self.functions.get(&code) {
            return Ok(*known);
        }
        let item = self.module.item(code);
        let (name, qualname) = match item {
            Some(item) => (item.name.clone(), item.qualname.clone()),
            None => {
                return Err(refused(
                    "a global of the module is made of code that is no function".into(),
                ));
            }
        };
        let module = self.module.name.clone();
        let mut def = FunctionDef::new(code, self.module.namespace);
        let data = self.data();
        def.name = Some(data.add(name));
        def.qualname = Some(data.add(qualname));
        def.module = Some(data.add(module));
        let function = self.module.make.function_of(def);
        self.functions.insert(code, function);
        Ok(function)
    }

    /// Gives a function its defaults, cells and globals; functions among these are to be settled next.
    fn settle(&mut self, code: Ref, work: &mut Vec<Ref>) -> Result<()> {
        let function = self.function_of(code)?;
        let minor = self.module.minor;
        let item = self.module.item(code).cloned().unwrap_or(self.item.clone());
        let parts = self.module.parts.get(&code).copied().unwrap_or_default();
        let plain = |part: Part, what: &str| match part {
            Part::None => Ok(None),
            Part::Known(at) => Ok(Some(at)),
            Part::Unclear => {
                let name = &item.qualname;
                Err(refused(format!(
                    "{name} has {what} that its module does not plainly say: bind them"
                )))
            }
        };
        let (defaults, kwdefaults) = (
            plain(parts.defaults, "defaults")?,
            plain(parts.kwdefaults, "defaults by name")?,
        );
        let annotations = match parts.annotations {
            Part::Known(at) => self.annotations(at)?,
            Part::None | Part::Unclear => None,
        };
        let mut closure = Vec::new();
        for name in &item.free_variables {
            let value = self.free.get(name).filter(|_| code == self.item.code);
            let Some(value) = value.copied() else {
                let function = &item.qualname;
                return Err(refused(format!(
                    "{function} has the free variable {name}, which is not bound"
                )));
            };
            closure.push(self.module.make.cell(Some(value)));
        }
        let (mut globals, mut submodules) = (Vec::new(), Vec::new());
        for name in used(self.module.make.data().graph(), code, minor, &mut self.budget)? {
            let value = match (self.given.get(&name.text), self.module.names.get(&name.text).cloned()) {
                (Some(given), _) => *given,
                (None, Some(Known::Object(at))) => at,
                (None, Some(Known::Module(at, along))) => {
                    submodules.extend(along);
                    at
                }
                (None, Some(Known::Code(code))) => {
                    work.push(code);
                    self.function_of(code)?
                }
                (None, Some(Known::Unclear)) => {
                    let (function, name) = (&item.qualname, name.text);
                    let why = "of which the code of its module does not plainly say what it is: bind it";
                    return Err(refused(format!("{function} uses the global {name}, {why}")));
                }
                (None, None) if !name.is_needed || is_builtin(&name.text) => continue,
                (None, None) => {
                    let (function, name) = (&item.qualname, name.text);
                    let why = "which is no built-in and which its module does not set: bind it";
                    return Err(refused(format!("{function} uses the global {name}, {why}")));
                }
            };
            globals.push((self.data().add(name.text), value));
        }
        let def = self.module.make.known_function(function)?;
        (def.defaults, def.kwdefaults, def.annotations) = (defaults, kwdefaults, annotations);
        (def.closure, def.globals, def.submodules) = (closure, globals, submodules);
        Ok(())
    }

    /// A dict, or from 3.10 on names and values in turn.
    fn annotations(&mut self, at: Ref) -> Result<Option<Ref>> {
        let Kind::Tuple(items) = self.data().value(at).kind() else {
            return Ok(Some(at));
        };
        let pairs: Vec<_> = items.refs.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
        self.data().dict(pairs).map(Some)
    }
}

/// A name that code asks the globals for.
struct Used {
    text: String,
    /// Whether it fails without.
    is_needed: bool,
}

/// The names that a code object and those in it take from the globals, each once.
fn used(graph: &Graph<'_>, code: Ref, minor: u8, budget: &mut usize) -> Result<Vec<Used>> {
    let (mut seen, mut names, mut work) = (HashSet::from([code]), Vec::<Used>::new(), vec![code]);
    let mut known: HashMap<String, usize> = HashMap::new();
    let mut set: HashSet<String> = HashSet::new();
    while let Some(at) = work.pop() {
        for step in steps(graph, at, minor)? {
            *budget = charged(*budget, 1)?;
            let Some(text) = step.text else { continue };
            match step.name {
                "LOAD_GLOBAL" | "LOAD_NAME" | "LOAD_FROM_DICT_OR_GLOBALS" => {
                    // Class bodies ask for their own names like this, too.
                    let is_needed = step.name == "LOAD_GLOBAL";
                    let at = *known.entry(text.clone()).or_insert(names.len());
                    match names.get_mut(at) {
                        Some(known) => known.is_needed |= is_needed,
                        None => names.push(Used { text, is_needed }),
                    }
                }
                "STORE_GLOBAL" => {
                    set.insert(text);
                }
                _ => {}
            }
        }
        for inner in code_at(graph, at, minor)?.consts().refs {
            let is_object = matches!(graph.value(*inner).kind(), Kind::Object(_));
            if is_object && code_at(graph, *inner, minor).is_ok() && seen.insert(*inner) {
                work.push(*inner);
            }
        }
    }
    // What it sets itself may be there only then.
    for name in &mut names {
        name.is_needed &= !set.contains(&name.text);
    }
    Ok(names)
}
