//! brinery for Python: `pickle` over live objects.
//!
//! The machine and the emitter are those of the `brinery` crate; here is only what they ask of the world: a
//! [`Heap`](brinery::Heap) that makes live objects, a [`Source`](brinery::Source) that shows them, and the way their
//! faults become Python exceptions. Nothing here knows an opcode or a byte.

#![deny(unsafe_code)]

mod cloud;
mod fault;
mod file;
mod find;
mod functions;
mod heap;
mod items;
mod memo;
mod pickler;
mod plain;
mod raw;
mod source;
mod tools;
mod unpickler;
mod world;

use brinery::Python as Version;
use pyo3::{exceptions::PyValueError, prelude::*};
use world::World;

/// The highest protocol.
const HIGHEST_PROTOCOL: i64 = 5;

/// Calls that may be under way at one time. Containers nest as deep as memory allows, but a reducer that makes another
/// object of its kind each time would fill it: `_pickle` ends some thousands deep with a `RecursionError`.
const CALLS: usize = 100_000;

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

/// The compiled half of the package.
#[pymodule(gil_used = true)]
mod _brinery {
    #[pymodule_export]
    use super::functions::{dump, dumps, load, loads};
    #[pymodule_export]
    use super::pickler::Pickler;
    #[pymodule_export]
    use super::tools::{dis, inspect_function, optimize, safe_loads, scan};
    #[pymodule_export]
    use super::unpickler::Unpickler;
    use pyo3::prelude::*;

    /// Looks up what is needed of the standard library now, as `_pickle` does, and not when somebody has replaced it.
    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        super::World::get(module.py())?;
        super::cloud::reducers::add(module)
    }
}
