//! Through a function, statement by statement, with its scopes.

use super::{
    check::{Checker, NO_DEBUG},
    parts::captured,
    scopes::{Block, Kind},
};
use ruff_python_ast::{
    self as ast, Expr, ExprContext, InterpolatedStringElement, Stmt,
    visitor::{self, Visitor},
};
use ruff_text_size::Ranged;

/// So many digits a decimal literal has at most (`sys.int_info.default_max_str_digits`).
const DIGITS: usize = 4300;

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
        if let Some(name) = captured(pattern) {
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
