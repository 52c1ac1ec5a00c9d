//! Functions by value.

use super::{
    Cloud, Made,
    code::{self, Facts},
    helpers::{Helpers, patch},
};
use crate::raw;
use pyo3::{
    PyTypeInfo, intern,
    prelude::*,
    types::{PyDict, PyFunction, PyList, PyModule, PyString, PyTuple},
};
use std::collections::HashSet;

/// What of a module's names a function needs to resolve relative imports.
const OF_MODULE: [&str; 4] = ["__package__", "__name__", "__path__", "__file__"];

impl Cloud {
    /// How a function is made. Its namespace and cells are empty at first: what is in them may lead back to it.
    pub(super) fn function_by_value<'py>(&self, function: &Bound<'py, PyAny>) -> PyResult<Made<'py>> {
        let py = function.py();
        let helpers = self.helpers;
        let parts = raw::function_parts(function.cast::<PyFunction>()?);
        if parts.code.is(&helpers.singledispatch_code) {
            let made = helpers.singledispatch_reduce.bind(py).call1((function,))?;
            if !made.is_none() {
                let (callable, args, asides) = made.extract()?;
                let mut made = Made::call(&callable, args);
                made.asides = asides;
                return Ok(made);
            }
        }
        let closure = parts.closure;
        let cells = closure.cast::<PyTuple>().map(|cells| cells.iter().collect::<Vec<_>>());
        let cells = cells.unwrap_or_default();
        let args = self.function_args(function, cells.clone())?;
        let state = match patch!(helpers, py, "_function_getstate")? {
            Some(patch) => patch.call1((function,))?,
            None => state(helpers, function)?,
        };
        self.exchange_cells(&state, &closure, &cells)?;
        Ok(Made::call(helpers.make_function.bind(py), args).with_state(state, helpers.function_setstate.bind(py)))
    }

    /// Puts cells of the same content into the state of a function that is made with the cells themselves.
    fn exchange_cells<'py>(
        &self,
        state: &Bound<'py, PyAny>,
        closure: &Bound<'py, PyAny>,
        cells: &[Bound<'py, PyAny>],
    ) -> PyResult<()> {
        let py = state.py();
        if cells.is_empty() {
            return Ok(());
        }
        let known = self.cells.bind(py);
        let mut others = Vec::new();
        for cell in cells {
            let id = cell.as_ptr() as usize;
            if let Some(both) = known.get_item(id)? {
                others.push(both.get_item(1)?);
                continue;
            }
            let make = self.helpers.cell_type.bind(py);
            let other = match raw::attribute(cell, intern!(py, "cell_contents")) {
                Ok(Some(content)) => make.call1((content,))?,
                _ => make.call0()?,
            };
            known.set_item(id, (cell, &other))?;
            others.push(other);
        }
        let slots = state.get_item(1)?;
        let name = intern!(py, "__closure__");
        if slots.get_item(name)?.is(closure) {
            slots.set_item(name, PyTuple::new(py, others)?)?;
        }
        Ok(())
    }

    /// Whether a cell is one that a function of this pickle is made with.
    pub(super) fn is_of_function(&self, cell: &Bound<'_, PyAny>) -> PyResult<bool> {
        self.cells.bind(cell.py()).contains(cell.as_ptr() as usize)
    }

    /// What a function is made with: code, namespace, and cells.
    pub(super) fn function_args<'py>(
        &self,
        function: &Bound<'py, PyAny>,
        cells: Vec<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let py = function.py();
        let raw::FunctionParts { code, globals, .. } = raw::function_parts(function.cast::<PyFunction>()?);
        let namespace = self.namespace(globals.cast::<PyDict>()?)?;
        let none = py.None().into_bound(py);
        let closure = match cells.is_empty() {
            true => none.clone(),
            false => PyTuple::new(py, cells)?.into_any(),
        };
        PyTuple::new(py, [code, namespace.into_any(), none.clone(), none, closure])
    }

    /// The dict that functions of a namespace are made with: one for all of them, so that they share theirs again.
    fn namespace<'py>(&self, globals: &Bound<'py, PyDict>) -> PyResult<Bound<'py, PyDict>> {
        let py = globals.py();
        let known = self.globals_ref.bind(py);
        let id = globals.as_ptr() as usize;
        let namespace = match known.get_item(id)? {
            Some(namespace) => namespace.cast_into::<PyDict>()?,
            None => {
                let namespace = PyDict::new(py);
                known.set_item(id, &namespace)?;
                namespace
            }
        };
        if namespace.is_empty() {
            for name in OF_MODULE {
                let name = PyString::intern(py, name);
                if let Some(value) = globals.get_item(&name)? {
                    namespace.set_item(name, value)?;
                }
            }
        }
        Ok(namespace)
    }

    /// The empty cell that stands for one until its content is there.
    pub(super) fn empty_cell<'py>(&self, cell: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = cell.py();
        let cells = self.empty_cells.bind(py);
        let id = cell.as_ptr() as usize;
        if let Some(both) = cells.get_item(id)? {
            return both.get_item(1);
        }
        let empty = self.helpers.cell_type.bind(py).call0()?;
        cells.set_item(id, (cell, &empty))?;
        Ok(empty)
    }
}

