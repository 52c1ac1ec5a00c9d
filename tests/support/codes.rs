//! Files of records that tests/oracle/code_objects.py writes and reads.

use super::python::Python;
use std::{path::PathBuf, process::Command};

/// The records of a file: kind and payload.
pub fn records(bytes: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let (&[kind, a, b, c, d], behind) = rest.split_first_chunk()?;
        let (payload, behind) = behind.split_at(u32::from_le_bytes([a, b, c, d]) as usize);
        rest = behind;
        Some((kind, payload))
    })
}

pub fn push(out: &mut Vec<u8>, kind: u8, payload: &[u8]) {
    out.push(kind);
    out.extend((payload.len() as u32).to_le_bytes());
    out.extend(payload);
}

/// A file for one interpreter, in the directory of the build.
pub fn file(python: &Python, name: &str) -> PathBuf {
    let (major, minor, micro) = python.version;
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{major}.{minor}.{micro}"))
}

/// What the oracle writes on a command.
pub fn written(python: &Python, command: &str) -> Vec<u8> {
    let path = file(python, command);
    run(python.oracle("code_objects.py").arg(command).arg(&path));
    let bytes = std::fs::read(&path).expect("the oracle has written its file");
    std::fs::remove_file(&path).expect("the file can be removed");
    bytes
}

/// Runs a command, which must succeed, and answers what it prints.
pub fn run(command: &mut Command) -> String {
    let output = command.output().expect("the interpreter runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}\n{errors}");
    text
}
