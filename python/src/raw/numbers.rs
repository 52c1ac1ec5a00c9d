//! Numbers read where they lie.

use pyo3::{ffi, prelude::*};

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
    // SAFETY: an exact int. Its second digit is read also where the size says that there is one only, and then not used:
    // which of two widths an int has is what a processor would mostly guess wrong. What is read is part of the object's C
    // structure, whose size is a multiple of eight.
    unsafe {
        let head = value.as_ptr().cast::<IntHead>();
        let size = (*head).size;
        #[cfg(Py_3_12)]
        let (negative, digits) = ((size & 3 == 2) as i64, size >> 3);
        #[cfg(not(Py_3_12))]
        let (negative, digits) = ((size < 0) as i64, size.abs());
        if digits > 2 {
            return long(value);
        }
        let digit = (&raw const (*head).digits).cast::<u32>();
        let first = i64::from(digit.read()) & -i64::from(digits > 0);
        let second = i64::from(digit.add(1).read()) << DIGIT_BITS & -i64::from(digits > 1);
        Some(((first | second) ^ -negative) + negative)
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
