//! Opcodes → heap calls: the stack, the marks and the memo of the unpickling machine.
//!
//! One line of [`Machine::step`] per opcode, or of `rare` for those that are seldom met. The accept and reject decisions are those of CPython's C unpickler
//! (`Modules/_pickle.c`): nothing below the topmost mark can be touched, STOP ignores what else lies on the stack, and
//! the memo outlives a pickle.

mod rare;
mod step;

pub(crate) use step::Act;

use crate::{
    error::ErrorKind,
    heap::Heap,
    limits::Limits,
    memo::{Memo, Wanted},
    opcode::Op,
    ops::Failure,
};

/// How text arguments and frames are read, where CPython's versions differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rules {
    /// As the newest CPython reads (3.15): INT in base 10, `00` and `01` alone are bools, frames may neither be nested
    /// nor crossed.
    #[default]
    Strict,
    /// As CPython up to 3.13.14 reads: INT in base 0 (`010` is 8), `+1` is True, frames are only checked for length.
    Classic,
}

/// The unpickling machine: a stack of values, a stack of marks (stack heights) and the memo.
#[derive(Debug)]
pub struct Machine<V> {
    stack: Vec<V>,
    marks: Vec<usize>,
    /// The height of the topmost mark: nothing below it can be popped.
    fence: usize,
    memo: Memo<V>,
    pub(crate) rules: Rules,
    pub(crate) limits: Limits,
    /// What a pickle is held against before it is read.
    #[cfg(feature = "scan")]
    pub(crate) gate: Option<std::sync::Arc<crate::scan::Policy>>,
}

impl<V: Clone> Machine<V> {
    /// A machine with an empty stack and memo.
    pub fn new(rules: Rules, limits: Limits) -> Self {
        Machine {
            // As much as small pickles need.
            stack: Vec::with_capacity(32),
            marks: Vec::with_capacity(8),
            fence: 0,
            memo: Memo::new(),
            rules,
            limits,
            #[cfg(feature = "scan")]
            gate: None,
        }
    }

    /// Makes ready for the next pickle: an empty stack. The memo stays, as it does in an `Unpickler` that loads twice.
    pub fn restart(&mut self) {
        self.stack.clear();
        self.marks.clear();
        self.fence = 0;
    }

    /// Forgets the memo.
    pub fn clear_memo(&mut self) {
        self.memo.clear();
    }

    /// The memo's indices and values, in no order.
    pub fn memo(&self) -> impl Iterator<Item = (u64, &V)> {
        self.memo.iter()
    }

    /// Puts a value into the memo.
    pub fn put_memo(&mut self, index: u64, value: V) -> Result<(), ErrorKind> {
        self.memo.put(index, &value, self.limits.memo)
    }

    /// The fault of an opcode that could not be read. INST looks for its mark before it reads.
    #[cold]
    pub(crate) fn unread<E: From<ErrorKind>>(&self, failure: Failure<ErrorKind>) -> Failure<E> {
        const INST: u8 = Op::Inst((&[], &[])).code();
        let error = match failure.opcode {
            Some(INST) if self.marks.is_empty() => ErrorKind::MissingMark,
            _ => failure.error,
        };
        Failure {
            offset: failure.offset,
            opcode: failure.opcode,
            error: error.into(),
        }
    }

    /// How many values and marks are on the stack.
    #[cfg(feature = "scan")]
    pub(crate) fn height(&self) -> usize {
        self.stack.len() + self.marks.len()
    }

    /// The topmost value.
    pub(crate) fn peek(&self) -> Option<&V> {
        self.stack.last()
    }

    /// The value below the topmost mark, if nothing lies above that.
    #[cfg(feature = "scan")]
    #[inline(always)]
    pub(crate) fn target_without_items(&self) -> Option<&V> {
        let empty = self.stack.len() == self.fence && !self.marks.is_empty();
        if empty { self.stack.last() } else { None }
    }

    #[cold]
    #[inline(never)]
    fn underflow(&self) -> ErrorKind {
        if self.marks.is_empty() {
            ErrorKind::StackUnderflow
        } else {
            ErrorKind::UnexpectedMark
        }
    }

    #[inline(always)]
    fn push(&mut self, value: V) -> Result<(), ErrorKind> {
        if self.stack.len() >= self.limits.stack {
            return Err(ErrorKind::Limit {
                name: "stack",
                limit: self.limits.stack as u64,
            });
        }
        self.stack.push(value);
        Ok(())
    }

