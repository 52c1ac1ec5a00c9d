//! Instances whose class leaves it to `object` how they are pickled.
//!
//! For these `object.__reduce_ex__` would look up a dozen attributes and make two tuples, only to say: the class, no
//! arguments, `__dict__`. Whether a class is such is found out once and kept with the version of the class, which changes
//! with every change of it or of one of its bases.

use crate::{
    raw::{self, Native},
    world::World,
};
use pyo3::{
    intern,
    prelude::*,
    types::{PyDict, PyList, PyString, PyType},
};
use std::cell::Cell;

/// Classes that are remembered, by their addresses. An address alone may be used again, a version never.
const REMEMBERED: usize = 64;

/// How instances of a class are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// As they say.
    Asked,
    /// As class and `__dict__`.
    Plain,
    /// From their state, which can be read.
    Native(Native),
}

thread_local! {
    static CLASSES: [Cell<(usize, u32, Kind)>; REMEMBERED] =
        const { [const { Cell::new((0, 0, Kind::Asked)) }; REMEMBERED] };
}

/// Attributes that an instance may have instead of its class, which would then be asked.
const ASKED: [&str; 5] = [
    "__reduce_ex__",
    "__reduce__",
    "__getstate__",
    "__getnewargs_ex__",
    "__getnewargs__",
];

/// Where a class is remembered.
#[inline(always)]
fn slot(class: &Bound<'_, PyType>) -> (usize, usize) {
    let address = class.as_ptr() as usize;
    (address, (address >> 5) % REMEMBERED)
}

/// What is remembered of a class. No Python code is run.
#[inline(always)]
pub fn known(class: &Bound<'_, PyType>) -> Option<Kind> {
    let (address, slot) = slot(class);
    let version = raw::type_version(class)?;
    let known = CLASSES.with(|classes| classes[slot].get());
    ((known.0, known.1) == (address, version)).then_some(known.2)
}

/// How instances of this class are written.
pub fn kind(class: &Bound<'_, PyType>, world: &World) -> Kind {
    if let Some(known) = known(class) {
        return known;
    }
    let (address, slot) = slot(class);
    let kind = match raw::native(class) {
        Some(native) if is_native(class, native).unwrap_or(false) => Kind::Native(native),
        None if look(class, world).unwrap_or(false) => Kind::Plain,
        _ => Kind::Asked,
    };
    // Looking changes the version of a class that was never pickled before.
    if let Some(version) = raw::type_version(class) {
        CLASSES.with(|classes| classes[slot].set((address, version, kind)));
    }
    kind
}

/// Tries out what is known of a type of C.
#[cold]
fn is_native(class: &Bound<'_, PyType>, native: Native) -> PyResult<bool> {
    let py = class.py();
    let built_in = ["__reduce__", "__reduce_ex__"].iter().all(|name| {
        let found = raw::type_attribute(class, &PyString::intern(py, name));
        found.is_some_and(|found| raw::is_method_of_c(&found))
    });
    Ok(built_in
        && match native {
            Native::Decimal => {
                let tries = [
                    "-1234567890123456789012.50",
                    "0.000012",
                    "7",
                    "-0.0",
                    "0",
                    "10000000000000000000",
                ];
                let mut right = true;
                for text in tries {
                    let made = class.call1((text,))?;
                    right &= raw::decimal(made.as_borrowed(), &mut [0; raw::DECIMAL]) == Some(text.as_bytes());
                }
                right
            }
            Native::TimeZone => {
                let offset = py.import("datetime")?.getattr("timedelta")?.call1((0, 60))?;
                let name = PyString::new(py, "a zone");
                let made = class.call1((&offset, &name))?;
                let (own_offset, own_name) = raw::timezone(made.as_borrowed());
                own_offset.is(&offset) && own_name.is_some_and(|own| own.is(&name))
            }
            _ => true,
        })
}

/// Looks at a class. An exception is of no interest: the long way will meet it again.
#[cold]
fn look(class: &Bound<'_, PyType>, world: &World) -> PyResult<bool> {
    let py = class.py();
    if !raw::is_ordinary(class) {
        return Ok(false);
    }
    let object = py.get_type::<PyAny>();
    let same = |name: &Bound<'_, PyString>| match (raw::type_attribute(class, name), raw::type_attribute(&object, name))
    {
        (Some(found), Some(own)) => found.is(&own),
        (None, None) => true,
        _ => false,
    };
    let names = ASKED
        .iter()
        .chain(&["__class__"])
        .map(|name| PyString::intern(py, name));
    for name in names {
        if !same(&name) {
            return Ok(false);
        }
    }
    let dict = raw::type_attribute(class, intern!(py, "__dict__"));
    let dict_is_its_own = dict.is_some_and(|dict| raw::is_getset(&dict));
    let slots = world.slotnames.bind(py).call1((class,))?;
    Ok(dict_is_its_own && slots.cast_exact::<PyList>().is_ok_and(|slots| slots.is_empty()))
}

/// The `__dict__` of an instance of a plain class, and whether it leaves the class to itself: it does not have an
/// attribute of its own that says how it is pickled, nor a key that is no `str`.
pub fn state<'py>(object: &Bound<'py, PyAny>) -> Option<Bound<'py, PyDict>> {
    let dict = raw::instance_dict(object)?;
    let mut at = 0;
    while let Some(key) = raw::next_key(&dict, &mut at) {
        let key = key.cast_exact::<PyString>().ok()?;
        if raw::may_be_special(&key) && ASKED.iter().any(|name| key == *name) {
            return None;
        }
    }
    Some(dict)
}

thread_local! {
    static TAKERS: [Cell<(usize, u32)>; REMEMBERED] = const { [const { Cell::new((0, 0)) }; REMEMBERED] };
}

/// Whether the state of a new instance of this class goes into its `__dict__` as it is: there is no `__setstate__`, and
/// attributes are looked up as `object` does.
pub fn takes_state(class: &Bound<'_, PyType>) -> bool {
    let (address, slot) = slot(class);
    let Some(version) = raw::type_version(class) else {
        return false;
    };
    if TAKERS.with(|takers| takers[slot].get()) == (address, version) {
        return true;
    }
    let py = class.py();
    let takes = raw::is_ordinary(class)
        && raw::type_attribute(class, intern!(py, "__setstate__")).is_none()
        && raw::type_attribute(class, intern!(py, "__dict__")).is_some_and(|dict| raw::is_getset(&dict));
    if takes {
        TAKERS.with(|takers| takers[slot].set((address, version)));
    }
    takes
}
