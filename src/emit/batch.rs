//! Items into containers, in batches of at most 1000.
//!
//! CPython has two ways to cut batches. Items of an exact list, dict or set go in batches of up to 1000, and up to 3.14
//! the last of them may hold one item, or none when the number of items of a dict or set is a multiple of 1000. Items
//! from an iterator (the fourth and fifth element of a reduce value) are looked at one ahead: one left goes alone, and
//! nothing left ends it. From 3.15 on all go that way.

use super::{Emitter, Head, Source, Task, writer::Plan};
use crate::{error::ErrorKind, opcode::Op};

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
    fn stride(self) -> u8 {
        if self == Verb::SetItem { 2 } else { 1 }
    }

    pub(crate) fn one(self) -> Op<'static> {
        match self {
            Verb::Append => Op::Append,
            Verb::SetItem => Op::SetItem,
            // There is no opcode to add one item.
            Verb::Add => Op::AddItems,
        }
    }

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
enum State {
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
        let full = BATCH_SIZE * usize::from(batch.verb.stride());
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
                State::One(left) => match self.source.next(&mut batch.items)? {
                    Some(id) => {
                        batch.state = State::One(left - 1);
                        let above = self.tasks.len();
                        let saved = self.save(id, true);
                        if !matches!(saved, Ok(true)) {
                            self.tasks.insert(above, Task::Batch(batch));
                            return saved;
                        }
                        batch.state
                    }
                    None => return Ok(true),
                },
                State::Many(mut written) => {
                    // Where one is not an atom, the others are mostly none, either.
                    let mut run = batch.verb == Verb::Append;
                    while usize::from(written) < full {
                        if run {
                            let count = self.atoms(&mut batch.items, full - usize::from(written))?;
                            written += count as u16;
                            run = count > 0;
                            if run {
                                continue;
                            }
                        }
                        let Some(id) = self.source.next(&mut batch.items)? else {
                            break;
                        };
                        written += 1;
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

    /// Writes a run of atoms; how many there were.
    fn atoms(&mut self, items: &mut S::Items, most: usize) -> Result<usize, S::Error> {
        let mut atoms = std::mem::take(&mut self.atoms);
        atoms.clear();
        let outcome = self.source.atoms(items, most, &mut atoms);
        for atom in &atoms {
            self.w.out.boundary()?;
            match atom {
                Head::Int(value) => self.w.int(*value),
                Head::Float(value) => self.w.float(*value),
                Head::None => self.w.out.op(Op::None),
                Head::Bool(value) => self.w.bool(*value),
                Head::Persistent(_) | Head::Object => {
                    return Err(ErrorKind::Unwritable("a source takes an object for a number").into());
                }
            }
        }
        let count = atoms.len();
        self.atoms = atoms;
        outcome.map(|()| count)
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
