//! The few things that PyO3 cannot say, or not fast enough. All unsafe code of this crate is here.
#![allow(unsafe_code)]

use brinery::Head;
use pyo3::{
    exceptions::PyMemoryError,
    ffi,
    prelude::*,
    types::{PyBytes, PyDict, PyFunction, PyList, PyString, PyTuple, PyType},
};
use std::{ffi::c_int, ptr, vec::Drain};

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

/// Bits in a digit of an int, which is checked where the module is made.
pub const DIGIT_BITS: u32 = 30;

/// The head of an int as CPython lays it out, with its first two digits. From 3.12 on size and sign are one number.
#[repr(C)]
struct IntHead {
    object: ffi::PyObject,
    size: isize,
    digits: [u32; 2],
}

/// The value of an exact int of up to 64 bits. PyO3's `extract` makes an exception of every larger one.
#[inline(always)]
pub fn int(value: &Bound<'_, PyAny>) -> Option<i64> {
    // SAFETY: an exact int, of which only the digits are read that its size says are there: of one digit there are as
    // many in every int, also in 0.
    unsafe {
        let head = value.as_ptr().cast::<IntHead>();
        let size = (*head).size;
        #[cfg(Py_3_12)]
        let (negative, digits) = (size & 3 == 2, size >> 3);
        #[cfg(not(Py_3_12))]
        let (negative, digits) = (size < 0, size.abs());
        let first = (&raw const (*head).digits).cast::<u32>();
        let magnitude = match digits {
            0 => return Some(0),
            1 => i64::from(*first),
            2 => i64::from(*first) | i64::from(*first.add(1)) << DIGIT_BITS,
            _ => return long(value),
        };
        Some(if negative { -magnitude } else { magnitude })
    }
}

/// The same for more than 60 bits.
#[cold]
fn long(value: &Bound<'_, PyAny>) -> Option<i64> {
    let mut overflow = 0;
    // SAFETY: any object may be asked; of an int there is no exception.
    let value = unsafe { ffi::PyLong_AsLongLongAndOverflow(value.as_ptr(), &mut overflow) };
    (overflow == 0).then_some(value)
}

/// A number, `None` or a bool, if the object is exactly that.
#[inline(always)]
fn atom(object: &Bound<'_, PyAny>) -> Option<Head<Bound<'static, PyAny>>> {
    use pyo3::types::{PyBool, PyFloat, PyInt};
    if object.is_exact_instance_of::<PyInt>() {
        return int(object).map(Head::Int);
    }
    if let Ok(value) = object.cast_exact::<PyFloat>() {
        return Some(Head::Float(value.value()));
    }
    if object.is_none() {
        return Some(Head::None);
    }
    object
        .cast_exact::<PyBool>()
        .ok()
        .map(|value| Head::Bool(value.is_true()))
}

/// The atoms in a list from place `at` on, `most` of them at most, and moves the place behind them.
pub fn atoms<'py>(list: &Bound<'py, PyList>, at: &mut usize, most: usize, atoms: &mut Vec<Head<Bound<'py, PyAny>>>) {
    let end = list.len().min(at.saturating_add(most));
    while *at < end {
        // SAFETY: the place is checked, no Python code runs here and the GIL is held, so that the list stays as it is.
        let item = unsafe { Borrowed::from_ptr(list.py(), ffi::PyList_GET_ITEM(list.as_ptr(), *at as isize)) };
        match atom(&item) {
            Some(Head::Int(value)) => atoms.push(Head::Int(value)),
            Some(Head::Float(value)) => atoms.push(Head::Float(value)),
            Some(Head::Bool(value)) => atoms.push(Head::Bool(value)),
            Some(Head::None) => atoms.push(Head::None),
            _ => return,
        }
        *at += 1;
    }
}

/// Bytes that grow, and become a `bytes` without being copied.
pub struct Growing<'py> {
    py: Python<'py>,
    bytes: *mut ffi::PyObject,
    len: usize,
    room: usize,
}

impl<'py> Growing<'py> {
    /// None yet.
    pub fn new(py: Python<'py>) -> Self {
        Growing {
            py,
            bytes: ptr::null_mut(),
            len: 0,
            room: 0,
        }
    }

    /// Has room for so many.
    fn resize(&mut self, room: usize) -> PyResult<()> {
        unsafe extern "C" {
            fn _PyBytes_Resize(bytes: *mut *mut ffi::PyObject, size: ffi::Py_ssize_t) -> c_int;
        }
        let size = ffi::Py_ssize_t::try_from(room).map_err(|_| PyMemoryError::new_err(()))?;
        // SAFETY: nobody else has the `bytes`; if it cannot be resized it is gone, the pointer null and an exception set.
        let done = unsafe {
            if self.bytes.is_null() {
                self.bytes = ffi::PyBytes_FromStringAndSize(ptr::null(), size);
                !self.bytes.is_null()
            } else {
                _PyBytes_Resize(&mut self.bytes, size) == 0
            }
        };
        if !done {
            (self.len, self.room) = (0, 0);
            return Err(PyErr::fetch(self.py));
        }
        self.room = room;
        Ok(())
    }

