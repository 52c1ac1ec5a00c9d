//! `Pickler`: pickles into a file, one after the other with one memo.

use crate::{
    CALLS, cloud,
    deterministic::Deterministic,
    fault::Fault,
    file::Written,
    memo::Memo,
    path::{self, Live, Unpicklable, Where},
    protocol, raw,
    source::{Hooks, LiveSource, Remembers},
    world::World,
};
use brinery::{Emitter, Settings, Source};
use pyo3::{
    PyTraverseError, PyVisit,
    exceptions::{PyAttributeError, PyRuntimeError, PyTypeError, PyValueError},
    intern,
    prelude::*,
    types::{PyCFunction, PyDict, PyString, PyTuple, PyType},
};

/// What `__init__` was given.
#[derive(Debug)]
struct Setup {
    write: Py<PyAny>,
    protocol: u8,
    fix_imports: bool,
    buffer_callback: Option<Py<PyAny>>,
    deterministic: bool,
}

/// Pickler(file, protocol=None, fix_imports=True, buffer_callback=None, *, deterministic=False)
/// --
///
/// This takes a binary file for writing a pickle data stream.
#[cfg_attr(Py_3_10, pyclass(subclass, immutable_type, module = "brinery"))]
#[cfg_attr(not(Py_3_10), pyclass(subclass, module = "brinery"))]
#[derive(Debug, Default)]
pub struct Pickler {
    setup: Option<Setup>,
    /// Elsewhere while a dump is under way and none of its hooks is.
    memo: Memo,
    busy: bool,
    dispatch_table: Option<Py<PyAny>>,
    /// Set on this instance.
    persistent_id: Option<Py<PyAny>>,
    #[pyo3(get, set)]
    bin: i32,
    #[pyo3(get, set)]
    fast: i32,
}

impl Pickler {
    /// Takes the memo for a dump that is under way, or gives it back.
    pub fn exchange_memo(&mut self, memo: &mut Memo) {
        std::mem::swap(&mut self.memo, memo);
    }

    fn forget(slf: &Bound<'_, Self>) {
        let memo = std::mem::take(&mut slf.borrow_mut().memo);
        // Not while it is borrowed: what is dropped may have a finalizer.
        drop(memo);
    }

    /// What a dump asks of the pickler and its class.
    fn hooks<'py>(slf: &Bound<'py, Self>) -> PyResult<Hooks<'py>> {
        let py = slf.py();
        let plain = slf.get_type().is(PyType::new::<Pickler>(py));
        let (persistent_id, reducer_override) = if plain {
            let set = slf.borrow().persistent_id.as_ref().map(|hook| hook.clone_ref(py));
            (set.map(|hook| hook.into_bound(py)), None)
        } else {
            let persistent_id = raw::attribute(slf, intern!(py, "persistent_id"))?;
            (
                persistent_id.filter(|hook| !is_own(slf, hook)),
                raw::attribute(slf, intern!(py, "reducer_override"))?,
            )
        };
        let table = slf.borrow().dispatch_table.as_ref().map(|table| table.clone_ref(py));
        let hooks = Hooks {
            pickler: Some(slf.clone()),
            persistent_id,
            reducer_override,
            dispatch_table: table.map(|table| table.into_bound(py)),
            cloud: None,
            leaves: false,
        };
        match plain {
            true => Ok(hooks),
            false => cloud::pickler::hooks(slf, hooks),
        }
    }
}

/// Pickles an object with a memo of so many entries; a fault and where it was, and the memo.
fn continued<'py, S: Live<'py> + Source<Error = Fault> + Remembers>(
    obj: Bound<'py, PyAny>,
    source: S,
    settings: Settings,
    write: Bound<'py, PyAny>,
    len: u32,
) -> (Result<(), (Fault, Where)>, Memo) {
    let py = obj.py();
    let mut sink = Written(write);
    let mut emitter = Emitter::new(source, settings, Some(&mut sink));
    emitter.continue_memo(len);
    let result = emitter.dump(obj);
    let result = result.map_err(|fault| path::beside(py, &emitter, fault));
    let memo = emitter.source().take_memo();
    (result, memo)
}

/// Whether a method is the one that the class itself has, which does nothing.
pub fn is_own(owner: &Bound<'_, PyAny>, method: &Bound<'_, PyAny>) -> bool {
    let py = owner.py();
    method.is_exact_instance_of::<PyCFunction>()
        && method.getattr(intern!(py, "__self__")).is_ok_and(|this| this.is(owner))
}

