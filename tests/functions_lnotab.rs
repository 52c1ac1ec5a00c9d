//! Code of 3.8 to 3.10 by a cloudpickle that knows no other table of lines than `co_lnotab`: real cloudpickle 1.6 is the
//! writer, and what is made of it is loaded and called by every Python. None may crash, whatever it was written for.

mod support;

use brinery::{
    Error, ErrorKind, Graph, Options,
    function::{Functions, Rewire, Wire},
};
use std::{collections::BTreeMap, path::Path, process::Command};
use support::{
    evaluate::{evaluated_or_failed, line},
    packages, python,
    python::Python,
};

/// Nothing of these tells whether they are of 3.10, as which they are another function than as one of 3.8 or 3.9.
const UNDECIDED: &[&str] = &["either", "perhaps"];

/// A pickle by cloudpickle 1.6.
struct Case {
    name: String,
    pickle: Vec<u8>,
    expression: String,
    expected: String,
}

fn written(python: &Python, cloudpickle: &Path) -> Vec<Case> {
    let mut command = Command::new(&python.path);
    let script = support::tests("oracle/lnotab_functions.py");
    command.args(["-I", "-S", "-B"]).arg(script).arg(cloudpickle);
    let output = command.output().expect("it starts");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{python}: {error}");
    let case = |line: &str| {
        let fields: Vec<String> = serde_json::from_str(line).expect("four texts");
        let [name, digits, expression, expected] = fields.try_into().expect("four texts");
        let byte = |at| u8::from_str_radix(&digits[at..at + 2], 16).expect("two digits");
        let pickle = (0..digits.len()).step_by(2).map(byte).collect();
        Case {
            name,
            pickle,
            expression,
            expected,
        }
    };
    let said = String::from_utf8(output.stdout).expect("UTF-8");
    let cases: Vec<Case> = said.lines().map(case).collect();
    assert!(cases.len() >= 30, "{python} has written {}", cases.len());
    cases
}

/// What cloudpickle 1.6 writes under each Python that it is good for, and under 3.10, where it works as well.
fn by_version() -> Vec<(&'static Python, Vec<Case>)> {
    let Some(packages) = packages::directory("picklers") else {
        return Vec::new();
    };
    let found = python::interpreters().iter().filter(|python| python.version.1 <= 10);
    found
        .map(|python| (python, written(python, &packages.join("cloudpickle-1.6.0"))))
        .collect()
}

fn rewired(pickle: &[u8], rewire: &Rewire) -> Result<Vec<u8>, Error> {
    let graph = rewire.rewire(&Graph::from_slice(pickle)?)?;
    Options::new().protocol(4).write(&graph)
}

/// Loads and calls it all in one Python, of which only the guard may keep it.
fn called(python: &Python, cases: &[(&Case, Vec<u8>)]) -> usize {
    let lines: String = cases
        .iter()
        .map(|(case, bytes)| line(bytes, &case.expression))
        .collect();
    let found = evaluated_or_failed(python, &[], &lines);
    assert_eq!(found.len(), cases.len(), "{python}");
    let mut right = 0;
    for ((case, _), found) in cases.iter().zip(found) {
        if found == case.expected {
            right += 1;
        } else {
            let tag = format!("has no attribute 'cpython-3{}'", python.version.1);
            let guarded = found.contains("functions for CPython 3.") && found.contains(&tag);
            assert!(
                guarded,
                "{} on {python}: {found} instead of {}",
                case.name, case.expected
            );
        }
    }
    right
}

/// Where nobody says of which version it is, the bytecode does, or else it is refused.
#[test]
fn no_python_crashes() {
    let standalone = Rewire::new(Wire::Standalone);
    for (writer, cases) in by_version() {
        let (mut made, mut refused) = (Vec::new(), Vec::new());
        for case in &cases {
            match rewired(&case.pickle, &standalone) {
                Ok(bytes) => {
                    let again = rewired(&bytes, &standalone).expect("it was written by the same");
                    assert_eq!(bytes, again, "{} of {writer}", case.name);
                    made.push((case, bytes));
                }
                Err(error) => {
                    let said = matches!(error.kind(), ErrorKind::Unsupported(why) if why.contains("`--python`"));
                    assert!(said, "{} of {writer}: {error}", case.name);
                    refused.push(&*case.name);
                }
            }
        }
        let undecided = if writer.version.1 == 10 { UNDECIDED } else { &[] };
        assert_eq!(refused, undecided, "{writer}");
        for python in python::interpreters() {
            let right = called(python, &made);
            println!("by {writer} on {python}: {right} of {}", made.len());
            if python.version == writer.version {
                assert_eq!(right, made.len(), "{writer}");
            }
            assert!(
                right == 0 || python.version.1 <= 10,
                "{right} by {writer} run on {python}"
            );
        }
    }
}

/// Where it is said, nothing is refused, and only that Python loads it.
#[test]
fn who_knows_the_version_decides() {
    for (writer, cases) in by_version() {
        let standalone = Rewire::new(Wire::Standalone).python(writer.version.1);
        let write = |case: &Case| rewired(&case.pickle, &standalone);
        let made: Vec<(&Case, Vec<u8>)> = cases
            .iter()
            .map(|case| {
                (
                    case,
                    write(case).unwrap_or_else(|error| panic!("{} of {writer}: {error}", case.name)),
                )
            })
            .collect();
        for python in python::interpreters() {
            let wanted = if python.version == writer.version {
                made.len()
            } else {
                0
            };
            assert_eq!(called(python, &made), wanted, "by {writer} on {python}");
        }
    }
}

/// The version that it was written under is among those that are reported, alone if it shows, and the bytecode is read as
/// that version's.
#[test]
fn reports() {
    for (writer, cases) in by_version() {
        let minor = writer.version.1;
        let mut reports = BTreeMap::new();
        for case in &cases {
            let graph = Graph::from_slice(&case.pickle).expect("cloudpickle has written it");
            let functions = Functions::of(&graph).expect(&case.name);
            let versions = functions.python().expect(&case.name);
            assert!(versions.contains(minor), "{} of {writer}: {versions}", case.name);
            let report = functions.report().disassembly(true).to_string();
            assert!(!report.contains("bad code"), "{report}");
            reports.insert(&*case.name, (versions.to_string(), report));
        }
        let versions = |name: &str| reports[name].0.as_str();
        assert_eq!(versions("identity"), "3.8, 3.9 or 3.10");
        let (jumping, handler) = match minor {
            8 => ("3.8 or 3.9", "3.8"),
            9 => ("3.8 or 3.9", "3.9"),
            _ => ("3.10", "3.10"),
        };
        assert_eq!(
            (versions("factorial"), versions("handler")),
            (jumping, handler),
            "{writer}"
        );
        if minor == 10 {
            // Two bytes for each instruction that it jumps over; lines as in co_lnotab.
            let (_, report) = &reports["generator"];
            assert!(
                report.contains("0 GEN_START 0") && report.contains("10 FOR_ITER 5 (to 22)"),
                "{report}"
            );
        }
    }
}
