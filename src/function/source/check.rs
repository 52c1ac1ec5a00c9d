//! What the compiler refuses though the grammar takes it: rules of `Python/symtable.c` and `Python/compile.c`. Most are the
//! parser's own; those that need a symbol table are in [`scopes`](super::scopes).

use super::{
    malformed,
    scopes::{Block, Kind, Scopes},
    text,
};
use crate::error::ErrorKind;
use ruff_python_ast::{
    self as ast, Expr, ExprContext, InterpolatedStringElement, Parameters, PythonVersion, Stmt, TypeParams,
    visitor::{self, Visitor},
};
use ruff_python_parser::{
    UnsupportedSyntaxErrorKind,
    semantic_errors::{LazyImportContext, SemanticSyntaxChecker, SemanticSyntaxContext, SemanticSyntaxError},
};
use ruff_text_size::{Ranged, TextRange, TextSize};
use std::cell::RefCell;

/// The oldest CPython 3 that source is compiled by.
pub(super) const OLDEST: u8 = 8;

/// So many digits a decimal literal has at most (`sys.int_info.default_max_str_digits`).
const DIGITS: usize = 4300;

const NO_DEBUG: &str = "cannot assign to `__debug__`";

/// What is found out about a function by checking it.
pub(super) struct Checked {
    /// The oldest CPython 3 that compiles its body.
    pub(super) minimum: u8,
    /// Names that are declared `nonlocal` and must be bound around it, sorted.
    pub(super) nonlocals: Vec<String>,
}

/// Checks a `def`, in a class of this name if any. What is outside of `body` is evaluated where the function is made.
pub(super) fn function(source: &str, stmt: &Stmt, class: Option<&str>, minimum: u8) -> Result<Checked, ErrorKind> {
    check(source, class, minimum, |checker| checker.visit_stmt(stmt))
}

/// Checks a lambda.
pub(super) fn lambda(source: &str, expr: &Expr, class: Option<&str>, minimum: u8) -> Result<Checked, ErrorKind> {
    check(source, class, minimum, |checker| checker.visit_expr(expr))
}

fn check(
    source: &str,
    class: Option<&str>,
    minimum: u8,
    visit: impl FnOnce(&mut Checker<'_>),
) -> Result<Checked, ErrorKind> {
    let mut checker = Checker {
        source,
        rules: SemanticSyntaxChecker::new(),
        scopes: Scopes::new(class),
        spec_depth: 0,
        error: RefCell::default(),
    };
    visit(&mut checker);
    let (error, found) = (checker.error.into_inner(), checker.scopes.finish());
    match error.or(found.error) {
        Some((at, why)) => {
            let line = text::line_of(source, at);
            Err(malformed(format!("line {line} of the source: {why}")))
        }
        None => Ok(Checked {
            minimum: minimum.max(found.minimum),
            nonlocals: found.nonlocals,
        }),
    }
}

/// The CPython 3 that syntax came with. `None` for what has been taken away.
pub(super) fn since(kind: UnsupportedSyntaxErrorKind) -> Option<u8> {
    use UnsupportedSyntaxErrorKind as Syntax;
    Some(match kind {
        Syntax::Walrus | Syntax::StarTuple(_) | Syntax::PositionalOnlyParameter => 8,
        Syntax::RelaxedDecorator(_) | Syntax::ParenthesizedContextManager | Syntax::UnparenthesizedUnpackInFor => 9,
        // In an index; the parser does not let tell where.
        Syntax::UnparenthesizedNamedExpr(_) => 10,
        Syntax::Match => 10,
        Syntax::ExceptStar | Syntax::StarExpressionInIndex | Syntax::StarAnnotation => 11,
        Syntax::TypeParameterList | Syntax::TypeAliasStatement | Syntax::Pep701FString(_) => 12,
        Syntax::TypeParamDefault => 13,
        Syntax::UnparenthesizedExceptionTypes | Syntax::TemplateStrings => 14,
        Syntax::LazyImportStatement | Syntax::UnpackingInComprehension(_) => 15,
        Syntax::ParenthesizedKeywordArgumentName => return None,
    })
}

struct Checker<'s> {
    source: &'s str,
    rules: SemanticSyntaxChecker,
    scopes: Scopes,
    /// In how many format specs of an f-string a place is.
    spec_depth: usize,
    /// The first thing that is wrong, and where.
    error: RefCell<Option<(TextSize, String)>>,
}

