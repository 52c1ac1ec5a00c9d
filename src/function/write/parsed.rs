//! Functions made in Rust whose whole text is known: defaults and annotations from it, and no name left unbound.

use super::FunctionBuilder;
use crate::{
    Ref,
    error::{ErrorKind, Result},
    function::{
        CellId, CodeDef, Def, FunctionDef, NamespaceId, ParameterKind, SourceFunction, builtins::is_builtin,
        source::value,
    },
};
use std::collections::{HashMap, HashSet};

/// A function and its text.
pub(super) struct Parsed {
    function: Ref,
    source: SourceFunction,
    free: HashSet<String>,
    defaults: HashMap<String, Ref>,
    annotations: HashMap<String, Ref>,
}

#[cold]
fn refused(why: String) -> crate::Error {
    ErrorKind::Malformed(why.into()).into()
}

impl FunctionBuilder {
    /// A function of source that was parsed. Defaults and annotations in its text need not be given if they are literals;
    /// names that are bound to nothing are an error when it is written.
    ///
    /// ```
    /// use brinery::function::{FunctionBuilder, Rewire, SourceFunction, Wire};
    /// let mut make = FunctionBuilder::new();
    /// let globals = make.namespace("shop");
    /// let even = SourceFunction::parse("lambda n=0: n == 0 or odd(n - 1)")?;
    /// let odd = SourceFunction::parse("lambda n=1: n != 0 and even(n - 1)")?;
    /// let even = make.source(even, globals)?;
    /// let odd = make.source(odd, globals)?;
    /// make.global(even, "odd", odd)?;
    /// make.global(odd, "even", even)?;
    /// let graph = make.write(&Rewire::new(Wire::Portable), even)?;
    /// # assert!(graph.to_vec()?.len() > 1000);
    /// # Ok::<(), brinery::Error>(())
    /// ```
    ///
    /// # Errors
    /// If it has decorators, which only Python could apply.
    pub fn source(&mut self, source: SourceFunction, namespace: NamespaceId) -> Result<Ref> {
        if let Some(decorator) = source.decorators.first() {
            let name = &source.name;
            return Err(refused(format!(
                "{name} is decorated with {decorator}, which only Python can apply: give the function without decorators"
            )));
        }
        let code = CodeDef {
            bytecode: None,
            source: Some(source.add_to(&mut self.build, [])?),
        };
        let code = self.object(Def::Code(code));
        let mut def = FunctionDef::new(code, namespace);
        let name = self.build.add(source.name.as_str());
        (def.name, def.qualname) = (Some(name), Some(name));
        def.module = self.defs.namespace(namespace).base.first().map(|(_, module)| *module);
        let function = self.object(Def::Function(Box::new(def)));
        self.parsed.push(Parsed {
            function,
            source,
            free: HashSet::new(),
            defaults: HashMap::new(),
            annotations: HashMap::new(),
        });
        Ok(function)
    }

    fn parsed(&mut self, function: Ref) -> Result<&mut Parsed> {
        let parsed = self.parsed.iter_mut().find(|parsed| parsed.function == function);
        parsed.ok_or_else(|| refused("it is not a function that was made here from parsed source".into()))
    }

    /// The value of the default of one parameter of a function that was made by [`source`](Self::source), in place of what
    /// its text has. An error if there is no such parameter.
    pub fn default_of(&mut self, function: Ref, parameter: &str, value: Ref) -> Result<()> {
        let parsed = self.parsed(function)?;
        let mut parameters = parsed.source.parameters.iter();
        match parameters.find(|one| one.name == parameter).map(|one| one.kind) {
            None | Some(ParameterKind::VarPositional | ParameterKind::VarKeyword) => {
                let name = &parsed.source.name;
                Err(refused(format!(
                    "{name} has no parameter {parameter} that can have a default"
                )))
            }
            Some(_) => {
                parsed.defaults.insert(parameter.to_owned(), value);
                Ok(())
            }
        }
    }

    /// The value of the annotation of one parameter, or of `return`, in place of what the text has.
    pub fn annotation_of(&mut self, function: Ref, name: &str, value: Ref) -> Result<()> {
        let parsed = self.parsed(function)?;
        if name != "return" && !parsed.source.parameters.iter().any(|one| one.name == name) {
            let function = &parsed.source.name;
            return Err(refused(format!("{function} has no parameter {name} to annotate")));
        }
        parsed.annotations.insert(name.to_owned(), value);
        Ok(())
    }

    /// Another name for the module of a function and its globals.
    pub(in crate::function) fn rename(&mut self, namespace: NamespaceId, function: Ref, name: &str) -> Result<()> {
        let name = self.build.add(name);
        if let Some((_, module)) = self.defs.namespace_mut(namespace).base.first_mut() {
            *module = name;
        }
        self.known(function)?.module = Some(name);
        Ok(())
    }

    /// Takes note of the free variables of a function, if its text is known.
    pub(super) fn bound(&mut self, function: Ref, free: &[(&str, CellId)]) -> Result<()> {
        if let Ok(parsed) = self.parsed(function) {
            parsed.source.freevars(free.iter().map(|(name, _)| *name))?;
            parsed.free = free.iter().map(|(name, _)| (*name).to_owned()).collect();
        }
        Ok(())
    }

