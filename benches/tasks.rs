//! A million tasks from one function, beside the registry in Python that unpickles the function for each task and pickles
//! it again with the arguments: `cloudpickle.dumps({"fn": cloudpickle.loads(function), "args": …, "kwargs": {}})`.
//!
//! ```text
//! PYTHONPATH=$(tests/oracle/packages.sh picklers)/cloudpickle-3.1.2 BRINERY_PYTHON=python3 cargo bench --bench tasks
//! ```
//!
//! Both measure in turns, in one run; the figures are the best of the rounds. It fails if brinery is not at least 100
//! times faster with each function.

use brinery::task::Prepared;
use std::{
    hint::black_box,
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, ExitCode, Stdio},
    time::{Duration, Instant},
};

const TASKS: u32 = 1_000_000;
/// Python gets fewer, or it would take minutes.
const PYTHON_TASKS: u32 = 20_000;
const ROUNDS: usize = 5;
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
    start = time.perf_counter()
    for i in range(times):
        dumps({"fn": loads(pickled), "args": (i, 500), "kwargs": {}})
    print((time.perf_counter() - start) * 1e9, flush=True)
"#;

struct Python {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Python {
    fn start() -> Python {
        let path = std::env::var("BRINERY_PYTHON").unwrap_or_else(|_| "python3".into());
        let mut child = Command::new(&path)
            .args(["-c", SCRIPT])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{path}: {error}; name a CPython with cloudpickle in BRINERY_PYTHON"));
        let input = child.stdin.take().expect("it is piped");
        let output = BufReader::new(child.stdout.take().expect("it is piped"));
        Python { child, input, output }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        let read = self.output.read_line(&mut line).expect("Python answers");
        assert!(
            read > 0,
            "Python ended; name a CPython with cloudpickle in BRINERY_PYTHON"
        );
        line.trim().into()
    }

    /// Nanoseconds per task.
    fn time(&mut self, which: usize) -> f64 {
        writeln!(self.input, "{which} {PYTHON_TASKS}").expect("Python reads");
        self.input.flush().expect("Python reads");
        self.line().parse::<f64>().expect("a number") / f64::from(PYTHON_TASKS)
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn bytes(hex: &str) -> Vec<u8> {
    let digit = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex");
    (0..hex.len()).step_by(2).map(digit).collect()
}

/// Packs all tasks from the function's bytes on, and says how long it took and how many bytes came out.
fn pack_all(function: &[u8]) -> (Duration, usize) {
    let mut size = 0;
    let start = Instant::now();
    let prepared = Prepared::new(function).expect("cloudpickle wrote it");
    for i in 0..TASKS {
        let payload = prepared.pack(black_box(&(i, 500)), &()).expect("it fits");
        size += black_box(payload).len();
    }
    (start.elapsed(), size)
}

fn main() -> ExitCode {
    let mut python = Python::start();
    println!(
        "{}; {TASKS} tasks for each function, best of {ROUNDS} rounds",
        python.line()
    );
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
        let (mut theirs, mut ours) = (f64::INFINITY, f64::INFINITY);
        let mut each = 0;
        for _ in 0..ROUNDS {
            theirs = theirs.min(python.time(which));
            let (time, size) = pack_all(function);
            ours = ours.min(time.as_nanos() as f64 / f64::from(TASKS));
            each = size / TASKS as usize;
        }
        let times = theirs / ours;
        println!(
            "{name} ({} bytes, payload {each}): Python {:.2} µs a task, brinery {ours:.0} ns a task ({:.3} s in all): {times:.0} times",
            function.len(),
            theirs / 1000.0,
            ours * f64::from(TASKS) / 1e9,
        );
        enough &= times >= WANTED;
    }
    if !enough {
        eprintln!("less than {WANTED} times faster");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
