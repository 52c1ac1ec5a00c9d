//! Functions made in Rust, written in every wire and protocol, and called by CPython: families of closures that call each
//! other and change the same variables come to what a model in Rust comes to.

mod support;

use brinery::{
    Graph, Options, Ref,
    function::{FunctionBuilder, Rewire, Wire},
};
use proptest::{
    collection::vec,
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use std::{fmt::Write as _, process::Command};
use support::python::{Python, interpreters};

const PRIME: i64 = 1_000_003;
/// Cells and globals with numbers in them.
const CELLS: usize = 4;
const GLOBALS: usize = 3;
const WIRES: [Wire; 3] = [Wire::Compat, Wire::Standalone, Wire::Portable];

/// One function of a family. What it refers to is by number, modulo how many there are.
#[derive(Debug, Clone)]
struct Member {
    lambda: bool,
    namespace: usize,
    cells: (usize, usize),
    global: usize,
    times: i64,
    plus: i64,
    default: i64,
    keyword: i64,
    item: usize,
    /// Whom it calls, and whether it finds them in a cell or among its globals.
    calls: Vec<(usize, bool)>,
    data_in_cell: bool,
}

#[derive(Debug, Clone)]
struct Family {
    members: Vec<Member>,
    cells: Vec<i64>,
    globals: Vec<i64>,
    data: Vec<i64>,
    calls: Vec<(usize, i64, i64)>,
}

fn number() -> impl Strategy<Value = i64> {
    0..PRIME
}

fn member() -> impl Strategy<Value = Member> {
    let refers = (0..2usize, (0..CELLS, 0..CELLS), 0..GLOBALS, 0..8usize);
    let numbers = (2..100i64, number(), number(), number());
    let calls = vec((0..8usize, any::<bool>()), 0..3);
    (any::<bool>(), refers, numbers, calls, any::<bool>()).prop_map(
        |(lambda, (namespace, cells, global, item), (times, plus, default, keyword), calls, data_in_cell)| Member {
            lambda,
            namespace,
            cells,
            global,
            times,
            plus,
            default,
            keyword,
            item,
            calls,
            data_in_cell,
        },
    )
}

fn family() -> impl Strategy<Value = Family> {
    let numbers = |count| vec(number(), count);
    let calls = vec((0..8usize, 0..4i64, number()), 1..5);
    (vec(member(), 1..6), numbers(CELLS), numbers(GLOBALS), numbers(8), calls).prop_map(
        |(mut members, cells, globals, data, mut calls)| {
            let count = members.len();
            for member in &mut members {
                member.calls.iter_mut().for_each(|call| call.0 %= count);
                // A name is in one place.
                if let [first, second] = &mut member.calls[..]
                    && first.0 == second.0
                {
                    second.1 = first.1;
                }
            }
            calls.iter_mut().for_each(|call| call.0 %= count);
            Family {
                members,
                cells,
                globals,
                data,
                calls,
            }
        },
    )
}

/// What the numbers are while functions run.
struct Model<'f> {
    family: &'f Family,
    cells: Vec<i64>,
    globals: [Vec<i64>; 2],
}

impl Model<'_> {
    fn call(&mut self, at: usize, depth: i64, x: i64) -> i64 {
        let member = &self.family.members[at];
        let (first, second) = member.cells;
        if !member.lambda {
            self.cells[first] = (self.cells[first] * member.times + x + member.default) % PRIME;
            let global = &mut self.globals[member.namespace][member.global];
            *global = (*global + self.cells[second] + member.keyword) % PRIME;
        }
        let mut result = self.family.data[member.item] + x * self.cells[second];
        if depth > 0 {
            for (to, _) in &member.calls {
                result += self.call(*to, depth - 1, (x + member.plus) % PRIME);
            }
        }
        (result + self.cells[first] + self.globals[member.namespace][member.global]) % PRIME
    }
}

