//! Bytes as opcodes.

use super::recorder::Recorder;
use crate::support::{Chunks, Rng, show};
use brinery::{
    DeedKind, DisOptions, Error, ErrorKind, Graph, Input, Limits, Machine, Ops, Options, Rules, dis, optimize,
};

/// Opcodes are written as they were read; and from a reader, in pieces, comes what comes from a slice: the same calls
/// of a heap, and the same end.
pub fn parse(bytes: &[u8]) {
    for rules in [Rules::Strict, Rules::Classic] {
        let mut written = Vec::new();
        let mut ops = Ops::starting_at(bytes, 0, rules);
        while let Some(Ok((at, op))) = ops.next() {
            assert_eq!(at, written.len(), "{op:?} in {}", show(bytes));
            op.write(&mut written);
        }
        assert_eq!(written, bytes[..written.len()], "{}", show(bytes));

        let mut slice = Recorder::default();
        let mut machine = Machine::new(rules, Limits::default());
        let from_slice = Ops::starting_at(bytes, 0, rules).run(&mut machine, &mut slice);
        let mut pieces = Recorder::default();
        let mut machine = Machine::new(rules, Limits::default());
        let reader = Chunks::new(bytes, 1 + bytes.len() % 13, Rng::fed(bytes));
        let from_pieces = Input::new(reader).run(&mut machine, &mut pieces);
        let end =
            |end: Result<u32, brinery::Failure<ErrorKind>>| end.map_err(|failure| Error::from(failure).to_string());
        assert_eq!(end(from_slice), end(from_pieces), "{}", show(bytes));
        assert_eq!(slice.calls, pieces.calls, "{}", show(bytes));
    }
}

/// A disassembly has a line for each opcode up to its end or its error, however it looks; and what is optimized is
/// read, and does as much.
pub fn disassemble(bytes: &[u8]) {
    let mut listings = Vec::new();
    for options in [
        DisOptions::default(),
        DisOptions {
            annotate: 30,
            indent: 1,
        },
    ] {
        let mut out = Vec::new();
        let end = dis(bytes, &mut out, &options).map_err(|error| error.to_string());
        let out = String::from_utf8(out).expect("a disassembly is text");
        // Between lines of opcodes there is nothing but the last line, and what belongs to an argument is escaped.
        let lines: Vec<&str> = out
            .lines()
            .filter(|line| !line.starts_with("highest protocol"))
            .collect();
        listings.push((end, lines.iter().map(|line| place(line)).collect::<Vec<_>>()));
    }
    let (annotated, plain) = (listings.pop(), listings.pop());
    assert_eq!(plain, annotated, "{}", show(bytes));
    let (end, places) = plain.expect("there are two");
    // pickletools knows no rules of frames.
    let mut starts = Vec::new();
    let mut ops = Ops::starting_at(bytes, 0, Rules::Classic);
    for op in ops.by_ref() {
        let Ok((start, _)) = op else { break };
        starts.push(start as u64);
    }
    match &end {
        Ok(end) if starts.len() >= places.len() => {
            assert_eq!(places, starts, "{}", show(bytes));
            assert_eq!(*end, ops.offset(), "{}", show(bytes));
        }
        _ => {
            let common = places.len().min(starts.len());
            assert_eq!(places[..common], starts[..common], "{end:?} of {}", show(bytes));
        }
    }

    let options = Options::new().buffers_elsewhere().fix_imports(false);
    if let (Ok(graph), Ok(smaller)) = (options.read(bytes), optimize(bytes)) {
        let again = options
            .read(&smaller)
            .unwrap_or_else(|error| panic!("{error} in {}", show(&smaller)));
        assert_eq!(made(&graph), made(&again), "{} and {}", show(bytes), show(&smaller));
    }
}

/// How many objects are given a state, and how many are asked for by an id. (Whether `getattr` of an import is a
/// call or another spelling of a name is for the memo to say, which is what an optimized pickle has less of.)
fn made(graph: &Graph<'_>) -> [usize; 2] {
    let count = |kind| graph.deeds().filter(|deed| deed.kind == kind).count();
    [DeedKind::Build, DeedKind::Persistent].map(count)
}

/// The number in front of a line of a disassembly.
fn place(line: &str) -> u64 {
    let number = line.split(':').next().unwrap_or_default().trim();
    number
        .parse()
        .unwrap_or_else(|_| panic!("a line without its place: {line:?}"))
}
