//! Functions, code objects and classes, as far as cloudpickle's half needs them.

use pyo3::{
    ffi,
    prelude::*,
    types::{PyDict, PyFunction, PyString, PyType},
};
use std::ptr;

/// Whether the value of a key is this very object.
#[inline(always)]
pub fn has_value(dict: &Bound<'_, PyDict>, key: &Bound<'_, PyString>, value: *mut ffi::PyObject) -> bool {
    // SAFETY: live objects; of a `str` and a dict there is no exception, and what is found is only compared.
    unsafe { ffi::PyDict_GetItemWithError(dict.as_ptr(), key.as_ptr()) == value }
}

/// The value of a key that is a `str`.
#[inline(always)]
pub fn value<'py>(dict: &Bound<'py, PyDict>, key: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    // SAFETY: live objects; what is found is borrowed from the dict, and null may come with an exception.
    unsafe {
        let found = ffi::PyDict_GetItemWithError(dict.as_ptr(), key.as_ptr());
        if found.is_null() && !ffi::PyErr_Occurred().is_null() {
            return Err(PyErr::fetch(dict.py()));
        }
        Ok(Bound::from_borrowed_ptr_or_opt(dict.py(), found))
    }
}

/// What a function is made of.
#[derive(Debug)]
pub struct FunctionParts<'py> {
    /// `__code__`
    pub code: Bound<'py, PyAny>,
    /// `__globals__`
    pub globals: Bound<'py, PyAny>,
    /// `__closure__`
    pub closure: Bound<'py, PyAny>,
    /// `__defaults__`
    pub defaults: Bound<'py, PyAny>,
    /// `__kwdefaults__`
    pub kwdefaults: Bound<'py, PyAny>,
}

/// What a function is made of, without asking it for each.
pub fn function_parts<'py>(function: &Bound<'py, PyFunction>) -> FunctionParts<'py> {
    let py = function.py();
    let part = |part: *mut ffi::PyObject| {
        // SAFETY: borrowed from the function, which is alive; null stands for None.
        unsafe { Bound::from_borrowed_ptr_or_opt(py, part) }.unwrap_or_else(|| py.None().into_bound(py))
    };
    let of = function.as_ptr();
    // SAFETY: the object is a function, so there is no exception.
    unsafe {
        FunctionParts {
            code: part(ffi::PyFunction_GetCode(of)),
            globals: part(ffi::PyFunction_GetGlobals(of)),
            closure: part(ffi::PyFunction_GetClosure(of)),
            defaults: part(ffi::PyFunction_GetDefaults(of)),
            kwdefaults: part(ffi::PyFunction_GetKwDefaults(of)),
        }
    }
}

/// Whether a class is another or derives from it, whatever their metaclasses say.
pub fn is_subtype(class: &Bound<'_, PyType>, of: &Bound<'_, PyType>) -> bool {
    // SAFETY: two live type objects.
    unsafe { ffi::PyType_IsSubtype(class.as_type_ptr(), of.as_type_ptr()) != 0 }
}

/// Whether this is a function written in Python.
pub fn is_function(object: &Bound<'_, PyAny>) -> bool {
    object.is_exact_instance_of::<pyo3::types::PyFunction>()
}

/// A class's own dict, which is not to be changed. What the attribute `__dict__` gives may be another thing: a metaclass
/// may have a property of that name.
pub fn type_dict<'py>(class: &Bound<'py, PyType>) -> PyResult<Bound<'py, PyDict>> {
    let py = class.py();
    // SAFETY: a live type object, which has a dict from the time it is ready. From 3.12 on those of builtin types are
    // found by a function, which gives a new reference.
    unsafe {
        #[cfg(Py_3_12)]
        {
            unsafe extern "C" {
                fn PyType_GetDict(class: *mut ffi::PyTypeObject) -> *mut ffi::PyObject;
            }
            let dict = PyType_GetDict(class.as_type_ptr());
            Ok(Bound::from_owned_ptr_or_err(py, dict)?.cast_into::<PyDict>()?)
        }
        #[cfg(not(Py_3_12))]
        {
            let dict = (*class.as_type_ptr()).tp_dict;
            Ok(Bound::from_borrowed_ptr_or_err(py, dict)?.cast_into::<PyDict>()?)
        }
    }
}

mod extra {
    use pyo3::ffi;
    use std::ffi::{c_int, c_void};

    unsafe extern "C" {
        #[cfg_attr(Py_3_12, link_name = "PyUnstable_Eval_RequestCodeExtraIndex")]
        #[cfg_attr(not(Py_3_12), link_name = "_PyEval_RequestCodeExtraIndex")]
        pub fn request(free: extern "C" fn(*mut c_void)) -> ffi::Py_ssize_t;
        #[cfg_attr(Py_3_12, link_name = "PyUnstable_Code_GetExtra")]
        #[cfg_attr(not(Py_3_12), link_name = "_PyCode_GetExtra")]
        pub fn get(code: *mut ffi::PyObject, index: ffi::Py_ssize_t, extra: *mut *mut c_void) -> c_int;
        #[cfg_attr(Py_3_12, link_name = "PyUnstable_Code_SetExtra")]
        #[cfg_attr(not(Py_3_12), link_name = "_PyCode_SetExtra")]
        pub fn set(code: *mut ffi::PyObject, index: ffi::Py_ssize_t, extra: *mut c_void) -> c_int;
    }

