//! Items into containers, in batches of at most 1000.
//!
//! CPython has two ways to cut batches. Items of an exact list, dict or set go in batches of up to 1000, and up to 3.14
//! the last of them may hold one item, or none when the number of items of a dict or set is a multiple of 1000. Items
//! from an iterator (the fourth and fifth element of a reduce value) are looked at one ahead: one left goes alone, and
//! nothing left ends it. From 3.15 on all go that way.

use super::{Emitter, Run, Source, Task, writer::Plan};
use crate::opcode::Op;

/// CPython's `BATCHSIZE`: how many items lie on the unpickler's stack at one time.
pub(crate) const BATCH_SIZE: usize = 1000;

/// What is done with the items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Append,
    SetItem,
    Add,
}

impl Verb {
    /// References per item.
    #[inline(always)]
    pub(super) fn stride(self) -> u8 {
        if self == Verb::SetItem { 2 } else { 1 }
    }

    /// References in a full batch.
    #[inline(always)]
    pub(super) fn full(self) -> usize {
        BATCH_SIZE * usize::from(self.stride())
    }

    #[inline(always)]
    pub(crate) fn one(self) -> Op<'static> {
        match self {
            Verb::Append => Op::Append,
            Verb::SetItem => Op::SetItem,
            // There is no opcode to add one item.
            Verb::Add => Op::AddItems,
        }
    }

    #[inline(always)]
    pub(crate) fn many(self) -> Op<'static> {
        match self {
            Verb::Append => Op::Appends,
            Verb::SetItem => Op::SetItems,
            Verb::Add => Op::AddItems,
        }
    }
}

/// Where the batch under way stands.
#[derive(Debug, Clone, Copy)]
pub(super) enum State {
    /// Nothing is open.
    Between,
    /// One item without a mark: so many references are still to come.
    One(u8),
    /// After a mark: so many references are written.
    Many(u16),
}

/// Items on their way into the container on the stack.
#[derive(Debug)]
pub(super) struct Batch<Items> {
    verb: Verb,
    items: Items,
    exact: bool,
    /// Whether a batch has been written, and whether it was full.
    before: Option<bool>,
    state: State,
}

impl<Items> Batch<Items> {
    /// The items of an exact list, dict or set.
    pub(super) fn exact(verb: Verb, items: Items) -> Self {
        Batch {
            verb,
            items,
            exact: true,
            before: None,
            state: State::Between,
        }
    }

    /// The items of an exact list or dict that are left.
    pub(super) fn halfway(verb: Verb, items: Items, before: Option<bool>, state: State) -> Self {
        Batch {
            before,
            state,
            ..Batch::exact(verb, items)
        }
    }

    /// Items from an iterator.
    pub(super) fn iterated(verb: Verb, items: Items) -> Self {
        Batch {
            exact: false,
            ..Batch::exact(verb, items)
        }
    }

    /// The items that are not written yet.
    pub(super) fn items(&self) -> &Items {
        &self.items
    }
}

impl<S: Source> Emitter<'_, S> {
    /// Writes items until one of them has to wait on the stack of tasks, then waits below it; false if so.
    pub(super) fn batch(&mut self, mut batch: Batch<S::Items>) -> Result<bool, S::Error> {
        let full = batch.verb.full();
        loop {
            batch.state = match batch.state {
                State::Between => match self.next_batch(&mut batch)? {
                    Some(state) => state,
                    None => return Ok(true),
                },
                State::One(0) => {
                    self.w.out.op(batch.verb.one());
                    State::Between
                }
                State::One(left) => {
                    let (count, id) = self.run_of(&mut batch.items, left.into())?;
                    let left = left - count as u8;
                    match id {
                        Some(id) => {
                            batch.state = State::One(left);
                            if !self.waiting.is_empty() {
                                return Ok(self.wait(Task::Batch(batch), id));
                            }
                            let above = self.tasks.len();
                            let saved = self.save(id, true);
                            if !matches!(saved, Ok(true)) {
                                self.tasks.insert(above, Task::Batch(batch));
                                return saved;
                            }
                            batch.state
                        }
                        None if left == 0 => State::One(0),
                        None => return Ok(true),
                    }
                }
                State::Many(mut written) => {
                    loop {
                        let (count, id) = self.run_of(&mut batch.items, full - usize::from(written))?;
                        written += count as u16;
                        let Some(id) = id else {
                            break;
                        };
                        if !self.waiting.is_empty() {
                            batch.state = State::Many(written);
                            return Ok(self.wait(Task::Batch(batch), id));
                        }
                        let above = self.tasks.len();
                        let saved = self.save(id, true);
                        if !matches!(saved, Ok(true)) {
                            batch.state = State::Many(written);
                            self.tasks.insert(above, Task::Batch(batch));
                            return saved;
                        }
                    }
                    self.w.out.op(batch.verb.many());
                    batch.before = Some(usize::from(written) == full);
                    State::Between
                }
            };
        }
    }

    /// Lets the source write a run of items, `most` at most: how many there were, with the item that it stopped at.
    #[inline(always)]
    pub(super) fn run_of(&mut self, items: &mut S::Items, most: usize) -> Result<(usize, Option<S::Id>), S::Error> {
        let mut run = Run::new(&mut self.w, &mut self.waiting, most);
        let id = self.source.run(items, &mut run)?;
        let written = most.wrapping_sub(run.left());
        // What waits is in an item that has begun, and is counted.
        let stopped = usize::from(id.is_some() && self.waiting.is_empty());
        Ok((written + stopped, id))
    }

    /// Puts what a run left half done on the stack of tasks, and on top of it the object that it stopped at; false.
    #[cold]
    #[inline(never)]
    pub(super) fn wait(&mut self, outermost: Task<S>, id: S::Id) -> bool {
        self.tasks.push(outermost);
        self.tasks.extend(self.waiting.drain(..).rev());
        self.tasks.push(Task::Save(id));
        false
    }

    /// Decides how the next items are written, and opens that.
    fn next_batch(&mut self, batch: &mut Batch<S::Items>) -> Result<Option<State>, S::Error> {
        let stride = batch.verb.stride();
        let left = self.source.left(&mut batch.items)? / usize::from(stride);
        let plan = self.w.plan(batch.verb, batch.exact, batch.before, left);
        Ok(match plan {
            Plan::Done => None,
            Plan::One => Some(State::One(stride)),
            Plan::Many => {
                self.w.out.op(Op::Mark);
                Some(State::Many(0))
            }
        })
    }
}
