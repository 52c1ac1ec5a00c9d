//! The oracles of the fuzz targets, as properties: the seeds of `fuzz/seeds`, and seeds changed.
//!
//! `BRINERY_SEED` takes other changes, `BRINERY_ROUNDS` so many times as many of them.

#![cfg(all(feature = "scan", feature = "archive", feature = "serde"))]

mod support;

#[path = "support/oracles/mod.rs"]
mod oracles;

use oracles::ALL;
use std::{fs, path::PathBuf};
use support::{Rng, mutate::mutate, seed, show};

/// The seeds of some oracles, in a fixed order.
fn seeds(folder: &str) -> Vec<Vec<u8>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/seeds")
        .join(folder);
    let files = fs::read_dir(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut paths: Vec<PathBuf> = files.map(|file| file.expect("a file").path()).collect();
    paths.sort();
    let seeds: Vec<Vec<u8>> = paths.iter().map(|path| fs::read(path).expect("a seed")).collect();
    assert!(seeds.len() >= 20, "only {} seeds in {}", seeds.len(), path.display());
    seeds
}

/// How many changed seeds, in so many times as `BRINERY_ROUNDS` says.
fn rounds(count: usize) -> usize {
    match std::env::var("BRINERY_ROUNDS") {
        Ok(text) => count * text.parse::<usize>().expect("BRINERY_ROUNDS is a number"),
        Err(_) => count,
    }
}

/// Bytes changed as bytes: what is no pickle has no opcodes to change.
fn scramble(rng: &mut Rng, seed: &[u8], other: &[u8]) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=rng.below(3) {
        let at = rng.below(bytes.len().max(1));
        match rng.below(7) {
            0 if at < bytes.len() => bytes[at] ^= 1 << rng.below(8),
            1 if at < bytes.len() => bytes[at] = rng.byte(),
            2 if at < bytes.len() => drop(bytes.remove(at)),
            3 => bytes.truncate(at),
            4 => bytes.insert(at.min(bytes.len()), rng.byte()),
            5 if at < bytes.len() => bytes[at] = *rng.pick(&[0, 1, 0x7f, 0x80, 0xff]),
            _ => {
                let from = rng.below(other.len().max(1));
                let to = (from + rng.below(40)).min(other.len());
                let end = (at + rng.below(8)).min(bytes.len());
                bytes.splice(at.min(end)..end, other[from.min(to)..to].iter().copied());
            }
        }
    }
    bytes
}

/// Says which bytes it was that an oracle panics on.
struct Told<'a>(&'a str, &'a [u8]);

impl Drop for Told<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{} fails on {}", self.0, show(self.1));
        }
    }
}

fn hold(name: &str, count: usize) {
    let (_, folder, oracle) = ALL.into_iter().find(|(other, ..)| *other == name).expect("an oracle");
    let seeds = seeds(folder);
    for seed in &seeds {
        let _told = Told(name, seed);
        oracle(seed);
    }
    let mut rng = Rng::new(seed(), name);
    for _ in 0..rounds(count) {
        let (seed, other) = (rng.pick(&seeds), rng.pick(&seeds));
        let mut bytes = match folder {
            "pickles" | "functions" => mutate(&mut rng, seed, other),
            _ => scramble(&mut rng, seed, other),
        };
        // Several in a row are what these are about.
        if matches!(name, "stream" | "splice" | "scan") && rng.one_in(2) {
            bytes.extend(rng.pick(&seeds).iter());
        }
        let _told = Told(name, &bytes);
        oracle(&bytes);
    }
}

#[test]
fn parse() {
    hold("parse", 20_000);
}

#[test]
fn load() {
    hold("load", 6000);
}

#[test]
fn stream() {
    hold("stream", 6000);
}

#[test]
fn round_trip() {
    hold("round_trip", 6000);
}

#[test]
fn disassemble() {
    hold("disassemble", 6000);
}

#[test]
fn scan() {
    hold("scan", 4000);
}

#[test]
fn typed() {
    hold("typed", 3000);
}

#[test]
fn splice() {
    hold("splice", 10_000);
}

#[test]
fn structured() {
    hold("structured", 3000);
}

#[test]
fn function() {
    hold("function", 2000);
}

#[test]
fn marshal() {
    hold("marshal", 10_000);
}

#[test]
fn archive() {
    hold("archive", 4000);
}

/// Every target of the fuzzer is an oracle here, and the other way round.
#[test]
fn targets() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fuzz/fuzz_targets");
    let mut targets: Vec<String> = fs::read_dir(folder)
        .expect("fuzz_targets is there")
        .map(|file| {
            file.expect("a file")
                .file_name()
                .to_string_lossy()
                .trim_end_matches(".rs")
                .to_owned()
        })
        .collect();
    targets.sort();
    let mut names = ALL.map(|(name, ..)| name);
    names.sort();
    assert_eq!(targets, names);
}
