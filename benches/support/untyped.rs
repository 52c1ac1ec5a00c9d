//! Pickles read into a graph and written from it, by brinery, its peers and the limits.
//!
//! What takes part has to do the work: a reader that fails on a pickle is left out there. pickler gives no reference to
//! what it has met before, and serde-pickle and pickled copy it; classes they read as their state alone, and of an
//! object that lies in itself they make None, so that they have no part in the graph with cycles. Writers are left out
//! where they would write something else: serde-pickle and pickled know no instances, and no protocol below 2; what
//! they write in place of protocols 4 and 5 is their 3, without a memo and without frames.

use super::{python::Python, race::Candidate, scan::Scan, workloads::Workload};
use brinery::{Graph, JsonOptions, Options};
use std::hint::black_box;

fn serde_pickle_options() -> serde_pickle::DeOptions {
    serde_pickle::DeOptions::new().replace_unresolved_globals()
}

fn pickled_options() -> pickled::DeOptions {
    pickled::DeOptions::new().replace_unresolved_globals()
}

/// The same data as JSON, if it is plain: what readers of JSON are given.
fn json(bytes: &[u8]) -> Option<Vec<u8>> {
    let graph = Graph::from_slice(bytes).ok()?;
    let mut text = Vec::new();
    let mut plain = true;
    let written = graph
        .root()
        .write_json(&mut text, &JsonOptions::default(), |_| plain = false);
    (written.is_ok() && plain).then_some(text)
}

/// Names of readers and writers, brinery first: the others are held against it.
pub const READERS: [&str; 9] = [
    "brinery",
    "brinery, reused",
    "scan",
    "copy",
    "serde-pickle",
    "pickled",
    "pickler",
    "serde_json",
    "CPython",
];
pub const WRITERS: [&str; 6] = ["brinery", "copy", "brinery, fast", "serde-pickle", "pickled", "CPython"];

/// Whether this one can read the pickle.
pub fn reads(name: &str, work: &Workload) -> bool {
    let bytes: &[u8] = &work.bytes;
    let tree = work.name != "graph";
    match name {
        "serde-pickle" => tree && serde_pickle::value_from_slice(bytes, serde_pickle_options()).is_ok(),
        "pickled" => tree && pickled::value_from_slice(bytes, pickled_options()).is_ok(),
        "pickler" => tree && pickler::unpickle(bytes).is_ok(),
        "serde_json" => work.protocol == 5 && json(bytes).is_some(),
        // A state dict names its storages by persistent ids, which `pickle.loads` has nobody to ask about.
        "CPython" => work.name != "state",
        _ => true,
    }
}

/// Whether this one can write what is in the pickle, and writes no less.
pub fn writes(name: &str, work: &Workload) -> bool {
    let bytes: &[u8] = &work.bytes;
    let plain = work.protocol >= 2 && !["instances", "dataclass", "graph", "times", "state"].contains(&&*work.name);
    match name {
        "serde-pickle" => plain && serde_pickle::value_from_slice(bytes, Default::default()).is_ok(),
        "pickled" => plain && pickled::value_from_slice(bytes, Default::default()).is_ok(),
        "brinery, fast" => {
            let graph = Graph::from_slice(bytes).expect("CPython wrote it");
            Options::new().fast(true).write(&graph).is_ok() // not with cycles
        }
        "CPython" => work.name != "state",
        _ => true,
    }
}

