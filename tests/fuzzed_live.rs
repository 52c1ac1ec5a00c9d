//! What is said to be safe, held against live CPythons: of real files changed, those that are still safe ask for names of
//! the policy alone.

#![cfg(feature = "scan")]

mod support;

use brinery::scan::{Policy, ScanOptions, Verdict};
use std::fs;
use support::{
    Rng,
    asked::ask,
    mutate::{mutate, random},
    python::interpreters,
    seed, show,
};

/// So many changed files for each Python.
const COUNT: usize = 3000;

/// Small files of the corpus.
fn originals() -> Vec<Vec<u8>> {
    let mut streams = Vec::new();
    for folder in [
        "hostile/safe",
        "hostile/dangerous/stack",
        "hostile/dangerous/readers",
        "hostile/dangerous/registry",
    ] {
        let path = support::tests(folder);
        let files = fs::read_dir(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let mut paths: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "pkl"));
        paths.sort();
        streams.extend(paths.iter().map(|path| fs::read(path).expect("a file")));
    }
    streams.retain(|stream| stream.len() <= 2000);
    assert!(streams.len() > 150, "only {} files", streams.len());
    streams
}

#[test]
fn safe_asks_for_names_of_the_policy_alone() {
    let originals = originals();
    let mut rng = Rng::new(seed(), "safe");
    let named = |name: &&str| Policy::named(name).expect("a built-in policy");
    let policies: Vec<Policy> = Policy::NAMES.iter().map(named).collect();
    let (mut safe, mut names) = (0, 0);
    for python in interpreters() {
        let options = ScanOptions {
            python: python.target(),
            ..ScanOptions::default()
        };
        let mut streams = Vec::new();
        for round in 0..COUNT {
            let (stream, other) = (rng.pick(&originals), rng.pick(&originals));
            streams.push(match round % 8 {
                0 => random(&mut rng),
                _ => mutate(&mut rng, stream, other),
            });
        }
        let judged = |stream: &Vec<u8>| {
            let safe = |policy: &&Policy| options.scan(stream, policy).verdict == Verdict::Safe;
            policies.iter().filter(safe).collect::<Vec<_>>()
        };
        let judged: Vec<_> = streams.iter().map(judged).collect();
        // The others need not be asked about.
        let mut kept = judged.iter().map(|policies| !policies.is_empty());
        streams.retain(|_| kept.next().unwrap_or_default());
        let judged: Vec<_> = judged.into_iter().filter(|policies| !policies.is_empty()).collect();
        safe += streams.len();
        for ((stream, policies), asked) in streams.iter().zip(judged).zip(ask(python, &streams)) {
            names += asked.names.len();
            for policy in policies {
                let told = || format!("on {python}, safe under {}: {}", policy.name(), show(stream));
                for (module, name) in &asked.names {
                    assert!(policy.allows(module, name), "{module}.{name} {}", told());
                }
            }
        }
    }
    println!("{safe} changed files are safe, and ask for {names} names");
    assert!(
        safe > 300 && names > 300,
        "a vacuous mixture: {safe} safe, {names} names"
    );
}
