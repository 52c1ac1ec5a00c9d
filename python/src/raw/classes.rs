//! What classes are, by their type objects.

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

/// The version of a class: another number after each change of it or of its bases, and never used again.
#[inline(always)]
pub fn type_version(class: &Bound<'_, PyType>) -> Option<u32> {
    const VALID: std::ffi::c_ulong = 1 << 19;
    let class = class.as_type_ptr();
    // SAFETY: a live type object, whose fields are read under the GIL.
    let (version, valid) = unsafe { ((*class).tp_version_tag, (*class).tp_flags & VALID != 0) };
    (version != 0 && (valid || cfg!(Py_3_14))).then_some(version)
}

/// Whether a class is of Python's own making: it has no memory but for `__dict__` and weak references, attributes are
/// looked up as `object` does, and classes of its kind are told apart by address.
pub fn is_ordinary(class: &Bound<'_, PyType>) -> bool {
    if !is_told_by_address(class) {
        return false;
    }
    let class = class.as_type_ptr();
    // SAFETY: live type objects, whose fields are read under the GIL.
    unsafe {
        let flags = ffi::PyType_GetFlags(class);
        let built_in = ffi::Py_TPFLAGS_LIST_SUBCLASS | ffi::Py_TPFLAGS_DICT_SUBCLASS | ffi::Py_TPFLAGS_TUPLE_SUBCLASS;
        let word = size_of::<usize>() as ffi::Py_ssize_t;
        let mut size = ffi::PyBaseObject_Type.tp_basicsize;
        size += if (*class).tp_dictoffset > 0 { word } else { 0 };
        size += if (*class).tp_weaklistoffset > 0 { word } else { 0 };
        let getattro = (*class).tp_getattro.map(|function| function as usize);
        flags & ffi::Py_TPFLAGS_HEAPTYPE != 0
            && flags & built_in == 0
            && (*class).tp_itemsize == 0
            && (*class).tp_basicsize <= size
            && getattro == Some(ffi::PyObject_GenericGetAttr as *const () as usize)
    }
}

/// Whether a class hashes as classes do, by its address.
pub fn is_told_by_address(class: &Bound<'_, PyType>) -> bool {
    // SAFETY: live type objects, whose fields are read under the GIL.
    unsafe {
        let meta = ffi::Py_TYPE(class.as_ptr());
        (*meta).tp_hash.map(|function| function as usize) == ffi::PyType_Type.tp_hash.map(|function| function as usize)
    }
}

/// What a class or its bases have under that name, as it lies there.
pub fn type_attribute<'py>(class: &Bound<'py, PyType>, name: &Bound<'py, PyString>) -> Option<Bound<'py, PyAny>> {
    unsafe extern "C" {
        fn _PyType_Lookup(class: *mut ffi::PyTypeObject, name: *mut ffi::PyObject) -> *mut ffi::PyObject;
    }
    // SAFETY: a live type and a `str`; the answer is a borrowed reference or null, without an exception.
    unsafe { Bound::from_borrowed_ptr_or_opt(class.py(), _PyType_Lookup(class.as_type_ptr(), name.as_ptr())) }
}

/// Whether it is what makes `__dict__` an attribute of a class's instances.
pub fn is_getset(descriptor: &Bound<'_, PyAny>) -> bool {
    // SAFETY: only the address of the type is taken.
    unsafe { ptr::eq(ffi::Py_TYPE(descriptor.as_ptr()), &raw mut ffi::PyGetSetDescr_Type) }
}

/// Whether it is a method that is written in C.
pub fn is_method_of_c(descriptor: &Bound<'_, PyAny>) -> bool {
    // SAFETY: only the address of the type is taken.
    unsafe { ptr::eq(ffi::Py_TYPE(descriptor.as_ptr()), &raw mut ffi::PyMethodDescr_Type) }
}

/// Whether `__new__` is `object`'s, which runs no Python code when there are no arguments, except to say that a class is
/// abstract.
#[inline(always)]
pub fn is_made_by_object(class: &Bound<'_, PyType>) -> bool {
    let class = class.as_type_ptr();
    // SAFETY: live type objects, whose fields are read under the GIL.
    unsafe {
        let of = |class: *mut ffi::PyTypeObject| (*class).tp_new.map(|function| function as usize);
        of(class) == of(&raw mut ffi::PyBaseObject_Type)
            && ffi::PyType_GetFlags(class) & ffi::Py_TPFLAGS_IS_ABSTRACT == 0
    }
}
