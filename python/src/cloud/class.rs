//! Classes by value.

use super::{
    Answer, Aside, Cloud, Made, decide, enumeration,
    helpers::{Helpers, patch},
};
use crate::raw;
use pyo3::{
    PyTypeInfo, intern,
    prelude::*,
    types::{PyDict, PyEllipsis, PyList, PyNone, PyNotImplemented, PyString, PyTuple, PyType, PyWeakrefReference},
};

impl Cloud {
    /// A class: by name, by what it is the type of, or by value.
    pub(super) fn class<'py>(&self, class: &Bound<'py, PyType>) -> PyResult<Answer<'py>> {
        answer(self.helpers, class)
    }
}

/// How a class is written.
pub fn answer<'py>(helpers: &Helpers, class: &Bound<'py, PyType>) -> PyResult<Answer<'py>> {
    let py = class.py();
    if class.get_type().is(PyType::type_object(py))
        && let Some(made) = nameless(helpers, class)?
    {
        return Ok(made);
    }
    if let Some((module, name)) = decide::by_name(helpers, class.as_any(), None)? {
        return Ok(Answer::Name(module, name));
    }
    Ok(match patch!(helpers, py, "_dynamic_class_reduce")? {
        Some(patch) => Answer::Said(patch.call1((class,))?),
        None => Answer::Made(by_value(helpers, class)?),
    })
}

/// Whether a class is, or may be, one that is not found by its name.
pub fn is_nameless(helpers: &Helpers, class: &Bound<'_, PyAny>) -> PyResult<bool> {
    let py = class.py();
    Ok(class.is(PyNone::type_object(py))
        || class.is(PyEllipsis::type_object(py))
        || class.is(PyNotImplemented::type_object(py))
        || helpers.builtin_type_names.bind(py).contains(class)?
        || helpers.samples.bind(py).contains(class)?)
}

/// Classes that are not found by their names.
fn nameless<'py>(helpers: &Helpers, class: &Bound<'py, PyType>) -> PyResult<Option<Answer<'py>>> {
    let py = class.py();
    let single = if class.is(PyNone::type_object(py)) {
        py.None().into_bound(py)
    } else if class.is(PyEllipsis::type_object(py)) {
        py.Ellipsis().into_bound(py)
    } else if class.is(PyNotImplemented::type_object(py)) {
        py.NotImplemented().into_bound(py)
    } else if let Some(name) = helpers.builtin_type_names.bind(py).get_item(class)? {
        let args = PyTuple::new(py, [name])?;
        return Ok(Some(Answer::Made(Made::call(helpers.builtin_type.bind(py), args))));
    } else if let Some(sample) = helpers.samples.bind(py).get_item(class)? {
        sample
    } else {
        return Ok(None);
    };
    let args = PyTuple::new(py, [single])?;
    Ok(Some(Answer::Made(Made::call(PyType::type_object(py).as_any(), args))))
}

/// How a class or an enum is made.
pub fn by_value<'py>(helpers: &Helpers, class: &Bound<'py, PyType>) -> PyResult<Made<'py>> {
    let py = class.py();
    let setter = helpers.class_setstate.bind(py);
    if raw::is_subtype(class, helpers.enum_class.bind(py)) {
        let made = enumeration::skeleton(helpers, class)?;
        let state = enumeration::state(helpers, class)?;
        return Ok(made.with_state(state, setter));
    }
    let made = skeleton(helpers, class)?;
    let state = match patch!(helpers, py, "_class_getstate")? {
        Some(patch) => patch.call1((class,))?,
        None => state(helpers, class)?,
    };
    Ok(made.with_state(state, setter))
}

