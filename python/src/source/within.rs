//! What a source that shows another's objects in its own way asks of it.

use super::{Hooks, Id, LiveSource, LiveView, Memo};
use crate::{fault::Fault, world::World};
use pyo3::prelude::*;

/// A source with a memo that is kept for the next pickle.
pub trait Remembers {
    /// The memo, which is empty then.
    fn take_memo(&mut self) -> Memo;
}

impl Remembers for LiveSource<'_> {
    fn take_memo(&mut self) -> Memo {
        std::mem::take(&mut self.memo)
    }
}

impl<'py> LiveSource<'py> {
    /// Python.
    pub fn py(&self) -> Python<'py> {
        self.py
    }

    /// The memo.
    pub fn memo(&mut self) -> &mut Memo {
        &mut self.memo
    }

    /// What the pickler and its class have to say.
    pub fn hooks(&self) -> &Hooks<'py> {
        &self.hooks
    }

    /// A source for another pickle, with an empty memo and without a callback for buffers.
    pub fn another(&self, hooks: Hooks<'py>, protocol: u8) -> PyResult<LiveSource<'py>> {
        let world = World::get(self.py)?;
        Ok(LiveSource::new(self.py, world, protocol, None, hooks, Memo::default()))
    }

    /// Whether an object is a `PickleBuffer`.
    pub fn is_buffer(&self, id: &Id<'py>) -> bool {
        id.get_type().is(self.world.pickle_buffer.bind(self.py))
    }

    /// An object that is none of the built-in containers, strings and numbers.
    pub fn explained<'s>(&mut self, id: &Id<'py>) -> Result<LiveView<'s, 'py>, Fault> {
        let class = id.get_type();
        self.outside(|source| source.reduced(id, &class))
    }
}
