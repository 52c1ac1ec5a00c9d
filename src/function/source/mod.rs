//! Functions from Python source, without a Python.

mod alone;
mod check;
mod literal;
mod made;
mod names;
mod scopes;
mod text;

pub(super) use literal::value;
pub use made::FromSource;
pub use names::Nested;

use super::{ParameterKind, Source, Versions};
use crate::{
    Builder,
    error::{ErrorKind, Result},
};
use ruff_python_ast::{
    Expr, ExprLambda, Parameter, ParameterWithDefault, Parameters, PythonVersion, Stmt, StmtFunctionDef,
    visitor::{self, Visitor},
};
use ruff_python_parser::{Mode, ParseOptions, Parsed, parse_unchecked};
use ruff_text_size::{Ranged, TextRange, TextSize};

/// The longest text that is read, in bytes. Trees are walked by recursion, on a stack made to measure.
const MAX_TEXT: usize = 256 * 1024;

/// The newest CPython 3 that source is compiled by.
const NEWEST: u8 = 13;

/// What CPython's tokenizer takes (`MAXLEVEL`, and `MAXINDENT` but for what stands around the function), and what the parser of
/// 3.8 does.
const MAX_BRACKETS: usize = 200;
const MAX_INDENTS: usize = 96;
const MAX_BRACKETS_3_8: usize = 80;

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
            let parsed = parse(&text)?;
            let body = &parsed.syntax().body;
            let mut finder = Finder::default();
            finder.visit_body(body);
            let mut function = match finder.found.as_slice() {
                [found] => {
                    alone::check(&text, body, found.start())?;
                    match found {
                        Found::Def(stmt, def) => from_def(&text, &parsed, stmt, def, class)?,
                        Found::Lambda(expr, lambda) => from_lambda(&text, &parsed, expr, lambda, class)?,
                    }
                }
                [] => return Err(malformed("there is no function in the source")),
                several => {
                    let lines: Vec<String> = several
                        .iter()
                        .map(|found| text::line_of(&text, found.start()).to_string())
                        .collect();
                    let why = format!(
                        "the source has several functions beside each other, on lines {}",
                        lines.join(", ")
                    );
                    return Err(malformed(why));
                }
            };
            text::indent(original, &text, &mut function.places);
            Ok(function)
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

fn parse(text: &str) -> Result<Parsed<ruff_python_ast::ModModule>, ErrorKind> {
    // All that is newer than the oldest version is reported, with what it is.
    let options = ParseOptions::from(Mode::Module).with_target_version(PythonVersion {
        major: 3,
        minor: check::OLDEST,
    });
    let parsed = parse_unchecked(text, options).try_into_module();
    let parsed = parsed.ok_or_else(|| malformed("the source is no module"))?;
    if let Some(error) = parsed.errors().first() {
        let line = text::line_of(text, error.location.start());
        return Err(malformed(format!("line {line} of the source: {}", error.error)));
    }
    Ok(parsed)
}

/// The oldest version that has all the syntax in a part of the text.
fn minimum(text: &str, parsed: &Parsed<ruff_python_ast::ModModule>, part: TextRange) -> Result<u8, ErrorKind> {
    let mut minimum = check::OLDEST;
    for error in parsed.unsupported_syntax_errors() {
        if part.intersect(error.range).is_none() {
            continue;
        }
        let since = check::since(error.kind);
        minimum = since.unwrap_or(u8::MAX).max(minimum);
        if minimum > NEWEST {
            let line = text::line_of(text, error.range.start());
            let why = match since {
                Some(minor) => {
                    format!("this syntax needs CPython 3.{minor}, and source is compiled by 3.8 to 3.{NEWEST}")
                }
                None => error.to_string(),
            };
            return Err(malformed(format!("line {line} of the source: {why}")));
        }
    }
    let (brackets, indents) = text::depth(parsed.tokens(), part);
    if brackets >= MAX_BRACKETS || indents >= MAX_INDENTS {
        return Err(malformed("the source has too many levels of brackets or indentation"));
    }
    Ok(if brackets >= MAX_BRACKETS_3_8 {
        minimum.max(9)
    } else {
        minimum
    })
}

/// The outermost functions of a text.
#[derive(Default)]
struct Finder<'a> {
    found: Vec<Found<'a>>,
}

enum Found<'a> {
    Def(&'a Stmt, &'a StmtFunctionDef),
    Lambda(&'a Expr, &'a ExprLambda),
}

impl Found<'_> {
    fn start(&self) -> TextSize {
        match self {
            Found::Def(_, def) => def.name.start(),
            Found::Lambda(_, lambda) => lambda.start(),
        }
    }
}

impl<'a> Visitor<'a> for Finder<'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(def) => self.found.push(Found::Def(stmt, def)),
            _ => visitor::walk_stmt(self, stmt),
        }
    }
    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Lambda(lambda) => self.found.push(Found::Lambda(expr, lambda)),
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
    stmt: &Stmt,
    def: &StmtFunctionDef,
    class: Option<&str>,
) -> Result<SourceFunction, ErrorKind> {
    let found = names::of_function(&def.parameters, &def.body, class);
    let after = def
        .returns
        .as_ref()
        .map_or(def.parameters.end(), |returns| returns.end());
    let header = text::Header {
        start: text::keyword(parsed.tokens(), def.name.start(), def.is_async),
        colon: text::colon(parsed.tokens(), after),
    };
    let body = TextRange::new(header.colon, def.end());
    let checked = check::function(text, stmt, class, minimum(text, parsed, body)?)?;
    let mut ready = String::from(if def.is_async { "async def " } else { "def " });
    ready.push_str(&def.name);
    ready.push('(');
    ready.push_str(&text::bare(&def.parameters));
    ready.push_str(&header.breaks(text));
    ready.push_str("):");
    ready.push_str(&slice(text, body));
    ready.push('\n');
    Ok(SourceFunction {
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
        ..unnamed(text, found, checked)
    })
}

fn from_lambda(
    text: &str,
    parsed: &Parsed<ruff_python_ast::ModModule>,
    expr: &Expr,
    lambda: &ExprLambda,
    class: Option<&str>,
) -> Result<SourceFunction, ErrorKind> {
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
    let body = TextRange::new(header.colon, lambda.end());
    let checked = check::lambda(text, expr, class, minimum(text, parsed, body)?)?;
    Ok(SourceFunction {
        text: format!("lambda{blank}{bare}{}:{}", header.breaks(text), slice(text, body)),
        name: "<lambda>".to_owned(),
        parameters: list.map(|list| parameters(text, list, class)).unwrap_or_default(),
        line: text::line_of(text, lambda.start()),
        class: class.map(str::to_owned),
        ..unnamed(text, found, checked)
    })
}

/// What the names alone say.
fn unnamed(text: &str, found: names::Names, checked: check::Checked) -> SourceFunction {
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
        nonlocals: checked.nonlocals,
        minimum: checked.minimum,
    }
}
