//! Functions from source, held against the compiler and `symtable` of CPython 3.13.

mod support;

use brinery::function::{ParameterKind, SourceFunction};
use support::{
    Rng,
    codes::{file, push, records, run, written},
    python, seed,
};

/// Every function of the modules: the text that is made of it compiles to the same code, and the names are those that
/// CPython finds.
#[test]
fn functions_of_the_stdlib() {
    let Some(python) = python::exactly_3_13() else { return };
    let sources = written(python, "sources");
    let mut out = Vec::new();
    let mut count = 0;
    for (_, source) in records(&sources) {
        let text = std::str::from_utf8(source).expect("the oracle writes UTF-8");
        let function = match SourceFunction::parse(text) {
            Ok(function) => function,
            Err(error) => panic!("{error}:\n{text}"),
        };
        push(&mut out, b'S', source);
        push(&mut out, b'T', function.text.as_bytes());
        let mut names = [function.unbound, function.declared_globals].concat();
        names.sort();
        names.dedup();
        push(&mut out, b'N', names.join(",").as_bytes());
        count += 1;
    }
    assert!(count > 5000, "the oracle has written {count} functions");
    let path = file(python, "sourced");
    std::fs::write(&path, &out).expect("the file can be written");
    let said = run(python.oracle("code_objects.py").arg("sourced").arg(&path));
    assert_eq!(said.trim().parse::<usize>().ok(), Some(count));
    eprintln!("{python}: {count} functions");
    std::fs::remove_file(&path).expect("the file can be removed");
}

#[test]
fn parts() {
    let text = "@wraps(f)\n@cache\nasync def go[T](a: int, /, b, c=(1,\n 2), *rest: T, d, e='x', **more) -> list[T]:\n    \
                global seen\n    seen = await a.__b\n    yield seen, __class__, T\n";
    let function = SourceFunction::parse(text).expect("it is Python");
    assert_eq!((function.name.as_str(), function.line), ("go", 3));
    assert_eq!(function.decorators, ["wraps(f)", "cache"]);
    assert_eq!(function.returns.as_deref(), Some("list[T]"));
    assert_eq!(function.type_params, ["T"]);
    assert!(function.is_async && function.is_generator);
    assert_eq!(function.unbound, ["T", "__class__"]);
    assert_eq!(function.declared_globals, ["seen"]);
    assert!(
        function
            .text
            .starts_with("async def go(a, /, b, c, *rest, d, e, **more\n):\n    global seen\n")
    );
    let kinds: Vec<_> = function
        .parameters
        .iter()
        .map(|one| (one.name.as_str(), one.kind))
        .collect();
    use ParameterKind::*;
    let wanted = [
        ("a", PositionalOnly),
        ("b", PositionalOrKeyword),
        ("c", PositionalOrKeyword),
        ("rest", VarPositional),
        ("d", KeywordOnly),
        ("e", KeywordOnly),
        ("more", VarKeyword),
    ];
    assert_eq!(kinds, wanted);
    assert_eq!(function.parameters[2].default.as_deref(), Some("(1,\n 2)"));
    assert_eq!(function.parameters[3].annotation.as_deref(), Some("T"));
    assert!(function.freevars(["nothing"]).is_err() && function.freevars(["seen"]).is_err());
}

#[test]
fn what_is_no_function() {
    let why = |text: &str| SourceFunction::parse(text).unwrap_err().to_string();
    assert_eq!(why("x = 1"), "there is no function in the source");
    assert_eq!(why(""), "there is no function in the source");
    assert!(why("lambda: 1\nlambda: 2").contains("several functions beside each other, on lines 1, 2"));
    assert!(why("def f(:\n  pass").starts_with("line 1 of the source: "));
    assert!(why("\n\ndef f():\n  return (\n").starts_with("line "));
    assert!(why(&"#".repeat(300_000)).contains("limit `source`"));
}

/// Depth, and texts that nobody wrote: a function or an error.
#[test]
fn hostile() {
    let deep = [
        format!("lambda: {}1", "-".repeat(250_000)),
        format!("lambda: {}1", "not ".repeat(60_000)),
        format!("lambda: {}1", "lambda: ".repeat(30_000)),
        format!("lambda: {}{}", "(".repeat(100_000), ")".repeat(100_000)),
        format!("lambda: x{}", ".a".repeat(100_000)),
        format!("lambda: x{}", "+a".repeat(100_000)),
        format!("lambda: {}", "[".repeat(200_000)),
        format!("lambda: f{}", "'{f".repeat(50_000)),
        (0..400).map(|depth| " ".repeat(depth) + "def f():\n").collect(),
    ];
    for text in deep {
        if let Ok(function) = SourceFunction::parse(&text) {
            assert_eq!(function.name, "<lambda>");
        }
    }
    let text = "    def f(self, *, k: int = 3) -> {'a': (1,)}:\n        '''doc\n  é'''\n        return [x for x in f'{k!r:>{w}}']\n";
    for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
        let _ = SourceFunction::parse(&text[..end]);
        let _ = SourceFunction::parse(&text[end..]);
    }
    let mut rng = Rng::new(seed(), "source");
    let pieces = [
        "lambda",
        "def f",
        "(",
        ")",
        ":",
        "\n",
        "    ",
        "x",
        "*",
        "**",
        ",",
        "=",
        "f'{",
        "}'",
        "'''",
        "class A",
        "global x",
        "nonlocal x",
        ":=",
        "for x in y",
        "[",
        "]",
        "import a.b",
        "\\",
        "#",
        "é",
        "0x",
        "async ",
        "await ",
        "yield",
        "\t",
        "if 1",
    ];
    for _ in 0..20_000 {
        let text: String = (0..rng.below(30)).map(|_| *rng.pick(&pieces)).collect();
        let _ = SourceFunction::parse(&text);
    }
}
