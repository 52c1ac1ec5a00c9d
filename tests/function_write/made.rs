//! Functions and classes made one by one.

use super::{WIRES, cloudpickle, run, support::python::interpreters};
use brinery::{
    Graph, Options, Ref,
    function::{FunctionBuilder, Rewire, Wire},
};
use std::process::Command;

/// A pickle of what is made, in every wire and protocol that is asked for.
fn made(wire: Wire, protocol: u8, make: fn(&mut FunctionBuilder) -> brinery::Result<Ref>) -> Vec<u8> {
    let mut builder = FunctionBuilder::new();
    let root = make(&mut builder).expect("it is made");
    let graph = builder.write(&Rewire::new(wire), root).expect("it can be said");
    Options::new().protocol(protocol).write(&graph).expect("it is written")
}

/// Loads pickles of `(function, arguments)` and prints what the function answers.
fn answers(make: fn(&mut FunctionBuilder) -> brinery::Result<Ref>, expected: &str) {
    let path = cloudpickle();
    for wire in WIRES {
        let path = match (wire, &path) {
            (Wire::Compat, None) => continue,
            (Wire::Compat, Some(path)) => Some(path.as_str()),
            _ => None,
        };
        let pickles: Vec<_> = (0..=5).map(|protocol| made(wire, protocol, make)).collect();
        for python in interpreters() {
            for (protocol, line) in run(CALL, python, path, &pickles).into_iter().enumerate() {
                assert_eq!(line, expected, "{wire:?}, protocol {protocol}, {python}");
            }
        }
    }
}

const CALL: &str = "
    function, *arguments = pickle.loads(data)
    return function(*arguments)
";

/// `super()`, `__class__` and private names in methods, a class that its own methods name, slots, and an instance.
#[test]
fn classes() {
    fn make(make: &mut FunctionBuilder) -> brinery::Result<Ref> {
        let globals = make.namespace("shapes");
        let base = make.class("Base", "shapes", &[]);
        make.method(base, "def __init__(self, side):\n    self.__side = side", globals, &[])?;
        make.method(base, "def area(self):\n    return self.__side ** 2", globals, &[])?;
        let names = ["__side", "name"].map(|name| make.data().add(name));
        let slots = make.data().tuple(names);
        make.class_attribute(base, "__slots__", slots)?;
        let cube = make.class("Cube", "shapes", &[base]);
        let qualname = make.data().add("Solids.Cube");
        make.class_attribute(cube, "__qualname__", qualname)?;
        let factor = make.data().add(6);
        let factor = make.cell(Some(factor));
        let area =
            "def area(self):\n    return factor * super().area() + (__class__ is Cube) + (type(self) is __class__)";
        let area = make.method(cube, area, globals, &[("factor", factor)])?;
        make.global(area, "Cube", cube)?;
        let cubes = make.data().list([]);
        make.class_attribute(cube, "known", cubes)?;
        let side = make.data().add(3);
        let one = make.data().call(cube, [side])?;
        make.data().append(cubes, [cube, one])?;
        let test = "def test(cube):\n    return [cube.area(), type(cube).__qualname__, type(cube).area.__qualname__, \
                    type(cube).known[0] is Cube, type(cube).known[1] is cube, hasattr(Base(1), '__dict__'), \
                    Base.__module__, sorted(Base.__slots__)]";
        let test = make.function(test, globals)?;
        make.global(test, "Cube", cube)?;
        make.global(test, "Base", base)?;
        Ok(make.data().tuple([test, one]))
    }
    let expected = r#"[56, "Solids.Cube", "Solids.Cube.area", true, true, false, "shapes", ["__side", "name"]]"#;
    answers(make, expected);
}

