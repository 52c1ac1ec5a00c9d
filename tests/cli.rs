//! The `brinery` command, run as it is.
#![cfg(feature = "cli")]

mod support;

use std::{
    fs,
    io::{Read, Write},
    path::PathBuf,
    process::{Command, Stdio},
};
use support::{pickletools::ask, python, vectors};

struct Outcome {
    code: i32,
    out: Vec<u8>,
    err: String,
}

impl Outcome {
    fn text(&self) -> &str {
        str::from_utf8(&self.out).expect("UTF-8")
    }

    /// The output of a command that succeeds and complains about nothing.
    #[track_caller]
    fn good(self) -> Vec<u8> {
        assert_eq!((self.code, &*self.err), (0, ""));
        self.out
    }
}

fn brinery(args: &[&str], input: &[u8]) -> Outcome {
    let mut child = Command::new(env!("CARGO_BIN_EXE_brinery"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    let input = input.to_vec();
    // It may end without reading all.
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().expect("it ends");
    writer.join().expect("no panic");
    Outcome {
        code: output.status.code().expect("no signal"),
        out: output.stdout,
        err: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

/// A file of its own for a test.
fn file(name: &str, content: &[u8]) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, content).expect("a file");
    path.to_str().expect("UTF-8").to_owned()
}

/// What the manifest says a vector needs, as options. `None` for buffers, which the command has no option for.
fn options(needs: &[(String, String)]) -> Option<Vec<String>> {
    let option = |(need, value): &(String, String)| match &**need {
        "encoding" => Some(format!("--encoding={value}")),
        "ext" => value
            .rsplit_once(':')
            .map(|(name, code)| format!("--ext={name}={code}")),
        _ => None,
    };
    needs.iter().map(option).collect()
}

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

#[test]
fn dis() {
    for vector in vectors::all().iter().filter(|vector| vector.shown).step_by(5) {
        let shown = brinery(&["dis", vector.path.to_str().expect("UTF-8")], b"").good();
        assert_eq!(
            String::from_utf8_lossy(&shown),
            vector.whole_beside("dis"),
            "{}",
            vector.name
        );
    }
    let broken = brinery(&["dis", "-"], b"(K\x01\xff");
    assert_eq!(broken.text(), "    0: (    MARK\n    1: K        BININT1    1\n");
    assert_eq!(broken.err, "brinery: <stdin>: at byte 3: no opcode has the byte 0xff\n");
    assert_eq!(broken.code, 1);
    let two = b"]q\0.h\0.";
    let all = brinery(&["dis", "--all", "--memo", "-"], two).good();
    assert_eq!(
        brinery(&["dis", "--memo", "--preamble", "", "-", "-"], two)
            .good()
            .len(),
        all.len() + 2
    );
    assert_eq!(brinery(&["dis", "--all", "-"], two).code, 1);
}

/// Every option of `python -m pickletools`, in the spelling of its own help and in ours.
#[test]
fn dis_options_live() {
    let python = &python::newest().path;
    let one = file("one.pkl", b"\x80\x04\x95\x09\0\0\0\0\0\0\0](K\x01]\x94K\x02e.");
    let two = file("two.pkl", b"\x80\x02]q\x01((K\x01lt\x86.");
    let again = file("again.pkl", b"\x80\x02h\x01.");
    let out = file("dis.out", b"");
    for args in [
        &["-a"][..],
        &["--annotate"],
        &["-a", "-l", "2"],
        &["-l0"],
        &["--indentlevel=7"],
        &["-l", "-3"],
        &["-m"],
        &["--memo", "--annotate"],
        &["-p", "=== {name} {{}}"],
        &["--preamble", ""],
    ] {
        let files = [&*two, &*again];
        let files = if args.iter().any(|arg| ["-m", "--memo"].contains(arg)) {
            files
        } else {
            [&*one, &*two]
        };
        let theirs = Command::new(python)
            .args(["-m", "pickletools"])
            .args(files)
            .args(args)
            .output()
            .expect("Python");
        assert!(theirs.status.success());
        let mut ours = vec!["dis"];
        ours.extend(files);
        ours.extend(args);
        assert_eq!(brinery(&ours, b"").good(), theirs.stdout, "{args:?}");
        ours.extend(["-o", &out]);
        assert_eq!(brinery(&ours, b"").good(), b"");
        assert_eq!(fs::read(&out).expect("output"), theirs.stdout, "{args:?}");
    }
    let plain = brinery(&["dis", &two, "--indent", "9", "--annotate=20"], b"").good();
    assert!(String::from_utf8_lossy(&plain).contains("(             MARK   Push markobject"));
}

#[test]
fn convert() {
    let out = file("out.pkl", b"");
    let old = b"(dp0\nVname\np1\nVlamp\np2\ns.";
    brinery(&["convert", "--protocol", "4", "-", &out], old).good();
    let new = b"\x80\x04\x95\x12\0\0\0\0\0\0\0}\x94\x8c\x04name\x94\x8c\x04lamp\x94s.";
    assert_eq!(fs::read(&out).expect("output"), new);
    assert_eq!(brinery(&["convert", "--protocol=0", &out, "-"], b"").good(), old);
    let small = b"\x80\x04\x95\x0f\0\0\0\0\0\0\0}\x8c\x04name\x8c\x04lamps.";
    assert_eq!(brinery(&["convert", "--optimize", &out, "-"], b"").good(), small);
    // In place, and all pickles of a file.
    let both = [&new[..], &new[..]].concat();
    fs::write(&out, &both).expect("a file");
    brinery(&["convert", "--optimize", "-p4", &out, &out], b"").good();
    assert_eq!(fs::read(&out).expect("output"), small.repeat(2));
    // A shared memo stays one.
    let shared = b"\x80\x02]q\0.\x80\x02h\0.";
    assert_eq!(
        brinery(&["convert", "-p1", "--shared-memo", "-", "-"], shared).good(),
        b"]q\0.h\0."
    );
    let outcome = brinery(&["convert", "-p1", "-", "-"], shared);
    assert!(
        outcome.code == 1 && outcome.err.contains("--shared-memo"),
        "{}",
        outcome.err
    );
    // In protocol 4 both readings make sense, and give other values.
    let dumped = b"\x80\x04]\x94\x8c\x01x\x94a.\x80\x04]\x94h\0a.";
    assert_eq!(brinery(&["show", "-"], dumped).good(), b"['x']\n[[...]]\n");
    assert_eq!(
        brinery(&["show", "--shared-memo", "-"], dumped).good(),
        b"['x']\n[['x']]\n"
    );
    // Without a protocol, only memo entries go; as pickletools, it keeps all else, dropped imports too.
    assert_eq!(
        brinery(&["convert", "--optimize", "-", "-"], b"cos\nsystem\np0\n0N.").good(),
        b"cos\nsystem\n0N."
    );
    // No name can smuggle in opcodes.
    let name = b"\x80\x04\x8c\x01m\x8c\x05x\n0N.\x93.";
    assert_eq!(brinery(&["convert", "-p2", "-", "-"], name).code, 1);
    // Nothing is written over when the input is bad.
    let kept = file("kept.pkl", b"N.");
    assert_eq!(brinery(&["convert", "-", &kept], b"]a.").code, 1);
    assert_eq!(fs::read(&kept).expect("kept"), b"N.");
}

#[test]
fn json() {
    let fits = b"\x80\x04}(\x8c\x01a]((K\x01K\x02tNe\x8c\x01bG?\xf8\0\0\0\0\0\0u.";
    assert_eq!(
        brinery(&["json", "-"], fits).good(),
        b"{\"a\": [[1, 2], null], \"b\": 1.5}\n"
    );
    let lines = brinery(&["json", "--indent=1", "-"], b"](]K\x01e.").good();
    assert_eq!(lines, b"[\n [],\n 1\n]\n".as_slice());
    let shared = brinery(&["json", "--shared-memo", "-"], b"K\x01.]q\0.h\0.");
    assert_eq!(shared.good(), b"1\n[]\n[]\n");
    let outcome = brinery(
        &["json", "-"],
        b"K\x01.\x80\x04}(\x8c\x01aC\x01xK\x07\x8f)\x88s\x8c\x03b c]G\x7f\xf0\0\0\0\0\0\0au.",
    );
    assert_eq!(outcome.code, 1, "odd items");
    let misfits = b"\x80\x04}(\x8c\x01aC\x01xK\x07\x8f)\x88\x8c\x03b c]G\x7f\xf0\0\0\0\0\0\0au.";
    let outcome = brinery(&["json", "-"], misfits);
    assert_eq!(
        (outcome.code, outcome.text()),
        (0, "{\"a\": null, \"7\": null, \"b c\": [null]}\n")
    );
    assert_eq!(
        outcome.err,
        "brinery: <stdin>: $.a: b'x' is not JSON, null stands for it\n\
         brinery: <stdin>: $: keys such as 7 are not str, but written as str\n\
         brinery: <stdin>: $[7]: set() is not JSON, null stands for it\n\
         brinery: <stdin>: $: () cannot be a key in JSON, the entry is left out\n\
         brinery: <stdin>: $[\"b c\"][0]: inf is not JSON, null stands for it\n"
    );
    let ordered = b"\x80\x02ccollections\nOrderedDict\n)R(U\x01aK\x01U\x01bK\x02u.";
    assert_eq!(brinery(&["json", "-"], ordered).good(), b"{\"a\": 1, \"b\": 2}\n");
    // Sharing that doubles at each of 60 levels, and a depth that would overflow any recursion.
    let mut bomb = b"]q\0".to_vec();
    bomb.extend((1..60).flat_map(|i| [b']', b'q', i, b'(', b'h', i - 1, b'h', i - 1, b'e']));
    bomb.push(b'.');
    let outcome = brinery(&["json", "--max-bytes", "100000", "-"], &bomb);
    assert!(
        outcome.code == 1 && outcome.err.contains("--max-bytes"),
        "{}",
        outcome.err
    );
    let deep = [&b"]".repeat(100_000)[..], &b"a".repeat(99_999), b"."].concat();
    assert_eq!(brinery(&["json", "-"], &deep).good().len(), 200_001);
    assert_eq!(brinery(&["show", "-"], &deep).good().len(), 200_001);
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

/// What fits is written as Python writes it.
#[test]
fn json_live() {
    let python = &python::newest().path;
    // Nothing else is imported: loading some of the vectors has effects.
    let program = "import json, pickle, collections\n\
         class Careful(pickle.Unpickler):\n\
         \x20   def find_class(self, module, name):\n\
         \x20       if name in ('OrderedDict', 'defaultdict'): return super().find_class(module, name)\n\
         \x20       raise pickle.UnpicklingError('not here')\n\
         def answer(data, out):\n\
         \x20   value = Careful(io.BytesIO(data)).load()\n\
         \x20   for indent in (None, 3):\n\
         \x20       for ascii in (False, True):\n\
         \x20           text = json.dumps(value, allow_nan=False, ensure_ascii=ascii, indent=indent) + '\\n'\n\
         \x20           out.write(text.encode('utf-8', 'surrogatepass'))\n";
    let vectors: Vec<_> = vectors::all()
        .into_iter()
        .filter(|vector| vector.needs.is_empty() && vector.shown && vector.name != "hand/data_after_stop.pkl")
        .collect();
    let answers = ask(python, program, vectors.iter().map(|vector| vector.bytes.as_slice()));
    let mut fit = 0;
    for (vector, answer) in vectors.iter().zip(answers) {
        let path = vector.path.to_str().expect("UTF-8");
        let run = |more: &[&str]| brinery(&[&["json", path][..], more].concat(), b"");
        let ours = [
            run(&[]),
            run(&["--ascii"]),
            run(&["--indent=3"]),
            run(&["--ascii", "--indent=3"]),
        ];
        if !answer.exception.is_empty() {
            let refused = ["serializable", "keys must be", "Circular", "not JSON compliant"];
            if refused.iter().any(|part| answer.exception.contains(part)) {
                assert!(!ours[0].err.is_empty(), "{}: {}", vector.name, answer.exception);
            }
            continue;
        }
        // Lone surrogates cannot be UTF-8: there the text is escaped.
        if str::from_utf8(&answer.output).is_err() {
            continue;
        }
        let misfits: Vec<_> = ours[0]
            .err
            .lines()
            .filter(|line| !line.contains("keys such as"))
            .collect();
        assert!(misfits.is_empty(), "{}: {misfits:?}", vector.name);
        let ours: Vec<u8> = ours.into_iter().flat_map(|outcome| outcome.out).collect();
        assert_eq!(
            String::from_utf8_lossy(&ours),
            String::from_utf8_lossy(&answer.output),
            "{}",
            vector.name
        );
        fit += 1;
    }
    println!("{fit} of {} fit", vectors.len());
    assert!(fit > 20);
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
        &task(&["--args", r#"[{"b": [1.5, null], "a": 18446744073709551615}]"#]).good(),
    );
    assert_eq!(
        shown.text(),
        "{'fn': builtins.sorted, 'args': ({'b': [1.5, None], 'a': 18446744073709551615},), 'kwargs': {}}\n"
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

/// `lambda x, y=2: x + k` with `k = 3`, as cloudpickle 3.1 writes it on Python 3.9.
const LAMBDA: &[u8] =
    b"\x80\x04\x95\x81\x01\0\0\0\0\0\0\x8c\x17cloudpickle.cloudpickle\x94\x8c\x0e_make_function\x93(h\0\
      \x8c\x0d_builtin_type\x93\x8c\x08CodeType\x85R(K\x02K\0K\0K\x02K\x02KCC\x08|\0t\0\x17\0S\0N\x85\
      \x8c\x01k\x94\x85\x8c\x01x\x8c\x01y\x86\x8c\x04f.py\x8c\x08<lambda>K\x02C\0))tR}(\x8c\x0b__package\
      __N\x8c\x08__name__\x94\x8c\x08__main__\x94uNNNtR\x94h\0\x8c\x12_function_setstate\x93h\x04}}(h\
      \x02\x8c\x08<lambda>\x8c\x0c__qualname__\x8c\x08<lambda>\x8c\x0f__annotations__}\x8c\x0e__kwdefaul\
      ts__N\x8c\x0c__defaults__K\x02\x85\x8c\n__module__h\x03\x8c\x07__doc__N\x8c\x0b__closure__N\x8c\
      \x17_cloudpickle_submodules]\x8c\x0b__globals__}h\x01K\x03su\x86\x86R0.";

#[test]
fn functions() {
    let drawn = brinery(&["function", "-"], LAMBDA).good();
    let wanted = "\
written by cloudpickle 3.0 or later, for Python 3.8 or 3.9, protocol 4

lambda (x, y=2)
├─ from     __main__, f.py, line 2
└─ globals
   └─ k = 3
";
    assert_eq!(String::from_utf8(drawn).expect("UTF-8"), wanted);
    let drawn = brinery(&["function", "--dis", "-"], LAMBDA).good();
    assert!(String::from_utf8(drawn).expect("UTF-8").contains("2 LOAD_GLOBAL 0 (k)"));

    let twice = brinery(&["function", "--json", "-"], &LAMBDA.repeat(2)).good();
    let lines: Vec<serde_json::Value> = twice
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).expect("JSON"))
        .collect();
    assert_eq!(lines.len(), 2);
    let function = &lines[1]["functions"][0];
    assert_eq!(
        (&function["signature"], &function["kind"]),
        (&"(x, y=2)".into(), &"lambda".into())
    );
    assert_eq!(function["globals"], serde_json::json!([{"name": "k", "value": "3"}]));
    assert_eq!(function["python"], serde_json::json!(["3.8", "3.9"]));

    let bad = brinery(&["function", "-"], b"\x80\x02ccloudpickle.cloudpickle\nsubimport\n)R.");
    assert_eq!(bad.code, 1);
    assert_eq!(
        bad.err,
        "brinery: <stdin>: at byte 38: a module is imported by what is not a name\n"
    );
    assert_eq!(brinery(&["function", "-"], b"N.").good(), b"protocol 0\n\nNone\n");
}

/// What a fresh Python without any package says of a pickled function `f`.
fn called(python: &python::Python, pickle: &str, expression: &str) -> String {
    let script = "import pickle, sys; f = pickle.load(open(sys.argv[1], 'rb')); print(repr(eval(sys.argv[2])))";
    let mut command = Command::new(&python.path);
    command.args(["-I", "-S", "-c", script, pickle, expression]);
    let output = command.output().expect("it runs");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{python}: {error}");
    String::from_utf8(output.stdout).expect("UTF-8").trim_end().to_owned()
}

#[cfg(feature = "source")]
#[test]
fn functions_from_source() {
    for wire in ["standalone", "portable"] {
        let plain = file(&format!("source-{wire}.pkl"), b"");
        let args = ["function", "--source", "lambda x: x+1", "--wire", wire, "-o", &plain];
        assert_eq!(brinery(&args, b"").good(), b"");
        let bound = file(&format!("source-bound-{wire}.pkl"), b"");
        let text =
            "def f(x, *, y=[1]):\n    global n\n    n += 1\n    return math.floor(x * k), path.basename('a/b'), y, n";
        let args = [
            "function",
            "--source",
            text,
            "--bind",
            "k=1.5",
            "--bind",
            "y={\"a\": [null, 12345678901234567890]}",
        ];
        let more = [
            "--bind",
            "n=7",
            "--import",
            "math",
            "--import=path=os.path",
            "--wire",
            wire,
            "-p4",
            "-o",
            &bound,
        ];
        assert_eq!(brinery(&[&args[..], &more].concat(), b"").good(), b"");
        for python in python::interpreters() {
            assert_eq!(called(python, &plain, "f(1)"), "2");
            let wanted = "(4, 'b', {'a': [None, 12345678901234567890]}, 8)";
            assert_eq!(called(python, &bound, "f(3)"), wanted);
        }
    }
    let compat = brinery(&["function", "--source", "lambda x: x+1", "--wire", "compat"], b"").good();
    let shown = brinery(&["function", "-"], &compat).good();
    assert!(String::from_utf8(shown).expect("UTF-8").contains("lambda"));
    let shown = brinery(&["function", "--source", "lambda x, y=2: x+k", "--bind", "k=3"], b"").good();
    let shown = String::from_utf8(shown).expect("UTF-8");
    assert!(shown.contains("k = 3") && shown.contains("lambda x, y: x+k"), "{shown}");

    let outcome = brinery(&["function", "--source", "lambda x: x+k"], b"");
    let wanted = "brinery: --source: <lambda> uses k (line 1, column 13), which is no built-in: bind it as a free variable or \
                  a global\n";
    assert_eq!((outcome.code, &*outcome.err), (1, wanted));
    let outcome = brinery(&["function", "--source", "lambda: k", "--bind", "k=nope"], b"");
    assert_eq!(outcome.code, 2);
    assert!(outcome.err.starts_with("brinery: --bind k: "), "{}", outcome.err);
    assert_eq!(
        brinery(&["function", "--source", "lambda: k", "--bind", "k"], b"").code,
        2
    );
}

#[cfg(not(feature = "source"))]
#[test]
fn functions_from_source() {
    let outcome = brinery(&["function", "--source", "lambda x: x+1"], b"");
    let wanted = "brinery: --source: this brinery was built without the parser of Python source; build it with --features \
                  source\n";
    assert_eq!((outcome.code, &*outcome.err), (2, wanted));
}

#[test]
fn functions_from_pyc() {
    let module = "import math\nK = 2\ndef area(r, n=K): return round(math.pi * r * n, 1)\n\
                  def outer(k):\n    def inner(x): return x * k * where\n    return inner\n";
    for python in python::interpreters() {
        let (_, minor, _) = python.version;
        let source = file(&format!("module{minor}.py"), module.as_bytes());
        let (pyc, out) = (
            file(&format!("module{minor}.pyc"), b""),
            file(&format!("pyc{minor}.pkl"), b""),
        );
        let compile = "import py_compile, sys; py_compile.compile(*sys.argv[1:], doraise=True)";
        let mut command = Command::new(&python.path);
        command.args(["-I", "-S", "-c", compile, &source, &pyc]);
        assert!(command.status().expect("it runs").success(), "{python}");
        let listed = brinery(&["function", "--pyc", &pyc], b"").good();
        let wanted = format!(
            "module module{minor}, CPython 3.{minor}\ndef area, line 3\ndef outer, line 4\n\
             def outer.<locals>.inner, line 5, free variables k\n"
        );
        assert_eq!(String::from_utf8(listed).expect("UTF-8"), wanted);
        let json = brinery(&["function", "--pyc", &pyc, "--json"], b"").good();
        let json: serde_json::Value = serde_json::from_slice(&json).expect("JSON");
        assert_eq!(json["items"][2]["free"], serde_json::json!(["k"]));
        let shown = brinery(&["function", "--pyc", &pyc, "--name", "area", "--dis"], b"").good();
        assert!(String::from_utf8(shown).expect("UTF-8").contains("area(r, n=2)"));
        assert_eq!(
            brinery(&["function", "--pyc", &pyc, "--name", "area", "-o", &out], b"").good(),
            b""
        );
        assert_eq!(
            called(python, &out, "f(1), f.__module__"),
            format!("(6.3, 'module{minor}')")
        );
        let args = [
            "function",
            "--pyc",
            &pyc,
            "--name",
            "outer.<locals>.inner",
            "--bind",
            "k=3",
        ];
        let outcome = brinery(&args, b"");
        assert_eq!(outcome.code, 1);
        assert!(
            outcome.err.contains("uses the global where, which is no built-in"),
            "{}",
            outcome.err
        );
        let more = ["--bind", "where=2", "--wire", "standalone", "-o", &out];
        assert_eq!(brinery(&[&args[..], &more].concat(), b"").good(), b"");
        assert_eq!(called(python, &out, "f(7)"), "42");
        assert_eq!(brinery(&["function", "--pyc", &pyc, "-o", &out], b"").code, 2);
    }
    assert_eq!(brinery(&["function"], b"").code, 2);
}
