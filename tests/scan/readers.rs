//! Rule R1 against CPython's own readers: what is named by it they take differently, what is let pass they take alike.

use crate::{
    finding,
    support::{
        feed,
        python::{Python, interpreters},
        show,
    },
};
use brinery::scan::{Policy, Rule, Verdict, scan};
use std::collections::BTreeSet;

/// What the readers of one Python make of a stream.
#[derive(Debug)]
pub struct Taken {
    pub c: String,
    pub python: String,
    pub dis: bool,
    pub names: Vec<(String, String)>,
}

/// Asks one Python.
pub fn taken<B: AsRef<[u8]>>(python: &Python, streams: &[B]) -> Vec<Taken> {
    let mut input = Vec::new();
    for stream in streams {
        input.extend((stream.as_ref().len() as u32).to_le_bytes());
        input.extend(stream.as_ref());
    }
    let output = feed(&mut python.oracle("readers.py"), &input);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "readers.py on {python}: {errors}");
    let lines = String::from_utf8(output.stdout).expect("JSON is UTF-8");
    let taken: Vec<Taken> = (lines.lines())
        .map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).expect("a line of JSON");
            let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
            let names = line["names"].as_array().expect("names").iter();
            Taken {
                c: text(&line["c"]),
                python: text(&line["python"]),
                dis: line["dis"].as_bool().expect("a bool"),
                names: names.map(|name| (text(&name[0]), text(&name[1]))).collect(),
            }
        })
        .collect();
    assert_eq!(
        taken.len(),
        streams.len(),
        "readers.py on {python} left some out: {errors}"
    );
    taken
}

/// All that the readers of all versions make of each stream.
fn all_taken(streams: &[&[u8]]) -> Vec<BTreeSet<String>> {
    let mut all = vec![BTreeSet::new(); streams.len()];
    for python in interpreters() {
        for (outcomes, taken) in all.iter_mut().zip(taken(python, streams)) {
            let refused = |outcome: &str| outcome.starts_with('!');
            // Which exception it is differs between the readers and does not matter.
            let outcome = |text: String| if refused(&text) { "refused".to_owned() } else { text };
            outcomes.insert(outcome(taken.c));
            outcomes.insert(outcome(taken.python));
            outcomes.insert(if taken.dis {
                String::new()
            } else {
                "no disassembly".to_owned()
            });
        }
    }
    for outcomes in &mut all {
        outcomes.remove("");
    }
    all
}

/// Readers or versions differ on these.
const DIFFERENT: &[&[u8]] = &[
    b"I010\n.",
    b"I0x1f\n.",
    b"I0X1F\n.",
    b"I0o17\n.",
    b"I0b11\n.",
    b"I1\0x\n.",
    b"I+1\n.",
    b"I 1\n.",
    b"I-0\n.",
    b"L0x1f\n.",
    b"L1\0x\n.",
    b"F1.5\0x\n.",
    b"F1_0.5\n.",
    b"F 1.5\n.",
    b"F1.5 \n.",
    b"F1e400\n.",
    b"N\x8c\x01ap0\0x\n.",
    b"S'\xe9'\n.",
    b"c\xc3\xa9\nx\n.",
    // A list called, with a list for arguments: only Python's own unpickler takes any iterable.
    b"cbuiltins\nlist\n]R.",
    // State that is false.
    b"]]b.",
    b"](K\x01b.",
    // Two values at STOP, a mark at STOP.
    b"NN.",
    b"(N.",
    // A memo index used twice.
    b"Nq\0Nq\0.",
    // A frame in a frame, one that ends within an argument, one that is longer than the input.
    b"\x80\x04\x95\x0c\0\0\0\0\0\0\0\x95\x02\0\0\0\0\0\0\0N..",
    b"\x80\x04\x95\x03\0\0\0\0\0\0\0C\x05abcde.",
    b"\x80\x04\x95\x40\0\0\0\0\0\0\0N.",
];

