//! Which names a function takes from outside (`Python/symtable.c`).

use super::parts::{captured, visit_inside};
use ruff_python_ast::{
    self as ast, Expr, ExprContext, Parameters, Stmt, TypeParam, TypeParams,
    visitor::{self, Visitor},
};
use ruff_text_size::{Ranged, TextSize};
use std::collections::{BTreeMap, BTreeSet};

/// What a scope belongs to.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Function,
    Class,
    /// Of type parameters: in a class, it sees what the class binds.
    TypeParams,
    /// Of a comprehension: an assignment by `:=` goes to the scope around it.
    Comprehension,
}

struct Scope {
    kind: Kind,
    bound: BTreeSet<String>,
    /// What it uses, and where first.
    used: BTreeMap<String, TextSize>,
    globals: BTreeSet<String>,
    nonlocals: BTreeSet<String>,
    /// What scopes inside take from this one or from farther out.
    wanted: BTreeMap<String, TextSize>,
    /// What scopes of type parameters take from this one if it is a class, and else from its globals or farther out.
    seen: BTreeMap<String, TextSize>,
    /// The class that private names are mangled with, without underscores in front.
    class: Option<String>,
}

/// A function or class inside another function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nested {
    /// Its name, `<lambda>` for a lambda.
    pub name: String,
    /// Whether it is a class.
    pub is_class: bool,
}

/// What is known of the names of a function.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Taken from outside and not declared global, and where that is first done.
    pub(super) unbound: BTreeMap<String, TextSize>,
    /// Declared global, in the function or in one inside it, and used.
    pub(super) declared: BTreeSet<String>,
    pub(super) nested: Vec<Nested>,
    pub(super) is_generator: bool,
}

struct Finder {
    scopes: Vec<Scope>,
    names: Names,
}

/// The names of a function: parameters and body, in a class of this name if any.
pub(super) fn of_function(parameters: &Parameters, body: &[Stmt], class: Option<&str>) -> Names {
    find(class, parameters, |finder| finder.visit_body(body))
}

/// The names of a lambda.
pub(super) fn of_lambda(parameters: Option<&Parameters>, body: &Expr, class: Option<&str>) -> Names {
    let none = Parameters::default();
    find(class, parameters.unwrap_or(&none), |finder| finder.visit_expr(body))
}

fn find(class: Option<&str>, parameters: &Parameters, body: impl FnOnce(&mut Finder)) -> Names {
    let mut finder = Finder {
        scopes: Vec::new(),
        names: Names::default(),
    };
    finder.push(Kind::Function);
    if let Some(scope) = finder.scopes.last_mut() {
        scope.class = class.map(stripped);
    }
    finder.bind_parameters(parameters);
    body(&mut finder);
    let mut names = finder.names.unbound.clone();
    finder.pop();
    names.append(&mut finder.names.unbound);
    finder.names.unbound = names;
    finder.names
}

/// Keeps the first place of a name.
fn first(names: &mut BTreeMap<String, TextSize>, name: String, at: TextSize) {
    let known = names.entry(name).or_insert(at);
    // Names that are only bound come with no place.
    if at != TextSize::default() && (*known == TextSize::default() || at < *known) {
        *known = at;
    }
}

fn stripped(class: &str) -> String {
    class.trim_start_matches('_').to_owned()
}

/// A private name as the compiler has it: `__x` in a class `A` is `_A__x`.
pub(super) fn mangled(name: &str, class: Option<&str>) -> String {
    match class {
        Some(class) if name.starts_with("__") && !name.ends_with("__") && !class.is_empty() && !name.contains('.') => {
            format!("_{class}{name}")
        }
        _ => name.to_owned(),
    }
}

impl Finder {
    fn push(&mut self, kind: Kind) {
        let class = self.scopes.last().and_then(|scope| scope.class.clone());
        self.scopes.push(Scope {
            kind,
            bound: BTreeSet::new(),
            used: BTreeMap::new(),
            globals: BTreeSet::new(),
            nonlocals: BTreeSet::new(),
            wanted: BTreeMap::new(),
            seen: BTreeMap::new(),
            class,
        });
    }

