//! PyO3 classes that pickle.
//!
//! A class of PyO3 has no pickle of its own. There are two ways to give it one:
//!
//! - `Route`, whose fields are its arguments: one derive says how it is pickled, `__reduce__` says the same to Python, and
//!   a Rust program that has the type reads and writes it with no Python in the process.
//! - `Index`, whose inside is nobody's business: its state is bytes, which brinery writes and reads.
//!
//! Build with `cargo build --release` in this folder, and name the library `routes.so` (`routes.pyd` on Windows).

use brinery::PyClass;
use pyo3::{exceptions::PyValueError, prelude::*, types::PyType};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, collections::BTreeMap};

/// A named way through some places.
#[pyclass(module = "routes", eq, get_all)]
#[derive(PyClass, Debug, Clone, PartialEq)]
#[pickle(module = "routes", call)]
pub struct Route {
    name: String,
    /// Degrees of longitude and latitude.
    stops: Vec<(f64, f64)>,
    note: Option<String>,
}

type Fields = (String, Vec<(f64, f64)>, Option<String>);

#[pymethods]
impl Route {
    #[new]
    #[pyo3(signature = (name, stops, note=None))]
    fn new(name: String, stops: Vec<(f64, f64)>, note: Option<String>) -> Self {
        Route { name, stops, note }
    }

    /// The class and its arguments: what the derive reads and writes.
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> (Bound<'py, PyType>, Fields) {
        let route = slf.borrow().clone();
        (slf.get_type(), (route.name, route.stops, route.note))
    }
}

/// Where each word stands.
#[pyclass(module = "routes", eq)]
#[derive(Serialize, Deserialize, Debug, Default, PartialEq)]
pub struct Index {
    places: BTreeMap<String, Vec<u64>>,
}

#[pymethods]
impl Index {
    #[new]
    fn new() -> Self {
        Index::default()
    }

    fn add(&mut self, word: String, place: u64) {
        self.places.entry(word).or_default().push(place);
    }

    fn find(&self, word: &str) -> Vec<u64> {
        self.places.get(word).cloned().unwrap_or_default()
    }

    /// The class, no arguments, and the state that `__setstate__` is given.
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyType>, (), Cow<'static, [u8]>)> {
        let state = brinery::to_vec(&*slf.borrow()).map_err(wrong)?;
        Ok((slf.get_type(), (), state.into()))
    }

    fn __setstate__(&mut self, state: &[u8]) -> PyResult<()> {
        *self = brinery::from_slice(state).map_err(wrong)?;
        Ok(())
    }
}

fn wrong(error: brinery::Error) -> PyErr {
    PyValueError::new_err(error.to_string())
}

#[pymodule]
fn routes(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Route>()?;
    module.add_class::<Index>()
}
