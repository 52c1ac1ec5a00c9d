//! What loading calls for each function: the helpers that payloads name most.
//!
//! They are functions of Python's, for whoever calls them. Where a pickle calls the very objects, what they do is done
//! without a call.

use super::{decide::entries, helpers::Helpers};
use crate::{find, raw};
use pyo3::{
    exceptions::PyTypeError,
    intern,
    prelude::*,
    types::{PyDict, PyFunction, PyModule, PyString, PyTuple},
};

/// What a helper makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Maker {
    /// `_make_function`
    Function,
    /// `_function_setstate`
    FunctionState,
    /// `_make_empty_cell`
    EmptyCell,
    /// `_make_cell`
    Cell,
    /// `_builtin_type`
    BuiltinType,
    /// `_make_skeleton_class`
    Class,
    /// `_make_skeleton_enum`
    Enum,
    /// `_class_setstate`
    ClassState,
    /// `subimport`
    Import,
}

/// The helpers that are known here, by name.
pub const MAKERS: &[(&str, Maker)] = &[
    ("_make_function", Maker::Function),
    ("_function_setstate", Maker::FunctionState),
    ("_make_empty_cell", Maker::EmptyCell),
    ("_make_cell", Maker::Cell),
    ("_builtin_type", Maker::BuiltinType),
    ("_make_skeleton_class", Maker::Class),
    ("_make_skeleton_enum", Maker::Enum),
    ("_class_setstate", Maker::ClassState),
    ("subimport", Maker::Import),
];

/// What a call gives, if it is of one of the helpers and its arguments are as they should be.
#[inline(always)]
pub fn made<'py>(callable: &Bound<'py, PyAny>, args: &Bound<'py, PyAny>) -> Option<PyResult<Bound<'py, PyAny>>> {
    let helpers = Helpers::known(callable.py())?;
    let maker = helpers.maker(callable)?;
    made_by(helpers, maker, args.cast_exact::<PyTuple>().ok()?)
}

#[inline(never)]
fn made_by<'py>(helpers: &Helpers, maker: Maker, args: &Bound<'py, PyTuple>) -> Option<PyResult<Bound<'py, PyAny>>> {
    let py = args.py();
    let arg = |at| raw::tuple_item(args, at);
    Some(match (maker, args.len()) {
        (Maker::Function, 5) => {
            let globals = arg(1)?.cast_into_exact::<PyDict>().ok()?;
            function(helpers, &globals, args)
        }
        (Maker::FunctionState, 2) => {
            let function = arg(0)?.cast_into_exact::<PyFunction>().ok()?;
            function_setstate(function.as_any(), &arg(1)?).map(|()| py.None().into_bound(py))
        }
        (Maker::EmptyCell, 0) => raw::new_cell(py, None),
        (Maker::Cell, 1) => {
            let value = arg(0)?;
            raw::new_cell(py, Some(&value).filter(|value| !value.is(&helpers.empty_cell_value)))
        }
        (Maker::BuiltinType, 1) => builtin_type(helpers, &arg(0)?.cast_into_exact::<PyString>().ok()?),
        // Where they are not known, Python code makes them.
        (Maker::Class, 6) => Ok(known_class(helpers, &arg(4)?)?),
        (Maker::Enum, 7) => Ok(known_class(helpers, &arg(5)?)?),
        (Maker::ClassState, 2) => {
            let state = arg(1)?
                .cast_into_exact::<PyTuple>()
                .ok()
                .filter(|state| state.len() == 2)?;
            let attributes = raw::tuple_item(&state, 0)?.cast_into_exact::<PyDict>().ok()?;
            // Setting one may run code, which may have the dict as well.
            let all = entries(&attributes);
            let named = all.iter().all(|(name, _)| name.is_instance_of::<PyString>());
            let class = named.then_some(arg(0)?)?;
            class_setstate(&class, &attributes, all).map(|()| class)
        }
        (Maker::Import, 1) => Ok(imported(&arg(0)?.cast_into_exact::<PyString>().ok()?)?.into_any()),
        _ => return None,
    })
}

/// A class by its name in `types`.
fn builtin_type<'py>(helpers: &Helpers, name: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>> {
    let py = name.py();
    // The class of Python 2's classes is in payloads of cloudpickle before 1.3.
    if raw::ascii(name) == Some(b"ClassType") {
        return Ok(py.get_type::<pyo3::types::PyType>().into_any());
    }
    find::attribute(helpers.types.bind(py), name)
}

/// The class of that id, if this process has it.
fn known_class<'py>(helpers: &Helpers, id: &Bound<'py, PyAny>) -> Option<Bound<'py, PyAny>> {
    let id = id.cast_exact::<PyString>().ok()?;
    let reference = raw::value(helpers.classes.bind(id.py()), id.as_any()).ok()??;
    reference.call0().ok().filter(|class| !class.is_none())
}

