//! Functions, classes and enums as cloudpickle of several versions, copies of it in other packages and dill write them by
//! value: what is read is held against what live Python says of the originals.

mod support;

use brinery::{
    Graph, Value,
    function::{AttributeKind, Class, Function, Functions, Rewire, Wire},
};
use serde_json::Value as Json;
use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};
use support::{
    packages,
    python::{self, Python},
};

/// Who writes: a package, a version of it, and the minor versions of CPython 3 that it runs on.
const WRITERS: &[(&str, &str, &[u8])] = &[
    ("cloudpickle", "0.8.1", &[6, 7]),
    ("cloudpickle", "1.2.2", &[7]),
    ("cloudpickle", "1.6.0", &[8, 9]),
    ("cloudpickle", "2.2.1", &[9, 10, 11]),
    ("cloudpickle", "3.0.0", &[8, 12]),
    ("cloudpickle", "3.1.2", &[8, 9, 10, 11, 12, 13]),
    ("dill", "0.4.0", &[8, 11, 13]),
];

/// Where other packages keep a copy of cloudpickle, and of which version.
const COPIES: &[(&str, &str)] = &[
    ("ray.cloudpickle", "2.2.1"),
    ("joblib.externals.cloudpickle", "3.1.2"),
    ("pyspark.cloudpickle", "1.6.0"),
];

/// What one pickler wrote, and what its Python says of it.
struct Written {
    label: String,
    folder: PathBuf,
    facts: Json,
    package: &'static str,
    version: &'static str,
    minor: u8,
}

impl Written {
    fn is_dill(&self) -> bool {
        self.package == "dill"
    }
}

fn write(package: &'static str, version: &'static str, python: &Python, path: &Path) -> Written {
    let minor = python.version.1;
    let label = format!("{package} {version} on 3.{minor}");
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
        .join("functions_read")
        .join(label.replace(' ', "-"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("the target directory can be written");
    let output = python
        .oracle("functions_read.py")
        .arg(package)
        .arg(&folder)
        .arg(path)
        .output()
        .expect("it starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{label}: {errors}");
    let facts = fs::read(folder.join("facts.json")).expect("it writes that last");
    Written {
        facts: serde_json::from_slice(&facts).expect("JSON"),
        label,
        folder,
        package,
        version,
        minor,
    }
}

fn pythons() -> impl Iterator<Item = &'static Python> {
    let elders = python::elders().iter().filter(|python| python.version.0 == 3);
    elders.chain(python::interpreters())
}

/// Everything that each pickler of the list writes.
fn written(packages: &Path) -> Vec<Written> {
    let mut all = Vec::new();
    for (package, version, minors) in WRITERS {
        for python in pythons().filter(|python| minors.contains(&python.version.1)) {
            all.push(write(
                package,
                version,
                python,
                &packages.join(format!("{package}-{version}")),
            ));
        }
    }
    all
}

fn texts(json: &Json) -> Vec<&str> {
    json.as_array()
        .expect("a list")
        .iter()
        .map(|item| item.as_str().expect("a str"))
        .collect()
}

/// Holds all pickles of one pickler against its facts; answers how many functions and classes were compared.
#[track_caller]
fn compare(written: &Written) -> (usize, usize) {
    let mut counts = (0, 0);
    for (name, facts) in written.facts.as_object().expect("a dict") {
        let place = format!("{}: {name}", written.label);
        assert!(
            facts.get("error").is_none(),
            "{place} is not written: {}",
            facts["error"]
        );
        let bytes = fs::read(written.folder.join(format!("{name}.pkl"))).expect("a pickle");
        let graph = Graph::from_slice(&bytes).expect("a pickle");
        let functions = Functions::of(&graph).unwrap_or_else(|error| panic!("{place}: {error}"));
        for fact in facts["functions"].as_array().expect("a list") {
            let wanted = (fact["qualname"].as_str(), fact["line"].as_i64());
            let is_it = |function: &Function<'_>| {
                let line = function.code().ok().flatten().map(|code| code.firstlineno().into());
                (function.qualname(), line) == wanted
            };
            match functions.functions().find(is_it) {
                Some(function) => {
                    compare_function(&format!("{place}: {}", fact["qualname"]), written, function, fact);
                    counts.0 += 1;
                }
                // Enums and, as it is set up by default, the globals of `__main__` are names to dill.
                None => assert!(written.is_dill(), "{place}: {} is not there", fact["qualname"]),
            }
        }
        for fact in facts["classes"].as_array().expect("a list") {
            let class = functions
                .classes()
                .find(|class| class.qualname() == fact["qualname"].as_str());
            match class {
                Some(class) => {
                    compare_class(&format!("{place}: {}", fact["qualname"]), written, class, fact);
                    counts.1 += 1;
                }
                None => assert!(written.is_dill(), "{place}: {} is not there", fact["qualname"]),
            }
        }
        let report = functions.report().disassembly(true);
        assert!(report.to_string().contains("written by"), "{place}: {report}");
        serde_json::from_str::<Json>(&report.to_json()).unwrap_or_else(|error| panic!("{place}: {error}"));
    }
    counts
}

