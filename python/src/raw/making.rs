//! Objects made for loading.

use super::DIGIT_BITS;
use pyo3::{
    exceptions::PyMemoryError,
    ffi,
    prelude::*,
    types::{PyList, PyString},
};
use std::{mem, ptr, vec::Drain};

/// The ints that exist once.
const SMALL: std::ops::RangeInclusive<i64> = -5..=256;

/// What many objects are made with.
#[derive(Debug)]
pub struct Kit {
    /// The ints that exist once.
    small: Vec<Py<PyAny>>,
    /// The `str` of one ASCII character, which exist once.
    characters: Vec<Py<PyAny>>,
}

impl Kit {
    /// Fetches what there is once.
    pub fn new(py: Python<'_>) -> PyResult<Kit> {
        let small = SMALL.map(|value| Ok(value.into_pyobject(py)?.into_any().unbind()));
        let characters = (0..128u8).map(|byte| PyString::new(py, char::from(byte).encode_utf8(&mut [0; 4])).into_any());
        Ok(Kit {
            characters: characters.map(Bound::unbind).collect(),
            small: small.collect::<PyResult<_>>()?,
        })
    }

    /// An int.
    #[inline(always)]
    pub fn int<'py>(&self, py: Python<'py>, value: i64) -> PyResult<Bound<'py, PyAny>> {
        match self.small.get(value.wrapping_sub(*SMALL.start()) as usize) {
            Some(small) => Ok(small.bind(py).clone()),
            None => large_int(py, value),
        }
    }
}

impl Kit {
    /// A `str`, if the bytes are ASCII.
    #[inline(always)]
    pub fn ascii<'py>(&self, py: Python<'py>, bytes: &[u8]) -> Option<PyResult<Bound<'py, PyAny>>> {
        if let [byte] = bytes {
            return self
                .characters
                .get(usize::from(*byte))
                .map(|text| Ok(text.bind(py).clone()));
        }
        ascii_text(py, bytes)
    }
}

/// An int that does not exist yet: one or two digits, of which `PyLong_FromLong` would first find out how many they are.
#[cfg(not(any(Py_3_14, Py_GIL_DISABLED)))]
#[inline(always)]
fn large_int(py: Python<'_>, value: i64) -> PyResult<Bound<'_, PyAny>> {
    let magnitude = value.unsigned_abs();
    if magnitude >> (2 * DIGIT_BITS) != 0 {
        return Ok(value.into_pyobject(py)?.into_any());
    }
    let two = magnitude >> DIGIT_BITS != 0;
    // SAFETY: memory of Python's allocator of objects, for a head and two digits, which `PyObject_Init` makes an int with
    // one owner; its size and digits are written before anyone sees it, as the version lays them out.
    unsafe {
        let object = ffi::PyObject_Malloc(size_of::<super::numbers::IntHead>());
        if object.is_null() {
            return Err(PyMemoryError::new_err(()));
        }
        let object = ffi::PyObject_Init(object.cast(), &raw mut ffi::PyLong_Type);
        let head = object.cast::<super::numbers::IntHead>();
        let digits = if two { 2 } else { 1 };
        #[cfg(Py_3_12)]
        let size = digits << 3 | if value < 0 { 2 } else { 0 };
        #[cfg(not(Py_3_12))]
        let size = if value < 0 { -digits } else { digits };
        (*head).size = size;
        (*head).digits = [
            (magnitude & ((1 << DIGIT_BITS) - 1)) as u32,
            (magnitude >> DIGIT_BITS) as u32,
        ];
        Ok(Bound::from_owned_ptr(py, object))
    }
}

#[cfg(any(Py_3_14, Py_GIL_DISABLED))]
fn large_int(py: Python<'_>, value: i64) -> PyResult<Bound<'_, PyAny>> {
    Ok(value.into_pyobject(py)?.into_any())
}

/// A `str`, if the bytes are ASCII. Short ones are looked at and copied in two overlapping pieces.
#[inline(always)]
fn ascii_text<'py>(py: Python<'py>, bytes: &[u8]) -> Option<PyResult<Bound<'py, PyAny>>> {
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let length = bytes.len();
    let pieces = match length {
        8..=16 => {
            let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) else {
                return None;
            };
            let (first, last) = (u64::from_ne_bytes(*first), u64::from_ne_bytes(*last));
            Some((first, last))
        }
        4..8 => {
            let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) else {
                return None;
            };
            let (first, last) = (u32::from_ne_bytes(*first), u32::from_ne_bytes(*last));
            Some((first.into(), last.into()))
        }
        // The empty one, and those of one character, exist once.
        0 | 1 => return None,
        _ => None,
    };
    match pieces {
        Some((first, last)) if (first | last) & HIGH != 0 => return None,
        None if !bytes.is_ascii() => return None,
        _ => {}
    }
    // SAFETY: a new `str` for as many ASCII characters, which nobody else has yet, has room for exactly them, and they
    // are written before anyone sees it.
    unsafe {
        let new = ffi::PyUnicode_New(length as ffi::Py_ssize_t, 0x7f);
        if new.is_null() {
            return Some(Err(PyErr::fetch(py)));
        }
        // Behind the head of a compact `str` of ASCII.
        let to = new.cast::<u8>().add(size_of::<ffi::PyASCIIObject>());
        match pieces {
            Some((first, last)) if length >= 8 => {
                to.cast::<u64>().write_unaligned(first);
                to.add(length - 8).cast::<u64>().write_unaligned(last);
            }
            Some((first, last)) => {
                to.cast::<u32>().write_unaligned(first as u32);
                to.add(length - 4).cast::<u32>().write_unaligned(last as u32);
            }
            None => ptr::copy_nonoverlapping(bytes.as_ptr(), to, length),
        }
        Some(Ok(Bound::from_owned_ptr(py, new)))
    }
}

