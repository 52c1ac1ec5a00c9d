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

use pyo3::{
    PyTypeInfo,
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

    /// The name of an object that payloads call.
    pub fn helper<'py>(&self, object: &Bound<'py, PyAny>) -> Option<decide::Names<'py>> {
        let py = object.py();
        let (module, name) = self.helpers.name_of(object)?;
        Some((module.bind(py).clone().into_any(), name.bind(py).clone().into_any()))
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
            Some(others::Kind::Cell) if self.is_of_function(object)? => Ok(Answer::Made(Made::call(
                self.helpers.make_empty_cell.bind(py),
                PyTuple::empty(py),
            ))),
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

/// Reducers of `brinery.cloudpickle`, written here.
pub mod reducers {
    use super::{Cloud, Helpers, answered, class, code, decide, enumeration, function, others};
    use pyo3::{prelude::*, types::PyType};

    macro_rules! kinds {
        ($($(#[doc = $doc:literal])* $python:literal $name:ident = $kind:ident;)*) => {
            $(
                $(#[doc = $doc])*
                #[pyfunction(name = $python)]
                pub fn $name<'py>(obj: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
                    let helpers = Helpers::get(obj.py())?;
                    others::made(helpers, others::Kind::$kind, obj)?.into_tuple(helpers)
                }
            )*

            /// What each of them is for, by name.
            pub const NATIVE: &[(&str, others::Kind)] = &[$(($python, others::Kind::$kind)),*];
        };
    }

    kinds! {
        /// A code object.
        "_code_reduce" code_reduce = Code;
        /// A cell, empty or not.
        "_cell_reduce" cell_reduce = Cell;
        /// A class method or static method.
        "_classmethod_reduce" classmethod_reduce = Wrapped;
        /// A property.
        "_property_reduce" property_reduce = Property;
        /// A method bound to an instance.
        "_method_reduce" method_reduce = Method;
        /// A descriptor of a C class.
        "_getset_descriptor_reduce" getset_descriptor_reduce = Descriptor;
        /// A module, by name or by value.
        "_module_reduce" module_reduce = Module;
        /// A type variable, by name or by value.
        "_typevar_reduce" typevar_reduce = TypeVar;
    }

    /// A class, by value.
    #[pyfunction(name = "_dynamic_class_reduce")]
    pub fn dynamic_class_reduce<'py>(obj: &Bound<'py, PyType>) -> PyResult<Bound<'py, PyAny>> {
        let helpers = Helpers::get(obj.py())?;
        class::by_value(helpers, obj)?.into_tuple(helpers)
    }

