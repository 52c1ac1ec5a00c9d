#![allow(missing_docs)] // A program has no documentation of its own.

//! Peak memory and allocations of reading and writing, beside the peers.
//!
//! ```text
//! cargo bench --bench memory
//! ```
//!
//! Each candidate works once in a process of its own. The peak is that of the pages it really has (`VmHWM`, which Linux
//! lets a process set back) above those from before, what it reads from not counted; allocations are counted by the
//! allocator, growing a block is one more. Of writing only the allocations are told: what is written was read before,
//! and pages that were left then are used again.

mod support;

use serde_json::json;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::{alloc::System, env, fs, path::Path, process::Command};
use support::{
    number,
    race::Candidate,
    rows, untyped, wanted,
    workloads::{Workload, files, folder},
};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Those of the race that have no graph of their own here: their memory is another process's, or is made before.
const OTHERS: [&str; 4] = ["scan", "copy", "serde_json", "CPython"];

/// A line of /proc/self/status, in bytes.
fn status(name: &str) -> usize {
    let text = fs::read_to_string("/proc/self/status").expect("Linux");
    let line = text.lines().find(|line| line.starts_with(name)).expect("Linux says so");
    let kilobytes = line.split_whitespace().nth(1).expect("a number");
    kilobytes.parse::<usize>().expect("a number") * 1024
}

/// The candidate's work, once: peak memory and allocations.
fn once(candidate: &mut Candidate<'_>) -> (usize, usize) {
    fs::write("/proc/self/clear_refs", "5").expect("Linux lets the peak be set back");
    let before = status("VmRSS");
    let region = Region::new(ALLOCATOR);
    candidate.run(1);
    let change = region.change();
    // `measure` keeps the result in a `Vec`, which is one more.
    let own = usize::from(candidate.keeps());
    let allocations = change.allocations + change.reallocations - own;
    (status("VmHWM").saturating_sub(before), allocations)
}

/// What the child does.
fn child(what: &str, path: &Path, name: &str) {
    let work = Workload::read(path);
    let named = |names: &[&'static str]| *names.iter().find(|each| **each == name).expect("a candidate");
    let mut candidate = match what {
        "read" => untyped::reader(named(&untyped::READERS), &work, &None),
        _ => untyped::writer(named(&untyped::WRITERS), &work, &None),
    };
    if name == "brinery, reused" {
        candidate.run(1); // leaves the memory that is to be used again
    }
    let (peak, allocations) = once(&mut candidate);
    println!("{peak} {allocations}");
}

fn ask(what: &str, path: &Path, name: &str) -> String {
    let program = env::current_exe().expect("it runs");
    let out = Command::new(program)
        .args(["--child", what])
        .arg(path)
        .arg(name)
        .output()
        .expect("it starts");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).expect("UTF-8")
}

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [first, what, path, name] = arguments.as_slice()
        && first == "--child"
    {
        return child(what, Path::new(path), name);
    }
    let wanted = wanted();
    let folder = folder(number("BRINERY_SCALE", 0.2), &[]);
    for path in files(&folder, "pickle") {
        let work = Workload::read(&path);
        if !wanted(&work.name) || ![2, 5].contains(&work.protocol) || (work.protocol == 2 && work.name != "state") {
            continue;
        }
        let readers = untyped::READERS.into_iter().filter(|name| untyped::reads(name, &work));
        let writers = untyped::WRITERS.into_iter().filter(|name| untyped::writes(name, &work));
        for (what, names) in [
            ("read", readers.collect::<Vec<_>>()),
            ("write", writers.collect::<Vec<_>>()),
        ] {
            print!("{:<10} {what:<6} {:>10} bytes", work.name, work.bytes.len());
            for name in names.into_iter().filter(|name| !OTHERS.contains(name)) {
                let answer = ask(what, &path, name);
                let mut numbers = answer
                    .split_whitespace()
                    .map(|text| text.parse::<usize>().expect("a number"));
                let (peak, allocations) = (numbers.next().expect("two"), numbers.next().expect("two"));
                let mut row = json!({
                    "suite": "memory", "work": what, "workload": work.name, "protocol": work.protocol, "peer": name,
                    "bytes": work.bytes.len(), "allocations": allocations,
                });
                print!(" | {name}: {allocations}");
                if what == "read" && name != "brinery, reused" {
                    row["peak"] = peak.into();
                    print!(" and ×{:.2}", peak as f64 / work.bytes.len() as f64);
                }
                rows::save(&row);
            }
            println!();
        }
    }
}