    /// Appends.
    pub fn append(&mut self, bytes: &[u8]) -> PyResult<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        let end = self
            .len
            .checked_add(bytes.len())
            .ok_or_else(|| PyMemoryError::new_err(()))?;
        if end > self.room {
            // What comes alone comes at once.
            let room = if self.room == 0 {
                end
            } else {
                end.saturating_add(end / 2)
            };
            self.resize(room)?;
        }
        // SAFETY: there is room, and the bytes are others than these.
        unsafe {
            let to = ffi::PyBytes_AsString(self.bytes).cast::<u8>().add(self.len);
            ptr::copy_nonoverlapping(bytes.as_ptr(), to, bytes.len());
        }
        self.len = end;
        Ok(())
    }

    /// The `bytes`.
    pub fn finish(mut self) -> PyResult<Bound<'py, PyBytes>> {
        if self.bytes.is_null() || self.len != self.room {
            self.resize(self.len)?;
        }
        let bytes = std::mem::replace(&mut self.bytes, ptr::null_mut());
        // SAFETY: a `bytes` of that length, all of them written, and our reference to it.
        unsafe { Ok(Bound::from_owned_ptr(self.py, bytes).cast_into_unchecked()) }
    }
}

impl Drop for Growing<'_> {
    fn drop(&mut self) {
        // SAFETY: our reference, or null.
        unsafe { ffi::Py_XDECREF(self.bytes) }
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

/// A `str`. ASCII is copied, and not checked a second time as text of Rust already is.
#[inline(always)]
pub fn text<'py>(py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyAny>> {
    // The empty one, and those of one character, exist once.
    if text.len() < 2 || !text.is_ascii() {
        return Ok(PyString::new(py, text).into_any());
    }
    // SAFETY: a new `str` for as many ASCII characters, which nobody else has yet, has room for exactly them, and they
    // are written before anyone sees it.
    unsafe {
        let new = ffi::PyUnicode_New(text.len() as ffi::Py_ssize_t, 0x7f);
        if !new.is_null() {
            ptr::copy_nonoverlapping(text.as_ptr(), ffi::PyUnicode_DATA(new).cast(), text.len());
        }
        Bound::from_owned_ptr_or_err(py, new)
    }
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

/// The version of a class: another number after each change of it or of its bases, and never used again.
#[inline(always)]
pub fn type_version(class: &Bound<'_, PyType>) -> Option<u32> {
    const VALID: std::ffi::c_ulong = 1 << 19;
    let class = class.as_type_ptr();
    // SAFETY: a live type object, whose fields are read under the GIL.
    let (version, valid) = unsafe { ((*class).tp_version_tag, ffi::PyType_GetFlags(class) & VALID != 0) };
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

/// A tuple of these items, each moved.
#[inline(always)]
pub fn tuple<'py>(py: Python<'py>, items: Drain<'_, Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: a new tuple of as many places as there are items, each of which is filled before anyone sees it. (The one
    // empty tuple has none.)
    unsafe {
        let tuple = Bound::from_owned_ptr_or_err(py, ffi::PyTuple_New(items.len() as ffi::Py_ssize_t))?;
        for (at, item) in items.enumerate() {
            ffi::PyTuple_SET_ITEM(tuple.as_ptr(), at as ffi::Py_ssize_t, item.into_ptr());
        }
        Ok(tuple)
    }
}

/// Appends items to a list.
#[inline(always)]
pub fn extend<'py>(list: &Bound<'py, PyList>, items: Drain<'_, Bound<'py, PyAny>>) -> PyResult<()> {
    // One growth for all of them, where it pays.
    if items.len() <= 4 {
        for item in items {
            list.append(item)?;
        }
        return Ok(());
    }
    // SAFETY: as for a tuple.
    let all = unsafe {
        let all = Bound::from_owned_ptr_or_err(list.py(), ffi::PyList_New(items.len() as ffi::Py_ssize_t))?;
        for (at, item) in items.enumerate() {
            ffi::PyList_SET_ITEM(all.as_ptr(), at as ffi::Py_ssize_t, item.into_ptr());
        }
        all
    };
    let end = list.len();
    list.set_slice(end, end, &all)
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

/// Copies a dict of names into the attributes of an instance; false, and nothing is done, if there is another key.
#[inline(always)]
pub fn update_names<'py>(attributes: &Bound<'py, PyDict>, state: &Bound<'py, PyDict>) -> PyResult<bool> {
    let mut at = 0;
    while let Some(key) = next_key(state, &mut at) {
        if !key.is_exact_instance_of::<PyString>() {
            return Ok(false);
        }
    }
    let mut at = 0;
    while let Some((key, value)) = next_entry(state, &mut at) {
        let key = interned(key.cast_into::<PyString>()?);
        attributes.set_item(key, value)?;
    }
    Ok(true)
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

/// The key of a dict that equals this one, which becomes one if there is none.
#[inline(always)]
pub fn known<'py>(keys: &Bound<'py, PyDict>, key: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: live objects; what is found is borrowed from the dict, and null comes with an exception.
    unsafe {
        let known = ffi::PyDict_SetDefault(keys.as_ptr(), key.as_ptr(), key.as_ptr());
        Bound::from_borrowed_ptr_or_err(key.py(), known)
    }
}

/// Whether the value of a key is this very object.
#[inline(always)]
pub fn has_value(dict: &Bound<'_, PyDict>, key: &Bound<'_, PyString>, value: *mut ffi::PyObject) -> bool {
    // SAFETY: live objects; of a `str` and a dict there is no exception, and what is found is only compared.
    unsafe { ffi::PyDict_GetItemWithError(dict.as_ptr(), key.as_ptr()) == value }
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
