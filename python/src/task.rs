//! Functions that are pickled once and spliced into any number of tasks, unread.

use crate::world::World;
use brinery::{Pickle, task::Prepared};
use pyo3::{prelude::*, types::PyBytes};

/// A function's pickle made ready to be packed with arguments, which are pickles, too.
#[pyclass(name = "PreparedFunction", module = "brinery._brinery", frozen)]
pub struct PreparedFunction(Prepared);

#[pymethods]
impl PreparedFunction {
    #[new]
    fn new(py: Python<'_>, pickle: &[u8]) -> PyResult<Self> {
        match Prepared::new(pickle) {
            Ok(prepared) => Ok(PreparedFunction(prepared)),
            Err(error) => World::get(py)?.unpickling(py, error.to_string()),
        }
    }

    /// The pickle of `{"fn": function, "args": args, "kwargs": kwargs}`.
    fn pack<'py>(&self, py: Python<'py>, args: &[u8], kwargs: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
        match self.0.pack(&Pickle(args), &Pickle(kwargs)) {
            Ok(payload) => Ok(PyBytes::new(py, &payload)),
            Err(error) => World::get(py)?.unpickling(py, error.to_string()),
        }
    }

    /// How many bytes each task has before its arguments.
    #[getter]
    fn size(&self) -> usize {
        self.0.size()
    }
}
