//! Classes that have their own instances in them, and what else must be whole before something else is made: loaded by
//! CPython in every wire.

mod support;

use brinery::{
    Graph, Options, Ref,
    function::{FunctionBuilder, NamespaceId, Rewire, Wire},
};
use serde_json::{Map, Value as Json, json};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};
use support::{
    evaluate::{evaluated_with, line},
    packages,
    python::{Python, interpreters},
    tests,
};

/// The families of kinds that depend on the order in which things are made.
const FAMILIES: [&str; 3] = ["within", "enums", "enum_members"];
/// Those that need an attribute of a class before Compat has set any: cloudpickle sets all at once.
const NOT_COMPAT: [&str; 5] = [
    "hooked.instances_in_a_set",
    "within.says_what_it_is_made_of",
    "within.says_the_arguments_of_new",
    "within.hashed_instances",
    "within.instance_among_globals",
];
/// What no pickle of cloudpickle has.
const LOST: [&str; 3] = [
    "enum_members.state_by_new",
    "enum_members.state_by_new_of_the_place",
    "enum_members.state_given_later",
];

/// Where cloudpickle 3.1 is imported from, if it can be had.
fn cloudpickle() -> Option<PathBuf> {
    Some(packages::directory("picklers")?.join("cloudpickle-3.1.2"))
}

/// What one Python wrote of the families, and what each kind comes to.
struct Written {
    folder: PathBuf,
    index: Map<String, Json>,
}

impl Written {
    fn by(python: &Python, protocol: u8, library: &Path, kinds: &Path) -> Written {
        let folder = kinds.with_file_name(format!("3.{}-{protocol}", python.version.1));
        fs::create_dir_all(&folder).expect("a directory");
        let mut command = Command::new(&python.path);
        command.args(["-I", "-S", "-B"]).arg(tests("oracle/functions/write.py"));
        command.args(["cloudpickle", &protocol.to_string()]);
        command.arg(kinds).arg(&folder).arg(library);
        let output = command.output().expect("it starts");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{python}: {error}");
        let index = fs::read(folder.join("index.json")).expect("it is written last");
        let index = serde_json::from_slice(&index).expect("JSON");
        Written { folder, index }
    }

    fn pickle(&self, kind: &str, wire: &str) -> PathBuf {
        self.folder.join(format!("{kind}{wire}.pkl"))
    }

    /// What became of the kinds in a wire: how far they got, and what they came to.
    fn load(&self, python: &Python, wire: &str, library: Option<&Path>, uses: &Json) -> Map<String, Json> {
        let items: Vec<Json> = self
            .index
            .keys()
            .map(|kind| json!([kind, self.pickle(kind, wire), uses[kind]]))
            .collect();
        let library: Vec<&Path> = library.into_iter().collect();
        let job = self.folder.join("job.json");
        let text = json!({"path": library, "import": [], "fork": true, "loader": "pickle", "items": items}).to_string();
        fs::write(&job, text).expect("the directory can be written");
        let mut command = Command::new(&python.path);
        command
            .args(["-I", "-S", "-B"])
            .arg(tests("oracle/functions/load.py"))
            .arg(&job);
        let output = command.stdin(Stdio::null()).output().expect("it starts");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{python}: {error}");
        let mut found = Map::new();
        for answer in String::from_utf8(output.stdout).expect("JSON").lines() {
            let answer: Json = serde_json::from_str(answer).expect("JSON");
            let kind = answer[0].as_str().expect("a name").to_owned();
            found.insert(kind, json!([answer[1], answer[2]]));
        }
        found
    }
}

