//! Streams nobody wrote: real ones changed, and random opcodes.

use super::Rng;
use brinery::{Info, Op, Ops};

/// Changes a real stream in one to three places.
pub fn mutate(rng: &mut Rng, stream: &[u8], other: &[u8]) -> Vec<u8> {
    let mut bytes = stream.to_vec();
    for _ in 0..1 + rng.below(3) {
        if bytes.is_empty() {
            break;
        }
        let at = rng.below(bytes.len());
        match rng.below(11) {
            0 => bytes[at] ^= 1 << rng.below(8),
            1 => bytes[at] = rng.byte(),
            2 => bytes[at] = rng.pick(Info::ALL).code,
            3 => bytes.insert(at, rng.byte()),
            4 => bytes.insert(at, rng.pick(Info::ALL).code),
            5 => drop(bytes.remove(at)),
            6 => bytes.truncate(at),
            7 => splice(rng, &mut bytes, other),
            _ => edit(rng, &mut bytes, other),
        }
    }
    bytes
}

/// Puts a piece of another stream in.
fn splice(rng: &mut Rng, bytes: &mut Vec<u8>, other: &[u8]) {
    let at = rng.below(bytes.len());
    let end = (at + rng.below(8)).min(bytes.len());
    let from = rng.below(other.len().max(1));
    let to = (from + rng.below(24)).min(other.len());
    bytes.splice(at..end, other[from..to].iter().copied());
}

fn opcodes(bytes: &[u8]) -> Vec<Op<'_>> {
    Ops::new(bytes).map_while(|op| op.ok().map(|(_, op)| op)).collect()
}

/// Works on whole opcodes: drops, repeats, swaps, replaces or takes over one.
fn edit(rng: &mut Rng, bytes: &mut Vec<u8>, other: &[u8]) {
    let original = bytes.clone();
    let mut ops = opcodes(&original);
    if ops.len() < 2 {
        return;
    }
    let at = rng.below(ops.len());
    let (a, b) = (rng.below(ops.len()), rng.below(ops.len()));
    let theirs = opcodes(other);
    match rng.below(6) {
        0 => drop(ops.remove(at)),
        1 => ops.insert(at, ops[a]),
        2 => ops.swap(a, b),
        3 if !theirs.is_empty() => ops[at] = *rng.pick(&theirs),
        4 if !theirs.is_empty() => ops.insert(at, *rng.pick(&theirs)),
        _ => ops.insert(at, plain(rng)),
    }
    // Frames are dropped half of the time: their lengths are wrong by now.
    let frames = rng.one_in(2);
    bytes.clear();
    for op in ops {
        if frames || !matches!(op, Op::Frame(_)) {
            op.write(bytes);
        }
    }
}

/// An opcode without an argument.
fn plain(rng: &mut Rng) -> Op<'static> {
    *rng.pick(&[
        Op::Mark,
        Op::Pop,
        Op::PopMark,
        Op::Dup,
        Op::Tuple,
        Op::List,
        Op::Dict,
        Op::Append,
        Op::Appends,
        Op::SetItem,
        Op::SetItems,
        Op::AddItems,
        Op::FrozenSet,
        Op::Reduce,
        Op::Build,
        Op::NewObj,
        Op::NewObjEx,
        Op::Obj,
        Op::BinPersId,
        Op::StackGlobal,
        Op::Memoize,
        Op::ReadonlyBuffer,
        Op::Tuple1,
        Op::Tuple2,
        Op::Tuple3,
    ])
}

/// What the generator knows of a value on its stack.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Mark,
    Hashable,
    Text,
    Tuple,
    List,
    Dict,
    Set,
    Opaque,
    Other,
}

/// A stream of random opcodes, most of which find on the stack what they need.
pub fn random(rng: &mut Rng) -> Vec<u8> {
    let mut made = Random {
        bytes: Vec::new(),
        stack: Vec::new(),
        memo: Vec::new(),
    };
    if !rng.one_in(4) {
        made.op(Op::Proto(rng.below(6) as u8));
    }
    for _ in 0..rng.below(40) + 1 {
        // Rarely, anything at all.
        if rng.one_in(60) {
            made.op(plain(rng));
        }
        made.step(rng);
    }
    while made.stack.contains(&Kind::Mark) && !rng.one_in(5) {
        made.op(Op::Tuple);
        let mark = made.mark();
        made.replace(mark, Kind::Tuple);
    }
    // All that is left on the stack shows in one value.
    if !rng.one_in(4) {
        while made.stack.len() > 1 {
            made.op(Op::Tuple2);
            made.replace(made.stack.len() - 2, Kind::Tuple);
        }
    }
    made.op(Op::Stop);
    made.bytes
}

