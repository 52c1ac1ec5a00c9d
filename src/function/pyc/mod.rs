//! Functions out of a `.pyc` file.

mod run;
mod steps;

use super::{
    Bytecode, CodeDef, Def, Defs, FunctionBuilder, FunctionDef, NamespaceId, Rewire, Wire, builtins::is_builtin,
};
use crate::{
    Build, Builder, Graph, Kind, Ref, Result,
    error::{Error, ErrorKind},
    marshal::pyc::Pyc,
};
use run::{Known, Names, Part, Parts, Run};
use std::collections::{HashMap, HashSet};
use steps::{MAX_NAME, code_at, steps};

/// The functions and classes of a `.pyc` file, to be taken out.
///
/// A `.pyc` has the code of its functions, and the code that makes them when the module is imported. That code is not run
/// but looked through: constants, imports, other functions, and defaults that are plain to see are known; all else, such as
/// what a call answers or what is set in an `if`, has to be bound.
///
/// ```no_run
/// use brinery::{function::{PycModule, Wire}, marshal::pyc};
/// let file = std::fs::read("__pycache__/shapes.cpython-313.pyc")?;
/// let module = PycModule::of(pyc::read(&file)?)?;
/// for item in module.items() {
///     println!("{} on line {}", item.qualname, item.line);
/// }
/// let mut area = module.function("area")?;
/// area.global("scale", 2)?;
/// let graph = area.write(Wire::Standalone)?; // for CPython 3.13, which has compiled it
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct PycModule {
    make: FunctionBuilder,
    namespace: NamespaceId,
    minor: u8,
    name: String,
    items: Vec<PycItem>,
    names: Names,
    parts: HashMap<Ref, Parts>,
    by_code: HashMap<Ref, usize>,
}

/// A function or class in a `.pyc` file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PycItem {
    /// Its qualified name: `area`, `Shape.area`, `outer.<locals>.inner`.
    pub qualname: String,
    /// Its name.
    pub name: String,
    /// Whether it is a class.
    pub is_class: bool,
    /// The line of the source where it begins.
    pub line: i32,
    /// Its free variables, which have to be bound.
    pub free_variables: Vec<String>,
    code: Ref,
}

/// So many items of constants, bytes of names and instructions are looked at, which is more than any module has. Parts of
/// hostile code may be shared by all of it.
const BUDGET: usize = 1 << 24;

#[cold]
fn refused(why: String) -> Error {
    ErrorKind::Malformed(why.into()).into()
}

/// Code of which Python makes functions and classes of its own accord.
fn is_hidden(name: &str) -> bool {
    name.starts_with('<') && name != "<lambda>"
}

impl PycModule {
    /// Looks through a file that was read.
    ///
    /// # Errors
    /// If its code is none of the version that it says.
    pub fn of(pyc: Pyc<'_>) -> Result<PycModule> {
        let minor = pyc.minor;
        let graph = pyc.graph.into_owned();
        let root = graph.root().id();
        let mut defs = Defs::of(&graph)?;
        let codes: Vec<Ref> = defs.iter().map(|(at, _)| at).collect();
        for at in codes {
            if let Some(Def::Code(CodeDef {
                bytecode: Some(Bytecode::Args { python, .. }),
                ..
            })) = defs.get_mut(at)
            {
                *python = Some((3, minor));
            }
        }
        let (items, order) = items(&graph, root, minor)?;
        let file = code_at(&graph, root, minor)?.filename().to_string();
        let name = file.rsplit(['/', '\\']).next().unwrap_or_default();
        let name = name.strip_suffix(".py").unwrap_or(name).to_owned();
        let mut make = FunctionBuilder::over(graph, defs);
        let namespace = make.namespace(&name);
        let (mut parts, mut touched, none) = (HashMap::new(), HashSet::new(), Names::new());
        let mut run = Run {
            make: &mut make,
            minor,
            parts: &mut parts,
            module: &none,
            touched: &mut touched,
            budget: BUDGET,
        };
        let mut names = run.names(root)?;
        run.module = &names;
        // Class bodies and functions, for the defaults of what is in them.
        for code in order.into_iter().filter(|code| *code != root) {
            run.names(code)?;
        }
        for name in touched {
            if let Some(known) = names.get_mut(&name) {
                *known = Known::Unclear;
            }
        }
        let by_code = items.iter().enumerate().map(|(at, item)| (item.code, at)).collect();
        Ok(PycModule {
            by_code,
            make,
            namespace,
            minor,
            name,
            items,
            names,
            parts,
        })
    }

