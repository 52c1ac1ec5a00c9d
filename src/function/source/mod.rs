//! Functions from Python source, without a Python.

mod literal;
mod made;
mod names;
mod text;

pub(super) use literal::value;
pub use made::FromSource;
pub use names::Nested;

use super::{ParameterKind, Source};
use crate::{
    Builder,
    error::{ErrorKind, Result},
};
use ruff_python_ast::{
    Expr, ExprLambda, Parameter, ParameterWithDefault, Parameters, Stmt, StmtFunctionDef,
    visitor::{self, Visitor},
};
use ruff_python_parser::{Parsed, parse_module};
use ruff_text_size::{Ranged, TextRange, TextSize};

/// The longest text that is read, in bytes. Trees are walked by recursion, on a stack made to measure.
const MAX_TEXT: usize = 256 * 1024;

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
    /// Finds the one function in a text: a `def` or `async def`, or a lambda in any statement. The text may be indented,
    /// as that of a method is.
    ///
    /// # Errors
    /// If the text is no Python up to 3.14, has no function in it or more than one beside each other, or is longer than
    /// 256 KiB.
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
        text::on_large_stack(text.len(), || {
            let original = text;
            let text = text::dedented(original)?;
            let parsed = parse(&text)?;
            let mut finder = Finder::default();
            finder.visit_body(&parsed.syntax().body);
            let within = |mut function: SourceFunction| {
                text::indent(original, &text, &mut function.places);
                function
            };
            match finder.found.as_slice() {
                [Found::Def(def)] => Ok(within(from_def(&text, &parsed, def, class))),
                [Found::Lambda(lambda)] => Ok(within(from_lambda(&text, &parsed, lambda, class))),
                [] => Err(malformed("there is no function in the source")),
                several => {
                    let lines: Vec<String> = several
                        .iter()
                        .map(|found| text::line_of(&text, found.start()).to_string())
                        .collect();
                    let why = format!(
                        "the source has several functions beside each other, on lines {}",
                        lines.join(", ")
                    );
                    Err(malformed(why))
                }
            }
        })?
        .map_err(Into::into)
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

fn parse(text: &str) -> Result<Parsed<ruff_python_ast::ModModule>, ErrorKind> {
    parse_module(text).map_err(|error| {
        let line = text::line_of(text, error.location.start());
        malformed(format!("line {line} of the source: {}", error.error))
    })
}

/// The outermost functions of a text.
#[derive(Default)]
struct Finder<'a> {
    found: Vec<Found<'a>>,
}

enum Found<'a> {
    Def(&'a StmtFunctionDef),
    Lambda(&'a ExprLambda),
}

impl Found<'_> {
    fn start(&self) -> TextSize {
        match self {
            Found::Def(def) => def.name.start(),
            Found::Lambda(lambda) => lambda.start(),
        }
    }
}

impl<'a> Visitor<'a> for Finder<'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(def) => self.found.push(Found::Def(def)),
            _ => visitor::walk_stmt(self, stmt),
        }
    }
    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Lambda(lambda) => self.found.push(Found::Lambda(lambda)),
            _ => visitor::walk_expr(self, expr),
        }
    }
}

fn slice(text: &str, range: TextRange) -> String {
    text.get(range.start().to_usize()..range.end().to_usize())
        .unwrap_or_default()
        .to_owned()
}

