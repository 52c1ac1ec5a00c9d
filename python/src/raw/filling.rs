//! Dicts and instances filled at one time.

#[cfg(all(Py_3_11, not(any(Py_3_14, Py_GIL_DISABLED))))]
use super::making::pointers;
use pyo3::{
    ffi,
    prelude::*,
    types::{PyDict, PyString, PyType},
};
#[cfg(all(Py_3_11, not(any(Py_3_14, Py_GIL_DISABLED))))]
use std::mem;
use std::vec::Drain;

/// Where the entries of a dict are, and how far their keys are from each other; the value is behind the key.
#[cfg(all(Py_3_11, not(any(Py_3_14, Py_GIL_DISABLED))))]
#[inline(always)]
unsafe fn entries(dict: *mut ffi::PyObject) -> (*mut *mut ffi::PyObject, usize, usize) {
    /// The head of a dict's table of keys (`Include/internal/pycore_dict.h`).
    #[repr(C)]
    struct Keys {
        references: isize,
        log2_size: u8,
        log2_index_bytes: u8,
        kind: u8,
        version: u32,
        usable: isize,
        entries: isize,
    }
    // SAFETY: as the caller says.
    unsafe {
        let keys = (*dict.cast::<ffi::PyDictObject>()).ma_keys.cast::<Keys>();
        let indices = 1usize << (*keys).log2_index_bytes;
        let entries = keys.add(1).cast::<u8>().add(indices);
        let length = (*keys).entries as usize;
        match (*keys).kind {
            // A hash, a key and a value.
            0 => (entries.add(8).cast(), 3, length),
            // A key that is a `str`, and a value.
            1 => (entries.cast(), 2, length),
            // The values are elsewhere.
            _ => (entries.cast(), 2, 0),
        }
    }
}

/// A dict from which others with the same keys are made, all at one time.
#[derive(Debug)]
pub struct Template<'py>(Bound<'py, PyDict>);

#[cfg(all(Py_3_11, not(any(Py_3_14, Py_GIL_DISABLED))))]
impl<'py> Template<'py> {
    /// For these keys, which are exact `str`. None if two of them are equal, or if a dict is not laid out as expected.
    pub fn new(keys: &[Bound<'py, PyAny>]) -> Option<Self> {
        let py = keys.first()?.py();
        let dict = PyDict::new(py);
        for key in keys {
            dict.set_item(key, py.None()).ok()?;
        }
        if dict.len() != keys.len() {
            return None;
        }
        // SAFETY: a live dict whose version lays out its keys like this; what is read lies in the table, as long as its
        // entries are, and is only compared.
        let expected = unsafe {
            let (entries, stride, length) = entries(dict.as_ptr());
            length == keys.len()
                && keys.iter().enumerate().all(|(at, key)| {
                    let entry = entries.add(at * stride);
                    *entry == key.as_ptr() && *entry.add(1) == ffi::Py_None()
                })
        };
        expected.then_some(Template(dict))
    }

    /// Fills a dict that is empty with the keys and these items' values, each moved; `items` holds keys and values in turn.
    /// Gives the items back, and nothing is done, if that does not go.
    #[inline(always)]
    pub fn fill<'d>(
        &self,
        dict: &Bound<'py, PyDict>,
        items: Drain<'d, Bound<'py, PyAny>>,
    ) -> Result<(), Drain<'d, Bound<'py, PyAny>>> {
        // SAFETY: two live dicts. The empty one takes over a copy of the other's table, or gets its entries one by one; it
        // is looked at whether there are as many, and then each value, which is None, is replaced by one whose reference
        // the drain had. Nobody sees the dict meanwhile, and nothing remembers its version.
        unsafe {
            if ffi::PyDict_Update(dict.as_ptr(), self.0.as_ptr()) < 0 {
                ffi::PyErr_Clear();
                ffi::PyDict_Clear(dict.as_ptr());
                return Err(items);
            }
            let (entries, stride, length) = entries(dict.as_ptr());
            if length * 2 != items.len() {
                ffi::PyDict_Clear(dict.as_ptr());
                return Err(items);
            }
            let none = ffi::Py_None();
            let mut tracked = false;
            let pairs = pointers(&items);
            for at in 0..length {
                let value = pairs[2 * at + 1];
                *entries.add(at * stride + 1) = value;
                ffi::Py_DECREF(none);
                tracked |= (*ffi::Py_TYPE(value)).tp_flags & ffi::Py_TPFLAGS_HAVE_GC != 0;
            }
            if tracked {
                track(dict, pairs);
            }
            for at in 0..length {
                ffi::Py_DECREF(pairs[2 * at]);
            }
            mem::forget(items);
        }
        Ok(())
    }
}

/// Tells the collector of a dict, if one of the values may be part of a cycle, as a dict does when it is given one.
#[cfg(all(Py_3_11, not(any(Py_3_14, Py_GIL_DISABLED))))]
unsafe fn track(dict: &Bound<'_, PyDict>, items: &[*mut ffi::PyObject]) {
    // SAFETY: live objects, and a dict that is not told of twice.
    unsafe {
        let may_be_tracked = |value: *mut ffi::PyObject| {
            ffi::PyObject_IS_GC(value) != 0
                && (ffi::PyTuple_CheckExact(value) == 0 || ffi::PyObject_GC_IsTracked(value) != 0)
        };
        if ffi::PyObject_GC_IsTracked(dict.as_ptr()) == 0 && items.iter().any(|item| may_be_tracked(*item)) {
            ffi::PyObject_GC_Track(dict.as_ptr().cast());
        }
    }
}

#[cfg(not(all(Py_3_11, not(any(Py_3_14, Py_GIL_DISABLED)))))]
impl<'py> Template<'py> {
    /// There is none where the layout of dicts is another.
    pub fn new(_keys: &[Bound<'py, PyAny>]) -> Option<Self> {
        None
    }

    pub fn fill<'d>(
        &self,
        _dict: &Bound<'py, PyDict>,
        items: Drain<'d, Bound<'py, PyAny>>,
    ) -> Result<(), Drain<'d, Bound<'py, PyAny>>> {
        let _ = &self.0;
        Err(items)
    }
}

/// Sets a key of a dict that is an exact dict.
#[inline(always)]
pub fn set_item<'py>(dict: &Bound<'py, PyDict>, key: &Bound<'py, PyAny>, value: &Bound<'py, PyAny>) -> PyResult<()> {
    // SAFETY: three live objects.
    match unsafe { ffi::PyDict_SetItem(dict.as_ptr(), key.as_ptr(), value.as_ptr()) } {
        0 => Ok(()),
        _ => Err(PyErr::fetch(dict.py())),
    }
}

/// Whether setting an attribute of that name may do something else than to put it into `__dict__`.
pub fn is_data_descriptor(class: &Bound<'_, PyType>, name: &Bound<'_, PyString>) -> bool {
    super::type_attribute(class, name).is_some_and(|found| {
        // SAFETY: a live object, and its type's slot is only looked at.
        unsafe { (*ffi::Py_TYPE(found.as_ptr())).tp_descr_set.is_some() }
    })
}

/// Sets an attribute as `object.__setattr__` does; false, and it is not set, if that fails.
#[inline(always)]
pub fn set_attribute(object: &Bound<'_, PyAny>, name: &Bound<'_, PyString>, value: &Bound<'_, PyAny>) -> bool {
    // SAFETY: live objects, of which the second is a `str`.
    unsafe {
        if ffi::PyObject_GenericSetAttr(object.as_ptr(), name.as_ptr(), value.as_ptr()) == 0 {
            return true;
        }
        ffi::PyErr_Clear();
        false
    }
}
