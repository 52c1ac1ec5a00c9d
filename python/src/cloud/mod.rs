//! What cloudpickle adds to pickle: functions, classes, modules and the like by value.
//!
//! For each object there are two questions: whether it is imported where the pickle is loaded or travels by value
//! ([`decide`]), and of which call it is made then (the other modules). The answers are reduce values like those of
//! `__reduce_ex__`, by the names of cloudpickle, so that any cloudpickle 3 loads them; how they become bytes is the
//! emitter's business.

mod class;
mod code;
mod decide;
pub mod doors;
mod enumeration;
mod function;
mod helpers;
mod load;
mod others;
pub mod pickler;
pub mod reducers;
mod stand_in;

use pyo3::{
    PyTraverseError, PyTypeInfo, PyVisit, intern,
    prelude::*,
    types::{PyDict, PyFunction, PyModule, PyString, PyTuple, PyType},
};

pub use code::Facts;
pub use decide::{Place, registered};
pub use function::submodules;
use helpers::Addresses;
pub use helpers::Helpers;
pub use load::made;
pub use stand_in::{known_stand_in, stand_in};

use crate::raw::{self, Strings};
use std::{
    cell::Cell,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// A call that makes an object, and what is done to the result.
#[derive(Debug)]
pub struct Made<'py> {
    /// What is called.
    pub callable: Bound<'py, PyAny>,
    /// With what.
    pub args: Bound<'py, PyTuple>,
    /// Calls made when the object is there, before it gets its state.
    pub asides: Vec<Aside<'py>>,
    /// What the object is filled with.
    pub state: Option<Bound<'py, PyAny>>,
    /// What fills it, if not the object itself.
    pub setter: Option<Bound<'py, PyAny>>,
}

/// A call whose result is thrown away.
pub type Aside<'py> = (Bound<'py, PyAny>, Bound<'py, PyTuple>);

impl<'py> Made<'py> {
    fn call(callable: &Bound<'py, PyAny>, args: Bound<'py, PyTuple>) -> Self {
        Made {
            callable: callable.clone(),
            args,
            asides: Vec::new(),
            state: None,
            setter: None,
        }
    }

    fn with_state(mut self, state: Bound<'py, PyAny>, setter: &Bound<'py, PyAny>) -> Self {
        self.state = Some(state);
        self.setter = Some(setter.clone());
        self
    }

    /// As a reducer returns it. What no tuple can say is an attribute beside it.
    pub fn into_tuple(self, helpers: &Helpers) -> PyResult<Bound<'py, PyAny>> {
        let py = self.callable.py();
        let none = || py.None().into_bound(py);
        let mut all = vec![self.callable, self.args.into_any()];
        if self.state.is_some() || self.setter.is_some() {
            all.push(self.state.unwrap_or_else(none));
        }
        if let Some(setter) = self.setter {
            all.extend([none(), none(), setter]);
        }
        let tuple = PyTuple::new(py, all)?.into_any();
        if self.asides.is_empty() {
            return Ok(tuple);
        }
        let tuple = helpers.reduction.bind(py).call1((tuple,))?;
        tuple.setattr(intern!(py, "asides"), self.asides)?;
        Ok(tuple)
    }
}

