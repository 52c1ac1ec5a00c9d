//! Numbers read where they lie.

use pyo3::{ffi, prelude::*};

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