fn compare_function(place: &str, written: &Written, function: Function<'_>, fact: &Json) {
    let code = function.code().expect("good code").expect("bytecode");
    let versions = function.python().unwrap_or_else(|error| panic!("{place}: {error}"));
    assert!(versions.contains(written.minor), "{place} is said to be of {versions}");
    assert_eq!(function.name(), fact["name"].as_str(), "{place}");
    assert_eq!(function.module(), fact["module"].as_str(), "{place}");
    assert_eq!(function.doc(), fact["doc"].as_str(), "{place}");
    assert_eq!(code.filename().to_str(), fact["file"].as_str(), "{place}");
    assert_eq!(
        u64::from(code.flags().0),
        fact["flags"].as_u64().expect("flags"),
        "{place}"
    );
    let to_str = |name: brinery::Str<'_>| name.to_str().expect("no surrogates").to_owned();
    assert_eq!(
        code.names().map(to_str).collect::<Vec<_>>(),
        texts(&fact["names"]),
        "{place}"
    );
    assert_eq!(
        code.varnames().map(to_str).collect::<Vec<_>>(),
        texts(&fact["varnames"]),
        "{place}"
    );

    let signature = function.signature().expect("a signature");
    let parameters = signature
        .parameters
        .iter()
        .map(|one| (one.name.to_str(), Some(one.kind.name())));
    let wanted = fact["parameters"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| (one[0].as_str(), one[1].as_str()));
    assert_eq!(parameters.collect::<Vec<_>>(), wanted.collect::<Vec<_>>(), "{place}");
    // Those before 1.0 lose the defaults of what is given by name alone, and on 3.6 annotations.
    if written.version != "0.8.1" {
        assert_eq!(signature.to_string(), fact["signature"], "{place}");
    }

    let free = function.free_variables().expect("bytecode");
    let wanted = fact["free"].as_array().expect("a list");
    assert_eq!(free.len(), wanted.len(), "{place}");
    for (variable, wanted) in free.iter().zip(wanted) {
        assert_eq!(
            (variable.name.to_str(), variable.value.is_some()),
            (wanted[0].as_str(), wanted[1] == true),
            "{place}"
        );
        if let (Some(value), Some(wanted)) = (variable.value, wanted[2].as_str()) {
            assert_eq!(value.to_string(), wanted, "{place}");
        }
    }
    // By default dill leaves the globals of `__main__` where they are.
    if !written.is_dill() {
        same_values(place, function.globals(), &fact["globals"]);
    }
    same_values(place, function.attributes(), &fact["attributes"]);

    let asked: Vec<String> = function
        .attribute_names()
        .expect("bytecode")
        .into_iter()
        .map(to_str)
        .collect();
    assert_eq!(asked, texts(&fact["asked"]), "{place}");
    let uses = function.uses().expect("bytecode");
    let mut imported: Vec<&str> = texts(&fact["imported"]);
    imported.dedup();
    let imports: Vec<Option<&str>> = uses.imports.iter().map(|import| import.module.to_str()).collect();
    assert_eq!(imports, imported.into_iter().map(Some).collect::<Vec<_>>(), "{place}");
    let nested = function.nested().expect("bytecode");
    assert_eq!(
        nested.into_iter().map(|code| to_str(code.name())).collect::<Vec<_>>(),
        texts(&fact["nested"]),
        "{place}"
    );

    let instructions = code.instructions(written.minor).expect("a known version");
    let said: Vec<Json> = instructions
        .map(|line| line.expect("an instruction"))
        .map(|line| Json::from(vec![Json::from(line.offset), Json::from(line.name)]))
        .collect();
    assert_eq!(Json::from(said), fact["dis"], "{place}");
}

