//! Disassemblies: equal to those of `python -m pickletools`.

mod support;

use brinery::{DisOptions, Disassembler, dis};
use support::{
    Rng,
    pickletools::{ask, damaged, refuses_argument},
    python, seed, vectors,
};

fn ours(input: &[u8], options: &DisOptions) -> (String, brinery::Result<usize>) {
    let mut out = Vec::new();
    let end = dis(input, &mut out, options);
    (String::from_utf8(out).expect("UTF-8"), end)
}

#[test]
fn every_vector() {
    let mut same = 0;
    let vectors = vectors::all();
    for vector in &vectors {
        let expected = vector.whole_beside("dis");
        let (shown, end) = ours(&vector.bytes, &DisOptions::default());
        if vector.shown {
            assert_eq!(shown, expected, "{}", vector.name);
            assert!(end.is_ok(), "{}", vector.name);
            same += 1;
        } else if end.is_err() {
            assert_eq!(shown, expected, "{}", vector.name);
            same += 1;
        } else {
            // An argument only pickletools refuses: shown as bytes, and on it goes.
            assert!(
                shown.strip_prefix(&*expected).is_some_and(|more| more.contains(" b'")),
                "{}: {shown}",
                vector.name
            );
        }
    }
    assert!(
        same + 9 >= vectors.len(),
        "only {same} of {} are the same",
        vectors.len()
    );
}

/// The vectors and many broken pickles, with several settings.
#[test]
fn live() {
    let Some(python::Python { path: python, .. }) = python::exactly_3_13() else {
        return;
    };
    let vectors = vectors::all();
    for (annotate, indent, count) in [(0, 4, 20_000), (30, 4, 2000), (30, 0, 2000), (1, 1, 500), (45, 9, 500)] {
        let damaged = damaged(&vectors, count, Rng::new(seed(), "dis"));
        let originals = vectors.iter().map(|vector| vector.bytes.as_slice());
        let inputs: Vec<_> = originals.chain(damaged.iter().map(Vec::as_slice)).collect();
        let program = format!(
            "import pickletools\n\
             def answer(data, out):\n\
             \x20   text = io.TextIOWrapper(out, 'utf-8', newline='\\n', write_through=True)\n\
             \x20   try: pickletools.dis(data, text, None, {indent}, {annotate})\n\
             \x20   finally: text.detach()\n"
        );
        let answers = ask(python, &program, inputs.iter().copied());
        assert_eq!(answers.len(), inputs.len());
        let (mut good, mut broken, mut longer) = (0, 0, 0);
        for (input, answer) in inputs.iter().zip(answers) {
            let (shown, end) = ours(input, &DisOptions { annotate, indent });
            let expected = String::from_utf8(answer.output).expect("UTF-8");
            let exception = answer.exception;
            if exception.is_empty() {
                assert_eq!(shown, expected, "{input:?}");
                assert!(end.is_ok(), "{input:?}: {end:?}");
                good += 1;
            } else if refuses_argument(&exception) && shown.len() > expected.len() {
                assert!(shown.starts_with(&expected), "{input:?}: {exception}\n{shown}");
                longer += 1;
            } else {
                assert_eq!(shown, expected, "{input:?}: {exception}");
                assert!(end.is_err(), "{input:?}: {exception}");
                broken += 1;
            }
        }
        println!("annotate {annotate}, indent {indent}: {good} good, {broken} broken, {longer} shown further");
        assert!(good >= 300 && broken >= 100);
    }
}

