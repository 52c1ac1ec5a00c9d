//! Functions out of `.pyc` files that CPython 3.8 to 3.13 have compiled, loaded by the same version without any package, and
//! called.

mod support;

use brinery::{
    Options,
    function::{PycFunction, PycModule, Wire},
    marshal::pyc,
};
use std::{path::PathBuf, process::Command};
use support::{
    evaluate::{self, evaluated},
    python::{Python, interpreters},
};

const MODULE: &str = r#"
import math, os.path
import xml.sax.saxutils as saxutils
from functools import reduce as red, partial
K = 3
PAIR = (1, ("a", 2.5), b"x")
TABLE = {"a": 1, "b": [1, 2], "c": None}
LIST = [1, 2, 3, 4]
CHANGED = {}
CHANGED["now"] = 1
CALLED = max(1, 2)
try:
    import json as codec
except ImportError:
    codec = None
if K > 2:
    BRANCH = 5
counter = 0

def area(r, digits=2, *, scale=K, unit="m") -> "str":
    """Doc."""
    return str(round(math.pi * r * r * scale, digits)) + unit

def both(*sizes, label: list = None):
    return [area(size) for size in sizes], sorted(TABLE), LIST, label, PAIR

def odd(n): return n != 0 and even(n - 1)
def even(n): return n == 0 or odd(n - 1)

def escape(text): return saxutils.escape(text), os.path.join("a", "b"), red(lambda a, b: a + b, [1, 2])

def bump(by=1):
    global counter
    counter += by
    return counter

def outer(k):
    def inner(x, y=7):
        return x * k + y
    return inner

class Shape:
    sides = 4
    def corners(self, more=1):
        class Inner:
            size = more
        return self.sides + Inner.size + K

uses_called = lambda: CALLED
uses_changed = lambda: CHANGED
uses_branch = lambda: BRANCH
uses_codec = lambda: codec
uses_missing = lambda: nowhere
uses_shape = lambda: Shape
hard = lambda x=CALLED: x
"#;

type Bind = fn(&mut PycFunction) -> brinery::Result<()>;

static CASES: &[(&str, Bind, &str, &str)] = &[
    (
        "area",
        |_| Ok(()),
        "f(1), f(1, 3, unit=''), f.__doc__, f.__module__, f.__annotations__",
        "('9.42m', '9.425', 'Doc.', 'shapes', {'return': 'str'})",
    ),
    (
        "both",
        |_| Ok(()),
        "f(1, label=2), f.__annotations__",
        "((['9.42m'], ['a', 'b', 'c'], [1, 2, 3, 4], 2, (1, ('a', 2.5), b'x')), {'label': <class 'list'>})",
    ),
    ("even", |_| Ok(()), "f(10), f.__globals__['odd'](10)", "(True, False)"),
    ("escape", |_| Ok(()), "f('<')", "('&lt;', 'a/b', 3)"),
    ("bump", |_| Ok(()), "f(), f(4)", "(1, 5)"),
    ("bump", |f| f.global("counter", 10).map(drop), "f(), f(4)", "(11, 15)"),
    ("outer", |_| Ok(()), "f(2)(3), f(2)(3, 0)", "(13, 6)"),
    (
        "outer.<locals>.inner",
        |f| f.free_variable("k", 5).map(drop),
        "f(2), f.__qualname__",
        "(17, 'outer.<locals>.inner')",
    ),
    ("Shape.corners", |_| Ok(()), "f(type('T', (), {'sides': 6}))", "10"),
    (
        "uses_called",
        |f| f.global("CALLED", "bound").map(drop),
        "f()",
        "'bound'",
    ),
];

fn compiled(python: &Python) -> Vec<u8> {
    let (_, minor, _) = python.version;
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("pyc-functions-{minor}"));
    std::fs::create_dir_all(&directory).expect("a directory");
    let (source, target) = (directory.join("shapes.py"), directory.join("shapes.pyc"));
    std::fs::write(&source, MODULE).expect("a file");
    let compile = "import py_compile, sys; py_compile.compile(*sys.argv[1:], doraise=True)";
    let mut command = Command::new(&python.path);
    command.args(["-I", "-S", "-c", compile]).args([&source, &target]);
    let output = support::feed(&mut command, b"");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    std::fs::read(&target).expect("py_compile has written it")
}

/// The line of the module that starts like this.
fn line(name: &str) -> usize {
    1 + MODULE.lines().position(|line| line.starts_with(name)).unwrap_or(0)
}

fn module(file: &[u8]) -> PycModule {
    PycModule::of(pyc::read(file).expect("a .pyc file")).expect("code")
}

