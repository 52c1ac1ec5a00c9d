//! `dump` and `dumps` with functions, classes and modules by value.

use super::Cloud;
use crate::{HIGHEST_PROTOCOL, file::Written, functions::pickled, pickler::write_of, source::Hooks, world::World};
use pyo3::{exceptions::PyRecursionError, prelude::*, types::PyBytes};
use std::io::Write;

fn written<'py>(
    obj: Bound<'py, PyAny>,
    protocol: Option<Bound<'py, PyAny>>,
    buffer_callback: Option<Bound<'py, PyAny>>,
    sink: Option<&mut dyn Write>,
) -> PyResult<Vec<u8>> {
    let py = obj.py();
    let protocol = match protocol.filter(|asked| !asked.is_none()) {
        Some(asked) => asked,
        None => HIGHEST_PROTOCOL.into_pyobject(py)?.into_any(),
    };
    let hooks = Hooks {
        cloud: Some(Bound::new(py, Cloud::create(py)?)?),
        ..Hooks::default()
    };
    pickled(obj, hooks, Some(&protocol), true, buffer_callback, sink).map_err(|error| too_deep(py, error))
}

/// An object that never ends is an error of pickling.
fn too_deep(py: Python<'_>, error: PyErr) -> PyErr {
    if !error.is_instance_of::<PyRecursionError>(py) {
        return error;
    }
    let Ok(world) = World::get(py) else {
        return error;
    };
    let message = "Could not pickle object as excessively deep recursion required.";
    let raised = PyErr::from_type(world.pickling_error.bind(py).clone(), message);
    raised.set_cause(py, Some(error));
    raised
}

/// An object as bytes, with functions, classes and modules by value.
#[pyfunction]
#[pyo3(signature = (obj, protocol=None, buffer_callback=None))]
pub fn cloud_dumps<'py>(
    obj: Bound<'py, PyAny>,
    protocol: Option<Bound<'py, PyAny>>,
    buffer_callback: Option<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyBytes>> {
    let py = obj.py();
    Ok(PyBytes::new(py, &written(obj, protocol, buffer_callback, None)?))
}

/// Writes an object to a file, with functions, classes and modules by value.
#[pyfunction]
#[pyo3(signature = (obj, file, protocol=None, buffer_callback=None))]
pub fn cloud_dump<'py>(
    obj: Bound<'py, PyAny>,
    file: Bound<'py, PyAny>,
    protocol: Option<Bound<'py, PyAny>>,
    buffer_callback: Option<Bound<'py, PyAny>>,
) -> PyResult<()> {
    let mut sink = Written(write_of(&file)?);
    written(obj, protocol, buffer_callback, Some(&mut sink))?;
    Ok(())
}