/// The same names, and where Python's `repr` is known the same values.
fn same_values(place: &str, said: Vec<(Value<'_>, Value<'_>)>, wanted: &Json) {
    let wanted = wanted.as_object().expect("a dict");
    let mut names: Vec<&str> = said.iter().filter_map(|(name, _)| name.as_str()).collect();
    let mut wanted_names: Vec<&str> = wanted.keys().map(String::as_str).collect();
    names.sort_unstable();
    wanted_names.sort_unstable();
    assert_eq!(names, wanted_names, "{place}");
    for (name, value) in said {
        if let Some(wanted) = name.as_str().and_then(|name| wanted[name].as_str()) {
            assert_eq!(value.to_string(), wanted, "{place}");
        }
    }
}

fn compare_class(place: &str, written: &Written, class: Class<'_>, fact: &Json) {
    assert_eq!(class.name(), fact["name"].as_str(), "{place}");
    // Up to 2.0 what is the very object that a base has is left out, and so may be the text `__main__`.
    let left_out = matches!(written.version, "1.2.2" | "1.6.0") && fact["bases"][0] != "object";
    assert!(
        class.module() == fact["module"].as_str() || left_out && class.module().is_none(),
        "{place}"
    );
    assert!(
        class.doc() == fact["doc"].as_str() || left_out && class.doc().is_none(),
        "{place}"
    );
    let methods = class.attributes().into_iter().filter_map(|attribute| {
        let kind = match attribute.kind {
            AttributeKind::Method(_) => "function",
            AttributeKind::ClassMethod(_) => "classmethod",
            AttributeKind::StaticMethod(_) => "staticmethod",
            AttributeKind::Property(_) => "property",
            _ => return None,
        };
        (!attribute.name.starts_with('_')).then(|| (attribute.name.to_owned(), Json::from(kind)))
    });
    assert_eq!(Json::Object(methods.collect()), fact["methods"], "{place}");
    assert_eq!(
        class.bases().len(),
        fact["bases"].as_array().expect("a list").len(),
        "{place}"
    );
    if let (Some(wanted), Some(_)) = (fact["members"].as_object(), class.as_enum()) {
        let members = class
            .members()
            .into_iter()
            .map(|(name, value)| (name.to_owned(), Json::from(value.to_string())));
        assert_eq!(members.collect::<serde_json::Map<_, _>>(), *wanted, "{place}");
    }
}

#[test]
fn every_pickler() {
    let Some(packages) = packages::directory("picklers") else {
        return;
    };
    let all = written(&packages);
    for python in python::interpreters() {
        assert!(
            all.iter().any(|written| written.minor == python.version.1),
            "nothing was written by {python}"
        );
    }
    for written in &all {
        let (functions, classes) = compare(written);
        println!("{}: {functions} functions, {classes} classes", written.label);
        let wanted = if written.is_dill() { (30, 7) } else { (49, 12) };
        assert!(
            functions >= wanted.0 && classes >= wanted.1,
            "{}: only {functions} and {classes}",
            written.label
        );
    }
}