#[test]
fn called_by_its_python() {
    for python in interpreters() {
        let file = compiled(python);
        let mut input = String::new();
        for (name, bind, expression, _) in CASES {
            let lambda = format!("<lambda>@{}", line(name));
            let at = if name.starts_with("uses_") { &lambda } else { *name };
            let function = module(&file).function(at).and_then(|mut function| {
                bind(&mut function)?;
                function.write(Wire::Standalone)
            });
            let graph = function.unwrap_or_else(|error| panic!("{python}, {name}: {error}"));
            let bytes = Options::new().protocol(4).write(&graph).expect("it can be written");
            input.push_str(&evaluate::line(&bytes, expression));
        }
        let said = evaluated(python, &input);
        assert_eq!(said.len(), CASES.len(), "{python}");
        for ((name, _, expression, wanted), said) in CASES.iter().zip(said) {
            assert_eq!(said, *wanted, "{python}: {expression} of {name}");
        }
    }
}

#[test]
fn listed() {
    for python in interpreters() {
        let module = module(&compiled(python));
        assert_eq!((module.minor(), module.name()), (python.version.1, "shapes"));
        let names: Vec<&str> = module.items().iter().map(|item| &*item.qualname).collect();
        let wanted = [
            "area",
            "both",
            "odd",
            "even",
            "escape",
            "escape.<locals>.<lambda>",
            "bump",
            "outer",
            "outer.<locals>.inner",
            "Shape",
            "Shape.corners",
            "Shape.corners.<locals>.Inner",
        ];
        assert_eq!(names[..wanted.len()], wanted, "{python}");
        assert_eq!(names[wanted.len()..], ["<lambda>"; 7], "{python}");
        let inner = &module.items()[8];
        assert_eq!(
            (&*inner.name, inner.is_class, inner.line),
            ("inner", false, line("    def inner") as i32)
        );
        assert_eq!(inner.free_variables, ["k"]);
        assert!(module.items()[9].is_class);
    }
}

#[test]
fn refusals() {
    for python in interpreters() {
        let file = compiled(python);
        let refusal = |name: &str| {
            let written = module(&file)
                .function(name)
                .and_then(|function| function.write(Wire::Standalone));
            written.map(drop).expect_err(name).to_string()
        };
        let unclear = "of which the code of its module does not plainly say what it is: bind it";
        for (function, global) in [
            ("uses_called", "CALLED"),
            ("uses_changed", "CHANGED"),
            ("uses_branch", "BRANCH"),
            ("uses_codec", "codec"),
            ("uses_shape", "Shape"),
        ] {
            let wanted = format!("<lambda> uses the global {global}, {unclear}");
            assert_eq!(refusal(&format!("<lambda>@{}", line(function))), wanted, "{python}");
        }
        let missing = refusal(&format!("<lambda>@{}", line("uses_missing")));
        assert!(
            missing.ends_with("which is no built-in and which its module does not set: bind it"),
            "{missing}"
        );
        let hard = refusal(&format!("<lambda>@{}", line("hard")));
        assert_eq!(
            hard,
            "<lambda> has defaults that its module does not plainly say: bind them"
        );
        assert!(refusal("<lambda>").starts_with("there are several: <lambda>@"));
        assert!(refusal("outer.<locals>.inner").ends_with("has the free variable k, which is not bound"));
        assert!(refusal("Shape").contains("is a class"));
        assert_eq!(refusal("nothing"), "there is no function nothing in the module");
        let portable = module(&file)
            .function("odd")
            .and_then(|function| function.write(Wire::Portable));
        let error = portable.map(drop).expect_err("there is no source").to_string();
        assert!(error.contains("has bytecode and no source"), "{error}");
    }
}

/// Damaged files are read or refused, and nothing else.
#[test]
fn damaged() {
    let python = support::python::newest();
    let file = compiled(python);
    let mut rng = support::Rng::new(support::seed(), "pyc functions");
    let (mut read, mut refused) = (0, 0);
    for _ in 0..3000 {
        let mut bytes = file.clone();
        for _ in 0..1 + rng.next() % 3 {
            let at = 16 + (rng.next() as usize) % (bytes.len() - 16);
            bytes[at] = rng.next() as u8;
        }
        let made = pyc::read(&bytes).and_then(PycModule::of).and_then(|module| {
            let names: Vec<String> = module
                .items()
                .iter()
                .map(|item| format!("{}@{}", item.qualname, item.line))
                .collect();
            let first = names
                .get((rng.next() as usize) % names.len().max(1))
                .cloned()
                .unwrap_or_default();
            module.function(&first)?.write(Wire::Standalone)
        });
        match made {
            Ok(_) => read += 1,
            Err(_) => refused += 1,
        }
    }
    assert!(read > 100 && refused > 100, "{read} read, {refused} refused");
}
