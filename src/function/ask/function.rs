//! A function by value.

use super::{Class, Functions, Import, Signature, Uses, reach, uses::Imports};
use crate::{
    Error, ErrorKind, Kind, Ref, Result, Str, Value,
    function::{
        code::{Code, Versions},
        model::{CellId, CodeDef, Def, FunctionDef},
        text::{Head, head},
    },
};
use std::fmt;

/// A function by value, to be asked. Copied freely.
#[derive(Clone, Copy)]
pub struct Function<'f> {
    pub(super) functions: &'f Functions<'f>,
    at: Ref,
    def: &'f FunctionDef,
}

/// So many code objects of one function are looked at. Many functions may have the same large one.
const NESTED: usize = 4096;

/// The newest version that has a table of opcodes.
const NEWEST_OPCODES: u8 = 13;

/// A free variable of a function.
#[derive(Debug, Clone, Copy)]
pub struct FreeVariable<'f> {
    /// Its name.
    pub name: Str<'f>,
    /// Its cell: functions with the same one share the variable.
    pub cell: CellId,
    /// What is in it; `None` if it is empty.
    pub value: Option<Value<'f>>,
}

impl<'f> Function<'f> {
    pub(super) fn at(functions: &'f Functions<'f>, at: Ref) -> Option<Self> {
        let at = functions.defs.canonical(at);
        match functions.defs.get(at)? {
            Def::Function(def) => Some(Function { functions, at, def }),
            _ => None,
        }
    }

    /// Its node.
    pub fn id(self) -> Ref {
        self.at
    }

