//! Counted bytes: how the oracles of packages and the tests talk to each other.

use super::python::Python;
use std::{
    io::Write,
    process::{Command, Stdio},
};

/// Takes bytes behind their length of four bytes.
pub fn take<'w>(rest: &mut &'w [u8]) -> Option<&'w [u8]> {
    if rest.is_empty() {
        return None;
    }
    let size = rest.split_off(..4).expect("a length is whole");
    let size = u32::from_le_bytes(size.try_into().expect("four bytes"));
    Some(rest.split_off(..size as usize).expect("a part is whole"))
}

/// The same as text.
pub fn text<'w>(rest: &mut &'w [u8]) -> &'w str {
    str::from_utf8(take(rest).expect("a record is whole")).expect("it is UTF-8")
}

/// Adds bytes with their length before them.
pub fn put(out: &mut Vec<u8>, part: impl AsRef<[u8]>) {
    let part = part.as_ref();
    let size = u32::try_from(part.len()).expect("less than 4 GiB");
    out.extend_from_slice(&size.to_le_bytes());
    out.extend_from_slice(part);
}

/// Runs an oracle in an environment of packages and gives what it prints. It must succeed.
pub fn run(python: &Python, script: &str, mode: &str, input: &[u8]) -> Vec<u8> {
    let mut command: Command = python.oracle(script);
    command.arg(mode).env("PYTHONWARNINGS", "ignore");
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("the oracle starts");
    let mut stdin = child.stdin.take().expect("it has an input");
    let output = std::thread::scope(|scope| {
        // A broken pipe shows in the report of the oracle, which says more.
        scope.spawn(move || {
            let _ = stdin.write_all(input);
        });
        child.wait_with_output().expect("the oracle ends")
    });
    let report = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{script} {mode} on {python}: {report}");
    output.stdout
}