impl Family {
    fn expected(&self) -> Vec<i64> {
        let mut model = Model {
            family: self,
            cells: self.cells.clone(),
            globals: [self.globals.clone(), self.globals.clone()],
        };
        self.calls
            .iter()
            .map(|(at, depth, x)| model.call(*at, *depth, *x))
            .collect()
    }

    fn text(&self, at: usize) -> String {
        let Member {
            lambda,
            cells: (first, second),
            global,
            times,
            plus,
            default,
            keyword,
            item,
            ref calls,
            ..
        } = self.members[at];
        let sum: String = calls.iter().fold(String::new(), |mut sum, (to, _)| {
            let _ = write!(sum, " + f{to}(d - 1, (x + {plus}) % {PRIME})");
            sum
        });
        let result = format!("data[{item}] + x * c{second} + (0{sum} if d > 0 else 0)");
        if lambda {
            return format!("lambda d, x: (\n    {result} + c{first} + g{global}) % {PRIME}");
        }
        format!(
            "def f{at}(d, x, a={default}, *, b={keyword}):\n    'Number {at}.'\n    nonlocal c{first}\n    global g{global}\n    \
             c{first} = (c{first} * {times} + x + a) % {PRIME}\n    g{global} = (g{global} + c{second} + b) % {PRIME}\n    \
             return ({result} + c{first} + g{global}) % {PRIME}\n"
        )
    }

    /// The names of a member's free variables.
    fn free(&self, at: usize) -> Vec<String> {
        let member = &self.members[at];
        let mut free = vec![format!("c{}", member.cells.0), format!("c{}", member.cells.1)];
        free.extend(
            member
                .calls
                .iter()
                .filter(|call| call.1)
                .map(|(to, _)| format!("f{to}")),
        );
        free.extend(member.data_in_cell.then(|| "data".to_owned()));
        free.sort();
        free.dedup();
        free
    }

    /// A tuple of the functions in a list, and of what they are to be called with.
    fn pickle(&self, wire: Wire, protocol: u8, compiled: Option<(u8, &[Vec<u8>])>) -> brinery::Result<Vec<u8>> {
        let mut make = FunctionBuilder::new();
        let namespaces = [make.namespace("family"), make.namespace("other")];
        let number = |make: &mut FunctionBuilder, value: &i64| make.data().add(*value);
        let cells: Vec<_> = self
            .cells
            .iter()
            .map(|value| {
                let value = number(&mut make, value);
                make.cell(Some(value))
            })
            .collect();
        let data: Vec<Ref> = self.data.iter().map(|value| number(&mut make, value)).collect();
        let data = make.data().list(data);
        let data_cell = make.cell(Some(data));
        let mut functions = Vec::new();
        for (at, member) in self.members.iter().enumerate() {
            functions.push(make.function(&self.text(at), namespaces[member.namespace])?);
        }
        let of_functions: Vec<_> = functions.iter().map(|function| make.cell(Some(*function))).collect();
        for (at, member) in self.members.iter().enumerate() {
            let function = functions[at];
            let names = self.free(at);
            let free: Vec<_> = names
                .iter()
                .map(|name| {
                    let cell = match name.split_at(1) {
                        ("c", index) => cells[index.parse::<usize>().expect("a number")],
                        ("f", index) => of_functions[index.parse::<usize>().expect("a number")],
                        _ => data_cell,
                    };
                    (name.as_str(), cell)
                })
                .collect();
            make.bind(function, &free)?;
            let value = number(&mut make, &self.globals[member.global]);
            make.global(function, &format!("g{}", member.global), value)?;
            if !member.data_in_cell {
                make.global(function, "data", data)?;
            }
            for (to, _) in member.calls.iter().filter(|call| !call.1) {
                make.global(function, &format!("f{to}"), functions[*to])?;
            }
            if !member.lambda {
                let (default, keyword) = (number(&mut make, &member.default), number(&mut make, &member.keyword));
                make.defaults(function, &[default])?;
                make.kwdefaults(function, &[("b", keyword)])?;
            }
            if let Some((minor, codes)) = compiled {
                make.bytecode(function, minor, &codes[at])?;
            }
        }
        let functions = make.data().list(functions);
        let calls: Vec<Ref> = self
            .calls
            .iter()
            .map(|(at, depth, x)| {
                let items = [*at as i64, *depth, *x].map(|item| number(&mut make, &item));
                make.data().tuple(items)
            })
            .collect();
        let calls = make.data().list(calls);
        let root = make.data().tuple([functions, calls]);
        let graph = make.write(&Rewire::new(wire), root)?;
        Options::new().protocol(protocol).write(&graph)
    }
}

