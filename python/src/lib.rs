//! brinery for Python: `dumps` and `loads` over live objects.
//!
//! The machine and the emitter are those of the `brinery` crate; here is only what they ask of the world: a
//! [`Heap`](brinery::Heap) that makes live objects, a [`Source`](brinery::Source) that shows them, and the way their
//! faults become Python exceptions. Nothing here knows an opcode or a byte.

#![deny(unsafe_code)]

mod cloud;
mod fault;
mod heap;
mod items;
mod memo;
mod raw;
mod source;
mod world;

use brinery::{Emitter, Limits, Machine, Ops, Python as Version, Rules, Settings};
use heap::LiveHeap;
use pyo3::{
    exceptions::{PyTypeError, PyValueError},
    prelude::*,
    types::{PyBytes, PyMemoryView, PyString},
};
use source::LiveSource;
use world::World;

/// The highest protocol.
const HIGHEST_PROTOCOL: i64 = 5;

/// Calls that may be under way at one time. Containers nest as deep as memory allows, but a reducer that makes another
/// object of its kind each time would fill it: `_pickle` ends some thousands deep with a `RecursionError`.
const CALLS: usize = 100_000;

/// How the running interpreter reads what its versions read differently.
fn rules(world: &World) -> Rules {
    if world.version < Version::new(3, 13, 15) {
        Rules::Classic
    } else {
        Rules::Strict
    }
}

/// The protocol asked for: the interpreter's default if there is none, the highest if it is negative.
fn protocol(world: &World, asked: Option<&Bound<'_, PyAny>>) -> PyResult<u8> {
    match asked.filter(|asked| !asked.is_none()) {
        None if world.version < Version::new(3, 14, 0) => Ok(4),
        None => Ok(5),
        Some(asked) => match asked.extract::<i64>()? {
            ..0 => Ok(HIGHEST_PROTOCOL as u8),
            asked @ 0..=HIGHEST_PROTOCOL => Ok(asked as u8),
            _ => Err(PyValueError::new_err(format!(
                "pickle protocol must be <= {HIGHEST_PROTOCOL}"
            ))),
        },
    }
}

/// Return the pickled representation of the object as a bytes object.
#[pyfunction]
#[pyo3(signature = (obj, protocol=None, *, fix_imports=true, buffer_callback=None))]
fn dumps<'py>(
    obj: Bound<'py, PyAny>,
    protocol: Option<Bound<'py, PyAny>>,
    fix_imports: bool,
    buffer_callback: Option<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyBytes>> {
    let protocol = self::protocol(World::get(obj.py())?, protocol.as_ref())?;
    dumped(obj, protocol, fix_imports, buffer_callback, None)
}

/// The same with functions, classes and modules by value, as cloudpickle does it.
#[pyfunction]
#[pyo3(signature = (obj, protocol=None, buffer_callback=None))]
fn cloud_dumps<'py>(
    obj: Bound<'py, PyAny>,
    protocol: Option<Bound<'py, PyAny>>,
    buffer_callback: Option<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyBytes>> {
    let py = obj.py();
    let protocol = match protocol.filter(|asked| !asked.is_none()) {
        Some(asked) => self::protocol(World::get(py)?, Some(&asked))?,
        None => HIGHEST_PROTOCOL as u8,
    };
    let cloud = Bound::new(py, cloud::Cloud::create(py)?)?;
    dumped(obj, protocol, true, buffer_callback, Some(cloud))
}

fn dumped<'py>(
    obj: Bound<'py, PyAny>,
    protocol: u8,
    fix_imports: bool,
    buffer_callback: Option<Bound<'py, PyAny>>,
    cloud: Option<Bound<'py, cloud::Cloud>>,
) -> PyResult<Bound<'py, PyBytes>> {
    let py = obj.py();
    let world = World::get(py)?;
    if buffer_callback.is_some() && protocol < 5 {
        return Err(PyValueError::new_err("buffer_callback needs protocol >= 5"));
    }
    let settings = Settings {
        protocol,
        python: world.version,
        fix_imports,
        fast: false,
        digits: world.digits(py)?,
        calls: CALLS,
        pids: CALLS,
    };
    let source = LiveSource::new(py, world, protocol, buffer_callback, cloud);
    let mut emitter = Emitter::new(source, settings, None);
    emitter.dump(obj).map_err(|fault| fault.raise(py, world))?;
    Ok(PyBytes::new(py, &emitter.into_bytes()))
}

/// Read and return an object from the given pickle data.
#[pyfunction]
#[pyo3(signature = (data, /, *, fix_imports=true, encoding="ASCII", errors="strict", buffers=None))]
fn loads<'py>(
    data: Bound<'py, PyAny>,
    fix_imports: bool,
    encoding: &str,
    errors: &str,
    buffers: Option<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = data.py();
    let world = World::get(py)?;
    let bytes = match data.cast_into_exact::<PyBytes>() {
        Ok(bytes) => bytes,
        Err(error) => copied(error.into_inner())?,
    };
    let buffers = buffers.map(|buffers| buffers.try_iter()).transpose()?;
    let mut heap = LiveHeap::new(py, world, fix_imports, (encoding, errors), buffers);
    let limits = Limits {
        digits: world.digits(py)?,
        ..Limits::default()
    };
    let mut machine = Machine::new(rules(world), limits);
    Ops::starting_at(bytes.as_bytes(), 0, rules(world))
        .run(&mut machine, &mut heap)
        .map_err(|failure| fault::Fault::raise_at(failure, py, world))
}

/// The bytes of any buffer.
fn copied(data: Bound<'_, PyAny>) -> PyResult<Bound<'_, PyBytes>> {
    if data.is_instance_of::<PyString>() {
        return Err(PyTypeError::new_err("a bytes-like object is required, not 'str'"));
    }
    let view = PyMemoryView::from(&data)?;
    Ok(view.call_method0("tobytes")?.cast_into::<PyBytes>()?)
}

/// The compiled half of the package.
#[pymodule(gil_used = true)]
mod _brinery {
    #[pymodule_export]
    use super::{cloud_dumps, dumps, loads};
    use pyo3::prelude::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        super::cloud::reducers::add(module)
    }
}
