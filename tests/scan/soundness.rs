//! If brinery says safe, the C unpickler asks for no name that the policy does not list, and loads what it reads.

use crate::{
    readers::taken,
    support::{Rng, mutate, python::interpreters, seed, show, vectors},
};
use brinery::scan::{Policy, ScanOptions, Verdict};

/// Streams made of the vectors per interpreter.
const STREAMS: usize = 20_000;

#[test]
fn safe_streams_ask_for_names_of_the_policy_alone() {
    let mut rng = Rng::new(seed(), "soundness");
    let vectors = vectors::all();
    let seeds: Vec<&[u8]> = vectors
        .iter()
        .map(|vector| vector.bytes.as_slice())
        .filter(|bytes| bytes.len() < 4000)
        .collect();
    assert!(seeds.len() > 100, "there are vectors");
    let mut proven = 0;
    for python in interpreters() {
        let options = ScanOptions {
            python: python.target(),
            ..ScanOptions::default()
        };
        let mut checked: Vec<(Vec<u8>, Policy)> = Vec::new();
        for n in 0..STREAMS / interpreters().len() {
            let stream = match n % 8 {
                0 => (*rng.pick(&seeds)).to_vec(),
                1 => mutate::random(&mut rng),
                _ => {
                    let (first, second) = (*rng.pick(&seeds), *rng.pick(&seeds));
                    mutate::mutate(&mut rng, first, second)
                }
            };
            let name = rng.pick(Policy::NAMES);
            let policy = Policy::named(name).expect("a built-in policy");
            if options.scan(&stream, &policy).verdict == Verdict::Safe {
                checked.push((stream, policy));
            }
        }
        let streams: Vec<&[u8]> = checked.iter().map(|(stream, _)| stream.as_slice()).collect();
        for ((stream, policy), taken) in checked.iter().zip(taken(python, &streams)) {
            for (module, name) in &taken.names {
                let allowed = policy.allows(module, name);
                assert!(
                    allowed,
                    "{} asks {python} for {module}.{name}: {}",
                    policy.name(),
                    show(stream)
                );
                proven += 1;
            }
        }
        assert!(!checked.is_empty(), "some streams are safe");
    }
    println!("{proven} names asked for by safe streams, all of them in the policies");
    assert!(proven > 200, "only {proven} names were asked for");
}