struct Random {
    bytes: Vec<u8>,
    stack: Vec<Kind>,
    memo: Vec<(u8, Kind)>,
}

const NAMES: &[(&str, &str)] = &[
    ("m", "C"),
    ("m", "D"),
    ("builtins", "set"),
    ("builtins", "frozenset"),
    ("builtins", "bytearray"),
    ("builtins", "bytes"),
    ("builtins", "getattr"),
    ("_codecs", "encode"),
    ("__builtin__", "set"),
    ("__builtin__", "getattr"),
    ("copy_reg", "_reconstructor"),
    ("copyreg", "__newobj__"),
];
const TEXTS: &[&str] = &[
    "", "a", "m", "C.D", "latin1", "latin-1", "é", "\u{100}", "builtins", "set", "x y\\",
];
const LINES: &[&str] = &[
    "0",
    "1",
    "00",
    "01",
    "-5",
    "+1",
    "-0",
    " 7",
    "7 ",
    "010",
    "0x1f",
    "0o17",
    "0b1",
    "1_0",
    "1_",
    "9999999999",
    "99999999999999999999",
    "5L",
    "LL",
    "",
    "1.5",
    "1e3",
    "nan",
    "-inf",
    "1e999",
    "'a'",
    "\"b\"",
    "'\\x41'",
    "'\\",
    "'",
    "a\\u0041",
    "\\u12",
    "\\U00110000",
    "\\ud800",
    "4\x005",
    "\0",
    "7\0L",
];

const LONGS: &[&[u8]] = &[b"", b"\0", b"\xff", b"\x01\0\0", b"\0\0\0\0\0\0\0\0\x01"];

impl Random {
    fn op(&mut self, op: Op<'_>) {
        op.write(&mut self.bytes);
    }

    fn replace(&mut self, from: usize, kind: Kind) {
        self.stack.truncate(from);
        self.stack.push(kind);
    }

    fn mark(&self) -> usize {
        self.stack.iter().rposition(|kind| *kind == Kind::Mark).unwrap_or(0)
    }

    fn push(&mut self, op: Op<'_>, kind: Kind) {
        self.op(op);
        self.stack.push(kind);
    }

    /// The kinds of the topmost values above the last mark.
    fn top(&self) -> &[Kind] {
        let marks = self.stack.iter().rposition(|kind| *kind == Kind::Mark);
        &self.stack[marks.map_or(0, |mark| mark + 1)..]
    }

    fn step(&mut self, rng: &mut Rng) {
        use Kind::*;
        let top = self.top().to_vec();
        let high = self.stack.len();
        let mark = self.stack.iter().rposition(|kind| *kind == Mark);
        let below = mark.and_then(|mark| self.stack[..mark].last().copied());
        match (rng.below(24), &*top) {
            (0, [.., List | Opaque, _]) => self.pop_into(Op::Append, 1),
            (0, [.., Dict | Opaque | List, _, _]) => self.pop_into(Op::SetItem, 2),
            (1, [.., Opaque, _]) => self.pop_into(Op::Build, 1),
            (2, [.., Opaque, Tuple]) => {
                self.op(*rng.pick(&[Op::Reduce, Op::Reduce, Op::NewObj]));
                self.replace(high - 2, Opaque);
            }
            (2, [.., Opaque, Tuple, Dict]) => {
                self.op(Op::NewObjEx);
                self.replace(high - 3, Opaque);
            }
            (3, [.., Text, Text]) => {
                self.op(Op::StackGlobal);
                self.replace(high - 2, Opaque);
            }
            (4 | 5, items) if mark.is_some() => self.close(rng, mark.unwrap_or(0), below, items.len()),
            (6, _) => self.push(Op::Mark, Mark),
            (7, [.., kind]) => {
                let kind = *kind;
                let slot = rng.below(4) as u8;
                match rng.below(3) {
                    0 => self.op(Op::BinPut(slot)),
                    1 => self.op(Op::LongBinPut(slot.into())),
                    _ => self.op(Op::Put(slot.to_string().as_bytes())),
                }
                self.memo.retain(|(other, _)| *other != slot);
                self.memo.push((slot, kind));
            }
            (8 | 9, _) if !self.memo.is_empty() => {
                let (slot, kind) = *rng.pick(&self.memo);
                match rng.below(3) {
                    0 => self.push(Op::BinGet(slot), kind),
                    1 => self.push(Op::LongBinGet(slot.into()), kind),
                    _ => self.push(Op::Get(slot.to_string().as_bytes()), kind),
                }
            }
            (10, [.., kind]) => self.push(Op::Dup, *kind),
            (11, [.., _]) => self.pop_into(Op::Pop, 1),
            (12, [.., _]) => {
                self.op(Op::Tuple1);
                self.replace(high - 1, Tuple);
            }
            (17, [.., _, _, _]) => {
                self.op(Op::Tuple3);
                self.replace(high - 3, Tuple);
            }
            (13, [.., _]) => {
                self.op(Op::BinPersId);
                self.replace(high - 1, Opaque);
            }
            (14, _) => self.container(rng),
            (15, _) => self.import(rng),
            (16, _) => self.line(rng),
            _ => self.leaf(rng),
        }
    }

