//! Five million containers in each other, on a thread with a stack of 1 MiB: nothing recurses.

mod support;

use brinery::{Graph, Limits, Options, Visit};
use std::fmt::Write;

const DEPTH: usize = 5_000_000;
/// For what takes longer per level.
const LESS: usize = 1_000_000;
const STACK: usize = 1 << 20;

fn on_a_small_stack(work: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(work);
    thread.expect("a thread starts").join().expect("the thread ends well");
}

/// Counts what is printed, without keeping it.
struct Length(usize);

impl Write for Length {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.0 += text.len();
        Ok(())
    }
}

/// Everything that can be done with a graph, to one that is this deep. `bytes` is what is written without a memo.
fn live(bytes: &[u8], depth: usize) {
    let options = Options::new().protocol(2);
    let graph = options.read(bytes).expect("it is read");

    let (mut deepest, mut left) = (0, 0);
    let mut walk = graph.root().walk();
    while let Some(visit) = walk.next() {
        deepest = deepest.max(walk.depth());
        left += usize::from(matches!(visit, Visit::Leave(_)));
    }
    assert!(deepest >= depth && left >= depth, "walked {deepest} deep");

    let mut printed = Length(0);
    write!(printed, "{}", graph.root()).expect("it is printed");
    assert!(printed.0 >= 2 * depth, "printed {} characters", printed.0);

    let copy: Graph<'static> = graph.clone().into_owned();
    drop(graph);
    let written = options.clone().fast(true).write(&copy).expect("it is written");
    assert!(written == bytes, "{}", support::difference(bytes, &written));

    let memoized = options.write(&copy).expect("it is written with a memo");
    let again = options.read_from(&*memoized).expect("it is read from a reader");
    assert!(copy.root() == again.root(), "what is read again is the same");
}

/// A stream that opens and closes levels, kind by kind in turn.
fn nested(kinds: &[(&[u8], &[u8])], inside: &[u8], depth: usize) -> Vec<u8> {
    let mut bytes = b"\x80\x02".to_vec();
    for level in 0..depth {
        bytes.extend_from_slice(kinds[level % kinds.len()].0);
    }
    bytes.extend_from_slice(inside);
    for level in (0..depth).rev() {
        bytes.extend_from_slice(kinds[level % kinds.len()].1);
    }
    bytes.push(b'.');
    bytes
}

const LIST: (&[u8], &[u8]) = (b"]", b"a");
const TUPLE: (&[u8], &[u8]) = (b"", b"\x85");
const DICT: (&[u8], &[u8]) = (b"}K\x01", b"s");
const OBJECT: (&[u8], &[u8]) = (b"cm\nC\n)\x81", b"b");
const CALL: (&[u8], &[u8]) = (b"cm\nf\n", b"\x85R");

#[test]
fn lists() {
    on_a_small_stack(|| live(&nested(&[LIST], b"]", DEPTH), DEPTH));
}

#[test]
fn tuples() {
    on_a_small_stack(|| live(&nested(&[TUPLE], b")", DEPTH), DEPTH));
}

#[test]
fn dicts() {
    on_a_small_stack(|| live(&nested(&[DICT], b"}", DEPTH), DEPTH));
}

#[test]
fn a_mixture() {
    on_a_small_stack(|| live(&nested(&[LIST, OBJECT, TUPLE, DICT, CALL], b"N", LESS), LESS));
}

/// Items of sets are compared by content, to any depth.
#[test]
fn frozensets() {
    on_a_small_stack(|| {
        let mut bytes = vec![b'('; LESS];
        bytes.extend(std::iter::repeat_n(0x91, LESS));
        bytes.push(b'.');
        // Numbering them level by level takes more than their two bytes each pay for.
        let limits = Limits {
            memory: u64::MAX,
            ..Limits::default()
        };
        let options = Options::new().protocol(4).limits(limits);
        let graph = options.read(&bytes).expect("it is read");
        let written = options.write(&graph).expect("it is written");
        let again = options.read(&written).expect("it is read again");
        assert!(graph.root() == again.root(), "what is read again is the same");
    });
}
