//! Objects as they lie in their containers, without a reference of one's own. Each is good as long as nothing changes, and
//! so as long as no Python code runs: who asks sees to that, or takes a reference at once.

use pyo3::{
    ffi,
    prelude::*,
    types::{PyDict, PyList, PyString, PyTuple},
};
use std::{ptr, slice};

/// An item of a list.
#[inline(always)]
pub fn list_item_lent<'s, 'py>(list: &'s Bound<'py, PyList>, at: usize) -> Option<Borrowed<'s, 'py, PyAny>> {
    // SAFETY: the place is checked, and a list's places are filled with live objects.
    unsafe {
        let length = ffi::Py_SIZE(list.as_ptr()) as usize;
        (at < length).then(|| Borrowed::from_ptr(list.py(), ffi::PyList_GET_ITEM(list.as_ptr(), at as isize)))
    }
}

/// An item of a tuple.
#[inline(always)]
pub fn tuple_item_lent<'s, 'py>(tuple: &'s Bound<'py, PyTuple>, at: usize) -> Option<Borrowed<'s, 'py, PyAny>> {
    // SAFETY: as for a list.
    unsafe {
        let length = ffi::Py_SIZE(tuple.as_ptr()) as usize;
        (at < length).then(|| Borrowed::from_ptr(tuple.py(), ffi::PyTuple_GET_ITEM(tuple.as_ptr(), at as isize)))
    }
}

/// As [`next_entry`](super::next_entry).
#[inline(always)]
pub fn next_entry_lent<'s, 'py>(
    dict: &'s Bound<'py, PyDict>,
    at: &mut isize,
) -> Option<(Borrowed<'s, 'py, PyAny>, Borrowed<'s, 'py, PyAny>)> {
    let (mut key, mut value) = (ptr::null_mut(), ptr::null_mut());
    // SAFETY: a place is checked against the dict as it is now, and what is found is alive.
    unsafe {
        if ffi::PyDict_Next(dict.as_ptr(), at, &mut key, &mut value) == 0 {
            return None;
        }
        let py = dict.py();
        Some((Borrowed::from_ptr(py, key), Borrowed::from_ptr(py, value)))
    }
}

/// Whether the keys of a dict may be those of others too, as are those of instances, so that their owners do not say how
/// often they are met.
#[inline(always)]
pub fn shares_keys(dict: &Bound<'_, PyDict>) -> bool {
    // SAFETY: an exact dict, of whose layout, part of the public headers, only a pointer is looked at.
    cfg!(Py_3_14) || unsafe { !(*dict.as_ptr().cast::<ffi::PyDictObject>()).ma_values.is_null() }
}

/// The characters of a `str`.
#[derive(Debug)]
pub enum Characters<'s> {
    /// As UTF-8, which the `str` has with it.
    Utf8(&'s [u8]),
    /// Up to U+00FF.
    Latin1(&'s [u8]),
    /// Up to U+FFFF.
    Ucs2(&'s [u16]),
    /// Any.
    Ucs4(&'s [u32]),
}

/// The characters of a `str`.
pub fn characters<'s>(text: Borrowed<'s, '_, PyString>) -> Characters<'s> {
    let object = text.as_ptr();
    // SAFETY: a live `str`, whose characters lie in it or at its pointers and never change. Before 3.12 one that C code made
    // from wide characters may have to be made ready, after which it is as the others; that takes memory, and without any
    // it is shown as empty, which a second attempt to say so would be, too.
    unsafe {
        #[cfg(not(Py_3_12))]
        if ffi::PyUnicode_READY(object) != 0 {
            drop(PyErr::take(text.py()));
            return Characters::Latin1(&[]);
        }
        let compact = object.cast::<ffi::PyCompactUnicodeObject>();
        if ffi::PyUnicode_IS_ASCII(object) == 0 && !(*compact).utf8.is_null() {
            return Characters::Utf8(slice::from_raw_parts(
                (*compact).utf8.cast(),
                (*compact).utf8_length as usize,
            ));
        }
        let length = ffi::PyUnicode_GET_LENGTH(object) as usize;
        let data = ffi::PyUnicode_DATA(object);
        match ffi::PyUnicode_KIND(object) {
            ffi::PyUnicode_1BYTE_KIND => Characters::Latin1(slice::from_raw_parts(data.cast(), length)),
            ffi::PyUnicode_2BYTE_KIND => Characters::Ucs2(slice::from_raw_parts(data.cast(), length)),
            _ => Characters::Ucs4(slice::from_raw_parts(data.cast(), length)),
        }
    }
}