    /// Its parts, as they are in the graph.
    pub fn def(self) -> &'f FunctionDef {
        self.def
    }

    fn value(self, at: Ref) -> Value<'f> {
        self.functions.graph.value(at)
    }

    fn text(self, at: Option<Ref>) -> Option<&'f str> {
        self.value(at?).as_str()
    }

    /// `__name__`
    pub fn name(self) -> Option<&'f str> {
        let of_code = || self.code().ok()??.name().to_str();
        self.text(self.def.name).or_else(of_code)
    }

    /// `__qualname__`; below Python 3.11 the code object does not say it, and it is the name if the pickle does not say
    /// it either.
    pub fn qualname(self) -> Option<&'f str> {
        let of_code = || self.code().ok()??.qualname()?.to_str();
        self.text(self.def.qualname).or_else(of_code).or_else(|| self.name())
    }

    /// `__module__`
    pub fn module(self) -> Option<&'f str> {
        if let Some(module) = self.def.module {
            return self.value(module).as_str();
        }
        let namespace = self.functions.defs.namespace(self.def.namespace);
        let named = namespace
            .base
            .iter()
            .find(|(name, _)| self.value(*name).as_str() == Some("__name__"));
        self.text(named.map(|(_, value)| *value).or(namespace.module))
    }

    /// `__doc__`; where the pickle does not say it, Python takes the first constant of the code object if that is a str. Up
    /// to 3.12; from 3.13 on a flag says whether there is one. Of source alone, as the text has it (Python 3.13 takes
    /// common indentation away); `None` where it takes a parser to read it, as with escapes in it.
    pub fn doc(self) -> Option<&'f str> {
        if let Some(doc) = self.def.doc {
            return self.value(doc).as_str();
        }
        let Some(code) = self.code().ok()? else {
            return self.head()?.doc();
        };
        let flagged = code.flags().0 & 0x400_0000 != 0;
        let old = self.python().ok()?.iter().any(|minor| minor < 13);
        code.consts().get(0).filter(|_| old || flagged)?.as_str()
    }

    /// Whether it is a `lambda`.
    pub fn is_lambda(self) -> bool {
        self.name() == Some("<lambda>")
    }

    /// Its code object. `None` if there is only source. An error if it is one that no known version of Python makes.
    pub fn code(self) -> Result<Option<Code<'f>>> {
        self.functions.code(self.def.code)
    }

    /// Its source, if the pickle brings it.
    pub fn source(self) -> Option<&'f str> {
        match self.functions.defs.get(self.def.code)? {
            Def::Code(CodeDef { source, .. }) => self.text(source.as_ref().map(|source| source.text)),
            _ => None,
        }
    }

    /// The versions of Python that it can have been compiled by, and that can run it: those whose arguments of
    /// `types.CodeType`, opcodes, tables and flags fit. Bytecode is good for one version alone, but not all of it tells
    /// which one. Source alone is for those from 3.8 to 3.13 that have its syntax, as far as its words and marks tell.
    pub fn python(self) -> Result<Versions> {
        let said = match self.functions.defs.get(self.def.code) {
            Some(Def::Code(CodeDef {
                bytecode: Some(bytecode),
                ..
            })) if bytecode.old_table(self.functions.graph) && bytecode.python().is_some() => {
                // The table is not one of that version, whatever the rest is.
                return Ok(bytecode.python().into_iter().map(|(_, minor)| minor).collect());
            }
            Some(Def::Code(CodeDef {
                bytecode: Some(bytecode),
                ..
            })) => bytecode.python(),
            _ => None,
        };
        let fitting = self.functions.fitting(self)?;
        Ok(match said {
            Some((3, minor)) => fitting.and(Versions::from_iter([minor])),
            _ => fitting,
        })
    }

    /// Its parameters: as the code object has them, or else the head of the source.
    pub fn signature(self) -> Result<Signature<'f>> {
        Signature::of(self)?.ok_or_else(|| no_bytecode("signature"))
    }

    /// What its source says before its body, if there is source alone.
    pub(in crate::function) fn head(self) -> Option<Head<'f>> {
        head(self.source()?).ok()
    }

    /// Its free variables and what is in their cells.
    pub fn free_variables(self) -> Result<Vec<FreeVariable<'f>>> {
        let variable = |(name, cell): (Str<'f>, &CellId)| {
            let value = self.functions.defs.cell(*cell).value.map(|at| self.value(at));
            FreeVariable {
                name,
                cell: *cell,
                value,
            }
        };
        if let Some(code) = self.code()? {
            return Ok(code.freevars().zip(&self.def.closure).map(variable).collect());
        }
        // Source comes with their names.
        let source = match self.functions.defs.get(self.def.code) {
            Some(Def::Code(CodeDef { source, .. })) => source.as_ref(),
            _ => None,
        };
        let source = source.ok_or_else(|| no_bytecode("free variables"))?;
        let names = source.freevars.map(|at| self.value(at));
        let names = names.into_iter().flat_map(|names| names.items());
        let names = names.filter_map(|name| match name.kind() {
            Kind::Str(name) => Some(name),
            _ => None,
        });
        Ok(names.zip(&self.def.closure).map(variable).collect())
    }

    /// The version whose opcodes its bytecode is read by: the newest that it may be.
    pub(super) fn decoded_as(self) -> Result<u8> {
        if self.code()?.is_none() {
            return Err(no_bytecode("instructions"));
        }
        let versions = self.python()?;
        let newest = versions.iter().rfind(|minor| *minor <= NEWEST_OPCODES);
        newest.ok_or_else(|| ErrorKind::Unsupported(undecoded(versions).into()).into())
    }

    /// Why its bytecode is not looked into, though nothing is wrong with it.
    pub(in crate::function) fn undecoded(self) -> Option<String> {
        let versions = self.python().ok().filter(|versions| !versions.is_empty())?;
        let is_newer = versions.iter().all(|minor| minor > NEWEST_OPCODES);
        is_newer.then(|| undecoded(versions))
    }

    /// The globals that it brings along: names and values.
    pub fn globals(self) -> Vec<(Value<'f>, Value<'f>)> {
        self.pairs(&self.def.globals)
    }

    /// Its own attributes, `__dict__`: names and values.
    pub fn attributes(self) -> Vec<(Value<'f>, Value<'f>)> {
        self.pairs(&self.def.dict)
    }

    fn pairs(self, pairs: &[(Ref, Ref)]) -> Vec<(Value<'f>, Value<'f>)> {
        pairs
            .iter()
            .map(|(name, value)| (self.value(*name), self.value(*value)))
            .collect()
    }

    /// What its bytecode uses, and that of the functions nested in it.
    pub fn uses(self) -> Result<Uses<'f>> {
        Uses::of(self)
    }

    /// What it imports: by the statements in its bytecode, and the modules among its globals, free variables and
    /// submodules.
    pub fn imports(self) -> Result<Vec<Import<'f>>> {
        Ok(self.imports_with(&self.uses()?))
    }

    /// The same when what its bytecode uses is known.
    pub(in crate::function) fn imports_with(self, uses: &Uses<'f>) -> Vec<Import<'f>> {
        let mut imports = Imports::of(&uses.imports);
        let modules = self.def.globals.iter().map(|(_, value)| *value);
        let modules = modules.chain(
            self.def
                .closure
                .iter()
                .filter_map(|cell| self.functions.defs.cell(*cell).value),
        );
        for at in modules.chain(self.def.submodules.iter().copied()) {
            if let Some(Def::Module(module)) = self.functions.defs.get(at)
                && module.contents.is_none()
                && let Some(name) = self.value(module.name).as_str()
            {
                imports.add(Import::of(name));
            }
        }
        imports.into_vec()
    }

    /// The names of attributes that its bytecode asks for or sets, in order, each once.
    pub fn attribute_names(self) -> Result<Vec<Str<'f>>> {
        Ok(self.uses()?.attributes)
    }

    /// The code objects nested in its own: functions, lambdas, classes and comprehensions that it makes when it runs.
    pub fn nested(self) -> Result<Vec<Code<'f>>> {
        let mut all = self.codes()?;
        all.remove(0);
        Ok(all)
    }

    /// Its code object and those nested in it, outer ones first.
    pub(super) fn codes(self) -> Result<Vec<Code<'f>>> {
        let mut all = vec![self.code()?.ok_or_else(|| no_bytecode("nested functions"))?];
        let mut known = std::collections::HashSet::new();
        let mut at = 0;
        while let Some(code) = all.get(at) {
            at += 1;
            if at > NESTED {
                let limit = NESTED as u64;
                return Err(ErrorKind::Limit {
                    name: "nested code objects",
                    limit,
                }
                .into());
            }
            for value in code.consts().iter().filter(|value| value.as_object().is_some()) {
                // All are of one graph. A code object is a constant of one other; hostile ones contain themselves.
                if known.insert(value.id())
                    && let Some(code) = self.functions.code_of(value)?
                {
                    all.push(code);
                }
            }
        }
        Ok(all)
    }

    /// The classes and enums by value that it brings along, in the order in which they are met.
    pub fn classes(self) -> Vec<Class<'f>> {
        let known = self.brings();
        known
            .into_iter()
            .filter_map(|at| Class::at(self.functions, at))
            .collect()
    }

    /// The other functions by value that it brings along.
    pub fn functions(self) -> Vec<Function<'f>> {
        let known = self.brings();
        known
            .into_iter()
            .filter(|at| *at != self.at)
            .filter_map(|at| Function::at(self.functions, at))
            .collect()
    }

    fn brings(self) -> Vec<Ref> {
        reach::known(self.functions.graph, &self.functions.defs, [self.at])
    }

    /// Its bytecode and that of the functions nested in it, in words, as the version of Python that wrote it has them: the
    /// lines of `dis`. Where it is not clear which one wrote it, as the newest that it may be.
    ///
    /// # Errors
    /// If there is only source, or if it is bytecode of 3.14, whose opcodes are not known here.
    pub fn disassembly(self) -> Result<String> {
        let minor = self.decoded_as()?;
        let mut text = String::new();
        for code in self.codes()? {
            if !text.is_empty() {
                text.push('\n');
            }
            text += &format!("{code:?}:\n");
            for instruction in code.instructions(minor)? {
                text += &format!("  {}\n", instruction?);
            }
        }
        Ok(text)
    }
}

#[cold]
fn undecoded(versions: Versions) -> String {
    format!("the opcodes of Python {versions} are not known here, so its bytecode is not looked into")
}

#[cold]
fn no_bytecode(what: &str) -> Error {
    ErrorKind::Unsupported(format!("{what} of a function that has no bytecode here").into()).into()
}

/// `function f(x)`, as far as it is known.
impl fmt::Debug for Function<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<function {}>", self.qualname().unwrap_or("?"))
    }
}
