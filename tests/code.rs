//! Code objects of every version by the arguments of `types.CodeType`: told apart, checked, refused.

mod support;

use brinery::{
    Builder, Graph, Ref,
    function::{Code, Layout},
};
use support::{
    Rng,
    codes::{records, written},
    python, seed,
};

/// All code objects of the modules pass the checks of their own version, in CPython 3.6 to 3.13.
#[test]
fn every_version() {
    let elders = python::elders().iter().filter(|python| python.version.0 == 3);
    for python in elders.chain(python::interpreters()) {
        let minor = python.version.1;
        let theirs = written(python, "arguments");
        let (mut count, mut only) = (0, 0);
        for (_, pickle) in records(&theirs) {
            let graph = Graph::from_slice(pickle).expect("CPython has written it");
            let code = Code::of(graph.root())
                .expect("CPython has made it")
                .expect("a code object");
            assert_eq!(Some(code.layout()), Layout::of(minor), "{python}: {code}");
            let versions = code
                .check()
                .unwrap_or_else(|error| panic!("{python}: {error}, of {}", code.filename()));
            assert!(versions.contains(minor), "{python}: {code} is said to be of {versions}");
            code.check_for(minor).expect("it was just checked");
            count += 1;
            only += usize::from(versions.only().is_some());
        }
        assert!(count > 5000, "the oracle has written {count} code objects");
        eprintln!("{python}: {count} code objects, {only} of them of no other version");
    }
}

/// The arguments of `lambda a, b=1, *c: a + k` in 3.11 and 3.12 with some of them replaced.
fn lambda(change: impl Fn(&mut Builder, &mut [Ref; 18])) -> Graph<'static> {
    let mut build = Builder::new();
    let ints = [2, 0, 0, 3, 2, 0x17].map(|int| build.add(int));
    let code = build.add(&[149, 1, 151, 0, 124, 0, 137, 3, 122, 0, 0, 0, 83, 0][..]);
    let none = build.add(());
    let consts = build.tuple([none]);
    let names = build.tuple([]);
    let varnames = ["a", "b", "c"].map(|name| build.add(name));
    let varnames = build.tuple(varnames);
    let [file, name, qualname] = ["f.py", "<lambda>", "f.<lambda>"].map(|text| build.add(text));
    let line = build.add(7);
    let table = build.add(&[0xf8, 0xf0, 1, 0, 1, 2][..]);
    let exceptions = build.add(&b""[..]);
    let k = build.add("k");
    let frees = build.tuple([k]);
    let [argcount, posonly, kwonly, nlocals, stack, flags] = ints;
    let mut args = [
        argcount, posonly, kwonly, nlocals, stack, flags, code, consts, names, varnames, file, name, qualname, line,
        table, exceptions, frees, names,
    ];
    change(&mut build, &mut args);
    let args = build.tuple(args);
    build.finish(args)
}

fn outcome(graph: &Graph<'_>) -> String {
    let code = match graph.root().as_items().map(Code::new) {
        Some(Ok(code)) => code,
        Some(Err(error)) => return error.to_string(),
        None => return "no tuple".to_owned(),
    };
    code.check()
        .map_or_else(|error| error.to_string(), |versions| versions.to_string())
}

