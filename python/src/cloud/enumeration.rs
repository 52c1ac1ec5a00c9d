//! Enums by value.

use super::{
    Aside, Made,
    class::{ascii, own_attributes, tracker_id},
    decide::entries,
    helpers::Helpers,
};
use crate::raw;
use pyo3::{
    PyTypeInfo, intern,
    prelude::*,
    types::{PyDict, PyTuple, PyType},
};

/// What the metaclass makes of the members.
const OF_METACLASS: &[&[u8]] = &[
    b"_generate_next_value_",
    b"_hashable_values_",
    b"_member_map_",
    b"_member_names_",
    b"_member_type_",
    b"_unhashable_values_",
    b"_unhashable_values_map_",
    b"_value2member_map_",
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

/// What a member is made of, if it is nothing else and has nothing but what each has.
fn plain_value<'py>(kind: &Bound<'py, PyAny>, member: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = member.py();
    if !kind.is(PyAny::type_object(py)) {
        return Ok(None);
    }
    let attributes = raw::attribute(member, intern!(py, "__dict__"))?.map(Bound::cast_into_exact::<PyDict>);
    let Some(Ok(attributes)) = attributes else {
        return Ok(None);
    };
    let of_each = |name: &Bound<'py, PyAny>| {
        matches!(
            ascii(name),
            Some(b"_value_" | b"_name_" | b"__objclass__" | b"_sort_order_")
        )
    };
    match entries(&attributes).iter().all(|(name, _)| of_each(name)) {
        true => Ok(Some(member.getattr(intern!(py, "_value_"))?)),
        false => Ok(None),
    }
}

/// An enum with its members and nothing else.
pub fn skeleton<'py>(helpers: &Helpers, class: &Bound<'py, PyType>) -> PyResult<Made<'py>> {
    let py = class.py();
    let (members, values) = (members(class)?, PyDict::new(py));
    let kind = class.getattr(intern!(py, "_member_type_"))?;
    let mut asides = Vec::new();
    for (name, member) in entries(&members) {
        if is_alias(&name, &member)? {
            values.set_item(&name, member.getattr(intern!(py, "_value_"))?)?;
            continue;
        }
        if let Some(value) = plain_value(&kind, &member)? {
            values.set_item(name, value)?;
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
    let (all, members) = (own_attributes(helpers, class)?, members(class)?);
    let attributes = PyDict::new(py);
    for (name, value) in entries(&all) {
        if !ascii(&name).is_some_and(|text| OF_METACLASS.contains(&text)) && !members.contains(&name)? {
            attributes.set_item(name, value)?;
        }
    }
    PyTuple::new(py, [attributes, PyDict::new(py)]).map(Bound::into_any)
}
