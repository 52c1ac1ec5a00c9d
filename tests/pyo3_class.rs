//! The example `pyo3_class`: its classes are pickled by real Pythons, and read and written here without.

mod support;

use brinery::{Graph, Options, PyClass};
use serde::Deserialize;
use std::{collections::BTreeMap, path::PathBuf, process::Command};
use support::python::{Python, interpreters, say};

/// What the module has under this name, field by field.
#[derive(PyClass, Debug, PartialEq)]
#[pickle(module = "routes", call)]
struct Route {
    name: String,
    stops: Vec<(f64, f64)>,
    note: Option<String>,
}

#[derive(Deserialize, Debug)]
struct Index {
    places: BTreeMap<String, Vec<u64>>,
}

fn route() -> Route {
    Route {
        name: "náš".into(),
        stops: vec![(10.75, 59.91), (-0.1, 51.5)],
        note: None,
    }
}

/// Builds the module, in a folder of its own so that no other build waits for it, and gives the folder where it lies.
fn module() -> PathBuf {
    let target = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("pyo3_class");
    let done = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--locked", "--target-dir"])
        .arg(&target)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/pyo3_class"))
        .status()
        .expect("cargo runs");
    assert!(done.success(), "the module is not built: {done}");
    let folder = target.join("debug");
    let built = ["libroutes.so", "libroutes.dylib", "routes.dll"].map(|name| folder.join(name));
    let library = built
        .iter()
        .find(|library| library.exists())
        .expect("a library is built");
    let name = if cfg!(windows) { "routes.pyd" } else { "routes.so" };
    std::fs::copy(library, folder.join(name)).expect("the library can be copied");
    folder
}

/// What an interpreter with the module answers, as hexadecimal.
fn ask(python: &Python, folder: &std::path::Path, script: &str) -> Vec<u8> {
    let output = Command::new(&python.path)
        .args(["-c", script])
        .env("PYTHONPATH", folder)
        .output()
        .expect("the interpreter starts");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{python}: {told}\n{script}");
    let digits = String::from_utf8(output.stdout).expect("text");
    let digits = digits.trim().as_bytes();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).expect("hexadecimal"))
        .collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

const PRELUDE: &str = "
import copy, pickle
from routes import Index, Route
route = Route('náš', [(10.75, 59.91), (-0.1, 51.5)])
index = Index()
for place, word in enumerate('to be or not to be'.split()): index.add(word, place)
";

#[test]
fn both_classes_both_ways() {
    let folder = module();
    // PyO3's stable ABI starts at 3.9.
    let (pythons, older): (Vec<_>, Vec<_>) = interpreters().iter().partition(|python| python.version >= (3, 9, 0));
    for python in older {
        say(format_args!("left out, since PyO3 has no classes for it: {python}"));
    }
    assert!(!pythons.is_empty(), "no CPython from 3.9 on");
    for python in pythons {
        for protocol in 0..=5 {
            let bytes = ask(
                python,
                &folder,
                &format!(
                    "{PRELUDE}
data = pickle.dumps([route, index], {protocol})
assert pickle.loads(data) == [route, index] == copy.deepcopy([route, index])
print(data.hex())"
                ),
            );
            let graph = Graph::from_slice(&bytes).unwrap();
            let [first, second] = [0, 1].map(|item| graph.root().get(item).unwrap());
            assert_eq!(
                brinery::from_value::<Route>(first).unwrap(),
                route(),
                "{python}, protocol {protocol}"
            );
            let state = second.as_object().unwrap().state().unwrap();
            let index: Index = brinery::from_slice(state.as_bytes().expect("bytes")).unwrap();
            assert_eq!(index.places["be"], [1, 5], "{python}, protocol {protocol}");

            // Both written here: the route from a Rust value, the index as it came.
            let routes = Options::new().protocol(protocol).to_vec(&route()).unwrap();
            let same = Options::new().protocol(protocol).write(&graph).unwrap();
            let answer = ask(
                python,
                &folder,
                &format!(
                    "{PRELUDE}
assert pickle.loads(bytes.fromhex('{}')) == route
assert pickle.dumps(route, {protocol}) == bytes.fromhex('{0}')
again = pickle.loads(bytes.fromhex('{}'))[1]
assert again == index and again.find('to') == [0, 4]
print('ff')",
                    hex(&routes),
                    hex(&same)
                ),
            );
            assert_eq!(answer, [0xff]);
        }
    }
}
