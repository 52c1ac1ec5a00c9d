//! Numbers read where they lie.

use brinery::Head;
use pyo3::{ffi, prelude::*, types::PyList};

/// Bits in a digit of an int, which is checked where the module is made.
pub const DIGIT_BITS: u32 = 30;

/// The head of an int as CPython lays it out, with its first two digits. From 3.12 on size and sign are one number.
#[repr(C)]
pub(super) struct IntHead {
    pub(super) object: ffi::PyObject,
    pub(super) size: isize,
    pub(super) digits: [u32; 2],
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
