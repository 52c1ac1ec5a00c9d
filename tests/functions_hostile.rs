//! Pickles of functions that nobody wrote: refused with a reason or read, never a panic, never a hang.

mod support;

use brinery::{
    Builder, Graph, Options, Ref,
    function::{Defs, Functions},
};
use support::{Rng, mutate::mutate, packages, python, seed};

/// Asks everything there is to ask.
fn ask(graph: &Graph<'_>) -> Option<usize> {
    let functions = Functions::of(graph).ok()?;
    let report = functions.report().disassembly(true);
    Some(report.to_string().len() + report.to_json().len())
}

/// So many changed pickles are tried.
const ROUNDS: usize = 8000;

/// Real pickles changed in a few places.
#[test]
fn changed_pickles() {
    let Some(packages) = packages::directory("picklers") else {
        return;
    };
    let folder = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("functions_hostile");
    std::fs::create_dir_all(&folder).expect("the target directory can be written");
    let mut streams = Vec::new();
    for (package, version) in [("cloudpickle", "3.1.2"), ("cloudpickle", "2.2.1"), ("dill", "0.4.0")] {
        let path = packages.join(format!("{package}-{version}"));
        let mut oracle = python::newest().oracle("functions_read.py");
        let output = oracle.arg(package).arg(&folder).arg(path).output().expect("it starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        for name in ["every_kind", "derived", "color", "pair", "nesting", "abstract"] {
            let bytes = std::fs::read(folder.join(format!("{name}.pkl"))).expect("a pickle");
            let graph = Graph::from_slice(&bytes).expect("a pickle");
            // Without frames, which hardly any change survives.
            streams.push(Options::new().protocol(3).write(&graph).expect("a pickle"));
        }
    }
    let mut rng = Rng::new(seed(), "functions");
    let (mut read, mut asked) = (0, 0);
    for _ in 0..ROUNDS {
        let (at, other) = (rng.below(streams.len()), rng.below(streams.len()));
        let bytes = mutate(&mut rng, &streams[at], &streams[other]);
        if let Ok(graph) = Graph::from_slice(&bytes) {
            read += 1;
            asked += usize::from(ask(&graph).is_some());
        }
    }
    println!("{read} of {ROUNDS} are pickles, {asked} could be asked");
    assert!(read > 1000 && asked > 500, "{read} and {asked}");
}

/// A code object with these constants and free variables, for CPython 3.9.
fn code(build: &mut Builder, consts: &[Ref], free: &[Ref]) -> Ref {
    let callable = build.global("types", "CodeType");
    let empty = build.tuple([]);
    let (consts, free) = (build.tuple(consts), build.tuple(free));
    let [zero, one, flags] = [0, 1, 0x13].map(|int| build.add(int));
    let (bytes, table) = (build.add(b"d\0S\0"), build.add(b""));
    let [file, name] = ["f.py", "f"].map(|text| build.add(text));
    let args = [
        zero, zero, zero, zero, one, flags, bytes, consts, empty, empty, file, name, one, table, free, empty,
    ];
    build.call(callable, args).expect("a call")
}

/// Builds a chain and answers its end.
type Make = fn(&mut Builder) -> Ref;

/// So deep are the chains.
const DEEP: usize = 50_000;

/// What is deeper than any stack is read all the same: functions in globals, in cells and in defaults of one another, code
/// in code, classes on classes, types of types.
#[test]
fn deep_chains() {
    let kinds: [(&str, Make); 6] = [
        ("globals", |build| {
            let none = build.add(());
            let code = code(build, &[none], &[]);
            let (callable, name) = (build.global("types", "FunctionType"), build.add("g"));
            (0..DEEP).fold(none, |inner, _| {
                let globals = build.dict([(name, inner)]).expect("a dict");
                build.call(callable, [code, globals]).expect("a call")
            })
        }),
        ("cells", |build| {
            let (none, name) = (build.add(()), build.add("v"));
            let code = code(build, &[none], &[name]);
            let (callable, cell) = (build.global("types", "FunctionType"), build.global("types", "CellType"));
            let globals = build.dict([]).expect("a dict");
            (0..DEEP).fold(none, |inner, _| {
                let cell = build.call(cell, [inner]).expect("a call");
                let closure = build.tuple([cell]);
                build
                    .call(callable, [code, globals, none, none, closure])
                    .expect("a call")
            })
        }),
        ("defaults", |build| {
            let none = build.add(());
            let code = code(build, &[none], &[]);
            let (callable, globals) = (build.global("types", "FunctionType"), build.dict([]).expect("a dict"));
            (0..DEEP).fold(none, |inner, _| {
                let defaults = build.tuple([inner]);
                build.call(callable, [code, globals, none, defaults]).expect("a call")
            })
        }),
        ("code", |build| {
            let none = build.add(());
            let inner = (0..DEEP).fold(none, |inner, _| code(build, &[none, inner], &[]));
            let (callable, globals) = (build.global("types", "FunctionType"), build.dict([]).expect("a dict"));
            build.call(callable, [inner, globals]).expect("a call")
        }),
        ("classes", |build| {
            let (kind, object, name) = (
                build.global("builtins", "type"),
                build.global("builtins", "object"),
                build.add("C"),
            );
            (0..DEEP).fold(object, |base, _| {
                let (bases, attributes) = (build.tuple([base]), build.dict([]).expect("a dict"));
                build.call(kind, [name, bases, attributes]).expect("a call")
            })
        }),
        ("annotations", |build| {
            let none = build.add(());
            let (alias, list) = (build.global("types", "GenericAlias"), build.global("builtins", "list"));
            let deep = (0..DEEP).fold(list, |inner, _| {
                let args = build.tuple([inner]);
                let made = build.call(alias, [list, args]).expect("a call");
                build.list([made])
            });
            let code = code(build, &[none], &[]);
            let (callable, globals) = (build.global("types", "FunctionType"), build.dict([]).expect("a dict"));
            let function = build.call(callable, [code, globals]).expect("a call");
            let (name, returns) = (build.add("__annotations__"), build.add("return"));
            let annotations = build.dict([(returns, deep)]).expect("a dict");
            let state = build.dict([(name, annotations)]).expect("a dict");
            let state = build.tuple([none, state]);
            build.set_state(function, state).expect("a state");
            function
        }),
    ];
    for (name, make) in kinds {
        let mut build = Builder::new();
        let root = make(&mut build);
        let graph = build.finish(root);
        let length = ask(&graph).unwrap_or_else(|| panic!("{name} is refused: {:?}", Defs::of(&graph).err()));
        assert!(length > 100, "{name}: {length}");
        // And as bytes.
        let bytes = Options::new().protocol(4).write(&graph).expect("a pickle");
        let again = Graph::from_slice(&bytes).expect("a pickle");
        assert!(ask(&again).is_some(), "{name}");
    }
}

