//! Strings by value.

use pyo3::{PyAny, ffi, prelude::*};
use std::ptr;

/// Strings of which each equal one is the same as the one that came first, and their memo indices.
#[derive(Debug, Default)]
pub struct Strings {
    /// Hash, place in `held`, and the number of the pickle that it is of: open addresses. So that nothing has to be wiped
    /// between two pickles, slots of another number are free.
    table: Box<[(isize, u32, u32)]>,
    now: u32,
    held: Vec<(Py<PyAny>, u32)>,
}

/// Entries of the smallest table.
const SMALLEST: usize = 256;
/// The largest table that is kept for the next pickle.
const KEPT: usize = 4096;
/// No memo index.
const NONE: u32 = u32::MAX;

impl Strings {
    /// The place of all strings that equal this one, an exact `str`.
    #[inline(always)]
    pub fn place(&mut self, text: &Bound<'_, PyAny>) -> usize {
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
            let (found, place, of) = self.table[at];
            let place = place as usize;
            if of != self.now {
                let place = self.held.len();
                self.table[at] = (hash, place as u32, self.now);
                self.held.push((text.clone().unbind(), NONE));
                return place;
            }
            if found == hash && is_equal(&self.held[place].0, text) {
                return place;
            }
            at = (at + 1) & mask;
        }
    }

    /// The string that came first.
    #[inline(always)]
    pub fn first<'s, 'py>(&'s self, place: usize, py: Python<'py>) -> &'s Bound<'py, PyAny> {
        self.held[place].0.bind(py)
    }

    /// The memo index of the strings at a place.
    #[inline(always)]
    pub fn index(&self, place: usize) -> Option<u32> {
        Some(self.held[place].1).filter(|index| *index != NONE)
    }

    /// Gives the strings at a place their memo index.
    #[inline(always)]
    pub fn set_index(&mut self, place: usize, index: u32) {
        self.held[place].1 = index;
    }

    #[cold]
    fn grow(&mut self) {
        let room = (self.table.len() * 4).max(SMALLEST);
        let old = std::mem::replace(&mut self.table, vec![(0, 0, 0); room].into());
        let before = std::mem::replace(&mut self.now, 1);
        for (hash, place, of) in old {
            if of == before {
                let mut at = hash as usize & (room - 1);
                while self.table[at].2 != 0 {
                    at = (at + 1) & (room - 1);
                }
                self.table[at] = (hash, place, 1);
            }
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// Forgets all, and keeps what room is worth it; false if nothing is worth it.
    pub fn reset(&mut self, py: Python<'_>) -> bool {
        let worth = (1..=KEPT).contains(&self.table.len()) && self.now < u32::MAX;
        if worth {
            self.now += 1;
        } else {
            self.table = Box::default();
            self.now = 0;
        }
        for (text, _) in self.held.drain(..) {
            drop(text.into_bound(py));
        }
        worth
    }
}

/// Whether two `str` objects have the same characters.
#[inline(always)]
fn is_equal(one: &Py<PyAny>, other: &Bound<'_, PyAny>) -> bool {
    let (one, other) = (one.as_ptr(), other.as_ptr());
    // SAFETY: live `str` objects, for which there is no exception.
    unsafe { ptr::eq(one, other) || ffi::PyUnicode_Compare(one, other) == 0 }
}
