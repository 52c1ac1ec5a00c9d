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

use pyo3::{
    PyTraverseError, PyTypeInfo, PyVisit,
    exceptions::PyModuleNotFoundError,
    intern,
    prelude::*,
    types::{PyDict, PyFunction, PyString, PyTuple, PyType},
};

pub use helpers::Helpers;

use crate::raw;

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
    /// The dict that functions of a namespace are made with, by the namespace's id.
    #[pyo3(get)]
    globals_ref: Py<PyDict>,
    /// For a cell of a function, by its id: the cell itself, which keeps the id taken, and another of the same content.
    /// Functions are made with the first, written as an empty one, so that it stays shared and the same wherever it is
    /// referred to; the content is copied from the second when all is there.
    cells: Py<PyDict>,
    /// For a cell of a function of which Python code decides: the cell itself, and an empty one.
    empty_cells: Py<PyDict>,
    /// Strings by value: which of two equal ones it is that somebody refers to says nothing, and is another matter after
    /// a reload.
    strings: Py<PyDict>,
    /// Whether code comes with its source.
    with_source: bool,
    helpers: &'static Helpers,
}

impl Cloud {
    /// For one pickler.
    pub fn create(py: Python<'_>) -> PyResult<Cloud> {
        Ok(Cloud {
            globals_ref: PyDict::new(py).unbind(),
            cells: PyDict::new(py).unbind(),
            empty_cells: PyDict::new(py).unbind(),
            strings: PyDict::new(py).unbind(),
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

    /// The names and functions that payloads use.
    pub fn helpers(&self) -> &'static Helpers {
        self.helpers
    }

    /// The one of all equal strings that was met first.
    pub fn canonical<'py>(&self, text: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        raw::known(self.strings.bind(text.py()), text)
    }

    /// What no hook has a say in: the names that payloads call, and the cells of functions that are on their way.
    pub fn settled<'py>(&self, object: &Bound<'py, PyAny>, class: &Bound<'py, PyType>) -> PyResult<Answer<'py>> {
        let py = object.py();
        if let Some((module, name)) = self.helpers.name_of(object) {
            let (module, name) = (module.bind(py).clone(), name.bind(py).clone());
            return Ok(Answer::Name(module.into_any(), name.into_any()));
        }
        if class.is(&self.helpers.cell_type) && self.is_of_function(object)? {
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

/// The module that answers to the names of one of cloudpickle's, which could not be imported.
#[cold]
pub fn stand_in<'py>(module: &Bound<'py, PyString>, error: PyErr) -> PyResult<Bound<'py, PyModule>> {
    let py = module.py();
    let names = ["cloudpickle", "cloudpickle.cloudpickle", "cloudpickle.cloudpickle_fast"];
    match names.contains(&module.to_str()?) && error.is_instance_of::<PyModuleNotFoundError>(py) {
        true => py.import("brinery.cloudpickle"),
        false => Err(error),
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
        for dict in [&self.globals_ref, &self.cells, &self.empty_cells, &self.strings] {
            visit.call(dict)?;
        }
        Ok(())
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
