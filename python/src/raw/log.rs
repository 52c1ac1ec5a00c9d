//! The objects that have a memo index, in order.
//!
//! An object with a single owner can be met only once, through that owner, as long as no Python code runs: so nobody will
//! ask for its index, and the memo's table, which is most of the work of pickling plain data, need not know it. Nor can an
//! object go away as long as no Python code runs, so that it need not be held. Before anybody else's code runs, all of them
//! are held and go into the table.

use pyo3::{PyAny, PyTraverseError, PyVisit, ffi, prelude::*};
use std::mem::ManuallyDrop;

/// Objects, each held or not. Addresses of objects are even numbers three times over, so that there is room for notes.
#[derive(Debug, Default)]
pub struct Log {
    entries: Vec<usize>,
    /// How many of them are held.
    held: usize,
    /// Up to here all is held and known to the table.
    settled: usize,
}

/// We have a reference.
const HELD: usize = 1;
/// The table does not know it.
const ASIDE: usize = 2;
const NOTES: usize = HELD | ASIDE;

impl Log {
    /// How many objects there are.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Notes an object and holds it.
    #[inline(always)]
    pub fn hold(&mut self, object: &Bound<'_, PyAny>) {
        self.entries.push(object.clone().into_ptr() as usize | HELD);
        self.held += 1;
    }

    /// Notes an object and does not hold it; `aside` if the table does not know it.
    ///
    /// Whoever calls it calls [`settle`](Self::settle) before any Python code can run, or [`clear`](Self::clear), and until
    /// then gives no reference back that was not its own.
    #[inline(always)]
    pub fn lend(&mut self, object: Borrowed<'_, '_, PyAny>, aside: bool) {
        self.entries
            .push(object.as_ptr() as usize | if aside { ASIDE } else { 0 });
    }

    /// Notes that something has an index that nobody will meet again.
    #[inline(always)]
    pub fn nothing(&mut self) {
        self.entries.push(0);
    }

    /// Holds what is not held, and hands out what the table does not know, each with its place.
    pub fn settle(&mut self, py: Python<'_>, mut unknown: impl FnMut(usize, usize)) {
        let from = std::mem::replace(&mut self.settled, self.entries.len());
        for (place, entry) in self.entries.iter_mut().enumerate().skip(from) {
            if *entry & HELD != 0 || *entry == 0 {
                continue;
            }
            let address = *entry & !NOTES;
            // SAFETY: no Python code has run since the object was noted, so that its owners still have it.
            std::mem::forget(unsafe { Bound::from_borrowed_ptr(py, address as *mut ffi::PyObject) });
            self.held += 1;
            if *entry & ASIDE != 0 {
                unknown(address, place);
            }
            *entry = address | HELD;
        }
    }

    /// The objects that are held.
    pub fn held<'s, 'py: 's>(&'s self, py: Python<'py>) -> impl Iterator<Item = Bound<'py, PyAny>> + 's {
        let held = self.entries.iter().filter(|entry| **entry & HELD != 0);
        // SAFETY: we have a reference to each.
        held.map(move |entry| unsafe { Bound::from_borrowed_ptr(py, (entry & !NOTES) as *mut ffi::PyObject) })
    }

    /// For the garbage collector.
    pub fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        for entry in self.entries.iter().filter(|entry| **entry & HELD != 0) {
            // SAFETY: we have a reference, which stays ours; the collector runs under the GIL.
            let object = unsafe {
                let py = Python::assume_attached();
                ManuallyDrop::new(Bound::from_owned_ptr(py, (entry & !NOTES) as *mut ffi::PyObject).unbind())
            };
            visit.call(&*object)?;
        }
        Ok(())
    }

    /// Forgets all of them, and keeps room for `most` at most.
    #[inline]
    pub fn clear(&mut self, most: usize) {
        if self.held > 0 {
            self.release();
        }
        self.settled = 0;
        self.entries.clear();
        if self.entries.capacity() > most {
            self.entries.shrink_to(most);
        }
    }

    fn release(&mut self) {
        self.held = 0;
        // What goes may have a finalizer, which must not find a log that says we have it still.
        let mut entries = std::mem::take(&mut self.entries);
        for entry in entries.drain(..) {
            if entry & HELD != 0 {
                // SAFETY: our reference, given back once.
                drop(unsafe {
                    let py = Python::assume_attached();
                    Bound::from_owned_ptr(py, (entry & !NOTES) as *mut ffi::PyObject)
                });
            }
        }
        // The room is worth keeping.
        if self.entries.is_empty() {
            self.entries = entries;
        }
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        if self.held > 0 {
            self.release();
        }
    }
}