#[test]
fn what_is_wrong_is_said() {
    assert_eq!(outcome(&lambda(|_, _| {})), "3.11 or 3.12");
    let with = |at: usize, value: i64| outcome(&lambda(|build, args| args[at] = build.add(value)));
    let code = |bytes: &[u8]| outcome(&lambda(|build, args| args[6] = build.add(bytes)));
    let table = |at: usize, bytes: &[u8]| outcome(&lambda(|build, args| args[at] = build.add(bytes)));
    let cases = [
        (with(0, 4), "it has 5 parameters, and co_nlocals is 3"),
        (
            with(0, -1),
            "co_argcount of a code object is int, not an int of 0 to 2147483647",
        ),
        (with(0, 1 << 40), "co_argcount of a code object is int"),
        (with(1, 3), "co_posonlyargcount is 3, of co_argcount 2"),
        (with(2, 1), "it has 4 parameters, and co_nlocals is 3"),
        (with(3, 2), "co_nlocals is 2, and co_varnames has 3"),
        (
            with(4, 1),
            "BINARY_OP at byte 8: 2 values on the stack, and co_stacksize is 1",
        ),
        (with(5, 0x417), "co_flags has bits that no version has: 0x400"),
        (with(5, 0x2b7), "co_flags says that it is several kinds of generator"),
        (with(6, 1), "co_code of a code object is int, not bytes"),
        (with(9, 1), "co_varnames of a code object is int, not a tuple"),
        (code(b""), "co_code has 0 bytes"),
        (code(b"\x97\0S"), "co_code has 3 bytes"),
        (
            code(&[151, 0, 83, 0]),
            "RETURN_VALUE at byte 2: the stack of values runs out",
        ),
        (
            code(&[151, 0, 124, 0]),
            "control goes on after LOAD_FAST, where the code ends",
        ),
        (
            code(&[151, 0, 124, 9, 83, 0]),
            "LOAD_FAST at byte 2: variable 9 is out of range, there are 4",
        ),
        (
            code(&[151, 0, 100, 1, 83, 0]),
            "LOAD_CONST at byte 2: co_consts[1] is out of range, there are 1",
        ),
        (
            code(&[151, 0, 116, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 83, 0]),
            "co_names[1] is out of range",
        ),
        (
            code(&[151, 0, 140, 9, 100, 0, 83, 0]),
            "JUMP_BACKWARD at byte 2: it jumps out of the code",
        ),
        (
            code(&[151, 0, 110, 0, 110, 200, 83, 0]),
            "JUMP_FORWARD at byte 4: it jumps out of the code",
        ),
        (
            code(&[151, 0, 124, 0, 124, 0, 122, 0, 1, 0, 83, 0]),
            "BINARY_OP at byte 6: its cache is not empty",
        ),
        (
            code(&[151, 0, 122, 0]),
            "BINARY_OP at byte 2: the code ends inside its cache",
        ),
        (code(&[124, 0, 83, 0]), "it has no RESUME"),
        (code(&[151, 0, 124, 0, 83, 0, 144, 1]), "it ends after EXTENDED_ARG"),
        (
            code(&[151, 0, 144, 1, 144, 1, 144, 1, 144, 1, 124, 0, 83, 0]),
            "EXTENDED_ARG at byte 8: the fourth in a row",
        ),
        (
            table(14, b"\x10"),
            "an entry of co_linetable does not begin with a byte above 127",
        ),
        (table(14, b"\xff\xff\xff"), "co_linetable goes beyond the code"),
        (table(14, b"\xf0"), "co_linetable ends inside an entry"),
        (table(15, b"\x00"), "does not begin with a byte above 127"),
        (table(15, b"\x81"), "co_exceptiontable ends inside an entry"),
        (table(15, b"\x81\x7f\x7f\x00"), "co_exceptiontable ends inside an entry"),
        (table(15, b"\x81\x3f\x00\x00"), "co_exceptiontable goes beyond the code"),
        (
            table(15, b"\x81\x01\x05\x00"),
            "co_exceptiontable leads into an instruction, to byte 10",
        ),
        (
            table(15, b"\x81\x01\x02\x3e"),
            "32 values on the stack, and co_stacksize is 2",
        ),
    ];
    for (said, wanted) in cases {
        assert!(said.contains(wanted), "{said:?} does not say {wanted:?}");
    }
    assert!(
        outcome(&lambda(|build, args| args[16] = build.tuple([args[0]])))
            .contains("co_freevars of a code object has int in it")
    );
    // Other numbers of arguments.
    for count in 0..25 {
        let mut build = Builder::new();
        let args = vec![build.add(0); count];
        let args = build.tuple(args);
        let said = outcome(&build.finish(args));
        let wanted = match count {
            15 | 16 | 18 => "co_code of a code object is int, not bytes",
            21 => "the `nogil` fork",
            _ => "arguments make no code object",
        };
        assert!(said.contains(wanted), "{count}: {said}");
    }
    // RESUME of 3.14.
    assert_eq!(code(&[128, 0, 84, 0, 35, 0]), "3.14");
}

/// Bytes changed at random in real code objects are read, shown and checked without a panic, and are mostly refused.
#[test]
fn hostile() {
    let mut rng = Rng::new(seed(), "code");
    for python in python::interpreters() {
        let minor = python.version.1;
        let theirs = written(python, "arguments");
        let pickles: Vec<&[u8]> = records(&theirs)
            .map(|(_, pickle)| pickle)
            .filter(|pickle| pickle.len() < 1500)
            .collect();
        let (mut refused, rounds) = (0, 4000);
        for _ in 0..rounds {
            let graph = Graph::from_slice(pickles[rng.below(pickles.len())]).expect("CPython has written it");
            let items = graph.root().as_items().expect("a tuple");
            let mut build = Builder::new();
            let mut args = Vec::new();
            let changed = rng.below(items.len());
            let at_code = usize::from(rng.below(2) == 0);
            for (i, item) in items.iter().enumerate() {
                let is_code = item.as_bytes().is_some() && at_code == 1;
                args.push(match (item.as_i64(), item.as_bytes(), item.as_items()) {
                    (Some(int), ..) => build.add(if i == changed { int ^ 1 << rng.below(9) } else { int }),
                    (_, Some(bytes), _) => {
                        let mut bytes = bytes.to_vec();
                        if (is_code || i == changed) && !bytes.is_empty() {
                            let at = rng.below(bytes.len());
                            match rng.below(4) {
                                0 => bytes[at] = rng.byte(),
                                1 => bytes[at] ^= 1 << rng.below(8),
                                2 => bytes.truncate(at),
                                _ => bytes.insert(at, rng.byte()),
                            }
                        }
                        build.add(bytes.as_slice())
                    }
                    (_, _, Some(tuple)) => {
                        let names: Vec<_> = tuple.iter().map(|name| build.add(name.as_str())).collect();
                        build.tuple(if i == changed {
                            &names[..names.len() / 2]
                        } else {
                            &names[..]
                        })
                    }
                    _ => build.add(item.as_str()),
                });
            }
            let args = build.tuple(args);
            let graph = build.finish(args);
            let Ok(code) = Code::new(graph.root().as_items().expect("a tuple")) else {
                refused += 1;
                continue;
            };
            refused += usize::from(code.check().is_err());
            for minor in 0..20 {
                if let Ok(steps) = code.instructions(minor) {
                    steps.for_each(|step| drop(step.map(|step| step.to_string())));
                }
            }
            let _ = (code.lines(), code.handlers(), format!("{code:?} {}", code.flags()));
        }
        eprintln!("CPython 3.{minor}: {refused} of {rounds} changed code objects are refused");
        assert!(refused > rounds / 3);
    }
}
