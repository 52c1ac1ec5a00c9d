//! Items into containers, in batches of at most 1000.
//!
//! CPython has two ways to cut batches. Items of an exact list, dict or set go in batches of up to 1000, and up to 3.14
//! the last of them may hold one item, or none when the number of items of a dict or set is a multiple of 1000. Items
//! from an iterator (the fourth and fifth element of a reduce value) are looked at one ahead: one left goes alone, and
//! nothing left ends it. From 3.15 on all go that way.

use super::{Emitter, Source, Task};
use crate::{opcode::Op, settings::Python};

/// CPython's `BATCHSIZE`: how many items lie on the unpickler's stack at one time.
const BATCH_SIZE: usize = 1000;

/// What is done with the items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Append,
    SetItem,
    Add,
}

impl Verb {
    /// References per item.
    fn stride(self) -> usize {
        if self == Verb::SetItem { 2 } else { 1 }
    }

    fn one(self) -> Op<'static> {
        match self {
            Verb::Append => Op::Append,
            Verb::SetItem => Op::SetItem,
            // There is no opcode to add one item.
            Verb::Add => Op::AddItems,
        }
    }

    fn many(self) -> Op<'static> {
        match self {
            Verb::Append => Op::Appends,
            Verb::SetItem => Op::SetItems,
            Verb::Add => Op::AddItems,
        }
    }
}

/// Where the batch under way stands.
#[derive(Debug, Clone, Copy)]
enum State {
    /// Nothing is open.
    Between,
    /// One item without a mark: so many references are still to come.
    One(usize),
    /// After a mark: so many references are written.
    Many(usize),
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

    /// Items from an iterator.
    pub(super) fn iterated(verb: Verb, items: Items) -> Self {
        Batch {
            exact: false,
            ..Batch::exact(verb, items)
        }
    }
}

impl<S: Source> Emitter<'_, S> {
    /// Writes items until one of them has to wait on the stack of tasks, then waits below it; false if so.
    pub(super) fn batch(&mut self, mut batch: Batch<S::Items>) -> Result<bool, S::Error> {
        let stride = batch.verb.stride();
        loop {
            batch.state = match batch.state {
                State::Between => match self.next_batch(&mut batch)? {
                    Some(state) => state,
                    None => return Ok(true),
                },
                State::One(0) => {
                    self.out.op(batch.verb.one());
                    State::Between
                }
                State::One(left) => match self.source.next(&mut batch.items)? {
                    Some(id) => {
                        batch.state = State::One(left - 1);
                        let above = self.tasks.len();
                        if !self.save(id, true)? {
                            self.tasks.insert(above, Task::Batch(batch));
                            return Ok(false);
                        }
                        batch.state
                    }
                    None => return Ok(true),
                },
                State::Many(mut written) => {
                    while written < BATCH_SIZE * stride
                        && let Some(id) = self.source.next(&mut batch.items)?
                    {
                        written += 1;
                        let above = self.tasks.len();
                        if !self.save(id, true)? {
                            batch.state = State::Many(written);
                            self.tasks.insert(above, Task::Batch(batch));
                            return Ok(false);
                        }
                    }
                    self.out.op(batch.verb.many());
                    batch.before = Some(written == BATCH_SIZE * stride);
                    State::Between
                }
            };
        }
    }

    /// Decides how the next items are written, and opens that.
    fn next_batch(&mut self, batch: &mut Batch<S::Items>) -> Result<Option<State>, S::Error> {
        let stride = batch.verb.stride();
        let left = self.source.left(&mut batch.items)? / stride;
        let cut_exactly = batch.exact && self.settings.python < Python::FULL_BATCHES;
        let verb = batch.verb;
        let alone = match (left, batch.before) {
            _ if self.settings.protocol == 0 && verb != Verb::Add => {
                if left == 0 {
                    return Ok(None);
                }
                true
            }
            // Dicts and sets end only after a batch that was not full, so theirs may be empty.
            (0, Some(true)) if cut_exactly && verb != Verb::Append => false,
            (0, _) => return Ok(None),
            (1, None) if cut_exactly => verb != Verb::Add,
            (1, Some(_)) if cut_exactly => false,
            (1, _) => verb != Verb::Add,
            _ => false,
        };
        // A dict or set whose last batch was not full is done, even if it has grown meanwhile.
        if cut_exactly && batch.before == Some(false) && verb != Verb::Append {
            return Ok(None);
        }
        if alone {
            return Ok(Some(State::One(stride)));
        }
        self.out.op(Op::Mark);
        Ok(Some(State::Many(0)))
    }
}
