//! Which of the strings that name a class are one object with other strings in CPython.
//!
//! Protocol 4 writes an import as two `str` objects, and these take part in the memo. Those of a class written in Python
//! are interned: one object with every equal name of a field, and of the module's other classes. Those of C have strings of
//! their own, in ways that change from version to version.

use crate::settings::Python;

/// How a name's `str` is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Identity {
    /// It is the interned one of this text.
    Interned,
    /// It is an object of its own.
    Own,
    /// It is the name that a module of C gives its functions.
    Functions,
}

/// Of the `str` objects for the module and the name of an import.
pub(crate) fn identities(module: &str, name: &str, python: Python) -> (Identity, Identity) {
    let since = |minor| python >= Python::new(3, minor, 0);
    let heap_type = match (module, name) {
        ("collections", "deque" | "defaultdict") | ("_io" | "itertools", _) => since(12),
        ("array", "array") | ("functools", "partial") => since(10),
        ("builtins", "ExceptionGroup") => since(11),
        ("operator", "itemgetter" | "attrgetter" | "methodcaller") => since(10),
        ("decimal", "Decimal" | "Context") => since(13),
        ("zoneinfo", "ZoneInfo") => since(12),
        ("_struct", "Struct") => since(9),
        _ => false,
    };
    match (module, name) {
        _ if heap_type => (Identity::Own, Identity::Own),
        ("array", "_array_reconstructor") => (Identity::Functions, Identity::Own),
        ("builtins", _) if is_function(name) => (Identity::Functions, Identity::Own),
        ("builtins" | "datetime" | "array" | "_io" | "itertools" | "_struct", _)
        | ("collections", "OrderedDict" | "deque" | "defaultdict")
        | ("functools", "partial")
        | ("operator", "itemgetter" | "attrgetter" | "methodcaller")
        | ("decimal", "Decimal" | "Context")
        | ("types", "SimpleNamespace" | "GenericAlias")
        | ("zoneinfo", "ZoneInfo") => (Identity::Interned, Identity::Own),
        _ => (Identity::Interned, Identity::Interned),
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
    fn names_of_modules() {
        let of = |module, name, minor| identities(module, name, Python::new(3, minor, 0)).0;
        assert_eq!(of("collections", "OrderedDict", 13), Identity::Interned);
        assert_eq!(of("collections", "deque", 13), Identity::Own);
        assert_eq!(of("collections", "deque", 11), Identity::Interned);
        assert_eq!(of("builtins", "len", 8), Identity::Functions);
        assert_eq!(of("builtins", "list", 13), Identity::Interned);
        assert_eq!(of("builtins", "ExceptionGroup", 13), Identity::Own);
    }
}