    /// What Python calls when a code object goes away.
    pub extern "C" fn free(extra: *mut c_void) {
        if !extra.is_null() {
            // SAFETY: what is kept there is a reference that was given away in `set_code_extra`; code goes away with the
            // GIL held.
            unsafe { ffi::Py_DECREF(extra.cast()) };
        }
    }
}

/// Which of the places for others' data in a code object is ours; negative if there is none left.
fn extra_index(py: Python<'_>) -> ffi::Py_ssize_t {
    static INDEX: pyo3::sync::PyOnceLock<ffi::Py_ssize_t> = pyo3::sync::PyOnceLock::new();
    // SAFETY: the GIL is held, and the function lives as long as the process: extension modules are never unloaded.
    *INDEX.get_or_init(py, || unsafe { extra::request(extra::free) })
}

/// What was kept in a code object.
pub fn code_extra<'py>(code: &Bound<'py, PyAny>) -> Option<Bound<'py, PyAny>> {
    let py = code.py();
    let index = extra_index(py);
    let mut extra = ptr::null_mut();
    // SAFETY: the function itself checks that it is given a code object; what is kept in our place is null or a
    // reference that stays alive as long as the code does.
    unsafe {
        if index < 0 || extra::get(code.as_ptr(), index, &mut extra) < 0 {
            ffi::PyErr_Clear();
            return None;
        }
        Bound::from_borrowed_ptr_or_opt(py, extra.cast())
    }
}

/// Keeps an object in a code object, if there is room.
pub fn set_code_extra(code: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) {
    let index = extra_index(code.py());
    // SAFETY: as above; the reference is given away, and taken back if it was not kept.
    unsafe {
        let value = value.clone().into_ptr();
        if index < 0 || extra::set(code.as_ptr(), index, value.cast()) < 0 {
            ffi::PyErr_Clear();
            ffi::Py_DECREF(value);
        }
    }
}

/// A cell, empty or not.
pub fn new_cell<'py>(py: Python<'py>, content: Option<&Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyAny>> {
    let content = content.map_or(ptr::null_mut(), |content| content.as_ptr());
    // SAFETY: a live object, of which the cell takes its own reference, or null for none.
    unsafe { Bound::from_owned_ptr_or_err(py, ffi::PyCell_New(content)) }
}

/// Copies what is in a cell, if there is something, into another; false if they are not both cells.
pub fn copy_cell(to: &Bound<'_, PyAny>, from: &Bound<'_, PyAny>) -> bool {
    // SAFETY: live objects, and the cells' functions are given only cells. The content is a new reference or null.
    unsafe {
        if ffi::PyCell_Check(to.as_ptr()) == 0 || ffi::PyCell_Check(from.as_ptr()) == 0 {
            return false;
        }
        if let Some(content) = Bound::from_owned_ptr_or_opt(to.py(), ffi::PyCell_Get(from.as_ptr())) {
            ffi::PyCell_Set(to.as_ptr(), content.as_ptr());
        }
        true
    }
}

/// What a function has under that name where it lies, if anything. Not of annotations, which lie in more than one way.
#[cfg(not(Py_3_14))]
#[inline(always)]
fn slot(function: &Bound<'_, PyFunction>, name: &[u8]) -> *mut ffi::PyObject {
    let function = function.as_ptr().cast::<ffi::PyFunctionObject>();
    // SAFETY: a live function, laid out as PyO3 knows it of this version. What lies there is null or lives as long as
    // nobody sets it.
    unsafe {
        match name {
            b"__name__" => (*function).func_name,
            b"__qualname__" => (*function).func_qualname,
            b"__module__" => (*function).func_module,
            b"__doc__" => (*function).func_doc,
            b"__defaults__" => (*function).func_defaults,
            b"__kwdefaults__" => (*function).func_kwdefaults,
            _ => ptr::null_mut(),
        }
    }
}

/// Whether setting an attribute of a function would change nothing: it is this value already, or a `str` of the same
/// characters.
#[inline(always)]
pub fn function_has(function: &Bound<'_, PyFunction>, name: &[u8], value: &Bound<'_, PyAny>) -> bool {
    #[cfg(Py_3_14)]
    {
        let _ = (function, name, value);
        false
    }
    #[cfg(not(Py_3_14))]
    {
        let slot = slot(function, name);
        if slot == value.as_ptr() {
            return true;
        }
        if slot.is_null() {
            return value.is_none() && matches!(name, b"__defaults__" | b"__kwdefaults__");
        }
        // SAFETY: two live `str` objects.
        unsafe {
            ffi::PyUnicode_CheckExact(slot) != 0
                && ffi::PyUnicode_CheckExact(value.as_ptr()) != 0
                && ffi::PyUnicode_Compare(slot, value.as_ptr()) == 0
        }
    }
}