    /// The minor version of the CPython 3 that has compiled it, and for which its functions are.
    pub fn minor(&self) -> u8 {
        self.minor
    }

    /// The name that the module has for its functions, by that of its source file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its functions and classes, nested ones too, in the order in which they are in the code.
    pub fn items(&self) -> &[PycItem] {
        &self.items
    }

    fn item(&self, code: Ref) -> Option<&PycItem> {
        self.items.get(*self.by_code.get(&code)?)
    }

    /// Takes out a function, by its qualified name. If there are several, `name@line` says which.
    ///
    /// # Errors
    /// If there is no such function, or it is a class, which is made by running its body.
    pub fn function(self, qualname: &str) -> Result<PycFunction> {
        let named = |item: &&PycItem| {
            let rest = qualname.strip_prefix(&*item.qualname);
            rest.is_some_and(|rest| rest.is_empty() || rest == format!("@{}", item.line))
        };
        let found: Vec<&PycItem> = self.items.iter().filter(named).collect();
        let item = match found.as_slice() {
            [] => return Err(refused(format!("there is no function {qualname} in the module"))),
            [item] if item.is_class => {
                let why = "is a class, which only Python can make out of its code: its methods can be taken out";
                return Err(refused(format!("{qualname} {why}")));
            }
            [item] => (*item).clone(),
            several => {
                let names: Vec<String> = several
                    .iter()
                    .map(|item| format!("{}@{}", item.qualname, item.line))
                    .collect();
                return Err(refused(format!("there are several: {}", names.join(", "))));
            }
        };
        let mut taken = PycFunction {
            module: self,
            functions: HashMap::new(),
            given: HashMap::new(),
            free: HashMap::new(),
            budget: BUDGET,
            item,
        };
        let code = taken.item.code;
        taken.function_of(code)?;
        Ok(taken)
    }
}

fn charged(budget: usize, by: usize) -> Result<usize> {
    let (name, limit) = ("code", BUDGET as u64);
    budget.checked_sub(by).ok_or(ErrorKind::Limit { name, limit }.into())
}

/// All functions and classes, and all code objects, outer ones first.
fn items(graph: &Graph<'_>, root: Ref, minor: u8) -> Result<(Vec<PycItem>, Vec<Ref>)> {
    let mut budget = BUDGET;
    let (mut items, mut order, mut seen) = (Vec::new(), Vec::new(), HashSet::from([root]));
    // With what is before the qualified names of what is in it.
    let mut work = vec![(root, String::new())];
    while let Some((at, prefix)) = work.pop() {
        let code = code_at(graph, at, minor)?;
        order.push(at);
        let name = code.name().to_string();
        budget = charged(budget, name.len())?;
        let (mut within, is_class) = (prefix.clone(), code.flags().0 & 3 == 0);
        if at != root && !is_hidden(&name) {
            let computed = || format!("{prefix}{name}");
            let qualname = code.qualname().map_or_else(computed, |name| name.to_string());
            budget = charged(budget, qualname.len())?;
            within = match is_class {
                true => format!("{qualname}."),
                false => format!("{qualname}.<locals>."),
            };
            let free = code.freevars().map(|name| name.to_string());
            let mut free_variables = Vec::new();
            for name in free {
                budget = charged(budget, name.len().saturating_add(1))?;
                free_variables.push(name);
            }
            items.push(PycItem {
                qualname,
                name,
                is_class,
                line: code.firstlineno(),
                free_variables,
                code: at,
            });
        } else if at != root && !name.starts_with("<generic parameters") {
            within = format!("{prefix}{name}.<locals>.");
        }
        // Each level may add to the names of all that are in it.
        if within.len() > MAX_NAME {
            return Err(refused("the names of functions in functions are too long".into()));
        }
        let nested = code.consts().refs.iter().rev();
        for inner in nested.filter(|inner| matches!(graph.value(**inner).kind(), Kind::Object(_))) {
            if code_at(graph, *inner, minor).is_ok() && seen.insert(*inner) {
                work.push((*inner, within.clone()));
            }
        }
    }
    Ok((items, order))
}

/// A function out of a `.pyc` file, to be bound and written. Made by [`PycModule::function`].
///
/// Annotations that are not plain are left out.
pub struct PycFunction {
    module: PycModule,
    item: PycItem,
    /// The functions that were made, by their code objects.
    functions: HashMap<Ref, Ref>,
    given: HashMap<String, Ref>,
    free: HashMap<String, Ref>,
    budget: usize,
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
    fn function_of(&mut self, code: Ref) -> Result<Ref> {
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
