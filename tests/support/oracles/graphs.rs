//! Bytes as graphs, and graphs as bytes.

use crate::support::{Chunks, Rng, canon::canon, same::isomorphic, show};
use brinery::{
    DeedKind, ErrorKind, Graph, JsonOptions, Op, Ops, Options, Part, Pickle, PyKey, Rules, Splice, Value, Visit,
    optimize, trace,
};
use std::{collections::HashSet, io};

/// How the readers of these bytes take them: each a little otherwise.
fn pieces(bytes: &[u8]) -> Chunks<'_> {
    Chunks::new(bytes, 1 + bytes.len() % 17, Rng::fed(bytes))
}

fn said(read: &brinery::Result<Graph<'_>>) -> Result<String, String> {
    read.as_ref().map(canon).map_err(ToString::to_string)
}

/// Any bytes are read or refused, the same from a slice and from a reader; and what was read can be looked at in every
/// way there is.
pub fn load(bytes: &[u8]) {
    for rules in [Rules::Strict, Rules::Classic] {
        let options = Options::new().rules(rules);
        let (slice, reader) = (options.read(bytes), options.read_from(pieces(bytes)));
        assert_eq!(said(&slice), said(&reader), "{}", show(bytes));
        if let Err(error) = &slice {
            assert!(
                error.offset().is_none_or(|at| at <= bytes.len() as u64),
                "{error}: {}",
                show(bytes)
            );
        }
    }
    // Of what is not Python's to say, such as what a class does with its arguments, no line stops the program.
    trace(bytes, &mut io::sink()).ok();
    let options = Options::new().buffers_elsewhere();
    if let Ok(graph) = options.read(bytes) {
        look(&graph);
        let owned = graph.clone().into_owned();
        assert_eq!(isomorphic(graph.root(), owned.root()), Ok(()), "{}", show(bytes));
    }
}

/// Shown, compared and hashed.
fn look(graph: &Graph<'_>) {
    let root = graph.root();
    let _ = (format!("{graph} {graph:?} {root} {root:?}"), root.dot().to_string());
    for indent in [None, Some(2)] {
        let options = JsonOptions {
            indent,
            limit: 1 << 20,
            ..JsonOptions::default()
        };
        let mut json = Vec::new();
        let written = root.write_json(&mut json, &options, |misfit| drop(misfit.to_string()));
        if written.is_ok() {
            serde_json::from_slice::<serde::de::IgnoredAny>(&json)
                .or_else(|error| {
                    if error.to_string().contains("recursion") {
                        Ok(serde::de::IgnoredAny)
                    } else {
                        Err(error)
                    }
                })
                .unwrap_or_else(|error| panic!("{error}: {}", show(&json)));
        }
    }
    let itself = root;
    assert!(itself == root);
    for value in [root].into_iter().chain(root.items()).take(20) {
        value.py_eq(root);
        if let Ok(key) = PyKey::new(value) {
            assert!(PyKey::new(value).is_ok_and(|again| again == key) || is_nan_within(value));
        }
    }
}

/// A NaN is not equal to itself where it is not the same object, and numbers of a graph have no identity.
fn is_nan_within(value: Value<'_>) -> bool {
    value.to_string().contains("nan")
}

/// Several pickles in a row are the same from a slice and from a reader, each apart and with one memo.
pub fn stream(bytes: &[u8]) {
    let options = Options::new().buffers_elsewhere();
    let mut at = 0;
    let mut stream = options.stream(pieces(bytes));
    let mut pickles = options.iter(bytes);
    loop {
        match (pickles.next(), stream.next()) {
            (None, None) => break,
            (Some(Ok((graph, range))), Some(Ok(again))) => {
                assert_eq!(canon(&graph), canon(&again), "{}", show(bytes));
                assert!(range.start == at && range.end > at && range.end <= bytes.len());
                // A frame may be longer than its pickle.
                let alone = options.read_first(&bytes[range.start..]);
                let (alone, end) = alone.unwrap_or_else(|error| panic!("{error} at {at} of {}", show(bytes)));
                assert_eq!((canon(&alone), end), (canon(&graph), range.len()), "{}", show(bytes));
                at = range.end;
            }
            (Some(Err(slice)), Some(Err(reader))) => assert_eq!(slice.to_string(), reader.to_string()),
            (slice, reader) => panic!("{slice:?} and {reader:?} at {at} of {}", show(bytes)),
        }
    }
    let (slice, reader) = (options.read_all(bytes), options.read_all_from(pieces(bytes)));
    let roots = |read: &brinery::Result<Graph<'_>>| match read {
        Ok(graph) => Ok(graph.roots().count()),
        Err(error) => Err(error.to_string()),
    };
    assert_eq!(roots(&slice), roots(&reader), "{}", show(bytes));
    // A graph without roots is that of no bytes at all.
    if let (Ok(slice), Ok(reader)) = (&slice, &reader)
        && slice.roots().count() > 0
    {
        assert_eq!(canon(slice), canon(reader), "{}", show(bytes));
    }
}

