#![allow(missing_docs)] // A program has no documentation of its own.

//! Types of Rust read from pickles and written to them beside the peers: serde-pickle, pickled, and with the same data
//! rmp-serde (maps with field names, so that its data describes itself as ours does), serde_json and bincode.
//!
//! ```text
//! cargo bench --bench typed            # or with the names of workloads, as for `peers`
//! ```

mod support;

use brinery::Options;
use support::{
    number,
    race::{race, times},
    rows::{self, Title},
    typed::{Formats, TYPED, reading, writing},
    wanted,
    workloads::{Workload, folder},
};

fn main() {
    let wanted = wanted();
    let rounds = number("BRINERY_ROUNDS", 11.0) as usize;
    let folder = folder(number("BRINERY_SCALE", 0.2), &[]);
    for name in TYPED.into_iter().filter(|name| wanted(name)) {
        let ending = if name == "messages" { "pickles" } else { "pickle" };
        let work = Workload::read(&folder.join(format!("{name}.p5.{ending}")));
        let mut pickles: Vec<&[u8]> = Vec::new();
        let mut rest: &[u8] = &work.bytes;
        while !rest.is_empty() {
            let (_, size) = Options::new().read_first(rest).expect("CPython wrote it");
            pickles.push(&rest[..size]);
            rest = &rest[size..];
        }
        let formats = Formats::new(&work, pickles);
        for (what, mut candidates) in [
            ("read typed", reading(&work, &formats)),
            ("write typed", writing(&work, &formats)),
        ] {
            let title = Title {
                work: what,
                workload: name,
                protocol: 5,
                bytes: work.bytes.len(),
            };
            rows::show(&title, &race(&mut candidates, times(work.bytes.len()), rounds));
        }
    }
}
