//! What objects, their classes and others say of how they are made.

use super::{FLAT_NESTED_NAMES, Id, LiveReduce, LiveSource, LiveView};
use crate::{
    cloud::{Answer, Helpers, Made, registered},
    fault::Fault,
    items::Steps,
    plain::{self, Kind},
    raw,
    world::{attribute, is_class},
};
use brinery::{Call, Python as Version, Reduce, View};
use pyo3::{
    PyTypeInfo,
    exceptions::PyKeyError,
    intern,
    prelude::*,
    types::{
        PyDict, PyEllipsis, PyFunction, PyIterator, PyMapping, PyNone, PyNotImplemented, PyString, PyTuple, PyType,
    },
};

/// A reduce value of an object that travels by value. None of what is called then is a function that has an opcode.
fn made_by_value<'py>(made: Made<'py>) -> LiveReduce<'py> {
    let asides = made.asides.into_iter().rev();
    let steps = Steps {
        state: made.state,
        setter: made.setter,
        asides: asides.map(|(callable, args)| (callable, args.into_any())).collect(),
        ..Steps::default()
    };
    Reduce {
        call: Call::Reduce,
        callable: made.callable,
        args: made.args.into_any(),
        kwargs: None,
        steps,
        dropped: false,
    }
}

impl<'py> LiveSource<'py> {
    /// An object that says itself, or for which others say, how it is made.
    pub(super) fn reduced<'s>(&self, id: &Id<'py>, class: &Bound<'py, PyType>) -> Result<LiveView<'s, 'py>, Fault> {
        let py = self.py;
        if let Some(cloud) = &self.hooks.cloud {
            match cloud.get().settled(id, class)? {
                Answer::Name(module, name) => return Ok(View::Global { module, name }),
                Answer::Made(made) => return Ok(View::Reduce(made_by_value(made))),
                _ => {}
            }
        }
        if let Some(hook) = &self.hooks.reducer_override {
            let value = hook.call1((id,))?;
            if !value.is(py.NotImplemented()) {
                return self.said(id, value);
            }
        } else if let Some(cloud) = &self.hooks.cloud {
            let with_table = self.hooks.dispatch_table.is_none();
            match cloud.get().answer(id, class, with_table)? {
                Answer::Name(module, name) => return Ok(View::Global { module, name }),
                Answer::Made(made) => return Ok(View::Reduce(made_by_value(made))),
                Answer::Said(value) if !value.is(py.NotImplemented()) => return self.said(id, value),
                _ => {}
            }
        }
        if class.is(PyType::type_object(py)) {
            return self.built_in_class(id);
        }
        if class.is(PyFunction::type_object(py)) {
            return self.global(id, None);
        }
        let reducer = match &self.hooks.dispatch_table {
            None => self.world.dispatch_table.bind(py).get_item(class)?,
            Some(table) => match table.get_item(class) {
                Ok(reducer) => Some(reducer),
                Err(error) if error.is_instance_of::<PyKeyError>(py) => None,
                Err(error) => return Err(error.into()),
            },
        };
        // Hooks see the empty tuple of arguments, too, so that with them the long way is taken.
        if reducer.is_none()
            && self.protocol >= 2
            && self.hooks.persistent_id.is_none()
            && plain::kind(class, self.world) == Kind::Plain
            && let Some(state) = plain::state(id)
            && let Some(instance) = self.instance(class, state)
        {
            return Ok(instance);
        }
        let value = match reducer {
            Some(reducer) => reducer.call1((id,))?,
            None if is_class(id) => return self.global(id, None),
            None => match raw::attribute(id, intern!(py, "__reduce_ex__"))? {
                Some(reduce_ex) => reduce_ex.call1((self.protocol,))?,
                None => match raw::attribute(id, intern!(py, "__reduce__"))? {
                    Some(reduce) => reduce.call0()?,
                    None => {
                        let message = format!("can't pickle {} object: {}", class.name()?, id.repr()?);
                        return Ok(self.world.pickling(py, message)?);
                    }
                },
            },
        };
        self.said(id, value)
    }

    /// A reduce value.
    pub(super) fn said<'s>(&self, id: &Id<'py>, value: Id<'py>) -> Result<LiveView<'s, 'py>, Fault> {
        Ok(match value.cast_into::<PyString>() {
            Ok(name) => self.global(id, Some(name.into_any()))?,
            Err(value) => View::Reduce(self.reduce(id, &value.into_inner())?),
        })
    }

    /// A class whose type is exactly `type`.
    pub(super) fn built_in_class<'s>(&self, id: &Id<'py>) -> Result<LiveView<'s, 'py>, Fault> {
        let py = self.py;
        let single = if id.is(PyNone::type_object(py)) {
            py.None().into_bound(py)
        } else if id.is(PyEllipsis::type_object(py)) {
            py.Ellipsis().into_bound(py)
        } else if id.is(PyNotImplemented::type_object(py)) {
            py.NotImplemented().into_bound(py)
        } else {
            return self.global(id, None);
        };
        Ok(View::Reduce(self.call(PyType::type_object(py).into_any(), &[single])?))
    }

    /// An object that is imported: by its qualified name, or by a name that its reducer gave. It must be what is found
    /// there.
    pub(super) fn global<'s>(&self, id: &Id<'py>, name: Option<Id<'py>>) -> Result<LiveView<'s, 'py>, Fault> {
        let py = self.py;
        let name = match name {
            Some(name) => name,
            None => match raw::attribute(id, intern!(py, "__qualname__"))? {
                Some(name) => name,
                None => id.getattr(intern!(py, "__name__"))?,
            },
        };
        let path = name.cast::<PyString>()?;
        let leaves = self.hooks.leaves;
        if path.contains(intern!(py, "<locals>"))?
            && path
                .call_method1(intern!(py, "split"), (".",))?
                .contains(intern!(py, "<locals>"))?
        {
            return match leaves {
                true => Err(Fault::left()),
                false => Ok(self.local(path)?),
            };
        }
        let module = self.module_of(id, path)?;
        let failed = |why: String| match leaves {
            true => Err(Fault::left()),
            false => Ok(self.world.pickling(py, format!("Can't pickle {}: {why}", id.repr()?))?),
        };
        let Ok(place) = module
            .cast::<PyString>()
            .map_err(PyErr::from)
            .and_then(|module| py.import(module))
        else {
            return failed(format!("import of module {} failed", module.repr()?));
        };
        match attribute(place.clone().into_any(), path) {
            Ok(found) if found.is(id) => {
                if leaves && is_by_value(place.as_any(), &module)? {
                    return Err(Fault::left());
                }
                // A path that leads through the module itself, where it would become a call.
                if self.protocol < 4
                    && self.world.version < FLAT_NESTED_NAMES
                    && path.contains(intern!(py, "."))?
                    && let (parent, last) = parent_and_last(&module, &name)?
                    && parent.is(&place)
                {
                    return Ok(View::Global { module, name: last });
                }
                Ok(View::Global { module, name })
            }
            Ok(_) => failed(format!("it's not the same object as {module}.{name}")),
            Err(_) => failed(format!("attribute lookup {name} on {module} failed")),
        }
    }

    /// An object that is found only in a function.
    #[cold]
    fn local<T>(&self, path: &Bound<'py, PyString>) -> PyResult<T> {
        let verb = if self.world.version >= Version::new(3, 13, 0) {
            "get"
        } else {
            "pickle"
        };
        let message = format!("Can't {verb} local object {}", path.repr()?);
        if self.world.version >= Version::new(3, 14, 0) {
            return self.world.pickling(self.py, message);
        }
        Err(pyo3::exceptions::PyAttributeError::new_err(message))
    }

    /// The name of the module that an object says it is of, or else of the first that has it.
    pub(super) fn module_of(&self, id: &Id<'py>, path: &Bound<'py, PyString>) -> PyResult<Id<'py>> {
        let py = self.py;
        if let Some(module) = raw::attribute(id, intern!(py, "__module__"))?
            && !module.is_none()
        {
            return Ok(module);
        }
        let modules = py.import("sys")?.getattr("modules")?;
        let modules = modules.cast::<PyMapping>()?.items()?;
        for entry in modules {
            let (name, module) = entry.extract::<(Id<'py>, Id<'py>)>()?;
            if module.is_none() || name.eq(intern!(py, "__main__"))? {
                continue;
            }
            if attribute(module, path).is_ok_and(|found| found.is(id)) {
                return Ok(name);
            }
        }
        Ok(intern!(py, "__main__").clone().into_any())
    }

    /// A reduce value that is not a name.
    pub(super) fn reduce(&self, id: &Id<'py>, value: &Id<'py>) -> Result<LiveReduce<'py>, Fault> {
        let (py, world) = (self.py, self.world);
        let Ok(value) = value.cast::<PyTuple>() else {
            return Ok(world.pickling(py, "__reduce__ must return a string or tuple")?);
        };
        if !(2..=6).contains(&value.len()) {
            let message = "tuple returned by __reduce__ must contain 2 through 6 elements";
            return Ok(world.pickling(py, message)?);
        }
        let element = |at| -> PyResult<Option<Id<'py>>> {
            match value.get_item(at) {
                Ok(element) if at < 2 || !element.is_none() => Ok(Some(element)),
                _ => Ok(None),
            }
        };
        let items = |at, which| match element(at)?.map(Bound::cast_into::<PyIterator>).transpose() {
            Ok(items) => Ok(items),
            Err(_) => {
                let class = value.get_item(at)?.get_type().name()?;
                let message =
                    format!("{which} element of the tuple returned by __reduce__ must be an iterator, not {class}");
                world.pickling(py, message)
            }
        };
        let callable = value.get_item(0)?;
        if !callable.is_callable() {
            return Ok(world.pickling(py, "first item of the tuple returned by __reduce__ must be callable")?);
        }
        let Ok(args) = value.get_item(1)?.cast_into::<PyTuple>() else {
            return Ok(world.pickling(py, "second item of the tuple returned by __reduce__ must be a tuple")?);
        };
        let setter = element(5)?;
        let mut asides = Vec::new();
        if self.hooks.cloud.is_some()
            && !value.is_exact_instance_of::<PyTuple>()
            && let Some(calls) = raw::attribute(value.as_any(), intern!(py, "asides"))?
        {
            asides = calls.extract()?;
            asides.reverse();
        }
        let steps = Steps {
            list_items: items(3, "fourth")?,
            dict_items: items(4, "fifth")?,
            state: element(2)?,
            setter,
            asides,
        };
        if steps.setter.as_ref().is_some_and(|setter| !setter.is_callable()) {
            return Ok(world.pickling(
                py,
                "sixth element of the tuple returned by __reduce__ must be a function",
            )?);
        }
        Ok(self.made_by(id, callable, args, steps)?)
    }

    /// The call of a reduce value, of which those of two functions have opcodes.
    pub(super) fn made_by(
        &self,
        id: &Id<'py>,
        callable: Id<'py>,
        args: Bound<'py, PyTuple>,
        steps: Steps<'py>,
    ) -> PyResult<LiveReduce<'py>> {
        let (py, world) = (self.py, self.world);
        let mut reduce = Reduce {
            call: Call::Reduce,
            callable,
            args: args.clone().into_any(),
            kwargs: None,
            steps,
            dropped: false,
        };
        if self.protocol < 2 {
            return Ok(reduce);
        }
        if !reduce.callable.is(&world.newobj) {
            let name = raw::attribute(&reduce.callable, intern!(py, "__name__"))?;
            let Some(name) = name.and_then(|name| name.cast_into::<PyString>().ok()) else {
                return Ok(reduce);
            };
            if name == "__newobj_ex__" {
                return self.newobj_ex(&args, reduce);
            }
            if name != "__newobj__" {
                return Ok(reduce);
            }
        }
        if args.is_empty() {
            return world.pickling(py, "__newobj__ arglist is empty");
        }
        let class = args.get_item(0)?;
        if !is_class(&class) {
            return world.pickling(py, "args[0] from __newobj__ args is not a type");
        }
        if !id.getattr(intern!(py, "__class__"))?.is(&class) {
            return world.pickling(py, "args[0] from __newobj__ args has the wrong class");
        }
        reduce.call = Call::New;
        reduce.callable = class;
        reduce.args = args.get_slice(1, args.len()).into_any();
        Ok(reduce)
    }

    pub(super) fn newobj_ex(
        &self,
        args: &Bound<'py, PyTuple>,
        mut reduce: LiveReduce<'py>,
    ) -> PyResult<LiveReduce<'py>> {
        let (py, world) = (self.py, self.world);
        if args.len() != 3 {
            return world.pickling(py, "length of the NEWOBJ_EX argument tuple must be exactly 3");
        }
        let (class, args, kwargs) = (args.get_item(0)?, args.get_item(1)?, args.get_item(2)?);
        if !is_class(&class) {
            return world.pickling(py, "first item from NEWOBJ_EX argument tuple must be a class");
        }
        let Ok(args) = args.cast_into::<PyTuple>() else {
            return world.pickling(py, "second item from NEWOBJ_EX argument tuple must be a tuple");
        };
        let Ok(kwargs) = kwargs.cast_into::<PyDict>() else {
            return world.pickling(py, "third item from NEWOBJ_EX argument tuple must be a dict");
        };
        if self.protocol >= 4 {
            reduce.call = Call::NewEx;
            reduce.callable = class;
            reduce.args = args.into_any();
            reduce.kwargs = Some(kwargs.into_any());
            return Ok(reduce);
        }
        let mut all = vec![class.getattr(intern!(py, "__new__"))?, class];
        all.extend(args.iter());
        reduce.callable = world.partial.bind(py).call(PyTuple::new(py, all)?, Some(&kwargs))?;
        reduce.args = PyTuple::empty(py).into_any();
        Ok(reduce)
    }

    /// A call without anything done to its result.
    pub(super) fn call(&self, callable: Id<'py>, args: &[Id<'py>]) -> PyResult<LiveReduce<'py>> {
        Ok(Reduce {
            call: Call::Reduce,
            callable,
            args: PyTuple::new(self.py, args)?.into_any(),
            kwargs: None,
            steps: Steps::default(),
            dropped: false,
        })
    }
}

/// Whether cloudpickle has what is found in a module travel by value. Nobody registers one before its half is there.
fn is_by_value<'py>(module: &Id<'py>, name: &Id<'py>) -> PyResult<bool> {
    if name
        .cast::<PyString>()
        .is_ok_and(|name| raw::ascii(name) == Some(b"__main__"))
    {
        return Ok(true);
    }
    match Helpers::known(module.py()) {
        Some(helpers) => registered(helpers, module),
        None => Ok(false),
    }
}

/// The object that a nested name is an attribute of, and the name of that attribute.
pub(super) fn parent_and_last<'py>(module: &Id<'py>, name: &Id<'py>) -> PyResult<(Id<'py>, Id<'py>)> {
    let py = name.py();
    let parts = name.call_method1(intern!(py, "split"), (intern!(py, "."),))?;
    let mut parts = parts.try_iter()?.collect::<PyResult<Vec<_>>>()?;
    let last = parts.pop().unwrap_or_else(|| name.clone());
    let mut parent = py.import(module.cast::<PyString>()?)?.into_any();
    for part in parts {
        parent = parent.getattr(part.cast::<PyString>()?)?;
    }
    Ok((parent, last))
}
