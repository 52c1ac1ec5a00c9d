//! Rows of results, for people and for the report.

use super::race::Taken;
use serde_json::{Value, json};
use std::{env, fs::OpenOptions, io::Write};

/// Four digits are all that a measurement has.
fn short(value: f64) -> Value {
    format!("{value:.3e}").parse::<f64>().map_or(Value::Null, Value::from)
}

/// Adds a line of JSON to the file that `BRINERY_RESULTS` names, if it does.
pub fn save(row: &Value) {
    let Ok(path) = env::var("BRINERY_RESULTS") else { return };
    let file = OpenOptions::new().create(true).append(true).open(&path);
    let mut file = file.unwrap_or_else(|error| panic!("{path}: {error}"));
    writeln!(file, "{row}").expect("results can be written");
}

/// What was raced: `work` is what was done, `bytes` how large the pickle is.
pub struct Title<'a> {
    pub work: &'a str,
    pub workload: &'a str,
    pub protocol: u8,
    pub bytes: usize,
}

/// Prints the results, the first candidate before the others, and saves them.
pub fn show(title: &Title<'_>, results: &[Taken]) {
    for taken in results {
        let mut row = json!({
            "suite": "rust", "work": title.work, "workload": title.workload, "protocol": title.protocol,
            "bytes": title.bytes, "peer": taken.name, "seconds": short(taken.seconds[1]),
            "ratio": taken.ratio.map(short),
        });
        if let Ok(allocator) = env::var("BRINERY_ALLOCATOR") {
            row["allocator"] = allocator.into();
        }
        save(&row);
    }
    let Some((ours, others)) = results.split_first() else {
        return;
    };
    let (seconds, megabytes) = (ours.seconds[1], title.bytes as f64 / 1e6);
    print!(
        "{:<10} {:<12} p{} {:>12.3} µs {:>7.0} MB/s ",
        title.workload,
        title.work,
        title.protocol,
        seconds * 1e6,
        megabytes / seconds
    );
    for taken in others {
        let [low, middle, high] = taken.ratio;
        print!(" | {} {middle:.2} ({low:.2}–{high:.2})", taken.name);
    }
    println!();
}
