//! `dump` and `dumps` of the package itself, which may be imported as `pickle` and as `cloudpickle`.
//!
//! What pickle can write is written as pickle writes it, to the byte. What it cannot (functions and classes that are
//! imported nowhere, modules, code), and what others could not import (all of `__main__`, and of modules that are registered
//! to travel by value) makes the whole pickle one of cloudpickle's, so that what goes by value goes so from the start.

use crate::{
    cloud::doors,
    file::{Memory, Written},
    functions::{Manner, pickled},
    path::Unpicklable,
    pickler::write_of,
    raw::Growing,
    source::Hooks,
    world::World,
};
use pyo3::{
    exceptions::{PyAttributeError, PyRecursionError, PyTypeError},
    prelude::*,
    types::{PyBytes, PyCFunction, PyDict, PyTuple},
};
use std::io::{self, Write};

/// What was asked for.
struct Asked<'a, 'py> {
    obj: &'a Bound<'py, PyAny>,
    protocol: Option<&'a Bound<'py, PyAny>>,
    buffer_callback: Option<&'a Bound<'py, PyAny>>,
    fix_imports: bool,
    deterministic: bool,
}

impl<'py> Asked<'_, 'py> {
    fn as_pickle(
        &self,
        buffer_callback: Option<Bound<'py, PyAny>>,
        sink: &mut dyn Write,
        manner: Manner,
    ) -> Result<(), Unpicklable> {
        let hooks = Hooks {
            leaves: true,
            ..Hooks::default()
        };
        let obj = self.obj.clone();
        pickled(
            obj,
            hooks,
            self.protocol,
            self.fix_imports,
            buffer_callback,
            sink,
            manner,
        )
    }

    /// Writes as pickle does; false if it takes cloudpickle, and then what was written is worth nothing.
    fn is_written(&self, sink: &mut dyn Write, into_memory: bool) -> PyResult<bool> {
        let py = self.obj.py();
        let manner = Manner::of(self.deterministic, into_memory);
        // Only cloudpickle's default protocol has buffers of their own.
        let only_cloud = self.buffer_callback.is_some() && self.protocol.is_none_or(|asked| asked.is_none());
        if only_cloud {
            return Ok(false);
        }
        // A callback is called once for each buffer, so that this has to be known before.
        if self.buffer_callback.is_some() {
            let taken = |_: &Bound<'_, PyTuple>, _: Option<&Bound<'_, PyDict>>| false;
            let take = PyCFunction::new_closure(py, None, None, taken)?.into_any();
            if !decided(py, self.as_pickle(Some(take), &mut io::sink(), manner))? {
                return Ok(false);
            }
            let written = self.as_pickle(self.buffer_callback.cloned(), sink, manner);
            return written.map(|()| true).map_err(|failed| failed.raise(py));
        }
        decided(py, self.as_pickle(None, sink, manner))
    }

    /// As cloudpickle does.
    fn by_value(self) -> PyResult<Bound<'py, PyBytes>> {
        let protocol = self.protocol.cloned();
        let callback = self.buffer_callback.cloned();
        doors::cloud_dumps(self.obj.clone(), protocol, callback, "compat", self.deterministic)
    }
}

/// Whether an object was written, and not one that cloudpickle may know.
fn decided(py: Python<'_>, outcome: Result<(), Unpicklable>) -> PyResult<bool> {
    let failed = match outcome {
        Ok(()) => return Ok(true),
        Err(failed) if failed.left => return Ok(false),
        Err(failed) => failed,
    };
    let world = World::get(py)?;
    let error = &failed.error;
    let is_known = error.is_instance_of::<PyTypeError>(py)
        || error.is_instance_of::<PyAttributeError>(py)
        || error.is_instance_of::<PyRecursionError>(py)
        || error.is_instance(py, world.pickling_error.bind(py));
    match is_known {
        true => Ok(false),
        false => Err(failed.raise(py)),
    }
}

/// Return the pickled representation of the object as a bytes object.
///
/// What pickle can write has pickle's bytes; functions and classes that are not imported, or are of `__main__`, and modules
/// travel by value, as with cloudpickle. With `deterministic`, equal objects give the same bytes.
#[pyfunction(
    name = "dumps",
    signature = (obj, protocol=None, buffer_callback=None, *, fix_imports=true, deterministic=false)
)]
pub fn either_dumps<'py>(
    obj: Bound<'py, PyAny>,
    protocol: Option<Bound<'py, PyAny>>,
    buffer_callback: Option<Bound<'py, PyAny>>,
    fix_imports: bool,
    deterministic: bool,
) -> PyResult<Bound<'py, PyBytes>> {
    let asked = Asked {
        obj: &obj,
        protocol: protocol.as_ref(),
        buffer_callback: buffer_callback.as_ref(),
        fix_imports,
        deterministic,
    };
    let mut sink = Memory(Growing::new(obj.py()));
    match asked.is_written(&mut sink, true)? {
        true => sink.0.finish(),
        false => asked.by_value(),
    }
}

/// Write a pickled representation of obj to the open file object file, when it is complete.
///
/// What pickle can write has pickle's bytes; functions and classes that are not imported, or are of `__main__`, and modules
/// travel by value, as with cloudpickle. With `deterministic`, equal objects give the same bytes.
#[pyfunction(
    name = "dump",
    signature = (obj, file, protocol=None, buffer_callback=None, *, fix_imports=true, deterministic=false)
)]
pub fn either_dump<'py>(
    obj: Bound<'py, PyAny>,
    file: Bound<'py, PyAny>,
    protocol: Option<Bound<'py, PyAny>>,
    buffer_callback: Option<Bound<'py, PyAny>>,
    fix_imports: bool,
    deterministic: bool,
) -> PyResult<()> {
    let mut written = Written(write_of(&file)?);
    let asked = Asked {
        obj: &obj,
        protocol: protocol.as_ref(),
        buffer_callback: buffer_callback.as_ref(),
        fix_imports,
        deterministic,
    };
    let mut pieces = Pieces::default();
    match asked.is_written(&mut pieces, false)? {
        true => pieces.0.iter().try_for_each(|piece| written.write_all(piece))?,
        false => written.write_all(asked.by_value()?.as_bytes())?,
    }
    Ok(())
}

/// What goes to a file when all of it is there, each piece by a call of its own.
#[derive(Debug, Default)]
struct Pieces(Vec<Vec<u8>>);

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.push(bytes.to_vec());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
