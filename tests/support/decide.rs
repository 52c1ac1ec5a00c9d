//! Asking CPython's C unpickler what it makes of streams, through `oracle/decide.py`.

use super::python::Python;
use std::{
    io::{Read, Write},
    process::Stdio,
};

/// What the unpickler makes of a stream.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// It loads; the canonical text of the value.
    Value(String),
    /// It does not; the exception and its message.
    Error(String),
}

/// Asks about all streams at once. The answers are in the same order.
pub fn decide(python: &Python, arguments: &[String], streams: &[Vec<u8>]) -> Vec<Decision> {
    let mut command = python.oracle("decide.py");
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("decide.py starts");
    let mut input = child.stdin.take().expect("stdin is piped");
    let mut output = child.stdout.take().expect("stdout is piped");
    let mut answers = Vec::new();
    std::thread::scope(|scope| {
        // From a thread of its own: both pipes fill up while the other side is busy.
        scope.spawn(move || {
            for stream in streams {
                let size = (stream.len() as u32).to_le_bytes();
                if input.write_all(&size).and_then(|()| input.write_all(stream)).is_err() {
                    return; // It died; its missing answers tell.
                }
            }
        });
        output.read_to_end(&mut answers).expect("answers can be read");
    });
    let status = child.wait().expect("decide.py ends");
    let mut rest = &*answers;
    let mut decisions = Vec::new();
    while let Some(size) = rest.split_off(..4) {
        let size = u32::from_le_bytes(size.try_into().expect("four bytes")) as usize;
        let Some(answer) = rest.split_off(..size) else { break };
        decisions.push(parse(str::from_utf8(answer).expect("answers are UTF-8")));
    }
    if decisions.len() < streams.len() {
        let culprit = super::show(&streams[decisions.len()]);
        panic!("decide.py on {python} ended with {status} at {culprit}");
    }
    decisions
}

fn parse(answer: &str) -> Decision {
    match answer.split_once(' ') {
        Some(("value", canon)) => Decision::Value(canon.into()),
        Some(("error", message)) => Decision::Error(message.into()),
        _ => panic!("the oracle failed: {answer}"),
    }
}
