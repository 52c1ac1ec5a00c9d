//! Families of closures written by every wire and called come to what the model in Rust comes to.

use super::{
    WIRES, cloudpickle,
    family::{Family, family},
    run, support,
    support::python::{Python, interpreters},
};
use brinery::{
    Options, Ref,
    function::{FunctionBuilder, Rewire, Wire},
};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use std::{fmt::Write as _, process::Command};

/// Loads pickles of `(functions, calls)` and answers what the calls do.
const CALLS: &str = "
    functions, calls = pickle.loads(data)
    return [functions[at](depth, x) for at, depth, x in calls]
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

impl Family {
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
            for (line, found) in run(CALLS, python, path, &pickles).into_iter().enumerate() {
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
                for (line, found) in run(CALLS, python, path, &pickles).into_iter().enumerate() {
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