/// A reader, which is made without reading: what it takes shows when it runs.
pub fn reader<'a>(name: &'static str, work: &'a Workload, python: &Option<Python>) -> Candidate<'a> {
    let bytes: &'a [u8] = &work.bytes;
    let size = bytes.len();
    match name {
        "brinery" => Candidate::new(name, size, move || Graph::from_slice(black_box(bytes))),
        "brinery, reused" => {
            // The closure cannot own both the options and the reader that borrows them.
            let options: &'static Options = Box::leak(Box::default());
            let mut reader = options.reader();
            Candidate::new(name, 0, move || {
                let graph = reader.read(black_box(bytes)).expect("it can");
                reader.reuse(black_box(graph));
            })
        }
        "scan" => {
            let scan = Scan::new();
            Candidate::new(name, size, move || scan.count(black_box(bytes)))
        }
        "copy" => Candidate::new(name, size, move || black_box(bytes).to_vec()),
        "serde-pickle" => Candidate::new(name, size, move || {
            serde_pickle::value_from_slice(black_box(bytes), serde_pickle_options())
        }),
        "pickled" => Candidate::new(name, size, move || {
            pickled::value_from_slice(black_box(bytes), pickled_options())
        }),
        "pickler" => Candidate::new(name, size, move || pickler::unpickle(black_box(bytes))),
        "serde_json" => {
            let text = json(bytes).expect("it is plain");
            Candidate::new(name, size, move || {
                serde_json::from_slice::<serde_json::Value>(black_box(&text))
            })
        }
        "CPython" => cpython(work, python, "loads"),
        other => panic!("{other} is no reader"),
    }
}

/// A writer of what is in the pickle, which has read it already.
pub fn writer<'a>(name: &'static str, work: &'a Workload, python: &Option<Python>) -> Candidate<'a> {
    let (bytes, protocol): (&'a [u8], u8) = (&work.bytes, work.protocol);
    let size = bytes.len();
    let graph = || Graph::from_slice(bytes).expect("CPython wrote it");
    match name {
        "brinery" => {
            let (graph, options) = (graph(), Options::new().protocol(protocol));
            Candidate::new(name, size, move || options.write(black_box(&graph)))
        }
        "brinery, fast" => {
            let (graph, options) = (graph(), Options::new().protocol(protocol).fast(true));
            Candidate::new(name, size, move || options.write(black_box(&graph)))
        }
        "copy" => Candidate::new(name, size, move || black_box(bytes).to_vec()),
        "serde-pickle" => {
            let value = serde_pickle::value_from_slice(bytes, Default::default()).expect("it can");
            let options = serde_pickle::SerOptions::new();
            let options = if protocol == 2 { options.proto_v2() } else { options };
            Candidate::new(name, size, move || {
                serde_pickle::value_to_vec(black_box(&value), options.clone())
            })
        }
        "pickled" => {
            let value = pickled::value_from_slice(bytes, Default::default()).expect("it can");
            let options = pickled::SerOptions::new();
            let options = if protocol == 2 { options.proto_v2() } else { options };
            Candidate::new(name, size, move || {
                pickled::value_to_vec(black_box(&value), options.clone())
            })
        }
        "CPython" => cpython(work, python, "dumps"),
        other => panic!("{other} is no writer"),
    }
}

fn cpython<'a>(work: &'a Workload, python: &Option<Python>, what: &'static str) -> Candidate<'a> {
    let python = python.clone().expect("it takes part");
    Candidate::timed("CPython", move |times| {
        python.time(what, work.protocol, &work.path, times)
    })
}

/// All who can read it.
pub fn reading<'a>(work: &'a Workload, python: &Option<Python>) -> Vec<Candidate<'a>> {
    let able = READERS.into_iter().filter(|name| reads(name, work));
    able.map(|name| reader(name, work, python)).collect()
}

/// All who can write it; brinery has to write CPython's own bytes.
pub fn writing<'a>(work: &'a Workload, python: &Option<Python>) -> Vec<Candidate<'a>> {
    let written = Graph::from_slice(&work.bytes).and_then(|graph| Options::new().protocol(work.protocol).write(&graph));
    assert!(
        written.expect("CPython wrote it") == work.bytes,
        "{}: other bytes than CPython's",
        work.path.display()
    );
    let able = WRITERS.into_iter().filter(|name| writes(name, work));
    able.map(|name| writer(name, work, python)).collect()
}
