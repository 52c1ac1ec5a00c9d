//! What objects of the standard library consist of, read where it lies.

use pyo3::{ffi, prelude::*, types::PyType};
use std::{ffi::CStr, ptr, slice};

/// The types that are read here. What `__reduce_ex__` says of their objects is all in these parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Native {
    /// `datetime.date`
    Date,
    /// `datetime.datetime`
    DateTime,
    /// `datetime.time`
    Time,
    /// `datetime.timedelta`
    TimeDelta,
    /// `datetime.timezone`
    TimeZone,
    /// `decimal.Decimal`
    Decimal,
}

/// `timezone` as CPython 3.9 to 3.13 lay it out, without a public header.
#[repr(C)]
struct TimeZone {
    object: ffi::PyObject,
    offset: *mut ffi::PyObject,
    name: *mut ffi::PyObject,
}

/// `Decimal` as CPython 3.9 to 3.13 lay it out where a word has 64 bits, without a public header.
#[repr(C)]
struct Decimal {
    object: ffi::PyObject,
    hash: ffi::Py_hash_t,
    flags: u8,
    exponent: isize,
    digits: isize,
    words: isize,
    room: isize,
    data: *const u64,
    own: [u64; 4],
}

/// The type of C that this class is, going by its name and size. Classes of Python have names without a dot, and those of C
/// do not change where they are not made to.
pub fn native(class: &Bound<'_, PyType>) -> Option<Native> {
    if cfg!(Py_3_14) || size_of::<usize>() != 8 {
        return None;
    }
    const IMMUTABLE: std::ffi::c_ulong = 1 << 8;
    let class = class.as_type_ptr();
    // SAFETY: a live type object, whose name is a C string.
    let (name, size, flags) = unsafe {
        let name = CStr::from_ptr((*class).tp_name);
        (name.to_bytes(), (*class).tp_basicsize, ffi::PyType_GetFlags(class))
    };
    if flags & ffi::Py_TPFLAGS_HEAPTYPE != 0 && flags & IMMUTABLE == 0 {
        return None;
    }
    let (native, own) = match name {
        b"datetime.date" => (Native::Date, size_of::<ffi::PyDateTime_Date>()),
        b"datetime.datetime" => (Native::DateTime, size_of::<ffi::PyDateTime_DateTime>()),
        b"datetime.time" => (Native::Time, size_of::<ffi::PyDateTime_Time>()),
        b"datetime.timedelta" => (Native::TimeDelta, size_of::<ffi::PyDateTime_Delta>()),
        b"datetime.timezone" => (Native::TimeZone, size_of::<TimeZone>()),
        b"decimal.Decimal" => (Native::Decimal, size_of::<Decimal>()),
        _ => return None,
    };
    (size as usize == own).then_some(native)
}

/// The state of a `date`.
pub fn date(object: Borrowed<'_, '_, PyAny>) -> [u8; 4] {
    // SAFETY: an exact `date`, as the caller has found out with `native`; its layout is in a public header.
    unsafe { (*object.as_ptr().cast::<ffi::PyDateTime_Date>()).data }
}

/// The state of a `datetime`, whether it is the second of two, and its time zone.
pub fn datetime<'s, 'py>(object: Borrowed<'s, 'py, PyAny>) -> ([u8; 10], bool, Option<Borrowed<'s, 'py, PyAny>>) {
    let own = object.as_ptr().cast::<ffi::PyDateTime_DateTime>();
    // SAFETY: as for a `date`. The last field is there if the object says so, and holds an object then.
    unsafe {
        let zone = ((*own).hastzinfo != 0).then(|| Borrowed::from_ptr(object.py(), (*own).tzinfo));
        ((*own).data, (*own).fold != 0, zone)
    }
}

