//! CPython writes, brinery reads and writes again: the same bytes, on every CPython there is.

mod support;

use brinery::{Builder, Graph, Options, Python as Target, Result};
use std::{collections::HashSet, fmt::Display};
use support::{
    difference,
    python::{Python, interpreters},
    records::{Record, Written, buffers},
    show,
};

/// Objects of each kind per interpreter, so that a run has 2,000 however few there are.
fn objects(least: usize) -> usize {
    least.max(2000_usize.div_ceil(interpreters().len()))
}

/// What was compared.
#[derive(Default)]
struct Tally {
    objects: HashSet<String>,
    pickles: usize,
    failures: usize,
    first: String,
}

impl Tally {
    /// Takes note of what came out for a record.
    fn compare(&mut self, python: &Python, record: Record<'_>, wanted: &[u8], got: Result<Vec<u8>>) {
        self.objects.insert(format!("{python} {}", record.name));
        self.pickles += 1;
        let problem = match got {
            Ok(got) if got == wanted => return,
            Ok(got) => difference(wanted, &got),
            Err(error) => format!("{error} in {}", show(record.x)),
        };
        self.failures += 1;
        if self.first.is_empty() {
            let Record { name, p, q, .. } = record;
            self.first = format!("{name} of {python}, protocol {p} to {q}: {problem}");
        }
    }

    fn finish(self, mode: impl Display, least: usize) {
        let objects = self.objects.len();
        println!(
            "{mode}: {objects} objects, {} pickles, {} differ",
            self.pickles, self.failures
        );
        assert_eq!(self.failures, 0, "pickles of {mode} differ, the first: {}", self.first);
        assert!(objects >= least, "{mode}: only {objects} objects");
    }
}

/// Runs a mode of the writer under every interpreter, with a seed of its own for each.
fn each_writer(mode: &str, count: usize, mut check: impl FnMut(&Python, &Written)) {
    let seed = support::seed();
    for python in interpreters() {
        let seed = (seed * 100 + u64::from(python.version.1)).to_string();
        check(python, &Written::by(python, &[mode, &seed, &count.to_string()]));
    }
}

/// Reads and writes as a pickler with one memo for several dumps does.
fn again(options: &Options, x: &[u8], q: u8) -> Result<Vec<u8>> {
    options.clone().protocol(q).write(&options.read_all(x)?)
}

#[test]
fn corpus() {
    let mut tally = Tally::default();
    for python in interpreters() {
        let written = Written::by(python, &["corpus"]);
        for record in written.records() {
            tally.compare(python, record, record.x, again(&written.options, record.x, record.q));
        }
    }
    assert!(
        tally.pickles >= 2400 * interpreters().len(),
        "only {} pickles",
        tally.pickles
    );
    // 19 of the 442 are there because no pickler takes them.
    tally.finish("the corpus", 423 * interpreters().len());
}

#[test]
fn random_objects() {
    let mut tally = Tally::default();
    let count = objects(350);
    each_writer("random", count, |python, written| {
        for record in written.records() {
            tally.compare(python, record, record.x, again(&written.options, record.x, record.q));
        }
    });
    // A few are left out by the writer, in all protocols.
    tally.finish("random objects", (count * 95 / 100) * interpreters().len());
}

#[test]
fn persistent_ids() {
    let mut tally = Tally::default();
    each_writer("persistent", 200, |python, written| {
        for record in written.records() {
            tally.compare(python, record, record.x, again(&written.options, record.x, record.q));
        }
    });
    tally.finish("persistent ids", 150 * interpreters().len());
}

#[test]
fn one_memo_for_several_dumps() {
    let mut tally = Tally::default();
    each_writer("shared", 200, |python, written| {
        for record in written.records() {
            tally.compare(python, record, record.x, again(&written.options, record.x, record.q));
        }
    });
    tally.finish("several dumps", 150 * interpreters().len());
}

#[test]
fn buffers_out_of_band() {
    let mut tally = Tally::default();
    let mut collected = 0;
    each_writer("oob", 350, |python, written| {
        for record in written.records() {
            let buffers = buffers(record.y);
            collected += buffers.len();
            let graph = written
                .options
                .read_with_buffers(record.x, buffers.iter().map(|(_, bytes)| *bytes));
            let got = graph.and_then(|graph| {
                let options = written.options.clone().protocol(record.q);
                let mut asked = Vec::new();
                let got = options.write_with_buffers(&graph, |_, bytes, readonly| {
                    asked.push((readonly, bytes.to_vec()));
                    false
                })?;
                // What the callback is given, in order, is what Python's was given.
                let collected = buffers.iter().map(|(readonly, bytes)| (*readonly, bytes.to_vec()));
                assert!(
                    asked.into_iter().eq(collected),
                    "buffers of {} of {python}",
                    record.name
                );
                Ok(got)
            });
            tally.compare(python, record, record.x, got);
        }
    });
    assert!(collected > 350, "only {collected} buffers");
    tally.finish("out-of-band buffers", 300 * interpreters().len());
}

