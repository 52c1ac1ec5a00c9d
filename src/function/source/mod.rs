//! Functions from Python source, without a Python.

mod alone;
mod check;
mod cut;
mod literal;
mod made;
mod names;
mod parts;
mod scopes;
mod text;
mod walk;

pub(super) use literal::value;
pub use made::FromSource;
pub use names::Nested;

use super::{ParameterKind, Source, Versions};
use crate::{
    Builder,
    error::{ErrorKind, Result},
};

/// The longest text that is read, in bytes. Trees are walked by recursion, on a stack made to measure.
const MAX_TEXT: usize = 256 * 1024;

/// The newest CPython 3 that source is compiled by.
const NEWEST: u8 = 13;

/// A function as source: its text made ready to be compiled elsewhere, and what it needs there.
///
/// ```
/// use brinery::function::SourceFunction;
/// let function = SourceFunction::parse("lambda x, y=1: [x * k for x in range(n)]")?;
/// assert_eq!(function.name, "<lambda>");
/// assert_eq!(function.text, "lambda x, y: [x * k for x in range(n)]");
/// assert_eq!(function.parameters[1].default.as_deref(), Some("1"));
/// assert_eq!(function.unbound, ["k", "n", "range"]);
/// // What is bound in a closure; the rest are globals and built-ins.
/// assert_eq!(function.freevars(["n", "k"])?, ["k", "n"]);
/// assert_eq!(function.globals(["n", "k"]), ["range"]);
/// # Ok::<(), brinery::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SourceFunction {
    /// The text of the `def` or `lambda` from the first column on, without decorators, defaults, annotations and type
    /// parameters, which are evaluated once, where the function is made. Lines are where they were.
    pub text: String,
    /// Its name, `<lambda>` for a lambda.
    pub name: String,
    /// Its parameters, in order.
    pub parameters: Vec<SourceParameter>,
    /// The text of the annotation of what it returns.
    pub returns: Option<String>,
    /// The texts of its decorators, without `@`. They are not applied.
    pub decorators: Vec<String>,
    /// The names of its type parameters (PEP 695), which are names from outside for its body.
    pub type_params: Vec<String>,
    /// Names that it and all in it use and do not bind, sorted, as Python sorts `co_freevars`: free variables, globals and
    /// built-ins. `__class__` is one of them if there is a `super` in it. Private names are mangled.
    pub unbound: Vec<String>,
    /// Names that are declared `global` and used, sorted.
    pub declared_globals: Vec<String>,
    /// Functions and classes in it, in order, at any depth.
    pub nested: Vec<Nested>,
    /// `async def`
    pub is_async: bool,
    /// Whether there is a `yield` in it.
    pub is_generator: bool,
    /// The line of the text that was given where the `def` or `lambda` stands, from 1 on.
    pub line: usize,
    /// The class it is said to be in.
    pub class: Option<String>,
    /// Line and column of each name in `unbound`.
    places: Vec<(usize, usize)>,
    /// Those in `unbound` that are declared `nonlocal`, which no global can stand for.
    nonlocals: Vec<String>,
    /// The oldest CPython 3 that compiles it.
    minimum: u8,
}

/// A parameter of a function in source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceParameter {
    /// Its name, mangled if it is private.
    pub name: String,
    /// How arguments are given to it.
    pub kind: ParameterKind,
    /// The text of its default.
    pub default: Option<String>,
    /// The text of its annotation.
    pub annotation: Option<String>,
}

#[cold]
fn malformed(why: impl Into<String>) -> ErrorKind {
    ErrorKind::Malformed(why.into().into())
}

impl SourceFunction {
    /// Finds the one function in a text: a `def` or `async def`, or a lambda in a statement, as `f = lambda: 0`. The text
    /// may be indented, as that of a method is.
    ///
    /// ```
    /// use brinery::function::SourceFunction;
    /// let function = SourceFunction::parse("def f(x):\n    match x:\n        case [y]: return y")?;
    /// assert_eq!(function.python().to_string(), "3.10, 3.11, 3.12 or 3.13");
    /// let error = SourceFunction::parse("def f(x):\n    while x: pass\n    break").unwrap_err();
    /// assert_eq!(error.to_string(), "line 3 of the source: `break` outside loop");
    /// # Ok::<(), brinery::Error>(())
    /// ```
    ///
    /// # Errors
    /// If no CPython from 3.8 to 3.13 compiles the function; if there is no function in the text, more than one beside each
    /// other, or another statement; if it is longer than 256 KiB.
    pub fn parse(text: &str) -> Result<SourceFunction> {
        SourceFunction::parse_within(text, None)
    }

