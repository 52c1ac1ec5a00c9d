//! `brinery pack`: tasks that Python runs.

use super::*;

/// A function's pickle and arguments, as JSON or as pickles, make a task that Python runs.
#[test]
fn packs_tasks() {
    let function = file("pack-function.pkl", b"\x80\x03cbuiltins\nsorted\nq\0.");
    let task = |args: &[&str]| brinery(&[&["pack", &function], args].concat(), b"");
    let run = "import pickle, sys; t = pickle.load(sys.stdin.buffer); print(t['fn'](*t['args'], **t['kwargs']))";
    let result = |payload: &[u8]| {
        let mut child = Command::new(&python::newest().path)
            .args(["-c", run])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut stdin = child.stdin.take().expect("a pipe");
        stdin.write_all(payload).expect("it reads");
        drop(stdin);
        String::from_utf8(child.wait_with_output().expect("it ends").stdout).expect("UTF-8")
    };
    let payload = task(&["--args", "[[3, 1, 2]]", "--kwargs", r#"{"reverse": true}"#]).good();
    assert_eq!(result(&payload), "[3, 2, 1]\n");
    let args = file("pack-args.pkl", b"(lp0\nI3\naI1\na\x85.");
    let kwargs = file("pack-kwargs.pkl", b"\x80\x04}.");
    let output = file("pack-task.pkl", b"");
    let files = ["--args-pickle", &args, "--kwargs-pickle", &kwargs, "-o", &output];
    assert_eq!(task(&files).good(), b"");
    assert_eq!(result(&fs::read(&output).expect("it was written")), "[1, 3]\n");
    let shown = brinery(
        &["show", "-"],
        &task(&[
            "--args",
            r#"[{"b": [1.5, null], "a": 18446744073709551615}, -123456789012345678901234567890]"#,
        ])
        .good(),
    );
    assert_eq!(
        shown.text(),
        "{'fn': builtins.sorted, 'args': ({'b': [1.5, None], 'a': 18446744073709551615}, -123456789012345678901234567890), 'kwargs': {}}\n"
    );
    for (args, code, complaint) in [
        (&["--args", "{}"][..], 2, "--args: expected a JSON array"),
        (&["--kwargs", "[]"], 2, "--kwargs: expected a JSON object"),
        (&["--args", "[1"], 2, "--args: EOF while parsing"),
        (&["--args-pickle", "nowhere"], 2, "nowhere: No such file"),
        (&["--args-pickle", &output, "--args", "[]"], 2, "cannot be used with"),
    ] {
        let outcome = task(args);
        assert_eq!(outcome.code, code, "{args:?}");
        assert!(outcome.err.contains(complaint), "{args:?}: {}", outcome.err);
    }
    // What does not go behind `*` or `**`, as far as a pickle tells: a subclass may do.
    for (option, pickle, complaint) in [
        ("--args-pickle", &b"}."[..], "expected a tuple or a list, found dict"),
        ("--args-pickle", b"N.", "expected a tuple or a list, found None"),
        (
            "--args-pickle",
            b"X\x01\0\0\0x.",
            "expected a tuple or a list, found str",
        ),
        ("--kwargs-pickle", b").", "expected a dict, found tuple"),
        ("--kwargs-pickle", b"].", "expected a dict, found list"),
        (
            "--kwargs-pickle",
            b"}K\x01K\x02s.",
            "expected a dict with names as keys, found the key 1",
        ),
        (
            "--kwargs-pickle",
            b"}(\x8c\x01aK\x02)K\x02u.",
            "expected a dict with names as keys, found the key ()",
        ),
    ] {
        let path = file("pack-misfit.pkl", pickle);
        let outcome = task(&[option, &path]);
        let said = outcome.err.contains(&format!("{option}: {path}: expected")) && outcome.err.contains(complaint);
        assert!(outcome.code == 2 && said, "{option} {pickle:?}: {}", outcome.err);
    }
    for (option, pickle) in [
        ("--args-pickle", &b"ccollections\ndeque\n)R."[..]),
        ("--kwargs-pickle", b"ccollections\nOrderedDict\n)R."),
        ("--kwargs-pickle", b"}\x8c\x07reverse\x88s."),
    ] {
        task(&[option, &file("pack-fit.pkl", pickle)]).good();
    }
    let outcome = brinery(&["pack", "-"], b"\x80\x04h\0.");
    assert_eq!(outcome.code, 1);
    assert!(
        outcome
            .err
            .contains("<stdin>: BINGET at byte 2: the memo has no entry 0"),
        "{}",
        outcome.err
    );
}