    /// A class, or NotImplemented if it is imported.
    #[pyfunction(name = "_class_reduce")]
    pub fn class_reduce<'py>(obj: &Bound<'py, PyType>) -> PyResult<Bound<'py, PyAny>> {
        let py = obj.py();
        answered(py, Helpers::get(py)?, class::answer(Helpers::get(py)?, obj)?)
    }

    /// What a class is made with.
    #[pyfunction(name = "_class_getnewargs")]
    pub fn class_getnewargs<'py>(obj: &Bound<'py, PyType>) -> PyResult<Bound<'py, PyAny>> {
        Ok(class::skeleton(Helpers::get(obj.py())?, obj)?.args.into_any())
    }

    /// What a class is filled with.
    #[pyfunction(name = "_class_getstate")]
    pub fn class_getstate<'py>(obj: &Bound<'py, PyType>) -> PyResult<Bound<'py, PyAny>> {
        class::state(Helpers::get(obj.py())?, obj)
    }

    /// What an enum is made with.
    #[pyfunction(name = "_enum_getnewargs")]
    pub fn enum_getnewargs<'py>(obj: &Bound<'py, PyType>) -> PyResult<Bound<'py, PyAny>> {
        Ok(enumeration::skeleton(Helpers::get(obj.py())?, obj)?.args.into_any())
    }

    /// What an enum is filled with.
    #[pyfunction(name = "_enum_getstate")]
    pub fn enum_getstate<'py>(obj: &Bound<'py, PyType>) -> PyResult<Bound<'py, PyAny>> {
        enumeration::state(Helpers::get(obj.py())?, obj)
    }

    /// What a function is filled with.
    #[pyfunction(name = "_function_getstate")]
    pub fn function_getstate<'py>(func: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        function::state(Helpers::get(func.py())?, func)
    }

    /// The names of the globals that code reads, sets or deletes.
    #[pyfunction(name = "_extract_code_globals")]
    pub fn extract_code_globals<'py>(co: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = co.py();
        let names = pyo3::types::PyDict::new(py);
        for name in code::Facts::of(Helpers::get(py)?, co)?.get().globals.bind(py) {
            names.set_item(name, py.None())?;
        }
        Ok(names.into_any())
    }

    /// The modules that code finds as attributes of packages among these values.
    #[pyfunction(name = "_find_imported_submodules")]
    pub fn find_imported_submodules<'py>(
        code: &Bound<'py, PyAny>,
        top_level_dependencies: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let values = top_level_dependencies.try_iter()?.collect::<PyResult<Vec<_>>>()?;
        Ok(function::submodules(Helpers::get(code.py())?, code, &values)?.into_any())
    }

    /// The name of the module that an object is of, or None.
    #[pyfunction(name = "_whichmodule")]
    pub fn whichmodule<'py>(obj: &Bound<'py, PyAny>, name: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
        decide::module_of(obj, name)
    }

    /// The module and the name that an object is imported by, or None.
    #[pyfunction(name = "_lookup_module_and_qualname", signature = (obj, name=None))]
    pub fn lookup_module_and_qualname<'py>(
        obj: &Bound<'py, PyAny>,
        name: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Option<(Bound<'py, PyAny>, Bound<'py, PyAny>)>> {
        let found = decide::look_up(obj, name)?;
        Ok(found.map(|found| (found.module, found.name)))
    }

    /// Whether a module or a package around it is registered to be pickled by value.
    #[pyfunction(name = "_is_registered_pickle_by_value")]
    pub fn is_registered_pickle_by_value(module: &Bound<'_, PyAny>) -> PyResult<bool> {
        decide::is_registered(Helpers::get(module.py())?, module)
    }

    /// Whether a function, class or module is imported where the pickle is loaded.
    #[pyfunction(name = "_should_pickle_by_reference", signature = (obj, name=None))]
    pub fn should_pickle_by_reference<'py>(obj: &Bound<'py, PyAny>, name: Option<Bound<'py, PyAny>>) -> PyResult<bool> {
        decide::is_by_name(Helpers::get(obj.py())?, obj, name)
    }

    /// Adds what is here to the compiled module.
    pub fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
        macro_rules! add {
            ($($name:ident),*) => {
                $(module.add_function(wrap_pyfunction!($name, module)?)?;)*
            };
        }
        add!(
            code_reduce,
            cell_reduce,
            classmethod_reduce,
            property_reduce,
            method_reduce,
            getset_descriptor_reduce,
            module_reduce,
            typevar_reduce,
            dynamic_class_reduce,
            class_reduce,
            class_getnewargs,
            class_getstate,
            enum_getnewargs,
            enum_getstate,
            function_getstate,
            extract_code_globals,
            find_imported_submodules,
            whichmodule,
            lookup_module_and_qualname,
            is_registered_pickle_by_value,
            should_pickle_by_reference
        );
        for helper in [
            wrap_pyfunction!(super::load::make_function, module)?,
            wrap_pyfunction!(super::load::function_setstate, module)?,
            wrap_pyfunction!(super::load::make_empty_cell, module)?,
            wrap_pyfunction!(super::load::make_cell, module)?,
        ] {
            module.add_function(helper)?;
        }
        module.add_class::<Cloud>()?;
        module.add("COMPILER", brinery::function::COMPILER)?;
        module.add_function(wrap_pyfunction!(super::helpers::set_cloud_helpers, module)?)
    }
}
