//! `brinery show`, and what all commands say when something is wrong.

use super::*;

#[test]
fn show_vectors() {
    let mut shown = 0;
    for vector in vectors::all() {
        let Some(needs) = options(&vector.needs) else { continue };
        let path = vector.path.to_str().expect("UTF-8");
        let mut args = vec!["show", path, "--rules=classic"];
        args.extend(needs.iter().map(String::as_str));
        let outcome = brinery(&args, b"");
        if vector.name == "refused/next_buffer_without_buffers.pkl" {
            // No buffer is ever at hand, so placeholders stand for them.
            assert_eq!(outcome.good(), b"<buffer 0>\n");
        } else if vector.name.starts_with("refused/") {
            assert_eq!((outcome.code, outcome.text()), (1, ""), "{}", vector.name);
            assert!(
                outcome.err.starts_with(&format!("brinery: {path}: ")),
                "{}",
                outcome.err
            );
        } else {
            assert_eq!((outcome.code, &*outcome.err), (0, ""), "{}", vector.name);
            shown += usize::from(outcome.text() == vector.whole_beside("repr"));
        }
    }
    assert!(shown > 300, "{shown}");
}

#[test]
fn show() {
    let list = b"\x80\x04](K\x01]K\x02a]]ae.";
    assert_eq!(brinery(&["show", "-"], list).good(), b"[1, [2], [[]]]\n");
    let cut = brinery(&["show", "-", "--max-depth", "1", "--max-items", "2"], list).good();
    assert_eq!(cut, b"[1, [...], ...]\n");
    // Several pickles, apart and with one memo.
    assert_eq!(brinery(&["show", "-"], b"K\x01.K\x02.").good(), b"1\n2\n");
    let shared = brinery(&["show", "--shared-memo", "-"], b"]q\0.K\x05.h\0.");
    assert_eq!(shared.good(), b"[]\n5\n[]\n");
    assert_eq!(brinery(&["show", "-"], b"\x80\x05\x97.").good(), b"<buffer 0>\n");
    let old = b"U\x01\xe9.";
    assert_eq!(
        brinery(&["show", "-", "--encoding", "latin1"], old).good(),
        "'é'\n".as_bytes()
    );
    assert_eq!(
        brinery(&["show", "-", "--encoding", "bytes"], old).good(),
        b"b'\\xe9'\n"
    );
    assert_eq!(
        brinery(&["show", "-", "--ext", "a.b:C=7"], b"\x82\x07.").good(),
        b"a.b.C\n"
    );
    assert_eq!(brinery(&["show", "-", "--rules", "classic"], b"I010\n.").good(), b"8\n");
    let drawing = brinery(&["show", "-", "--graph", "dot"], b"]q\0h\0a.").good();
    assert!(String::from_utf8_lossy(&drawing).contains("n0:p1:e -> n0:t:e [color="));
}

#[test]
fn errors() {
    let bad = file("bad.pkl", b"K\x01.\x80\x04K\x05a.");
    let outcome = brinery(&["show", &bad], b"");
    assert_eq!((outcome.code, outcome.text()), (1, "1\n"));
    assert_eq!(
        outcome.err,
        format!("brinery: {bad}: APPEND at byte 7: the stack is empty\n")
    );
    let outcome = brinery(&["show", "-"], b"");
    assert_eq!(
        outcome.err,
        "brinery: <stdin>: at byte 0: the input ends where an opcode should stand\n"
    );
    assert_eq!(outcome.code, 1);
    let outcome = brinery(&["show", "-"], b"U\x01\xe9.");
    assert!(
        outcome.code == 1 && outcome.err.contains("--encoding latin1"),
        "{}",
        outcome.err
    );
    for usage in [
        &["show"][..],
        &["show", "/nowhere/nothing.pkl"],
        &["show", "-", "--ext", "a=1"],
        &["convert", "--protocol", "6", "-", "-"],
        &["convert", "-", "/nowhere/out.pkl"],
        &["dis"],
        &["dis", "-", "-", "--preamble", "{nam}"],
        &["eat", "-"],
        &[],
    ] {
        let outcome = brinery(usage, b"N.");
        assert!(
            outcome.code == 2 && !outcome.err.is_empty(),
            "{usage:?}: {}",
            outcome.err
        );
    }
}

/// `brinery … | head`: no panic, no message.
#[test]
fn closed_pipe() {
    let big = file("big.pkl", &[&b"]("[..], &b"K\x01".repeat(1_000_000), b"e."].concat());
    for command in ["show", "dis", "json"] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_brinery"))
            .args([command, &*big])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut start = [0; 10];
        child
            .stdout
            .take()
            .expect("a pipe")
            .read_exact(&mut start)
            .expect("some output");
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(
            (output.status.code(), &*output.stderr),
            (Some(0), &b""[..]),
            "{command}"
        );
    }
}

/// Limits are set by their names.
#[test]
fn limits() {
    let outcome = brinery(&["show", "--limit", "stack=2", "-"], b"NNN.");
    assert_eq!(outcome.code, 1);
    assert_eq!(
        outcome.err,
        "brinery: <stdin>: NONE at byte 2: the limit `stack` of 2 is reached\n"
    );
    brinery(&["show", "--limit", "stack=3", "--limit", "memo=1", "-"], b"NNNq\0.").good();
    let marks = [b'('; 3_000];
    let outcome = brinery(&["dis", "--limit", "output=0", "-"], &marks);
    assert!(
        outcome.err.contains("the limit `output` of 0 is reached"),
        "{}",
        outcome.err
    );
    let outcome = brinery(&["json", "--limit", "sticks=2", "-"], b"N.");
    assert!(
        outcome.code == 2 && outcome.err.contains("stack, marks, memo"),
        "{}",
        outcome.err
    );
}