/// Loads pickles of `(functions, calls)`, each behind its length, and prints what the calls answer, one line each.
const CALLS: &str = "
import json, pickle, sys
sys.path += sys.argv[1:]
stdin = sys.stdin.buffer
while True:
    size = stdin.read(4)
    if not size: break
    data = stdin.read(int.from_bytes(size, 'little'))
    try:
        functions, calls = pickle.loads(data)
        said = [functions[at](depth, x) for at, depth, x in calls]
    except Exception as error:
        said = type(error).__name__ + ': ' + str(error)
    print(json.dumps(said))
";

/// What CPython's compiler makes of functions: lines of free variables and text in JSON, answered by marshalled code objects in
/// hexadecimal.
const COMPILES: &str = "
import json, marshal, sys
for line in sys.stdin:
    free, text = json.loads(line)
    name = text.split('(')[0][4:] if text.startswith('def') else None
    head = 'def _(%s):\\n' % ', '.join(free)
    if name:
        body = '' if name in free else ' global %s\\n' % name
        body += '\\n'.join(' ' + line for line in text.splitlines()) + '\\n return ' + name
    else:
        body = ' return ' + text
    names = {}
    exec(head + body, names)
    code = names['_'](*free).__code__
    assert list(code.co_freevars) == free, (code.co_freevars, free)
    print(marshal.dumps(code).hex())
";

/// Where cloudpickle 3.1 is imported from, if it can be had.
fn cloudpickle() -> Option<String> {
    let path = support::packages::directory("picklers")?.join("cloudpickle-3.1.2");
    Some(path.to_str().expect("UTF-8").to_owned())
}

fn framed(pickles: &[Vec<u8>]) -> Vec<u8> {
    let framed = pickles
        .iter()
        .flat_map(|pickle| [&(pickle.len() as u32).to_le_bytes()[..], pickle].concat());
    framed.collect()
}

/// What a fresh Python, that has nothing but its standard library and what lies in `path`, makes of pickles: one line each. It must
/// come to its end by itself.
fn run(python: &Python, path: Option<&str>, pickles: &[Vec<u8>]) -> Vec<String> {
    run_with(CALLS, python, path, pickles)
}

fn run_with(script: &str, python: &Python, path: Option<&str>, pickles: &[Vec<u8>]) -> Vec<String> {
    let mut command = Command::new(&python.path);
    command.args(["-I", "-S", "-c", script]).args(path);
    let output = support::feed(&mut command, &framed(pickles));
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{python} ended with {}: {error}",
        output.status
    );
    let lines = String::from_utf8(output.stdout).expect("JSON");
    let lines: Vec<String> = lines.lines().map(str::to_owned).collect();
    assert_eq!(lines.len(), pickles.len(), "{python}: {error}");
    lines
}

fn compile(python: &Python, family: &Family) -> Vec<Vec<u8>> {
    let mut input = String::new();
    for at in 0..family.members.len() {
        let _ = writeln!(input, "{}", serde_json::json!([family.free(at), family.text(at)]));
    }
    let mut command = Command::new(&python.path);
    command.args(["-I", "-S", "-c", COMPILES]);
    let output = support::feed(&mut command, input.as_bytes());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let byte = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).expect("ASCII"), 16).expect("hexadecimal");
    let lines = str::from_utf8(&output.stdout).expect("hexadecimal").lines();
    lines
        .map(|line| line.as_bytes().chunks(2).map(byte).collect())
        .collect()
}

