//! The opcodes of a pickle one by one, the next one's byte in view, and the memo.

use super::peeked::{BINGET, LONG_BINGET, MARK};
use crate::{
    machine::Rules,
    number,
    number::Parsed as Int,
    opcode::{Op, Row},
    ops::Ops,
};
use serde::de;
use std::fmt;

/// The direct lane gives up: the graph lane is asked instead, and it gives the reasons.
#[derive(Debug)]
pub(super) struct Declined;

impl fmt::Display for Declined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("declined")
    }
}

impl std::error::Error for Declined {}

impl de::Error for Declined {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Declined
    }
}

/// How deep containers may lie in each other: as deep as the graph lane allows by default.
pub(super) const DEPTH: usize = 128;

/// What a memo index stands for, in four bytes, for most are never asked for: where the opcode of a `str` starts, or with
/// this bit the index of an object's [`Place`].
const OBJECT: u32 = 1 << 31;

/// Where an object's opcodes start and where they end; with an end of 0 the object is still being read. Two objects may
/// start at the same place: a tuple's first item does.
#[derive(Clone, Copy)]
pub(super) struct Place {
    start: u32,
    end: u32,
}

/// Short text that was fetched lately, by the low bits of its memo index: the keys of records are fetched again and again.
struct Recent<'de>([(usize, &'de str); Recent::SIZE]);

impl Recent<'_> {
    const SIZE: usize = 32;
    /// Longer text is looked up each time, and accounted for: a few bytes can ask for any amount of it.
    const LENGTH: usize = 64;
}

/// What is fetched from the memo.
pub(super) enum Fetched<'de> {
    Str(&'de str),
    Object(Place),
}

/// How many bytes of opcodes may be read again because they are fetched from the memo, for each byte of input; and a few
/// more. A pickle that asks for more has sharing that multiplies, and belongs in the graph.
const AGAIN_PER_BYTE: usize = 4;

/// The same for bytes of text, which is not read again but handed out.
const TEXT_PER_BYTE: usize = 16;

/// Where reading stands, and what it has seen.
pub(super) struct Direct<'de> {
    ops: Ops<'de>,
    memo: Vec<u32>,
    objects: Vec<Place>,
    recent: Recent<'de>,
    /// Whether opcodes are being read a second time: the memo has them already.
    again: bool,
    again_left: usize,
    text_left: usize,
    /// See [`takes_one`](Self::takes_one).
    singles: Option<Vec<usize>>,
    /// Where the pickle starts.
    start: usize,
    /// How many more containers may lie in each other.
    depth: usize,
    /// Whether a key is being read: a container in it would have to be checked for being hashable.
    pub(super) in_key: bool,
    /// Set for good when anything fails, so that a type that makes do with a default does not go on from the middle of a
    /// value.
    pub(super) failed: bool,
}

impl<'de> Direct<'de> {
    pub(super) fn new(input: &'de [u8], start: usize, rules: Rules) -> Result<Self, Declined> {
        // Offsets are of 31 bits.
        if input.len() >= OBJECT as usize {
            return Err(Declined);
        }
        let mut direct = Direct {
            ops: Ops::starting_at(input, start, rules),
            memo: Vec::with_capacity((input.len() - start.min(input.len())) / 32),
            objects: Vec::new(),
            recent: Recent([(usize::MAX, ""); Recent::SIZE]),
            again: false,
            again_left: input.len().saturating_mul(AGAIN_PER_BYTE).saturating_add(100),
            text_left: input.len().saturating_mul(TEXT_PER_BYTE).saturating_add(1 << 20),
            singles: None,
            start,
            depth: DEPTH,
            in_key: false,
            failed: false,
        };
        match direct.next()? {
            // Protocols 0 and 1 have other ways to say most things.
            Op::Proto(2..=5) => Ok(direct),
            _ => Err(Declined),
        }
    }