/// What a function is filled with.
pub fn state<'py>(helpers: &Helpers, function: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = function.py();
    let parts = raw::function_parts(function.cast::<PyFunction>()?);
    let code = parts.code;
    let facts = Facts::of(helpers, &code)?;
    let state = PyDict::new(py);
    let ask = |name: &Bound<'py, PyString>| state.set_item(name, function.getattr(name)?);
    ask(intern!(py, "__name__"))?;
    ask(intern!(py, "__qualname__"))?;
    ask(intern!(py, "__annotations__"))?;
    state.set_item(intern!(py, "__kwdefaults__"), parts.kwdefaults)?;
    state.set_item(intern!(py, "__defaults__"), parts.defaults)?;
    ask(intern!(py, "__module__"))?;
    ask(intern!(py, "__doc__"))?;
    state.set_item(intern!(py, "__closure__"), &parts.closure)?;
    let namespace = parts.globals.cast_into::<PyDict>()?;
    let globals = PyDict::new(py);
    let mut values = Vec::new();
    for name in code::globals(helpers, &code, &facts)? {
        if let Some(value) = namespace.get_item(&name)? {
            globals.set_item(name, &value)?;
            values.push(value);
        }
    }
    if let Ok(cells) = parts.closure.cast::<PyTuple>() {
        for cell in cells {
            // An empty one has no content to ask for.
            if let Ok(Some(value)) = raw::attribute(&cell, intern!(py, "cell_contents")) {
                values.push(value);
            }
        }
    }
    let submodules = match patch!(helpers, py, "_find_imported_submodules")? {
        Some(patch) => patch.call1((&code, values))?,
        None => submodules(helpers, &code, &values)?.into_any(),
    };
    state.set_item(intern!(py, "_cloudpickle_submodules"), submodules)?;
    state.set_item(intern!(py, "__globals__"), globals)?;
    if helpers.minor >= 12 {
        let parameters = function.getattr(intern!(py, "__type_params__"))?;
        if parameters.is_truthy()? {
            state.set_item(intern!(py, "__type_params__"), parameters)?;
        }
    }
    let attributes = function
        .getattr(intern!(py, "__dict__"))?
        .cast_into::<PyDict>()?
        .copy()?;
    Ok(PyTuple::new(py, [attributes, state])?.into_any())
}

/// The modules that code can find as attributes of packages among these values: they have to be imported where it runs,
/// and naming the package does not do that.
pub fn submodules<'py>(
    helpers: &Helpers,
    code: &Bound<'py, PyAny>,
    values: &[Bound<'py, PyAny>],
) -> PyResult<Bound<'py, PyList>> {
    let py = code.py();
    let found = PyList::empty(py);
    let module_type = PyModule::type_object(py);
    let mut names = None;
    for value in values {
        if !value.is_instance(&module_type)? {
            continue;
        }
        match raw::attribute(value, intern!(py, "__package__"))? {
            Some(package) if package.is_truthy()? => {}
            _ => continue,
        }
        let names = match &names {
            Some(names) => names,
            None => names.insert(texts(Facts::of(helpers, code)?.get().names.bind(py))),
        };
        let Ok(package) = value.getattr(intern!(py, "__name__"))?.cast_into::<PyString>() else {
            continue;
        };
        // A submodule is there only after the package that it is in.
        let mut seen = HashSet::new();
        let mut packages = vec![package.to_str()?.to_owned()];
        while let Some(package) = packages.pop() {
            for name in names {
                let path = format!("{package}.{name}");
                if let Some(module) = helpers.modules.bind(py).get_item(&path)?
                    && seen.insert(path.clone())
                {
                    found.append(module)?;
                    packages.push(path);
                }
            }
        }
    }
    Ok(found)
}

fn texts(names: &Bound<'_, PyTuple>) -> Vec<String> {
    let text = |name: Bound<'_, PyAny>| Some(name.cast::<PyString>().ok()?.to_str().ok()?.to_owned());
    names.iter().filter_map(text).collect()
}
