#![allow(missing_docs)] // `criterion_group!` makes public functions without docs.

//! Reading and writing records, beside the opcodes alone.

use brinery::{Builder, Graph, Ops, Options};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;

/// 10,000 records of four keys, as CPython would write them.
fn records() -> Vec<u8> {
    let mut build = Builder::new();
    let keys = ["id", "name", "score", "tags"].map(|key| build.add(key));
    let rows: Vec<_> = (0..10_000u32)
        .map(|i| {
            let tags = build.add(vec![i % 7, i % 11]);
            let values = [
                build.add(i),
                build.add(format!("name {i}")),
                build.add(f64::from(i) / 3.0),
                tags,
            ];
            let entries: Vec<_> = keys.into_iter().zip(values).collect();
            build.dict(entries).expect("text is hashable")
        })
        .collect();
    let root = build.list(rows);
    Options::new()
        .protocol(5)
        .write(&build.finish(root))
        .expect("fits every protocol")
}

fn graph(c: &mut Criterion) {
    let bytes = records();
    let graph = Graph::from_slice(&bytes).expect("just written");
    let mut group = c.benchmark_group("records");
    group.throughput(Throughput::Bytes(bytes.len() as u64));
    group.bench_function("opcodes", |b| b.iter(|| Ops::new(black_box(&bytes)).count()));
    group.bench_function("read", |b| b.iter(|| Graph::from_slice(black_box(&bytes))));
    group.bench_function("write", |b| b.iter(|| black_box(&graph).to_vec()));
    group.finish();
}

criterion_group!(benches, graph);
criterion_main!(benches);