    /// Gives functions what their texts say, and finds what nothing is bound to.
    pub(super) fn settle(&mut self) -> Result<()> {
        let all = std::mem::take(&mut self.parsed);
        let mut globals: HashSet<(NamespaceId, String)> = HashSet::new();
        for (_, def) in self.defs.iter() {
            if let Def::Function(def) = def {
                let base = &self.defs.namespace(def.namespace).base;
                let names = def.globals.iter().chain(base).map(|(name, _)| *name);
                globals.extend(names.filter_map(|name| Some((def.namespace, self.build.text_of(name)?.to_owned()))));
            }
        }
        for parsed in &all {
            let namespace = self.known(parsed.function)?.namespace;
            parsed.all_bound(|name| globals.contains(&(namespace, name.to_owned())))?;
            self.settle_defaults(parsed)?;
            self.settle_annotations(parsed)?;
        }
        Ok(())
    }

    /// What was given, or else a literal.
    fn evaluated(
        &mut self,
        given: Option<&Ref>,
        text: &str,
        names: bool,
        what: impl FnOnce() -> String,
    ) -> Result<Ref> {
        match given {
            Some(given) => Ok(*given),
            None => value(&mut self.build, text, names)?.ok_or_else(|| {
                refused(format!(
                    "{} is {text}, which takes a Python to evaluate: give it as a value",
                    what()
                ))
            }),
        }
    }

    fn settle_defaults(&mut self, parsed: &Parsed) -> Result<()> {
        let (mut positional, mut by_name) = (Vec::new(), Vec::new());
        for parameter in &parsed.source.parameters {
            let given = parsed.defaults.get(&parameter.name);
            let what = || format!("the default of {} in {}", parameter.name, parsed.source.name);
            let already = self.known(parsed.function)?;
            let is_positional = parameter.kind != ParameterKind::KeywordOnly;
            if given.is_none()
                && match is_positional {
                    true => already.defaults.is_some(),
                    false => already.kwdefaults.is_some(),
                }
            {
                continue;
            }
            let default = match (&parameter.default, given) {
                (Some(text), _) => self.evaluated(given, text, false, what)?,
                (None, Some(given)) => *given,
                (None, None) => {
                    let variadic = [ParameterKind::VarPositional, ParameterKind::VarKeyword];
                    if is_positional && !positional.is_empty() && !variadic.contains(&parameter.kind) {
                        let why = "has no default, and one before it has";
                        return Err(refused(format!("{} of {} {why}", parameter.name, parsed.source.name)));
                    }
                    continue;
                }
            };
            match is_positional {
                true => positional.push(default),
                false => by_name.push((self.build.add(parameter.name.as_str()), default)),
            }
        }
        if !positional.is_empty() {
            self.known(parsed.function)?.defaults = Some(self.build.tuple(positional));
        }
        if !by_name.is_empty() {
            self.known(parsed.function)?.kwdefaults = Some(self.build.dict(by_name)?);
        }
        Ok(())
    }

    fn settle_annotations(&mut self, parsed: &Parsed) -> Result<()> {
        if self.known(parsed.function)?.annotations.is_some() && parsed.annotations.is_empty() {
            return Ok(());
        }
        let source = &parsed.source;
        let parameters = source.parameters.iter().map(|one| (one.name.as_str(), &one.annotation));
        let mut entries = Vec::new();
        for (name, text) in parameters.chain([("return", &source.returns)]) {
            let given = parsed.annotations.get(name);
            let what = || format!("the annotation of {name} in {}", source.name);
            let annotation = match (text, given) {
                (Some(text), _) => self.evaluated(given, text, true, what)?,
                (None, Some(given)) => *given,
                (None, None) => continue,
            };
            entries.push((self.build.add(name), annotation));
        }
        if !entries.is_empty() {
            self.known(parsed.function)?.annotations = Some(self.build.dict(entries)?);
        }
        Ok(())
    }
}

impl Parsed {
    /// An error that names what nothing is bound to.
    fn all_bound(&self, is_global: impl Fn(&str) -> bool) -> Result<()> {
        let source = &self.source;
        let missing = source.unbound.iter().filter(|name| {
            // Outside of a class `super` has its class given.
            let is_class = *name == "__class__" && (source.class.is_some() || !source.is_nonlocal(name));
            let bound = self.free.contains(*name) || is_class;
            // What is declared `nonlocal` is in a cell.
            let elsewhere = !source.is_nonlocal(name) && (is_builtin(name) || is_global(name));
            !bound && !elsewhere
        });
        let missing: Vec<String> = missing
            .map(|name| match source.place(name) {
                Some((line, column)) => format!("{name} (line {line}, column {column})"),
                None => name.clone(),
            })
            .collect();
        let (which, bind) = match missing.len() {
            0 => return Ok(()),
            1 => ("which is no built-in", "bind it as a free variable or a global"),
            _ => ("which are no built-ins", "bind them as free variables or globals"),
        };
        let (name, missing) = (&source.name, missing.join(", "));
        Err(refused(format!("{name} uses {missing}, {which}: {bind}")))
    }
}
