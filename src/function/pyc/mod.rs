//! Functions out of a `.pyc` file.

mod run;
mod steps;
mod taken;

use super::{Bytecode, CodeDef, Def, Defs, FunctionBuilder, NamespaceId};
use crate::{
    Graph, Kind, Ref, Result,
    error::{Error, ErrorKind},
    marshal::pyc::Pyc,
};
use run::{Known, Names, Parts, Run};
use std::collections::{HashMap, HashSet};
use steps::{MAX_NAME, code_at};
pub use taken::PycFunction;

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