/// Gives a class its attributes, which a dict had when this began.
fn class_setstate<'py>(
    class: &Bound<'py, PyAny>,
    attributes: &Bound<'py, PyDict>,
    all: Vec<(Bound<'py, PyAny>, Bound<'py, PyAny>)>,
) -> PyResult<()> {
    let py = class.py();
    for (name, value) in all {
        let name = name.cast::<PyString>()?;
        if raw::ascii(name) != Some(b"_abc_impl") {
            class.setattr(name, value)?;
        }
    }
    // Python 3.13 forgets it when another attribute of the class is set.
    if let Some(line) = attributes.get_item(intern!(py, "__firstlineno__"))? {
        class.setattr(intern!(py, "__firstlineno__"), line)?;
    }
    if let Some(registered) = attributes.get_item(intern!(py, "_abc_impl"))? {
        for other in registered.try_iter()? {
            class.call_method1(intern!(py, "register"), (other?,))?;
        }
    }
    Ok(())
}

/// A module that an import would give as it is, and with it the package that it is in.
fn imported<'py>(name: &Bound<'py, PyString>) -> Option<Bound<'py, PyModule>> {
    let text = raw::ascii(name)?;
    if let Some(dot) = text.iter().position(|byte| *byte == b'.') {
        raw::imported(&PyString::new(name.py(), str::from_utf8(&text[..dot]).ok()?))?;
    }
    raw::imported(name)
}

fn function<'py>(
    helpers: &Helpers,
    globals: &Bound<'py, PyDict>,
    args: &Bound<'py, PyTuple>,
) -> PyResult<Bound<'py, PyAny>> {
    set_builtins(helpers, globals)?;
    helpers.function_type.bind(args.py()).call1(args)
}

/// Gives a namespace its `__builtins__`.
fn set_builtins(helpers: &Helpers, globals: &Bound<'_, PyDict>) -> PyResult<()> {
    let name = intern!(globals.py(), "__builtins__");
    match raw::has_value(globals, name, helpers.builtins.as_ptr()) {
        true => Ok(()),
        false => globals.set_item(name, &helpers.builtins),
    }
}

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
    let args = PyTuple::new(py, [code, globals.as_any(), name, argdefs, closure])?;
    function(Helpers::get(py)?, globals, &args)
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
    let Ok(function) = obj.cast::<PyFunction>() else {
        return Err(PyTypeError::new_err("_function_setstate expects a function"));
    };
    let parts = raw::function_parts(function);
    let globals = parts.globals.cast::<PyDict>()?;
    let mut at = 0;
    while let Some((name, value)) = raw::next_entry(&slots, &mut at) {
        let name = name.cast::<PyString>()?;
        match raw::ascii(name).unwrap_or_default() {
            // They are imported by now.
            b"_cloudpickle_submodules" => {}
            b"__globals__" => {
                if value.cast_exact::<PyDict>().map_or(true, |value| !value.is_empty()) {
                    globals.update(value.cast::<pyo3::types::PyMapping>()?)?;
                }
            }
            b"__closure__" => fill(&parts.closure, &value)?,
            slot => set_slot(function, slot, name, &value)?,
        }
    }
    set_builtins(helpers, globals)
}

/// Sets an attribute of a function that does not have that value already.
#[inline(always)]
fn set_slot<'py>(
    function: &Bound<'py, PyFunction>,
    slot: &[u8],
    name: &Bound<'py, PyString>,
    value: &Bound<'py, PyAny>,
) -> PyResult<()> {
    let py = function.py();
    let name = match slot {
        b"__name__" => intern!(py, "__name__"),
        b"__qualname__" => intern!(py, "__qualname__"),
        b"__module__" => intern!(py, "__module__"),
        b"__doc__" => intern!(py, "__doc__"),
        b"__defaults__" => intern!(py, "__defaults__"),
        b"__kwdefaults__" => intern!(py, "__kwdefaults__"),
        b"__annotations__" => intern!(py, "__annotations__"),
        _ => return function.setattr(name, value),
    };
    if raw::function_has(function, slot, value) || slot == b"__annotations__" && raw::set_annotations(function, value) {
        return Ok(());
    }
    function.setattr(name, value)
}

/// Copies what is in cells into others; what is empty stays so.
fn fill(cells: &Bound<'_, PyAny>, filled: &Bound<'_, PyAny>) -> PyResult<()> {
    let name = intern!(cells.py(), "cell_contents");
    if let (Ok(cells), Ok(filled)) = (cells.cast::<PyTuple>(), filled.cast::<PyTuple>()) {
        for (cell, filled) in cells.iter().zip(filled) {
            if raw::copy_cell(&cell, &filled) {
                continue;
            }
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
    raw::new_cell(py, None)
}

/// A cell with something in it, if there is something.
#[pyfunction(name = "_make_cell", signature = (*value))]
pub fn make_cell<'py>(value: &Bound<'py, PyTuple>) -> PyResult<Bound<'py, PyAny>> {
    let py = value.py();
    let empty = &Helpers::get(py)?.empty_cell_value;
    let value = value.iter().next().filter(|value| !value.is(empty));
    raw::new_cell(py, value.as_ref())
}
