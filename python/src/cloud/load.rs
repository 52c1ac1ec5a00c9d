//! What loading calls for each function: the helpers that payloads name most.

use super::helpers::Helpers;
use crate::raw;
use pyo3::{
    exceptions::PyTypeError,
    intern,
    prelude::*,
    types::{PyDict, PyFunction, PyTuple},
};

/// A function whose namespace and cells are filled later.
#[pyfunction(name = "_make_function")]
pub fn make_function<'py>(
    code: &Bound<'py, PyAny>,
    globals: &Bound<'py, PyDict>,
    name: &Bound<'py, PyAny>,
    argdefs: &Bound<'py, PyAny>,
    closure: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = code.py();
    let helpers = Helpers::get(py)?;
    globals.set_item(intern!(py, "__builtins__"), &helpers.builtins)?;
    helpers
        .function_type
        .bind(py)
        .call1((code, globals, name, argdefs, closure))
}

/// Fills a function: its dict, its namespace, its cells and its other attributes.
#[pyfunction(name = "_function_setstate")]
pub fn function_setstate(obj: &Bound<'_, PyAny>, state: &Bound<'_, PyAny>) -> PyResult<()> {
    let py = obj.py();
    let helpers = Helpers::get(py)?;
    let (attributes, slots): (Bound<'_, PyDict>, Bound<'_, PyDict>) = state.extract()?;
    if !attributes.is_empty() {
        let own = obj.getattr(intern!(py, "__dict__"))?.cast_into::<PyDict>()?;
        own.update(attributes.as_mapping())?;
    }
    let parts = match obj.cast::<PyFunction>() {
        Ok(function) => raw::function_parts(function),
        Err(_) => return Err(PyTypeError::new_err("_function_setstate expects a function")),
    };
    let globals = parts.globals.cast::<PyDict>()?;
    let mut at = 0;
    while let Some((name, value)) = raw::next_entry(&slots, &mut at) {
        let name = name.cast::<pyo3::types::PyString>()?;
        match name.to_str()? {
            // They are imported by now.
            "_cloudpickle_submodules" => {}
            "__globals__" => globals.update(value.cast::<pyo3::types::PyMapping>()?)?,
            "__closure__" => fill(&parts.closure, &value)?,
            _ => obj.setattr(name, value)?,
        }
    }
    globals.set_item(intern!(py, "__builtins__"), &helpers.builtins)
}

/// Copies what is in cells into others; what is empty stays so.
fn fill(cells: &Bound<'_, PyAny>, filled: &Bound<'_, PyAny>) -> PyResult<()> {
    let name = intern!(cells.py(), "cell_contents");
    if let (Ok(cells), Ok(filled)) = (cells.cast::<PyTuple>(), filled.cast::<PyTuple>()) {
        for (cell, filled) in cells.iter().zip(filled) {
            // An empty one has no content to ask for.
            if let Ok(Some(content)) = raw::attribute(&filled, name) {
                cell.setattr(name, content)?;
            }
        }
    }
    Ok(())
}

/// An empty cell.
#[pyfunction(name = "_make_empty_cell")]
pub fn make_empty_cell(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    Helpers::get(py)?.cell_type.bind(py).call0()
}

/// A cell with something in it, if there is something.
#[pyfunction(name = "_make_cell", signature = (*value))]
pub fn make_cell<'py>(value: &Bound<'py, PyTuple>) -> PyResult<Bound<'py, PyAny>> {
    let py = value.py();
    let helpers = Helpers::get(py)?;
    match value.iter().next() {
        Some(value) if !value.is(&helpers.empty_cell_value) => helpers.cell_type.bind(py).call1((value,)),
        _ => helpers.cell_type.bind(py).call0(),
    }
}
