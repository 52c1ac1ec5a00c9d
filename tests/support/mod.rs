//! What the test suites share: interpreters, oracles, vectors, canonical text and a seeded generator.

// Every suite is a crate of its own and none uses all of this.
#![allow(dead_code)]

pub mod asked;
pub mod canon;
pub mod codes;
pub mod containers;
pub mod counted;
pub mod decide;
pub mod evaluate;
pub mod mutate;
pub mod packages;
pub mod pickletools;
pub mod python;
pub mod records;
pub mod rng;
pub mod same;
pub mod show;
pub mod vectors;

#[allow(unused_imports)] // Not every suite reads in pieces.
pub use rng::{Chunks, Rng};
pub use show::show;
use std::{
    io::Write,
    path::PathBuf,
    process::{Command, Output, Stdio},
    thread,
};

/// A directory or file of the tests.
pub fn tests(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests").join(path)
}

/// The seed of this run: `BRINERY_SEED`, else always the same. Printed, so that a failure can be repeated.
pub fn seed() -> u64 {
    let seed = match std::env::var("BRINERY_SEED") {
        Ok(text) => text.parse().expect("BRINERY_SEED is a number"),
        Err(_) => 1,
    };
    println!("seed {seed} (set BRINERY_SEED to try another)");
    seed
}

/// Where two byte strings part, with what stands around it.
pub fn difference(wanted: &[u8], got: &[u8]) -> String {
    let at = wanted.iter().zip(got).take_while(|(a, b)| a == b).count();
    let around = |bytes: &[u8]| {
        bytes[at.saturating_sub(80)..(at + 60).min(bytes.len())]
            .escape_ascii()
            .to_string()
    };
    format!(
        "they part at byte {at}\n  wanted {}\n  got    {}",
        around(wanted),
        around(got)
    )
}

/// Runs a command with this on its standard input, to the end.
pub fn feed(command: &mut Command, input: &[u8]) -> Output {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    let mut stdin = child.stdin.take().expect("it was asked for");
    thread::scope(|scope| {
        // What ends early does not read it all.
        scope.spawn(move || drop(stdin.write_all(input)));
        child.wait_with_output().expect("it ends")
    })
}
