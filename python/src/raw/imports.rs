//! Modules that are imported already, without the import machinery.

use pyo3::{
    ffi, intern,
    prelude::*,
    sync::PyOnceLock,
    types::{PyModule, PyString},
};
use std::{
    ffi::{CStr, c_char, c_int},
    ptr,
};

/// `builtins.__import__` as Python has it, if nobody had replaced it when it was first asked for.
fn original_import(py: Python<'_>) -> *mut ffi::PyObject {
    static ORIGINAL: PyOnceLock<Option<Py<PyAny>>> = PyOnceLock::new();
    let original = ORIGINAL.get_or_init(py, || {
        let builtins = py.import("builtins").ok()?;
        let import = builtins.getattr("__import__").ok()?;
        // SAFETY: a live object; of a builtin function only the object is asked that it was made for.
        let of = unsafe {
            let is_builtin = ffi::PyCFunction_CheckExact(import.as_ptr()) != 0;
            is_builtin.then(|| ffi::PyCFunction_GetSelf(import.as_ptr()))
        };
        (of == Some(builtins.as_ptr())).then(|| import.unbind())
    });
    original.as_ref().map_or(ptr::null_mut(), |import| import.as_ptr())
}

/// A module that is known to be complete.
static COMPLETE: PyOnceLock<Py<PyModule>> = PyOnceLock::new();

/// Says that a module is complete, and will be; the first that is said of.
pub fn is_complete(module: &Bound<'_, PyModule>) {
    let _ = COMPLETE.set(module.py(), module.clone().unbind());
}

/// A module that `import` would give as it is: it is in `sys.modules`, complete, and nobody replaced `__import__`.
pub fn imported<'py>(name: &Bound<'py, PyString>) -> Option<Bound<'py, PyModule>> {
    let py = name.py();
    // SAFETY: live objects; what is found in dicts is borrowed from them, and new references are taken before anything can
    // change. An exception of a look-up is thrown away: the long way will meet it again.
    unsafe {
        let builtins = ffi::PyEval_GetBuiltins();
        let modules = ffi::PyImport_GetModuleDict();
        if builtins.is_null() || ffi::PyDict_CheckExact(builtins) == 0 || ffi::PyDict_CheckExact(modules) == 0 {
            return None;
        }
        let import = ffi::PyDict_GetItemWithError(builtins, intern!(py, "__import__").as_ptr());
        if import.is_null() || import != original_import(py) {
            ffi::PyErr_Clear();
            return None;
        }
        let module = ffi::PyDict_GetItemWithError(modules, name.as_ptr());
        if module.is_null() || ffi::PyModule_CheckExact(module) == 0 {
            ffi::PyErr_Clear();
            return None;
        }
        let module = Bound::from_borrowed_ptr(py, module).cast_into_unchecked::<PyModule>();
        // It is that of this package mostly, which could not ask if it were not complete.
        if Some(module.as_ptr()) == COMPLETE.get(py).map(|known| known.as_ptr()) {
            return Some(module);
        }
        let spec = module_value(&module, intern!(py, "__spec__"))?;
        if !spec.is_none()
            && let Some(initializing) = super::attribute(&spec, intern!(py, "_initializing")).ok()?
            && !initializing.is_exact_instance_of::<pyo3::types::PyBool>() | initializing.is_truthy().ok()?
        {
            return None;
        }
        Some(module)
    }
}

/// What a module has under that name in its dict.
#[inline(always)]
pub fn module_value<'py>(module: &Bound<'py, PyModule>, name: &Bound<'py, PyString>) -> Option<Bound<'py, PyAny>> {
    // SAFETY: a live module, whose dict lives as long, and a `str`, for which a dict of a module's names has no exception
    // but of other keys' equality; what is found is borrowed.
    unsafe {
        let found = ffi::PyDict_GetItemWithError(ffi::PyModule_GetDict(module.as_ptr()), name.as_ptr());
        if found.is_null() {
            ffi::PyErr_Clear();
        }
        Bound::from_borrowed_ptr_or_opt(module.py(), found)
    }
}

/// Raises an audit event about two objects.
pub fn audit(event: &CStr, one: &Bound<'_, PyAny>, other: &Bound<'_, PyAny>) -> PyResult<()> {
    unsafe extern "C" {
        fn PySys_Audit(event: *const c_char, format: *const c_char, ...) -> c_int;
    }
    // SAFETY: the format names two objects, and these are live.
    match unsafe { PySys_Audit(event.as_ptr(), c"OO".as_ptr(), one.as_ptr(), other.as_ptr()) } {
        0 => Ok(()),
        _ => Err(PyErr::fetch(one.py())),
    }
}
