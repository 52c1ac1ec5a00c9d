//! The few things that PyO3 cannot say, or not fast enough. All unsafe code of this crate is here.
#![allow(unsafe_code)]

mod arenas;
mod classes;
mod dicts;
mod filling;
mod functions;
mod growing;
mod imports;
mod lent;
mod log;
mod making;
mod numbers;
mod room;
mod states;
mod strings;

pub use arenas::FilledArenas;
pub use classes::*;
pub use dicts::{entries, fetch_items_ahead, know_dicts};
pub use filling::{Template, is_data_descriptor, set_attribute, set_item};
pub use functions::*;
pub use growing::Growing;
pub use imports::*;
pub use lent::*;
pub use log::Log;
pub use making::{Kit, extend, tuple};
pub use numbers::{DIGIT_BITS, int};
pub use room::{Room, machine, new_room, room};
pub use states::*;
pub use strings::Strings;

use pyo3::{
    ffi,
    prelude::*,
    types::{PyDict, PyList, PyString, PyTuple},
};
use std::{ffi::c_int, ptr};

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

/// An attribute, if there is one. PyO3's `getattr_opt` makes an exception of a missing one before 3.13 and throws it
/// away, which was more than half of loading an instance on 3.11.
#[inline(always)]
pub fn attribute<'py>(object: &Bound<'py, PyAny>, name: &Bound<'py, PyString>) -> PyResult<Option<Bound<'py, PyAny>>> {
    unsafe extern "C" {
        #[cfg_attr(Py_3_13, link_name = "PyObject_GetOptionalAttr")]
        #[cfg_attr(not(Py_3_13), link_name = "_PyObject_LookupAttr")]
        fn look_up(object: *mut ffi::PyObject, name: *mut ffi::PyObject, found: *mut *mut ffi::PyObject) -> c_int;
    }
    let mut found = ptr::null_mut();
    // SAFETY: two live objects, of which the second is a `str`; what is found is a new reference or null. CPython 3.9 to
    // 3.12 export the function under its private name.
    unsafe {
        match look_up(object.as_ptr(), name.as_ptr(), &mut found) {
            ..0 => Err(PyErr::fetch(object.py())),
            _ => Ok(Bound::from_owned_ptr_or_opt(object.py(), found)),
        }
    }
}

/// A `str`, also one that exists once.
pub fn text<'py>(py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyAny>> {
    let length = text.len() as ffi::Py_ssize_t;
    // SAFETY: text of Rust is as many bytes of UTF-8; the answer is a new reference or null with an exception. No slice is
    // longer than a `Py_ssize_t`.
    unsafe { Bound::from_owned_ptr_or_err(py, ffi::PyUnicode_FromStringAndSize(text.as_ptr().cast(), length)) }
}

/// A `bytes`. Also one of a single byte is an object of its own, as unpicklers make it, and not the one that exists once:
/// who pickles it again sees the difference.
#[inline(always)]
pub fn bytes<'py>(py: Python<'py>, bytes: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: a new `bytes`, which nobody else has yet unless it is empty, has room for exactly those, and they are written
    // before anyone sees it. No slice is longer than a `Py_ssize_t`.
    unsafe {
        let new = ffi::PyBytes_FromStringAndSize(ptr::null(), bytes.len() as ffi::Py_ssize_t);
        if !new.is_null() {
            ptr::copy_nonoverlapping(bytes.as_ptr(), ffi::PyBytes_AsString(new).cast(), bytes.len());
        }
        Bound::from_owned_ptr_or_err(py, new)
    }
}

/// The `__dict__` of an instance that has one, made if need be.
#[inline(always)]
pub fn instance_dict<'py>(object: &Bound<'py, PyAny>) -> Option<Bound<'py, PyDict>> {
    // SAFETY: an object whose type keeps a `__dict__`; the answer is a new reference, or null with an exception.
    let dict = unsafe {
        Bound::from_owned_ptr_or_opt(
            object.py(),
            ffi::PyObject_GenericGetDict(object.as_ptr(), ptr::null_mut()),
        )
    };
    match dict {
        Some(dict) => dict.cast_into_exact::<PyDict>().ok(),
        None => {
            // The long way meets it again.
            drop(PyErr::take(object.py()));
            None
        }
    }
}

/// The keys and values of a dict, in turn.
pub fn entries_of<'py>(dict: &Bound<'py, PyDict>, items: &mut Vec<Bound<'py, PyAny>>) {
    let mut at = 0;
    while let Some((key, value)) = next_entry(dict, &mut at) {
        items.push(key);
        items.push(value);
    }
}

