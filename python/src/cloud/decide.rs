//! Whether an object is imported where the pickle is loaded, or travels by value.

use super::helpers::{Helpers, patch};
use crate::{find, raw, world::attribute};
use pyo3::{
    PyTypeInfo,
    exceptions::{PyAttributeError, PyTypeError},
    intern,
    prelude::*,
    types::{PyDict, PyFunction, PyModule, PyString, PyType},
};

/// Where an object is found.
pub struct Found<'py> {
    /// The module itself.
    pub module: Bound<'py, PyAny>,
    /// The name it is imported by.
    pub module_name: Bound<'py, PyAny>,
    /// The qualified name in it.
    pub name: Bound<'py, PyAny>,
}

/// The name of the module that an object says it is of, or else of the first that has it. Errors on the way are nobody's
/// concern: modules of all kinds are asked.
pub fn module_of<'py>(object: &Bound<'py, PyAny>, name: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = object.py();
    if let Some(module) = raw::attribute(object, intern!(py, "__module__"))?
        && !module.is_none()
    {
        return Ok(Some(module));
    }
    let Ok(path) = name.cast::<PyString>() else {
        return Ok(None);
    };
    let helpers = Helpers::get(py)?;
    // Asking may import, and so change what is gone through.
    let modules = helpers.modules.bind(py).copy()?;
    let mut ours = None;
    for (module_name, module) in modules.iter() {
        let text = module_name.cast::<PyString>().ok().and_then(|name| name.to_str().ok());
        if matches!(text, Some("__main__" | "__mp_main__")) || !module.is_instance_of::<PyModule>() {
            continue;
        }
        if attribute(module, path).is_ok_and(|found| found.is(object)) {
            // The names of cloudpickle are better known than those of this package.
            if text.is_some_and(|text| text == "brinery" || text.starts_with("brinery.")) {
                ours = ours.or(Some(module_name));
                continue;
            }
            return Ok(Some(module_name));
        }
    }
    Ok(ours)
}

/// Where an object is found, as far as that is seen without any Python code.
pub enum Place<'py> {
    /// By these names: module and name in it.
    Named(Bound<'py, PyAny>, Bound<'py, PyAny>),
    /// It travels by value.
    Nowhere,
    /// Others have to be asked.
    Unknown,
}

/// Where an object of that module and qualified name is found. Says the same as [`by_name`] where nothing is replaced.
pub fn place<'py>(
    helpers: &Helpers,
    object: &Bound<'py, PyAny>,
    module: Bound<'py, PyAny>,
    name: Bound<'py, PyAny>,
) -> PyResult<Place<'py>> {
    let py = object.py();
    let (Ok(module_name), Ok(path)) = (module.cast_exact::<PyString>(), name.cast_exact::<PyString>()) else {
        return Ok(Place::Unknown);
    };
    if raw::ascii(module_name) == Some(b"__main__") {
        return Ok(Place::Nowhere);
    }
    let Some(found) = raw::value(helpers.modules.bind(py), &module)?.filter(|found| !found.is_none()) else {
        return Ok(Place::Nowhere);
    };
    let Ok(found) = found.cast_exact::<PyModule>() else {
        return Ok(Place::Unknown);
    };
    if helpers.by_value_modules.bind(py).len()? > 0 {
        return Ok(Place::Unknown);
    }
    if !find::is_simple(path) {
        // What leads into a function leads nowhere, if no function of the module is asked on the way.
        let within =
            raw::ascii(path).and_then(|path| path.iter().position(|byte| *byte == b'.').map(|dot| &path[dot..]));
        let local = within.is_some_and(|rest| rest.starts_with(b".<locals>."));
        return Ok(
            match local && raw::module_value(found, intern!(py, "__getattr__")).is_none() {
                true => Place::Nowhere,
                false => Place::Unknown,
            },
        );
    }
    let special = raw::ascii(path).is_some_and(|path| path.starts_with(b"__"));
    match raw::module_value(found, path) {
        Some(known) if !special => Ok(match known.is(object) {
            true => Place::Named(module, name),
            false => Place::Nowhere,
        }),
        _ => Ok(Place::Unknown),
    }
}

