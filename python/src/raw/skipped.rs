//! Objects that have a memo index and are not in the memo.
//!
//! An object with a single owner can be met only once, through that owner, as long as no Python code runs: so nobody will
//! ask for its index, and the memo, which is most of the work of pickling plain data, need not know it. Before anybody
//! else's code runs, which could give it a second owner, or take it from its first, all of them go into the memo.

use pyo3::{PyAny, ffi, prelude::*};

/// Objects and their indices. None of them is held: their owners are.
#[derive(Debug, Default)]
pub struct Skipped(Vec<(*mut ffi::PyObject, u32)>);

impl Skipped {
    /// Notes an object that has one owner.
    ///
    /// Whoever calls it calls [`take`](Self::take), or never will, before any Python code can run, and until then takes no
    /// reference away but its own.
    #[inline(always)]
    pub fn push(&mut self, object: &Bound<'_, PyAny>, index: u32) {
        self.0.push((object.as_ptr(), index));
    }

    /// All of them, from now on held.
    pub fn take<'py>(&mut self, py: Python<'py>) -> impl Iterator<Item = (Bound<'py, PyAny>, u32)> {
        let taken = std::mem::take(&mut self.0);
        // SAFETY: no Python code has run since the object was noted, so that its owner still has it.
        taken
            .into_iter()
            .map(move |(object, index)| (unsafe { Bound::from_borrowed_ptr(py, object) }, index))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