/// Functions made in one another share variables and globals, in all picklers that write cells.
#[test]
fn sharing() {
    let Some(packages) = packages::directory("picklers") else {
        return;
    };
    let newest = python::newest();
    let written = write("cloudpickle", "3.1.2", newest, &packages.join("cloudpickle-3.1.2"));
    let bytes = fs::read(written.folder.join("pair.pkl")).expect("a pickle");
    let graph = Graph::from_slice(&bytes).expect("a pickle");
    let functions = Functions::of(&graph).expect("functions");
    let all: Vec<Function<'_>> = functions.functions().collect();
    let [increase, get] = *all else { panic!("{all:?}") };
    let cells = [increase, get].map(|function| function.free_variables().expect("bytecode")[0].cell);
    assert_eq!(cells[0], cells[1]);
    assert_eq!(increase.def().namespace, get.def().namespace);

    let bytes = fs::read(written.folder.join("derived.pkl")).expect("a pickle");
    let graph = Graph::from_slice(&bytes).expect("a pickle");
    let functions = Functions::of(&graph).expect("functions");
    let derived = functions.class(graph.root()).expect("a class");
    let (_, method) = derived.methods()[0];
    let variable = method.free_variables().expect("bytecode")[0];
    assert_eq!(variable.name.to_str(), Some("__class__"));
    assert_eq!(
        variable.value.and_then(|value| functions.class(value)).map(Class::id),
        Some(derived.id())
    );
    let brought: Vec<_> = method.classes().into_iter().filter_map(Class::name).collect();
    assert_eq!(brought, ["Derived", "Base"]);
}

/// Copies of cloudpickle in other packages import under other names.
#[test]
fn copies_in_other_packages() {
    let Some(packages) = packages::directory("picklers") else {
        return;
    };
    let python = python::interpreters()
        .iter()
        .find(|python| python.version.1 == 9)
        .unwrap_or(python::newest());
    for (package, version) in COPIES {
        let site = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
            .join("functions_read_copies")
            .join(version);
        let _ = fs::remove_dir_all(&site);
        let folder = site.join(package.replace('.', "/"));
        fs::create_dir_all(&folder).expect("the target directory can be written");
        for parent in folder.ancestors().skip(1).take_while(|parent| **parent != *site) {
            fs::write(parent.join("__init__.py"), "").expect("a file");
        }
        let from = packages.join(format!("cloudpickle-{version}")).join("cloudpickle");
        for entry in fs::read_dir(from).expect("a package") {
            let path = entry.expect("a file").path();
            if let (true, Some(name)) = (path.is_file(), path.file_name()) {
                // As those packages do: up to 2.2 it imports itself by its own name.
                let text = fs::read_to_string(&path).expect("Python");
                let text = text.replace("from cloudpickle", &format!("from {package}"));
                fs::write(folder.join(name), text).expect("a copy");
            }
        }
        let written = write(package, version, python, &site);
        compare(&written);
        let bytes = fs::read(written.folder.join("every_kind.pkl")).expect("a pickle");
        let graph = Graph::from_slice(&bytes).expect("a pickle");
        let report = Functions::of(&graph).expect("functions").report().to_string();
        assert!(
            report.starts_with(&format!("written by {package} (cloudpickle ")),
            "{report}"
        );
    }
}

