//! The Python half: the functions that payloads call, the registries, and what of it somebody replaced.

use super::{
    load::{MAKERS, Maker},
    others::Kind,
    reducers,
};
use crate::raw;
use pyo3::{
    exceptions::PyRuntimeError,
    intern,
    prelude::*,
    sync::PyOnceLock,
    types::{PyDict, PyModule, PyString, PyType},
};
use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
    sync::atomic::{AtomicU32, AtomicU64, Ordering},
};

static HELPERS: PyOnceLock<Helpers> = PyOnceLock::new();

/// Objects of `brinery.cloudpickle` and of the standard library that functions by value are about.
#[derive(Debug)]
pub struct Helpers {
    /// The names of `brinery.cloudpickle`, of which some are replaced in the wild.
    namespace: Py<PyDict>,
    /// What payloads name, with module and name, by address.
    by_address: Addresses<(Py<PyString>, Py<PyString>)>,
    /// Which of the reducers in the table of `CloudPickler` are of this crate, by address.
    native: Addresses<Kind>,
    /// Which of the functions that payloads call are made up for here, by address.
    makers: Addresses<Maker>,
    /// What the addresses are of: as long as it is held, nothing else can have them.
    _held: Vec<Py<PyAny>>,
    /// `CloudPickler._dispatch_table`
    pub dispatch_table: Py<PyDict>,
    /// Classes of `types` by themselves, with their names there.
    pub builtin_type_names: Py<PyDict>,
    /// Classes that have no name, with what to ask for the type of.
    pub samples: Py<PyDict>,
    /// Names of modules whose contents travel by value.
    pub by_value_modules: Py<PyAny>,
    /// The class of reduce values with asides.
    pub reduction: Py<PyAny>,
    /// Helpers of payloads.
    pub make_function: Py<PyAny>,
    /// The setter of functions.
    pub function_setstate: Py<PyAny>,
    /// The maker of classes.
    pub make_skeleton_class: Py<PyAny>,
    /// The maker of enums.
    pub make_skeleton_enum: Py<PyAny>,
    /// The setter of classes and enums.
    pub class_setstate: Py<PyAny>,
    /// The maker of filled cells.
    pub make_cell: Py<PyAny>,
    /// The maker of empty cells.
    pub make_empty_cell: Py<PyAny>,
    /// The maker of classes of `types`.
    pub builtin_type: Py<PyAny>,
    /// The importer of modules.
    pub subimport: Py<PyAny>,
    /// The maker of modules.
    pub dynamic_subimport: Py<PyAny>,
    /// What a class or type variable is tracked by.
    pub tracker_id: Py<PyAny>,
    /// `_DYNAMIC_CLASS_TRACKER_BY_CLASS.data`: ids by weak reference.
    pub tracked: Py<PyDict>,
    /// `_DYNAMIC_CLASS_TRACKER_BY_ID.data`: weak references by id.
    pub classes: Py<PyDict>,
    /// How a type variable is made by value.
    pub typevar_by_value: Py<PyAny>,
    /// How a class is kept from running an `__init_subclass__` again.
    pub without_subclass_hook: Py<PyAny>,
    /// How a generic function of `functools.singledispatch` is made.
    pub singledispatch_reduce: Py<PyAny>,
    /// The code of those.
    pub singledispatch_code: Py<PyAny>,
    /// How code is made of its source, for any Python.
    pub source_reduce: Py<PyAny>,
    /// Sorts by names, what a hash would order differently each time.
    pub sorted_by_name: Py<PyAny>,
    /// What a member of an enum is made of, and what is done to it.
    pub member_state: Py<PyAny>,
    /// `builtins.__dict__`
    pub builtins: Py<PyAny>,
    /// Stands for the content of an empty cell.
    pub empty_cell_value: Py<PyAny>,
    /// `types`
    pub types: Py<PyAny>,
    /// `types.FunctionType`
    pub function_type: Py<PyAny>,
    /// `types.CodeType`
    pub code_type: Py<PyAny>,
    /// `types.CellType`
    pub cell_type: Py<PyAny>,
    /// `types.MethodType`
    pub method_type: Py<PyAny>,
    /// `types.MemberDescriptorType`
    pub member_descriptor: Py<PyAny>,
    /// `types.ModuleType`
    pub module_type: Py<PyAny>,
    /// `enum.Enum`
    pub enum_class: Py<PyType>,
    /// `abc.ABCMeta`
    pub abc_meta: Py<PyType>,
    /// `_abc._get_dump`
    pub abc_dump: Py<PyAny>,
    /// `typing.NamedTuple`
    pub named_tuple: Py<PyAny>,
    /// `getattr`
    pub getattr: Py<PyAny>,
    /// `setattr`
    pub setattr: Py<PyAny>,
    /// `property`
    pub property: Py<PyType>,
    /// `sys.modules`
    pub modules: Py<PyDict>,
    /// The minor version of the interpreter.
    pub minor: u8,
    /// `CloudPickler`
    pub pickler: Py<PyType>,
    /// Methods of `CloudPickler` that subclasses override, by name.
    pub methods: [Py<PyAny>; 4],
    /// `CloudPickler.dispatch_table`
    pub dispatch_chain: Py<PyAny>,
    /// What of a module's names a function needs to resolve relative imports.
    pub of_module: [Py<PyString>; 4],
    /// The names in the state of a function, in order.
    pub slot_names: [Py<PyString>; SLOTS.len()],
    /// The same, each with None.
    pub function_slots: Py<PyDict>,
    originals: Vec<(&'static str, Py<PyString>, Py<PyAny>)>,
    /// The version of the names of `brinery.cloudpickle` when nothing of all that was replaced, and that of `CloudPickler`.
    untouched: (AtomicU64, AtomicU32),
    /// The version of the table of reducers when it had ours for code and modules.
    table_untouched: AtomicU64,
}

/// Methods of `CloudPickler` that subclasses override.
pub const METHODS: [&str; 4] = [
    "reducer_override",
    "_function_reduce",
    "_dynamic_function_reduce",
    "_function_getnewargs",
];

/// By address, which needs no hash to be spread.
pub type Addresses<T> = HashMap<usize, T, BuildHasherDefault<Address>>;

/// The hash of an address: its bits, the middle ones first.
#[derive(Debug, Default, Clone, Copy)]
pub struct Address(u64);

impl Hasher for Address {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes
            .iter()
            .fold(self.0, |hash, byte| hash.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_usize(&mut self, address: usize) {
        self.0 = (address as u64 >> 4).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

/// Functions of the module that somebody may replace, and that are asked then.
const PATCHABLE: &[&str] = &[
    "_extract_code_globals",
    "_find_imported_submodules",
    "_function_getstate",
    "_class_getstate",
    "_dynamic_class_reduce",
    "_is_registered_pickle_by_value",
    "_lookup_module_and_qualname",
    "_should_pickle_by_reference",
    "_whichmodule",
    "_get_or_create_tracker_id",
];

/// What payloads name.
const WIRE: &[&str] = &[
    "_builtin_type",
    "_empty_cell_value",
    "_file_reconstructor",
    "_get_dataclass_field_type_sentinel",
    "_class_setstate",
    "_function_setstate",
    "_lookup_class_or_track",
    "_make_cell",
    "_make_dict_items",
    "_make_dict_keys",
    "_make_dict_values",
    "_make_empty_cell",
    "_make_function",
    "_make_skeleton_class",
    "_make_skeleton_enum",
    "_make_typevar",
    "dynamic_subimport",
    "instance",
    "subimport",
];

fn named(py: Python<'_>, module: &str, name: &str) -> (Py<PyString>, Py<PyString>) {
    (
        PyString::intern(py, module).unbind(),
        PyString::intern(py, name).unbind(),
    )
}

impl Helpers {
    /// Those of this process.
    pub fn get(py: Python<'_>) -> PyResult<&'static Helpers> {
        if let Some(helpers) = HELPERS.get(py) {
            return Ok(helpers);
        }
        py.import("brinery.cloudpickle")?;
        let missing = || PyRuntimeError::new_err("brinery.cloudpickle is only half imported");
        HELPERS.get(py).ok_or_else(missing)
    }

    /// Those of this process, if somebody has imported the Python half.
    #[inline(always)]
    pub fn known(py: Python<'_>) -> Option<&'static Helpers> {
        HELPERS.get(py)
    }

    fn new(namespace: &Bound<'_, PyDict>) -> PyResult<Helpers> {
        let py = namespace.py();
        let ours = |name: &str| -> PyResult<Py<PyAny>> {
            let missing = || PyRuntimeError::new_err(format!("brinery.cloudpickle has no {name}"));
            Ok(namespace.get_item(name)?.ok_or_else(missing)?.unbind())
        };
        let dict = |name: &str| -> PyResult<Py<PyDict>> { Ok(ours(name)?.bind(py).cast::<PyDict>()?.clone().unbind()) };
        let from = |module: &str, name: &str| -> PyResult<Py<PyAny>> { Ok(py.import(module)?.getattr(name)?.unbind()) };
        let class = |module: &str, name: &str| -> PyResult<Py<PyType>> {
            Ok(py.import(module)?.getattr(name)?.cast_into::<PyType>()?.unbind())
        };
        let (mut by_address, mut native, mut held) = (Addresses::default(), Addresses::default(), Vec::new());
        let makers = MAKERS
            .iter()
            .map(|(name, maker)| Ok((ours(name)?.as_ptr() as usize, *maker)));
        let makers = makers.collect::<PyResult<Addresses<Maker>>>()?;
        for name in WIRE {
            let object = ours(name)?;
            by_address.insert(object.as_ptr() as usize, named(py, "cloudpickle.cloudpickle", name));
            held.push(object);
        }
        for (object, module, name) in [
            ("_CACHE_TAG", "sys", "implementation.cache_tag"),
            ("_DICT_GET", "builtins", "dict.get"),
        ] {
            let object = ours(object)?;
            by_address.insert(object.as_ptr() as usize, named(py, module, name));
            held.push(object);
        }
        for (name, kind) in reducers::NATIVE {
            let object = ours(name)?;
            native.insert(object.as_ptr() as usize, *kind);
            held.push(object);
        }
        let originals = PATCHABLE
            .iter()
            .map(|name| Ok((*name, PyString::intern(py, name).unbind(), ours(name)?)))
            .collect::<PyResult<_>>()?;
        let pickler = ours("Pickler")?;
        let method = |at: usize| PyResult::Ok(pickler.bind(py).getattr(METHODS[at])?.unbind());
        let modules = py.import("sys")?.getattr("modules")?.cast_into::<PyDict>()?.unbind();
        let data = |tracker: &str| -> PyResult<Py<PyDict>> {
            Ok(ours(tracker)?.bind(py).getattr("data")?.cast_into::<PyDict>()?.unbind())
        };
        Ok(Helpers {
            namespace: namespace.clone().unbind(),
            by_address,
            native,
            makers,
            _held: held,
            dispatch_table: dict("_DISPATCH_TABLE")?,
            builtin_type_names: dict("_BUILTIN_TYPE_NAMES")?,
            samples: dict("_TYPE_SAMPLES")?,
            by_value_modules: ours("_PICKLE_BY_VALUE_MODULES")?,
            reduction: ours("_Reduction")?,
            make_function: ours("_make_function")?,
            function_setstate: ours("_function_setstate")?,
            make_skeleton_class: ours("_make_skeleton_class")?,
            make_skeleton_enum: ours("_make_skeleton_enum")?,
            class_setstate: ours("_class_setstate")?,
            make_cell: ours("_make_cell")?,
            make_empty_cell: ours("_make_empty_cell")?,
            builtin_type: ours("_builtin_type")?,
            subimport: ours("subimport")?,
            dynamic_subimport: ours("dynamic_subimport")?,
            tracker_id: ours("_get_or_create_tracker_id")?,
            tracked: data("_DYNAMIC_CLASS_TRACKER_BY_CLASS")?,
            classes: data("_DYNAMIC_CLASS_TRACKER_BY_ID")?,
            typevar_by_value: ours("_typevar_by_value")?,
            without_subclass_hook: ours("_without_subclass_hook")?,
            singledispatch_reduce: ours("_singledispatch_reduce")?,
            singledispatch_code: ours("_SINGLEDISPATCH_CODE")?,
            source_reduce: ours("_source_reduce")?,
            sorted_by_name: ours("_sorted_by_name")?,
            member_state: ours("_member_state")?,
            builtins: py.import("builtins")?.dict().into_any().unbind(),
            empty_cell_value: ours("_empty_cell_value")?,
            types: py.import("types")?.into_any().unbind(),
            function_type: from("types", "FunctionType")?,
            code_type: from("types", "CodeType")?,
            cell_type: from("types", "CellType")?,
            method_type: from("types", "MethodType")?,
            member_descriptor: from("types", "MemberDescriptorType")?,
            module_type: from("types", "ModuleType")?,
            enum_class: class("enum", "Enum")?,
            abc_meta: class("abc", "ABCMeta")?,
            abc_dump: from("abc", "_get_dump")?,
            named_tuple: from("typing", "NamedTuple")?,
            getattr: from("builtins", "getattr")?,
            setattr: from("builtins", "setattr")?,
            property: class("builtins", "property")?,
            modules,
            minor: py.version_info().minor,
            pickler: pickler.bind(py).cast::<PyType>()?.clone().unbind(),
            methods: [method(0)?, method(1)?, method(2)?, method(3)?],
            dispatch_chain: ours("_DISPATCH_CHAIN")?,
            of_module: ["__package__", "__name__", "__path__", "__file__"]
                .map(|name| PyString::intern(py, name).unbind()),
            slot_names: SLOTS.map(|name| PyString::intern(py, name).unbind()),
            function_slots: function_slots(py)?,
            table_untouched: AtomicU64::new(0),
            originals,
            untouched: Default::default(),
        })
    }

    /// The name of an object that payloads call.
    #[inline]
    pub fn name_of(&self, object: &Bound<'_, PyAny>) -> Option<&(Py<PyString>, Py<PyString>)> {
        self.by_address.get(&(object.as_ptr() as usize))
    }

    /// What a reducer of the table is for, if it is one of this crate.
    #[inline]
    pub fn native(&self, reducer: &Bound<'_, PyAny>) -> Option<Kind> {
        self.native.get(&(reducer.as_ptr() as usize)).copied()
    }

    /// What a function makes that payloads call.
    #[inline(always)]
    pub fn maker(&self, callable: &Bound<'_, PyAny>) -> Option<Maker> {
        self.makers.get(&(callable.as_ptr() as usize)).copied()
    }

    /// The class that pickles when somebody replaced `CloudPickler`, or one of its attributes.
    pub fn replaced_pickler<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let (namespace, class) = (self.namespace.bind(py), self.pickler.bind(py));
        let version = raw::type_version(class);
        if version.is_some_and(|version| version == self.untouched.1.load(Ordering::Relaxed)) && self.is_untouched(py) {
            return Ok(None);
        }
        let own = raw::type_dict(class)?;
        let is_own = |name, value: &Py<PyAny>| raw::has_value(&own, &PyString::intern(py, name), value.as_ptr());
        let methods = METHODS.iter().zip(&self.methods);
        let is_plain = methods.into_iter().all(|(name, method)| is_own(name, method))
            && is_own("dispatch_table", &self.dispatch_chain);
        if is_plain && let Some(version) = version {
            self.untouched.1.store(version, Ordering::Relaxed);
        }
        match is_plain && raw::has_value(namespace, intern!(py, "Pickler"), class.as_ptr()) {
            true => Ok(None),
            false => namespace.get_item(intern!(py, "Pickler")),
        }
    }

    /// Whether nobody put anything in the place of a function of the module, nor of its pickler.
    #[inline(always)]
    fn is_untouched(&self, py: Python<'_>) -> bool {
        let version = raw::dict_version(self.namespace.bind(py));
        version.is_some_and(|version| version == self.untouched.0.load(Ordering::Relaxed)) || self.look(version, py)
    }

    #[inline(never)]
    fn look(&self, version: Option<u64>, py: Python<'_>) -> bool {
        let namespace = self.namespace.bind(py);
        let untouched = raw::has_value(namespace, intern!(py, "Pickler"), self.pickler.as_ptr())
            && self
                .originals
                .iter()
                .all(|(_, name, original)| raw::has_value(namespace, name.bind(py), original.as_ptr()));
        if untouched && let Some(version) = version {
            self.untouched.0.store(version, Ordering::Relaxed);
        }
        untouched
    }

    /// The same, and that the reducers for code, cells and modules are ours.
    #[inline(always)]
    pub fn is_as_made(&self, py: Python<'_>) -> bool {
        self.is_untouched(py) && {
            let version = raw::dict_version(self.dispatch_table.bind(py));
            version.is_some_and(|version| version == self.table_untouched.load(Ordering::Relaxed))
                || self.look_at_table(version, py)
        }
    }

    #[inline(never)]
    fn look_at_table(&self, version: Option<u64>, py: Python<'_>) -> bool {
        let table = self.dispatch_table.bind(py);
        let wanted = [
            (&self.code_type, Kind::Code),
            (&self.cell_type, Kind::Cell),
            (&self.module_type, Kind::Module),
        ];
        let untouched = wanted.into_iter().all(|(class, kind)| {
            let reducer = raw::value(table, class.bind(py)).ok().flatten();
            reducer.is_some_and(|reducer| self.native(&reducer) == Some(kind))
        });
        if untouched && let Some(version) = version {
            self.table_untouched.store(version, Ordering::Relaxed);
        }
        untouched
    }

    /// What somebody put in the place of a function of the module.
    #[inline(always)]
    pub fn patch<'py>(&self, py: Python<'py>, name: &'static str) -> PyResult<Option<Bound<'py, PyAny>>> {
        match self.is_untouched(py) {
            true => Ok(None),
            false => self.replaced(py, name),
        }
    }

    #[cold]
    fn replaced<'py>(&self, py: Python<'py>, name: &'static str) -> PyResult<Option<Bound<'py, PyAny>>> {
        let Some((_, name, original)) = self.originals.iter().find(|(of, ..)| *of == name) else {
            return Ok(None);
        };
        let (namespace, name) = (self.namespace.bind(py), name.bind(py));
        match raw::has_value(namespace, name, original.as_ptr()) {
            true => Ok(None),
            false => namespace.get_item(name),
        }
    }
}

/// The names in the state of a function, in order.
const SLOTS: [&str; 10] = [
    "__name__",
    "__qualname__",
    "__annotations__",
    "__kwdefaults__",
    "__defaults__",
    "__module__",
    "__doc__",
    "__closure__",
    "_cloudpickle_submodules",
    "__globals__",
];

/// The keys of the state of a function, in order, with None for each.
fn function_slots(py: Python<'_>) -> PyResult<Py<PyDict>> {
    let slots = PyDict::new(py);
    for name in SLOTS {
        slots.set_item(PyString::intern(py, name), py.None())?;
    }
    Ok(slots.unbind())
}

/// `patch!(helpers, py, "name")`: what somebody put in the place of a function of the module.
macro_rules! patch {
    ($helpers:expr, $py:expr, $name:literal) => {
        $helpers.patch($py, $name)
    };
}
pub(super) use patch;

/// Takes the names of `brinery.cloudpickle`, when all are there.
#[pyfunction(name = "_set_cloud_helpers")]
pub fn set_cloud_helpers(namespace: &Bound<'_, PyDict>) -> PyResult<()> {
    let py = namespace.py();
    HELPERS.get_or_try_init(py, || Helpers::new(namespace))?;
    // This is the last thing that the module does.
    let modules = py.import("sys")?.getattr("modules")?;
    if let Ok(module) = modules.get_item("brinery.cloudpickle")?.cast_into_exact::<PyModule>() {
        raw::is_complete(&module);
    }
    Ok(())
}
