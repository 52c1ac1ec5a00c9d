//! Code, cells, modules, methods and the like.

use super::{Made, code::Facts, decide, helpers::Helpers};
use crate::raw;
use pyo3::{
    intern,
    prelude::*,
    types::{PyDict, PyString, PyTuple},
};

/// What an object is, for those that cloudpickle has a reducer for and pickle has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A code object.
    Code,
    /// A cell.
    Cell,
    /// A class method or static method.
    Wrapped,
    /// A property.
    Property,
    /// A method bound to an instance.
    Method,
    /// A descriptor that is an attribute of a class.
    Descriptor,
    /// A module.
    Module,
    /// A type variable.
    TypeVar,
}

/// How such an object is made.
pub fn made<'py>(helpers: &Helpers, kind: Kind, object: &Bound<'py, PyAny>) -> PyResult<Made<'py>> {
    let py = object.py();
    let get = |name: &Bound<'py, PyString>| object.getattr(name);
    Ok(match kind {
        Kind::Code => {
            let args = Facts::of(helpers, object)?.get().args.bind(py).clone();
            Made::call(helpers.code_type.bind(py), args)
        }
        // A new one has no content, and then the answer is an exception.
        Kind::Cell => match raw::attribute(object, intern!(py, "cell_contents")) {
            Ok(Some(value)) => Made::call(helpers.make_cell.bind(py), PyTuple::new(py, [value])?),
            _ => Made::call(helpers.make_empty_cell.bind(py), PyTuple::empty(py)),
        },
        Kind::Wrapped => {
            let function = get(intern!(py, "__func__"))?;
            Made::call(object.get_type().as_any(), PyTuple::new(py, [function])?)
        }
        Kind::Property => {
            let args = [
                get(intern!(py, "fget"))?,
                get(intern!(py, "fset"))?,
                get(intern!(py, "fdel"))?,
                get(intern!(py, "__doc__"))?,
            ];
            Made::call(helpers.property.bind(py).as_any(), PyTuple::new(py, args)?)
        }
        Kind::Method => {
            let args = [get(intern!(py, "__func__"))?, get(intern!(py, "__self__"))?];
            Made::call(helpers.method_type.bind(py), PyTuple::new(py, args)?)
        }
        Kind::Descriptor => {
            let args = [get(intern!(py, "__objclass__"))?, get(intern!(py, "__name__"))?];
            Made::call(helpers.getattr.bind(py), PyTuple::new(py, args)?)
        }
        Kind::Module => module(helpers, object)?,
        Kind::TypeVar => typevar(helpers, object)?,
    })
}

fn module<'py>(helpers: &Helpers, module: &Bound<'py, PyAny>) -> PyResult<Made<'py>> {
    let py = module.py();
    let name = module.getattr(intern!(py, "__name__"))?;
    if decide::is_by_name(helpers, module, None)? {
        return Ok(Made::call(helpers.subimport.bind(py), PyTuple::new(py, [name])?));
    }
    let state = module.getattr(intern!(py, "__dict__"))?.cast_into::<PyDict>()?.copy()?;
    // It may hold what cannot be written, and is the same everywhere.
    if state.contains(intern!(py, "__builtins__"))? {
        state.del_item(intern!(py, "__builtins__"))?;
    }
    // Filled when it is there: what is in it may refer to it.
    let args = PyTuple::new(py, [name, PyDict::new(py).into_any()])?;
    let mut made = Made::call(helpers.dynamic_subimport.bind(py), args);
    made.state = Some(state.into_any());
    Ok(made)
}

fn typevar<'py>(helpers: &Helpers, variable: &Bound<'py, PyAny>) -> PyResult<Made<'py>> {
    let py = variable.py();
    let name = variable.getattr(intern!(py, "__name__"))?;
    if let Some(found) = decide::look_up(variable, Some(name))?
        && !decide::is_registered(helpers, &found.module)?
    {
        let args = PyTuple::new(py, [found.module, found.name])?;
        return Ok(Made::call(helpers.getattr.bind(py), args));
    }
    let (callable, args) = helpers.typevar_by_value.bind(py).call1((variable,))?.extract()?;
    let callable: Bound<'py, PyAny> = callable;
    Ok(Made::call(&callable, args))
}