/// Some families, always the same ones for a seed.
fn families(count: u32) -> Vec<Family> {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&support::seed().to_le_bytes());
    let config = Config {
        cases: count,
        failure_persistence: None,
        ..Config::default()
    };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed));
    let tree = |_| family().new_tree(&mut runner).expect("a family").current();
    (0..count).map(tree).collect()
}

/// Source alone, in every wire and protocol, on every Python.
#[test]
fn families_of_source() {
    let families = families(60);
    let path = cloudpickle();
    let mut checked = 0;
    for wire in WIRES {
        let path = match (wire, &path) {
            (Wire::Compat, None) => continue,
            (Wire::Compat, Some(path)) => Some(path.as_str()),
            _ => None,
        };
        let mut pickles = Vec::new();
        for family in &families {
            for protocol in 0..=5 {
                pickles.push(family.pickle(wire, protocol, None).expect("it is written"));
            }
        }
        for python in interpreters() {
            for (line, found) in run(python, path, &pickles).into_iter().enumerate() {
                let family = &families[line / 6];
                let expected = serde_json::json!(family.expected()).to_string();
                assert_eq!(
                    found.replace(' ', ""),
                    expected,
                    "{wire:?}, protocol {}, {python}: {family:?}",
                    line % 6
                );
                checked += 1;
            }
        }
    }
    println!("{checked} pickles of families do as the model does");
}

/// Bytecode, with source beside it: run by the Python that it is of, and by others compiled anew or refused.
#[test]
fn families_of_bytecode() {
    let families = families(10);
    let path = cloudpickle();
    let mut refused = 0;
    for writer in interpreters() {
        let minor = writer.version.1;
        let compiled: Vec<_> = families.iter().map(|family| compile(writer, family)).collect();
        for wire in WIRES {
            let pickles: Vec<Vec<u8>> = families
                .iter()
                .zip(&compiled)
                .flat_map(|(family, codes)| (0..=5).map(move |p| family.pickle(wire, p, Some((minor, codes)))))
                .collect::<Result<_, _>>()
                .expect("it is written");
            for python in interpreters() {
                let path = match (wire, &path) {
                    // It has no guard.
                    (Wire::Compat, _) if python != writer => continue,
                    (Wire::Compat, None) => continue,
                    (Wire::Compat, Some(path)) => Some(path.as_str()),
                    _ => None,
                };
                for (line, found) in run(python, path, &pickles).into_iter().enumerate() {
                    let family = &families[line / 6];
                    let context = format!("{wire:?} of {writer}, protocol {}, {python}: {family:?}", line % 6);
                    if wire == Wire::Standalone && python != writer {
                        let says = format!("functions for CPython 3.{minor} only");
                        assert!(
                            found.contains("AttributeError") && found.contains(&says),
                            "{found}\n{context}"
                        );
                        refused += 1;
                    } else {
                        let expected = serde_json::json!(family.expected()).to_string();
                        assert_eq!(found.replace(' ', ""), expected, "{context}");
                    }
                }
            }
        }
    }
    println!("{refused} pickles were refused by another Python, in words");
}

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
            for (protocol, line) in run_with(CALL, python, path, &pickles).into_iter().enumerate() {
                assert_eq!(line, expected, "{wire:?}, protocol {protocol}, {python}");
            }
        }
    }
}

const CALL: &str = "
import json, pickle, sys
sys.path += sys.argv[1:]
stdin = sys.stdin.buffer
while True:
    size = stdin.read(4)
    if not size: break
    data = stdin.read(int.from_bytes(size, 'little'))
    try:
        function, *arguments = pickle.loads(data)
        said = function(*arguments)
    except Exception as error:
        said = type(error).__name__ + ': ' + str(error)
    print(json.dumps(said))
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
