//! Code objects: bytecode behind a guard, and source with what compiles it.

use super::{
    COMPILER, Rewire, Wire, lower,
    order::order,
    sketch::{Id, Make},
    sketcher::Sketcher,
};
use crate::{
    Graph, Kind, Ref,
    error::{ErrorKind, Result},
    function::{Bytecode, Code, CodeDef, Def, Defs, Layout, Source, Versions},
    marshal,
};

/// How a code object of known versions is made: what it is called with, and by what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Loader {
    CodeType,
    Marshal,
}

impl Loader {
    fn path(self) -> (&'static str, &'static str) {
        match self {
            Loader::CodeType => ("types", "CodeType"),
            Loader::Marshal => ("marshal", "loads"),
        }
    }
}

/// What `sys.implementation.cache_tag` is in CPython 3.`minor`.
fn cache_tag(minor: u8) -> String {
    format!("cpython-3{minor}")
}

/// The versions that all the bytecode of a graph can be of, as far as it can be of the same.
pub(super) fn common_versions(graph: &Graph<'_>, defs: &Defs, options: &Rewire) -> Result<Vec<Versions>> {
    let mut all: Vec<Versions> = Vec::new();
    for (_, def) in defs.iter() {
        if let Def::Code(CodeDef {
            bytecode: Some(bytecode),
            ..
        }) = def
        {
            let versions = versions(graph, bytecode, options)?;
            match all.iter_mut().find(|known| !known.and(versions).is_empty()) {
                Some(known) => *known = known.and(versions),
                None => all.push(versions),
            }
        }
    }
    Ok(all)
}

/// Whether there is bytecode, and the first is of CPython 3.6 or 3.7.
pub(super) fn is_before_3_8(graph: &Graph<'_>, defs: &Defs) -> bool {
    let mut args = defs.iter().filter_map(|(_, def)| match def {
        Def::Code(CodeDef {
            bytecode: Some(bytecode),
            ..
        }) => bytecode.args(graph),
        _ => None,
    });
    let code = args.next().and_then(|args| Code::new(args).ok());
    code.is_some_and(|code| code.layout() == Layout::V3_6)
}

/// The versions that bytecode can be of.
fn versions(graph: &Graph<'_>, bytecode: &Bytecode, options: &Rewire) -> Result<Versions> {
    if let Some((3, minor)) = bytecode.python() {
        return Ok(Versions::from_iter([minor]));
    }
    let code = bytecode.args(graph).map(Code::new).transpose()?;
    let found = match code {
        Some(code) => code.check()?,
        None => Versions::NONE,
    };
    let newer = code.filter(|code| bytecode.old_table(graph) && code.is_of_3_10_but_for_its_table());
    match options.python {
        Some(minor) if found.is_empty() || found.contains(minor) || minor == 10 && newer.is_some() => {
            Ok(Versions::from_iter([minor]))
        }
        // Of 3.8 to 3.10, as far as it shows.
        _ if newer.is_some_and(Code::never_jumps) => Ok(found.iter().chain([10]).collect()),
        _ => Ok(found),
    }
}

