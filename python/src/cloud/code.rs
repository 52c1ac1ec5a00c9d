//! Code objects: what they are made with, and which globals they use.

use super::helpers::{Helpers, patch};
use crate::source::is_plain_code;
use brinery::function::global_uses;
use pyo3::{
    intern,
    prelude::*,
    types::{PyBytes, PyCode, PyDict, PyList, PyString, PyTuple},
};

/// What does not change in a code object, and is asked each time a function of that code is written.
#[pyclass(frozen)]
#[derive(Debug)]
pub struct Facts {
    /// What `types.CodeType` is called with.
    pub args: Py<PyTuple>,
    /// The names of globals that it and the code in it use, in order of first use.
    pub globals: Py<PyTuple>,
    /// Whether it is of nothing but numbers, strings, tuples, and code of the same kind.
    pub plain: bool,
    /// The other names of it and the code in it: those that submodules may have.
    pub names: Py<PyTuple>,
}

/// The flag of code whose local variables have places of their own: all but the bodies of classes and modules.
const OPTIMIZED: u32 = 1;
/// How deep code may lie in code.
const DEEPEST: usize = 100;

impl Facts {
    /// Of a code object. Found once for each.
    pub fn of<'py>(helpers: &Helpers, code: &Bound<'py, PyAny>) -> PyResult<Bound<'py, Facts>> {
        if let Some(known) = crate::raw::code_extra(code)
            && let Ok(known) = known.cast_into::<Facts>()
        {
            return Ok(known);
        }
        let py = code.py();
        let (globals, names) = (PyDict::new(py), PyDict::new(py));
        gather(helpers, code, &globals, &names, 0)?;
        let args = args(helpers, code)?;
        let plain = is_plain_code(&args, |part| match part.is_exact_instance_of::<PyCode>() {
            true => Ok(Facts::of(helpers, &part.as_borrowed())?.get().plain),
            false => Ok(false),
        })?;
        let facts = Facts {
            args: args.unbind(),
            plain,
            globals: globals.keys().to_tuple().unbind(),
            names: names.keys().to_tuple().unbind(),
        };
        let facts = Bound::new(py, facts)?;
        crate::raw::set_code_extra(code, facts.as_any());
        Ok(facts)
    }
}

/// The names of the globals that a function's code uses, by whoever answers that.
pub fn globals<'py>(
    helpers: &Helpers,
    code: &Bound<'py, PyAny>,
    facts: &Bound<'py, Facts>,
) -> PyResult<Bound<'py, PyTuple>> {
    let py = code.py();
    match patch!(helpers, py, "_extract_code_globals")? {
        Some(patch) => {
            let names = PyList::empty(py);
            for name in patch.call1((code,))?.try_iter()? {
                names.append(name?)?;
            }
            Ok(names.to_tuple())
        }
        None => Ok(facts.get().globals.bind(py).clone()),
    }
}

/// Adds the names of a code object and of the code among its constants.
fn gather<'py>(
    helpers: &Helpers,
    code: &Bound<'py, PyAny>,
    globals: &Bound<'py, PyDict>,
    names: &Bound<'py, PyDict>,
    depth: usize,
) -> PyResult<()> {
    let py = code.py();
    let own = code.getattr(intern!(py, "co_names"))?.cast_into::<PyTuple>()?;
    let bytecode = code.getattr(intern!(py, "co_code"))?.cast_into::<PyBytes>()?;
    let flags: u32 = code.getattr(intern!(py, "co_flags"))?.extract()?;
    // What was compiled by itself has its names in a namespace of its own.
    let is_class_body = depth > 0 && flags & OPTIMIZED == 0;
    match global_uses(bytecode.as_bytes(), helpers.minor, is_class_body) {
        Some(uses) => {
            for index in uses {
                if index >= own.len() {
                    continue;
                }
                let name = own.get_item(index)?;
                // All functions have this one anyway.
                if !is_class_body || !name.eq(intern!(py, "__name__"))? {
                    globals.set_item(name, py.None())?;
                }
            }
        }
        // A Python that came later: it knows its own bytecode.
        None => {
            for instruction in py
                .import("dis")?
                .call_method1("get_instructions", (code,))?
                .try_iter()?
            {
                let instruction = instruction?;
                let name = instruction.getattr("opname")?;
                if ["LOAD_GLOBAL", "STORE_GLOBAL", "DELETE_GLOBAL"].contains(&name.cast::<PyString>()?.to_str()?) {
                    globals.set_item(instruction.getattr("argval")?, py.None())?;
                }
            }
        }
    }
    for name in own {
        names.set_item(name, py.None())?;
    }
    let consts = code.getattr(intern!(py, "co_consts"))?.cast_into::<PyTuple>()?;
    for constant in consts {
        if depth < DEEPEST && constant.get_type().is(&helpers.code_type) {
            gather(helpers, &constant, globals, names, depth + 1)?;
        }
    }
    Ok(())
}

/// What `types.CodeType` is called with, in this version of Python.
fn args<'py>(helpers: &Helpers, code: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyTuple>> {
    let py = code.py();
    // Tuples that no other object is likely to share, as they are after loading.
    let copied = |name: &str| -> PyResult<Bound<'py, PyAny>> {
        let tuple = code.getattr(name)?.cast_into::<PyTuple>()?;
        Ok(PyTuple::new(py, tuple.iter())?.into_any())
    };
    let mut all = Vec::with_capacity(18);
    for name in [
        "co_argcount",
        "co_posonlyargcount",
        "co_kwonlyargcount",
        "co_nlocals",
        "co_stacksize",
        "co_flags",
        "co_code",
        "co_consts",
    ] {
        all.push(code.getattr(name)?);
    }
    all.extend([copied("co_names")?, copied("co_varnames")?]);
    let rest: &[&str] = match helpers.minor {
        11.. => &[
            "co_filename",
            "co_name",
            "co_qualname",
            "co_firstlineno",
            "co_linetable",
            "co_exceptiontable",
        ],
        10 => &["co_filename", "co_name", "co_firstlineno", "co_linetable"],
        _ => &["co_filename", "co_name", "co_firstlineno", "co_lnotab"],
    };
    for name in rest {
        all.push(code.getattr(*name)?);
    }
    all.extend([copied("co_freevars")?, copied("co_cellvars")?]);
    PyTuple::new(py, all)
}