    /// Says of the names of the innermost scope where they come from.
    fn pop(&mut self) {
        let Some(scope) = self.scopes.pop() else {
            return;
        };
        let in_class = scope.kind == Kind::Class;
        for (name, at) in scope.seen {
            if in_class && scope.bound.contains(&name) {
                // If it is not in the class when it is asked for, it is a global.
                first(&mut self.names.unbound, name, at);
            } else if let Some(outer) = self.scopes.last_mut() {
                first(&mut outer.wanted, name, at);
            }
        }
        let own = scope.used.iter().map(|(name, at)| (name, *at, true));
        // Where a name is only bound is of no interest: it is bound here or declared, and then not unbound.
        let bound = scope.bound.iter().map(|name| (name, TextSize::default(), true));
        let inner = scope.wanted.iter().map(|(name, at)| (name, *at, false));
        for (name, at, is_own) in own.chain(bound).chain(inner) {
            // What a class binds is not seen by the functions in it, and `__class__` by them alone.
            let is_here = match (in_class, is_own) {
                (true, false) => name == "__class__" || name == "__classdict__",
                _ => scope.bound.contains(name) && !scope.nonlocals.contains(name),
            };
            if scope.globals.contains(name) && (is_own || !in_class) {
                self.names.declared.insert(name.clone());
            } else if !is_here {
                match self.scopes.last_mut() {
                    Some(outer) if scope.kind == Kind::TypeParams && is_own && outer.kind == Kind::Class => {
                        first(&mut outer.seen, name.clone(), at)
                    }
                    Some(outer) => first(&mut outer.wanted, name.clone(), at),
                    None => first(&mut self.names.unbound, name.clone(), at),
                };
            }
        }
    }

    fn mangle(&self, name: &str) -> String {
        mangled(name, self.scopes.last().and_then(|scope| scope.class.as_deref()))
    }

    fn use_name(&mut self, name: &str, at: TextSize) {
        let mangled = self.mangle(name);
        if let Some(scope) = self.scopes.last_mut() {
            // `super()` finds its class in a cell.
            if name == "super" && scope.kind != Kind::Class {
                first(&mut scope.used, "__class__".to_owned(), at);
            }
            first(&mut scope.used, mangled, at);
        }
    }

    fn bind(&mut self, name: &str) {
        let mangled = self.mangle(name);
        if let Some(scope) = self.scopes.last_mut() {
            scope.bound.insert(mangled);
        }
    }

    /// `:=` in a comprehension.
    fn bind_outside(&mut self, name: &str, at: TextSize) {
        let mangled = self.mangle(name);
        let mut inner = true;
        for scope in self.scopes.iter_mut().rev() {
            if scope.kind != Kind::Comprehension {
                scope.bound.insert(mangled);
                return;
            }
            if inner {
                // It is a name of the scope around it.
                first(&mut scope.used, mangled.clone(), at);
                inner = false;
            }
        }
    }

    fn bind_parameters(&mut self, parameters: &Parameters) {
        for parameter in parameters.iter() {
            self.bind(parameter.name());
        }
    }

    fn defaults(&mut self, parameters: &Parameters) {
        for parameter in parameters.iter_non_variadic_params() {
            if let Some(default) = &parameter.default {
                self.visit_expr(default);
            }
        }
    }

    fn annotations<'a>(&mut self, parameters: &'a Parameters, returns: Option<&'a Expr>) {
        let annotations = parameters.iter().filter_map(|parameter| parameter.annotation());
        for annotation in annotations.chain(returns) {
            self.visit_expr(annotation);
        }
    }

    /// Opens the scope of type parameters, if there are some.
    fn type_params(&mut self, type_params: Option<&TypeParams>, class: Option<&str>) -> bool {
        let Some(type_params) = type_params else {
            return false;
        };
        self.push(Kind::TypeParams);
        if let (Some(class), Some(scope)) = (class, self.scopes.last_mut()) {
            scope.class = Some(stripped(class));
        }
        for param in type_params.iter() {
            self.bind(match param {
                TypeParam::TypeVar(param) => &param.name,
                TypeParam::ParamSpec(param) => &param.name,
                TypeParam::TypeVarTuple(param) => &param.name,
            });
        }
        for param in type_params.iter() {
            visitor::walk_type_param(self, param);
        }
        true
    }

    fn comprehension<'a>(&mut self, elements: &[&'a Expr], generators: &'a [ast::Comprehension]) {
        // The first iterable belongs to the scope around it.
        if let Some(first) = generators.first() {
            self.visit_expr(&first.iter);
        }
        self.push(Kind::Comprehension);
        visit_inside(self, elements, generators);
        self.pop();
    }

    fn nest(&mut self, name: &str, is_class: bool) {
        self.names.nested.push(Nested {
            name: name.to_owned(),
            is_class,
        });
    }
}