/// Where an object is found under its own name, if it is.
pub fn look_up<'py>(object: &Bound<'py, PyAny>, name: Option<Bound<'py, PyAny>>) -> PyResult<Option<Found<'py>>> {
    let py = object.py();
    let helpers = Helpers::get(py)?;
    let name = match name.filter(|name| !name.is_none()) {
        Some(name) => name,
        None => match raw::attribute(object, intern!(py, "__qualname__"))? {
            Some(name) if !name.is_none() => name,
            _ => match raw::attribute(object, intern!(py, "__name__"))? {
                Some(name) => name,
                None => return Ok(None),
            },
        },
    };
    let module_name = match patch!(helpers, py, "_whichmodule")? {
        Some(patch) => Some(patch.call1((object, &name))?).filter(|module| !module.is_none()),
        None => module_of(object, &name)?,
    };
    let Some(module_name) = module_name else {
        return Ok(None);
    };
    if module_name.cast::<PyString>().is_ok_and(|name| name == "__main__") {
        return Ok(None);
    }
    let Some(module) = helpers
        .modules
        .bind(py)
        .get_item(&module_name)?
        .filter(|module| !module.is_none())
    else {
        return Ok(None);
    };
    match attribute(module.clone(), name.cast::<PyString>()?) {
        Ok(found) if found.is(object) => Ok(Some(Found {
            module,
            module_name,
            name,
        })),
        Ok(_) => Ok(None),
        Err(error) if error.is_instance_of::<PyAttributeError>(py) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether a module or a package around it is registered to travel by value.
pub fn is_registered(helpers: &Helpers, module: &Bound<'_, PyAny>) -> PyResult<bool> {
    let py = module.py();
    let registered = helpers.by_value_modules.bind(py);
    if registered.len()? == 0 {
        return Ok(false);
    }
    let name = module.getattr(intern!(py, "__name__"))?.cast_into::<PyString>()?;
    let name = name.to_str()?;
    let ends = name.match_indices('.').map(|(at, _)| at).chain([name.len()]);
    for end in ends {
        if registered.contains(&name[..end])? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The same, asking whoever took the function's place.
pub fn registered(helpers: &Helpers, module: &Bound<'_, PyAny>) -> PyResult<bool> {
    match patch!(helpers, module.py(), "_is_registered_pickle_by_value")? {
        Some(patch) => patch.call1((module,))?.is_truthy(),
        None => is_registered(helpers, module),
    }
}

/// A module's name and an object's name in it.
pub type Names<'py> = (Bound<'py, PyAny>, Bound<'py, PyAny>);

/// The names that an object is imported by, unless it travels by value.
pub fn by_name<'py>(
    helpers: &Helpers,
    object: &Bound<'py, PyAny>,
    name: Option<Bound<'py, PyAny>>,
) -> PyResult<Option<Names<'py>>> {
    let py = object.py();
    if let Some(patch) = patch!(helpers, py, "_should_pickle_by_reference")?
        && !patch.call1((object, &name))?.is_truthy()?
    {
        return Ok(None);
    }
    if let Some(patch) = patch!(helpers, py, "_lookup_module_and_qualname")? {
        let found = patch.call1((object, name))?;
        if found.is_none() {
            return Ok(None);
        }
        let (module, name) = found.extract::<Names<'py>>()?;
        let module_name = module.getattr(intern!(py, "__name__"))?;
        return Ok((!registered(helpers, &module)?).then_some((module_name, name)));
    }
    match look_up(object, name)? {
        Some(found) if !registered(helpers, &found.module)? => Ok(Some((found.module_name, found.name))),
        _ => Ok(None),
    }
}

/// Whether a function, class or module is imported where the pickle is loaded.
pub fn is_by_name<'py>(
    helpers: &Helpers,
    object: &Bound<'py, PyAny>,
    name: Option<Bound<'py, PyAny>>,
) -> PyResult<bool> {
    let py = object.py();
    if object.is_exact_instance_of::<PyFunction>() || object.get_type().is_subclass_of::<PyType>()? {
        return Ok(match look_up(object, name)? {
            Some(found) => !registered(helpers, &found.module)?,
            None => false,
        });
    }
    if object.is_instance(&PyModule::type_object(py))? {
        if registered(helpers, object)? {
            return Ok(false);
        }
        return helpers
            .modules
            .bind(py)
            .contains(object.getattr(intern!(py, "__name__"))?);
    }
    let message = format!("cannot check importability of {} instances", object.get_type().name()?);
    Err(PyTypeError::new_err(message))
}

/// The entries of a dict as they are now.
pub fn entries<'py>(dict: &Bound<'py, PyDict>) -> Vec<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
    let (mut all, mut at) = (Vec::with_capacity(dict.len()), 0);
    while let Some(entry) = raw::next_entry(dict, &mut at) {
        all.push(entry);
    }
    all
}