fn parameters(text: &str, parameters: &Parameters, class: Option<&str>) -> Vec<SourceParameter> {
    let class = class.map(|class| class.trim_start_matches('_'));
    let plain = |parameter: &Parameter, kind| SourceParameter {
        name: names::mangled(&parameter.name, class),
        kind,
        default: None,
        annotation: parameter.annotation().map(|annotation| slice(text, annotation.range())),
    };
    let with_default = |parameter: &ParameterWithDefault, kind| SourceParameter {
        default: parameter.default.as_deref().map(|default| slice(text, default.range())),
        ..plain(&parameter.parameter, kind)
    };
    let mut out = Vec::new();
    out.extend(
        parameters
            .posonlyargs
            .iter()
            .map(|one| with_default(one, ParameterKind::PositionalOnly)),
    );
    out.extend(
        parameters
            .args
            .iter()
            .map(|one| with_default(one, ParameterKind::PositionalOrKeyword)),
    );
    out.extend(
        parameters
            .vararg
            .iter()
            .map(|one| plain(one, ParameterKind::VarPositional)),
    );
    out.extend(
        parameters
            .kwonlyargs
            .iter()
            .map(|one| with_default(one, ParameterKind::KeywordOnly)),
    );
    out.extend(parameters.kwarg.iter().map(|one| plain(one, ParameterKind::VarKeyword)));
    out
}

fn from_def(
    text: &str,
    parsed: &Parsed<ruff_python_ast::ModModule>,
    def: &StmtFunctionDef,
    class: Option<&str>,
) -> SourceFunction {
    let found = names::of_function(&def.parameters, &def.body, class);
    let after = def
        .returns
        .as_ref()
        .map_or(def.parameters.end(), |returns| returns.end());
    let header = text::Header {
        start: text::keyword(parsed.tokens(), def.name.start(), def.is_async),
        colon: text::colon(parsed.tokens(), after),
    };
    let mut ready = String::from(if def.is_async { "async def " } else { "def " });
    ready.push_str(&def.name);
    ready.push('(');
    ready.push_str(&text::bare(&def.parameters));
    ready.push_str(&header.breaks(text));
    ready.push_str("):");
    ready.push_str(&slice(text, TextRange::new(header.colon, def.end())));
    ready.push('\n');
    SourceFunction {
        text: ready,
        name: def.name.to_string(),
        parameters: parameters(text, &def.parameters, class),
        returns: def.returns.as_ref().map(|returns| slice(text, returns.range())),
        decorators: def
            .decorator_list
            .iter()
            .map(|one| slice(text, one.expression.range()))
            .collect(),
        type_params: def
            .type_params
            .iter()
            .flat_map(|all| all.iter())
            .map(|one| one.name().to_string())
            .collect(),
        is_async: def.is_async,
        line: text::line_of(text, header.start),
        class: class.map(str::to_owned),
        ..unnamed(text, found)
    }
}

fn from_lambda(
    text: &str,
    parsed: &Parsed<ruff_python_ast::ModModule>,
    lambda: &ExprLambda,
    class: Option<&str>,
) -> SourceFunction {
    let list = lambda.parameters.as_deref();
    let found = names::of_lambda(list, &lambda.body, class);
    // `lambda` itself is six bytes.
    let after = list.map_or(lambda.start() + TextSize::new(6), |list| list.end());
    let header = text::Header {
        start: lambda.start(),
        colon: text::colon(parsed.tokens(), after),
    };
    let bare = list.map(text::bare).unwrap_or_default();
    let blank = if bare.is_empty() { "" } else { " " };
    let body = slice(text, TextRange::new(header.colon, lambda.end()));
    SourceFunction {
        text: format!("lambda{blank}{bare}{}:{body}", header.breaks(text)),
        name: "<lambda>".to_owned(),
        parameters: list.map(|list| parameters(text, list, class)).unwrap_or_default(),
        line: text::line_of(text, lambda.start()),
        class: class.map(str::to_owned),
        ..unnamed(text, found)
    }
}

/// What the names alone say.
fn unnamed(text: &str, found: names::Names) -> SourceFunction {
    SourceFunction {
        text: String::new(),
        name: String::new(),
        parameters: Vec::new(),
        returns: None,
        decorators: Vec::new(),
        type_params: Vec::new(),
        places: found.unbound.values().map(|at| text::place_of(text, *at)).collect(),
        unbound: found.unbound.into_keys().collect(),
        declared_globals: found.declared.into_iter().collect(),
        nested: found.nested,
        is_async: false,
        is_generator: found.is_generator,
        line: 1,
        class: None,
    }
}