/// The protocol and the callback, checked as `pickle` checks them.
pub fn arguments(
    world: &World,
    asked: Option<&Bound<'_, PyAny>>,
    buffer_callback: Option<&Bound<'_, PyAny>>,
) -> PyResult<u8> {
    let protocol = protocol(world, asked)?;
    if buffer_callback.is_some() && protocol < 5 {
        return Err(PyValueError::new_err("buffer_callback needs protocol >= 5"));
    }
    Ok(protocol)
}

/// The `write` method of a file.
pub fn write_of<'py>(file: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    match raw::attribute(file, intern!(file.py(), "write"))? {
        Some(write) => Ok(write),
        None => Err(PyTypeError::new_err("file must have a 'write' attribute")),
    }
}

#[pymethods]
impl Pickler {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Self {
        Pickler::default()
    }

    #[pyo3(signature = (file, protocol=None, fix_imports=true, buffer_callback=None, *, deterministic=false))]
    fn __init__(
        slf: &Bound<'_, Self>,
        file: &Bound<'_, PyAny>,
        protocol: Option<&Bound<'_, PyAny>>,
        fix_imports: bool,
        buffer_callback: Option<Bound<'_, PyAny>>,
        deterministic: bool,
    ) -> PyResult<()> {
        let py = slf.py();
        if slf.borrow().busy {
            return Err(PyRuntimeError::new_err("Pickler object is already used"));
        }
        let protocol = arguments(World::get(py)?, protocol, buffer_callback.as_ref())?;
        let setup = Setup {
            write: write_of(file)?.unbind(),
            protocol,
            fix_imports,
            buffer_callback: buffer_callback.map(Bound::unbind),
            deterministic,
        };
        let table = raw::attribute(slf, intern!(py, "dispatch_table"))?;
        let before = {
            let mut this = slf.borrow_mut();
            this.bin = (protocol > 0).into();
            this.fast = 0;
            let table = std::mem::replace(&mut this.dispatch_table, table.map(Bound::unbind));
            (this.setup.replace(setup), std::mem::take(&mut this.memo), table)
        };
        drop(before);
        Ok(())
    }

