//! A `bytes` that is made while it is written.

use pyo3::{exceptions::PyMemoryError, ffi, prelude::*, types::PyBytes};
use std::{ffi::c_int, ptr};

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
