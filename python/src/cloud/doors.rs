//! `dump` and `dumps` with functions, classes and modules by value.

use super::Cloud;
use crate::{
    HIGHEST_PROTOCOL,
    file::{Memory, Written},
    functions::{Manner, pickled},
    pickler::write_of,
    raw::Growing,
    source::Hooks,
    world::World,
};
use brinery::{
    Options,
    function::{Rewire, Wire},
};
use pyo3::{
    exceptions::{PyRecursionError, PyValueError},
    prelude::*,
    types::{PyBytes, PyDict},
};
use std::io::Write;

fn written<'py>(
    obj: Bound<'py, PyAny>,
    cloud: Cloud,
    protocol: Option<Bound<'py, PyAny>>,
    buffer_callback: Option<Bound<'py, PyAny>>,
    sink: &mut dyn Write,
    manner: Manner,
) -> PyResult<()> {
    let py = obj.py();
    let protocol = match protocol.filter(|asked| !asked.is_none()) {
        Some(asked) => asked,
        None => HIGHEST_PROTOCOL.into_pyobject(py)?.into_any(),
    };
    let hooks = Hooks {
        cloud: Some(Bound::new(py, cloud)?),
        ..Hooks::default()
    };
    pickled(obj, hooks, Some(&protocol), true, buffer_callback, sink, manner)
        .map_err(|failed| too_deep(py, failed.raise(py)))
}

fn in_memory<'py>(
    obj: Bound<'py, PyAny>,
    cloud: Cloud,
    protocol: Option<Bound<'py, PyAny>>,
    buffer_callback: Option<Bound<'py, PyAny>>,
    deterministic: bool,
) -> PyResult<Bound<'py, PyBytes>> {
    let py = obj.py();
    if let Some(class) = cloud.helpers().replaced_pickler(py)? {
        let file = py.import("io")?.getattr("BytesIO")?.call0()?;
        dump_by(&class, &obj, &file, protocol, buffer_callback, deterministic)?;
        return Ok(file.call_method0("getvalue")?.cast_into::<PyBytes>()?);
    }
    let mut sink = Memory(Growing::new(py));
    let manner = Manner::of(deterministic, true);
    written(obj, cloud, protocol, buffer_callback, &mut sink, manner)?;
    sink.0.finish()
}

/// By a pickler that somebody made the one to be used.
#[cold]
fn dump_by<'py>(
    class: &Bound<'py, PyAny>,
    obj: &Bound<'py, PyAny>,
    file: &Bound<'py, PyAny>,
    protocol: Option<Bound<'py, PyAny>>,
    buffer_callback: Option<Bound<'py, PyAny>>,
    deterministic: bool,
) -> PyResult<()> {
    let keywords = PyDict::new(obj.py());
    // A class of others may not know it.
    if deterministic {
        keywords.set_item("deterministic", true)?;
    }
    keywords.set_item("protocol", protocol)?;
    keywords.set_item("buffer_callback", buffer_callback)?;
    class.call((file,), Some(&keywords))?.call_method1("dump", (obj,))?;
    Ok(())
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
///
/// `wire` says who can load them: with "compat" whoever has a cloudpickle 3, with "standalone" any Python of this version,
/// with "portable" CPython 3.8 to 3.13; the last needs the source of the functions. With `deterministic`, equal objects
/// give the same bytes.
#[pyfunction(name = "dumps", signature = (obj, protocol=None, buffer_callback=None, *, wire="compat", deterministic=false))]
pub fn cloud_dumps<'py>(
    obj: Bound<'py, PyAny>,
    protocol: Option<Bound<'py, PyAny>>,
    buffer_callback: Option<Bound<'py, PyAny>>,
    wire: &str,
    deterministic: bool,
) -> PyResult<Bound<'py, PyBytes>> {
    let py = obj.py();
    let cloud = Cloud::create(py)?;
    let wire = match wire {
        "compat" => return in_memory(obj, cloud, protocol, buffer_callback, deterministic),
        "standalone" => Wire::Standalone,
        "portable" => Wire::Portable,
        _ => {
            let message = format!("wire must be 'compat', 'standalone' or 'portable', not {wire:?}");
            return Err(PyValueError::new_err(message));
        }
    };
    if buffer_callback.is_some() {
        return Err(PyValueError::new_err("buffer_callback needs wire='compat'"));
    }
    let cloud = match wire {
        Wire::Portable => cloud.with_source(),
        _ => cloud,
    };
    let world = World::get(py)?;
    let protocol = match protocol.filter(|asked| !asked.is_none()) {
        Some(asked) => crate::protocol(world, Some(&asked))?,
        None => HIGHEST_PROTOCOL as u8,
    };
    let bytes = in_memory(obj, cloud, None, None, deterministic)?;
    let rewired = rewired(bytes.as_bytes(), wire, world, protocol, py.version_info().minor);
    let bytes = rewired.or_else(|error| world.pickling(py, error.to_string()))?;
    Ok(PyBytes::new(py, &bytes))
}

/// The same pickle in another wire.
fn rewired(bytes: &[u8], wire: Wire, world: &World, protocol: u8, minor: u8) -> brinery::Result<Vec<u8>> {
    let graph = Options::new().read(bytes)?;
    let graph = Rewire::new(wire).python(minor).rewire(&graph)?;
    Options::new().protocol(protocol).python(world.version).write(&graph)
}

/// Writes an object to a file, with functions, classes and modules by value.
#[pyfunction(name = "dump", signature = (obj, file, protocol=None, buffer_callback=None, *, deterministic=false))]
pub fn cloud_dump<'py>(
    obj: Bound<'py, PyAny>,
    file: Bound<'py, PyAny>,
    protocol: Option<Bound<'py, PyAny>>,
    buffer_callback: Option<Bound<'py, PyAny>>,
    deterministic: bool,
) -> PyResult<()> {
    let cloud = Cloud::create(file.py())?;
    if let Some(class) = cloud.helpers().replaced_pickler(file.py())? {
        return dump_by(&class, &obj, &file, protocol, buffer_callback, deterministic);
    }
    let mut sink = Written(write_of(&file)?);
    let manner = Manner::of(deterministic, false);
    written(obj, cloud, protocol, buffer_callback, &mut sink, manner)
}