/// A class with nothing in it but what cannot be set later.
pub fn skeleton<'py>(helpers: &Helpers, class: &Bound<'py, PyType>) -> PyResult<Made<'py>> {
    let py = class.py();
    let own = raw::type_dict(class)?;
    let name = class.getattr(intern!(py, "__name__"))?;
    let extras = PyDict::new(py);
    if own.contains(intern!(py, "__module__"))? {
        extras.set_item(intern!(py, "__module__"), class.getattr(intern!(py, "__module__"))?)?;
    }
    if let Some(attributes) = own.get_item(intern!(py, "__dict__"))?
        && attributes.is_instance(helpers.property.bind(py))?
    {
        extras.set_item(intern!(py, "__dict__"), attributes)?;
    }
    let (bases, by_maker) = bases(helpers, class, &own)?;
    if !by_maker && let Some(slots) = own.get_item(intern!(py, "__slots__"))? {
        extras.set_item(intern!(py, "__slots__"), slot_names(helpers, class, &own, slots)?)?;
    }
    let qualname = class.getattr(intern!(py, "__qualname__"))?;
    if !qualname.eq(&name)? {
        extras.set_item(intern!(py, "__qualname__"), qualname)?;
    }
    let metaclass = class.get_type();
    let mut asides: Vec<Aside<'py>> = Vec::new();
    let mut made_with = bases.clone().into_any();
    if has_subclass_hook(class)? {
        let others = helpers.without_subclass_hook.bind(py).call1((class, &bases))?;
        if !others.is_none() {
            made_with = others;
            let real = class.getattr(intern!(py, "__bases__"))?;
            let args = PyTuple::new(py, [class.as_any(), intern!(py, "__bases__").as_any(), &real])?;
            asides.push((helpers.setattr.bind(py).clone(), args));
        }
    }
    let args = PyTuple::new(
        py,
        [
            metaclass.into_any(),
            name,
            made_with,
            extras.into_any(),
            tracker_id(helpers, class.as_any())?,
            py.None().into_bound(py),
        ],
    )?;
    let mut made = Made::call(helpers.make_skeleton_class.bind(py), args);
    made.asides = asides;
    Ok(made)
}

/// The bases as the class statement has them, and whether one of them makes the class in its own way.
fn bases<'py>(
    helpers: &Helpers,
    class: &Bound<'py, PyType>,
    own: &Bound<'py, PyDict>,
) -> PyResult<(Bound<'py, PyTuple>, bool)> {
    let py = class.py();
    let real = class.getattr(intern!(py, "__bases__"))?.cast_into::<PyTuple>()?;
    let Some(original) = own.get_item(intern!(py, "__orig_bases__"))? else {
        return Ok((real, false));
    };
    let Ok(original) = original.cast_into::<PyTuple>() else {
        return Ok((real, false));
    };
    // It would make the class from annotations, and what it made is there already.
    if original.iter().any(|base| base.is(&helpers.named_tuple)) {
        return Ok((real, false));
    }
    let is_maker = original.iter().any(|base| raw::is_function(&base));
    Ok((original, is_maker))
}

/// What the class statement said of slots; if that was an iterator, what came out of it.
fn slot_names<'py>(
    helpers: &Helpers,
    class: &Bound<'py, PyType>,
    own: &Bound<'py, PyDict>,
    slots: Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = class.py();
    let known = slots.is_exact_instance_of::<PyString>()
        || slots.is_exact_instance_of::<PyTuple>()
        || slots.is_exact_instance_of::<PyList>()
        || slots.is_exact_instance_of::<PyDict>();
    if known {
        return Ok(slots);
    }
    let names = PyList::empty(py);
    for (name, value) in decide::entries(own) {
        if is_own_slot(helpers, class, &value)? {
            names.append(name)?;
        }
    }
    Ok(names.to_tuple().into_any())
}

/// Whether this is the descriptor of one of the class's slots.
fn is_own_slot(helpers: &Helpers, class: &Bound<'_, PyType>, value: &Bound<'_, PyAny>) -> PyResult<bool> {
    let py = class.py();
    Ok(value.get_type().is(&helpers.member_descriptor) && value.getattr(intern!(py, "__objclass__"))?.is(class))
}

