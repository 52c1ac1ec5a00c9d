//! What bytecode uses: globals, attributes and imports by name.

use super::Function;
use crate::{
    Kind, Result, Str,
    function::code::{ArgValue, Code, Instruction},
};
use std::{
    collections::{HashMap, HashSet},
    fmt,
};

/// What the bytecode of a function uses, and that of the functions nested in it. Names are in order of their first use,
/// each once.
#[derive(Debug, Clone, Default)]
pub struct Uses<'f> {
    /// The globals and builtins that it loads, sets or deletes.
    pub globals: Vec<Str<'f>>,
    /// The attributes and methods that it loads, sets or deletes.
    pub attributes: Vec<Str<'f>>,
    /// The import statements.
    pub imports: Vec<Import<'f>>,
}

/// A module that is imported.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Import<'f> {
    /// Its name; empty in `from . import name`.
    pub module: Str<'f>,
    /// How many dots stand before it.
    pub level: u32,
    /// The names that are taken from it.
    pub names: Vec<Str<'f>>,
}

impl<'f> Import<'f> {
    pub(super) fn of(module: &'f str) -> Self {
        Import {
            module: Str::from(module),
            level: 0,
            names: Vec::new(),
        }
    }
}

/// Imports, each module once.
#[derive(Default)]
pub(super) struct Imports<'f> {
    all: Vec<Import<'f>>,
    known: HashMap<(Str<'f>, u32), usize>,
    names: HashSet<(usize, Str<'f>)>,
}

impl<'f> Imports<'f> {
    pub(super) fn of(all: &[Import<'f>]) -> Self {
        let mut imports = Imports::default();
        all.iter().for_each(|import| imports.add(import.clone()));
        imports
    }

    /// Adds an import, or its names to those of the same module.
    pub(super) fn add(&mut self, mut new: Import<'f>) {
        let names = std::mem::take(&mut new.names);
        let at = *self.known.entry((new.module, new.level)).or_insert_with(|| {
            self.all.push(new);
            self.all.len() - 1
        });
        let fresh = names.into_iter().filter(|name| self.names.insert((at, *name)));
        self.all[at].names.extend(fresh);
    }

    pub(super) fn into_vec(self) -> Vec<Import<'f>> {
        self.all
    }
}

/// `module` or `module: name, name`, with the dots of a relative one.
impl fmt::Display for Import<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (0..self.level).try_for_each(|_| f.write_str("."))?;
        write!(f, "{}", self.module)?;
        for (at, name) in self.names.iter().enumerate() {
            write!(f, "{}{name}", if at == 0 { ": " } else { ", " })?;
        }
        Ok(())
    }
}

impl<'f> Uses<'f> {
    pub(super) fn of(function: Function<'f>) -> Result<Self> {
        let minor = match function.decoded_as() {
            // What is said of it is wrong; it is read as far as it goes.
            Err(_) if function.code()?.is_some() && function.python()?.is_empty() => 13,
            minor => minor?,
        };
        let (mut uses, mut imports) = (Uses::default(), Imports::default());
        let mut seen = [HashSet::new(), HashSet::new()];
        for code in function.codes()? {
            uses.add(code, minor, &mut seen, &mut imports)?;
        }
        uses.imports = imports.into_vec();
        Ok(uses)
    }

    fn add(
        &mut self,
        code: Code<'f>,
        minor: u8,
        [globals, attributes]: &mut [HashSet<Str<'f>>; 2],
        imports: &mut Imports<'f>,
    ) -> Result<()> {
        // What the two instructions before pushed, for IMPORT_NAME.
        let mut before = [None; 2];
        for instruction in code.instructions(minor)? {
            let instruction = instruction?;
            let name = match instruction.argval {
                ArgValue::Name(name) | ArgValue::NameAnd(name, ..) => Some(name),
                _ => None,
            };
            match (instruction.name, name) {
                ("IMPORT_NAME", Some(module)) => imports.add(import(module, before)),
                ("IMPORT_FROM", _) => {}
                (opcode, Some(name)) => {
                    let (list, seen) = if opcode.ends_with("_GLOBAL") || opcode.ends_with("_NAME") {
                        (&mut self.globals, &mut *globals)
                    } else if opcode.ends_with("_ATTR") || opcode.ends_with("_METHOD") {
                        (&mut self.attributes, &mut *attributes)
                    } else {
                        (&mut Vec::new(), &mut HashSet::new())
                    };
                    list.extend(Some(name).filter(|name| seen.insert(*name)));
                }
                _ => {}
            }
            before = [before[1], Some(instruction)];
        }
        Ok(())
    }
}

/// `LOAD_CONST level, LOAD_CONST names, IMPORT_NAME module`
fn import<'f>(module: Str<'f>, before: [Option<Instruction<'f>>; 2]) -> Import<'f> {
    let constant = |at: usize| match before[at]?.argval {
        ArgValue::Const(value) => Some(value),
        _ => None,
    };
    let level = constant(0).and_then(|level| level.as_u64()).unwrap_or(0);
    let names = constant(1).map_or(Vec::new(), |names| {
        let text = |name: crate::Value<'f>| match name.kind() {
            Kind::Str(text) => Some(text),
            _ => None,
        };
        names.items().filter_map(text).collect()
    });
    // Python's own limit is what fits into an int; a person reads dots.
    let level = level.min(100) as u32;
    Import { module, level, names }
}