impl Checker<'_> {
    fn wrong(&self, at: TextSize, why: impl Into<String>) {
        self.error.borrow_mut().get_or_insert_with(|| (at, why.into()));
    }

    fn judge(&self, verdict: Result<(), (TextSize, String)>) {
        if let Err((at, why)) = verdict {
            self.wrong(at, why);
        }
    }

    fn by_rules(&mut self, apply: impl FnOnce(&mut SemanticSyntaxChecker, &Self)) {
        let mut rules = std::mem::take(&mut self.rules);
        apply(&mut rules, self);
        self.rules = rules;
    }

    fn defaults<'a>(&mut self, parameters: &'a Parameters)
    where
        Self: Visitor<'a>,
    {
        for parameter in parameters.iter_non_variadic_params() {
            if let Some(default) = &parameter.default {
                self.visit_expr(default);
            }
        }
    }

    fn bind_parameters(&mut self, parameters: &Parameters) {
        for parameter in parameters.iter() {
            self.scopes.bind(parameter.name());
        }
    }

    /// Opens the scope of type parameters, if there are some.
    fn type_params(&mut self, type_params: Option<&TypeParams>) -> bool {
        let Some(type_params) = type_params else {
            return false;
        };
        self.scopes.push(Kind::TypeParams, None);
        for param in type_params.iter() {
            self.scopes.bind(param.name());
            if param.default().is_some() {
                self.scopes.need(13);
            }
            visitor::walk_type_param(self, param);
        }
        true
    }

    fn comprehension(&mut self, kind: Kind, elements: &[&Expr], generators: &[ast::Comprehension]) {
        // The first iterable belongs to the scope around it.
        if let Some(first) = generators.first() {
            self.visit_expr(&first.iter);
        }
        self.scopes.push(kind, None);
        for (i, generator) in generators.iter().enumerate() {
            self.visit_expr(&generator.target);
            if i > 0 {
                self.visit_expr(&generator.iter);
            }
            generator.ifs.iter().for_each(|test| self.visit_expr(test));
        }
        elements.iter().for_each(|element| self.visit_expr(element));
        self.scopes.pop();
    }

    /// The body of a loop.
    fn repeated(&mut self, body: &[Stmt], orelse: &[Stmt]) {
        self.scopes.enter(Block::Loop);
        self.within(0, body);
        self.scopes.leave();
        self.visit_body(orelse);
    }

    /// Where nothing is there to be unpacked into.
    fn no_star(&self, expr: &Expr) {
        if expr.is_starred_expr() {
            self.wrong(expr.start(), "can't use starred expression here");
        }
    }

    fn text(&self, range: TextRange) -> &str {
        self.source.get(range.to_std_range()).unwrap_or_default()
    }

    /// What follows a place.
    fn rest(&self, at: TextSize) -> &str {
        self.source.get(at.to_usize()..).unwrap_or_default()
    }

    fn with(&mut self, with: &ast::StmtWith) {
        for item in &with.items {
            self.visit_expr(&item.context_expr);
            if let Some(target) = &item.optional_vars {
                self.no_star(target);
                self.visit_expr(target);
                // `(x as y)`: more is closed behind the target than was opened before it.
                let before = self.text(TextRange::new(item.context_expr.end(), target.start()));
                let opened = before.rsplit("as").next().unwrap_or_default().matches('(').count();
                let closing = self.rest(target.end()).chars().filter(|char| !char.is_whitespace());
                if closing.take_while(|char| *char == ')').take(opened + 1).count() > opened {
                    self.scopes.need(9);
                }
            }
        }
        self.within(with.items.len(), &with.body);
    }

    /// Statements within so many blocks more.
    fn within(&mut self, blocks: usize, body: &[Stmt]) {
        (0..blocks).for_each(|_| self.scopes.enter(Block::Other));
        if self.scopes.has_too_many_blocks() {
            let at = body.first().map_or(TextSize::default(), Ranged::start);
            self.wrong(at, "too many statically nested blocks");
        }
        self.visit_body(body);
        (0..blocks).for_each(|_| self.scopes.leave());
    }

    /// Attributes and keywords cannot be called `__debug__` either.
    fn debug(&self, name: &ast::Identifier) {
        if name.as_str() == "__debug__" {
            self.wrong(name.start(), NO_DEBUG);
        }
    }
}