/// What this library writes says the same as what it was made from.
#[test]
fn own_encodings() {
    let Some(packages) = packages::directory("picklers") else {
        return;
    };
    for python in python::interpreters() {
        let written = write("cloudpickle", "3.1.2", python, &packages.join("cloudpickle-3.1.2"));
        for name in written.facts.as_object().expect("a dict").keys() {
            let bytes = fs::read(written.folder.join(format!("{name}.pkl"))).expect("a pickle");
            let graph = Graph::from_slice(&bytes).expect("a pickle");
            let said = |graph: &Graph<'_>| {
                let functions = Functions::of(graph).unwrap_or_else(|error| panic!("{name}: {error}"));
                let mut json: Json = serde_json::from_str(&functions.report().to_json()).expect("JSON");
                let mut all = json["functions"].take();
                for function in all.as_array_mut().expect("a list") {
                    let function = function.as_object_mut().expect("a dict");
                    // Numbers, the order in which things are met, and versions that a guard tells better.
                    for key in [
                        "namespace",
                        "code",
                        "functions",
                        "classes",
                        "free_variables",
                        "globals",
                        "python",
                    ] {
                        function.remove(key);
                    }
                }
                let mut all: Vec<String> = all.as_array().expect("a list").iter().map(Json::to_string).collect();
                all.sort_unstable();
                all
            };
            let wanted = said(&graph);
            for wire in [Wire::Compat, Wire::Standalone] {
                let rewire = Rewire::new(wire).python(python.version.1);
                let moved = rewire
                    .rewire(&graph)
                    .unwrap_or_else(|error| panic!("{name} to {wire:?}: {error}"));
                let moved = moved.to_vec().expect("a pickle");
                let moved = Graph::from_slice(&moved).expect("a pickle");
                assert_eq!(said(&moved), wanted, "{name} of {python} as {wire:?}");
            }
        }
    }
}

/// Writes a class with type parameters, a generic one in the old way, and what `inspect` says of their methods.
const TYPE_PARAMETERS: &str = "
import inspect, json, sys
sys.path.insert(0, sys.argv[1])
import cloudpickle, typing
S, C, D = typing.TypeVar('S'), typing.TypeVar('C', covariant=True), typing.TypeVar('D', contravariant=True)
class Old(typing.Generic[S]):
    def get(self, s: S, c: C, d: D) -> list[S]: pass
class New[T, U: int]:
    def get(self, t: T, u: U) -> dict[T, U]: pass
    def put(self, t: T) -> typing.Optional[T]: pass
methods = [Old.get, New.get, New.put]
said = [[method.__qualname__, str(inspect.signature(method))] for method in methods]
print(json.dumps([cloudpickle.dumps([Old, New]).hex(), said]))
";

/// A type parameter is shown without a sign, as its variance is found by its use; any other variable with one.
#[test]
fn type_parameters() {
    let Some(packages) = packages::directory("picklers") else {
        return;
    };
    let mut checked = 0;
    for python in python::interpreters().iter().filter(|python| python.version.1 >= 12) {
        let mut command = std::process::Command::new(&python.path);
        let package = packages.join("cloudpickle-3.1.2");
        command.args(["-I", "-S", "-c", TYPE_PARAMETERS]).arg(package);
        let output = command.output().expect("it starts");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{python}: {errors}");
        let (digits, said): (String, Vec<(String, String)>) =
            serde_json::from_slice(&output.stdout).expect("a pickle and what is said");
        let bytes: Vec<u8> = digits
            .as_bytes()
            .chunks(2)
            .map(|pair| u8::from_str_radix(str::from_utf8(pair).expect("ASCII"), 16).expect("digits"))
            .collect();
        let graph = Graph::from_slice(&bytes).expect("cloudpickle has written it");
        let functions = Functions::of(&graph).expect("it is known");
        for (name, wanted) in said {
            let mut found = functions.functions();
            let function = found
                .find(|function| function.qualname() == Some(&*name))
                .expect("a method");
            let signature = function.signature().expect("it has bytecode").to_string();
            assert_eq!(signature, wanted, "{python}: {name}");
            checked += 1;
        }
    }
    if checked == 0 {
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: type parameters, as there is no CPython 3.12 or later"
        );
    }
}