/// How an object is written.
#[derive(Debug)]
pub enum Answer<'py> {
    /// By the name that it is imported by: module and qualified name.
    Name(Bound<'py, PyAny>, Bound<'py, PyAny>),
    /// By a call.
    Made(Made<'py>),
    /// As a reducer written in Python says.
    Said(Bound<'py, PyAny>),
    /// As pickle does it.
    AsPickle,
}

/// What objects of one pickler have in common.
#[pyclass(module = "brinery._brinery", name = "Cloud", frozen)]
#[derive(Debug)]
pub struct Cloud {
    /// What is known so far. Not held while Python code may run.
    known: Mutex<Known>,
    /// Whether code comes with its source.
    with_source: bool,
    helpers: &'static Helpers,
}

/// A cell itself, which keeps its id taken, and another.
type Pair = (Py<PyAny>, Py<PyAny>);

/// What is known of the objects of one pickler.
#[derive(Debug, Default)]
struct Known {
    /// The dict that functions of a namespace are made with, by the namespace's id, where Python code can see it.
    globals_ref: Option<Py<PyDict>>,
    /// The same by the namespace's address, where only this crate sees it.
    namespaces: Addresses<Py<PyDict>>,
    /// For a cell of a function, by its address: the cell itself, and another of the same content.
    /// Functions are made with the first, written as an empty one, so that it stays shared and the same wherever it is
    /// referred to; the content is copied from the second when all is there.
    cells: Addresses<Pair>,
    /// For a cell of a function of which Python code decides: the cell itself, and an empty one.
    empty_cells: Addresses<Pair>,
    /// Strings by value: which of two equal ones it is that somebody refers to says nothing, and is another matter after
    /// a reload. Elsewhere while a pickle is written.
    strings: Strings,
}

thread_local! {
    /// Room for the strings of the next pickle.
    static STRINGS: Cell<Option<Strings>> = const { Cell::new(None) };
}

impl Cloud {
    /// For one pickler.
    pub fn create(py: Python<'_>) -> PyResult<Cloud> {
        Ok(Cloud {
            known: Mutex::default(),
            with_source: false,
            helpers: Helpers::get(py)?,
        })
    }

    /// For another pickle that is made as that of this one is.
    pub fn like(other: &Bound<'_, Cloud>) -> PyResult<Cloud> {
        let cloud = Cloud::create(other.py())?;
        let with_source = other.get().with_source;
        Ok(Cloud { with_source, ..cloud })
    }

    /// For one pickle whose code comes with its source.
    pub fn with_source(mut self) -> Self {
        self.with_source = true;
        self
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The strings met so far, to be given back when a pickle is written.
    pub fn take_strings(&self) -> Strings {
        let strings = std::mem::take(&mut self.known().strings);
        match strings.is_empty() {
            true => STRINGS.take().unwrap_or_default(),
            false => strings,
        }
    }

    /// Takes the strings back; those of a pickle that was the only one of its pickler are of no more use.
    pub fn give_strings(&self, py: Python<'_>, mut strings: Strings) {
        let mut known = self.known();
        if known.globals_ref.is_some() {
            known.strings = strings;
        } else if strings.reset(py) {
            STRINGS.set(Some(strings));
        }
    }

    /// The names and functions that payloads use.
    pub fn helpers(&self) -> &'static Helpers {
        self.helpers
    }

    /// Whether code is written as bytecode.
    pub fn is_native(&self) -> bool {
        !self.with_source
    }

    /// Where a function is found.
    pub fn place_of_function<'py>(&self, function: &Bound<'py, PyFunction>) -> PyResult<Place<'py>> {
        // What payloads call is of another module than it says.
        if let Some((module, name)) = self.helpers.name_of(function) {
            let (module, name) = (module.bind(function.py()).clone(), name.bind(function.py()).clone());
            return Ok(Place::Named(module.into_any(), name.into_any()));
        }
        let (module, name) = (raw::function_module(function)?, raw::function_qualname(function)?);
        decide::place(self.helpers, function.as_any(), module, name)
    }

    /// Where a class is found that is of no metaclass and no builtin type without a name; unknown for anything else.
    pub fn place_of_class<'py>(&self, class: &Bound<'py, PyAny>) -> PyResult<Place<'py>> {
        let py = class.py();
        if !class.is_exact_instance_of::<PyType>()
            || self.helpers.name_of(class).is_some()
            || class::is_nameless(self.helpers, class)?
        {
            return Ok(Place::Unknown);
        }
        let module = class.getattr(intern!(py, "__module__"))?;
        let name = class.getattr(intern!(py, "__qualname__"))?;
        decide::place(self.helpers, class, module, name)
    }

    /// The name of a module that is imported by it.
    pub fn imported_name<'py>(&self, module: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let py = module.py();
        let Ok(module) = module.cast_exact::<PyModule>() else {
            return Ok(None);
        };
        let name = raw::module_value(module, intern!(py, "__name__"));
        let Some(name) = name.filter(|name| name.is_exact_instance_of::<PyString>()) else {
            return Ok(None);
        };
        let none_registered = self.helpers.by_value_modules.bind(py).len()? == 0;
        let imported = none_registered && raw::value(self.helpers.modules.bind(py), &name)?.is_some();
        Ok(imported.then_some(name))
    }

    /// What no hook has a say in: the names that payloads call, and the cells of functions that are on their way.
    pub fn settled<'py>(&self, object: &Bound<'py, PyAny>, class: &Bound<'py, PyType>) -> PyResult<Answer<'py>> {
        let py = object.py();
        if let Some((module, name)) = self.helpers.name_of(object) {
            let (module, name) = (module.bind(py).clone(), name.bind(py).clone());
            return Ok(Answer::Name(module.into_any(), name.into_any()));
        }
        if class.is(&self.helpers.cell_type) && self.is_of_function(object) {
            let make = self.helpers.make_empty_cell.bind(py);
            return Ok(Answer::Made(Made::call(make, PyTuple::empty(py))));
        }
        Ok(Answer::AsPickle)
    }

    /// How an object is written that is none of the built-in containers and strings; with or without the reducers that
    /// cloudpickle has for classes of the standard library.
    pub fn answer<'py>(
        &self,
        object: &Bound<'py, PyAny>,
        class: &Bound<'py, PyType>,
        with_table: bool,
    ) -> PyResult<Answer<'py>> {
        let py = object.py();
        if class.is(PyFunction::type_object(py)) {
            return self.function(object);
        }
        if class.is_subclass_of::<PyType>()? {
            return self.class(object.cast::<PyType>()?);
        }
        if !with_table {
            return Ok(Answer::AsPickle);
        }
        let Some(reducer) = self.helpers.dispatch_table.bind(py).get_item(class)? else {
            return Ok(Answer::AsPickle);
        };
        match self.helpers.native(&reducer) {
            Some(others::Kind::Code) if self.with_source => {
                Ok(Answer::Said(self.helpers.source_reduce.bind(py).call1((object,))?))
            }
            Some(kind) => Ok(Answer::Made(others::made(self.helpers, kind, object)?)),
            None => Ok(Answer::Said(reducer.call1((object,))?)),
        }
    }

    /// A function: by name, or by value.
    pub fn function<'py>(&self, function: &Bound<'py, PyAny>) -> PyResult<Answer<'py>> {
        match decide::by_name(self.helpers, function, None)? {
            Some((module, name)) => Ok(Answer::Name(module, name)),
            None => Ok(Answer::Made(self.function_by_value(function)?)),
        }
    }
}

