//! What an emitter is in the middle of: where in the objects it was when one of them could not be written.

use super::{Emitter, Source, Task};
use crate::opcode::Op;

/// An object of which a part is being written, and which part.
#[derive(Debug)]
pub enum Open<'e, Id, Items> {
    /// These items; the one handed out last is being written.
    Items(&'e Items),
    /// The last item of this tuple or frozenset.
    Last(&'e Id),
    /// The class of this instance.
    Class(&'e Id),
    /// What is called to make this object.
    Callable(&'e Id),
    /// The tuple of arguments that this object is made with.
    Arguments(&'e Id),
    /// The dict of keyword arguments that this object is made with.
    Keywords(&'e Id),
    /// The state of an object. That of a plain instance does not say of which.
    State(Option<&'e Id>),
    /// The function that gives this object its state.
    Setter(&'e Id),
    /// A call made when this object is there.
    Aside(&'e Id),
    /// A persistent id.
    Persistent,
}

impl<S: Source> Emitter<'_, S> {
    /// What is under way, the outermost first: after a failed [`dump`](Emitter::dump), the way to the object that could
    /// not be written. The next dump begins anew.
    pub fn open(&self) -> impl Iterator<Item = Open<'_, S::Id, S::Items>> {
        let tasks = &self.tasks;
        tasks.iter().enumerate().filter_map(move |(at, task)| {
            let op = |at: usize| match tasks.get(at) {
                Some(Task::Op(op)) => Some(*op),
                _ => None,
            };
            // Parts of an object that still wait lie directly above it.
            let waiting = |above: usize| {
                let parts = tasks.iter().skip(above);
                parts.take_while(|task| matches!(task, Task::Save(_))).count()
            };
            Some(match task {
                Task::Each(items) => Open::Items(items),
                Task::Batch(batch) => Open::Items(batch.items()),
                Task::Tuple { id, .. } | Task::FrozenSet(id) => match tasks.get(at + 1) {
                    Some(Task::Each(_)) => return None,
                    _ => Open::Last(id),
                },
                Task::Called { id, op, .. } => match (op, waiting(at + 1)) {
                    (Op::NewObjEx, 0) => Open::Keywords(id),
                    (Op::NewObjEx, 1) | (_, 0) => Open::Arguments(id),
                    (Op::Reduce, _) => Open::Callable(id),
                    _ => Open::Class(id),
                },
                Task::Instance { id, .. } => Open::Class(id),
                Task::Op(Op::Build) => match at.checked_sub(1).map(|below| &tasks[below]) {
                    Some(Task::Steps { id, .. }) => Open::State(Some(id)),
                    _ => Open::State(None),
                },
                Task::Steps { id, .. } if matches!(op(at + 1), Some(Op::Pop)) => {
                    let is_setter =
                        matches!(op(at + 3), Some(Op::Tuple2)) && !matches!(tasks.get(at + 4), Some(Task::Each(_)));
                    match waiting(at + 4) {
                        0 if is_setter => Open::State(Some(id)),
                        1 if is_setter => return None,
                        2 if is_setter => Open::Setter(id),
                        _ => Open::Aside(id),
                    }
                }
                Task::Persistent => Open::Persistent,
                _ => return None,
            })
        })
    }
}