    /// Write a pickled representation of the given object to the open file.
    fn dump<'py>(slf: &Bound<'py, Self>, obj: Bound<'py, PyAny>) -> PyResult<()> {
        let py = slf.py();
        let world = World::get(py)?;
        let hooks = Self::hooks(slf)?;
        let (settings, write, buffer_callback, deterministic, memo) = {
            let mut this = slf.borrow_mut();
            if this.busy {
                return Err(PyRuntimeError::new_err("Pickler object is already used"));
            }
            let Some(setup) = &this.setup else {
                let class = slf.get_type().name()?;
                let message = format!("Pickler.__init__() was not called by {class}.__init__()");
                return world.pickling(py, message);
            };
            let settings = Settings {
                protocol: setup.protocol,
                python: world.version,
                fix_imports: setup.fix_imports,
                fast: this.fast != 0,
                digits: if setup.protocol < 2 {
                    world.digits(py)?
                } else {
                    usize::MAX
                },
                calls: CALLS,
                pids: CALLS,
            };
            let write = setup.write.clone_ref(py).into_bound(py);
            let callback = setup.buffer_callback.as_ref().map(|hook| hook.clone_ref(py));
            let deterministic = setup.deterministic;
            this.busy = true;
            (settings, write, callback, deterministic, std::mem::take(&mut this.memo))
        };
        let buffer_callback = buffer_callback.map(|hook| hook.into_bound(py));
        let len = memo.len() as u32;
        let source = LiveSource::new(py, world, settings.protocol, buffer_callback, hooks, memo);
        let (result, mut memo) = match deterministic {
            true => continued(obj, Deterministic::new(source, settings), settings, write, len),
            false => continued(obj, source, settings, write, len),
        };
        {
            let mut this = slf.borrow_mut();
            this.exchange_memo(&mut memo);
            this.busy = false;
        }
        drop(memo);
        result.map_err(|(fault, place)| {
            let error = fault.raise(py, world);
            let left = false;
            Unpicklable { error, place, left }.raise(py)
        })
    }

    /// Clears the pickler's "memo".
    fn clear_memo(slf: &Bound<'_, Self>) {
        Self::forget(slf);
    }

    fn __sizeof__(&self) -> usize {
        size_of::<Self>() + self.memo.size()
    }

    #[getter]
    fn get_memo(slf: Bound<'_, Self>) -> PicklerMemoProxy {
        PicklerMemoProxy { pickler: slf.unbind() }
    }

    #[setter]
    fn set_memo(slf: &Bound<'_, Self>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = slf.py();
        let mut memo = Memo::default();
        if let Ok(proxy) = value.cast::<PicklerMemoProxy>() {
            let other = proxy.get().pickler.bind(py).borrow();
            for (index, object) in other.memo.entries(py) {
                memo.put(&object, index);
            }
        } else if let Ok(dict) = value.cast::<PyDict>() {
            let mut at = 0;
            while let Some((_, entry)) = raw::next_entry(dict, &mut at) {
                let pair = entry.cast::<PyTuple>().ok().filter(|pair| pair.len() == 2);
                let Some(pair) = pair else {
                    return Err(PyTypeError::new_err("'memo' values must be 2-item tuples"));
                };
                let (index, object) = (pair.get_item(0)?.extract()?, pair.get_item(1)?);
                memo.put(&object, index);
            }
        } else {
            let class = value.get_type().name()?;
            let message = format!("'memo' attribute must be a PicklerMemoProxy object or dict, not {class}");
            return Err(PyTypeError::new_err(message));
        }
        slf.borrow_mut().exchange_memo(&mut memo);
        drop(memo);
        Ok(())
    }

    #[getter]
    fn get_dispatch_table(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        match &self.dispatch_table {
            Some(table) => Ok(table.clone_ref(py)),
            None => Err(PyAttributeError::new_err("dispatch_table")),
        }
    }

    #[setter]
    fn set_dispatch_table(slf: &Bound<'_, Self>, table: Py<PyAny>) {
        let before = slf.borrow_mut().dispatch_table.replace(table);
        drop(before);
    }

    #[deleter]
    fn delete_dispatch_table(slf: &Bound<'_, Self>) -> PyResult<()> {
        let before = slf.borrow_mut().dispatch_table.take();
        match before {
            Some(_) => Ok(()),
            None => Err(PyAttributeError::new_err("dispatch_table")),
        }
    }

    /// Return the persistent id of an object, or None to pickle it as usual.
    #[cfg(Py_3_13)]
    fn persistent_id(&self, obj: &Bound<'_, PyAny>) {
        let _ = obj;
    }

    fn __getattribute__<'py>(slf: &Bound<'py, Self>, name: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        if name == "persistent_id"
            && let Some(hook) = &slf.borrow().persistent_id
        {
            return Ok(hook.clone_ref(py).into_bound(py));
        }
        raw::generic_attribute(slf, name)
    }

    fn __setattr__(slf: &Bound<'_, Self>, name: &Bound<'_, PyString>, value: Bound<'_, PyAny>) -> PyResult<()> {
        if name == "persistent_id" {
            if cfg!(not(Py_3_13)) && !value.is_callable() {
                let message = "persistent_id must be a callable taking one argument";
                return Err(PyTypeError::new_err(message));
            }
            let before = slf.borrow_mut().persistent_id.replace(value.unbind());
            drop(before);
            return Ok(());
        }
        raw::set_generic_attribute(slf, name, Some(&value))
    }

    fn __delattr__(slf: &Bound<'_, Self>, name: &Bound<'_, PyString>) -> PyResult<()> {
        if name == "persistent_id" {
            let before = slf.borrow_mut().persistent_id.take();
            if before.is_some() {
                return Ok(());
            }
        }
        raw::set_generic_attribute(slf, name, None)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        if let Some(setup) = &self.setup {
            visit.call(&setup.write)?;
            visit.call(&setup.buffer_callback)?;
        }
        visit.call(&self.dispatch_table)?;
        visit.call(&self.persistent_id)?;
        self.memo.traverse(&visit)
    }

    fn __clear__(&mut self) {
        *self = Pickler::default();
    }
}

/// The memo of a pickler.
#[pyclass(frozen, module = "brinery")]
#[derive(Debug)]
pub struct PicklerMemoProxy {
    pickler: Py<Pickler>,
}

#[pymethods]
impl PicklerMemoProxy {
    /// Remove all items from memo.
    fn clear(&self, py: Python<'_>) {
        Pickler::forget(self.pickler.bind(py));
    }

    /// Copy the memo to a new object.
    fn copy<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let copy = PyDict::new(py);
        for (index, object) in self.pickler.bind(py).borrow().memo.entries(py) {
            copy.set_item(object.as_ptr() as usize, (index, object))?;
        }
        Ok(copy)
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyType>, (Bound<'py, PyDict>,))> {
        Ok((py.get_type::<PyDict>(), (self.copy(py)?,)))
    }

    fn __hash__(&self) -> PyResult<isize> {
        Err(PyTypeError::new_err("unhashable type: 'PicklerMemoProxy'"))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.pickler)
    }
}