/// What Python code sees of an answer.
fn answered<'py>(py: Python<'py>, helpers: &Helpers, answer: Answer<'py>) -> PyResult<Bound<'py, PyAny>> {
    match answer {
        Answer::Name(..) | Answer::AsPickle => Ok(py.NotImplemented().into_bound(py)),
        Answer::Made(made) => made.into_tuple(helpers),
        Answer::Said(value) => Ok(value),
    }
}

#[pymethods]
impl Cloud {
    #[new]
    fn new(py: Python<'_>) -> PyResult<Cloud> {
        Cloud::create(py)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        // Never locked here: the collector runs only where the lock is free, and if not it comes again.
        let Ok(known) = self.known.try_lock() else {
            return Ok(());
        };
        for dict in known.globals_ref.iter().chain(known.namespaces.values()) {
            visit.call(dict)?;
        }
        for (cell, other) in known.cells.values().chain(known.empty_cells.values()) {
            visit.call(cell)?;
            visit.call(other)?;
        }
        Ok(())
    }

    /// The dict that functions of a namespace are made with, by the namespace's id.
    #[getter]
    fn globals_ref<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        if let Some(dict) = &self.known().globals_ref {
            return Ok(dict.bind(py).clone());
        }
        let dict = PyDict::new(py);
        for (address, namespace) in std::mem::take(&mut self.known().namespaces) {
            dict.set_item(address, namespace)?;
        }
        self.known().globals_ref = Some(dict.clone().unbind());
        Ok(dict)
    }

    /// How a function or class is made, NotImplemented if it is imported.
    fn reducer_override<'py>(&self, obj: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = obj.py();
        let answer = if obj.get_type().is_subclass_of::<PyType>()? {
            self.class(obj.cast::<PyType>()?)?
        } else if obj.is_exact_instance_of::<PyFunction>() {
            self.function(obj)?
        } else {
            Answer::AsPickle
        };
        answered(py, self.helpers, answer)
    }

    /// How a function is made, NotImplemented if it is imported.
    fn function_reduce<'py>(&self, func: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        answered(func.py(), self.helpers, self.function(func)?)
    }

    /// How a function is made, wherever it is from.
    fn dynamic_function_reduce<'py>(&self, func: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        self.function_by_value(func)?.into_tuple(self.helpers)
    }

    /// What a function is made with.
    fn function_getnewargs<'py>(&self, func: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyTuple>> {
        // Whoever asks for this has the cells themselves in the state, so here there are others.
        let cells = func.getattr(intern!(func.py(), "__closure__"))?;
        let cells = match cells.cast::<PyTuple>() {
            Ok(cells) => cells
                .iter()
                .map(|cell| self.empty_cell(&cell))
                .collect::<PyResult<Vec<_>>>()?,
            Err(_) => Vec::new(),
        };
        self.function_args(func, cells)
    }
}