/// Many functions with one large code object, one large list, one another.
#[test]
fn much_of_the_same() {
    let mut build = Builder::new();
    let none = build.add(());
    let names: Vec<Ref> = (0..2000).map(|at| build.add(format!("name{at}"))).collect();
    let inner: Vec<Ref> = (0..2000).map(|_| code(&mut build, &[none], &[])).collect();
    let large = code(&mut build, &[&[none], &*inner].concat(), &[]);
    let (callable, list) = (build.global("types", "FunctionType"), build.list(&names));
    let globals = build.dict([(names[0], list)]).expect("a dict");
    let functions: Vec<Ref> = (0..2000)
        .map(|_| build.call(callable, [large, globals]).expect("a call"))
        .collect();
    build.append(list, functions).expect("a list");
    let graph = build.finish(list);
    let start = std::time::Instant::now();
    assert!(ask(&graph).is_some_and(|length| length > 1000));
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}

/// Known functions called with what they cannot take, at the byte of the call.
#[test]
fn malformed() {
    let cases: [(&[u8], &str); 7] = [
        (
            b"\x80\x02ccloudpickle.cloudpickle\n_make_function\nN}\x86R.",
            "_make_function is called with what is not a code object",
        ),
        (
            b"\x80\x02ccloudpickle.cloudpickle\n_make_function\nN\x85R.",
            "_make_function takes a code object and a dict of globals",
        ),
        (
            b"\x80\x02ccloudpickle.cloudpickle\nsubimport\n)R.",
            "a module is imported by what is not a name",
        ),
        (
            b"\x80\x02ccloudpickle.cloudpickle\n_builtin_type\nK\x01\x85R.",
            "_builtin_type takes a name",
        ),
        (
            b"\x80\x02ccloudpickle.cloudpickle\n_fill_function\nN}\x86R.",
            "_fill_function is called with what is not a function",
        ),
        (
            b"\x80\x02ccloudpickle.cloudpickle\n_make_skeleton_class\nN\x85R.",
            "_make_skeleton_class takes a metaclass, a name, bases and attributes",
        ),
        (
            b"\x80\x02cdill._dill\n_create_code\nN\x85R.",
            "_create_code has too few arguments",
        ),
    ];
    for (bytes, why) in cases {
        let graph = Graph::from_slice(bytes).expect("a pickle");
        let error = Defs::of(&graph).expect_err(why);
        assert_eq!(error.to_string(), format!("at byte {}: {why}", bytes.len() - 2));
    }
    let mut build = Builder::new();
    let code = code(&mut build, &[], &[]);
    let make = build.global("cloudpickle.cloudpickle", "_make_function");
    let call = build.call(make, [code, code]).expect("a call");
    let error = Defs::of(&build.finish(call)).expect_err("code is no dict");
    assert!(
        error.to_string().contains("code object for its dict of globals"),
        "{error}"
    );
    // What looks like it and is not is data.
    for bytes in [
        &b"\x80\x02ctypes\nFunctionType\nN}\x86R."[..],
        b"\x80\x02c__builtin__\ntype\nN\x85R.",
        b"\x80\x02cmine\n_make_function\n)R.",
    ] {
        let graph = Graph::from_slice(bytes).expect("a pickle");
        assert!(Defs::of(&graph).expect("data").get(graph.root().id()).is_none());
    }
}
