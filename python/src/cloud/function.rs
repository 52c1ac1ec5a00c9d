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
    types::{PyDict, PyFloat, PyFunction, PyInt, PyList, PyModule, PyString, PyTuple, PyType},
};
use std::collections::HashSet;

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
        let cells = match parts.closure.cast::<PyTuple>() {
            Ok(cells) => cells.iter().collect::<Vec<_>>(),
            Err(_) => Vec::new(),
        };
        let state = match patch!(helpers, py, "_function_getstate")? {
            Some(patch) => patch.call1((function,))?,
            None => state_of(helpers, function, &parts)?,
        };
        if !cells.is_empty() {
            self.exchange_cells(&state, &parts.closure, &cells)?;
        }
        let args = self.args_of(&parts, &cells)?;
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
        let others = cells.iter().map(|cell| self.twin(cell)).collect::<PyResult<Vec<_>>>()?;
        let slots = state.get_item(1)?;
        let name = intern!(py, "__closure__");
        if slots.get_item(name)?.is(closure) {
            slots.set_item(name, PyTuple::new(py, others)?)?;
        }
        Ok(())
    }

    /// The same, if it was met before.
    pub fn known_twin<'py>(&self, cell: &Bound<'py, PyAny>) -> Option<Bound<'py, PyAny>> {
        let known = self.known();
        let (_, twin) = known.cells.get(&(cell.as_ptr() as usize))?;
        Some(twin.bind(cell.py()).clone())
    }

    /// The cell of the same content that stands for one of a function's.
    pub fn twin<'py>(&self, cell: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        if let Some(twin) = self.known_twin(cell) {
            return Ok(twin);
        }
        let (py, address) = (cell.py(), cell.as_ptr() as usize);
        let twin = raw::new_cell(py, raw::cell_content(cell).as_ref())?;
        let both = (cell.clone().unbind(), twin.clone().unbind());
        self.known().cells.insert(address, both);
        Ok(twin)
    }

    /// Whether a cell is one that a function of this pickle is made with.
    pub(super) fn is_of_function(&self, cell: &Bound<'_, PyAny>) -> bool {
        self.known().cells.contains_key(&(cell.as_ptr() as usize))
    }

    /// What a function is made with: code, namespace, and cells.
    pub(super) fn function_args<'py>(
        &self,
        function: &Bound<'py, PyAny>,
        cells: Vec<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        self.args_of(&raw::function_parts(function.cast::<PyFunction>()?), &cells)
    }

    fn args_of<'py>(
        &self,
        parts: &raw::FunctionParts<'py>,
        cells: &[Bound<'py, PyAny>],
    ) -> PyResult<Bound<'py, PyTuple>> {
        let py = parts.code.py();
        let namespace = self.namespace(parts.globals.cast::<PyDict>()?)?;
        let none = py.None().into_bound(py);
        let closure = match cells.is_empty() {
            true => none.clone(),
            false => PyTuple::new(py, cells)?.into_any(),
        };
        PyTuple::new(
            py,
            [parts.code.clone(), namespace.into_any(), none.clone(), none, closure],
        )
    }

    /// The dict that functions of a namespace are made with: one for all of them, so that they share theirs again.
    pub fn namespace<'py>(&self, globals: &Bound<'py, PyDict>) -> PyResult<Bound<'py, PyDict>> {
        let py = globals.py();
        let address = globals.as_ptr() as usize;
        let (seen, known) = {
            let known = self.known();
            let seen = known.globals_ref.as_ref().map(|dict| dict.bind(py).clone());
            (seen, known.namespaces.get(&address).map(|dict| dict.bind(py).clone()))
        };
        let known = match &seen {
            Some(seen) => seen.get_item(address)?.map(Bound::cast_into::<PyDict>).transpose()?,
            None => known,
        };
        let namespace = match known {
            Some(namespace) => namespace,
            None => {
                let namespace = PyDict::new(py);
                match &seen {
                    Some(seen) => seen.set_item(address, &namespace)?,
                    None => {
                        let kept = namespace.clone().unbind();
                        self.known().namespaces.insert(address, kept);
                    }
                }
                namespace
            }
        };
        if namespace.is_empty() {
            for name in &self.helpers.of_module {
                if let Some(value) = globals.get_item(name)? {
                    namespace.set_item(name, value)?;
                }
            }
        }
        Ok(namespace)
    }

    /// The empty cell that stands for one until its content is there.
    pub(super) fn empty_cell<'py>(&self, cell: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = cell.py();
        let address = cell.as_ptr() as usize;
        if let Some((_, empty)) = self.known().empty_cells.get(&address) {
            return Ok(empty.bind(py).clone());
        }
        let empty = raw::new_cell(py, None)?;
        let both = (cell.clone().unbind(), empty.clone().unbind());
        self.known().empty_cells.insert(address, both);
        Ok(empty)
    }
}

