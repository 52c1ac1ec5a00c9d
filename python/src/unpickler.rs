//! `Unpickler`: loads pickles from a file, one after the other with one memo.

use crate::{
    fault::Fault,
    file::Read,
    heap::{Hooks, LiveHeap, find_class},
    pickler::is_own,
    raw,
    world::World,
};
use brinery::{Input, Limits, Machine};
use pyo3::{
    PyTraverseError, PyVisit,
    exceptions::{PyRuntimeError, PyTypeError, PyValueError},
    intern,
    prelude::*,
    types::{PyDict, PyInt, PyIterator, PyString, PyTuple, PyType},
};

/// What `__init__` was given.
#[derive(Debug)]
struct Setup {
    /// None while a load is under way.
    input: Option<Input<Read>>,
    fix_imports: bool,
    encoding: String,
    errors: String,
    buffers: Option<Py<PyIterator>>,
}

/// This takes a binary file for reading a pickle data stream.
#[cfg_attr(Py_3_10, pyclass(subclass, immutable_type, module = "brinery"))]
#[cfg_attr(not(Py_3_10), pyclass(subclass, module = "brinery"))]
#[derive(Debug, Default)]
pub struct Unpickler {
    setup: Option<Setup>,
    /// Elsewhere while a load is under way.
    memo: Vec<(u64, Py<PyAny>)>,
    /// The protocol of the pickle that was or is loaded.
    protocol: u8,
    /// Set on this instance.
    persistent_load: Option<Py<PyAny>>,
}

impl Unpickler {
    /// The protocol that is in force from here on.
    pub fn set_protocol(&mut self, protocol: u8) {
        self.protocol = protocol;
    }

    fn forget(slf: &Bound<'_, Self>) {
        let memo = std::mem::take(&mut slf.borrow_mut().memo);
        drop(memo);
    }

    /// What a load asks of the unpickler and its class.
    fn hooks<'py>(slf: &Bound<'py, Self>) -> PyResult<Hooks<'py>> {
        let py = slf.py();
        let plain = slf.get_type().is(PyType::new::<Unpickler>(py));
        let persistent_load = if plain {
            let set = slf.borrow().persistent_load.as_ref().map(|hook| hook.clone_ref(py));
            set.map(|hook| hook.into_bound(py))
        } else {
            let hook = raw::attribute(slf, intern!(py, "persistent_load"))?;
            hook.filter(|hook| !is_own(slf, hook))
        };
        Ok(Hooks {
            unpickler: Some(slf.clone()),
            find_class: !plain,
            persistent_load,
        })
    }

    fn entries<'py>(&self, py: Python<'py>) -> impl Iterator<Item = (u64, Bound<'py, PyAny>)> {
        self.memo
            .iter()
            .map(move |(index, value)| (*index, value.bind(py).clone()))
    }
}

/// The iterator of the argument `buffers`.
pub fn buffers_of<'py>(buffers: Option<&Bound<'py, PyAny>>) -> PyResult<Option<Bound<'py, PyIterator>>> {
    let buffers = buffers.filter(|buffers| !buffers.is_none());
    buffers.map(|buffers| buffers.try_iter()).transpose()
}

#[pymethods]
impl Unpickler {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Self {
        Unpickler::default()
    }

    #[pyo3(signature = (file, *, fix_imports=true, encoding="ASCII", errors="strict", buffers=None))]
    fn __init__(
        slf: &Bound<'_, Self>,
        file: &Bound<'_, PyAny>,
        fix_imports: bool,
        encoding: &str,
        errors: &str,
        buffers: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        if matches!(&slf.borrow().setup, Some(Setup { input: None, .. })) {
            return Err(PyRuntimeError::new_err("Unpickler object is already used"));
        }
        let setup = Setup {
            input: Some(Input::new(Read::new(file)?)),
            fix_imports,
            encoding: encoding.into(),
            errors: errors.into(),
            buffers: buffers_of(buffers)?.map(Bound::unbind),
        };
        let before = {
            let mut this = slf.borrow_mut();
            this.protocol = 0;
            (this.setup.replace(setup), std::mem::take(&mut this.memo))
        };
        drop(before);
        Ok(())
    }

