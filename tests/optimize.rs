//! Optimized pickles: equal to those of `pickletools.optimize`.

mod support;

use brinery::ErrorKind;
use support::{
    Rng,
    pickletools::{ask, damaged, refuses_argument},
    python, seed, vectors,
};

const PROGRAM: &str = "import pickletools\ndef answer(data, out): out.write(pickletools.optimize(data))\n";

fn compare(inputs: &[&[u8]]) -> usize {
    let python = &python::newest().path;
    let answers = ask(python, PROGRAM, inputs.iter().copied());
    let mut same = 0;
    for (input, answer) in inputs.iter().zip(answers) {
        let shown = input.len().min(300);
        match brinery::optimize(input) {
            Ok(bytes) if answer.exception.is_empty() => {
                assert_eq!(bytes, answer.output, "{}", input[..shown].escape_ascii());
                same += 1;
            }
            Ok(_) => {
                // It decodes all arguments; here nobody needs to.
                let exception = &answer.exception;
                assert!(
                    refuses_argument(exception),
                    "{}: {exception}",
                    input[..shown].escape_ascii()
                );
            }
            // In protocol 0 Python goes on and writes nonsense.
            Err(error) if matches!(error.kind(), ErrorKind::MissingMemo(_)) && contains(&answer.output, b"gNone\n") => {
            }
            Err(error) => {
                assert!(
                    !answer.exception.is_empty(),
                    "{}: {error}",
                    input[..shown].escape_ascii()
                );
            }
        }
    }
    same
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[test]
fn every_vector() {
    let vectors = vectors::all();
    let inputs: Vec<_> = vectors.iter().map(|vector| vector.bytes.as_slice()).collect();
    assert!(compare(&inputs) >= 350);
}

#[test]
fn damaged_vectors() {
    let damaged = damaged(&vectors::all(), 20_000, Rng::new(seed(), "optimize"));
    let inputs: Vec<_> = damaged.iter().map(Vec::as_slice).collect();
    assert!(compare(&inputs) >= 2000);
}

/// Frames: full ones, large opcodes between them, and some too small to be worth one.
#[test]
fn frames() {
    let bytes = |n: usize| {
        let mut op = vec![b'B'];
        op.extend((n as u32).to_le_bytes());
        op.extend(std::iter::repeat_n(b'x', n));
        op
    };
    let mut inputs = Vec::new();
    for proto in [2, 3, 4, 5] {
        for size in [0, 10, 65_530, 65_531, 65_532, 65_536, 70_000] {
            for before in [&b""[..], b"N0", b"NN00", b"(((1111", b"\x95\0\0\0\0\0\0\0\0"] {
                let mut input = vec![0x80, proto];
                input.extend(before);
                input.extend(bytes(size));
                input.extend(b"0");
                input.extend(bytes(size));
                input.extend(b"q\x05h\x05\x860K\x01.behind");
                inputs.push(input);
            }
        }
        // More entries than BINGET can count, every third of them read.
        let mut input = vec![0x80, proto];
        for i in 0..1000u32 {
            input.extend(b"]r");
            input.extend(i.to_le_bytes());
            if i % 3 == 0 {
                input.extend(b"0j");
                input.extend(i.to_le_bytes());
            }
            input.push(b'0');
        }
        input.extend(b"N.");
        inputs.push(input);
    }
    let inputs: Vec<_> = inputs.iter().map(Vec::as_slice).collect();
    assert_eq!(compare(&inputs), inputs.len());
}

#[test]
fn what_is_missing() {
    let error = brinery::optimize(b"\x80\x04h\x07.").unwrap_err();
    assert_eq!(error.to_string(), "BINGET at byte 2: the memo has no entry 7");
    let error = brinery::optimize(b"\x80\x04N").unwrap_err();
    assert_eq!(
        error.to_string(),
        "at byte 3: the input ends where an opcode should stand"
    );
}
