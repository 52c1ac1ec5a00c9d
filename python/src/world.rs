//! What is looked up in Python once per process.

use crate::find;
use brinery::{Python as Version, Rules};
use pyo3::{
    PyTypeInfo,
    exceptions::PyImportError,
    intern,
    prelude::*,
    sync::PyOnceLock,
    types::{PyDict, PyString, PyType},
};

/// Objects of the standard library that pickling is about, held as `_pickle` holds them.
#[derive(Debug)]
pub struct World {
    /// `pickle.PicklingError`
    pub pickling_error: Py<PyType>,
    /// `pickle.UnpicklingError`
    pub unpickling_error: Py<PyType>,
    /// `pickle.PickleBuffer`
    pub pickle_buffer: Py<PyType>,
    /// `copyreg.dispatch_table`
    pub dispatch_table: Py<PyDict>,
    /// `copyreg._extension_registry`: codes by module and name.
    pub extension_registry: Py<PyDict>,
    /// `copyreg._inverted_registry`: modules and names by code.
    pub inverted_registry: Py<PyDict>,
    /// `copyreg._extension_cache`: objects by code.
    pub extension_cache: Py<PyDict>,
    /// `copyreg.__newobj__`
    pub newobj: Py<PyAny>,
    /// `copyreg._slotnames`
    pub slotnames: Py<PyAny>,
    /// `_compat_pickle.NAME_MAPPING`: modules and names of Python 3 by those of Python 2.
    pub name_mapping: Py<PyDict>,
    /// `_compat_pickle.IMPORT_MAPPING`: modules of Python 3 by those of Python 2.
    pub import_mapping: Py<PyDict>,
    /// `codecs.encode`
    pub encode: Py<PyAny>,
    /// `getattr`
    pub getattr: Py<PyAny>,
    /// `functools.partial`
    pub partial: Py<PyAny>,
    /// The interpreter's version: its bytes are written and its rules are followed.
    pub version: Version,
    /// What objects are made with.
    pub kit: crate::raw::Kit,
    /// How the interpreter reads what its versions read differently.
    pub rules: Rules,
    /// `gc.get_freeze_count`, `gc.freeze` and `gc.unfreeze`.
    promote: [Py<PyAny>; 3],
    /// `sys.get_int_max_str_digits`, where there is one.
    digits: Option<Py<PyAny>>,
}

impl World {
    /// The one of this process.
    pub fn get(py: Python<'_>) -> PyResult<&'static World> {
        static WORLD: PyOnceLock<World> = PyOnceLock::new();
        WORLD.get_or_try_init(py, || World::new(py))
    }

    fn new(py: Python<'_>) -> PyResult<World> {
        let pickle = py.import("pickle")?;
        let copyreg = py.import("copyreg")?;
        let compat = py.import("_compat_pickle")?;
        let sys = py.import("sys")?;
        let version = py.version_info();
        let bits: u32 = sys.getattr("int_info")?.getattr("bits_per_digit")?.extract()?;
        if bits != crate::raw::DIGIT_BITS {
            return Err(PyImportError::new_err(
                "brinery needs a Python whose ints have digits of 30 bits",
            ));
        }
        crate::raw::know_dicts(py)?;
        let class = |name| PyResult::Ok(pickle.getattr(name)?.cast_into::<PyType>()?.unbind());
        let dict = |module: &Bound<'_, PyModule>, name| PyResult::Ok(module.getattr(name)?.cast_into()?.unbind());
        let number = Version::new(version.major, version.minor, version.patch);
        let collector = py.import("gc")?;
        let gc = |name| PyResult::Ok(collector.getattr(name)?.unbind());
        Ok(World {
            pickling_error: class("PicklingError")?,
            unpickling_error: class("UnpicklingError")?,
            pickle_buffer: class("PickleBuffer")?,
            dispatch_table: dict(&copyreg, "dispatch_table")?,
            extension_registry: dict(&copyreg, "_extension_registry")?,
            inverted_registry: dict(&copyreg, "_inverted_registry")?,
            extension_cache: dict(&copyreg, "_extension_cache")?,
            newobj: copyreg.getattr("__newobj__")?.unbind(),
            slotnames: copyreg.getattr("_slotnames")?.unbind(),
            name_mapping: dict(&compat, "NAME_MAPPING")?,
            import_mapping: dict(&compat, "IMPORT_MAPPING")?,
            encode: py.import("codecs")?.getattr("encode")?.unbind(),
            getattr: py.import("builtins")?.getattr("getattr")?.unbind(),
            partial: py.import("functools")?.getattr("partial")?.unbind(),
            version: number,
            kit: crate::raw::Kit::new(py)?,
            rules: if number < Version::new(3, 13, 15) {
                Rules::Classic
            } else {
                Rules::Strict
            },
            promote: [gc("get_freeze_count")?, gc("freeze")?, gc("unfreeze")?],
            digits: sys.getattr_opt("get_int_max_str_digits")?.map(Bound::unbind),
        })
    }

    /// Decimal digits an int may have as text: the interpreter's limit, of which 0 means none.
    pub fn digits(&self, py: Python<'_>) -> PyResult<usize> {
        Ok(match &self.digits {
            Some(digits) => match digits.bind(py).call0()?.extract()? {
                0 => usize::MAX,
                digits => digits,
            },
            None => usize::MAX,
        })
    }

    /// Hands what was made to the oldest generation, where a collector that had run meanwhile would have brought it. Not
    /// if something is frozen, which would be thawed.
    pub fn promote(&self, py: Python<'_>) -> PyResult<()> {
        let [count, freeze, unfreeze] = self.promote.each_ref().map(|function| function.bind(py));
        if count.call0()?.extract::<usize>()? == 0 {
            freeze.call0()?;
            unfreeze.call0()?;
        }
        Ok(())
    }

    /// A `PicklingError`.
    #[cold]
    pub fn pickling<T>(&self, py: Python<'_>, message: impl Into<String>) -> PyResult<T> {
        Err(PyErr::from_type(self.pickling_error.bind(py).clone(), message.into()))
    }

    /// An `UnpicklingError`.
    #[cold]
    pub fn unpickling<T>(&self, py: Python<'_>, message: impl Into<String>) -> PyResult<T> {
        Err(PyErr::from_type(self.unpickling_error.bind(py).clone(), message.into()))
    }
}

/// The attribute that a dotted path leads to from `start`, as a qualified name does.
pub fn attribute<'py>(start: Bound<'py, PyAny>, path: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>> {
    if find::is_simple(path) || !path.contains(intern!(path.py(), "."))? {
        return find::attribute(&start, path);
    }
    let mut at = start;
    for part in path
        .call_method1(intern!(path.py(), "split"), (intern!(path.py(), "."),))?
        .try_iter()?
    {
        let part = part?.cast_into::<PyString>()?;
        if part == "<locals>" {
            let message = format!("can't get local object {}", path.repr()?);
            return Err(pyo3::exceptions::PyAttributeError::new_err(message));
        }
        at = at.getattr(part)?;
    }
    Ok(at)
}

/// Whether this is a class.
pub fn is_class(object: &Bound<'_, PyAny>) -> bool {
    PyType::is_type_of(object)
}
