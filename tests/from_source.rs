//! Functions from source with what they are bound to, written in every wire and called by CPython 3.8 to 3.13 without any
//! package.

mod support;

use brinery::{
    Options,
    function::{FromSource, Function, FunctionBuilder, Rewire, SourceFunction, Wire},
};
use std::process::Command;
use support::{
    evaluate::{evaluated, line},
    python::interpreters,
};

fn made(text: &str, bind: impl FnOnce(&mut FromSource) -> brinery::Result<()>) -> FromSource {
    let mut made = Function::from_source(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    bind(&mut made).unwrap_or_else(|error| panic!("{text}: {error}"));
    made
}

/// A function, an expression with it as `f`, and what that is.
type Case = (
    &'static str,
    fn(&mut FromSource) -> brinery::Result<()>,
    &'static str,
    &'static str,
);

static CASES: &[Case] = &[
    (
        "lambda x: x + 1",
        |_| Ok(()),
        "f(1), f.__name__, f.__module__",
        "(2, '<lambda>', '__main__')",
    ),
    (
        "lambda x: x * k",
        |f| f.free_variable("k", 3).map(drop),
        "f(2), f.__code__.co_freevars",
        "(6, ('k',))",
    ),
    (
        "lambda x: x * k",
        |f| f.global("k", 3).map(drop),
        "f(2), f.__closure__",
        "(6, None)",
    ),
    (
        "def area(r: float, unit='m', *, digits: int = 2) -> str:\n    '''Doc.'''\n    return str(round(math.pi * r * r, digits)) + unit",
        |f| f.import("math", "math")?.module("shapes").map(drop),
        "f(1), f(1, digits=4), f.__doc__, f.__annotations__, f.__module__",
        "('3.14m', '3.1416m', 'Doc.', {'r': <class 'float'>, 'digits': <class 'int'>, 'return': <class 'str'>}, 'shapes')",
    ),
    // Literals of every kind.
    (
        "def f(a=-1, b=1.5, c=(1, [2, {3}]), d={'k': b'\\x00v'}, e=None, g=..., h=0xffff_ffff_ffff_ffff_ff, i=1+2j, j='a'\n  'b', k=True, l=()):\n  return a, b, c, d, e, g, h, i, j, k, l",
        |_| Ok(()),
        "f()",
        "(-1, 1.5, (1, [2, {3}]), {'k': b'\\x00v'}, None, Ellipsis, 4722366482869645213695, (1+2j), 'ab', True, ())",
    ),
    // Values in place of what the text has, and where it has none.
    (
        "lambda x, y=print(1): (x, y)",
        |f| f.default("y", 7)?.default("x", "a").map(drop),
        "f()",
        "('a', 7)",
    ),
    (
        "def f(x: Thing = 1): return x",
        |f| f.annotation("x", "Thing").map(drop),
        "f.__annotations__",
        "{'x': 'Thing'}",
    ),
    // Itself: by itself, in its closure and among its globals.
    (
        "def fact(n): return 1 if n < 2 else n * fact(n - 1)",
        |_| Ok(()),
        "f(10), f.__globals__['fact'] is f, f.__closure__",
        "(3628800, True, None)",
    ),
    (
        "def own():\n    def set():\n        nonlocal own\n        own = 1\n    before = own\n    set()\n    return before, own",
        |_| Ok(()),
        "(lambda r: (r[0] is f, r[1], f.__closure__[0].cell_contents))(f())",
        "(True, 1, 1)",
    ),
    ("def max(x): return max", |_| Ok(()), "f(1) is f", "True"),
    (
        "def fact(n): return fact(n)",
        |f| f.import("fact", "math").map(drop),
        "f.__globals__['fact'].__name__",
        "'math'",
    ),
    (
        "def fact(n): return 1 if n < 2 else n * fact(n - 1)",
        |f| {
            let own = f.id();
            f.free_variable("fact", own).map(drop)
        },
        "f(10), f.__closure__[0].cell_contents is f",
        "(3628800, True)",
    ),
    (
        "def fact(n): return 1 if n < 2 else n * fact(n - 1)",
        |f| {
            let own = f.id();
            f.global("fact", own).map(drop)
        },
        "f(10), f.__globals__['fact'] is f",
        "(3628800, True)",
    ),
    (
        "def count(by=1):\n    global total\n    total += by\n    return total",
        |f| f.global("total", 10).map(drop),
        "f(), f(5)",
        "(11, 16)",
    ),
    (
        "def gen(n):\n  for i in range(n):\n    yield i * k",
        |f| f.free_variable("k", 2).map(drop),
        "list(f(3))",
        "[0, 2, 4]",
    ),
    (
        "async def go(): return [x async for x in y]",
        |f| f.free_variable("y", ()).map(drop),
        "f.__code__.co_flags & 128",
        "128",
    ),
    (
        "    def indented(self):\n        return self.__class__.__name__",
        |_| Ok(()),
        "f(1)",
        "'int'",
    ),
    (
        "work = lambda *args, **kw: sorted(args, key=lambda a: -a) + [v for v in kw.values()]",
        |_| Ok(()),
        "f(1, 2, a=3)",
        "[2, 1, 3]",
    ),
];

#[test]
fn called_by_every_python() {
    for wire in [Wire::Standalone, Wire::Portable] {
        let mut input = String::new();
        for (at, (text, bind, expression, _)) in CASES.iter().enumerate() {
            let graph = made(text, *bind)
                .write(wire)
                .unwrap_or_else(|error| panic!("{text}: {error}"));
            let protocol = (at % 6) as u8;
            let bytes = Options::new()
                .protocol(protocol)
                .write(&graph)
                .expect("it can be written");
            input.push_str(&line(&bytes, expression));
        }
        for python in interpreters() {
            let said = evaluated(python, &input);
            assert_eq!(said.len(), CASES.len(), "{python}");
            for ((text, _, expression, wanted), said) in CASES.iter().zip(said) {
                assert_eq!(said, *wanted, "{python}, {wire:?}: {expression} of {text}");
            }
        }
    }
}

#[track_caller]
fn refusal(text: &str) -> String {
    let made = Function::from_source(text).and_then(|made| made.write(Wire::Standalone));
    made.map(drop).expect_err(text).to_string()
}

/// What would be lost, what no Python compiles, and what nothing can be bound to.
#[test]
fn not_a_function_alone() {
    for text in [
        "lambda x: x; import os",
        "import os\nlambda x: x",
        "def f(x): return x\nf(1)",
        "def f(x): return x\nx = 1",
        "'doc'\ndef f(x): return x",
        "if x:\n    def f(): pass\n    import os",
        "if x:\n    import os\nelse:\n    def f(): pass",
        "class A:\n    x = 1\n    def f(self): pass",
        "with g(lambda: 0): pass",
        "f = lambda: 0;x",
    ] {
        assert!(
            refusal(text).contains("there is a statement beside the function"),
            "{text}"
        );
    }
    for text in [
        "f = lambda x: x",
        "x = sorted(y, key=lambda a: a)",
        "return lambda: 0",
        "lambda: 0;",
        "if x:\n    def f(): pass",
    ] {
        Function::from_source(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    }
    let wanted = [
        ("def f(a, a): pass", "line 1 of the source: Duplicate parameter \"a\""),
        ("def f(a):\n  break", "line 2 of the source: `break` outside loop"),
        (
            "def f(a):\n\n  from a import *",
            "line 3 of the source: `from a import *` only allowed at module level",
        ),
        (
            "def f(a):\n  b = 1\n  global b",
            "line 3 of the source: name `b` is used prior to global declaration",
        ),
        (
            "def f():\n  t'{1}'",
            "line 2 of the source: this syntax needs CPython 3.14, and source is compiled by 3.8 to 3.13",
        ),
        ("def f():\n  '\0'", "there is a null character in the source"),
        (
            "  def f():\n    return\n  # too far in\n    await x",
            "line 4 of the source: ",
        ),
    ];
    for (text, why) in wanted {
        let refused = refusal(text);
        assert!(refused.starts_with(why), "{text}: {refused}");
    }
    // A global is no variable of a function around it.
    let mut made = Function::from_source("def f():\n    nonlocal n\n    n += 1\n    return n").expect("a function");
    made.global("n", 1).expect("a name");
    let error = made.write(Wire::Standalone).map(drop).expect_err("n is in no cell");
    assert!(error.to_string().starts_with("f uses n (line 2, column 14)"), "{error}");
}

#[test]
fn refusals() {
    assert_eq!(
        refusal("  def f(x):\n      y = [k for k in x]\n      return y + k, n"),
        "f uses k (line 3, column 18), n (line 3, column 21), which are no built-ins: bind them as free variables or globals"
    );
    assert_eq!(
        refusal("lambda x, y=[z]: x"),
        "the default of y in <lambda> is [z], which takes a Python to evaluate: give it as a value"
    );
    assert_eq!(
        refusal("def f(x: list[int]): return x"),
        "the annotation of x in f is list[int], which takes a Python to evaluate: give it as a value"
    );
    assert_eq!(
        refusal("@cache\ndef f(x): return x"),
        "f is decorated with cache, which only Python can apply: give the function without decorators"
    );
    assert!(refusal("x = 1").contains("there is no function in the source"));
    assert!(refusal("lambda x: (").starts_with("line 1 of the source: "));
    assert!(refusal("lambda x='\\ud800': x").contains("takes a Python to evaluate"));
    let deep = format!("lambda x={}{}: x", "[".repeat(5000), "]".repeat(5000));
    assert!(refusal(&deep).contains("takes a Python to evaluate"));

    let mut made = Function::from_source("lambda x, *rest: x").expect("a lambda");
    assert!(made.free_variable("k", 1).is_err());
    assert!(made.default("rest", 1).is_err() && made.default("k", 1).is_err());
    assert!(made.annotation("k", 1).is_err());
    let mut made = Function::from_source("lambda x, y: x").expect("a lambda");
    made.default("x", 1).expect("a parameter");
    let error = made.write(Wire::Standalone).map(drop).expect_err("no default for y");
    assert_eq!(error.to_string(), "y of <lambda> has no default, and one before it has");
}

/// All that `dir(builtins)` has is known, in each version.
#[test]
fn builtins() {
    for python in interpreters() {
        let mut command = Command::new(&python.path);
        command.args(["-I", "-S", "-c", "import builtins; print(*dir(builtins))"]);
        let output = support::feed(&mut command, b"");
        let names = String::from_utf8(output.stdout).expect("UTF-8");
        assert!(names.split_whitespace().count() > 140, "{python}: {names}");
        for name in names.split_whitespace().filter(|name| *name != "_IncompleteInputError") {
            let made = Function::from_source(&format!("lambda: {name}")).and_then(|made| made.write(Wire::Portable));
            made.unwrap_or_else(|error| panic!("{python}, {name}: {error}"));
        }
    }
}

/// Functions that share their globals find each other by name.
#[test]
fn several() {
    let mut make = FunctionBuilder::new();
    let globals = make.namespace("m");
    let parse = |text| SourceFunction::parse(text).expect("Python");
    let even = make
        .source(parse("lambda n: n == 0 or odd(n - 1)"), globals)
        .expect("made");
    let odd = make
        .source(parse("lambda n: n != 0 and even(n - 1)"), globals)
        .expect("made");
    make.global(even, "odd", odd).expect("known");
    make.global(odd, "even", even).expect("known");
    let both = make.data().tuple([even, odd]);
    let graph = make.write(&Rewire::new(Wire::Standalone), both).expect("all is bound");
    let bytes = graph.to_vec().expect("it can be written");
    for python in interpreters() {
        let said = evaluated(python, &line(&bytes, "f[0](10), f[1](10)"));
        assert_eq!(said, ["(True, False)"], "{python}");
    }
}
