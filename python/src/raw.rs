//! The few things that PyO3 cannot say, or not fast enough. All unsafe code of this crate is here.
#![allow(unsafe_code)]

use pyo3::{
    ffi,
    prelude::*,
    types::{PyDict, PyString, PyTuple, PyType},
};
use std::ptr;

/// `class.__new__` of the type itself, not the attribute: what NEWOBJ calls. The attribute may be overridden by a
/// metaclass, so it is not the same.
pub fn new_object<'py>(
    class: &Bound<'py, PyType>,
    args: &Bound<'py, PyTuple>,
    kwargs: Option<&Bound<'py, PyDict>>,
) -> Option<PyResult<Bound<'py, PyAny>>> {
    let class = class.as_type_ptr();
    let kwargs = kwargs.map_or(ptr::null_mut(), |kwargs| kwargs.as_ptr());
    // SAFETY: `class` points to a live type object, and what its slot holds is called as CPython calls it: with that
    // type, a tuple, and a dict or null. The answer is a new reference or null with an exception set.
    unsafe {
        let new = (*class).tp_new?;
        let object = new(class, args.as_ptr(), kwargs);
        Some(Bound::from_owned_ptr_or_err(args.py(), object))
    }
}

/// The one `str` that stands for all equal ones: keys of `__dict__` are such.
pub fn interned<'py>(text: Bound<'py, PyString>) -> Bound<'py, PyString> {
    let py = text.py();
    let mut pointer = text.into_ptr();
    // SAFETY: the reference is ours to give, and the one we get back is a `str` too.
    unsafe {
        ffi::PyUnicode_InternInPlace(&mut pointer);
        Bound::from_owned_ptr(py, pointer).cast_into_unchecked()
    }
}

/// The value of an exact int of up to 64 bits. PyO3's `extract` makes an exception of every larger one.
#[inline(always)]
pub fn int(value: &Bound<'_, PyAny>) -> Option<i64> {
    let mut overflow = 0;
    // SAFETY: any object may be asked; of an int there is no exception.
    let value = unsafe { ffi::PyLong_AsLongLongAndOverflow(value.as_ptr(), &mut overflow) };
    (overflow == 0).then_some(value)
}

/// The entry of a dict from place `at` on, and moves the place behind it. PyO3's iterator panics when the dict has
/// changed, and hooks may change it.
#[inline(always)]
pub fn next_entry<'py>(dict: &Bound<'py, PyDict>, at: &mut isize) -> Option<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
    let (mut key, mut value) = (ptr::null_mut(), ptr::null_mut());
    // SAFETY: a place is checked against the dict as it is now, so any number may be asked for; this module needs the
    // GIL, so nothing changes between the call and the two new references.
    unsafe {
        if ffi::PyDict_Next(dict.as_ptr(), at, &mut key, &mut value) == 0 {
            return None;
        }
        let py = dict.py();
        Some((Bound::from_borrowed_ptr(py, key), Bound::from_borrowed_ptr(py, value)))
    }
}
