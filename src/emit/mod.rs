//! Objects → opcodes, with the very bytes of CPython's C pickler.
//!
//! One emitter for every [`Source`]. It owns the choice of opcodes, the memo's numbers, batches, frames and the order of
//! things; depth is memory only, on a stack of tasks of its own.

mod atoms;
mod batch;
mod global;
mod numbers;
mod open;
mod out;
mod run;
mod save;
mod singles;
mod source;
mod writer;

pub use numbers::Number;
pub use open::Open;
pub use run::{Filling, Run, Tupling};
pub use source::{Head, Nested, ReduceOf, Source, Spell, StepOf, View, ViewOf};

use crate::{opcode::Op, settings::Python};
use batch::Batch;
pub(crate) use singles::{SINGLES, single_bytes, single_str};
use std::io::Write;
use writer::Writer;
pub(crate) use writer::Writer as Lower;
#[cfg(feature = "serde")]
pub(crate) use {
    batch::{BATCH_SIZE, Verb},
    writer::Plan,
};

/// What is still to be done, the next on top. Small, because each level of a deep object waits as one or two of these.
enum Task<S: Source + ?Sized> {
    /// Write an object.
    Save(S::Id),
    /// Write a persistent id.
    SavePid(S::Id),
    /// Write each of these.
    Each(S::Items),
    /// Write items into the container that lies on the stack.
    Batch(Batch<S::Items>),
    /// A persistent id is written.
    Persistent,
    /// Write an opcode.
    Op(&'static Op<'static>),
    /// Write a GLOBAL with these names.
    Global(Box<(Vec<u8>, Vec<u8>)>),
    /// The items of a tuple are written: `len` of them, after a mark or not.
    Tuple { id: S::Id, len: usize, marked: bool },
    /// The items of a frozenset are written.
    FrozenSet(S::Id),
    /// Function and arguments are written.
    Called {
        id: S::Id,
        op: &'static Op<'static>,
        steps: S::Steps,
        dropped: bool,
    },
    /// The class of an instance is written.
    Instance { id: S::Id, state: Option<S::Id> },
    /// What is done to an object.
    Steps { id: S::Id, steps: S::Steps },
    /// Give the object on the stack its memo index.
    Memoize(S::Id),
    /// Fast mode: an object has been written.
    Leave(S::Id),
}

/// How the emitter writes.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// The protocol, 0 to 5.
    pub protocol: u8,
    /// The CPython whose bytes are written, where they differ.
    pub python: Python,
    /// Whether names are mapped to Python 2 below protocol 3.
    pub fix_imports: bool,
    /// Whether to write without a memo.
    pub fast: bool,
    /// Decimal digits an int may have where it is written as text.
    pub digits: usize,
    /// Calls that may be under way at one time, one in the arguments or the state of the other. A live object whose
    /// reducer makes another of its kind each time never ends; a graph does.
    pub calls: usize,
    /// Persistent ids that may be under way at one time, one in the other. A hook that gives each persistent id's parts
    /// another never ends; a graph does.
    pub pids: usize,
}

/// Writes objects of a source as pickles, one after the other with one memo, like a `Pickler`.
pub struct Emitter<'w, S: Source> {
    source: S,
    w: Writer<&'w mut dyn Write>,
    tasks: Vec<Task<S>>,
    /// What a run left half done, the innermost first.
    waiting: Vec<Task<S>>,
    /// Containers whose items are being written on Rust's stack.
    nested: usize,
    /// Calls under way.
    calls: usize,
    /// Persistent ids under way.
    pids: usize,
}

impl<'w, S: Source> Emitter<'w, S> {
    /// Writes into memory, or into `sink` as frames are finished.
    pub fn new(source: S, settings: Settings, sink: Option<&'w mut dyn Write>) -> Self {
        Emitter {
            source,
            w: Writer::new(settings, sink),
            tasks: Vec::new(),
            waiting: Vec::new(),
            nested: 0,
            calls: 0,
            pids: 0,
        }
    }

    /// Bounds how many bytes are written in all; `output` is what the limit of that name is set to.
    pub(crate) fn bound(&mut self, most: u64, output: u64) {
        self.w.out.bound(most, output);
    }

    /// The source, for instance to read its memo.
    pub fn source(&mut self) -> &mut S {
        &mut self.source
    }