/// The same of a `time`.
pub fn time<'s, 'py>(object: Borrowed<'s, 'py, PyAny>) -> ([u8; 6], bool, Option<Borrowed<'s, 'py, PyAny>>) {
    let own = object.as_ptr().cast::<ffi::PyDateTime_Time>();
    // SAFETY: as for a `datetime`.
    unsafe {
        let zone = ((*own).hastzinfo != 0).then(|| Borrowed::from_ptr(object.py(), (*own).tzinfo));
        ((*own).data, (*own).fold != 0, zone)
    }
}

/// Days, seconds and microseconds of a `timedelta`.
pub fn timedelta(object: Borrowed<'_, '_, PyAny>) -> [i64; 3] {
    let own = object.as_ptr().cast::<ffi::PyDateTime_Delta>();
    // SAFETY: as for a `date`.
    unsafe { [(*own).days.into(), (*own).seconds.into(), (*own).microseconds.into()] }
}

/// Offset and name of a `timezone`.
pub fn timezone<'s, 'py>(
    object: Borrowed<'s, 'py, PyAny>,
) -> (Borrowed<'s, 'py, PyAny>, Option<Borrowed<'s, 'py, PyAny>>) {
    let own = object.as_ptr().cast::<TimeZone>();
    // SAFETY: an exact `timezone`, whose layout was tried out on one.
    unsafe {
        let name = (!(*own).name.is_null()).then(|| Borrowed::from_ptr(object.py(), (*own).name));
        (Borrowed::from_ptr(object.py(), (*own).offset), name)
    }
}

/// The longest text of a [`decimal`].
pub const DECIMAL: usize = 96;

/// The text of a `Decimal`, if it is short and without an exponent: that one has a letter which the context chooses.
pub fn decimal<'t>(object: Borrowed<'_, '_, PyAny>, room: &'t mut [u8; DECIMAL]) -> Option<&'t [u8]> {
    const NEGATIVE: u8 = 1;
    const SPECIAL: u8 = 2 | 4 | 8;
    let own = object.as_ptr().cast::<Decimal>();
    // SAFETY: an exact `Decimal`, whose layout was tried out on one; it has that many words at its pointer.
    let (flags, exponent, digits, words) = unsafe {
        let words = (*own).words;
        if (*own).flags & SPECIAL != 0 || !(1..=4).contains(&words) {
            return None;
        }
        let words = slice::from_raw_parts((*own).data, words as usize);
        ((*own).flags, (*own).exponent, (*own).digits, words)
    };
    if !(-80..=0).contains(&exponent) || !(1..=76).contains(&digits) || exponent + digits < -5 {
        return None;
    }
    // Digits from the last one on, with the point where it belongs.
    let mut at = DECIMAL;
    let mut place = exponent;
    let mut left = digits;
    for &word in words {
        let mut word = word;
        for _ in 0..left.min(19) {
            at -= 1;
            room[at] = b'0' + (word % 10) as u8;
            word /= 10;
            place += 1;
            if place == 0 && exponent < 0 {
                at -= 1;
                room[at] = b'.';
            }
        }
        left -= left.min(19);
    }
    while place < 0 {
        at -= 1;
        room[at] = b'0';
        place += 1;
        if place == 0 {
            at -= 1;
            room[at] = b'.';
        }
    }
    if room.get(at) == Some(&b'.') {
        at -= 1;
        room[at] = b'0';
    }
    if flags & NEGATIVE != 0 {
        at -= 1;
        room[at] = b'-';
    }
    (left == 0).then(|| &room[at..])
}

/// The class of an object.
#[inline(always)]
pub fn class_lent<'s, 'py>(object: Borrowed<'s, 'py, PyAny>) -> Borrowed<'s, 'py, PyType> {
    // SAFETY: a live object has a class, which is a type, and holds it.
    unsafe {
        let class = ptr::from_mut(&mut *ffi::Py_TYPE(object.as_ptr())).cast::<ffi::PyObject>();
        Borrowed::from_ptr(object.py(), class).cast_unchecked()
    }
}