/// What can be read can be written in every protocol, and written again is the same.
pub fn round_trip(bytes: &[u8]) {
    // Without the mapping of names: what was never a name of Python 3 would be mapped when it comes back.
    let options = Options::new().buffers_elsewhere().fix_imports(false);
    let Ok(graph) = options.read(bytes) else { return };
    // What is spelled by calls of `getattr` in the old protocols is read as a name up to some length, and as calls beyond.
    let mut imports = graph.deeds().filter_map(|deed| deed.value.as_global());
    if imports.any(|import| import.name.as_bytes().len() > 900) {
        return;
    }
    for (protocol, fast) in (0..=5).map(|protocol| (protocol, false)).chain([(4, true)]) {
        let options = options.clone().protocol(protocol).fast(fast);
        // Not all that a stream can say fits every protocol: big ints as text, buffers, persistent ids in a line.
        let Ok(written) = options.write(&graph) else { continue };
        let told = || format!("in protocol {protocol}: {} of {}", show(&written), show(bytes));
        let read = options
            .read(&written)
            .unwrap_or_else(|error| panic!("{error} {}", told()));
        let again = options
            .write(&read)
            .unwrap_or_else(|error| panic!("{error} {}", told()));
        assert!(written == again, "{} {}", show(&again), told());
    }
}

/// Two pickles within another are what they are apart.
pub fn splice(bytes: &[u8]) {
    let options = Options::new().buffers_elsewhere();
    let Ok((_, end)) = options.read_first(bytes) else {
        return;
    };
    // A frame may be longer than its pickle, so each goes to the end of the input.
    let (head, tail) = (bytes, &bytes[end..]);
    let tail = if options.read_first(tail).is_ok() { tail } else { head };
    // A part is made without a look at numbers and text, so what can be read is a part.
    let [head, tail] = [head, tail].map(|bytes| (Part::new(bytes), bytes));
    for (part, bytes) in [&head, &tail] {
        if let Err(error) = part {
            panic!("{error}: {}", show(bytes));
        }
    }
    let spliced = || {
        let mut splice = Splice::new();
        splice.tuple()?.value(&Pickle(head.1))?.value(&Pickle(tail.1))?.end()?;
        splice.finish()
    };
    let spliced = match spliced() {
        Ok(spliced) => spliced,
        // Names by other rules than the tuple's own fit no single pickle.
        Err(error) if matches!(error.kind(), ErrorKind::Unwritable(_)) => return,
        Err(error) => panic!("{error}: {} and {}", show(head.1), show(tail.1)),
    };
    let told = || format!("{} of {} and {}", show(&spliced), show(head.1), show(tail.1));
    let together = options
        .read(&spliced)
        .unwrap_or_else(|error| panic!("{error}: {}", told()));
    let items: Vec<_> = together.root().items().collect();
    assert_eq!(items.len(), 2, "{}", told());
    // A dropped result is kept with the object that lies below it, if there is one; between the two there is.
    if drops_calls(head.1) || drops_calls(tail.1) {
        return;
    }
    // Without the memo entries that nobody reads, which a part has not, either: arguments in the memo could be meant
    // elsewhere, so that a call of `getattr` with them is more than a name. Twice, because an index that is used again may
    // have been read before: the first time gives each entry its own.
    let alone = [head.1, tail.1].map(|bytes| {
        let once = optimize(bytes).unwrap_or_else(|error| panic!("{error}: {}", show(bytes)));
        optimize(&once).unwrap_or_else(|error| panic!("{error}: {}", show(&once)))
    });
    let graphs = alone.each_ref().map(|bytes| {
        options
            .read(bytes)
            .unwrap_or_else(|error| panic!("{error}: {}", show(bytes)))
    });
    if graphs.iter().any(forgets_calls) {
        return;
    }
    // The buffers of the second are numbered after those of the first.
    let numbered = head.0.as_ref().is_ok_and(|part| part.buffers() > 0);
    let same = items.into_iter().zip(&graphs).take(if numbered { 1 } else { 2 });
    for (item, graph) in same {
        assert_eq!(isomorphic(item, graph.root()), Ok(()), "{}", told());
    }
}

/// Whether STOP leaves the result of a call behind, which a splice drops.
fn forgets_calls(graph: &Graph<'_>) -> bool {
    let mut met = HashSet::new();
    for visit in graph.root().walk() {
        if let Visit::Enter(_, value) = visit {
            met.insert(value.id());
        }
    }
    let mut calls = graph.deeds().filter(|deed| deed.kind == DeedKind::Call);
    calls.any(|call| !met.contains(&call.value.id()))
}

/// Whether a pickle drops the result of a call.
fn drops_calls(bytes: &[u8]) -> bool {
    let ops: Vec<Op<'_>> = Ops::new(bytes).map_while(|op| op.ok().map(|(_, op)| op)).collect();
    ops.windows(2).any(|pair| matches!(pair, [Op::Reduce, Op::Pop]))
}