/// The items as pointers. Whoever calls it takes their references over, and then forgets the drain, which leaves the
/// stack as if they had been taken one by one: nothing lies behind them.
#[inline(always)]
pub(super) fn pointers<'d>(items: &'d Drain<'_, Bound<'_, PyAny>>) -> &'d [*mut ffi::PyObject] {
    let items = items.as_slice();
    // SAFETY: a `Bound` is a pointer to an object and nothing else.
    unsafe { std::slice::from_raw_parts(items.as_ptr().cast(), items.len()) }
}

/// A tuple of these items, each moved.
#[inline(always)]
pub fn tuple<'py>(py: Python<'py>, items: Drain<'_, Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyAny>> {
    let length = items.len();
    // SAFETY: a new tuple of as many places as there are items, each of which is filled before anyone sees it. (The one
    // empty tuple has none.)
    unsafe {
        let tuple = ffi::PyTuple_New(length as ffi::Py_ssize_t);
        if tuple.is_null() {
            return Err(PyErr::fetch(py));
        }
        if length > 0 {
            let to = (&raw mut (*tuple.cast::<ffi::PyTupleObject>()).ob_item).cast();
            ptr::copy_nonoverlapping(pointers(&items).as_ptr(), to, length);
            mem::forget(items);
        }
        Ok(Bound::from_owned_ptr(py, tuple))
    }
}

/// Appends items to a list, in the room that it has or with more, as much as CPython would give it.
#[cfg(not(any(Py_3_14, Py_GIL_DISABLED)))]
#[inline(always)]
pub fn extend<'py>(list: &Bound<'py, PyList>, items: Drain<'_, Bound<'py, PyAny>>) -> PyResult<()> {
    let more = items.len();
    let head = list.as_ptr().cast::<ffi::PyListObject>();
    // SAFETY: a live list, of which this module has the GIL. Its memory is of `PyMem_Realloc`, its fields are those of
    // CPython's own header, and between the first and the last of them no code of others runs.
    unsafe {
        let length = (*head).ob_base.ob_size as usize;
        let end = length + more;
        if end > (*head).allocated as usize {
            let mut room = (end + (end >> 3) + 6) & !3;
            if more > room - end {
                room = (end + 3) & !3;
            }
            let memory = ffi::PyMem_Realloc((*head).ob_item.cast(), room * size_of::<*mut ffi::PyObject>());
            if memory.is_null() {
                return Err(PyMemoryError::new_err(()));
            }
            (*head).ob_item = memory.cast();
            (*head).allocated = room as ffi::Py_ssize_t;
        }
        ptr::copy_nonoverlapping(pointers(&items).as_ptr(), (*head).ob_item.add(length), more);
        (*head).ob_base.ob_size = end as ffi::Py_ssize_t;
    }
    mem::forget(items);
    Ok(())
}

/// Appends items to a list.
#[cfg(any(Py_3_14, Py_GIL_DISABLED))]
pub fn extend<'py>(list: &Bound<'py, PyList>, items: Drain<'_, Bound<'py, PyAny>>) -> PyResult<()> {
    let all = PyList::new(list.py(), items)?;
    let end = list.len();
    list.set_slice(end, end, &all)
}
