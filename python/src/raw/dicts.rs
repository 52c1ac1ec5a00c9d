//! The entries of a dict as they lie there, where that is known: a call of `PyDict_Next` for each takes longer than what is
//! done with most of them.

use pyo3::{
    ffi,
    prelude::*,
    types::{PyDict, PyTuple},
};
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether the layout below was found to be that of the running interpreter.
static KNOWN: AtomicBool = AtomicBool::new(false);

/// The table of a dict in CPython 3.11 to 3.13, with the GIL. Behind it lie the indices, and behind these the entries.
#[repr(C)]
struct Table {
    references: isize,
    log2_size: u8,
    log2_indices: u8,
    /// 0 if there are others than strings among the keys.
    kind: u8,
    version: u32,
    usable: isize,
    entries: isize,
}

/// The entries of a dict.
#[derive(Debug, Clone, Copy)]
pub struct Entries {
    first: *const [*mut ffi::PyObject; 2],
    /// Words from one to the next.
    stride: usize,
    len: usize,
}

/// The entries of a dict whose table is its own, if their layout is known.
#[inline(always)]
pub fn entries(dict: &Bound<'_, PyDict>) -> Option<Entries> {
    if !cfg!(all(Py_3_11, not(Py_3_14), not(Py_GIL_DISABLED))) || !KNOWN.load(Ordering::Relaxed) {
        return None;
    }
    // SAFETY: an exact dict, whose table has the layout that was tried out: where values lie elsewhere it is left alone.
    unsafe {
        let dict = dict.as_ptr().cast::<ffi::PyDictObject>();
        if !(*dict).ma_values.is_null() {
            return None;
        }
        Some(look((*dict).ma_keys.cast()))
    }
}

/// The entries of a table.
///
/// # Safety
/// It must be one, of the layout above.
#[inline(always)]
unsafe fn look(table: *const Table) -> Entries {
    // SAFETY: as promised. An entry of a table with other keys than strings begins with a hash.
    unsafe {
        let entries = table.add(1).cast::<u8>().add(1 << (*table).log2_indices);
        let general = (*table).kind == 0;
        let first = entries.cast::<*mut ffi::PyObject>().add(general.into()).cast();
        Entries {
            first,
            stride: if general { 3 } else { 2 },
            len: (*table).entries as usize,
        }
    }
}

impl Entries {
    /// The next entry from a place on, and moves the place behind it, as `PyDict_Next` does. Good as long as nothing changes.
    #[inline(always)]
    pub fn next<'s, 'py>(
        &self,
        dict: &'s Bound<'py, PyDict>,
        at: &mut isize,
    ) -> Option<(Borrowed<'s, 'py, PyAny>, Borrowed<'s, 'py, PyAny>)> {
        // SAFETY: the place is checked. An entry without a value is none any more.
        unsafe {
            while (*at as usize) < self.len {
                let entry = self.first.cast::<*mut ffi::PyObject>().add(*at as usize * self.stride);
                *at += 1;
                let (key, value) = (*entry, *entry.add(1));
                if !value.is_null() {
                    let py = dict.py();
                    return Some((Borrowed::from_ptr(py, key), Borrowed::from_ptr(py, value)));
                }
            }
        }
        None
    }

    /// Has the values of the first entries fetched while something else is done.
    #[inline(always)]
    pub fn fetch_ahead(&self) {
        for at in 1..self.len.min(8) {
            // SAFETY: the place is checked; what is fetched ahead may be anything.
            unsafe { fetch(*self.first.cast::<*mut u8>().add(at * self.stride + 1)) };
        }
    }
}

/// Has an object fetched while something else is done.
#[inline(always)]
pub fn fetch_object_ahead(object: Borrowed<'_, '_, PyAny>) {
    fetch(object.as_ptr().cast());
}

/// Has what lies at an address, which may be any, fetched.
#[inline(always)]
fn fetch(address: *const u8) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: fetching ahead has no effect but on time.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(address.cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = address;
}

/// Finds out whether the layout is known, by comparing it with what the interpreter says of some dicts.
pub fn know_dicts(py: Python<'_>) -> PyResult<()> {
    if !cfg!(all(Py_3_11, not(Py_3_14), not(Py_GIL_DISABLED))) {
        return Ok(());
    }
    let mut right = true;
    for count in [1_usize, 5, 6, 120, 300] {
        for texts in [true, false] {
            let dict = PyDict::new(py);
            for number in 0..count {
                match texts {
                    true => dict.set_item(format!("key {number}"), number)?,
                    false => dict.set_item(number, PyTuple::empty(py))?,
                }
            }
            if count > 3 && texts {
                dict.del_item("key 2")?;
            }
            // SAFETY: the dict is ours. Before anything is read of its table, what is known is compared: there are as many
            // entries as there were, in a table with room for so many.
            right &= unsafe {
                let object = dict.as_ptr().cast::<ffi::PyDictObject>();
                let table = (*object).ma_keys.cast::<Table>();
                let indices = (*table).log2_indices;
                (*object).ma_values.is_null()
                    && (*table).entries == count as isize
                    && ((*table).kind == 0) != texts
                    && (3..=19).contains(&indices)
                    && (*table).log2_size <= indices
            };
            if !right {
                return Ok(());
            }
            // SAFETY: as just compared.
            let entries = unsafe { look((*dict.as_ptr().cast::<ffi::PyDictObject>()).ma_keys.cast()) };
            let (mut at, mut place) = (0, 0);
            loop {
                let said = super::next_entry_lent(&dict, &mut at);
                let found = entries.next(&dict, &mut place);
                match (said, found) {
                    (None, None) => break,
                    (Some(said), Some(found)) => right &= at == place && said.0.is(found.0) && said.1.is(found.1),
                    _ => return Ok(()),
                }
            }
        }
    }
    KNOWN.store(right, Ordering::Relaxed);
    Ok(())
}
