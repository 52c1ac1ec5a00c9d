//! The machine driven over a slice: the hot loop.
//!
//! Each of the opcodes that most of a stream is made of has an arm of its own here, in which the table's row and the
//! machine's line for it are all there is: the opcode is not put together to be taken apart again. On ints that
//! is 20 instructions for each, where one parse and one match of everything behind it take 110.

use super::{Failure, NO_FRAME, Ops, parse_failure};
use crate::{
    arg::ParseError,
    error::ErrorKind,
    heap::Heap,
    machine::{Act, Machine},
    memo::Wanted,
    opcode::{Op, Row, rows},
};

/// Objects built, at the first of which it is worth looking ahead, and after twice as many each time that it was not.
const BUILDS: usize = 16;

/// Bytes of the pickle for each object built, above which looking ahead costs more than it saves.
const BYTES_PER_BUILD: usize = 1000;

impl<'a> Ops<'a> {
    /// Runs the machine over one pickle, to its STOP.
    pub fn run<H: Heap<'a>>(
        &mut self,
        machine: &mut Machine<H::Value>,
        heap: &mut H,
    ) -> Result<H::Value, Failure<H::Error>> {
        machine.restart();
        self.frame_end = NO_FRAME;
        #[cfg(feature = "scan")]
        if let Some(policy) = &machine.gate {
            crate::scan::admit(self.rest(), self.at as u64, policy).map_err(Failure::widen)?;
        }
        let (began, mut builds, mut look_at) = (self.at, 0, BUILDS);
        let input = self.input;
        loop {
            let start = self.at;
            let Some((&byte, rest)) = input.get(start..).and_then(|input| input.split_first()) else {
                return Err(self.failed(machine, ParseError::Error(())));
            };
            // One row of the table and one line of the machine.
            macro_rules! arm {
                ($row:ident) => {{
                    let (left, arg) = match rows::$row::parse(rest) {
                        Ok(parsed) => parsed,
                        Err(error) => return Err(self.failed(machine, error)),
                    };
                    let end = input.len() - left.len();
                    if end >= self.frame_end {
                        self.frame(start, end, rows::$row::CODE, None).map_err(narrow)?;
                    }
                    self.at = end;
                    if let Err(error) = rows::$row::act(machine, heap, start as u64, arg) {
                        return Err(fault(start, rows::$row::CODE, error));
                    }
                }};
            }
            macro_rules! arms {
                ($($row:ident)*) => {
                    match byte {
                        $(<rows::$row as Row>::CODE => arm!($row),)*
                        <rows::SetItems as Row>::CODE => {
                            // Inside a frame, or both at no frame's edge.
                            let both = start + 2;
                            if input.get(start + 1) == Some(&rows::Build::CODE)
                                && both < self.frame_end
                                && machine.build_of_items(heap)
                            {
                                self.at = both;
                                builds += 1;
                            } else {
                                arm!(SetItems);
                            }
                        }
                        <rows::Build as Row>::CODE => {
                            builds += 1;
                            if builds >= look_at {
                                look_at = self.look_ahead(machine, heap.looks_ahead(), builds, start - began);
                            }
                            arm!(Build);
                        }
                        _ => {
                            if let Some(value) = self.other(machine, heap)? {
                                return Ok(value);
                            }
                        }
                    }
                };
            }
            arms! {
                Mark BinGet LongBinGet BinPut LongBinPut Memoize None NewTrue NewFalse BinInt1 BinInt2 BinInt Long1 BinFloat
                ShortBinUnicode BinUnicode EmptyList EmptyDict EmptyTuple Tuple1 Tuple2 Tuple3 Append Appends SetItem NewObj
                Proto
            }
        }
    }

    /// Any other opcode.
    #[inline(never)]
    fn other<H: Heap<'a>>(
        &mut self,
        machine: &mut Machine<H::Value>,
        heap: &mut H,
    ) -> Result<Option<H::Value>, Failure<H::Error>> {
        let (start, op) = self.take().map_err(|failure| machine.unread(failure))?;
        machine
            .rare(heap, start as u64, op)
            .map_err(|error| fault(start, op.code(), error))
    }

    /// What is wrong where the next opcode should be.
    #[cold]
    fn failed<V: Clone, E: From<ErrorKind>>(&self, machine: &Machine<V>, error: ParseError) -> Failure<E> {
        machine.unread(parse_failure(error, self.rest(), self.at as u64))
    }

    /// Looks which memo entries will be asked for, where many objects are built and the memo is nobody else's. Most
    /// objects' state is a dict that nobody asks for again. Answers after how many objects to look again.
    #[cold]
    fn look_ahead<V: Clone>(&self, machine: &mut Machine<V>, wanted: bool, builds: usize, bytes: usize) -> usize {
        if !wanted {
            return usize::MAX;
        }
        if bytes / builds > BYTES_PER_BUILD {
            return builds.saturating_mul(2);
        }
        if let Some(wanted) = self.wanted(machine.memoized()) {
            machine.keep_only(wanted);
        }
        usize::MAX
    }

    /// The memo indices that are asked for from here to the end of the pickle, when `used` entries are there; nothing if an
    /// entry is written anywhere but behind the last. (Behind a fault nothing is asked for.)
    fn wanted(&self, used: usize) -> Option<Wanted> {
        let mut rest = self.rest();
        // No more can be given.
        let end = used as u64 + rest.len() as u64;
        let (mut wanted, mut used) = (Wanted::default(), used as u64);
        loop {
            let (left, op) = match Op::parse(rest) {
                Ok(parsed) => parsed,
                Err(_) => return Some(wanted),
            };
            rest = left;
            let put = match op {
                Op::Memoize => used,
                Op::BinPut(index) => index.into(),
                Op::LongBinPut(index) => index.into(),
                Op::BinGet(index) => {
                    wanted.add(index.into(), end);
                    continue;
                }
                Op::LongBinGet(index) => {
                    wanted.add(index.into(), end);
                    continue;
                }
                Op::Get(_) | Op::Put(_) => return None,
                Op::Stop => return Some(wanted),
                _ => continue,
            };
            if put != used {
                return None;
            }
            used += 1;
        }
    }
}

/// A fault of the engine as one of the heap's.
#[cold]
fn narrow<E: From<ErrorKind>>(failure: Failure<ErrorKind>) -> Failure<E> {
    Failure {
        offset: failure.offset,
        opcode: failure.opcode,
        error: failure.error.into(),
    }
}

#[cold]
fn fault<E>(start: usize, code: u8, error: E) -> Failure<E> {
    Failure {
        offset: start as u64,
        opcode: Some(code),
        error,
    }
}
