//! The disassembler and the checks of code objects, held against `dis` of every CPython from 3.8 to 3.13.

mod support;

use brinery::{
    function::{Code, Instruction, Layout},
    marshal::Options,
};
use std::fmt::Write;
use support::{
    codes::{records, written},
    python,
};

/// As `codes` in the oracle.
fn all<'g>(code: Code<'g>, out: &mut Vec<Code<'g>>) {
    out.push(code);
    for nested in code.nested() {
        all(nested.expect("a compiler has made it"), out);
    }
}

/// As `show` in the oracle.
fn show(code: &Code<'_>, minor: u8) -> String {
    let mut out = code.name().to_string();
    for step in code.instructions(minor).expect("there is a table") {
        let Instruction {
            offset,
            opcode,
            name,
            arg,
            argval,
            line,
            is_jump_target,
            ..
        } = step.expect("a compiler has made it");
        let arg = arg.map_or("-".to_owned(), |arg| arg.to_string());
        let mut meaning = argval.to_string();
        if meaning.contains("frozenset") {
            meaning = "frozenset".to_owned();
        }
        let line = line.map_or("None".to_owned(), |line| line.to_string());
        let target = u8::from(is_jump_target);
        write!(out, "\n{offset}|{opcode}|{name}|{arg}|{meaning}|{line}|{target}").expect("strings grow");
    }
    out
}

#[test]
fn instructions_of_the_stdlib() {
    for python in python::interpreters() {
        let minor = python.version.1;
        let theirs = written(python, "functions");
        let mut theirs = records(&theirs).peekable();
        let (mut codes, mut steps, mut ambiguous) = (0, 0, 0);
        while let Some((kind, module)) = theirs.next() {
            assert_eq!(kind, b'M');
            let graph = Options::new(minor).read(module).expect("CPython has written it");
            let module = Code::of(graph.root()).expect("a code object").expect("a code object");
            let mut here = Vec::new();
            all(module, &mut here);
            for code in here {
                let Some((b'I', wanted)) = theirs.next() else {
                    panic!("the oracle shows fewer code objects")
                };
                let wanted = String::from_utf8_lossy(wanted);
                let ours = show(&code, minor);
                // Line by line, for a message that can be read.
                for (ours, theirs) in ours.lines().zip(wanted.lines()) {
                    assert_eq!(ours, theirs, "{python}: {code} of {}", code.filename());
                }
                assert_eq!(ours, wanted, "{python}: {code} of {}", code.filename());
                assert_eq!(Some(code.layout()), Layout::of(minor), "{python}: {code}");
                let versions = code
                    .check()
                    .unwrap_or_else(|error| panic!("{python}: {error}, of {}", code.filename()));
                assert!(versions.contains(minor), "{python}: {code} is said to be of {versions}");
                ambiguous += usize::from(versions.only().is_none());
                codes += 1;
                steps += ours.lines().count() - 1;
            }
        }
        assert!(codes > 5000, "the oracle has shown {codes} code objects");
        eprintln!("{python}: {codes} code objects, {steps} instructions, {ambiguous} of more than one version");
    }
}
