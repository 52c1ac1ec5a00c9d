//! How objects are found, made and filled.

use super::{LiveHeap, NO_PERSISTENT_LOAD, Value, find_class};
use crate::{fault::Fault, plain, raw};
use brinery::Text;
use pyo3::{
    exceptions::PyTypeError,
    intern,
    prelude::*,
    types::{PyBytes, PyDict, PyInt, PyList, PyString, PyTuple, PyType},
};
use std::vec::Drain;

impl<'py> LiveHeap<'py, '_> {
    /// The global of that name, as the unpickler finds it.
    pub(super) fn find_class(&self, module: Bound<'py, PyString>, name: Bound<'py, PyString>) -> PyResult<Value<'py>> {
        match &self.hooks.unpickler {
            Some(unpickler) if self.hooks.find_class => {
                unpickler.call_method1(intern!(self.py, "find_class"), (module, name))
            }
            _ => {
                let (module, name) = (module.into_any(), name.into_any());
                find_class(self.world, self.protocol, self.fix_imports, module, name)
            }
        }
    }

    /// A `str` that is not ASCII, or that there is one of.
    #[inline(never)]
    pub(super) fn other_text(&self, value: &[u8]) -> Result<Value<'py>, Fault> {
        match str::from_utf8(value) {
            Ok(text) => Ok(raw::text(self.py, text)?),
            Err(_) => self.text(&Text::decode(value)?),
        }
    }

    /// A `str` of any text.
    pub(super) fn text(&self, value: &Text<'_>) -> Result<Value<'py>, Fault> {
        match value.as_str() {
            Some(text) => Ok(raw::text(self.py, text)?),
            None => {
                let bytes = PyBytes::new(self.py, value.as_bytes());
                Ok(bytes.call_method1("decode", ("utf-8", "surrogatepass"))?)
            }
        }
    }

    /// The object of a persistent id.
    pub(super) fn persistent_load(&self, id: Value<'py>) -> PyResult<Value<'py>> {
        match &self.hooks.persistent_load {
            Some(load) => load.call1((id,)),
            None => self.world.unpickling(self.py, NO_PERSISTENT_LOAD),
        }
    }

    /// A tuple of arguments, or what is wrong with it.
    pub(super) fn arguments<'v>(&self, args: &'v Value<'py>, what: &'static str) -> PyResult<&'v Bound<'py, PyTuple>> {
        match args.cast::<PyTuple>() {
            Ok(args) => Ok(args),
            Err(_) => self
                .world
                .unpickling(self.py, format!("{what} expects a tuple of arguments")),
        }
    }

    pub(super) fn new_instance(
        &self,
        class: &Value<'py>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
        what: &'static str,
    ) -> PyResult<Value<'py>> {
        let made = class
            .cast::<PyType>()
            .ok()
            .map(|class| raw::new_object(class, args, kwargs));
        match made {
            Some(Some(made)) => made,
            Some(None) => self
                .world
                .unpickling(self.py, format!("{what} expects a class with __new__")),
            None => self.world.unpickling(self.py, format!("{what} expects a class")),
        }
    }

    /// Items into a dict. Only keys of others have a hash in Python.
    #[inline(always)]
    pub(super) fn set_in_dict(&mut self, dict: &Bound<'py, PyDict>, items: Drain<'_, Value<'py>>) -> Result<(), Fault> {
        let items = match &mut self.shapes {
            Some(shapes) => match shapes.fill(dict, items) {
                Ok(()) => return Ok(()),
                Err(items) => items,
            },
            None => items,
        };
        self.set_each_in_dict(dict, items)
    }

    fn set_each_in_dict(&mut self, dict: &Bound<'py, PyDict>, mut items: Drain<'_, Value<'py>>) -> Result<(), Fault> {
        while let (Some(key), Some(value)) = (items.next(), items.next()) {
            if key.is_exact_instance_of::<PyString>() || key.is_exact_instance_of::<PyInt>() {
                raw::set_item(dict, &key, &value)?;
            } else {
                self.outside(|_| dict.set_item(key, value))?;
            }
        }
        Ok(())
    }

    /// Sets the attributes of an instance of a class that leaves it to `object` how: no `__setstate__`, nor one of its
    /// own. `items` holds names and values in turn. False if another way has to be gone, which may begin from the start.
    pub(super) fn set_plain_state(&mut self, target: &Value<'py>, items: &[Value<'py>]) -> bool {
        let class = target.get_type();
        plain::takes_state(&class)
            && matches!(raw::attribute(target, intern!(self.py, "__setstate__")), Ok(None))
            && self.shapes.get_or_insert_default().set_state(target, &class, items)
    }

    /// Items into what is no list.
    #[cold]
    pub(super) fn append_to_other(&self, target: &Value<'py>, items: Drain<'_, Value<'py>>) -> Result<(), Fault> {
        if let Some(extend) = raw::attribute(target, intern!(self.py, "extend"))? {
            extend.call1((PyList::new(self.py, items)?,))?;
            return Ok(());
        }
        let append = target.getattr(intern!(self.py, "append"))?;
        for item in items {
            append.call1((item,))?;
        }
        Ok(())
    }

    /// Sets the attributes of an object that has no `__setstate__`.
    pub(super) fn set_attributes(&self, target: &Value<'py>, state: Value<'py>) -> PyResult<()> {
        let py = self.py;
        let (state, slots) = match state.cast::<PyTuple>() {
            Ok(pair) if pair.len() == 2 => (pair.get_item(0)?, Some(pair.get_item(1)?)),
            _ => (state, None),
        };
        if !state.is_none() {
            let Ok(state) = state.cast::<PyDict>() else {
                return self.world.unpickling(py, "state is not a dictionary");
            };
            let attributes = target.getattr(intern!(py, "__dict__"))?;
            let exact = attributes.cast_exact::<PyDict>().ok();
            let mut at = 0;
            while let Some((key, value)) = raw::next_entry(state, &mut at) {
                let key = match key.cast_into_exact::<PyString>() {
                    Ok(key) => raw::interned(key).into_any(),
                    Err(error) => error.into_inner(),
                };
                match exact {
                    Some(dict) => dict.set_item(key, value)?,
                    None => attributes.set_item(key, value)?,
                }
            }
        }
        if let Some(slots) = slots {
            let Ok(slots) = slots.cast::<PyDict>() else {
                return self.world.unpickling(py, "slot state is not a dictionary");
            };
            let mut at = 0;
            while let Some((key, value)) = raw::next_entry(slots, &mut at) {
                match key.cast::<PyString>() {
                    Ok(key) => target.setattr(key, value)?,
                    Err(_) => return Err(PyTypeError::new_err("attribute name must be string")),
                }
            }
        }
        Ok(())
    }
}
