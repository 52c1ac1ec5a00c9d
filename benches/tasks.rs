//! A million tasks from one function, beside the registry in Python that unpickles the function for each task and
//! pickles it again with the arguments:
//! `cloudpickle.dumps({"fn": cloudpickle.loads(function), "args": …, "kwargs": {}})`.
//!
//! ```text
//! PYTHONPATH=$(tests/oracle/packages.sh picklers)/cloudpickle-3.1.2 BRINERY_PYTHON=python3 cargo bench --bench tasks
//! ```
//!
//! Both measure in turns, by the thread's CPU clock, and the times are those of one task. It fails if brinery is not at
//! least 100 times faster with each function.

mod support;

use brinery::task::Prepared;
use std::{hint::black_box, process::ExitCode};
use support::{
    number,
    python::Python,
    race::{Candidate, now, race},
    rows::{self, Title},
};

const TASKS: u32 = 1_000_000;
/// Python gets fewer, or it would take minutes.
const PYTHON_TASKS: u32 = 20_000;
const WANTED: f64 = 100.0;

const SCRIPT: &str = r#"
import collections, math, sys, time
import cloudpickle

def closure():
    scale, offset = 3, [1, 2, 3]
    def scaled(x, y=2):
        "A function with a closure and defaults."
        return x * scale + sum(offset) + y
    return scaled

LIMIT, NAMES, Point = 10, {"a": 1, "b": 2}, collections.namedtuple("Point", "x y")

def helper(point):
    return math.hypot(point.x, point.y)

def with_globals(x, y=2):
    total = helper(Point(x, y))
    for name, value in sorted(NAMES.items()):
        total += value if total < LIMIT else len(name)
    return total

functions = [("lambda", lambda x, y: x + y), ("closure", closure()), ("function with globals and a class", with_globals)]
out = sys.stdout
print(f"CPython {sys.version.split()[0]}, cloudpickle {cloudpickle.__version__}")
pickles = []
for name, function in functions:
    pickles.append(cloudpickle.dumps(function))
    print(name)
    print(pickles[-1].hex(), flush=True)
print(flush=True)
for line in sys.stdin:
    which, times = map(int, line.split())
    pickled = pickles[which]
    dumps, loads = cloudpickle.dumps, cloudpickle.loads
    start = time.thread_time()
    for i in range(times):
        dumps({"fn": loads(pickled), "args": (i, 500), "kwargs": {}})
    print((time.thread_time() - start), flush=True)
"#;

fn bytes(hex: &str) -> Vec<u8> {
    let digit = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex");
    (0..hex.len()).step_by(2).map(digit).collect()
}

/// Packs all tasks from the function's bytes on: the seconds of one, and how many bytes it has.
fn pack_all(function: &[u8]) -> (f64, usize) {
    let mut size = 0;
    let start = now();
    let prepared = Prepared::new(function).expect("cloudpickle wrote it");
    for i in 0..TASKS {
        let payload = prepared.pack(black_box(&(i, 500)), &()).expect("it fits");
        size += black_box(payload).len();
    }
    let took = now() - start;
    (took.as_secs_f64() / f64::from(TASKS), size / TASKS as usize)
}

fn main() -> ExitCode {
    let python = Python::start(["-c", SCRIPT]);
    let rounds = number("BRINERY_ROUNDS", 5.0) as usize;
    println!("{}; {TASKS} tasks for each function", python.line());
    let mut functions = Vec::new();
    loop {
        let name = python.line();
        if name.is_empty() {
            break;
        }
        functions.push((name, bytes(&python.line())));
    }
    let mut enough = true;
    for (which, (name, function)) in functions.iter().enumerate() {
        let (_, size) = pack_all(function);
        let mut both = [
            Candidate::timed("brinery", |_| pack_all(function).0),
            Candidate::timed("cloudpickle", |_| {
                python.ask(&format!("{which} {PYTHON_TASKS}")) / f64::from(PYTHON_TASKS)
            }),
        ];
        let results = race(&mut both, 1, rounds);
        let title = Title {
            work: "task",
            workload: name,
            protocol: 5,
            bytes: size,
        };
        rows::show(&title, &results);
        enough &= results[1].ratio[1] >= WANTED;
    }
    if !enough {
        eprintln!("less than {WANTED} times faster");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
