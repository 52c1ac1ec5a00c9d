//! Runs of items: what a source writes as it meets it, instead of handing each object out.

use super::{
    Number, Source, Task,
    batch::{Batch, State, Verb},
    writer::{Plan, Writer},
};
use crate::{error::ErrorKind, opcode::Op};
use std::io::Write;

/// What a source writes a run of items into, in [`Source::run`].
///
/// The source says what it meets, and where it has to stop. Which opcodes that takes, in which batches, and which memo
/// index an object is given, is the emitter's business as everywhere else; what a source says here it could also have handed
/// out. A container may be written from within its own, as deep as the source wants to go on the stack: it is opened, its
/// items are written, and it is closed; or, where one of the items has to be handed out, each that is open
/// [waits](Self::wait_items), the innermost first.
pub struct Run<'e, 'w, S: Source + ?Sized> {
    w: &'e mut Writer<&'w mut dyn Write>,
    waiting: &'e mut Vec<Task<S>>,
    left: usize,
}

/// The items of a list or dict on their way.
#[derive(Debug)]
pub struct Filling {
    verb: Verb,
    /// How many items or pairs there are behind this batch, and how many references are in it.
    behind: usize,
    here: usize,
    before: Option<bool>,
    marked: bool,
    /// Room around it.
    outer: usize,
}

/// The items of a tuple on their way.
#[derive(Debug)]
pub struct Tupling {
    len: usize,
    marked: bool,
    outer: usize,
}

impl<'e, 'w, S: Source + ?Sized> Run<'e, 'w, S> {
    #[inline(always)]
    pub(super) fn new(w: &'e mut Writer<&'w mut dyn Write>, waiting: &'e mut Vec<Task<S>>, left: usize) -> Self {
        Run { w, waiting, left }
    }

    /// How many more items there is room for.
    #[inline(always)]
    pub fn left(&self) -> usize {
        self.left
    }

    /// The protocol that is written.
    #[inline(always)]
    pub fn protocol(&self) -> u8 {
        self.w.settings.protocol
    }

    /// Whether nothing is given a memo index. Then containers are handed out, since the emitter looks for cycles.
    #[inline(always)]
    pub fn is_fast(&self) -> bool {
        self.w.settings.fast
    }

    #[inline(always)]
    fn item(&mut self) -> Result<(), ErrorKind> {
        self.left = self.left.wrapping_sub(1);
        self.w.out.boundary()
    }

    /// Writes a `None`.
    #[inline(always)]
    pub fn none(&mut self) -> Result<(), ErrorKind> {
        self.item()?;
        self.w.none();
        Ok(())
    }

    /// Writes a bool.
    #[inline(always)]
    pub fn bool(&mut self, value: bool) -> Result<(), ErrorKind> {
        self.item()?;
        self.w.bool(value);
        Ok(())
    }

    /// Writes an int.
    #[inline(always)]
    pub fn int(&mut self, value: i64) -> Result<(), ErrorKind> {
        self.item()?;
        self.w.any_int(value);
        Ok(())
    }

    /// Writes a float.
    #[inline(always)]
    pub fn float(&mut self, value: f64) -> Result<(), ErrorKind> {
        self.item()?;
        self.w.any_float(value);
        Ok(())
    }

    /// Writes the numbers that items begin with, as many as there is room for, and says how many it wrote. It may leave off
    /// anywhere: what is left goes one by one. Faster than that where many numbers lie in a row.
    #[inline(always)]
    pub fn numbers<T>(&mut self, items: &[T], number: impl Fn(&T) -> Option<Number>) -> usize {
        let items = items.get(..self.left).unwrap_or(items);
        let count = self.w.numbers(items, number);
        self.left = self.left.wrapping_sub(count);
        count
    }

    /// Writes a `str`, given as UTF-8 with lone surrogates passed; the memo index that it was given, of which there is none
    /// in fast mode.
    #[inline(always)]
    pub fn str(&mut self, text: &[u8]) -> Result<Option<u32>, ErrorKind> {
        self.item()?;
        self.w.new_str(text)
    }

    /// Writes a `bytes`, in protocol 3 or later.
    #[inline(always)]
    pub fn bytes(&mut self, bytes: &[u8]) -> Result<Option<u32>, ErrorKind> {
        self.item()?;
        self.w.bytes(bytes)?;
        self.w.memoize()
    }

    /// Writes an object that was written before: its memo index.
    #[inline(always)]
    pub fn get(&mut self, index: u32) -> Result<(), ErrorKind> {
        self.item()?;
        self.w.get(index);
        Ok(())
    }

    /// Writes an empty list, to be [filled](Self::fill_list).
    #[inline(always)]
    pub fn list(&mut self) -> Result<Option<u32>, ErrorKind> {
        self.item()?;
        self.w.empty(Op::EmptyList, Op::List);
        self.w.memoize()
    }

    /// Writes an empty dict, to be [filled](Self::fill_dict).
    #[inline(always)]
    pub fn dict(&mut self) -> Result<Option<u32>, ErrorKind> {
        self.item()?;
        self.w.empty(Op::EmptyDict, Op::Dict);
        self.w.memoize()
    }

    /// Begins the items of the list that was just written. They go in portions: [`more`](Self::more) opens the next one.
    #[inline(always)]
    pub fn fill_list(&mut self, items: usize) -> Filling {
        self.fill(Verb::Append, items)
    }

    /// Begins the keys and values of the dict that was just written.
    #[inline(always)]
    pub fn fill_dict(&mut self, pairs: usize) -> Filling {
        self.fill(Verb::SetItem, pairs)
    }

    #[inline(always)]
    fn fill(&mut self, verb: Verb, behind: usize) -> Filling {
        Filling {
            verb,
            behind,
            here: 0,
            before: None,
            marked: false,
            outer: self.left,
        }
    }

