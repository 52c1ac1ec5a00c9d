//! A function from source, with what it is bound to.

use super::SourceFunction;
use crate::{
    Build, Builder, Graph, Ref, Result,
    function::{CellId, Defs, Function, FunctionBuilder, NamespaceId, Rewire, Wire},
};
use std::collections::HashSet;

impl Function<'_> {
    /// A function from its source: a `def` or a `lambda`, to be bound to what it needs and written in any [`Wire`].
    ///
    /// ```
    /// use brinery::function::{Function, Wire};
    /// let mut scale = Function::from_source("lambda x, by=2: math.floor(x * k) * by")?;
    /// scale.free_variable("k", 1.5)?;
    /// scale.import("math", "math")?;
    /// let graph = scale.write(Wire::Standalone)?;
    /// let bytes = graph.to_vec()?; // pickle.loads(bytes)(3) is 8, in any CPython from 3.8 to 3.13
    /// // What nothing is bound to is an error, unless it is a built-in.
    /// let error = Function::from_source("lambda x: max(x, k)")?.write(Wire::Standalone).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "<lambda> uses k (line 1, column 18), which is no built-in: bind it as a free variable or a global"
    /// );
    /// # assert!(bytes.len() > 1000);
    /// # Ok::<(), brinery::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`SourceFunction::parse`]; and if there are decorators, which only Python could apply.
    pub fn from_source(text: &str) -> Result<FromSource> {
        FromSource::new(SourceFunction::parse(text)?)
    }
}

/// A function from source, to be bound and written. Made by [`Function::from_source`].
///
/// Defaults and annotations in its text are evaluated if they are literals, annotations also if they are built-ins; for
/// others values must be given. For several functions that refer to each other there is [`FunctionBuilder::source`].
pub struct FromSource {
    make: FunctionBuilder,
    source: SourceFunction,
    namespace: NamespaceId,
    function: Ref,
    cells: Vec<(String, CellId)>,
    bound: HashSet<String>,
}

impl FromSource {
    /// The same for source that was parsed before.
    pub fn new(source: SourceFunction) -> Result<Self> {
        let mut make = FunctionBuilder::new();
        let namespace = make.namespace("__main__");
        let function = make.source(source.clone(), namespace)?;
        Ok(FromSource {
            make,
            source,
            namespace,
            function,
            cells: Vec::new(),
            bound: HashSet::new(),
        })
    }

    /// What its text says.
    pub fn source(&self) -> &SourceFunction {
        &self.source
    }

    /// Where data is made that is no plain Rust value, to be bound by its [`Ref`].
    pub fn data(&mut self) -> &mut Builder<'static> {
        self.make.data()
    }

    /// The function itself, to be put into data. A `def` finds itself under its own name as it is.
    pub fn id(&self) -> Ref {
        self.function
    }

    /// Binds a free variable, by a cell in the function's closure. An error if it has none of that name.
    pub fn free_variable(&mut self, name: &str, value: impl Build) -> Result<&mut Self> {
        self.source.freevars([name])?;
        let value = self.make.data().add(value);
        match self.cells.iter().find(|(known, _)| known == name) {
            Some((_, cell)) => self.make.fill(*cell, value),
            None => {
                let cell = self.make.cell(Some(value));
                self.cells.push((name.to_owned(), cell));
            }
        }
        let free: Vec<(&str, CellId)> = self.cells.iter().map(|(name, cell)| (&**name, *cell)).collect();
        self.make.bind(self.function, &free)?;
        self.bound.insert(name.to_owned());
        Ok(self)
    }

    /// Binds a global variable.
    pub fn global(&mut self, name: &str, value: impl Build) -> Result<&mut Self> {
        let value = self.make.data().add(value);
        self.make.global(self.function, name, value)?;
        self.bound.insert(name.to_owned());
        Ok(self)
    }

    /// Binds a global variable to a module, which is imported where the function is loaded.
    pub fn import(&mut self, name: &str, module: &str) -> Result<&mut Self> {
        let module = self.make.module(module);
        self.global(name, module)
    }

    /// The value of a parameter's default, whether or not there is one in the text.
    pub fn default(&mut self, parameter: &str, value: impl Build) -> Result<&mut Self> {
        let value = self.make.data().add(value);
        self.make.default_of(self.function, parameter, value)?;
        Ok(self)
    }

    /// The annotation of a parameter, or of `return`.
    pub fn annotation(&mut self, name: &str, value: impl Build) -> Result<&mut Self> {
        let value = self.make.data().add(value);
        self.make.annotation_of(self.function, name, value)?;
        Ok(self)
    }

    /// The module it is said to be of: `__module__`, and `__name__` among its globals. Without it, `__main__`.
    pub fn module(&mut self, name: &str) -> Result<&mut Self> {
        self.make.rename(self.namespace, self.function, name)?;
        Ok(self)
    }

    /// The graph in a wire, with the function as its root.
    ///
    /// # Errors
    /// If the function uses a name that is bound to nothing and is no built-in, with its line and column; if a default or an
    /// annotation is no literal and was not given.
    pub fn write(self, wire: Wire) -> Result<Graph<'static>> {
        self.write_with(&Rewire::new(wire))
    }

    /// The same with more to say.
    pub fn write_with(mut self, rewire: &Rewire) -> Result<Graph<'static>> {
        self.bind_itself()?;
        self.make.write(rewire, self.function)
    }

    /// The graph, with the function as its root, and what its objects mean.
    pub fn finish(mut self) -> Result<(Graph<'static>, Defs)> {
        self.bind_itself()?;
        self.make.finish(self.function)
    }

    /// What a `def` does: the function is found under its own name, unless that is bound to something else.
    fn bind_itself(&mut self) -> Result<()> {
        let (name, own) = (self.source.name.clone(), self.function);
        let is_used = |names: &[String]| names.contains(&name);
        if self.bound.contains(&name) || !is_used(&self.source.unbound) && !is_used(&self.source.declared_globals) {
            return Ok(());
        }
        match self.source.is_nonlocal(&name) {
            true => self.free_variable(&name, own)?,
            false => self.global(&name, own)?,
        };
        Ok(())
    }
}