/// The arguments of protocol 0, whose text has rules of its own.
#[test]
fn texts_live() {
    let Some(python::Python { path: python, .. }) = python::exactly_3_13() else {
        return;
    };
    let lines = [
        "",
        "0",
        "00",
        "01",
        "1",
        "-0",
        "+1",
        " 12 ",
        "\t1\x0b",
        "1_000",
        "1__0",
        "_1",
        "1_",
        "0x1f",
        "010",
        "1L",
        "1l",
        "1LL",
        "12345678901234567890123",
        "-9223372036854775808",
        "9223372036854775808",
        "5\0junk",
        "1.5",
        "1e5",
        "1E+5",
        ".5",
        "5.",
        ".",
        "e5",
        "1e",
        "1e400",
        "-1e400",
        "1e-400",
        "inf",
        "-Infinity",
        "nan",
        "-nan",
        "infinit",
        "1_0.5_0e1_0",
        "1_e5",
        "1._5",
        " 1.5\r",
        "1.5\x1c",
        "0.1",
        "1e16",
        "123456789012345678",
        "1e-5",
        "5e-324",
        "-0.0",
        "'",
        "\"",
        "''",
        "'a",
        "'a\"",
        "\"it's\"",
        "'a\\x41\\101\\n'",
        "'\\'",
        "'\\x4'",
        "'\\777'",
        "'é'",
        "'\\xe9'",
        "'a\\\\'",
        "a\\x41b",
        "a\\",
        "a b",
        "é",
        "\\u0041",
        "\\u004",
        "\\ud800",
        "\\U0001f600",
        "\\U00110000",
        "\\\\u0041",
        "'\\q'",
        " 'a'",
    ];
    let long = "1".repeat(4301);
    let zeros = "0".repeat(5000);
    let mut inputs: Vec<Vec<u8>> = Vec::new();
    for line in lines.into_iter().chain([&*long, &*zeros]) {
        for code in "ILFSVP".chars() {
            inputs.push(format!("{code}{line}\n.").into_bytes());
        }
        inputs.push(format!("c{line}\nb\n.").into_bytes());
        inputs.push(format!("(ia\n{line}\n.").into_bytes());
        inputs.push(format!("Np{line}\n0g{line}\n.").into_bytes());
        inputs.push(format!("N2p{line}\n0g0\n0g1\n00.").into_bytes());
    }
    for bytes in [0, 1, 8, 9, 1785, 1786, 1787, 3000] {
        for fill in [0x7f, 0x80, 0xff, 1] {
            let mut input = vec![0x8b];
            input.extend((bytes as u32).to_le_bytes());
            input.extend(std::iter::repeat_n(fill, bytes));
            input.push(b'.');
            inputs.push(input);
        }
    }
    let program = "import pickletools\n\
         def answer(data, out):\n\
         \x20   text = io.TextIOWrapper(out, 'utf-8', newline='\\n', write_through=True)\n\
         \x20   try: pickletools.dis(data, text)\n\
         \x20   finally: text.detach()\n";
    let answers = ask(python, program, inputs.iter().map(Vec::as_slice));
    for (input, answer) in inputs.iter().zip(answers) {
        let (shown, end) = ours(input, &DisOptions::default());
        let expected = String::from_utf8(answer.output).expect("UTF-8");
        if answer.exception.is_empty() || end.is_err() && shown.len() <= expected.len() {
            assert_eq!(shown, expected, "{}", input.escape_ascii());
            assert_eq!(end.is_ok(), answer.exception.is_empty(), "{}", input.escape_ascii());
        } else {
            assert!(refuses_argument(&answer.exception), "{}", answer.exception);
            assert!(
                shown.starts_with(&expected),
                "{}: {}",
                input.escape_ascii(),
                answer.exception
            );
        }
    }
}

/// Marks in marks, so deep that the indentation alone is longer than a format string can ask for.
#[test]
fn deep_marks() {
    let input = [&b"(".repeat(101)[..], b"1."].concat();
    let options = DisOptions {
        annotate: 5,
        indent: 700,
    };
    let (shown, end) = ours(&input, &options);
    assert!(end.is_err());
    let last = shown.lines().rev().nth(1).expect("STOP");
    assert_eq!(last.find("STOP"), Some("  102: .    ".len() + 700 * 100));
}

#[test]
fn shared_memo() {
    let two = b"]q\0.h\0."; // one Pickler, dumping the same list twice
    let mut out = Vec::new();
    let mut disassembler = Disassembler::new(DisOptions::default());
    assert_eq!(disassembler.dis(two, 0, &mut out).unwrap(), 4);
    assert_eq!(disassembler.dis(two, 4, &mut out).unwrap(), 7);
    let text = String::from_utf8(out).unwrap();
    assert!(text.contains("    4: h    BINGET     0\n    6: .    STOP\n"), "{text}");
    disassembler.clear_memo();
    let error = disassembler.dis(two, 4, &mut Vec::new()).unwrap_err();
    assert_eq!(error.to_string(), "BINGET at byte 4: the memo has no entry 0");
}
