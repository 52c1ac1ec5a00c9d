#![allow(missing_docs)] // `criterion_group!` makes public functions without docs.

//! Typed records beside the peers, in one run: serde-pickle, pickled, rmp-serde (maps with field names, so that its data
//! describes itself as ours does), serde_json, and CPython's own `pickle` (`BRINERY_PYTHON`, else `python3`).
//!
//! ```text
//! cargo bench --bench typed
//! ```

use brinery::Options;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use serde::{Deserialize, Serialize};
use std::{
    hint::black_box,
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::Duration,
};

const RECORDS: u32 = 20_000;

/// A record of eight keys.
#[derive(Serialize, Deserialize)]
struct Record<S> {
    id: u32,
    name: S,
    email: S,
    score: f64,
    active: bool,
    level: u16,
    city: S,
    ratio: f64,
}

fn records() -> Vec<Record<String>> {
    (0..RECORDS)
        .map(|i| Record {
            id: i,
            name: format!("user name {i}"),
            email: format!("user{i}@example.org"),
            score: f64::from(i) * 0.37,
            active: i % 3 == 0,
            level: (i % 700) as u16,
            city: format!("City of {}", i % 1000),
            ratio: 1.0 / f64::from(i + 1),
        })
        .collect()
}

/// A CPython that has the same records and measures itself.
struct Python {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

const SCRIPT: &str = "
import json, pickle, sys, time
keys = {}
records = [{keys.setdefault(k, k): v for k, v in r.items()} for r in json.loads(sys.stdin.readline())]
data = pickle.dumps(records, 5)
sys.stdout.write(data.hex() + '\\n')
sys.stdout.flush()
for line in sys.stdin:
    what, times = line.split()
    start = time.perf_counter()
    for _ in range(int(times)):
        if what == 'dumps':
            pickle.dumps(records, 5)
        else:
            pickle.loads(data)
    print((time.perf_counter() - start) * 1e9, flush=True)
";

impl Python {
    /// Starts it and asks for the records as a pickle.
    fn start() -> (Python, Vec<u8>) {
        let path = std::env::var("BRINERY_PYTHON").unwrap_or_else(|_| "python3".into());
        let mut child = Command::new(&path)
            .args(["-c", SCRIPT])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{path}: {error}; name a CPython in BRINERY_PYTHON"));
        let mut input = child.stdin.take().expect("it is piped");
        let output = BufReader::new(child.stdout.take().expect("it is piped"));
        serde_json::to_writer(&mut input, &records()).expect("Python reads");
        writeln!(input).expect("Python reads");
        let mut python = Python { child, input, output };
        let hex = python.line();
        let bytes = hex.as_bytes().chunks(2).map(|pair| {
            let pair = std::str::from_utf8(pair).expect("hex");
            u8::from_str_radix(pair, 16).expect("hex")
        });
        (python, bytes.collect())
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("Python answers");
        line.trim().into()
    }

    fn time(&mut self, what: &str, times: u64) -> Duration {
        writeln!(self.input, "{what} {times}").expect("Python reads");
        self.input.flush().expect("Python reads");
        Duration::from_nanos(self.line().parse::<f64>().expect("a number") as u64)
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn decode(c: &mut Criterion) {
    let (mut python, bytes) = Python::start();
    let records = records();
    let msgpack = rmp_serde::to_vec_named(&records).expect("serializes");
    let json = serde_json::to_vec(&records).expect("serializes");
    let mut group = c.benchmark_group("decode");
    group.throughput(Throughput::Elements(RECORDS.into()));
    macro_rules! bench {
        ($name:literal, $read:expr) => {
            group.bench_function(BenchmarkId::from_parameter($name), |b| {
                b.iter(|| $read.expect("reads"))
            });
        };
    }
    type Owned = Vec<Record<String>>;
    type Borrowed<'a> = Vec<Record<&'a str>>;
    bench!("brinery", brinery::from_slice::<Owned>(black_box(&bytes)));
    bench!("rmp-serde", rmp_serde::from_slice::<Owned>(black_box(&msgpack)));
    bench!("serde_json", serde_json::from_slice::<Owned>(black_box(&json)));
    bench!(
        "serde-pickle",
        serde_pickle::from_slice::<Owned>(black_box(&bytes), Default::default())
    );
    bench!(
        "pickled",
        pickled::from_slice::<Owned>(black_box(&bytes), Default::default())
    );
    bench!(
        "brinery-borrowed",
        brinery::from_slice::<Borrowed<'_>>(black_box(&bytes))
    );
    bench!(
        "rmp-serde-borrowed",
        rmp_serde::from_slice::<Borrowed<'_>>(black_box(&msgpack))
    );
    bench!(
        "serde_json-borrowed",
        serde_json::from_slice::<Borrowed<'_>>(black_box(&json))
    );
    group.bench_function(BenchmarkId::from_parameter("cpython-loads"), |b| {
        b.iter_custom(|times| python.time("loads", times));
    });
    group.finish();
}

fn encode(c: &mut Criterion) {
    let (mut python, bytes) = Python::start();
    let records = records();
    let memo = Options::new().protocol(5);
    let fast = Options::new().protocol(5).fast(true);
    // Python's keys are one object each, and its names are not: so are the fields and the strings here.
    assert!(
        memo.to_vec(&records).expect("serializes") == bytes,
        "CPython's own bytes"
    );
    let mut group = c.benchmark_group("encode");
    group.throughput(Throughput::Elements(RECORDS.into()));
    macro_rules! bench {
        ($name:literal, $write:expr) => {
            group.bench_function(BenchmarkId::from_parameter($name), |b| {
                b.iter(|| $write.expect("writes"))
            });
        };
    }
    bench!("brinery", memo.to_vec(black_box(&records)));
    bench!("brinery-fast", fast.to_vec(black_box(&records)));
    bench!("rmp-serde", rmp_serde::to_vec_named(black_box(&records)));
    bench!("serde_json", serde_json::to_vec(black_box(&records)));
    bench!(
        "serde-pickle",
        serde_pickle::to_vec(black_box(&records), Default::default())
    );
    bench!("pickled", pickled::to_vec(black_box(&records), Default::default()));
    group.bench_function(BenchmarkId::from_parameter("cpython-dumps"), |b| {
        b.iter_custom(|times| python.time("dumps", times));
    });
    group.finish();
}

criterion_group!(benches, decode, encode);
criterion_main!(benches);