/// For built-in types: what CPython's `dumps(loads(x), q)` gives.
#[test]
fn from_any_protocol_to_any() {
    let mut tally = Tally::default();
    each_writer("convert", 60, |python, written| {
        for record in written.records() {
            let got = again(&written.options.clone().as_loaded(true), record.x, record.q);
            tally.compare(python, record, record.y, got);
        }
    });
    tally.finish("conversions", 60 * interpreters().len());
}

/// Without a memo, as after `pickler.fast = True`.
#[test]
fn fast_mode() {
    let mut tally = Tally::default();
    each_writer("fast", 200, |python, written| {
        for record in written.records() {
            let got = again(&written.options.clone().fast(true), record.x, record.q);
            tally.compare(python, record, record.x, got);
        }
    });
    tally.finish("fast mode", 60 * interpreters().len());
}

/// Nested names below protocol 4, which CPython 3.12.5 began to write otherwise: as 3.12.1 writes them, from what 3.13
/// wrote. Not the other way round: what the older ones write is a call of `getattr` like any other.
#[test]
fn for_an_older_version() {
    let find = |minor| interpreters().iter().find(|python| python.version.1 == minor);
    let (Some(old), Some(new)) = (find(12).filter(|python| python.version < (3, 12, 5)), find(13)) else {
        println!("not compared: this takes a CPython 3.12 before 3.12.5 and a 3.13");
        return;
    };
    let (read, wanted) = (Written::by(new, &["corpus"]), Written::by(old, &["corpus"]));
    let mut tally = Tally::default();
    let records = read.records().zip(wanted.records());
    for (record, wanted) in
        records.filter(|(record, _)| record.name.contains("Nested") || record.name.contains("nested"))
    {
        assert_eq!((record.name, record.p), (wanted.name, wanted.p));
        let options = read.options.clone().python(old.target()).as_loaded(true);
        tally.compare(old, record, wanted.x, again(&options, record.x, record.q));
    }
    tally.finish(format!("{new} for {old}"), 8);
}

/// The bytes of versions that have no interpreter here, as Python's own issue tracker and release candidates give them:
/// 3.14 writes protocol 5 by default, 3.15 has neither empty batches nor batches of one (gh-135573).
#[test]
fn versions_to_come() {
    let newer = |minor| Options::new().python(Target::new(3, minor, 0));
    let write = |options: &Options, graph: &Graph<'_>| options.write(graph).expect("it fits");
    let list = |n: u32| {
        let mut build = Builder::new();
        let root = build.add((0..n).collect::<Vec<u32>>());
        build.finish(root)
    };
    let dict = |n: u32| {
        let mut build = Builder::new();
        let entries: Vec<_> = (0..n).map(|i| (build.add(i), build.add(()))).collect();
        let root = build.dict(entries).expect("ints are hashable");
        build.finish(root)
    };
    let set = |n: u32| {
        let mut build = Builder::new();
        let items: Vec<_> = (0..n).map(|i| build.add(i)).collect();
        let root = build.set(items).expect("ints are hashable");
        build.finish(root)
    };
    let ends = |bytes: Vec<u8>, end: &[u8]| assert!(bytes.ends_with(end), "{}", show(&bytes[bytes.len() - 12..]));
    assert_eq!(write(&newer(13), &list(0))[..2], *b"\x80\x04");
    assert_eq!(write(&newer(14), &list(0))[..2], *b"\x80\x05");
    ends(write(&newer(14).protocol(2), &list(1001)), b"M\xe7\x03e(M\xe8\x03e.");
    ends(write(&newer(15).protocol(2), &list(1001)), b"M\xe7\x03eM\xe8\x03a.");
    ends(write(&newer(14).protocol(2), &dict(1000)), b"Nu(u.");
    ends(write(&newer(15).protocol(2), &dict(1000)), b"Nu.");
    ends(write(&newer(14).protocol(4), &set(1000)), b"\x90(\x90.");
    ends(write(&newer(15).protocol(4), &set(1000)), b"\x90.");
    ends(write(&newer(15).protocol(4), &set(1)), b"(K\0\x90.");
}

/// CPython 3.13 in protocol 2: `o.l = [o]` where `o.__getnewargs_ex__()` gives `((o.l,), {'k': 1})`. The object is made
/// inside the `partial` that was to make it, and that one is thrown away.
#[test]
fn within_its_own_keyword_arguments() {
    let written = b"\x80\x02cfunctools\npartial\nq\0c__builtin__\ngetattr\nq\x01c__main__\nC\nX\x07\0\0\0__new__q\x02\x86Rq\x03\x85q\x04Rq\x05(h\x03cm\nC\nq\x06]q\x07h\0h\x03\x85q\x08Rq\x09(h\x03h\x06h\x07\x86q\n}q\x0bX\x01\0\0\0kq\x0cK\x01sNtq\x0db)Rq\x0e}q\x0fX\x01\0\0\0lq\x10h\x07sba\x86q\x11}q\x12h\x0cK\x01sNtq\x13b)R0h\x0e.";
    let graph = Options::new().read(written).expect("CPython wrote it");
    let again = graph.to_vec().expect("it was read");
    assert_eq!(show(&again), show(written));
}
