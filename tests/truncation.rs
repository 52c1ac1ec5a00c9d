//! Every prefix of every vector fails as truncated, at the right byte.

mod support;

use brinery::{Error, Op, Ops};
use support::{Chunks, vectors};

/// The start of each opcode up to STOP, and of each frame with its end.
struct Outline {
    starts: Vec<usize>,
    frames: Vec<(usize, usize)>,
    end: usize,
}

fn outline(bytes: &[u8]) -> Outline {
    let mut ops = Ops::new(bytes);
    let mut outline = Outline {
        starts: Vec::new(),
        frames: Vec::new(),
        end: 0,
    };
    while let Some(op) = ops.next() {
        let (start, op) = op.expect("a vector has only opcodes");
        outline.starts.push(start);
        if let Op::Frame(size) = op {
            outline.frames.push((start, ops.offset() + size as usize));
        }
    }
    outline.end = ops.offset();
    outline
}

impl Outline {
    /// Where the fault of a prefix is: at the frame that is cut, else at the opcode, else where one is missing.
    fn fault(&self, length: usize) -> u64 {
        let whole_header = |start: usize| start + 9 <= length;
        let frame = self
            .frames
            .iter()
            .find(|(start, end)| whole_header(*start) && *end > length);
        let opcode = self.starts.partition_point(|start| *start < length);
        let opcode = match self.starts.get(opcode) {
            Some(start) if *start == length => length,
            _ => self.starts[opcode - 1],
        };
        frame.map_or(opcode, |(start, _)| *start) as u64
    }
}

fn check(name: &str, length: usize, wanted: u64, error: Error) {
    assert!(error.is_truncated(), "{name} cut at {length}: {error}");
    assert_eq!(error.offset(), Some(wanted), "{name} cut at {length}: {error}");
}

#[test]
fn every_prefix_is_truncated() {
    let mut prefixes = 0;
    for vector in vectors::all().iter().filter(|vector| !vector.refused()) {
        let outline = outline(&vector.bytes);
        let options = vector.options().buffers_elsewhere();
        for length in 0..outline.end {
            let prefix = &vector.bytes[..length];
            let wanted = outline.fault(length);
            let slice = options.read(prefix).expect_err("a prefix is no pickle");
            check(&vector.name, length, wanted, slice);
            let reader = options.read_from(prefix).expect_err("a prefix is no pickle");
            check(&vector.name, length, wanted, reader);
            if length < 100 {
                let bytewise = options
                    .read_from(Chunks::bytewise(prefix))
                    .expect_err("a prefix is no pickle");
                check(&vector.name, length, wanted, bytewise);
            }
            let ops = Ops::new(prefix).find_map(Result::err).expect("a prefix has no STOP");
            check(&vector.name, length, wanted, ops);
            prefixes += 1;
        }
    }
    println!("{prefixes} prefixes");
    assert!(prefixes > 150_000, "only {prefixes} prefixes");
}
