//! One hot loop, as often as it is told: what `check.py` counts the instructions of.
//!
//! ```text
//! cargo run --release -- read FILE TIMES
//! ```

use brinery::{Graph, Ops, Options, scan::Policy};
use serde::{Deserialize, Serialize};
use std::{env, fs, hint::black_box};

/// A row of the workload `records`.
#[derive(Serialize, Deserialize)]
struct Record<'a> {
    id: u32,
    name: &'a str,
    email: &'a str,
    score: f64,
    active: bool,
    level: u16,
    city: &'a str,
    ratio: f64,
}

fn repeat<T>(times: usize, mut work: impl FnMut() -> T) {
    for _ in 0..times {
        black_box(work());
    }
}

fn main() {
    let args: Vec<String> = env::args().skip(1).collect();
    let [mode, file, times] = args.as_slice() else {
        panic!("a loop, a file and how often");
    };
    let bytes = fs::read(file).expect("a workload");
    let times: usize = times.parse().expect("a number");
    match mode.as_str() {
        "scan opcodes" => repeat(times, || Ops::new(black_box(&bytes)).count()),
        "read" => repeat(times, || Graph::from_slice(black_box(&bytes)).expect("a pickle")),
        "write" => {
            let graph = Graph::from_slice(&bytes).expect("a pickle");
            repeat(times, || black_box(&graph).to_vec().expect("it was read"));
        }
        "read typed" => repeat(times, || {
            brinery::from_slice::<Vec<Record<'_>>>(black_box(&bytes)).expect("records")
        }),
        "write typed" => {
            let rows: Vec<Record<'_>> = brinery::from_slice(&bytes).expect("records");
            repeat(times, || {
                Options::new().protocol(5).to_vec(black_box(&rows)).expect("records")
            });
        }
        "judge" => {
            let policy = Policy::stdlib();
            repeat(times, || brinery::scan::scan(black_box(&bytes), &policy));
        }
        other => panic!("{other}: there is no such loop"),
    }
}