/// The source of the uses of all kinds, by the script that reads them.
fn uses(python: &Python, kinds: &Path) -> Json {
    let script = "import json, sys; sys.path.insert(0, sys.argv[1]); import kinds_of; \
                  print(json.dumps(kinds_of.uses(sys.argv[2])))";
    let mut command = Command::new(&python.path);
    command
        .args(["-I", "-S", "-B", "-c", script])
        .arg(tests("oracle/functions"))
        .arg(kinds);
    let output = command.output().expect("it starts");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{python}: {error}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// Families of kinds of this directory, written by cloudpickle under each Python in these protocols, and loaded there: in
/// Compat by cloudpickle, in Standalone by nothing else. The number of pickles that were as they must be.
fn loaded(name: &str, from: &str, families: &[&str], protocols: &[u8]) -> usize {
    let Some(library) = cloudpickle() else { return 0 };
    let work = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&work);
    let kinds = work.join("kinds");
    fs::create_dir_all(&kinds).expect("the target directory can be written");
    for family in families {
        let file = format!("{family}.py");
        fs::copy(
            tests(&format!("oracle/functions/{from}")).join(&file),
            kinds.join(&file),
        )
        .expect("a file");
    }
    let uses = uses(support::python::newest(), &kinds);
    let mut complaints = Vec::new();
    let mut checked = 0;
    for (python, protocol) in interpreters()
        .iter()
        .flat_map(|python| protocols.iter().map(move |at| (python, *at)))
    {
        let written = Written::by(python, protocol, &library, &kinds);
        for (wire, suffix) in [(Wire::Compat, ".compat"), (Wire::Standalone, ".standalone")] {
            for kind in written.index.keys() {
                let bytes = fs::read(written.pickle(kind, "")).expect("cloudpickle writes each of them");
                let graph = Graph::from_slice(&bytes).expect("a pickle");
                let graph = Rewire::new(wire).rewire(&graph).expect("it can be said");
                let bytes = Options::new().protocol(protocol).write(&graph).expect("it is written");
                fs::write(written.pickle(kind, suffix), bytes).expect("the directory can be written");
            }
            let library = (wire == Wire::Compat).then_some(&*library);
            let found = written.load(python, suffix, library, &uses);
            for (kind, entry) in &written.index {
                let lost = LOST.contains(&&**kind) || wire == Wire::Compat && NOT_COMPAT.contains(&&**kind);
                let expected = json!(["done", entry["result"]]);
                if !lost && found[kind] != expected {
                    complaints.push(format!(
                        "{wire:?}, {python}, protocol {protocol}, {kind}: {} instead of {expected}",
                        found[kind]
                    ));
                }
                checked += usize::from(!lost);
            }
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    println!("{checked} pickles of cloudpickle do in other wires what they did");
    checked
}

/// What must be made in an order.
#[test]
fn written_by_cloudpickle() {
    let checked = loaded("function_order", "kinds", &FAMILIES, &[4]);
    let wanted = 60 * interpreters().len();
    assert!(checked > wanted || cloudpickle().is_none(), "only {checked}");
}

/// `__init_subclass__` ran when a class was first made, and does not run again, whatever the class derives from.
#[test]
fn subclass_hooks() {
    let checked = loaded("function_order_hooked", "hooked", &["hooked"], &[0, 1, 2, 3, 4, 5]);
    let wanted = 6 * 10 * interpreters().len();
    assert!(checked > wanted || cloudpickle().is_none(), "only {checked}");
}

/// Has something made in every wire and protocol, and evaluates an expression of it on every Python.
fn answers(make: fn(&mut FunctionBuilder, NamespaceId) -> brinery::Result<Ref>, expression: &str, expected: &str) {
    let library = cloudpickle();
    for wire in [Wire::Compat, Wire::Standalone, Wire::Portable] {
        let path = match (wire, &library) {
            (Wire::Compat, None) => continue,
            (Wire::Compat, Some(library)) => library.to_str(),
            _ => None,
        };
        let pickle = |protocol| {
            let mut builder = FunctionBuilder::new();
            let globals = builder.namespace("order");
            let root = make(&mut builder, globals).expect("it is made");
            let graph = builder.write(&Rewire::new(wire), root).expect("it can be said");
            Options::new().protocol(protocol).write(&graph).expect("it is written")
        };
        let lines: String = (0..=5).map(|protocol| line(&pickle(protocol), expression)).collect();
        for python in interpreters() {
            for (protocol, said) in evaluated_with(python, path, &lines).into_iter().enumerate() {
                assert_eq!(said, expected, "{wire:?}, protocol {protocol}, {python}");
            }
        }
    }
}

/// The instance is the root, and its class finds it by `__new__`.
#[test]
fn singleton() {
    fn make(make: &mut FunctionBuilder, globals: NamespaceId) -> brinery::Result<Ref> {
        let class = make.class("S", "order", &[]);
        let new =
            "def __new__(cls):\n    if cls.only is None:\n        cls.only = super().__new__(cls)\n    return cls.only";
        make.method(class, new, globals, &[])?;
        let one = make.data().new_object(class, [])?;
        let (name, number) = (make.data().add("x"), make.data().add(1));
        let state = make.data().dict([(name, number)])?;
        make.data().set_state(one, state)?;
        make.class_attribute(class, "only", one)?;
        Ok(one)
    }
    answers(make, "(f.x, type(f)() is f, type(f).only is f)", "(1, True, True)");
}

/// A constant of a class whose `__new__` finds the class by `super()` and by a cell.
#[test]
fn constants_of_their_class() {
    fn make(make: &mut FunctionBuilder, globals: NamespaceId) -> brinery::Result<Ref> {
        let tuple = make.data().global("builtins", "tuple");
        let class = make.class("T", "order", &[tuple]);
        let cell = make.cell(Some(class));
        let new = "def __new__(cls, *items):\n    return super().__new__(cls, items * T.size)";
        make.method(class, new, globals, &[("T", cell)])?;
        let size = make.data().add(2);
        make.class_attribute(class, "size", size)?;
        let one = make.data().add(1);
        let items = make.data().tuple([one]);
        let constant = make.data().new_object(class, [items])?;
        make.class_attribute(class, "ONE", constant)?;
        Ok(class)
    }
    answers(make, "(f.ONE, f(3), type(f.ONE) is f)", "((1,), (3, 3), True)");
}

/// A descriptor with a state, whose function names the class, among the attributes and beside them.
#[test]
fn descriptors() {
    fn make(make: &mut FunctionBuilder, globals: NamespaceId) -> brinery::Result<Ref> {
        let class = make.class("A", "order", &[]);
        let cell = make.cell(Some(class));
        let get = make.function("def x(self):\n    return (A.n, A)", globals)?;
        make.bind(get, &[("A", cell)])?;
        let partial = make.data().global("functools", "partialmethod");
        let method = make.data().new_object(partial, [])?;
        let nothing = make.data().tuple([]);
        let keywords = make.data().dict([])?;
        let state = [("func", get), ("args", nothing), ("keywords", keywords)]
            .map(|(name, value)| (make.data().add(name), value));
        let state = make.data().dict(state)?;
        make.data().set_state(method, state)?;
        make.class_attribute(class, "x", method)?;
        let n = make.data().add(5);
        make.class_attribute(class, "n", n)?;
        Ok(class)
    }
    answers(make, "(f().x() == (5, f), f.n)", "(True, 5)");
}

/// Functions that a constructor calls are whole when an instance is made that one of them needs.
#[test]
fn globals_of_constructors() {
    fn make(make: &mut FunctionBuilder, globals: NamespaceId) -> brinery::Result<Ref> {
        let class = make.class("A", "order", &[]);
        let init = make.method(class, "def __init__(self, n):\n    self.n = helper(n)", globals, &[])?;
        make.method(class, "def __reduce__(self):\n    return A, (self.n,)", globals, &[])?;
        let helper = make.function("def helper(n):\n    return n + BASE", globals)?;
        let base = make.data().add(10);
        make.global(helper, "BASE", base)?;
        make.global(init, "helper", helper)?;
        let main = make.function("def main():\n    return ONE.n + A(1).n", globals)?;
        let n = make.data().add(2);
        let one = make.data().call(class, [n])?;
        make.global(main, "ONE", one)?;
        make.global(main, "A", class)?;
        make.class_attribute(class, "main", main)?;
        Ok(main)
    }
    // cloudpickle's wire has no order for it: there the class gets its `__init__` after the instance.
    for wire in [Wire::Standalone, Wire::Portable] {
        let mut builder = FunctionBuilder::new();
        let globals = builder.namespace("order");
        let root = make(&mut builder, globals).expect("it is made");
        let graph = builder.write(&Rewire::new(wire), root).expect("it can be said");
        let bytes = Options::new().protocol(4).write(&graph).expect("it is written");
        // Read again it is the same.
        let again = Rewire::new(wire)
            .rewire(&Graph::from_slice(&bytes).expect("it is read"))
            .expect("it can be said");
        let again = Options::new().protocol(4).write(&again).expect("it is written");
        for python in interpreters() {
            let lines = line(&bytes, "f()") + &line(&again, "f()");
            assert_eq!(evaluated_with(python, None, &lines), ["23", "23"], "{wire:?}, {python}");
        }
    }
}

/// Two thousand classes, each with an instance of the next, in a ring.
#[test]
fn rings() {
    for wire in [Wire::Standalone, Wire::Portable] {
        let mut make = FunctionBuilder::new();
        let globals = make.namespace("ring");
        let classes: Vec<Ref> = (0..2000).map(|at| make.class(&format!("C{at}"), "ring", &[])).collect();
        for (at, class) in classes.iter().enumerate() {
            let next = classes[(at + 1) % classes.len()];
            let instance = make.data().new_object(next, []).expect("a class");
            make.class_attribute(*class, "one", instance).expect("a class");
            let new = "def __new__(cls):\n    return super().__new__(cls)";
            make.method(*class, new, globals, &[]).expect("a class");
        }
        let graph = make.write(&Rewire::new(wire), classes[0]).expect("it can be said");
        let bytes = Options::new().protocol(4).write(&graph).expect("it is written");
        let hops = "__import__('functools').reduce(lambda at, _: type(at.one), range(2000), f) is f";
        for python in interpreters() {
            assert_eq!(
                evaluated_with(python, None, &line(&bytes, hops)),
                ["True"],
                "{wire:?}, {python}"
            );
        }
    }
}