/// Sets a function's annotations, if they are a dict.
#[inline(always)]
pub fn set_annotations(function: &Bound<'_, PyFunction>, value: &Bound<'_, PyAny>) -> bool {
    // SAFETY: a function and an exact dict, for which there is no exception.
    value.is_exact_instance_of::<PyDict>()
        && unsafe { ffi::PyFunction_SetAnnotations(function.as_ptr(), value.as_ptr()) == 0 }
}

/// What is in a cell, if there is something.
pub fn cell_content<'py>(cell: &Bound<'py, PyAny>) -> Option<Bound<'py, PyAny>> {
    // SAFETY: a live object, and a cell if it is asked for its content: a new reference or null.
    unsafe {
        (ffi::PyCell_Check(cell.as_ptr()) != 0)
            .then(|| Bound::from_owned_ptr_or_opt(cell.py(), ffi::PyCell_Get(cell.as_ptr())))
            .flatten()
    }
}

/// Whether an object's class is that of modules or derives from it.
pub fn is_module(object: &Bound<'_, PyAny>) -> bool {
    // SAFETY: a live object.
    unsafe { ffi::PyModule_Check(object.as_ptr()) != 0 }
}

/// A number that changes with each change of a dict, and that no dict has had before.
#[inline(always)]
pub fn dict_version(dict: &Bound<'_, PyDict>) -> Option<u64> {
    #[cfg(not(Py_3_14))]
    {
        // SAFETY: a live dict, laid out as PyO3 knows it. Up to 3.13 the number is there for this use; from 3.12 on some of
        // its bits say who watches the dict, and the others are as before.
        #[allow(deprecated)]
        Some(unsafe { (*dict.as_ptr().cast::<ffi::PyDictObject>()).ma_version_tag })
    }
    #[cfg(Py_3_14)]
    {
        let _ = dict;
        None
    }
}

/// An attribute of a function, by where it lies or by its name.
macro_rules! field {
    ($(#[$doc:meta])* $name:ident, $field:ident, $attribute:literal) => {
        $(#[$doc])*
        #[inline(always)]
        pub fn $name<'py>(function: &Bound<'py, PyFunction>) -> PyResult<Bound<'py, PyAny>> {
            let py = function.py();
            #[cfg(not(Py_3_14))]
            {
                // SAFETY: a live function, laid out as PyO3 knows it of this version; null stands for None.
                let value = unsafe { (*function.as_ptr().cast::<ffi::PyFunctionObject>()).$field };
                Ok(unsafe { Bound::from_borrowed_ptr_or_opt(py, value) }.unwrap_or_else(|| py.None().into_bound(py)))
            }
            #[cfg(Py_3_14)]
            function.getattr(pyo3::intern!(py, $attribute))
        }
    };
}

field!(
    /// `__name__`
    function_name, func_name, "__name__"
);
field!(
    /// `__qualname__`
    function_qualname, func_qualname, "__qualname__"
);
field!(
    /// `__module__`
    function_module, func_module, "__module__"
);
field!(
    /// `__doc__`
    function_doc, func_doc, "__doc__"
);

/// `__annotations__`, which are made a dict if need be.
#[inline(always)]
pub fn function_annotations<'py>(function: &Bound<'py, PyFunction>) -> PyResult<Bound<'py, PyAny>> {
    #[cfg(not(Py_3_14))]
    {
        // SAFETY: as above; up to 3.9 null stands for an empty dict, later a tuple may stand for one.
        let value = unsafe { (*function.as_ptr().cast::<ffi::PyFunctionObject>()).func_annotations };
        // SAFETY: null or a live object.
        if !value.is_null() && unsafe { ffi::PyDict_CheckExact(value) != 0 } {
            return Ok(unsafe { Bound::from_borrowed_ptr(function.py(), value) });
        }
    }
    function.getattr(pyo3::intern!(function.py(), "__annotations__"))
}

/// Whether a function's `__dict__` is not there yet: nothing was put into it.
#[inline(always)]
pub fn has_no_dict(function: &Bound<'_, PyFunction>) -> bool {
    #[cfg(not(Py_3_14))]
    {
        // SAFETY: as above.
        unsafe { (*function.as_ptr().cast::<ffi::PyFunctionObject>()).func_dict.is_null() }
    }
    #[cfg(Py_3_14)]
    {
        let _ = function;
        false
    }
}

/// Whether a function may have type parameters.
#[inline(always)]
pub fn has_type_params(function: &Bound<'_, PyFunction>) -> bool {
    let _ = function;
    #[cfg(all(Py_3_12, not(Py_3_14)))]
    {
        // SAFETY: as above.
        unsafe {
            !(*function.as_ptr().cast::<ffi::PyFunctionObject>())
                .func_typeparams
                .is_null()
        }
    }
    #[cfg(not(all(Py_3_12, not(Py_3_14))))]
    {
        cfg!(Py_3_14)
    }
}