impl<'a> Visitor<'a> for Checker<'_> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        self.by_rules(|rules, checker| rules.visit_stmt(stmt, checker));
        match stmt {
            Stmt::FunctionDef(def) => {
                self.scopes.bind(&def.name);
                def.decorator_list
                    .iter()
                    .for_each(|one| self.visit_expr(&one.expression));
                self.defaults(&def.parameters);
                let opened = self.type_params(def.type_params.as_deref());
                let annotations = def.parameters.iter().filter_map(|parameter| parameter.annotation());
                annotations
                    .chain(def.returns.as_deref())
                    .for_each(|one| self.visit_expr(one));
                let is_async = def.is_async;
                self.scopes.push(Kind::Function { is_async }, None);
                self.bind_parameters(&def.parameters);
                self.visit_body(&def.body);
                self.scopes.pop();
                if opened {
                    self.scopes.pop();
                }
            }
            Stmt::ClassDef(def) => {
                self.scopes.bind(&def.name);
                def.decorator_list
                    .iter()
                    .for_each(|one| self.visit_expr(&one.expression));
                let opened = self.type_params(def.type_params.as_deref());
                if let Some(arguments) = &def.arguments {
                    self.visit_arguments(arguments);
                }
                self.scopes.push(Kind::Class, Some(&def.name));
                self.visit_body(&def.body);
                self.scopes.pop();
                if opened {
                    self.scopes.pop();
                }
            }
            Stmt::TypeAlias(alias) => {
                self.visit_expr(&alias.name);
                let opened = self.type_params(alias.type_params.as_deref());
                self.scopes.push(Kind::TypeParams, None);
                self.visit_expr(&alias.value);
                self.scopes.pop();
                if opened {
                    self.scopes.pop();
                }
            }
            Stmt::For(repeat) => {
                self.visit_expr(&repeat.target);
                self.visit_expr(&repeat.iter);
                self.repeated(&repeat.body, &repeat.orelse);
            }
            Stmt::While(repeat) => {
                self.visit_expr(&repeat.test);
                self.repeated(&repeat.body, &repeat.orelse);
            }
            Stmt::With(with) => self.with(with),
            Stmt::Match(_) => {
                self.scopes.need(10);
                visitor::walk_stmt(self, stmt);
            }
            Stmt::Expr(alone) => {
                self.no_star(&alone.value);
                self.visit_expr(&alone.value);
            }
            Stmt::AugAssign(assign) => {
                self.no_star(&assign.value);
                visitor::walk_stmt(self, stmt);
            }
            Stmt::Try(tried) => {
                let is_caught = usize::from(!tried.handlers.is_empty());
                let is_final = usize::from(!tried.finalbody.is_empty());
                self.within(is_caught + is_final, &tried.body);
                let last = tried.handlers.len().saturating_sub(1);
                for (at, ast::ExceptHandler::ExceptHandler(handler)) in tried.handlers.iter().enumerate() {
                    match &handler.type_ {
                        Some(expr) => self.visit_expr(expr),
                        None if at < last => self.wrong(handler.start(), "default `except:` must be last"),
                        None => {}
                    }
                    if let Some(name) = &handler.name {
                        self.scopes.bind(name);
                    }
                    self.scopes.enter(match tried.is_star {
                        true => Block::ExceptStar,
                        false => Block::Other,
                    });
                    self.within(is_final, &handler.body);
                    self.scopes.leave();
                }
                self.within(is_final, &tried.orelse);
                self.visit_body(&tried.finalbody);
            }
            Stmt::Break(_) | Stmt::Continue(_) if self.scopes.is_except_star_in_loop() => {
                self.wrong(
                    stmt.start(),
                    "`break` and `continue` cannot appear in an `except*` block",
                );
            }
            Stmt::Return(returned) => {
                if self.scopes.is_in_except_star() {
                    self.wrong(stmt.start(), "`return` cannot appear in an `except*` block");
                }
                returned.value.iter().for_each(|value| self.visit_expr(value));
            }
            Stmt::AnnAssign(assign) => {
                if let (Expr::Name(name), true) = (&*assign.target, assign.simple) {
                    let verdict = self.scopes.annotate(&name.id, name.start());
                    self.judge(verdict);
                }
                match &*assign.target {
                    // In parentheses it is not bound by its annotation alone.
                    Expr::Name(_) if !assign.simple && assign.value.is_none() => {}
                    target => self.visit_expr(target),
                }
                self.visit_expr(&assign.annotation);
                assign.value.iter().for_each(|value| self.visit_expr(value));
            }
            Stmt::Global(global) => {
                for name in &global.names {
                    let verdict = self.scopes.declare_global(name, name.start());
                    self.judge(verdict);
                }
            }
            Stmt::Nonlocal(nonlocal) => {
                for name in &nonlocal.names {
                    let verdict = self.scopes.declare_nonlocal(name, name.start());
                    self.judge(verdict);
                }
            }
            Stmt::Import(import) => {
                for alias in &import.names {
                    let first = alias.name.split('.').next().unwrap_or_default();
                    let name = alias.asname.as_ref().map_or(first, |name| name.as_str());
                    if name == "__debug__" {
                        self.wrong(alias.start(), NO_DEBUG);
                    }
                    self.scopes.import(name);
                }
            }
            Stmt::ImportFrom(import) => {
                for alias in &import.names {
                    self.scopes.import(alias.asname.as_ref().unwrap_or(&alias.name));
                }
            }
            _ => visitor::walk_stmt(self, stmt),
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        self.by_rules(|rules, checker| rules.visit_expr(expr, checker));
        match expr {
            Expr::Name(name) => match name.ctx {
                ExprContext::Load | ExprContext::Invalid => self.scopes.use_name(&name.id),
                ExprContext::Store | ExprContext::Del => self.scopes.bind(&name.id),
            },
            Expr::Named(named) => {
                if self.rest(named.target.end()).trim_start().starts_with(')') {
                    self.wrong(named.start(), "the target of `:=` cannot be in parentheses");
                }
                self.visit_expr(&named.value);
                match &*named.target {
                    Expr::Name(name) => {
                        // The parser has looked at it as at any other name that is stored to.
                        self.by_rules(|rules, checker| rules.visit_expr(&named.target, checker));
                        self.scopes.bind_outside(&name.id);
                    }
                    target => self.visit_expr(target),
                }
            }
            Expr::Await(_) => {
                self.scopes.waits();
                visitor::walk_expr(self, expr);
            }
            Expr::Lambda(lambda) => {
                let parameters = lambda.parameters.as_deref();
                if let Some(parameters) = parameters {
                    self.defaults(parameters);
                }
                self.scopes.push(Kind::Lambda, None);
                if let Some(parameters) = parameters {
                    self.bind_parameters(parameters);
                }
                self.visit_expr(&lambda.body);
                self.scopes.pop();
            }
            Expr::ListComp(ast::ExprListComp { elt, generators, .. })
            | Expr::SetComp(ast::ExprSetComp { elt, generators, .. }) => {
                self.comprehension(Kind::of_comprehension(generators), &[elt], generators)
            }
            Expr::DictComp(comp) => {
                let kind = Kind::of_comprehension(&comp.generators);
                match &comp.key {
                    Some(key) => self.comprehension(kind, &[key, &comp.value], &comp.generators),
                    None => self.comprehension(kind, &[&comp.value], &comp.generators),
                }
            }
            Expr::Generator(comp) => {
                self.comprehension(Kind::of_generator(&comp.generators), &[&comp.elt], &comp.generators)
            }
            Expr::Attribute(attribute) => {
                if attribute.ctx == ExprContext::Store {
                    self.debug(&attribute.attr);
                }
                self.visit_expr(&attribute.value);
            }
            Expr::NumberLiteral(literal) => {
                let text = self.text(literal.range());
                let is_decimal = literal.value.is_int() && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'_'));
                if is_decimal && text.bytes().filter(u8::is_ascii_digit).count() > DIGITS {
                    self.wrong(expr.start(), format!("a decimal literal has more than {DIGITS} digits"));
                }
            }
            _ => visitor::walk_expr(self, expr),
        }
    }

    fn visit_keyword(&mut self, keyword: &'a ast::Keyword) {
        if let Some(name) = &keyword.arg {
            self.debug(name);
        }
        visitor::walk_keyword(self, keyword);
    }

    fn visit_pattern(&mut self, pattern: &'a ast::Pattern) {
        let name = match pattern {
            ast::Pattern::MatchAs(pattern) => pattern.name.as_ref(),
            ast::Pattern::MatchStar(pattern) => pattern.name.as_ref(),
            ast::Pattern::MatchMapping(pattern) => pattern.rest.as_ref(),
            _ => None,
        };
        if let Some(name) = name {
            self.debug(name);
            self.scopes.bind(name);
        }
        if let ast::Pattern::MatchValue(value) = pattern
            && matches!(*value.value, Expr::FString(_) | Expr::TString(_))
        {
            self.wrong(
                pattern.start(),
                "patterns may only match literals and attribute lookups",
            );
        }
        visitor::walk_pattern(self, pattern);
    }

    fn visit_pattern_keyword(&mut self, keyword: &'a ast::PatternKeyword) {
        self.debug(&keyword.attr);
        visitor::walk_pattern_keyword(self, keyword);
    }

    fn visit_interpolated_string_element(&mut self, element: &'a InterpolatedStringElement) {
        let InterpolatedStringElement::Interpolation(field) = element else {
            return;
        };
        self.no_star(&field.expression);
        let after_conversion = match field.conversion {
            ast::ConversionFlag::None => None,
            _ => self
                .rest(field.expression.end())
                .split_once('!')
                .and_then(|(_, rest)| rest.chars().nth(1)),
        };
        // Before, there was nothing but text in the spec of a spec, nor a blank behind a conversion.
        if self.spec_depth > 1 || after_conversion.is_some_and(char::is_whitespace) {
            self.scopes.need(12);
        }
        let depth = std::mem::take(&mut self.spec_depth);
        self.visit_expr(&field.expression);
        self.spec_depth = depth + 1;
        for element in field.format_spec.iter().flat_map(|spec| &spec.elements) {
            self.visit_interpolated_string_element(element);
        }
        self.spec_depth = depth;
    }
}

