//! The table of values of `oracle/types_containers.py`: what interpreters write of it, and what they load.

use super::python::{Python, elders, interpreters};
use std::{
    io::{BufRead, BufReader, Write},
    process::Stdio,
};

/// One line that the oracle wrote.
pub struct Line {
    pub name: String,
    /// The name, who wrote it and in which protocol.
    pub label: String,
    pub protocol: u8,
    pub bytes: Vec<u8>,
    /// What it is, as the oracle's `show` says it.
    pub text: String,
}

/// All of them, oldest first.
pub fn every_python() -> impl Iterator<Item = &'static Python> {
    elders().iter().chain(interpreters())
}

fn unhex(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks_exact(2);
    let byte = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).expect("ASCII"), 16).expect("hex");
    digits.map(byte).collect()
}

/// What one writes of the table of values.
pub fn written_by(python: &Python) -> Vec<Line> {
    let output = python
        .oracle("types_containers.py")
        .arg("write")
        .stderr(Stdio::piped())
        .output()
        .expect("the oracle starts");
    let report = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{python}: {report}");
    let text = String::from_utf8(output.stdout).expect("ASCII");
    let line = |line: &str| {
        let [name, protocol, pickler, bytes, text] = *line.split('\t').collect::<Vec<_>>() else {
            panic!("{python}: {line}");
        };
        Line {
            name: name.into(),
            label: format!("{name} by {python}'s {pickler}, protocol {protocol}"),
            protocol: protocol.parse().expect("a protocol"),
            bytes: unhex(bytes),
            text: text.into(),
        }
    };
    text.lines().map(line).collect()
}

/// What an interpreter loads from these, each as the oracle's `show` says it. Those that it does not know are left out by
/// the caller.
pub fn loaded_by(python: &Python, pickles: &[(String, Vec<u8>)]) -> Vec<String> {
    let mut child = python
        .oracle("types_containers.py")
        .arg("load")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the oracle starts");
    let mut input = child.stdin.take().expect("it is piped");
    let lines: Vec<String> = pickles
        .iter()
        .map(|(name, bytes)| {
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("{name}\t{hex}\n")
        })
        .collect();
    // It answers while it reads.
    let writer = std::thread::spawn(move || input.write_all(lines.concat().as_bytes()));
    let output = BufReader::new(child.stdout.take().expect("it is piped"));
    let answers: Vec<String> = output
        .lines()
        .map(|line| line.expect("ASCII"))
        .map(|line| line.split_once('\t').expect("name and text").1.to_owned())
        .collect();
    writer.join().expect("no panic").expect("it listens");
    assert!(child.wait().expect("it ends").success(), "{python}");
    assert_eq!(answers.len(), pickles.len(), "{python}");
    answers
}