impl Sketcher<'_> {
    pub(super) fn code(&mut self, id: Id, at: Ref, def: &CodeDef) -> Result<()> {
        match (&def.bytecode, &def.source, self.options.wire) {
            (Some(bytecode), source, Wire::Portable) if !self.raw => match source {
                Some(source) => self.dual(id, at, bytecode, source),
                None => {
                    let name = bytecode.args(self.graph).and_then(|args| Code::new(args).ok());
                    let name = name
                        .and_then(|code| code.qualname().unwrap_or(code.name()).to_str())
                        .unwrap_or("?");
                    let why = format!(
                        "{name} has bytecode and no source, which only the Python that compiled it can run: it can be \
                         written for that version alone (`Wire::Standalone`)"
                    );
                    Err(ErrorKind::Unsupported(why.into()).into())
                }
            },
            (Some(bytecode), ..) => self.bytecode(id, bytecode),
            (None, Some(source), _) => {
                let compiler = self.compiler(Versions::NONE);
                let spec = self.spec(source);
                self.made(id, compiler, vec![spec]);
                Ok(())
            }
            (None, None, _) => {
                Err(ErrorKind::Unsupported("a code object has neither bytecode nor source".into()).into())
            }
        }
    }

    /// Bytecode alone: as cloudpickle writes it, or behind a guard.
    fn bytecode(&mut self, id: Id, bytecode: &Bytecode) -> Result<()> {
        let (loader, args) = match (bytecode.args(self.graph), bytecode) {
            (Some(args), _) => (Loader::CodeType, self.all(args.refs)),
            (None, Bytecode::Marshal { bytes, .. }) => (Loader::Marshal, vec![self.at(*bytes)]),
            _ => {
                return Err(
                    ErrorKind::Unsupported("a code object is not made from a tuple of arguments".into()).into(),
                );
            }
        };
        let (module, name) = loader.path();
        let callable = if self.raw {
            self.sketch.global(module, name)
        } else if self.options.wire == Wire::Compat {
            match loader {
                Loader::CodeType => self.builtin_type("CodeType"),
                Loader::Marshal => self.sketch.global(module, name),
            }
        } else {
            let versions = self.settled(versions(self.graph, bytecode, self.options)?)?;
            self.guard(versions, loader)
        };
        self.made(id, callable, args);
        Ok(())
    }

    /// What bytecode that may be of several versions is taken for, by the rest of the graph.
    fn settled(&self, versions: Versions) -> Result<Versions> {
        let known = self.versions.iter().find(|known| !known.and(versions).is_empty());
        let versions = known.map_or(versions, |known| known.and(versions));
        if versions.is_empty() {
            let why = "the Python that bytecode is of is not known, and without that it cannot be guarded";
            return Err(ErrorKind::Unsupported(why.into()).into());
        }
        Ok(versions)
    }

    /// `getattr(type("functions for CPython 3.11 only", (), {"cpython-311": loader}), sys.implementation.cache_tag)`: the loader
    /// on these versions, and on any other an error that names them.
    fn guard(&mut self, versions: Versions, loader: Loader) -> Id {
        let key = (versions.iter().collect::<Vec<u8>>(), loader);
        if let Some(known) = self.guards.get(&key) {
            return *known;
        }
        let (module, name) = loader.path();
        let loads = self.sketch.global(module, name);
        let entries = versions
            .iter()
            .map(|minor| (self.sketch.text(cache_tag(minor)), loads))
            .collect();
        let entries = self.sketch.dict(entries);
        let title = format!("functions for CPython {versions} only");
        let (title, none) = (self.sketch.text(title), self.sketch.tuple(Vec::new()));
        let (kind, getattr) = (
            self.sketch.global("builtins", "type"),
            self.sketch.global("builtins", "getattr"),
        );
        let table = self.sketch.call(kind, vec![title, none, entries]);
        let tag = self.cache_tag();
        let guard = self.sketch.call(getattr, vec![table, tag]);
        self.guards.insert(key, guard);
        guard
    }

    /// The guard that a loader is to meet before anything that another Python may not have.
    pub(super) fn narrowest_guard(&self) -> Option<Id> {
        // Always the same one, whatever the order of a table.
        let all = self
            .guards
            .iter()
            .min_by_key(|((versions, loader), _)| (versions.len(), versions, *loader));
        all.map(|(_, guard)| *guard)
    }

    fn cache_tag(&mut self) -> Id {
        self.sketch.global("sys", "implementation.cache_tag")
    }

    /// Source, and bytecode for the versions that it is of.
    fn dual(&mut self, id: Id, at: Ref, bytecode: &Bytecode, source: &Source) -> Result<()> {
        let versions = self.settled(versions(self.graph, bytecode, self.options)?)?;
        let mut entries = Vec::new();
        for minor in versions.iter() {
            let bytes = match bytecode {
                Bytecode::Marshal { bytes, .. } => self.at(*bytes),
                _ => {
                    let bytes = marshalled(self.graph, self.defs, at, minor)?;
                    self.sketch.add(Make::Bytes(bytes))
                }
            };
            entries.push((self.sketch.text(cache_tag(minor)), bytes));
        }
        let entries = self.sketch.dict(entries);
        let spec = self.spec(source);
        let chosen = self.choice(entries, spec);
        let compiler = self.compiler(versions);
        self.made(id, compiler, vec![chosen]);
        Ok(())
    }

    /// `dict.get(entries, sys.implementation.cache_tag, other)`
    fn choice(&mut self, entries: Id, other: Id) -> Id {
        let get = self.sketch.global("builtins", "dict.get");
        let tag = self.cache_tag();
        self.sketch.call(get, vec![entries, tag, other])
    }

    /// What makes code objects: of source, or on these versions of marshalled bytes.
    fn compiler(&mut self, versions: Versions) -> Id {
        let key: Vec<u8> = versions.iter().collect();
        if let Some(known) = self.compilers.get(&key) {
            return *known;
        }
        let sketch = &mut self.sketch;
        let (name, text) = (sketch.text("source"), sketch.text(COMPILER));
        let mut names = vec![(name, text)];
        let mut expression = sketch.text("exec(source) or code");
        if !versions.is_empty() {
            let (name, loads) = (sketch.text("loads"), sketch.global("marshal", "loads"));
            names.push((name, loads));
            let entries = key.iter().map(|minor| (sketch.text(cache_tag(*minor)), name)).collect();
            let entries = sketch.dict(entries);
            expression = self.choice(entries, expression);
        }
        let (eval, names) = (self.sketch.global("builtins", "eval"), self.sketch.dict(names));
        let compiler = self.sketch.call(eval, vec![expression, names]);
        self.compilers.insert(key, compiler);
        compiler
    }

    /// The tuple that the compiler takes.
    fn spec(&mut self, source: &Source) -> Id {
        let Source {
            text,
            freevars,
            class,
            filename,
            firstlineno,
            qualname,
            flags,
        } = *source;
        let mut items = vec![self.at(text)];
        for part in [freevars, class, filename, firstlineno, qualname, flags] {
            items.push(self.optional(part));
        }
        self.sketch.tuple(items)
    }

    /// The code object of a function by its arguments, if it has bytecode.
    pub(super) fn code_of(&self, at: Ref) -> Option<Code<'_>> {
        match self.defs.get(at)? {
            Def::Code(CodeDef {
                bytecode: Some(bytecode),
                ..
            }) => Code::new(bytecode.args(self.graph)?).ok(),
            _ => None,
        }
    }
}

/// A code object as `marshal.dumps` writes it.
fn marshalled(graph: &Graph<'_>, defs: &Defs, at: Ref, minor: u8) -> Result<Vec<u8>> {
    let options = Rewire::new(Wire::Standalone);
    let mut sketcher = Sketcher::new(graph, defs, &options)?;
    sketcher.raw = true;
    let root = sketcher.at(at);
    sketcher.finish()?;
    let mut sketch = sketcher.sketch;
    order(&mut sketch, &[root], false)?;
    let code = lower::lower(graph, &sketch, &[root], None)?;
    debug_assert!(matches!(code.root().kind(), Kind::Object(_)));
    marshal::Options::new(minor).write(&code)
}