    /// Ends a portion, if there is one, and opens the next: there is [room](Self::left) for it, and all of it must be
    /// written. False if that was the last; then there is room again for what comes behind the container.
    #[inline(always)]
    pub fn more(&mut self, filling: &mut Filling) -> bool {
        let stride = usize::from(filling.verb.stride());
        if filling.marked {
            self.w.out.op(filling.verb.many());
            filling.before = Some(filling.here == filling.verb.full());
            // Mostly there is one, and it is not full.
            if filling.before == Some(false) && filling.behind == 0 {
                self.left = filling.outer;
                return false;
            }
        } else if filling.here > 0 {
            self.w.out.op(filling.verb.one());
        }
        let plan = self.w.plan(filling.verb, true, filling.before, filling.behind);
        filling.marked = plan == Plan::Many;
        filling.here = match plan {
            Plan::Done => {
                self.left = filling.outer;
                return false;
            }
            Plan::One => stride,
            Plan::Many => {
                self.w.out.op(Op::Mark);
                filling.verb.full().min(filling.behind * stride)
            }
        };
        filling.behind -= filling.here / stride;
        self.left = filling.here;
        true
    }

    /// Leaves a list or dict half full: one of its items, which was taken out, has to be handed out, and these are behind it.
    #[cold]
    pub fn wait_items(&mut self, filling: Filling, items: S::Items) {
        // Where something waits already, it was in an item that is counted.
        let left = self.left - usize::from(self.waiting.is_empty());
        let state = match filling.marked {
            true => State::Many((filling.here - left) as u16),
            false => State::One(left as u8),
        };
        self.left = filling.outer;
        let batch = Batch::halfway(filling.verb, items, filling.before, state);
        self.waiting.push(Task::Batch(batch));
    }

    /// Begins a tuple. One that is empty is done at once; one that can be in itself has to be looked for in the memo before
    /// it is [ended](Self::end_tuple).
    #[inline(always)]
    pub fn tuple(&mut self, len: usize) -> Result<Tupling, ErrorKind> {
        self.item()?;
        let marked = len > 0 && self.w.marks(len);
        if marked {
            self.w.out.op(Op::Mark);
        }
        let outer = std::mem::replace(&mut self.left, len);
        Ok(Tupling { len, marked, outer })
    }

    /// Ends a tuple.
    #[inline(always)]
    pub fn end_tuple(&mut self, tuple: Tupling) -> Result<Option<u32>, ErrorKind> {
        self.left = tuple.outer;
        if tuple.len == 0 {
            self.w.empty_tuple();
            return Ok(None);
        }
        self.w.tuple(tuple.len, tuple.marked);
        self.w.memoize()
    }

    /// The same where the tuple was written inside itself meanwhile: its items are thrown away, for the one with that memo
    /// index.
    #[cold]
    pub fn end_tuple_again(&mut self, tuple: Tupling, index: u32) {
        self.left = tuple.outer;
        self.w.drop_tuple(tuple.len, tuple.marked, index);
    }

    /// As [`wait_items`](Self::wait_items), for a tuple.
    #[cold]
    pub fn wait_tuple(&mut self, tuple: Tupling, id: S::Id, items: S::Items) {
        self.left = tuple.outer;
        let Tupling { len, marked, .. } = tuple;
        self.waiting.push(Task::Each(items));
        self.waiting.push(Task::Tuple { id, len, marked });
    }

    /// Writes an instance without arguments of a class that was written before, in protocol 2 or later.
    #[inline(always)]
    pub fn instance(&mut self, class: u32) -> Result<Option<u32>, ErrorKind> {
        self.get(class)?;
        self.w.out.boundary()?;
        self.w.empty_tuple();
        self.w.out.op(Op::NewObj);
        self.w.memoize()
    }

    /// The object that was written last becomes the state of the one before it.
    #[inline(always)]
    pub fn build(&mut self) {
        // It was no item.
        self.left = self.left.wrapping_add(1);
        self.w.out.op(Op::Build);
    }

    /// As [`wait_items`](Self::wait_items), for an instance whose state waits.
    #[cold]
    pub fn wait_state(&mut self) {
        self.left = self.left.wrapping_add(1);
        self.waiting.push(Task::Op(&Op::Build));
    }

    /// The object that is imported by module and name, the two strings written last, in protocol 4 or later.
    #[inline(always)]
    pub fn import(&mut self) -> Result<Option<u32>, ErrorKind> {
        self.left = self.left.wrapping_add(1);
        self.w.out.op(Op::StackGlobal);
        self.w.memoize()
    }

    /// Calls a setter with an object and its state, the three written last, and throws away what it answers: the object
    /// before them is left.
    #[inline(always)]
    pub fn set_state(&mut self) -> Result<(), ErrorKind> {
        self.left = self.left.wrapping_add(3);
        self.w.out.op(Op::Tuple2);
        self.w.out.op(Op::Reduce);
        self.w.out.op(Op::Pop);
        Ok(())
    }

    /// The object that a callable makes of a tuple, the two objects written last.
    #[inline(always)]
    pub fn reduce(&mut self) -> Result<Option<u32>, ErrorKind> {
        // The tuple was no item.
        self.left = self.left.wrapping_add(1);
        self.w.out.op(Op::Reduce);
        self.w.memoize()
    }

    /// The same where the object was made in its own arguments meanwhile: this second one is thrown away, for the one with that
    /// memo index.
    #[cold]
    pub fn reduce_again(&mut self, index: u32) {
        self.left = self.left.wrapping_add(1);
        self.w.out.op(Op::Reduce);
        self.w.out.op(Op::Pop);
        self.w.get(index);
    }
}
