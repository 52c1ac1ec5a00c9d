//! Which streams are accepted, and as what: the same as CPython's C unpickler says.

mod support;

use brinery::{DeedKind, Encoding, ErrorKind, Extensions, Graph, Op, Ops, Options, Rules};
use std::collections::{BTreeMap, HashSet};
use support::{
    Rng,
    canon::canon,
    decide::{Decision, decide},
    mutate::{mutate, random},
    python::{Python, interpreters, newest},
    records::Written,
    vectors,
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

/// Why a stream is read otherwise than by CPython: the rows of `docs/differences.md`, each recognized by its cause. `None`: by
/// mistake.
fn exception(
    python: &Python,
    stream: &[u8],
    ours: &brinery::Result<Graph<'_>>,
    theirs: &Decision,
) -> Option<&'static str> {
    let frame_fault = |kind: &ErrorKind| matches!(kind, ErrorKind::FrameOverrun | ErrorKind::FrameNested);
    let mut ops = Ops::new(stream).map_while(Result::ok).map(|(_, op)| op);
    let refused = Ops::new(stream).find_map(Result::err);
    if python.rules() == Rules::Classic && refused.is_some_and(|error| frame_fault(error.kind())) {
        return Some("frames");
    }
    match (ours, theirs) {
        (Ok(_), Decision::Error(message)) if message.starts_with("MemoryError") => {
            ops.any(|op| memo_index(op) >= LARGE_INDEX).then_some("memo")
        }
        (Err(error), Decision::Value(_)) => {
            let bytearray = matches!(error.kind(), ErrorKind::BadOperand { found: "bytearray", .. });
            let opcode = error.opcode().map(|info| info.name);
            (bytearray && opcode == Some("READONLY_BUFFER")).then_some("buffers")
        }
        (Ok(graph), Decision::Value(_)) => several_imports_with_steps(graph).then_some("imports"),
        _ => None,
    }
}

/// Whether two imports of one name were each given a state or items.
fn several_imports_with_steps(graph: &Graph<'_>) -> bool {
    let mut with_steps = HashSet::new();
    graph
        .deeds()
        .filter(|deed| deed.kind == DeedKind::Import && deed.value.steps().next().is_some())
        .any(|deed| !with_steps.insert(deed.value.as_global()))
}

/// From here on the memo of CPython, an array as long as the largest index, does not fit in the oracle's 3 GiB.
const LARGE_INDEX: u64 = 1 << 26;

fn memo_index(op: Op<'_>) -> u64 {
    match op {
        Op::LongBinPut(index) => index.into(),
        Op::Put(line) => str::from_utf8(line)
            .ok()
            .and_then(|line| line.trim().parse().ok())
            .unwrap_or(0),
        _ => 0,
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
    fn compare(&mut self, python: &Python, options: &Options, stream: &[u8], theirs: &Decision) {
        let ours = options.read(stream);
        match (&ours, theirs) {
            (Ok(graph), Decision::Value(value)) if canon(graph) == *value => self.accepted += 1,
            (Err(_), Decision::Error(_)) => self.refused += 1,
            _ => match exception(python, stream, &ours, theirs) {
                Some(row) => *self.excepted.entry(row).or_default() += 1,
                None => {
                    let (stream, ours) = (stream.escape_ascii(), ours.map(|graph| canon(&graph)));
                    self.differ
                        .push(format!("{stream}\n  we:      {ours:?}\n  CPython: {theirs:?}"));
                }
            },
        }
    }
}

fn check(python: &Python, rng: &mut Rng, originals: &[Vec<u8>], count: usize) {
    let mut extensions = Extensions::default();
    let mut arguments = Vec::new();
    for (module, name, code) in EXTENSIONS {
        extensions.add(module, name, *code);
        arguments.push(format!("--ext={module}:{name}:{code}"));
    }
    let (encoding, name) = *rng.pick(&[
        (Encoding::Ascii, "ASCII"),
        (Encoding::Latin1, "latin1"),
        (Encoding::Utf8, "utf-8"),
        (Encoding::Bytes, "bytes"),
    ]);
    arguments.push(format!("--encoding={name}"));
    let options = Options::new()
        .rules(python.rules())
        .extensions(extensions)
        .encoding(encoding);
    let streams = streams(rng, originals, count);
    let decisions = decide(python, &arguments, &streams);
    assert_eq!(decisions.len(), count);
    let mut tally = Tally::default();
    for (stream, theirs) in streams.iter().zip(&decisions) {
        tally.compare(python, &options, stream, theirs);
    }
    let Tally {
        accepted,
        refused,
        excepted,
        differ,
    } = tally;
    println!("{python}, {name}: {accepted} accepted and {refused} refused by both, excepted {excepted:?}");
    for stream in differ.iter().take(10) {
        println!("{stream}");
    }
    assert!(
        differ.is_empty(),
        "{} streams are read otherwise than by {python}, see above",
        differ.len()
    );
    assert!(
        accepted > count / 10 && refused > count / 10,
        "a vacuous mixture: {accepted} and {refused}"
    );
    assert!(excepted.values().sum::<usize>() < count / 100, "too many exceptions");
}

#[test]
fn of_the_newest() {
    let seed = support::seed();
    let mut rng = Rng::new(seed, "decisions");
    let originals = originals(seed);
    for _ in 0..4 {
        check(newest(), &mut rng, &originals, 5000);
    }
}

/// The versions differ in little of this, but they do.
#[test]
fn of_all_versions() {
    let seed = support::seed();
    let mut rng = Rng::new(seed, "versions");
    let originals = originals(seed);
    for python in interpreters() {
        check(python, &mut rng, &originals, 2000);
    }
}
