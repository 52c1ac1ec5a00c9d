//! Functions made in Rust, written in every wire and protocol, and called by CPython.

#[path = "../support/mod.rs"]
mod support;

mod families;
mod family;
mod made;

use brinery::function::Wire;
use std::process::Command;
use support::python::Python;

const WIRES: [Wire; 3] = [Wire::Compat, Wire::Standalone, Wire::Portable];

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

/// Answers pickles, each behind its length: a line of JSON for what the body makes of each.
fn answering(body: &str) -> String {
    format!(
        "
import json, pickle, sys
sys.path += sys.argv[1:]
def answer(data):{body}
stdin = sys.stdin.buffer
while True:
    size = stdin.read(4)
    if not size: break
    data = stdin.read(int.from_bytes(size, 'little'))
    try:
        said = answer(data)
    except Exception as error:
        said = type(error).__name__ + ': ' + str(error)
    print(json.dumps(said))
"
    )
}

/// What a fresh Python, that has nothing but its standard library and what lies in `path`, makes of pickles by a body that
/// returns its answer for `data`: one line each. It must come to its end by itself.
fn run(body: &str, python: &Python, path: Option<&str>, pickles: &[Vec<u8>]) -> Vec<String> {
    let mut command = Command::new(&python.path);
    command.args(["-I", "-S", "-c", &answering(body)]).args(path);
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
