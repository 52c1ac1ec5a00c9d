//! Functions of `brinery.cloudpickle` that are written here.

use super::doors::{cloud_dump, cloud_dumps};
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
    // Under other names than their own: those are pickle's here.
    module.add("cloud_dumps", wrap_pyfunction!(cloud_dumps, module)?)?;
    module.add("cloud_dump", wrap_pyfunction!(cloud_dump, module)?)?;
    module.add_class::<Cloud>()?;
    module.add("COMPILER", brinery::function::COMPILER)?;
    module.add_function(wrap_pyfunction!(super::helpers::set_cloud_helpers, module)?)
}
