//! What a `CloudPickler` leaves to this crate: all, unless a subclass overrides one of its methods.

use super::{Cloud, Helpers, helpers::METHODS};
use crate::{pickler::Pickler, raw, source::Hooks};
use pyo3::{
    intern,
    prelude::*,
    types::{PyString, PyType},
};

/// The hooks of a pickler that is of a class written in Python: if it is one of cloudpickle's, those of its methods that
/// nobody overrode are not called.
pub fn hooks<'py>(pickler: &Bound<'py, Pickler>, mut hooks: Hooks<'py>) -> PyResult<Hooks<'py>> {
    let py = pickler.py();
    let Some(cloud) = raw::attribute(pickler, intern!(py, "_cloud"))? else {
        return Ok(hooks);
    };
    let Ok(cloud) = cloud.cast_into::<Cloud>() else {
        return Ok(hooks);
    };
    let helpers = Helpers::get(py)?;
    // A table set on the pickler itself, where the class has one: others put their own there.
    let own = pickler.getattr(intern!(py, "__dict__"))?;
    if let Ok(table) = own.get_item(intern!(py, "dispatch_table")) {
        hooks.dispatch_table = Some(table);
    }
    if is_plain(helpers, pickler)? {
        hooks.reducer_override = None;
        if let Some(table) = &hooks.dispatch_table
            && table.is(&helpers.dispatch_chain)
        {
            hooks.dispatch_table = None;
        }
    }
    hooks.cloud = Some(cloud);
    Ok(hooks)
}

/// Whether all methods are those of `CloudPickler`.
fn is_plain(helpers: &Helpers, pickler: &Bound<'_, Pickler>) -> PyResult<bool> {
    let py = pickler.py();
    let class: Bound<'_, PyType> = pickler.get_type();
    for (name, original) in METHODS.iter().zip(&helpers.methods) {
        if !class.getattr(PyString::intern(py, name))?.is(original) {
            return Ok(false);
        }
    }
    // One that was set on this very pickler is no method of a class.
    let own = pickler.getattr(intern!(py, "__dict__"))?;
    for name in METHODS {
        if own.contains(PyString::intern(py, name))? {
            return Ok(false);
        }
    }
    Ok(true)
}