    /// Load a pickle.
    fn load<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let world = World::get(py)?;
        let hooks = Self::hooks(slf)?;
        let (mut input, memo, fix_imports, encoding, errors, buffers) = {
            let this = &mut *slf.borrow_mut();
            this.protocol = 0;
            let Some(setup) = &mut this.setup else {
                let class = slf.get_type().name()?;
                let message = format!("Unpickler.__init__() was not called by {class}.__init__()");
                return world.unpickling(py, message);
            };
            let Some(input) = setup.input.take() else {
                return Err(PyRuntimeError::new_err("Unpickler object is already used"));
            };
            let buffers = setup.buffers.as_ref().map(|buffers| buffers.clone_ref(py));
            let (encoding, errors) = (setup.encoding.clone(), setup.errors.clone());
            let memo = std::mem::take(&mut this.memo);
            (input, memo, setup.fix_imports, encoding, errors, buffers)
        };
        let buffers = buffers.map(|buffers| buffers.into_bound(py));
        let mut machine = Machine::new(world.rules, Limits::default());
        let mut filled = Ok(());
        for (index, value) in memo {
            filled = filled.and_then(|()| machine.put_memo(index, value.into_bound(py)));
        }
        let mut heap = LiveHeap::new(py, world, fix_imports, (&encoding, &errors), buffers, hooks);
        let result = match filled {
            Ok(()) => input
                .run(&mut machine, &mut heap)
                .map_err(|failure| Fault::raise_at(failure, py, world)),
            Err(fault) => Err(Fault::from(fault).raise(py, world)),
        };
        let memo = machine
            .memo()
            .map(|(index, value)| (index, value.clone().unbind()))
            .collect();
        drop(machine);
        let before = {
            let this = &mut *slf.borrow_mut();
            if let Some(setup) = &mut this.setup {
                setup.input = Some(input);
            }
            std::mem::replace(&mut this.memo, memo)
        };
        drop(before);
        result
    }

    /// Return an object from a specified module.
    #[pyo3(signature = (module_name, global_name, /))]
    fn find_class<'py>(
        slf: &Bound<'py, Self>,
        module_name: Bound<'py, PyAny>,
        global_name: Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let world = World::get(slf.py())?;
        let (protocol, fix_imports) = {
            let this = slf.borrow();
            (
                this.protocol,
                this.setup.as_ref().is_some_and(|setup| setup.fix_imports),
            )
        };
        find_class(world, protocol, fix_imports, module_name, global_name)
    }

    fn __sizeof__(&self) -> usize {
        size_of::<Self>() + self.memo.capacity() * size_of::<(u64, Py<PyAny>)>()
    }

    #[getter]
    fn get_memo(slf: Bound<'_, Self>) -> UnpicklerMemoProxy {
        UnpicklerMemoProxy {
            unpickler: slf.unbind(),
        }
    }

    #[setter]
    fn set_memo(slf: &Bound<'_, Self>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = slf.py();
        let mut memo = Vec::new();
        if let Ok(proxy) = value.cast::<UnpicklerMemoProxy>() {
            let other = proxy.get().unpickler.bind(py).borrow();
            memo.extend(other.entries(py).map(|(index, value)| (index, value.unbind())));
        } else if let Ok(dict) = value.cast::<PyDict>() {
            let mut at = 0;
            while let Some((key, value)) = raw::next_entry(dict, &mut at) {
                let Ok(key) = key.cast::<PyInt>() else {
                    return Err(PyTypeError::new_err("memo key must be integers"));
                };
                if key.lt(0)? {
                    return Err(PyValueError::new_err("memo key must be positive integers."));
                }
                memo.push((key.extract()?, value.unbind()));
            }
        } else {
            let class = value.get_type().name()?;
            let message = format!("'memo' attribute must be an UnpicklerMemoProxy object or dict, not {class}");
            return Err(PyTypeError::new_err(message));
        }
        let before = std::mem::replace(&mut slf.borrow_mut().memo, memo);
        drop(before);
        Ok(())
    }

    /// Return the object of a persistent id.
    #[cfg(Py_3_13)]
    fn persistent_load(&self, py: Python<'_>, pid: &Bound<'_, PyAny>) -> PyResult<()> {
        let _ = pid;
        World::get(py)?.unpickling(py, crate::heap::NO_PERSISTENT_LOAD)
    }

    fn __getattribute__<'py>(slf: &Bound<'py, Self>, name: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        if name == "persistent_load"
            && let Some(hook) = &slf.borrow().persistent_load
        {
            return Ok(hook.clone_ref(py).into_bound(py));
        }
        raw::generic_attribute(slf, name)
    }

    fn __setattr__(slf: &Bound<'_, Self>, name: &Bound<'_, PyString>, value: Bound<'_, PyAny>) -> PyResult<()> {
        if name == "persistent_load" {
            if cfg!(not(Py_3_13)) && !value.is_callable() {
                let message = "persistent_load must be a callable taking one argument";
                return Err(PyTypeError::new_err(message));
            }
            let before = slf.borrow_mut().persistent_load.replace(value.unbind());
            drop(before);
            return Ok(());
        }
        raw::set_generic_attribute(slf, name, Some(&value))
    }

    fn __delattr__(slf: &Bound<'_, Self>, name: &Bound<'_, PyString>) -> PyResult<()> {
        if name == "persistent_load" {
            let before = slf.borrow_mut().persistent_load.take();
            if before.is_some() {
                return Ok(());
            }
        }
        raw::set_generic_attribute(slf, name, None)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        if let Some(setup) = &self.setup {
            visit.call(&setup.buffers)?;
            if let Some(input) = &setup.input {
                input.get_ref().traverse(&visit)?;
            }
        }
        visit.call(&self.persistent_load)?;
        self.memo.iter().try_for_each(|(_, value)| visit.call(value))
    }

    fn __clear__(&mut self) {
        *self = Unpickler::default();
    }
}

/// The memo of an unpickler.
#[pyclass(frozen, module = "brinery")]
#[derive(Debug)]
pub struct UnpicklerMemoProxy {
    unpickler: Py<Unpickler>,
}

#[pymethods]
impl UnpicklerMemoProxy {
    /// Remove all items from memo.
    fn clear(&self, py: Python<'_>) {
        Unpickler::forget(self.unpickler.bind(py));
    }

    /// Copy the memo to a new object.
    fn copy<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let copy = PyDict::new(py);
        for (index, value) in self.unpickler.bind(py).borrow().entries(py) {
            copy.set_item(index, value)?;
        }
        Ok(copy)
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyType>, (Bound<'py, PyDict>,))> {
        Ok((py.get_type::<PyDict>(), (self.copy(py)?,)))
    }

    fn __hash__(&self) -> PyResult<isize> {
        Err(PyTypeError::new_err("unhashable type: 'UnpicklerMemoProxy'"))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.unpickler)
    }
}
