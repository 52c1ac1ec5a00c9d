//! Finding the function in a text, and cutting it out.

use super::{NEWEST, SourceFunction, SourceParameter, alone, check, malformed, names, text};
use crate::{error::ErrorKind, function::ParameterKind};
use ruff_python_ast::{
    Expr, ExprLambda, Parameter, ParameterWithDefault, Parameters, PythonVersion, Stmt, StmtFunctionDef,
    visitor::{self, Visitor},
};
use ruff_python_parser::{Mode, ParseOptions, Parsed, parse_unchecked};
use ruff_text_size::{Ranged, TextRange, TextSize};

/// What CPython's tokenizer takes (`MAXLEVEL`, and `MAXINDENT` but for what stands around the function), and what the parser of
/// 3.8 does.
const MAX_BRACKETS: usize = 200;
const MAX_INDENTS: usize = 96;
const MAX_BRACKETS_3_8: usize = 80;

/// The one function of a text.
pub(super) fn one(source: &str, class: Option<&str>) -> Result<SourceFunction, ErrorKind> {
    let parsed = parse(source)?;
    let body = &parsed.syntax().body;
    let mut finder = Finder::default();
    finder.visit_body(body);
    match finder.found.as_slice() {
        [found] => {
            alone::check(source, body, found.start())?;
            match found {
                Found::Def(stmt, def) => from_def(source, &parsed, stmt, def, class),
                Found::Lambda(expr, lambda) => from_lambda(source, &parsed, expr, lambda, class),
            }
        }
        [] => Err(malformed("there is no function in the source")),
        several => {
            let lines = several
                .iter()
                .map(|found| text::line_of(source, found.start()).to_string());
            let lines: Vec<String> = lines.collect();
            Err(malformed(format!(
                "the source has several functions beside each other, on lines {}",
                lines.join(", ")
            )))
        }
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
