#![allow(missing_docs)] // A program has no documentation of its own.

//! Whole workloads read and written beside serde-pickle, pickled, pickler, CPython with its collector off, serde_json
//! on the same data, and the limits: a bare scan of the opcodes, and a copy of the bytes.
//!
//! ```text
//! cargo bench --bench peers                      # all workloads, at a fifth of their size
//! cargo bench --bench peers -- records ints      # those whose name begins so
//! ```
//!
//! `benches/workloads/make.py` makes them by `python3`, or by what `BRINERY_PYTHON` names, which also takes part in the
//! race; `BRINERY_SCALE` is their size, `BRINERY_ROUNDS` how often each is run, `BRINERY_RESULTS` a file that gets a
//! line of JSON for each result. A ratio is the median of those of each round, with the quartiles behind it; above 1,
//! brinery is faster.

mod support;

use brinery::{Graph, Options};
use std::{hint::black_box, path::Path};
use support::{
    number,
    python::Python,
    race::{Candidate, race, times},
    rows::{self, Title},
    scan::Scan,
    untyped::{reading, writing},
    wanted,
    workloads::{Workload, files, folder},
};

fn run(work: &Workload, what: &str, candidates: &mut [Candidate<'_>], rounds: usize) {
    let bytes = work.bytes.len();
    let title = Title {
        work: what,
        workload: &work.name,
        protocol: work.protocol,
        bytes,
    };
    rows::show(&title, &race(candidates, times(bytes), rounds));
}

/// Many small pickles, each by itself: the times are those of all together.
fn messages(path: &Path, python: &Option<Python>, rounds: usize) {
    let work = Workload::read(path);
    let mut each: Vec<&[u8]> = Vec::new();
    let mut rest: &[u8] = &work.bytes;
    while !rest.is_empty() {
        let (_, size) = Options::new().read_first(rest).expect("CPython wrote it");
        each.push(&rest[..size]);
        rest = &rest[size..];
    }
    let each = each.as_slice();
    let python = python.as_ref().expect("it takes part");
    let scan = Scan::new();
    let options = Options::new();
    let mut reader = options.reader();
    let serde_options = || serde_pickle::DeOptions::new();
    let mut readers = vec![
        Candidate::new("brinery", 0, || {
            each.iter().all(|bytes| Graph::from_slice(black_box(bytes)).is_ok())
        }),
        Candidate::new("brinery, reused", 0, || {
            for bytes in each {
                let graph = reader.read(black_box(bytes)).expect("it can");
                reader.reuse(black_box(graph));
            }
        }),
        Candidate::new("serde-pickle", 0, || {
            each.iter()
                .all(|bytes| serde_pickle::value_from_slice(black_box(bytes), serde_options()).is_ok())
        }),
        Candidate::new("pickled", 0, || {
            each.iter()
                .all(|bytes| pickled::value_from_slice(black_box(bytes), pickled::DeOptions::new()).is_ok())
        }),
        Candidate::new("scan", 0, || {
            each.iter()
                .filter_map(|bytes| scan.count(black_box(bytes)))
                .sum::<usize>()
        }),
        Candidate::timed("CPython", |times| {
            python.time("loads", work.protocol, &work.path, times)
        }),
    ];
    if each.iter().all(|bytes| pickler::unpickle(bytes).is_ok()) {
        readers.push(Candidate::new("pickler", 0, || {
            each.iter().all(|bytes| pickler::unpickle(black_box(bytes)).is_ok())
        }));
    }
    run(&work, "read", &mut readers, rounds);
    drop(readers);

    let graphs: Vec<_> = each.iter().flat_map(|bytes| Graph::from_slice(bytes)).collect();
    let options = Options::new().protocol(work.protocol);
    let values: Vec<_> = each
        .iter()
        .flat_map(|bytes| serde_pickle::value_from_slice(bytes, serde_options()))
        .collect();
    assert_eq!((graphs.len(), values.len()), (each.len(), each.len()));
    let mut writers = [
        Candidate::new("brinery", 0, || {
            graphs.iter().all(|graph| options.write(black_box(graph)).is_ok())
        }),
        Candidate::new("serde-pickle", 0, || {
            let options = serde_pickle::SerOptions::new;
            values
                .iter()
                .all(|value| serde_pickle::value_to_vec(black_box(value), options()).is_ok())
        }),
        Candidate::timed("CPython", |times| {
            python.time("dumps", work.protocol, &work.path, times)
        }),
    ];
    run(&work, "write", &mut writers, rounds);
}

/// A pickle whose buffers, of a mebibyte each, lie elsewhere: what is read refers to them.
fn out_of_band(path: &Path, rounds: usize) {
    let mut work = Workload::read(path);
    let pickle = work.bytes.clone();
    let count = pickle.iter().filter(|byte| **byte == 0x97).count(); // NEXT_BUFFER
    let buffers = vec![vec![0u8; 1 << 20]; count];
    let buffers: Vec<&[u8]> = buffers.iter().map(Vec::as_slice).collect();
    // The size that counts is that of the buffers, the time is a message's.
    work.bytes = vec![0; count << 20];
    let options = Options::new().protocol(5);
    let all = || buffers.iter().copied();
    let graph = options.read_with_buffers(&pickle, all()).expect("CPython wrote it");
    let mut readers = [
        Candidate::new("brinery", 0, || options.read_with_buffers(black_box(&pickle), all())),
        Candidate::new("copy", 0, || black_box(&work.bytes).clone()),
    ];
    run(&work, "read", &mut readers, rounds);
    let mut writers = [
        Candidate::new("brinery", 0, || {
            options.write_with_buffers(black_box(&graph), |_, _, _| false)
        }),
        Candidate::new("copy", 0, || black_box(&work.bytes).clone()),
    ];
    run(&work, "write", &mut writers, rounds);
}

fn main() {
    let wanted = wanted();
    let rounds = number("BRINERY_ROUNDS", 11.0) as usize;
    let folder = folder(number("BRINERY_SCALE", 0.2), &[]);
    let python = Some(Python::pickle());
    let chosen = |ending| {
        let all = files(&folder, ending).into_iter();
        all.filter(|path| path.file_name().is_some_and(|name| wanted(&name.to_string_lossy())))
    };
    for path in chosen("pickle") {
        let work = Workload::read(&path);
        run(&work, "read", &mut reading(&work, &python), rounds);
        run(&work, "write", &mut writing(&work, &python), rounds);
    }
    for path in chosen("pickles") {
        messages(&path, &python, rounds);
    }
    for path in chosen("oob") {
        out_of_band(&path, rounds);
    }
}