/// Not safe either, though the Pythons tested here agree: CPython 3.14 and 3.15 do not, or what is allocated differs.
const ODD: &[&[u8]] = &[
    b"I1_000\n.",
    // A memo index far from the last one, and MEMOIZE behind a first index of 1.
    b"Nq\x05.",
    b"Nq\x01N\x940.",
    // PROTO that is late, or there twice.
    b"N0\x80\x04N.",
    b"\x80\x04\x80\x02N.",
    // No items for what has none.
    b"N(e.",
    b"N(u.",
    // Bytes in the frame behind STOP.
    b"\x80\x04\x95\x04\0\0\0\0\0\0\0N.\0\0",
];

/// CPython up to 3.13 refuses these, later ones do not.
const LATER: &[&[u8]] = &[b"I08\n.", b"L010\n."];

/// All readers of all versions take these, and in the same way.
const ALIKE: &[&[u8]] = &[
    b"I10\n.",
    b"I0\n.",
    b"I1\n.",
    b"I-7\n.",
    b"I00\n.",
    b"I01\n.",
    b"L10L\n.",
    b"L-10L\n.",
    b"L10\n.",
    b"L0L\n.",
    b"F1.5\n.",
    b"F-1e-05\n.",
    b"F1e16\n.",
    b"Finf\n.",
    b"F-inf\n.",
    b"Fnan\n.",
    b"V\\u00e9\n.",
    b"Vp\xe9\n.",
    b"S'a\\x41'\n.",
    b"S\"a'b\"\n.",
    b"(lp0\nI1\nag0\n0.",
    b"]q\0K\x01a.",
    // Python 2's cPickle counts from 1.
    b"]q\x01(X\x01\0\0\0aq\x02h\x02e.",
    b"\x80\x04]\x94(K\x01K\x02e.",
    b"\x80\x04\x95\x02\0\0\0\0\0\0\0N.",
    // Batches that are empty, as CPython up to 3.14 writes them.
    b"\x80\x04}(u.",
    b"\x80\x04](e.",
    b"\x80\x04\x8f(\x90.",
    b"\x80\x02\x8a\x01\xff.",
    b"\x8b\x02\0\0\0\xff\x7f.",
    b"\x8c\x03\xed\xa0\x80.",
];

#[test]
fn what_readers_take_differently_is_not_safe() {
    let all = all_taken(DIFFERENT);
    for (stream, outcomes) in DIFFERENT.iter().zip(all) {
        let shown = show(stream);
        assert!(outcomes.len() > 1, "{shown}: all readers here agree: {outcomes:?}");
        let verdict = scan(stream, &Policy::stdlib()).verdict;
        assert!(
            matches!(verdict, Verdict::Unknown | Verdict::Broken),
            "{shown}: {verdict}, {outcomes:?}"
        );
        finding(stream, &Policy::stdlib(), Rule::R1);
    }
}

#[test]
fn what_later_versions_take_differently_is_not_safe() {
    for stream in ODD {
        let verdict = scan(stream, &Policy::data()).verdict;
        assert_eq!(verdict, Verdict::Unknown, "{}", show(stream));
    }
    for stream in LATER {
        // Whatever follows is found all the same.
        assert_eq!(
            scan(stream, &Policy::data()).verdict,
            Verdict::Broken,
            "{}",
            show(stream)
        );
        let system = [&stream[..stream.len() - 1], b"0cos\nsystem\n."].concat();
        assert_eq!(
            scan(&system, &Policy::data()).verdict,
            Verdict::Dangerous,
            "{}",
            show(stream)
        );
    }
}

#[test]
fn what_all_readers_take_alike_is_safe() {
    let all = all_taken(ALIKE);
    for (stream, outcomes) in ALIKE.iter().zip(all) {
        assert_eq!(outcomes.len(), 1, "{}: {outcomes:?}", show(stream));
        crate::assert_safe(stream, &Policy::data());
    }
}
