//! What every way of writing has in common: the choice of opcodes, the memo's numbers, the frames.

use super::{Settings, batch::Verb, out::Out};
use crate::{error::ErrorKind, opcode::Op, settings::Python};
use std::io::Write;

/// The lower half of an emitter: it is told what comes, and knows the opcodes for it.
pub(crate) struct Writer<W> {
    pub(crate) out: Out<W>,
    pub(crate) settings: Settings,
    memo_len: u32,
}

/// How the next items of a container are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plan {
    /// There is nothing more to be written.
    Done,
    /// One item, and an opcode for one.
    One,
    /// A mark, up to 1000 items, and an opcode for all of them.
    Many,
}

impl<W: Write> Writer<W> {
    /// Writes into memory, or into `sink` as frames are finished.
    pub(crate) fn new(settings: Settings, sink: Option<W>) -> Self {
        Writer {
            out: Out::new(sink),
            settings,
            memo_len: 0,
        }
    }

    /// Forgets everything, so that a pickle with a memo of its own can begin.
    #[cfg(feature = "serde")]
    pub(crate) fn reset(&mut self) {
        self.out.reset();
        self.memo_len = 0;
    }

    /// What stands before a pickle's object.
    pub(crate) fn start(&mut self) {
        let protocol = self.settings.protocol;
        if protocol >= 2 {
            self.out.op(Op::Proto(protocol));
        }
        if protocol >= 4 {
            self.out.open_frame();
        }
    }

    /// What stands behind it.
    pub(crate) fn finish(&mut self) -> Result<(), ErrorKind> {
        self.out.op(Op::Stop);
        self.out.close_frame()?;
        self.out.flush()
    }

    /// Gives the object on the stack its memo index. None in fast mode.
    #[inline(always)]
    pub(crate) fn memoize(&mut self) -> Result<Option<u32>, ErrorKind> {
        if self.settings.fast {
            return Ok(None);
        }
        self.store().map(Some)
    }

    /// Has that many memo indices given away.
    pub(crate) fn continue_memo(&mut self, len: u32) {
        self.memo_len = len;
    }

    /// How many memo indices are given away.
    pub(crate) fn memo_len(&self) -> u32 {
        self.memo_len
    }

    /// Gives away memo indices to what is written by others, and says which is the first.
    #[inline(always)]
    pub(crate) fn give(&mut self, count: u32) -> Result<u32, ErrorKind> {
        let first = self.memo_len;
        let Some(len) = first.checked_add(count) else {
            return Err(ErrorKind::Unwritable("more than 4,294,967,295 objects"));
        };
        self.memo_len = len;
        Ok(first)
    }

    /// Gives the object on the stack its memo index, in fast mode as well.
    #[inline(always)]
    pub(crate) fn store(&mut self) -> Result<u32, ErrorKind> {
        let index = self.give(1)?;
        match self.settings.protocol {
            4.. => self.out.op(Op::Memoize),
            _ => self.put(index),
        }
        Ok(index)
    }

    #[inline(never)]
    fn put(&mut self, index: u32) {
        match (self.settings.protocol, u8::try_from(index)) {
            (0, _) => self.out.op(Op::Put(index.to_string().as_bytes())),
            (_, Ok(index)) => self.out.op(Op::BinPut(index)),
            (_, Err(_)) => self.out.op(Op::LongBinPut(index)),
        }
    }

    #[inline(always)]
    pub(crate) fn get(&mut self, index: u32) {
        match u8::try_from(index) {
            Ok(index) if self.settings.protocol > 0 => self.out.op(Op::BinGet(index)),
            _ => self.far_get(index),
        }
    }

    #[inline(never)]
    fn far_get(&mut self, index: u32) {
        match self.settings.protocol {
            0 => self.out.op(Op::Get(index.to_string().as_bytes())),
            _ => self.out.op(Op::LongBinGet(index)),
        }
    }

    /// An empty list or dict, which protocol 0 makes from a mark.
    #[inline(always)]
    pub(crate) fn empty(&mut self, empty: Op<'static>, from_mark: Op<'static>) {
        if self.settings.protocol == 0 {
            self.out.op(Op::Mark);
            self.out.op(from_mark);
        } else {
            self.out.op(empty);
        }
    }

    #[inline(always)]
    pub(crate) fn empty_tuple(&mut self) {
        self.empty(Op::EmptyTuple, Op::Tuple);
    }

    /// Whether a tuple of so many items, not 0, is made from a mark.
    #[inline(always)]
    pub(crate) fn marks(&self, len: usize) -> bool {
        len > 3 || self.settings.protocol < 2
    }

    /// The tuple of the items on the stack, not 0.
    #[inline(always)]
    pub(crate) fn tuple(&mut self, len: usize, marked: bool) {
        self.out.op(match len {
            _ if marked => Op::Tuple,
            1 => Op::Tuple1,
            2 => Op::Tuple2,
            _ => Op::Tuple3,
        });
    }

    /// Throws away the items of a tuple that was written inside itself, and a mark that lies below them, for the one with
    /// that memo index.
    #[cold]
    pub(crate) fn drop_tuple(&mut self, len: usize, marked: bool, index: u32) {
        if marked && self.settings.protocol >= 1 {
            self.out.op(Op::PopMark);
        } else {
            for _ in 0..len + usize::from(marked) {
                self.out.op(Op::Pop);
            }
        }
        self.get(index);
    }

    pub(crate) fn extension(&mut self, code: i64) {
        self.out.op(match code {
            1..=0xff => Op::Ext1(code as u8),
            0x100..=0xffff => Op::Ext2(code as u16),
            _ => Op::Ext4(code as i32),
        });
    }

    /// How the next of `left` items are written. `exact` is for the items of an exact list, dict or set; `before` says
    /// whether a batch with a mark was written, and whether it was full.
    #[inline(always)]
    pub(crate) fn plan(&self, verb: Verb, exact: bool, before: Option<bool>, left: usize) -> Plan {
        let one = if verb == Verb::Add { Plan::Many } else { Plan::One };
        if self.settings.protocol == 0 && verb != Verb::Add {
            return if left == 0 { Plan::Done } else { Plan::One };
        }
        let exact = exact && self.settings.python < Python::FULL_BATCHES;
        // A dict or set whose last batch was not full is done, even if it has grown meanwhile.
        if exact && before == Some(false) && verb != Verb::Append {
            return Plan::Done;
        }
        match (left, before) {
            // Dicts and sets end only after a batch that was not full, so theirs may be empty.
            (0, Some(true)) if exact && verb != Verb::Append => Plan::Many,
            (0, _) => Plan::Done,
            (1, Some(_)) if exact => Plan::Many,
            (1, _) => one,
            _ => Plan::Many,
        }
    }
}
