//! What dill writes, rewritten so that dill is not needed: real dill is the writer, and Pythons that have only their standard
//! library, or cloudpickle besides, load the result and use it.

mod support;

use brinery::{
    Builder, Error, ErrorKind, Graph, Options, Result, Value,
    function::{Defs, FunctionBuilder, Rewire, Wire},
};
use serde_json::Value as Json;
use std::path::Path;
use std::process::Command;
use support::{evaluate::evaluated_or_failed, packages, python, python::Python};

/// Which dills write under which Pythons, from which protocol on, and how many cases they must come to: not all of them can
/// write all. Below protocol 3, dill 0.3.4 writes the bytes of code by calls that are not read.
const WRITERS: &[(&str, &[u8], u8, usize)] = &[
    ("0.3.4", &[8], 3, 55),
    ("0.3.5.1", &[8, 10], 2, 220),
    ("0.3.9", &[8, 10, 13], 2, 260),
    ("0.4.0", &[8, 10, 13], 2, 260),
];

/// A pickle by dill.
struct Case {
    name: String,
    pickle: Vec<u8>,
    expression: String,
    expected: String,
}

fn written(python: &Python, dill: &Path) -> Vec<Case> {
    let mut command = Command::new(&python.path);
    command
        .args(["-I", "-S"])
        .arg(support::tests("oracle/dill_functions.py"))
        .arg(dill);
    let output = command.env("PYTHONDONTWRITEBYTECODE", "1").output().expect("it starts");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{python} with {}: {error}", dill.display());
    let said = String::from_utf8(output.stdout).expect("UTF-8");
    let case = |line: &str| {
        let line: Json = serde_json::from_str(line).expect("JSON");
        let text = |at: usize| line[at].as_str().map(str::to_owned);
        let digits = text(3)?;
        let byte = |at| u8::from_str_radix(&digits[at..at + 2], 16).expect("two digits");
        Some(Case {
            name: format!("{} in protocol {}, recurse {}", text(0)?, line[1], line[2]),
            pickle: (0..digits.len()).step_by(2).map(byte).collect(),
            expression: text(4)?,
            expected: text(5)?,
        })
    };
    said.lines().filter_map(case).collect()
}

fn rewired(pickle: &[u8], wire: &Rewire, protocol: u8) -> Result<Vec<u8>> {
    let graph = wire.rewire(&Graph::from_slice(pickle)?)?;
    Options::new().protocol(protocol).write(&graph)
}

#[test]
fn every_case_without_dill() {
    let Some(packages) = packages::directory("picklers") else {
        return;
    };
    let mut wrong = Vec::new();
    for (version, minors, first, least) in WRITERS {
        for python in python::interpreters()
            .iter()
            .filter(|python| minors.contains(&python.version.1))
        {
            let dill = packages.join(format!("dill-{version}"));
            let mut cases = written(python, &dill);
            cases.retain(|case| case.pickle[1] >= *first);
            assert!(
                cases.len() >= *least,
                "dill {version} writes {} cases on {python}",
                cases.len()
            );
            for (wire, path) in [
                (Wire::Standalone, vec![]),
                (Wire::Compat, vec![packages.join("cloudpickle-3.1.2")]),
            ] {
                let mut lines = String::new();
                // Before 0.3.6 it does not show in what dill writes for 3.10 that it is of 3.10.
                let rewire = Rewire::new(wire).python(python.version.1);
                for case in &cases {
                    let protocol = case.pickle[1];
                    let bytes = rewired(&case.pickle, &rewire, protocol)
                        .unwrap_or_else(|error| panic!("{} of dill {version} on {python}: {error}", case.name));
                    lines.push_str(&support::evaluate::line(&bytes, &case.expression));
                }
                let found = evaluated_or_failed(python, &path, &lines);
                assert_eq!(found.len(), cases.len());
                for (case, found) in cases.iter().zip(found) {
                    if found != case.expected {
                        wrong.push(format!(
                            "{wire:?}, dill {version} on {python}, {}: {found} instead of {}",
                            case.name, case.expected
                        ));
                    }
                }
                println!("dill {version} on {python}: {} cases in {wire:?}", cases.len());
            }
        }
    }
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// Functions without jumps are the same in 3.8 to 3.10; of others 3.10 must be said, or shows.
#[test]
fn old_tables_of_lines_are_of_3_10() {
    let Some(packages) = packages::directory("picklers") else {
        return;
    };
    let mut pythons = python::interpreters().iter();
    let python = pythons.find(|python| python.version.1 == 10).expect("CPython 3.10");
    let cases = written(python, &packages.join("dill-0.3.5.1"));
    let case = |name: &str| {
        cases
            .iter()
            .find(|case| case.name.starts_with(name))
            .expect("it can be written")
    };
    let standalone = Rewire::new(Wire::Standalone);
    let text = |name: &str, wire: &Rewire| {
        String::from_utf8_lossy(&rewired(&case(name).pickle, wire, 4).expect(name)).into_owned()
    };
    assert!(text("plain", &standalone).contains("functions for CPython 3.8, 3.9 or 3.10 only"));
    assert!(text("plain", &standalone.clone().python(10)).contains("functions for CPython 3.10 only"));
    // A generator of 3.10 begins with what 3.9 has no opcode for.
    assert!(text("jumps", &standalone).contains("functions for CPython 3.10 only"));
}

fn refused(result: Result<Graph<'static>>) -> String {
    match result {
        Err(error) => {
            assert!(matches!(error.kind(), ErrorKind::Unsupported(_)), "{error}");
            error.to_string()
        }
        Ok(graph) => panic!("{} was written", graph.root()),
    }
}

/// `function(*args)` of a module.
fn called(module: &str, name: &str, args: &[&str]) -> Graph<'static> {
    let mut build = Builder::new();
    let callable = build.global(module, name);
    let args: Vec<_> = args.iter().map(|arg| build.add(*arg)).collect();
    let made = build.call(callable, args).expect("a call");
    build.finish(made)
}

