//! What the compiler refuses though the grammar takes it: rules of `Python/symtable.c` and `Python/compile.c`. Most are the
//! parser's own; those that need a symbol table are in [`scopes`](super::scopes).

use super::{
    malformed,
    parts::visit_inside,
    scopes::{Block, Kind, Scopes},
    text,
};
use crate::error::ErrorKind;
use ruff_python_ast::{
    self as ast, Expr, Parameters, PythonVersion, Stmt, TypeParams,
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

pub(super) const NO_DEBUG: &str = "cannot assign to `__debug__`";

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

pub(super) struct Checker<'s> {
    source: &'s str,
    rules: SemanticSyntaxChecker,
    pub(super) scopes: Scopes,
    /// In how many format specs of an f-string a place is.
    pub(super) spec_depth: usize,
    /// The first thing that is wrong, and where.
    error: RefCell<Option<(TextSize, String)>>,
}

impl Checker<'_> {
    pub(super) fn wrong(&self, at: TextSize, why: impl Into<String>) {
        self.error.borrow_mut().get_or_insert_with(|| (at, why.into()));
    }

    pub(super) fn judge(&self, verdict: Result<(), (TextSize, String)>) {
        if let Err((at, why)) = verdict {
            self.wrong(at, why);
        }
    }

    pub(super) fn by_rules(&mut self, apply: impl FnOnce(&mut SemanticSyntaxChecker, &Self)) {
        let mut rules = std::mem::take(&mut self.rules);
        apply(&mut rules, self);
        self.rules = rules;
    }

    pub(super) fn defaults<'a>(&mut self, parameters: &'a Parameters)
    where
        Self: Visitor<'a>,
    {
        for parameter in parameters.iter_non_variadic_params() {
            if let Some(default) = &parameter.default {
                self.visit_expr(default);
            }
        }
    }

    pub(super) fn bind_parameters(&mut self, parameters: &Parameters) {
        for parameter in parameters.iter() {
            self.scopes.bind(parameter.name());
        }
    }

    /// Opens the scope of type parameters, if there are some.
    pub(super) fn type_params(&mut self, type_params: Option<&TypeParams>) -> bool {
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

    pub(super) fn comprehension(&mut self, kind: Kind, elements: &[&Expr], generators: &[ast::Comprehension]) {
        // The first iterable belongs to the scope around it.
        if let Some(first) = generators.first() {
            self.visit_expr(&first.iter);
        }
        self.scopes.push(kind, None);
        visit_inside(self, elements, generators);
        self.scopes.pop();
    }

    /// The body of a loop.
    pub(super) fn repeated(&mut self, body: &[Stmt], orelse: &[Stmt]) {
        self.scopes.enter(Block::Loop);
        self.within(0, body);
        self.scopes.leave();
        self.visit_body(orelse);
    }

    /// Where nothing is there to be unpacked into.
    pub(super) fn no_star(&self, expr: &Expr) {
        if expr.is_starred_expr() {
            self.wrong(expr.start(), "can't use starred expression here");
        }
    }

    pub(super) fn text(&self, range: TextRange) -> &str {
        self.source.get(range.to_std_range()).unwrap_or_default()
    }

    /// What follows a place.
    pub(super) fn rest(&self, at: TextSize) -> &str {
        self.source.get(at.to_usize()..).unwrap_or_default()
    }

    pub(super) fn with(&mut self, with: &ast::StmtWith) {
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
    pub(super) fn within(&mut self, blocks: usize, body: &[Stmt]) {
        (0..blocks).for_each(|_| self.scopes.enter(Block::Other));
        if self.scopes.has_too_many_blocks() {
            let at = body.first().map_or(TextSize::default(), Ranged::start);
            self.wrong(at, "too many statically nested blocks");
        }
        self.visit_body(body);
        (0..blocks).for_each(|_| self.scopes.leave());
    }

    /// Attributes and keywords cannot be called `__debug__` either.
    pub(super) fn debug(&self, name: &ast::Identifier) {
        if name.as_str() == "__debug__" {
            self.wrong(name.start(), NO_DEBUG);
        }
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
