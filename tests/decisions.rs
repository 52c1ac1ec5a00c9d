//! Which streams are accepted, and as what: the same as CPython's C unpickler says.

mod support;

use brinery::{Extensions, Options};
use std::collections::BTreeMap;
use support::{
    Rng,
    canon::{TOO_LONG, canon},
    decide::{Decision, decide},
    mutate::{mutate, random},
    python::{Python, interpreters, newest},
    records::Written,
    show, vectors,
};

const EXTENSIONS: &[(&str, &str, i64)] = &[("m", "C", 1), ("__builtin__", "xrange", 2), ("shapes", "Plain", 300)];

/// Small real streams to start from.
fn originals(seed: u64) -> Vec<Vec<u8>> {
    let mut streams: Vec<Vec<u8>> = vectors::all().into_iter().map(|vector| vector.bytes).collect();
    for python in interpreters() {
        for args in [&["corpus"][..], &["random", &seed.to_string(), "60"]] {
            let written = Written::by(python, args);
            streams.extend(written.records().map(|record| record.x.to_vec()));
        }
    }
    streams.retain(|stream| stream.len() <= 600);
    streams.sort();
    streams.dedup();
    assert!(streams.len() > 2000, "only {} streams", streams.len());
    streams
}

fn streams(rng: &mut Rng, originals: &[Vec<u8>], count: usize) -> Vec<Vec<u8>> {
    (0..count)
        .map(|_| match rng.below(5) {
            0 | 1 => random(rng),
            2 => {
                let (stream, other) = (random(rng), random(rng));
                mutate(rng, &stream, &other)
            }
            _ => {
                let (stream, other) = (rng.pick(originals).clone(), rng.pick(originals).clone());
                mutate(rng, &stream, &other)
            }
        })
        .collect()
}

fn ours(options: &Options, stream: &[u8]) -> Decision {
    match options.read(stream) {
        Ok(graph) => Decision::Value(canon(&graph)),
        Err(error) => Decision::Error(error.to_string()),
    }
}

#[derive(Default)]
struct Tally {
    accepted: usize,
    refused: usize,
    excepted: BTreeMap<&'static str, usize>,
    differ: Vec<String>,
}

impl Tally {
    fn compare(&mut self, options: &Options, stream: &[u8], theirs: &Decision) {
        let ours = ours(options, stream);
        match (&ours, theirs) {
            (Decision::Value(a), Decision::Value(b)) if a == b => self.accepted += 1,
            (Decision::Error(_), Decision::Error(_)) => self.refused += 1,
            _ => self.differ.push(format!(
                "{}\n  we:      {ours:?}\n  CPython: {theirs:?}",
                stream.escape_ascii()
            )),
        }
    }
}

fn check(python: &Python, rng: &mut Rng, originals: &[Vec<u8>], count: usize) -> Tally {
    let mut extensions = Extensions::default();
    let mut arguments = Vec::new();
    for (module, name, code) in EXTENSIONS {
        extensions.add(module, name, *code);
        arguments.push(format!("--ext={module}:{name}:{code}"));
    }
    let options = Options::new().rules(python.rules()).extensions(extensions);
    let streams = streams(rng, originals, count);
    let decisions = decide(python, &arguments, &streams);
    let mut tally = Tally::default();
    for (stream, theirs) in streams.iter().zip(&decisions) {
        tally.compare(&options, stream, theirs);
    }
    println!(
        "{python}: {} accepted, {} refused by both, {} differ",
        tally.accepted,
        tally.refused,
        tally.differ.len()
    );
    for d in tally.differ.iter().take(40) {
        println!("{}", &d[..d.len().min(1500)]);
    }
    tally
}

#[test]
fn the_newest() {
    let seed = support::seed();
    let mut rng = Rng::new(seed, "decisions");
    let originals = originals(seed);
    check(newest(), &mut rng, &originals, 20000);
}