    /// The next opcode, which is not FRAME if it was peeked at.
    #[inline(always)]
    pub(super) fn next(&mut self) -> Result<Op<'de>, Declined> {
        self.ops.next_op().ok_or(Declined)
    }

    /// The argument of the next opcode, if it is this one: quicker than [`next`](Self::next) where it can be foretold.
    #[inline(always)]
    pub(super) fn next_if<R: Row>(&mut self) -> Option<R::Arg<'de>> {
        self.ops.next_if::<R>()
    }

    /// The next opcode's byte.
    #[inline(always)]
    pub(super) fn peek(&mut self) -> Result<u8, Declined> {
        self.ops.peek().ok_or(Declined)
    }

    /// The next opcode, which stays the next, if it is not FRAME.
    pub(super) fn look(&mut self) -> Result<Op<'de>, Declined> {
        self.peek()?;
        self.ops.clone().next_op().ok_or(Declined)
    }

    /// Where the next opcode starts.
    #[inline(always)]
    pub(super) fn at(&self) -> usize {
        self.ops.offset()
    }

    /// Goes on behind an opcode without argument, which was peeked at.
    #[inline(always)]
    pub(super) fn step(&mut self) {
        self.ops.step();
    }

    /// Goes on behind this opcode, if it is the next.
    #[inline(always)]
    pub(super) fn accept(&mut self, op: Op<'static>) -> Result<bool, Declined> {
        let found = self.peek()? == op.code();
        if found {
            self.ops.step();
        }
        Ok(found)
    }

    /// The offset behind STOP, if that is what comes next.
    pub(super) fn end(&mut self) -> Result<usize, Declined> {
        if self.failed || !self.accept(Op::Stop)? {
            return Err(Declined);
        }
        Ok(self.at())
    }

    /// The text of a `str` whose opcode starts at `start`, and which may be memoized behind it.
    #[inline(always)]
    pub(super) fn str(&mut self, bytes: &'de [u8], start: usize) -> Result<&'de str, Declined> {
        let text = str::from_utf8(bytes).map_err(|_| Declined)?;
        if self.memoized()? {
            self.memo.push(start as u32);
        }
        Ok(text)
    }

    /// Notes an object that starts at `start` and is only begun, if the next opcode memoizes it. What comes back is for
    /// [`whole`](Self::whole).
    #[inline(always)]
    pub(super) fn begun(&mut self, start: usize) -> Result<Option<usize>, Declined> {
        if !self.memoized()? {
            return Ok(None);
        }
        let index = self.objects.len();
        self.memo.push(OBJECT | index as u32);
        self.objects.push(Place {
            start: start as u32,
            end: 0,
        });
        Ok(Some(index))
    }

    /// An object that was noted as begun ends here: it can be fetched from now on.
    #[inline(always)]
    pub(super) fn whole(&mut self, begun: Option<usize>) {
        let end = self.at() as u32;
        if let Some(place) = begun.and_then(|index| self.objects.get_mut(index)) {
            place.end = end;
        }
    }

    /// Goes into a container.
    #[inline]
    pub(super) fn enter(&mut self) -> Result<(), Declined> {
        if self.in_key {
            return Err(Declined);
        }
        self.depth = self.depth.checked_sub(1).ok_or(Declined)?;
        Ok(())
    }

    /// Comes out of it.
    #[inline]
    pub(super) fn leave(&mut self) {
        self.depth += 1;
    }

    /// Goes on behind an opcode that memoizes; false if there is none, or if the memo has it already.
    #[inline(always)]
    fn memoized(&mut self) -> Result<bool, Declined> {
        const MEMOIZE: u8 = Op::Memoize.code();
        const BINPUT: u8 = Op::BinPut(0).code();
        const LONG_BINPUT: u8 = Op::LongBinPut(0).code();
        match self.peek()? {
            MEMOIZE => {
                self.ops.step();
                Ok(!self.again)
            }
            BINPUT | LONG_BINPUT => self.put(),
            _ => Ok(false),
        }
    }

    fn put(&mut self) -> Result<bool, Declined> {
        let index = match self.next()? {
            Op::BinPut(index) => index.into(),
            Op::LongBinPut(index) => index as usize,
            _ => return Err(Declined),
        };
        // Picklers count; an index out of turn would be another object's.
        if !self.again && index != self.memo.len() {
            return Err(Declined);
        }
        Ok(!self.again)
    }

    /// What the memo has under an index.
    #[inline(always)]
    pub(super) fn fetch(&mut self, index: usize) -> Result<Fetched<'de>, Declined> {
        let (known, text) = self.recent.0[index % Recent::SIZE];
        if known == index {
            return Ok(Fetched::Str(text));
        }
        self.find(index)
    }

    fn find(&mut self, index: usize) -> Result<Fetched<'de>, Declined> {
        let entry = *self.memo.get(index).ok_or(Declined)?;
        if entry & OBJECT != 0 {
            return match self.objects.get((entry & !OBJECT) as usize) {
                Some(place) if place.end != 0 => Ok(Fetched::Object(*place)),
                _ => Err(Declined),
            };
        }
        match self.ops.again_from(entry as usize).next_op() {
            Some(Op::ShortBinUnicode(bytes) | Op::BinUnicode(bytes) | Op::BinUnicode8(bytes)) => {
                let text = str::from_utf8(bytes).map_err(|_| Declined)?;
                if text.len() <= Recent::LENGTH {
                    self.recent.0[index % Recent::SIZE] = (index, text);
                } else {
                    self.text_left = self.text_left.checked_sub(text.len()).ok_or(Declined)?;
                }
                Ok(Fetched::Str(text))
            }
            _ => Err(Declined),
        }
    }

    /// Whether the next opcode, a GET, fetches text.
    pub(super) fn text_is_next(&self) -> Result<bool, Declined> {
        let index = match self.ops.clone().next_op() {
            Some(Op::BinGet(index)) => index.into(),
            Some(Op::LongBinGet(index)) => index as usize,
            _ => return Err(Declined),
        };
        Ok(self.memo.get(index).is_some_and(|entry| entry & OBJECT == 0))
    }

    /// Whether what begins here may be `(None,)`, or that in such tuples: spelled with a mark, or fetched.
    #[inline]
    pub(super) fn may_be_chain(&mut self) -> Result<bool, Declined> {
        match self.peek()? {
            MARK => {
                let mut ahead = self.ops.clone();
                ahead.step();
                Ok(match ahead.next_op() {
                    Some(Op::None) => matches!(ahead.next_op(), Some(Op::Tuple | Op::Tuple1)),
                    inner => inner == Some(Op::Mark),
                })
            }
            BINGET | LONG_BINGET => Ok(!self.text_is_next()?),
            _ => Ok(false),
        }
    }

    /// Reads an object again, and comes back here.
    pub(super) fn again<T>(
        &mut self,
        place: Place,
        read: impl FnOnce(&mut Self) -> Result<T, Declined>,
    ) -> Result<T, Declined> {
        self.enter()?;
        self.again_left = self
            .again_left
            .checked_sub((place.end - place.start) as usize)
            .ok_or(Declined)?;
        let there = self.ops.again_from(place.start as usize);
        let here = std::mem::replace(&mut self.ops, there);
        let outer = std::mem::replace(&mut self.again, true);
        let value = read(self)?;
        // What was asked for may be less than what lies there: the first item of a tuple.
        if self.at() != place.end as usize {
            return Err(Declined);
        }
        self.ops = here;
        self.again = outer;
        self.leave();
        Ok(value)
    }

    /// Whether the container that starts at `start` is ever given a single item by APPEND or SETITEM. An item without a
    /// mark looks like what follows an empty container, so at the first such doubt the whole pickle is looked over.
    pub(super) fn takes_one(&mut self, start: usize) -> Result<bool, Declined> {
        if self.singles.is_none() {
            self.singles = Some(singles(self.ops.again_from(self.start))?);
        }
        let singles = self.singles.as_deref().unwrap_or_default();
        Ok(singles.binary_search(&start).is_ok())
    }
}