/// What a function is filled with.
pub fn state<'py>(helpers: &Helpers, function: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let parts = raw::function_parts(function.cast::<PyFunction>()?);
    state_of(helpers, function, &parts)
}

fn state_of<'py>(
    helpers: &Helpers,
    object: &Bound<'py, PyAny>,
    parts: &raw::FunctionParts<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = object.py();
    let function = object.cast::<PyFunction>()?;
    let code = &parts.code;
    let facts = Facts::of(helpers, code)?;
    let namespace = parts.globals.cast::<PyDict>()?;
    let globals = PyDict::new(py);
    let mut modules = Vec::new();
    // Whoever took the place of a function gets all of what there is.
    let searcher = patch!(helpers, py, "_find_imported_submodules")?;
    let mut note = |value: Bound<'py, PyAny>| -> PyResult<()> {
        if searcher.is_some() || may_be_module(&value)? {
            modules.push(value);
        }
        Ok(())
    };
    for name in code::globals(helpers, code, &facts)?.iter() {
        if let Some(value) = raw::value(namespace, &name)? {
            globals.set_item(name, &value)?;
            note(value)?;
        }
    }
    if let Ok(cells) = parts.closure.cast::<PyTuple>() {
        for cell in cells {
            if let Some(value) = raw::cell_content(&cell) {
                note(value)?;
            }
        }
    }
    let submodules = match &searcher {
        Some(patch) => patch.call1((code, modules))?,
        None => submodules(helpers, code, &modules)?.into_any(),
    };
    let state = helpers.function_slots.bind(py).copy()?;
    // None is what each of them is.
    let set = |name: &Bound<'py, PyString>, value: &Bound<'py, PyAny>| match value.is_none() {
        true => Ok(()),
        false => state.set_item(name, value),
    };
    set(intern!(py, "__name__"), &raw::function_name(function)?)?;
    set(intern!(py, "__qualname__"), &raw::function_qualname(function)?)?;
    set(intern!(py, "__annotations__"), &raw::function_annotations(function)?)?;
    set(intern!(py, "__kwdefaults__"), &parts.kwdefaults)?;
    set(intern!(py, "__defaults__"), &parts.defaults)?;
    set(intern!(py, "__module__"), &raw::function_module(function)?)?;
    set(intern!(py, "__doc__"), &raw::function_doc(function)?)?;
    set(intern!(py, "__closure__"), &parts.closure)?;
    set(intern!(py, "_cloudpickle_submodules"), &submodules)?;
    set(intern!(py, "__globals__"), globals.as_any())?;
    if raw::has_type_params(function) {
        let parameters = function.getattr(intern!(py, "__type_params__"))?;
        if parameters.is_truthy()? {
            state.set_item(intern!(py, "__type_params__"), parameters)?;
        }
    }
    let attributes = match raw::has_no_dict(function) {
        true => PyDict::new(py),
        false => function
            .getattr(intern!(py, "__dict__"))?
            .cast_into::<PyDict>()?
            .copy()?,
    };
    Ok(PyTuple::new(py, [attributes, state])?.into_any())
}

/// Whether a value may be a module, or say that it is one.
#[inline(always)]
fn may_be_module(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    if raw::is_module(value) {
        return Ok(true);
    }
    if value.is_exact_instance_of::<PyFunction>()
        || value.is_exact_instance_of::<PyInt>()
        || value.is_exact_instance_of::<PyString>()
        || value.is_exact_instance_of::<PyType>()
        || value.is_exact_instance_of::<PyFloat>()
        || value.is_exact_instance_of::<PyDict>()
        || value.is_exact_instance_of::<PyList>()
        || value.is_none()
    {
        return Ok(false);
    }
    value.is_instance(&PyModule::type_object(value.py()))
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
    let mut names = None;
    for value in values {
        if !may_be_module(value)? {
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
