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

/// What an object is, as far as most are one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tag {
    /// A `str`.
    Str,
    /// An int.
    Int,
    /// A float.
    Float,
    /// `None`
    None,
    /// A bool.
    Bool,
    /// Something else.
    Other,
}

/// What an object is, by its exact type.
#[inline(always)]
pub fn tag(object: Borrowed<'_, '_, PyAny>) -> Tag {
    // SAFETY: a live object; only the addresses of types are looked at.
    unsafe {
        let class = ffi::Py_TYPE(object.as_ptr()).cast_const();
        if ptr::eq(class, &raw const ffi::PyUnicode_Type) {
            return Tag::Str;
        }
        if ptr::eq(class, &raw const ffi::PyLong_Type) {
            return Tag::Int;
        }
        if ptr::eq(class, &raw const ffi::PyFloat_Type) {
            return Tag::Float;
        }
        if ptr::eq(object.as_ptr(), ffi::Py_None()) {
            return Tag::None;
        }
        if ptr::eq(class, &raw const ffi::PyBool_Type) {
            return Tag::Bool;
        }
        Tag::Other
    }
}

/// Whether a bool is true.
#[inline(always)]
pub fn is_true(object: Borrowed<'_, '_, PyAny>) -> bool {
    // SAFETY: only an address is looked at.
    unsafe { ptr::eq(object.as_ptr(), ffi::Py_True()) }
}

/// The value of a float.
#[inline(always)]
pub fn float(object: Borrowed<'_, '_, PyAny>) -> f64 {
    // SAFETY: an exact float, by its tag.
    unsafe { (*object.as_ptr().cast::<ffi::PyFloatObject>()).ob_fval }
}

/// A `str`, by its tag.
#[inline(always)]
pub fn as_text<'s, 'py>(object: Borrowed<'s, 'py, PyAny>) -> Borrowed<'s, 'py, PyString> {
    // SAFETY: its tag says so.
    unsafe { object.cast_unchecked() }
}

/// How many entries a dict has.
#[inline(always)]
pub fn dict_len(dict: &Bound<'_, PyDict>) -> usize {
    // SAFETY: an exact dict, of whose layout, part of the public headers, only a number is looked at.
    unsafe { (*dict.as_ptr().cast::<ffi::PyDictObject>()).ma_used as usize }
}