/// The starts of all objects that APPEND or SETITEM fills, in order.
fn singles(mut ops: Ops<'_>) -> Result<Vec<usize>, Declined> {
    let mut found = Vec::new();
    // Where each value on the stack starts, and the heights of the marks with their own starts.
    let mut stack: Vec<usize> = Vec::new();
    let mut marks: Vec<(usize, usize)> = Vec::new();
    loop {
        let at = ops.offset();
        let op = ops.next_op().ok_or(Declined)?;
        match op {
            Op::Stop => break,
            Op::Mark => marks.push((stack.len(), at)),
            Op::Appends | Op::SetItems | Op::AddItems | Op::PopMark => {
                stack.truncate(marks.pop().ok_or(Declined)?.0);
            }
            Op::Tuple | Op::FrozenSet | Op::List | Op::Dict | Op::Inst(_) | Op::Obj => {
                let (height, start) = marks.pop().ok_or(Declined)?;
                stack.truncate(height);
                stack.push(start);
            }
            // All others take and leave what the table says.
            _ => {
                let info = op.info();
                let rest = stack.len().checked_sub(info.before.len()).ok_or(Declined)?;
                let start = stack.get(rest).copied().unwrap_or(at);
                if matches!(op, Op::Append | Op::SetItem) {
                    found.push(start);
                }
                stack.truncate(rest);
                stack.extend(info.after.iter().map(|_| start));
            }
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// An int in two's complement, if it has at most 64 bits.
#[inline]
pub(super) fn long(image: &[u8]) -> Result<i64, Declined> {
    match number::long_bytes(image) {
        Int::Small(value) => Ok(value),
        _ => Err(Declined),
    }
}