    fn pop_into(&mut self, op: Op<'_>, values: usize) {
        self.op(op);
        self.stack.truncate(self.stack.len() - values);
    }

    /// Uses up the topmost mark and what is above it.
    fn close(&mut self, rng: &mut Rng, mark: usize, below: Option<Kind>, items: usize) {
        use Kind::*;
        match (rng.below(8), below) {
            (0 | 1, Some(List | Opaque)) => {
                self.op(Op::Appends);
                self.stack.truncate(mark);
            }
            (0 | 1, Some(Dict)) if items.is_multiple_of(2) => {
                self.op(Op::SetItems);
                self.stack.truncate(mark);
            }
            (0 | 1, Some(Set)) => {
                self.op(Op::AddItems);
                self.stack.truncate(mark);
            }
            (2, _) => {
                self.op(Op::List);
                self.replace(mark, List);
            }
            (3, _) if items.is_multiple_of(2) => {
                self.op(Op::Dict);
                self.replace(mark, Dict);
            }
            (4, _) => {
                self.op(Op::FrozenSet);
                self.replace(mark, Hashable);
            }
            (5, _) => {
                let (module, name) = rng.pick(NAMES);
                self.op(Op::Inst((module.as_bytes(), name.as_bytes())));
                self.replace(mark, Opaque);
            }
            (6, _) if self.stack.get(mark + 1) == Some(&Opaque) => {
                self.op(Op::Obj);
                self.replace(mark, Opaque);
            }
            _ => {
                self.op(Op::Tuple);
                self.replace(mark, Tuple);
            }
        }
    }

    fn container(&mut self, rng: &mut Rng) {
        match rng.below(4) {
            0 => self.push(Op::EmptyList, Kind::List),
            1 => self.push(Op::EmptyDict, Kind::Dict),
            2 => self.push(Op::EmptySet, Kind::Set),
            _ => self.push(Op::EmptyTuple, Kind::Tuple),
        }
    }

    fn import(&mut self, rng: &mut Rng) {
        let (module, name) = rng.pick(NAMES);
        match rng.below(5) {
            0 => self.push(Op::Ext1(1 + rng.below(3) as u8), Kind::Opaque),
            1 => self.push(Op::PersId(rng.pick(TEXTS).as_bytes()), Kind::Opaque),
            _ => self.push(Op::Global((module.as_bytes(), name.as_bytes())), Kind::Opaque),
        }
    }

    /// The text arguments of protocol 0, where most of the odd rules are.
    fn line(&mut self, rng: &mut Rng) {
        let line = rng.pick(LINES).as_bytes();
        match rng.below(6) {
            0 => self.push(Op::Int(line), Kind::Hashable),
            1 => self.push(Op::Long(line), Kind::Hashable),
            2 => self.push(Op::Float(line), Kind::Hashable),
            3 => self.push(Op::String(line), Kind::Text),
            4 => self.push(Op::Unicode(line), Kind::Text),
            // A number that the stream does not have fails, one it has does not.
            _ => self.push(Op::Get(line), Kind::Other),
        }
    }

    fn leaf(&mut self, rng: &mut Rng) {
        use Kind::*;
        let text = rng.pick(TEXTS).as_bytes();
        let float = *rng.pick(&[0.0, -0.0, 1.0, 1.5, f64::NAN, f64::INFINITY, 1e300, 9007199254740993.0]);
        let long = *rng.pick(LONGS);
        match rng.below(16) {
            0 => self.push(Op::None, Hashable),
            1 => self.push(Op::NewTrue, Hashable),
            2 => self.push(Op::NewFalse, Hashable),
            3 | 4 => self.push(Op::BinInt1(rng.below(4) as u8), Hashable),
            5 => self.push(Op::BinInt(rng.next() as i32), Hashable),
            6 => self.push(Op::BinFloat(float), Hashable),
            7 => self.push(Op::Long1(long), Hashable),
            8 => self.push(Op::ShortBinBytes(text), Hashable),
            9 => self.push(Op::ByteArray8(text), Other),
            10 => self.push(Op::ShortBinString(text), Text),
            11 => self.push(Op::BinUnicode(text), Text),
            _ => self.push(Op::ShortBinUnicode(text), Text),
        }
    }
}
