//! What the test suites share: interpreters, oracles, vectors, canonical text and a seeded generator.

// Every suite is a crate of its own and none uses all of this.
#![allow(dead_code)]

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
pub mod same;
pub mod vectors;

use std::{
    io::{Read, Write},
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

/// SplitMix64: small, and its sequence never changes with a dependency's version.
#[derive(Clone)]
pub struct Rng(u64);

impl Rng {
    /// A generator for one purpose of a run.
    pub fn new(seed: u64, purpose: &str) -> Self {
        let mut rng = Rng(seed);
        for byte in purpose.bytes() {
            rng.0 = rng.next() ^ u64::from(byte);
        }
        rng
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    /// A number below `end`, which must not be 0.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// True in one of `n` cases.
    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub fn byte(&mut self) -> u8 {
        self.next() as u8
    }

    pub fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len())]
    }
}

/// A reader that hands out a slice in pieces of arbitrary sizes.
pub struct Chunks<'a> {
    rest: &'a [u8],
    largest: usize,
    rng: Rng,
}

impl<'a> Chunks<'a> {
    /// Pieces of 1 to `largest` bytes.
    pub fn new(bytes: &'a [u8], largest: usize, rng: Rng) -> Self {
        Chunks {
            rest: bytes,
            largest,
            rng,
        }
    }

    /// One byte at a time.
    pub fn bytewise(bytes: &'a [u8]) -> Self {
        Chunks::new(bytes, 1, Rng(0))
    }
}

impl Read for Chunks<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let size = (1 + self.rng.below(self.largest))
            .min(buffer.len())
            .min(self.rest.len());
        let (now, later) = self.rest.split_at(size);
        buffer[..size].copy_from_slice(now);
        self.rest = later;
        Ok(size)
    }
}

/// A stream as text, its middle left out when it is long.
pub fn show(bytes: &[u8]) -> String {
    if bytes.len() > 400 {
        let (head, tail) = (&bytes[..200], &bytes[bytes.len() - 150..]);
        return format!(
            "{} … {} ({} bytes)",
            head.escape_ascii(),
            tail.escape_ascii(),
            bytes.len()
        );
    }
    bytes.escape_ascii().to_string()
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