/// What a class statement says in keywords reaches `__init_subclass__` and the metaclass.
#[test]
fn keywords_of_classes() {
    fn make(make: &mut FunctionBuilder) -> brinery::Result<Ref> {
        let globals = make.namespace("plugins");
        let base = make.class("Plugin", "plugins", &[]);
        let hook =
            "def __init_subclass__(cls, *, kind, **rest):\n    super().__init_subclass__(**rest)\n    cls.kind = kind";
        make.method(base, hook, globals, &[])?;
        let plugin = make.class("Zip", "plugins", &[base]);
        let kind = make.data().add("archive");
        make.keyword(plugin, "kind", kind)?;
        let test = make.function(
            "lambda plugin: [plugin.kind, plugin.__mro__[1].__name__, plugin.__name__]",
            globals,
        )?;
        Ok(make.data().tuple([test, plugin]))
    }
    answers(make, r#"["archive", "Plugin", "Zip"]"#);
}

/// A function behind `functools.lru_cache` that calls itself by way of the cache.
#[test]
fn caches() {
    fn make(make: &mut FunctionBuilder) -> brinery::Result<Ref> {
        let globals = make.namespace("sums");
        let fib = "def fib(n):\n    'The sum of the two before.'\n    return n if n < 2 else fib(n - 1) + fib(n - 2)";
        let fib = make.function(fib, globals)?;
        let lru_cache = make.data().global("functools", "lru_cache");
        let size = make.data().add(100);
        let typed = make.data().add(false);
        let cache = make.data().call(lru_cache, [size, typed])?;
        let cached = make.data().call(cache, [fib])?;
        make.global(fib, "fib", cached)?;
        let test =
            "lambda fib: [fib(80), fib.cache_info().misses, fib.__name__, fib.__doc__, fib.__wrapped__.__module__]";
        let test = make.function(test, globals)?;
        Ok(make.data().tuple([test, cached]))
    }
    answers(
        make,
        r#"[23416728348467685, 81, "fib", "The sum of the two before.", "sums"]"#,
    );
}

/// Everything there is to say about one function.
#[test]
fn all_of_a_function() {
    fn make(make: &mut FunctionBuilder) -> brinery::Result<Ref> {
        let globals = make.namespace("all");
        let text = "async def f(a, /, b=(1, 2), *args, c, d={'x': 3}, **kw):\n    '''A doc: \"one\"\nover lines.'''\n    return e(a)\n";
        let f = make.function(text, globals)?;
        let data = make.data();
        let numbers = [data.add(1), data.add(2)];
        let (b, x, three, int) = (
            data.tuple(numbers),
            data.add("x"),
            data.add(3),
            data.global("builtins", "int"),
        );
        let d = data.dict([(x, three)])?;
        let (qualname, seen) = (data.add("Outer.f"), data.list([]));
        make.defaults(f, &[b])?;
        make.kwdefaults(f, &[("d", d)])?;
        make.annotations(f, &[("a", int), ("return", f)])?;
        make.attribute(f, "__qualname__", qualname)?;
        make.attribute(f, "seen", seen)?;
        make.data().append(seen, [f])?;
        let math = make.module("math");
        make.global(f, "m", math)?;
        let empty = make.cell(None);
        make.bind(f, &[("e", empty)])?;
        let test = "def test(f):\n    import inspect\n    return [str(inspect.signature(f))[:12], f.__name__, f.__qualname__, \
                    f.__module__, f.__doc__, f.__annotations__['a'].__name__, f.__annotations__['return'] is f, \
                    f.seen[0] is f, f.__globals__['m'].sqrt(4), f.__defaults__, f.__kwdefaults__, \
                    inspect.iscoroutinefunction(f), f.__code__.co_freevars]";
        let test = make.function(test, globals)?;
        Ok(make.data().tuple([test, f]))
    }
    answers(
        make,
        r#"["(a: int, /, ", "f", "Outer.f", "all", "A doc: \"one\"\nover lines.", "int", true, true, 2.0, [[1, 2]], {"d": {"x": 3}}, true, ["e"]]"#,
    );
}

/// Bytecode, and before it what other Pythons may not have: they meet the guard first, whatever is pickled.
#[test]
fn guards_come_first() {
    type Root = fn(&mut FunctionBuilder, Ref, Ref) -> brinery::Result<Ref>;
    let roots: [Root; 4] = [
        |make, newer, f| Ok(make.data().tuple([newer, f])),
        |make, newer, f| Ok(make.data().list([newer, f])),
        |make, newer, f| make.data().dict([(newer, f)]),
        |make, newer, f| make.data().call(newer, [f]),
    ];
    for writer in interpreters() {
        let minor = writer.version.1;
        let mut command = Command::new(&writer.path);
        let compiles = "import marshal, sys; sys.stdout.buffer.write(marshal.dumps((lambda: 1).__code__))";
        let code = command
            .args(["-I", "-S", "-c", compiles])
            .output()
            .expect("it runs")
            .stdout;
        let mut pickles = Vec::new();
        for root in roots {
            let mut make = FunctionBuilder::new();
            let globals = make.namespace("newer");
            let f = make.function("lambda: 1", globals).expect("a function");
            make.bytecode(f, minor, &code).expect("its bytecode");
            let newer = make.data().global("enum", "Newer");
            let root = root(&mut make, newer, f).expect("it is made");
            let graph = make
                .write(&Rewire::new(Wire::Standalone), root)
                .expect("it can be said");
            for protocol in 0..=5 {
                let options = Options::new().protocol(protocol);
                let bytes = options.write(&graph).expect("it is written");
                pickles.push(bytes);
            }
        }
        for python in interpreters() {
            let says = match python.version.1 == minor {
                true => "Newer".to_owned(),
                false => format!("functions for CPython 3.{minor} only"),
            };
            for line in run(CALL, python, None, &pickles) {
                assert!(
                    line.contains("AttributeError") && line.contains(&says),
                    "{python}: {line}"
                );
            }
        }
    }
}

#[test]
fn what_cannot_be_made() {
    let mut make = FunctionBuilder::new();
    let globals = make.namespace("m");
    for text in ["", "x", "class A: pass", "def f(", "lambda"] {
        assert!(make.function(text, globals).is_err(), "{text}");
    }
    let f = make.function("def f(x, y=1): return x", globals).expect("a function");
    let cell = make.cell(None);
    let error = make.bind(f, &[("z", cell)]).expect_err("there is no z");
    assert!(error.to_string().contains("f has no variable z"), "{error}");
    let error = make
        .write(&Rewire::new(Wire::Standalone), f)
        .expect_err("y has no value");
    assert!(
        error.to_string().contains("1 defaults in its text, and 0 values"),
        "{error}"
    );
}

/// Twenty thousand functions, each in the closure of the next, and as many cells in cells.
#[test]
fn long_chains() {
    for wire in WIRES {
        let mut make = FunctionBuilder::new();
        let globals = make.namespace("chain");
        let mut last = make.data().add(0);
        for _ in 0..20_000 {
            let cell = make.cell(Some(last));
            last = make.function("lambda: last", globals).expect("a function");
            make.bind(last, &[("last", cell)]).expect("a variable");
        }
        let graph = make.write(&Rewire::new(wire), last).expect("it can be said");
        let bytes = Options::new().protocol(4).write(&graph).expect("it is written");
        let read = Graph::from_slice(&bytes).expect("it is read");
        let other = Rewire::new(Wire::Compat)
            .rewire(&read)
            .expect("it is read as functions");
        assert!(Options::new().protocol(4).write(&other).expect("it is written").len() > 1_000_000);
    }
}
