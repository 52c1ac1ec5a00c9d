//! Strings by value.

use pyo3::{PyAny, ffi, prelude::*};
use std::ptr;

/// Strings of which each equal one is the same as the one that came first.
#[derive(Debug, Default)]
pub struct Strings {
    /// Hash and place in `held`, counted from 1: open addresses.
    table: Box<[(isize, usize)]>,
    held: Vec<Py<PyAny>>,
}

/// Entries of the smallest table.
const SMALLEST: usize = 128;
/// The largest table that is kept for the next pickle.
const KEPT: usize = 512;

impl Strings {
    /// The one of all equal strings that was met first. `text` is an exact `str`.
    #[inline(always)]
    pub fn first<'s, 'py>(&'s mut self, text: &Bound<'py, PyAny>) -> Option<&'s Bound<'py, PyAny>> {
        // SAFETY: an exact `str`, whose hash lies in it once it has been asked for.
        let mut hash = unsafe { (*text.as_ptr().cast::<ffi::PyASCIIObject>()).hash };
        if hash == -1 {
            // SAFETY: a live object; of a `str` there is no exception.
            hash = unsafe { ffi::PyObject_Hash(text.as_ptr()) };
        }
        if self.held.len() * 2 >= self.table.len() {
            self.grow();
        }
        let mask = self.table.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            match self.table[at] {
                (_, 0) => {
                    self.held.push(text.clone().unbind());
                    self.table[at] = (hash, self.held.len());
                    return self.held.last().map(|one| one.bind(text.py()));
                }
                (found, place) if found == hash => {
                    let one = &self.held[place - 1];
                    if one.is(text) || is_equal(one.as_ptr(), text.as_ptr()) {
                        return self.held.get(place - 1).map(|one| one.bind(text.py()));
                    }
                }
                _ => {}
            }
            at = (at + 1) & mask;
        }
    }

    #[cold]
    fn grow(&mut self) {
        let room = (self.table.len() * 4).max(SMALLEST);
        let old = std::mem::replace(&mut self.table, vec![(0, 0); room].into());
        for (hash, place) in old {
            if place != 0 {
                let mut at = hash as usize & (room - 1);
                while self.table[at].1 != 0 {
                    at = (at + 1) & (room - 1);
                }
                self.table[at] = (hash, place);
            }
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// Forgets all, and keeps what room is worth it; false if nothing is worth it.
    pub fn reset(&mut self, py: Python<'_>) -> bool {
        let worth = (1..=KEPT).contains(&self.table.len());
        if worth {
            self.table.fill((0, 0));
        } else {
            self.table = Box::default();
        }
        for text in self.held.drain(..) {
            drop(text.into_bound(py));
        }
        worth
    }
}

/// Whether two `str` objects have the same characters.
#[inline(always)]
fn is_equal(one: *mut ffi::PyObject, other: *mut ffi::PyObject) -> bool {
    // SAFETY: live `str` objects, for which there is no exception.
    unsafe { ptr::eq(one, other) || ffi::PyUnicode_Compare(one, other) == 0 }
}
