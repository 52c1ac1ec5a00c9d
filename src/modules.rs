//! Whose string the name of a module is: what decides whether a pickle says `collections` once or twice.
//!
//! From protocol 4 on a class is written by two strings, its `__module__` and its name, and the memo knows both. All
//! classes that a Python module defines share one `__module__`. Those that C code makes when it is imported each have one
//! of their own, and more of them do from version to version. Found out by asking each CPython for
//! `a.__module__ is b.__module__`, over what it can pickle.

use crate::settings::Python;

/// Among all objects of a module, those that share the string of its name have equal holders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Holder<'a> {
    /// The module's own string.
    Module,
    /// The functions of `builtins`, whose classes have another.
    Functions,
    /// Nobody else.
    Class(&'a str),
}

/// Who holds the string that is the name of this object's module.
pub(crate) fn holder<'a>(module: &str, name: &'a str, python: Python) -> Holder<'a> {
    let since = |minor| {
        if python >= Python::new(3, minor, 0) {
            Holder::Class(name)
        } else {
            Holder::Module
        }
    };
    match (module, name) {
        ("array", "array") | ("functools", "partial") => since(10),
        ("builtins", "ExceptionGroup") => since(11),
        ("builtins", _) if is_function(name) => Holder::Functions,
        ("collections", "defaultdict" | "deque") | ("itertools", _) => since(12),
        ("operator", "attrgetter" | "itemgetter" | "methodcaller") => since(10),
        _ => Holder::Module,
    }
}

/// Whether it names a function of `builtins` and no class.
fn is_function(name: &str) -> bool {
    const CLASSES: [&str; 26] = [
        "bool",
        "bytearray",
        "bytes",
        "classmethod",
        "complex",
        "dict",
        "enumerate",
        "filter",
        "float",
        "frozenset",
        "int",
        "list",
        "map",
        "memoryview",
        "object",
        "property",
        "range",
        "reversed",
        "set",
        "slice",
        "staticmethod",
        "str",
        "super",
        "tuple",
        "type",
        "zip",
    ];
    name.starts_with(|first: char| first.is_ascii_lowercase()) && !CLASSES.contains(&name) && !name.contains('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holders() {
        let of = |module, name, minor| holder(module, name, Python::new(3, minor, 0));
        assert_eq!(of("collections", "OrderedDict", 13), Holder::Module);
        assert_eq!(of("collections", "deque", 13), Holder::Class("deque"));
        assert_eq!(of("collections", "deque", 11), Holder::Module);
        assert_eq!(of("builtins", "getattr", 8), of("builtins", "len", 8));
        assert_eq!(of("builtins", "list", 13), of("builtins", "ValueError", 13));
        assert_ne!(of("builtins", "list", 13), of("builtins", "len", 13));
    }
}
