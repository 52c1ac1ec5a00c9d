//! Importing what is named in a pickle, which mostly is imported already.

use crate::{cloud, raw};
use pyo3::{
    prelude::*,
    types::{PyModule, PyString},
};

/// The module of that name.
pub fn module<'py>(name: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>> {
    if let Some(module) = raw::imported(name) {
        return Ok(module.into_any());
    }
    if let Some(module) = cloud::known_stand_in(name)? {
        return Ok(module.into_any());
    }
    match name.py().import(name) {
        Ok(module) => Ok(module.into_any()),
        // This package answers to the names of cloudpickle where that is not installed.
        Err(error) => Ok(cloud::stand_in(name, error)?.into_any()),
    }
}

/// An attribute. Those of modules lie in their dicts, but for the special ones.
#[inline(always)]
pub fn attribute<'py>(object: &Bound<'py, PyAny>, name: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>> {
    if let Ok(module) = object.cast_exact::<PyModule>()
        && raw::ascii(name).is_some_and(|name| !name.starts_with(b"__"))
        && let Some(found) = raw::module_value(module, name)
    {
        return Ok(found);
    }
    object.getattr(name)
}

/// Whether a qualified name is of one part only.
#[inline(always)]
pub fn is_simple(path: &Bound<'_, PyString>) -> bool {
    raw::ascii(path).is_some_and(|path| !path.contains(&b'.'))
}
