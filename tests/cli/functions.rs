//! `brinery function`: pickled ones, and those made from source and .pyc files.

use super::*;

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

/// Bytecode of a version whose opcodes are not known: what does not depend on them is shown.
#[test]
fn functions_of_3_14() {
    let made = |code: &[u8]| {
        let mut build = brinery::Builder::new();
        let ints = [1, 0, 0, 1, 2, 3].map(|int| build.add(int));
        let code = build.add(code);
        let none = build.add(());
        let consts = build.tuple([none]);
        let (asked, x, empty) = (build.add("asked"), build.add("x"), build.tuple([]));
        let (names, varnames) = (build.tuple([asked]), build.tuple([x]));
        let [file, name] = ["f.py", "f"].map(|text| build.add(text));
        let line = build.add(7);
        let tables = [&b"\xf0\x01\x00\x01\x02"[..], b""].map(|bytes| build.add(bytes));
        let [a, b, c, d, e, g] = ints;
        let [lines, exceptions] = tables;
        let args = [
            a, b, c, d, e, g, code, consts, names, varnames, file, name, name, line, lines, exceptions, empty, empty,
        ];
        let code_type = build.global("types", "CodeType");
        let code = build.call(code_type, args).expect("a call");
        let globals = build.dict([(asked, line)]).expect("a dict");
        let defaults = build.tuple([line]);
        let function_type = build.global("types", "FunctionType");
        let function = build
            .call(function_type, [code, globals, name, defaults])
            .expect("a call");
        build.finish(function).to_vec().expect("it can be written")
    };
    // RESUME, LOAD_SMALL_INT, RETURN_VALUE
    let pickle = made(&[128, 0, 94, 1, 35, 0]);
    for args in [&["function", "-"][..], &["function", "--dis", "-"]] {
        let shown = String::from_utf8(brinery(args, &pickle).good()).expect("UTF-8");
        let wanted = "\
for Python 3.14, protocol 4

function f(x=7)
├─ from      f.py, line 7
├─ globals
│  └─ asked = 7
└─ bytecode  the opcodes of Python 3.14 are not known here, so its bytecode is not looked into
";
        assert_eq!(shown, wanted);
    }
    let json = brinery(&["function", "--json", "--dis", "-"], &pickle).good();
    let json: serde_json::Value = serde_json::from_slice(&json).expect("JSON");
    let function = &json["functions"][0];
    assert_eq!(
        (&function["signature"], &function["python"]),
        (&"(x=7)".into(), &serde_json::json!(["3.14"]))
    );
    assert_eq!(
        function["undecoded"],
        "the opcodes of Python 3.14 are not known here, so its bytecode is not looked into"
    );
    assert!(function.get("error").is_none() && function.get("disassembly").is_none());
    // With no version's opcodes it is bad code as before.
    let shown = String::from_utf8(brinery(&["function", "-"], &made(&[255, 0, 35, 0])).good()).expect("UTF-8");
    assert!(shown.contains("bad code"), "{shown}");
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
            "y={\"a\": [null, 123456789012345678901234567890, -9223372036854775809, 1e2]}",
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
            let wanted = "(4, 'b', {'a': [None, 123456789012345678901234567890, -9223372036854775809, 100.0]}, 8)";
            assert_eq!(called(python, &bound, "f(3)"), wanted);
        }
    }
    let compat = brinery(&["function", "--source", "lambda x: x+1", "--wire", "compat"], b"").good();
    let shown = brinery(&["function", "-"], &compat).good();
    assert!(String::from_utf8(shown).expect("UTF-8").contains("lambda"));
    let shown = brinery(&["function", "--source", "lambda x, y=2: x+k", "--bind", "k=3"], b"").good();
    let shown = String::from_utf8(shown).expect("UTF-8");
    let wanted = "\
for Python 3.8, 3.9, 3.10, 3.11, 3.12 or 3.13

lambda (x, y=2)
├─ from            __main__
├─ free variables
│  └─ k = 3
└─ source
   └─ lambda x, y: x+k
";
    assert_eq!(shown, wanted);

    // A `def` finds itself, and its syntax says which versions compile it.
    let text = "async def f(a, /, b: int = 1, *c, d=[2], **e) -> str:\n    match a:\n        case 1: return f";
    let shown = brinery(&["function", "--source", text], b"").good();
    let shown = String::from_utf8(shown).expect("UTF-8");
    assert!(
        shown.starts_with(
            "for Python 3.10, 3.11, 3.12 or 3.13\n\nasync function f(a, /, b: int = 1, *c, d=[2], **e) -> str\n"
        ),
        "{shown}"
    );
    let json = brinery(&["function", "--source", text, "--json"], b"").good();
    let json: serde_json::Value = serde_json::from_slice(&json).expect("JSON");
    let function = &json["functions"][0];
    assert_eq!(function["python"], serde_json::json!(["3.10", "3.11", "3.12", "3.13"]));
    assert_eq!(function["signature"], "(a, /, b: int = 1, *c, d=[2], **e) -> str");
    assert_eq!(
        function["parameters"][3],
        serde_json::json!({"name": "d", "kind": "KEYWORD_ONLY", "default": "[2]"})
    );

    assert!(function["doc"].is_null() && function["nested"].is_null());
    let text = "def f(x):\n    \"\"\"Twice.\"\"\"\n    def g(): return x\n    return g() * 2";
    let json = brinery(&["function", "--source", text, "--json"], b"").good();
    let json: serde_json::Value = serde_json::from_slice(&json).expect("JSON");
    assert_eq!(json["functions"][0]["doc"], "Twice.");

    let outcome = brinery(&["function", "--source", "lambda x: x+k"], b"");
    let wanted = "brinery: --source: <lambda> uses k (line 1, column 13), which is no built-in: bind it as a free variable or \
                  a global\n";
    assert_eq!((outcome.code, &*outcome.err), (1, wanted));
    let outcome = brinery(&["function", "--source", "lambda x: x; import os"], b"");
    let wanted = "brinery: --source: line 1 of the source: there is a statement beside the function\n";
    assert_eq!((outcome.code, &*outcome.err), (1, wanted));
    let deep = format!("k={}{}", "[".repeat(200), "]".repeat(200));
    for bad in [
        "k=nope", "k=1 2", "k=1e999", "k=[1,]", "k={1: 2}", "k=01", "k=+1", "k=", &deep,
    ] {
        let outcome = brinery(&["function", "--source", "lambda: k", "--bind", bad], b"");
        assert!(
            outcome.code == 2 && outcome.err.starts_with("brinery: --bind k: "),
            "{bad}: {}",
            outcome.err
        );
    }
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