/// As [`next_entry`], for the keys alone, which are not held.
#[inline(always)]
pub fn next_key<'s, 'py>(dict: &'s Bound<'py, PyDict>, at: &mut isize) -> Option<Borrowed<'s, 'py, PyAny>> {
    let mut key = ptr::null_mut();
    // SAFETY: as there. A key lives at least as long as the dict does not change, and who asks changes nothing.
    unsafe {
        if ffi::PyDict_Next(dict.as_ptr(), at, &mut key, ptr::null_mut()) == 0 {
            return None;
        }
        Some(Borrowed::from_ptr(dict.py(), key))
    }
}

/// Whether a name may be a special one: by its first character, and without looking at the others.
#[inline(always)]
pub fn may_be_special(name: &Bound<'_, PyString>) -> bool {
    // SAFETY: a live `str`; ones of no characters and of others than ASCII are told from it first.
    unsafe {
        let name = name.as_ptr();
        ffi::PyUnicode_IS_COMPACT_ASCII(name) != 0
            && ffi::PyUnicode_GET_LENGTH(name) > 8
            && *ffi::PyUnicode_DATA(name).cast::<u8>() == b'_'
    }
}

/// The characters of a `str` that is ASCII.
#[inline(always)]
pub fn ascii<'s>(text: &'s Bound<'_, PyString>) -> Option<&'s [u8]> {
    // SAFETY: a live `str`, whose characters lie in it when it is compact and ASCII, one byte each, and never change.
    unsafe {
        let object = text.as_ptr();
        (ffi::PyUnicode_IS_COMPACT_ASCII(object) != 0).then(|| {
            let length = ffi::PyUnicode_GET_LENGTH(object) as usize;
            std::slice::from_raw_parts(ffi::PyUnicode_DATA(object).cast::<u8>(), length)
        })
    }
}

/// How many references to an object there are.
#[inline(always)]
pub fn references(object: &Bound<'_, PyAny>) -> isize {
    // SAFETY: a live object.
    unsafe { ffi::Py_REFCNT(object.as_ptr()) }
}

/// Stops or starts the collector; whether it was running.
#[cfg(all(Py_3_10, not(Py_3_12)))]
pub fn run_collector(_py: Python<'_>, run: bool) -> bool {
    unsafe extern "C" {
        fn PyGC_Enable() -> c_int;
        fn PyGC_Disable() -> c_int;
    }
    // SAFETY: the GIL is held, and they only set a flag.
    unsafe { if run { PyGC_Enable() != 0 } else { PyGC_Disable() != 0 } }
}

/// From 3.12 on it runs between bytecodes only, so that it need not be stopped.
#[cfg(not(all(Py_3_10, not(Py_3_12))))]
pub fn run_collector(_py: Python<'_>, _run: bool) -> bool {
    false
}

/// An item of a list.
#[inline(always)]
pub fn list_item<'py>(list: &Bound<'py, PyList>, at: usize) -> Option<Bound<'py, PyAny>> {
    // SAFETY: the place is checked, and this module needs the GIL, so the list does not change meanwhile.
    (at < list.len()).then(|| unsafe { list.get_item_unchecked(at) })
}

/// An item of a tuple.
#[inline(always)]
pub fn tuple_item<'py>(tuple: &Bound<'py, PyTuple>, at: usize) -> Option<Bound<'py, PyAny>> {
    // SAFETY: the place is checked.
    (at < tuple.len()).then(|| unsafe { tuple.get_borrowed_item_unchecked(at).to_owned() })
}

/// An attribute as `object.__getattribute__` finds it.
pub fn generic_attribute<'py>(object: &Bound<'py, PyAny>, name: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: two live objects, of which the second is a `str`; the answer is a new reference or null with an exception.
    unsafe {
        Bound::from_owned_ptr_or_err(
            object.py(),
            ffi::PyObject_GenericGetAttr(object.as_ptr(), name.as_ptr()),
        )
    }
}

/// Sets an attribute as `object.__setattr__` does, or deletes it.
pub fn set_generic_attribute(
    object: &Bound<'_, PyAny>,
    name: &Bound<'_, PyString>,
    value: Option<&Bound<'_, PyAny>>,
) -> PyResult<()> {
    let value = value.map_or(ptr::null_mut(), |value| value.as_ptr());
    // SAFETY: live objects, of which the second is a `str`, and null stands for none.
    match unsafe { ffi::PyObject_GenericSetAttr(object.as_ptr(), name.as_ptr(), value) } {
        0 => Ok(()),
        _ => Err(PyErr::fetch(object.py())),
    }
}

/// Whether the interpreter that runs is the first of the process, in which objects that are held in statics live.
pub fn is_main_interpreter(_py: Python<'_>) -> bool {
    // SAFETY: the GIL is held, so that an interpreter runs, and its state lives as long as it does.
    unsafe { ffi::PyInterpreterState_GetID(ffi::PyInterpreterState_Get()) == 0 }
}