impl<'a> Visitor<'a> for Finder {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(def) => {
                self.nest(&def.name, false);
                self.bind(&def.name);
                def.decorator_list
                    .iter()
                    .for_each(|decorator| self.visit_expr(&decorator.expression));
                self.defaults(&def.parameters);
                let opened = self.type_params(def.type_params.as_deref(), None);
                self.annotations(&def.parameters, def.returns.as_deref());
                self.push(Kind::Function);
                self.bind_parameters(&def.parameters);
                self.visit_body(&def.body);
                self.pop();
                if opened {
                    self.pop();
                }
            }
            Stmt::ClassDef(def) => {
                self.nest(&def.name, true);
                self.bind(&def.name);
                def.decorator_list
                    .iter()
                    .for_each(|decorator| self.visit_expr(&decorator.expression));
                let opened = self.type_params(def.type_params.as_deref(), Some(&def.name));
                if let Some(arguments) = &def.arguments {
                    self.visit_arguments(arguments);
                }
                self.push(Kind::Class);
                if let Some(scope) = self.scopes.last_mut() {
                    scope.class = Some(stripped(&def.name));
                }
                self.visit_body(&def.body);
                self.pop();
                if opened {
                    self.pop();
                }
            }
            Stmt::TypeAlias(alias) => {
                self.visit_expr(&alias.name);
                let opened = self.type_params(alias.type_params.as_deref(), None);
                self.push(Kind::Function);
                self.visit_expr(&alias.value);
                self.pop();
                if opened {
                    self.pop();
                }
            }
            // A name in parentheses is not bound by its annotation alone.
            Stmt::AnnAssign(assign) if !assign.simple && assign.value.is_none() && assign.target.is_name_expr() => {
                self.visit_annotation(&assign.annotation);
            }
            Stmt::Global(global) => {
                for name in &global.names {
                    let name = self.mangle(name);
                    if let Some(scope) = self.scopes.last_mut() {
                        scope.globals.insert(name);
                    }
                }
            }
            Stmt::Nonlocal(nonlocal) => {
                for identifier in &nonlocal.names {
                    let name = self.mangle(identifier);
                    if let Some(scope) = self.scopes.last_mut() {
                        first(&mut scope.used, name.clone(), identifier.start());
                        scope.nonlocals.insert(name);
                    }
                }
            }
            Stmt::Import(import) => {
                for alias in &import.names {
                    let first = alias.name.split('.').next().unwrap_or_default();
                    self.bind(alias.asname.as_ref().map_or(first, |name| name.as_str()));
                }
            }
            Stmt::ImportFrom(import) => {
                for alias in &import.names {
                    self.bind(alias.asname.as_ref().unwrap_or(&alias.name));
                }
            }
            _ => visitor::walk_stmt(self, stmt),
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Name(name) => match name.ctx {
                ExprContext::Load | ExprContext::Invalid => self.use_name(&name.id, name.start()),
                ExprContext::Store | ExprContext::Del => self.bind(&name.id),
            },
            Expr::Named(named) => {
                self.visit_expr(&named.value);
                match (&*named.target, self.scopes.last().map(|scope| scope.kind)) {
                    (Expr::Name(name), Some(Kind::Comprehension)) => self.bind_outside(&name.id, name.start()),
                    (target, _) => self.visit_expr(target),
                }
            }
            Expr::Lambda(lambda) => {
                self.nest("<lambda>", false);
                let parameters = lambda.parameters.as_deref();
                if let Some(parameters) = parameters {
                    self.defaults(parameters);
                }
                self.push(Kind::Function);
                if let Some(parameters) = parameters {
                    self.bind_parameters(parameters);
                }
                self.visit_expr(&lambda.body);
                self.pop();
            }
            Expr::ListComp(comp) => self.comprehension(&[&comp.elt], &comp.generators),
            Expr::SetComp(comp) => self.comprehension(&[&comp.elt], &comp.generators),
            Expr::Generator(comp) => self.comprehension(&[&comp.elt], &comp.generators),
            Expr::DictComp(comp) => match &comp.key {
                Some(key) => self.comprehension(&[key, &comp.value], &comp.generators),
                None => self.comprehension(&[&comp.value], &comp.generators),
            },
            Expr::Yield(_) | Expr::YieldFrom(_) => {
                self.names.is_generator |= self.scopes.len() == 1;
                visitor::walk_expr(self, expr);
            }
            _ => visitor::walk_expr(self, expr),
        }
    }

    fn visit_except_handler(&mut self, handler: &'a ast::ExceptHandler) {
        let ast::ExceptHandler::ExceptHandler(inner) = handler;
        if let Some(name) = &inner.name {
            self.bind(name);
        }
        visitor::walk_except_handler(self, handler);
    }

    fn visit_pattern(&mut self, pattern: &'a ast::Pattern) {
        if let Some(name) = captured(pattern) {
            self.bind(name);
        }
        visitor::walk_pattern(self, pattern);
    }
}
