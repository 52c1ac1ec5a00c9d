//! What a call calls: a package and a name, however it was imported.

use super::{Reader, dill::dill_type};
use crate::{Ref, Value};

/// Where a callable comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::function) enum Package {
    /// cloudpickle, or a copy of it in another package.
    Cloudpickle,
    Dill,
    Types,
    Builtins,
    Marshal,
    Importlib,
    Abc,
    Functools,
    Typing,
    Weakref,
    /// What compiles source, itself part of the pickle.
    Compiler,
}

impl Package {
    /// The module that types and built-in functions are imported from.
    pub(super) fn module(self) -> &'static str {
        match self {
            Package::Builtins => "builtins",
            _ => "types",
        }
    }

    /// By the path of its module. Copies of cloudpickle keep the names of its files: `ray.cloudpickle.cloudpickle_fast`,
    /// `joblib.externals.cloudpickle.cloudpickle`, `pyspark.cloudpickle`.
    pub(super) fn of(module: &str) -> Option<Package> {
        Some(match module {
            "types" => Package::Types,
            "builtins" | "__builtin__" => Package::Builtins,
            "marshal" => Package::Marshal,
            "importlib" => Package::Importlib,
            "abc" | "_abc" => Package::Abc,
            "functools" => Package::Functools,
            "typing" => Package::Typing,
            "weakref" | "_weakref" => Package::Weakref,
            _ => match module.rsplit('.').next() {
                Some("cloudpickle" | "cloudpickle_fast") => Package::Cloudpickle,
                Some("dill" | "_dill" | "_shims" | "_objects") if module.split('.').any(|part| part == "dill") => {
                    Package::Dill
                }
                _ => return None,
            },
        })
    }
}

/// The package of a module.
pub(in crate::function) fn package_of(module: &str) -> Option<Package> {
    Package::of(module)
}

/// What a call calls.
#[derive(Debug, Clone, Copy)]
pub(super) struct Callee<'g> {
    pub(super) package: Package,
    pub(super) name: &'g str,
    /// The version of Python that alone gets as far as calling it.
    pub(super) python: Option<(u8, u8)>,
    /// Whether 3.10 is among several that do.
    pub(super) or_3_10: bool,
}

impl<'g> Callee<'g> {
    fn new(package: Package, name: &'g str) -> Self {
        Callee {
            package,
            name,
            python: None,
            or_3_10: false,
        }
    }

    pub(super) fn is(&self, package: Package, name: &str) -> bool {
        self.package == package && self.name == name
    }
}

impl<'g> Reader<'g> {
    /// What a call calls, if it is of a package that is known here: an import, or the type that cloudpickle's
    /// `_builtin_type("CodeType")` or dill's `_load_type("CodeType")` answers.
    pub(super) fn callee(&self, callable: u32) -> Option<Callee<'g>> {
        let value = self.graph.value(Ref::node(callable));
        let Some(object) = value.as_object() else {
            return imported(value);
        };
        let by = imported(object.callable())?;
        if by.is(Package::Builtins, "eval") {
            return self.is_compiler(value).then(|| Callee::new(Package::Compiler, "code"));
        }
        if by.is(Package::Functools, "partial") {
            return imported(value.as_partial()?.func).filter(|callee| callee.package == Package::Typing);
        }
        if by.is(Package::Builtins, "getattr") {
            if let Some(guarded) = self.guarded(value) {
                return Some(guarded);
            }
            // How dill writes its own functions: an attribute of a module that is imported like a name.
            let (package, module) = object.args().get(0)?.as_global()?.path()?;
            let package = Package::of(&format!("{package}.{module}"))?;
            let name = object.args().get(1)?.as_str()?;
            return Some(Callee::new(package, name));
        }
        let name = object.args().get(0)?.as_str()?;
        if by.is(Package::Cloudpickle, "_builtin_type") {
            let (package, name) = types_name(name);
            Some(Callee::new(package, name))
        } else if by.is(Package::Dill, "_load_type") {
            let (module, name) = dill_type(name)?;
            Some(Callee::new(Package::of(module)?, name))
        } else {
            None
        }
    }
}

pub(super) fn imported(value: Value<'_>) -> Option<Callee<'_>> {
    let (module, name) = value.as_global()?.path()?;
    let package = Package::of(module)?;
    Some(Callee::new(package, name))
}

/// What cloudpickle calls by this name: what `types` has, and up to version 1.2 `ClassType` for `type`.
pub(super) fn types_name(name: &str) -> (Package, &str) {
    match name {
        "ClassType" => (Package::Builtins, "type"),
        name => (Package::Types, name),
    }
}