impl SemanticSyntaxContext for Checker<'_> {
    fn future_annotations_or_stub(&self) -> bool {
        false
    }

    fn lazy_import_context(&self) -> Option<LazyImportContext> {
        Some(LazyImportContext::Function)
    }

    /// What depends on it is looked at here.
    fn python_version(&self) -> PythonVersion {
        PythonVersion::PY313
    }

    fn source(&self) -> &str {
        self.source
    }

    /// Declarations are looked at by [`Scopes`], in the order in which they stand.
    fn global(&self, _: &str) -> Option<TextRange> {
        None
    }

    fn has_nonlocal_binding(&self, _: &str) -> bool {
        true
    }

    fn is_bound_parameter(&self, _: &str) -> bool {
        false
    }

    fn in_async_context(&self) -> bool {
        self.scopes.is_async()
    }

    fn in_await_allowed_context(&self) -> bool {
        self.scopes.allows_await()
    }

    fn in_yield_allowed_context(&self) -> bool {
        self.scopes.allows_yield()
    }

    fn in_sync_comprehension(&self) -> bool {
        false
    }

    fn in_class_body_comprehension(&self) -> bool {
        self.scopes.is_comprehension_of_class()
    }

    fn in_module_scope(&self) -> bool {
        false
    }

    fn in_function_scope(&self) -> bool {
        self.scopes.is_function()
    }

    fn in_generator_context(&self) -> bool {
        self.scopes.is_in_generator()
    }

    fn in_notebook(&self) -> bool {
        false
    }

    fn in_loop_context(&self) -> bool {
        self.scopes.is_in_loop()
    }

    fn report_semantic_error(&self, error: SemanticSyntaxError) {
        self.wrong(error.range.start(), error.to_string());
    }
}