    /// Writes into this buffer, which may have been used before and saves making one.
    pub fn reuse(&mut self, mut buffer: Vec<u8>) {
        buffer.clear();
        self.w.out.bytes = buffer;
    }

    /// Goes on with a memo that the source already has: the next index is `len`.
    pub fn continue_memo(&mut self, len: u32) {
        self.w.continue_memo(len);
    }

    /// What was written so far and not handed to a sink.
    pub fn into_bytes(self) -> Vec<u8> {
        self.w.out.bytes
    }

    /// Writes one object as a pickle.
    pub fn dump(&mut self, root: S::Id) -> Result<(), S::Error> {
        self.tasks.clear();
        self.waiting.clear();
        self.nested = 0;
        self.calls = 0;
        self.pids = 0;
        self.w.start();
        match self.source.prelude() {
            Some(prelude) => {
                self.tasks.push(Task::Save(root));
                self.tasks.push(Task::Op(&Op::Pop));
                self.tasks.push(Task::Save(prelude));
            }
            None => {
                let mut run = Run::new(&mut self.w, &mut self.waiting, 1);
                if let Some(id) = self.source.whole(&root, &mut run)? {
                    self.tasks.extend(self.waiting.drain(..).rev());
                    self.tasks.push(Task::Save(id));
                }
            }
        }
        while let Some(task) = self.tasks.pop() {
            self.run(task)?;
        }
        Ok(self.w.finish()?)
    }

    #[cfg(test)]
    pub(crate) const TASK_SIZE: usize = size_of::<Task<S>>();

    fn run(&mut self, task: Task<S>) -> Result<(), S::Error> {
        match task {
            Task::Save(id) => self.save(id, true).map(|_| ()),
            Task::SavePid(id) => self.save(id, false).map(|_| ()),
            Task::Each(items) => self.each(items).map(|_| ()),
            Task::Batch(batch) => self.batch(batch).map(|_| ()),
            Task::Op(op) => {
                self.w.out.op(*op);
                Ok(())
            }
            Task::Persistent => {
                self.pids -= 1;
                self.w.out.op(Op::BinPersId);
                Ok(())
            }
            Task::Global(names) => {
                self.w.out.op(Op::Global((&names.0, &names.1)));
                Ok(())
            }
            Task::Tuple { id, len, marked } => self.tuple_done(id, len, marked),
            Task::FrozenSet(id) => match self.source.memo_get_again(&id) {
                Some(index) => {
                    self.w.out.op(Op::PopMark);
                    self.w.get(index);
                    Ok(())
                }
                None => {
                    self.w.out.op(Op::FrozenSet);
                    self.memoize(&id)
                }
            },
            Task::Called { id, op, steps, dropped } => {
                self.w.out.op(*op);
                // The object was made inside its own arguments: this second one is thrown away.
                if let Some(index) = self.source.memo_get_again(&id) {
                    self.calls -= 1;
                    self.w.out.op(Op::Pop);
                    self.w.get(index);
                    return Ok(());
                }
                if dropped {
                    self.calls -= 1;
                    self.w.out.op(Op::Pop);
                    self.tasks.push(Task::Save(id));
                    return Ok(());
                }
                self.memoize(&id)?;
                self.steps(id, steps)
            }
            Task::Instance { id, state } => {
                self.w.out.boundary()?;
                self.w.empty_tuple();
                self.w.out.op(Op::NewObj);
                // The class was written by value, and the object with it.
                if let Some(index) = self.source.memo_get_again(&id) {
                    self.w.out.op(Op::Pop);
                    self.w.get(index);
                    return Ok(());
                }
                self.memoize(&id)?;
                self.state(state).map(|_| ())
            }
            Task::Steps { id, steps } => self.steps(id, steps),
            Task::Memoize(id) => self.memoize(&id),
            Task::Leave(id) => {
                self.source.leave(&id);
                Ok(())
            }
        }
    }

    #[inline(always)]
    fn memoize(&mut self, id: &S::Id) -> Result<(), S::Error> {
        if let Some(index) = self.w.memoize()? {
            self.source.memo_put(id, index);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::{Graph, GraphSource};

    #[test]
    fn tasks_are_small() {
        assert_eq!(Emitter::<GraphSource<'_, '_, &Graph<'_>>>::TASK_SIZE, 24);
    }
}