/// Whether a class above has an `__init_subclass__`, other than the one that does nothing.
fn has_subclass_hook(class: &Bound<'_, PyType>) -> PyResult<bool> {
    let hook = intern!(class.py(), "__init_subclass__");
    let above = class.mro();
    for base in above.iter().skip(1).take(above.len().saturating_sub(2)) {
        if let Ok(base) = base.cast::<PyType>()
            && raw::type_dict(base)?.contains(hook)?
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The id that a class has in all processes.
pub fn tracker_id<'py>(helpers: &Helpers, object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = object.py();
    if let Some(patch) = patch!(helpers, py, "_get_or_create_tracker_id")? {
        return patch.call1((object,));
    }
    // Found by hashing the class, which its metaclass may have an opinion on.
    if object.cast::<PyType>().is_ok_and(raw::is_told_by_address) {
        let reference = PyWeakrefReference::new(object)?;
        if let Some(known) = helpers.tracked.bind(py).get_item(reference)? {
            return Ok(known);
        }
    }
    helpers.tracker_id.bind(py).call1((object,))
}

/// What a class is filled with.
pub fn state<'py>(helpers: &Helpers, class: &Bound<'py, PyType>) -> PyResult<Bound<'py, PyAny>> {
    let py = class.py();
    let attributes = own_attributes(helpers, class)?;
    PyTuple::new(py, [attributes, PyDict::new(py)]).map(Bound::into_any)
}

/// A name of ASCII.
pub fn ascii<'s>(name: &'s Bound<'_, PyAny>) -> Option<&'s [u8]> {
    name.cast_exact::<PyString>().ok().and_then(raw::ascii)
}

/// The entries of a class's dict by name.
fn by_name<'py>(own: &Bound<'py, PyDict>) -> PyResult<Vec<(Bound<'py, PyAny>, Bound<'py, PyAny>)>> {
    let mut all = decide::entries(own);
    if all.iter().all(|(name, _)| ascii(name).is_some()) {
        all.sort_unstable_by(|(one, _), (other, _)| ascii(one).cmp(&ascii(other)));
        return Ok(all);
    }
    let names = PyList::new(own.py(), all.into_iter().map(|(name, _)| name))?;
    names.sort()?;
    let mut all = Vec::with_capacity(names.len());
    for name in names {
        if let Some(value) = own.get_item(&name)? {
            all.push((name, value));
        }
    }
    Ok(all)
}

/// The attributes of the class itself, by name, without those that come by themselves.
pub fn own_attributes<'py>(helpers: &Helpers, class: &Bound<'py, PyType>) -> PyResult<Bound<'py, PyDict>> {
    let py = class.py();
    let own = raw::type_dict(class)?;
    let is_abstract = raw::is_subtype(&class.get_type(), helpers.abc_meta.bind(py));
    let has_slots = own.contains(intern!(py, "__slots__"))?;
    let attributes = PyDict::new(py);
    for (name, value) in by_name(&own)? {
        let Ok(text) = name.cast::<PyString>() else {
            attributes.set_item(name, value)?;
            continue;
        };
        match text.to_str().unwrap_or_default() {
            "__weakref__" | "__dict__" | "__slots__" => continue,
            // What Python makes again when it is asked for annotations.
            "__annotate_func__" if helpers.minor >= 14 => continue,
            "_abc_impl" if is_abstract => {
                let registry = registry(helpers, class)?;
                attributes.set_item(name, registry)?;
                continue;
            }
            _ => {}
        }
        if has_slots && is_own_slot(helpers, class, &value)? {
            continue;
        }
        attributes.set_item(name, value)?;
    }
    Ok(attributes)
}

/// The classes that were registered with an abstract one.
fn registry<'py>(helpers: &Helpers, class: &Bound<'py, PyType>) -> PyResult<Bound<'py, PyAny>> {
    let py = class.py();
    let dump = helpers.abc_dump.bind(py).call1((class,))?;
    let classes = PyList::empty(py);
    for reference in dump.get_item(0)?.try_iter()? {
        let registered = reference?.call0()?;
        if !registered.is_none() {
            classes.append(registered)?;
        }
    }
    match classes.len() {
        0 | 1 => Ok(classes.into_any()),
        _ => helpers.sorted_by_name.bind(py).call1((classes,)),
    }
}