#[test]
fn what_only_the_writer_can_make_is_refused() {
    let wires = [Wire::Standalone, Wire::Portable, Wire::Compat];
    let graphs = [
        called("dill._dill", "_create_something", &["x"]),
        called("dill._dill", "_create_capsule", &["x"]),
        called("dill._dill", "_create_filehandle", &["/a/file", "r"]),
        called("dill._dill", "_load_type", &["NoSuchType"]),
        called("dill._dill", "_eval_repr", &["__import__('os').system('true')"]),
        called("dill._dill", "_eval_repr", &["range(1, x)"]),
        called("dill", "_anything", &[]),
    ];
    for graph in &graphs {
        for wire in wires {
            let why = refused(Rewire::new(wire).rewire(graph));
            assert!(why.contains("needed"), "{why}");
        }
    }
    // A helper that is not known yet is there for whoever has cloudpickle.
    for module in ["cloudpickle.cloudpickle", "joblib.externals.cloudpickle.cloudpickle"] {
        let newer = called(module, "_make_something", &["x"]);
        let compat = Rewire::new(Wire::Compat).rewire(&newer).expect("it can be written");
        assert_eq!(
            compat.root().to_string(),
            "cloudpickle.cloudpickle._make_something('x')"
        );
        refused(Rewire::new(Wire::Standalone).rewire(&newer));
    }
    // In what was done beside an object, too.
    let graph = Graph::from_slice(
        b"\x80\x04cdill._dill\n_create_cell\nK\x01\x85R\x94cbuiltins\ngetattr\ncdill\n_dill\n\x8c\x09_new_shim\x86Rh\x00\x85R0.",
    );
    refused(Rewire::new(Wire::Standalone).rewire(&graph.expect("a pickle")));
}

/// What a function has among its globals is its own, be it of dill.
#[test]
fn what_a_function_uses_itself_stays() {
    for (module, name) in [("dill", "loads"), ("dill._dill", "_create_function")] {
        let mut make = FunctionBuilder::new();
        let globals = make.namespace("__main__");
        let function = make.function("lambda x: used(x)", globals).expect("a lambda");
        let used = make.data().global(module, name);
        make.global(function, "used", used).expect("a function");
        let graph = make
            .write(&Rewire::new(Wire::Standalone), function)
            .expect("it can be written");
        assert!(graph.root().to_string().contains(name));
    }
}

/// The shims by which dill fills and empties cells are those of Python.
#[test]
fn cells_that_are_filled_late() {
    let stream = b"\x80\x04cdill._dill\n_create_cell\nN\x85R\x94cbuiltins\ngetattr\ncdill\n_dill\n\x8c\x08_setattr\
        cbuiltins\nsetattr\n\x87Rh\x00\x8c\x0dcell_contentsK\x07\x87R0.";
    let graph = Graph::from_slice(stream).expect("a pickle");
    let defs = Defs::of(&graph).expect("defs");
    let Some(brinery::function::Def::Cell(cell)) = defs.get(graph.root().id()) else {
        panic!("no cell");
    };
    let value = defs.cell(*cell).value.map(|at| graph.value(at));
    assert_eq!(value.and_then(Value::as_i64), Some(7));
    let alone = Rewire::new(Wire::Standalone).rewire(&graph).expect("it can be written");
    assert_eq!(alone.root().to_string(), "types.CellType(7)");
}

/// Tuples in tuples, as deep as anyone likes, are looked at once.
#[test]
fn deep_arguments() -> std::result::Result<(), Error> {
    let mut stream = b"\x80\x04cdill._dill\n_create_typing_tuple\n)".to_vec();
    stream.extend([b'\x85'; 100_000]);
    stream.extend(b"\x85R.");
    let graph = Options::new().read(&stream)?;
    refused(Rewire::new(Wire::Standalone).rewire(&graph));
    Ok(())
}
