//! Enums by value.

use super::{
    Aside, Made,
    class::{own_attributes, tracker_id},
    decide::entries,
    helpers::Helpers,
};
use pyo3::{
    intern,
    prelude::*,
    types::{PyDict, PyString, PyTuple, PyType},
};

/// What the metaclass makes of the members.
const OF_METACLASS: &[&str] = &[
    "_generate_next_value_",
    "_hashable_values_",
    "_member_map_",
    "_member_names_",
    "_member_type_",
    "_unhashable_values_",
    "_unhashable_values_map_",
    "_value2member_map_",
];

/// The members by name, with those that are another name of one before.
fn members<'py>(class: &Bound<'py, PyType>) -> PyResult<Bound<'py, PyDict>> {
    let py = class.py();
    class
        .getattr(intern!(py, "_member_map_"))?
        .cast_into::<PyDict>()
        .map_err(PyErr::from)
}

/// Whether a name of a member is not the one that the member has itself.
fn is_alias(name: &Bound<'_, PyAny>, member: &Bound<'_, PyAny>) -> PyResult<bool> {
    Ok(!member.getattr(intern!(name.py(), "_name_"))?.eq(name)?)
}

/// An enum with its members and nothing else.
pub fn skeleton<'py>(helpers: &Helpers, class: &Bound<'py, PyType>) -> PyResult<Made<'py>> {
    let py = class.py();
    let (members, values) = (members(class)?, PyDict::new(py));
    let mut asides = Vec::new();
    for (name, member) in entries(&members) {
        if is_alias(&name, &member)? {
            values.set_item(&name, member.getattr(intern!(py, "_value_"))?)?;
            continue;
        }
        let (value, fills): (_, Vec<Aside<'py>>) =
            helpers.member_state.bind(py).call1((class, &name, member))?.extract()?;
        let value: Bound<'py, PyAny> = value;
        values.set_item(name, value)?;
        asides.extend(fills);
    }
    let args = PyTuple::new(
        py,
        [
            class.getattr(intern!(py, "__bases__"))?,
            class.getattr(intern!(py, "__name__"))?,
            class.getattr(intern!(py, "__qualname__"))?,
            values.into_any(),
            class.getattr(intern!(py, "__module__"))?,
            tracker_id(helpers, class.as_any())?,
            py.None().into_bound(py),
        ],
    )?;
    let mut made = Made::call(helpers.make_skeleton_enum.bind(py), args);
    made.asides = asides;
    Ok(made)
}

/// What an enum is filled with.
pub fn state<'py>(helpers: &Helpers, class: &Bound<'py, PyType>) -> PyResult<Bound<'py, PyAny>> {
    let py = class.py();
    let (attributes, members) = (own_attributes(helpers, class)?, members(class)?);
    for name in attributes.keys() {
        let text = name.cast::<PyString>().ok().and_then(|name| name.to_str().ok());
        if text.is_some_and(|text| OF_METACLASS.contains(&text)) || members.contains(&name)? {
            attributes.del_item(name)?;
        }
    }
    PyTuple::new(py, [attributes, PyDict::new(py)]).map(Bound::into_any)
}
