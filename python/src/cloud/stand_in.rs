//! This package in the place of a cloudpickle that is not there.

use pyo3::{
    exceptions::PyModuleNotFoundError,
    prelude::*,
    types::{PyModule, PyString},
};
use std::sync::atomic::{AtomicBool, Ordering};

/// The modules of cloudpickle whose names payloads have.
const NAMES: [&str; 3] = ["cloudpickle", "cloudpickle.cloudpickle", "cloudpickle.cloudpickle_fast"];

/// Which of them could not be imported. Looking for a module that is not there takes longer than loading a function, so it
/// is looked for once; one that is imported meanwhile is found before anybody asks here.
static MISSING: [AtomicBool; NAMES.len()] = [const { AtomicBool::new(false) }; NAMES.len()];

fn place(module: &Bound<'_, PyString>) -> Option<usize> {
    let name = crate::raw::ascii(module)?;
    NAMES.iter().position(|known| known.as_bytes() == name)
}

/// The module that answers to the names of one of cloudpickle's, which could not be imported the last time.
pub fn known_stand_in<'py>(module: &Bound<'py, PyString>) -> PyResult<Option<Bound<'py, PyModule>>> {
    let py = module.py();
    match place(module) {
        Some(place) if MISSING[place].load(Ordering::Relaxed) && !is_in_modules(module)? => ours(py).map(Some),
        _ => Ok(None),
    }
}

/// Whether `sys.modules` has something of that name, be it `None` or half imported.
fn is_in_modules(module: &Bound<'_, PyString>) -> PyResult<bool> {
    module.py().import("sys")?.getattr("modules")?.contains(module)
}

/// The module that answers to the names of one of cloudpickle's, which could not be imported.
#[cold]
pub fn stand_in<'py>(module: &Bound<'py, PyString>, error: PyErr) -> PyResult<Bound<'py, PyModule>> {
    let py = module.py();
    match place(module) {
        Some(place) if error.is_instance_of::<PyModuleNotFoundError>(py) => {
            MISSING[place].store(true, Ordering::Relaxed);
            ours(py)
        }
        _ => Err(error),
    }
}

fn ours(py: Python<'_>) -> PyResult<Bound<'_, PyModule>> {
    let name = pyo3::intern!(py, "brinery.cloudpickle");
    match crate::raw::imported(name) {
        Some(module) => Ok(module),
        None => py.import(name),
    }
}
