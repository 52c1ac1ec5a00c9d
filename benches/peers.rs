#![allow(missing_docs)] // A program has no documentation of its own.

//! Whole workloads read and written beside serde-pickle, pickled and the limits: a bare scan of the opcodes, and a copy.
//!
//! ```text
//! cargo bench --bench peers                      # all workloads, at a fifth of their size
//! cargo bench --bench peers -- records ints      # those whose name begins so
//! ```
//!
//! `benches/workloads/make.py` makes them by `python3`, or by what `BRINERY_PYTHON` names; `BRINERY_SCALE` is their size and
//! `BRINERY_ROUNDS` how often each is run. Candidates run in turns, by the thread's CPU clock, and what they made is
//! dropped outside the measured time. A ratio is the median of those of each round, with the quartiles behind it; above 1,
//! brinery is faster.

use brinery::{Graph, Ops, Options};
use rustix::time::{ClockId, clock_gettime};
use std::{collections::BTreeMap, env, fs, hint::black_box, path::Path, process::Command, time::Duration};

/// The thread's CPU time.
fn now() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// Does it so often that the clock can tell, and gives the time of one.
fn measure<T>(times: u32, mut work: impl FnMut() -> T) -> f64 {
    let mut made = Vec::with_capacity(times as usize);
    let start = now();
    for _ in 0..times {
        made.push(work());
    }
    let took = now() - start;
    drop(black_box(made));
    took.as_secs_f64() / f64::from(times)
}

type Candidate<'a> = (&'static str, Box<dyn FnMut() -> f64 + 'a>);

fn reading<'a>(bytes: &'a [u8], times: u32) -> Vec<Candidate<'a>> {
    let mut all: Vec<Candidate<'a>> = vec![
        (
            "brinery",
            Box::new(move || measure(times, || Graph::from_slice(black_box(bytes)))),
        ),
        (
            "scan",
            Box::new(move || measure(times, || Ops::new(black_box(bytes)).count())),
        ),
        ("copy", Box::new(move || measure(times, || black_box(bytes).to_vec()))),
    ];
    let options = || serde_pickle::DeOptions::new().replace_unresolved_globals();
    if serde_pickle::value_from_slice(bytes, options()).is_ok() {
        let work = move || measure(times, || serde_pickle::value_from_slice(black_box(bytes), options()));
        all.push(("serde-pickle", Box::new(work)));
    }
    let options = || pickled::DeOptions::new().replace_unresolved_globals();
    if pickled::value_from_slice(bytes, options()).is_ok() {
        let work = move || measure(times, || pickled::value_from_slice(black_box(bytes), options()));
        all.push(("pickled", Box::new(work)));
    }
    all
}

fn writing<'a>(bytes: &'a [u8], protocol: u8, times: u32) -> Vec<Candidate<'a>> {
    let graph = Graph::from_slice(bytes).expect("CPython wrote it");
    let plain = Graph::from_slice(bytes).expect("CPython wrote it");
    let options = Options::new().protocol(protocol);
    let fast = Options::new().protocol(protocol).fast(true);
    assert!(
        options.write(&graph).expect("it was read") == bytes,
        "other bytes than CPython's"
    );
    let mut all: Vec<Candidate<'a>> = vec![(
        "brinery",
        Box::new(move || measure(times, || options.write(black_box(&graph)))),
    )];
    if fast.write(&plain).is_ok() {
        let work = move || measure(times, || fast.write(black_box(&plain)));
        all.push(("brinery, fast", Box::new(work)));
    }
    all.push(("copy", Box::new(move || measure(times, || black_box(bytes).to_vec()))));
    if protocol <= 3 || protocol == 5 {
        let read = serde_pickle::DeOptions::new().replace_unresolved_globals();
        if let Ok(value) = serde_pickle::value_from_slice(bytes, read) {
            let work = move || {
                let options = serde_pickle::SerOptions::new();
                measure(times, || serde_pickle::value_to_vec(black_box(&value), options.clone()))
            };
            all.push(("serde-pickle", Box::new(work)));
        }
    }
    all
}

fn median(values: &mut [f64]) -> [f64; 3] {
    values.sort_by(f64::total_cmp);
    [1, 2, 3].map(|quarter| values[values.len() * quarter / 4])
}

/// Each candidate in each round, and a row of the table.
fn race(name: &str, what: &str, size: usize, rounds: usize, candidates: &mut [Candidate<'_>]) {
    let mut times: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for round in 0..=rounds {
        for turn in 0..candidates.len() {
            let turn = (turn + round) % candidates.len();
            let (who, run) = &mut candidates[turn];
            let took = run();
            // The first one is to warm up.
            if round > 0 {
                times.entry(who).or_default().push(took);
            }
        }
    }
    let ours = times["brinery"].clone();
    let [_, middle, _] = median(&mut ours.clone());
    print!(
        "| {name} | {what} | {:.3} ms | {:.0} MB/s |",
        middle * 1e3,
        size as f64 / middle / 1e6
    );
    for who in ["serde-pickle", "pickled", "brinery, fast", "scan", "copy"] {
        let Some(theirs) = times.get(who) else {
            print!(" |");
            continue;
        };
        let mut ratios: Vec<f64> = theirs.iter().zip(&ours).map(|(theirs, ours)| theirs / ours).collect();
        let [low, middle, high] = median(&mut ratios);
        print!(" {middle:.2} ({low:.2}–{high:.2}) |");
    }
    println!();
}

fn main() {
    let wanted: Vec<String> = env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let number = |name: &str, default: f64| env::var(name).map_or(default, |text| text.parse().expect("a number"));
    let scale = number("BRINERY_SCALE", 0.2);
    let rounds = number("BRINERY_ROUNDS", 11.0) as usize;
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("workloads-{scale}"));
    if !folder.join("message.p5.pickle").exists() {
        let python = env::var("BRINERY_PYTHON").unwrap_or_else(|_| "python3".into());
        let maker = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/workloads/make.py");
        let mut make = Command::new(python);
        make.arg(maker).arg(&folder).arg("--scale").arg(scale.to_string());
        assert!(
            make.status().expect("python3 runs").success(),
            "the workloads could not be made"
        );
    }
    println!("| workload | | brinery | | serde-pickle | pickled | brinery, fast | scan | copy |");
    println!("| --- | --- | --: | --: | --: | --: | --: | --: | --: |");
    let mut files: Vec<_> = fs::read_dir(&folder)
        .expect("it was made")
        .map(|entry| entry.expect("it can be read").path())
        .filter(|path| path.extension().is_some_and(|end| end == "pickle"))
        .collect();
    files.sort();
    for path in files {
        let name = path.file_stem().expect("it has a name").to_string_lossy().into_owned();
        if !wanted.is_empty() && !wanted.iter().any(|wanted| name.starts_with(wanted.as_str())) {
            continue;
        }
        let bytes = fs::read(&path).expect("it was made");
        let protocol = name
            .chars()
            .last()
            .and_then(|digit| digit.to_digit(10))
            .expect("NAME.pN") as u8;
        let times = (200_000 / bytes.len().max(1)).clamp(1, 1000) as u32;
        race(&name, "read", bytes.len(), rounds, &mut reading(&bytes, times));
        race(
            &name,
            "write",
            bytes.len(),
            rounds,
            &mut writing(&bytes, protocol, times),
        );
    }
}
