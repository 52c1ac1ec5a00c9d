#![allow(missing_docs)] // A program has no documentation of its own.

//! The same work at one, ten and a hundred times the size: a hundred times the size should cost a hundred times the
//! time.
//!
//! ```text
//! cargo bench --bench scaling
//! ```
//!
//! `BRINERY_SCALE` is the smallest size. In each round the sizes run in turns, the small ones oftener; what is printed
//! is the median of how many times as long a hundred times the size took, with the quartiles. A graph of the largest
//! size no longer fits the processor's caches and its pages are new, which the first two may escape.

mod support;

use serde_json::json;
use support::{
    number,
    race::{Candidate, race},
    rows, untyped, wanted,
    workloads::{Workload, folder},
};

const WORKLOADS: [&str; 9] = [
    "ints",
    "floats",
    "strings",
    "records",
    "config",
    "instances",
    "graph",
    "bigints",
    "times",
];
const SIZES: [u32; 3] = [1, 10, 100];

fn main() {
    let wanted = wanted();
    let rounds = number("BRINERY_ROUNDS", 7.0) as usize;
    let scale = number("BRINERY_SCALE", 0.01);
    let folders = SIZES.map(|size| folder(scale * f64::from(size), &WORKLOADS));
    for name in WORKLOADS.into_iter().filter(|name| wanted(name)) {
        let works = folders.each_ref().map(|folder| Workload::of(folder, name, 5));
        for what in ["read", "write"] {
            let mut sizes: Vec<Candidate<'_>> = works
                .iter()
                .zip(SIZES)
                .map(|(work, size)| {
                    let mut ours = match what {
                        "read" => untyped::reader("brinery", work, &None),
                        _ => untyped::writer("brinery", work, &None),
                    };
                    let times = 100 / size;
                    let name = ["×1", "×10", "×100"][size.ilog10() as usize];
                    Candidate::timed(name, move |_| ours.run(times))
                })
                .collect();
            let taken = race(&mut sizes, 1, rounds);
            print!("{name:<10} {what:<6}");
            for ((taken, work), size) in taken.iter().zip(&works).zip(SIZES) {
                let [low, middle, high] = taken.ratio;
                print!(" | ×{size}: {middle:.1} times ({low:.1}–{high:.1})");
                rows::save(&json!({
                    "suite": "scaling", "work": what, "workload": name, "protocol": 5, "peer": "brinery", "size": size,
                    "bytes": work.bytes.len(), "seconds": taken.seconds[1], "ratio": taken.ratio,
                }));
            }
            println!();
        }
    }
}