    #[inline(always)]
    fn pop(&mut self) -> Result<V, ErrorKind> {
        if self.stack.len() <= self.fence {
            return Err(self.underflow());
        }
        self.stack.pop().ok_or_else(|| self.underflow())
    }

    /// The index of the value `depth` below the top, none of it under the fence.
    #[inline(always)]
    fn below(&self, depth: usize) -> Result<usize, ErrorKind> {
        let at = self.stack.len().wrapping_sub(depth + 1);
        if at >= self.stack.len() || at < self.fence {
            return Err(self.underflow());
        }
        Ok(at)
    }

    #[inline(always)]
    fn top(&self) -> Result<&V, ErrorKind> {
        self.below(0).map(|at| &self.stack[at])
    }

    #[inline(always)]
    fn mark(&mut self) -> Result<(), ErrorKind> {
        if self.marks.len() >= self.limits.marks {
            return Err(ErrorKind::Limit {
                name: "marks",
                limit: self.limits.marks as u64,
            });
        }
        self.fence = self.stack.len();
        self.marks.push(self.fence);
        Ok(())
    }

    /// Removes the topmost mark and says how high the stack was there.
    #[inline(always)]
    fn unmark(&mut self) -> Result<usize, ErrorKind> {
        let Some(height) = self.marks.pop() else {
            return Err(ErrorKind::MissingMark);
        };
        self.fence = self.marks.last().copied().unwrap_or(0);
        Ok(height)
    }

    /// Removes the topmost mark; the value below it is a target, what is above are items that start at the index.
    #[inline(always)]
    fn unmark_target(&mut self) -> Result<(usize, V), ErrorKind> {
        let start = self.unmark()?;
        if start <= self.fence {
            return Err(self.underflow());
        }
        Ok((start, self.stack[start - 1].clone()))
    }

    #[inline(always)]
    fn recall<'a, H: Heap<'a, Value = V>>(&mut self, heap: &mut H, index: u64) -> Result<(), H::Error> {
        let Some(value) = self.memo.get(index) else {
            return Err(missing(index));
        };
        heap.fetched(&value);
        Ok(self.push(value)?)
    }

    #[inline(always)]
    fn memoize<'a, H: Heap<'a, Value = V>>(&mut self, heap: &mut H, index: u64, binary: bool) -> Result<(), H::Error> {
        let at = self.below(0)?;
        let value = &self.stack[at];
        heap.memoized(value, binary);
        Ok(self.memo.put(index, value, self.limits.memo)?)
    }

    /// SETITEMS and the BUILD behind it in one step, if the heap can; else nothing has happened.
    #[inline(always)]
    pub(crate) fn build_of_items<'a, H: Heap<'a, Value = V>>(&mut self, heap: &mut H) -> bool {
        let below = match self.marks[..] {
            [.., below, _] => below,
            _ => 0,
        };
        let Some(&start) = self.marks.last() else {
            return false;
        };
        // Target and state stand on no mark.
        if start < below + 2 || self.even_items(start).is_err() {
            return false;
        }
        let Some((under, items)) = self.stack.split_at_checked(start) else {
            return false;
        };
        let [.., target, state] = under else { return false };
        if !heap.build_of_items(target, state, items) {
            return false;
        }
        self.stack.truncate(start - 1);
        self.marks.pop();
        self.fence = below;
        true
    }

    /// From now on the memo keeps only what is wanted of it.
    pub(crate) fn keep_only(&mut self, wanted: Wanted) {
        self.memo.keep_only(wanted);
    }

    /// How many memo entries there are.
    pub(crate) fn memoized(&self) -> usize {
        self.memo.len()
    }

    /// Whether there is so much room that it should not be kept for small pickles.
    pub fn is_roomy(&self) -> bool {
        self.room() > 4096
    }

    /// How many values there is room for.
    pub(crate) fn room(&self) -> usize {
        self.stack.capacity() + self.memo.capacity()
    }

    #[inline(always)]
    fn even_items(&self, start: usize) -> Result<(), ErrorKind> {
        if (self.stack.len() - start) % 2 == 1 {
            return Err(ErrorKind::OddItems);
        }
        Ok(())
    }
}

/// The error of an index that has no entry. Made where it is needed: an error kind that is thrown away has to be looked at.
#[cold]
#[inline(never)]
fn missing<E: From<ErrorKind>>(index: u64) -> E {
    ErrorKind::MissingMemo(index as i128).into()
}
