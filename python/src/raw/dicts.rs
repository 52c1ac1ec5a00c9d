//! The entries of a dict as they lie there, where that is known: a call of `PyDict_Next` for each takes longer than what is
//! done with most of them.

use pyo3::{
    ffi,
    prelude::*,
    types::{PyDict, PyList, PyTuple},
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

/// The entries of a dict that are still to come.
#[derive(Debug, Clone, Copy)]
pub struct Entries {
    first: *const *mut ffi::PyObject,
    at: *const *mut ffi::PyObject,
    end: *const *mut ffi::PyObject,
    /// Words from one to the next.
    stride: usize,
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
        let first = entries.cast::<*mut ffi::PyObject>().add(general.into());
        let stride = if general { 3 } else { 2 };
        Entries {
            first,
            at: first,
            end: first.add(stride * (*table).entries as usize),
            stride,
        }
    }
}

impl Entries {
    /// The next entry. Good as long as nothing changes.
    #[inline(always)]
    pub fn next<'s, 'py>(
        &mut self,
        dict: &'s Bound<'py, PyDict>,
    ) -> Option<(Borrowed<'s, 'py, PyAny>, Borrowed<'s, 'py, PyAny>)> {
        // SAFETY: the place is checked. An entry without a value is none any more.
        unsafe {
            while self.at < self.end {
                let (key, value) = (*self.at, *self.at.add(1));
                self.at = self.at.add(self.stride);
                if !value.is_null() {
                    let py = dict.py();
                    return Some((Borrowed::from_ptr(py, key), Borrowed::from_ptr(py, value)));
                }
            }
        }
        None
    }

    /// The place behind the last entry, as `PyDict_Next` counts.
    pub fn place(&self) -> isize {
        // SAFETY: both are in one table.
        unsafe { self.at.offset_from(self.first) / self.stride as isize }
    }

    /// Has the values of some entries fetched while something else is done.
    #[inline(always)]
    pub fn fetch_ahead(&self) {
        let mut at = self.at;
        for _ in 0..7 {
            // SAFETY: the place is checked; what is fetched ahead may be anything.
            unsafe {
                at = at.add(self.stride);
                if at >= self.end {
                    break;
                }
                fetch((*at.add(1)).cast());
            }
        }
    }

    /// The same for what the next value will be asked for, if it is a dict.
    #[inline(always)]
    pub fn fetch_next(&self) {
        if self.at < self.end {
            // SAFETY: the place is checked; an entry's value is null or a live object.
            unsafe {
                let value = *self.at.add(1);
                if !value.is_null() {
                    fetch_table(value);
                }
            }
        }
    }
}

/// Has the table of a dict fetched.
///
/// # Safety
/// It must be a live object.
#[inline(always)]
unsafe fn fetch_table(object: *mut ffi::PyObject) {
    // SAFETY: as promised.
    unsafe {
        if ffi::PyDict_CheckExact(object) != 0 {
            fetch((*object.cast::<ffi::PyDictObject>()).ma_keys.cast());
        }
    }
}

/// Has what a list's item after next will be asked for fetched while something else is done, and more of the next.
#[inline(always)]
pub fn fetch_items_ahead(list: &Bound<'_, PyList>, at: usize) {
    // SAFETY: the places are checked, and hold live objects.
    unsafe {
        let length = ffi::Py_SIZE(list.as_ptr()) as usize;
        if at + 2 < length {
            fetch(ffi::PyList_GET_ITEM(list.as_ptr(), at as isize + 2).cast());
            fetch_table(ffi::PyList_GET_ITEM(list.as_ptr(), at as isize));
        }
    }
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
            let mut entries = unsafe { look((*dict.as_ptr().cast::<ffi::PyDictObject>()).ma_keys.cast()) };
            let mut at = 0;
            loop {
                let said = super::next_entry_lent(&dict, &mut at);
                let found = entries.next(&dict);
                match (said, found) {
                    (None, None) => break,
                    (Some(said), Some(found)) => {
                        right &= at == entries.place() && said.0.is(found.0) && said.1.is(found.1)
                    }
                    _ => return Ok(()),
                }
            }
        }
    }
    KNOWN.store(right, Ordering::Relaxed);
    Ok(())
}