    /// The same for a function in a class of this name, which private names are mangled with.
    ///
    /// ```
    /// use brinery::function::SourceFunction;
    /// let text = "    def area(self):\n        return super().area() * __unit";
    /// let method = SourceFunction::parse_in_class(text, "Shape")?;
    /// assert_eq!(method.text, "def area(self):\n    return super().area() * __unit\n");
    /// assert_eq!(method.unbound, ["_Shape__unit", "__class__", "super"]);
    /// # Ok::<(), brinery::Error>(())
    /// ```
    pub fn parse_in_class(text: &str, class: &str) -> Result<SourceFunction> {
        SourceFunction::parse_within(text, Some(class))
    }

    fn parse_within(text: &str, class: Option<&str>) -> Result<SourceFunction> {
        if text.len() > MAX_TEXT {
            let name = "source";
            let limit = MAX_TEXT as u64;
            return Err(ErrorKind::Limit { name, limit }.into());
        }
        // The compiler does not take it, not even in a comment.
        if text.contains('\0') {
            return Err(malformed("there is a null character in the source").into());
        }
        text::on_large_stack(text.len(), || {
            let original = text;
            let text = text::dedented(original)?;
            let mut function = cut::one(&text, class)?;
            text::indent(original, &text, &mut function.places);
            Ok::<_, ErrorKind>(function)
        })?
        .map_err(Into::into)
    }

    /// The versions of CPython that compile it: those from the one that its syntax came with to 3.13.
    pub fn python(&self) -> Versions {
        Versions::from_iter(self.minimum..=NEWEST)
    }

    /// Whether a name is declared `nonlocal` and bound outside: then it must be a free variable.
    pub(super) fn is_nonlocal(&self, name: &str) -> bool {
        self.nonlocals.iter().any(|one| one == name)
    }

    /// The names that are free variables if these are bound around the function: sorted, as `co_freevars` are, each once.
    /// An error for one that the function does not use, or declares global.
    pub fn freevars<'n>(&self, bound: impl IntoIterator<Item = &'n str>) -> Result<Vec<String>> {
        let mut free = std::collections::BTreeSet::new();
        for name in bound {
            if !self.unbound.iter().any(|unbound| unbound == name) {
                return Err(malformed(format!("{} has no free variable {name}", self.name)).into());
            }
            free.insert(name.to_owned());
        }
        Ok(free.into_iter().collect())
    }

    /// Line and column, both from 1 on, where the text that was given first uses one of the names in `unbound`. Columns
    /// count characters.
    ///
    /// ```
    /// use brinery::function::SourceFunction;
    /// let function = SourceFunction::parse("def f(x):\n    return x * k")?;
    /// assert_eq!(function.place("k"), Some((2, 16)));
    /// # Ok::<(), brinery::Error>(())
    /// ```
    pub fn place(&self, name: &str) -> Option<(usize, usize)> {
        let at = self.unbound.iter().position(|unbound| unbound == name)?;
        self.places.get(at).copied()
    }

    /// The names that are globals or built-ins if these are bound around the function, sorted.
    pub fn globals<'n>(&self, bound: impl IntoIterator<Item = &'n str>) -> Vec<String> {
        let bound: Vec<&str> = bound.into_iter().collect();
        let implicit = self
            .unbound
            .iter()
            .filter(|name| !bound.contains(&name.as_str()) && *name != "__class__");
        let mut names: Vec<String> = implicit.chain(&self.declared_globals).cloned().collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Adds its text and names to a graph, as the source of a [`CodeDef`](super::CodeDef): with these names as its free
    /// variables, in the order in which the cells of its closure must be ([`freevars`](Self::freevars)).
    ///
    /// ```
    /// use brinery::{Builder, function::SourceFunction};
    /// let mut build = Builder::new();
    /// let source = SourceFunction::parse("lambda x: x * k")?.add_to(&mut build, ["k"])?;
    /// let graph = build.finish(source.freevars.expect("a tuple of names"));
    /// assert_eq!(graph.root().to_string(), "('k',)");
    /// assert_eq!(graph.value(source.text).as_str(), Some("lambda x: x * k"));
    /// # Ok::<(), brinery::Error>(())
    /// ```
    pub fn add_to<'n>(&self, build: &mut Builder, bound: impl IntoIterator<Item = &'n str>) -> Result<Source> {
        let names: Vec<_> = self.freevars(bound)?.into_iter().map(|name| build.add(name)).collect();
        let mut source = Source::new(build.add(self.text.as_str()));
        source.freevars = Some(build.tuple(names));
        source.class = self.class.as_deref().map(|class| build.add(class));
        source.firstlineno = Some(build.add(self.line));
        Ok(source)
    }
}
