#![allow(missing_docs)] // `criterion_group!` makes public functions without docs.

//! Typed records, beside serde-pickle and two plain formats that describe themselves.

use brinery::Options;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use serde::Serialize;
use std::hint::black_box;

#[derive(Serialize)]
struct Record {
    id: u32,
    name: String,
    tags: Vec<String>,
    score: f64,
    active: bool,
    parent: Option<u64>,
    city: String,
    visits: u16,
}

/// 20,000 records of eight keys.
fn records() -> Vec<Record> {
    (0..20_000u32)
        .map(|id| Record {
            id,
            name: format!("name {id}"),
            tags: (0..id % 4).map(|tag| format!("tag {tag}")).collect(),
            score: f64::from(id) / 3.0,
            active: id % 2 == 0,
            parent: (id % 3 == 0).then_some(u64::from(id) << 20),
            city: format!("city {}", id % 100),
            visits: (id % 1000) as u16,
        })
        .collect()
}

fn encode(c: &mut Criterion) {
    let records = records();
    let fast = Options::new().fast(true);
    let size = brinery::to_vec(&records).expect("plain data").len();
    let mut group = c.benchmark_group("encode");
    group.throughput(Throughput::Bytes(size as u64));
    group.bench_function("brinery", |b| b.iter(|| brinery::to_vec(black_box(&records))));
    group.bench_function("brinery fast", |b| b.iter(|| fast.to_vec(black_box(&records))));
    group.bench_function("serde-pickle", |b| {
        b.iter(|| serde_pickle::to_vec(black_box(&records), Default::default()))
    });
    group.bench_function("rmp-serde", |b| b.iter(|| rmp_serde::to_vec_named(black_box(&records))));
    group.bench_function("serde_json", |b| b.iter(|| serde_json::to_vec(black_box(&records))));
    group.finish();
}

criterion_group!(benches, encode);
criterion_main!(benches);
