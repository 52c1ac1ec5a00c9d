//! Pickles looked at without loading them: disassembled, made smaller, judged, and asked for the functions in them.

use crate::{functions, world::World};
use brinery::{
    DisOptions, Graph,
    function::Functions,
    scan::{Policy, Report, ScanOptions, Verdict},
};
use pyo3::{
    exceptions::{PyTypeError, PyValueError},
    prelude::*,
    types::{PyBytes, PyDict, PyList, PyMemoryView, PyString},
};

/// The bytes of any buffer.
fn bytes<'py>(data: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    if let Ok(bytes) = data.cast_exact::<PyBytes>() {
        return Ok(bytes.clone());
    }
    if data.is_instance_of::<PyString>() {
        return Err(PyTypeError::new_err("a bytes-like object is required, not 'str'"));
    }
    let view = PyMemoryView::from(data)?;
    Ok(view.call_method0("tobytes")?.cast_into::<PyBytes>()?)
}

fn unread<T>(py: Python<'_>, error: &brinery::Error) -> PyResult<T> {
    World::get(py)?.unpickling(py, error.to_string())
}

/// What the opcodes of a pickle are, line by line, as `pickletools.dis` prints it.
#[pyfunction]
#[pyo3(signature = (data, *, annotate=0, indentlevel=4))]
pub fn dis(data: &Bound<'_, PyAny>, annotate: usize, indentlevel: usize) -> PyResult<String> {
    let options = DisOptions {
        annotate,
        indent: indentlevel,
    };
    let mut out = Vec::new();
    match brinery::dis(bytes(data)?.as_bytes(), &mut out, &options) {
        Ok(_) => Ok(String::from_utf8_lossy(&out).into_owned()),
        Err(error) => Err(PyValueError::new_err(format!(
            "{}{error}",
            String::from_utf8_lossy(&out)
        ))),
    }
}

/// The same pickle without the memo entries that nothing refers to, as `pickletools.optimize` makes it.
#[pyfunction]
pub fn optimize<'py>(data: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    let py = data.py();
    match brinery::optimize(bytes(data)?.as_bytes()) {
        Ok(small) => Ok(PyBytes::new(py, &small)),
        Err(error) => unread(py, &error),
    }
}

/// What is known of the functions, classes and modules that a pickle carries by value, without loading it: signatures,
/// variables, globals, what they use; with `disassembly` their instructions. A dict of what JSON can say.
#[pyfunction]
#[pyo3(signature = (data, *, disassembly=false))]
pub fn inspect_function<'py>(data: &Bound<'py, PyAny>, disassembly: bool) -> PyResult<Bound<'py, PyAny>> {
    let py = data.py();
    let data = bytes(data)?;
    let report = || -> brinery::Result<String> {
        let graph = Graph::from_slice(data.as_bytes())?;
        Ok(Functions::of(&graph)?.report().disassembly(disassembly).to_json())
    };
    match report() {
        Ok(json) => py.import("json")?.call_method1("loads", (json,)),
        Err(error) => unread(py, &error),
    }
}

/// A policy by its name, by the text of a TOML file, or of several of these.
fn policy(asked: &Bound<'_, PyAny>) -> PyResult<Policy> {
    if let Ok(text) = asked.cast::<PyString>() {
        let text = text.to_str()?;
        if let Some(policy) = Policy::named(text) {
            return Ok(policy);
        }
        if !text.contains('=') {
            return Err(PyValueError::new_err(format!("there is no policy named {text:?}")));
        }
        return Policy::from_toml(text).map_err(|error| PyValueError::new_err(error.to_string()));
    }
    let mut all = Policy::data();
    for part in asked.try_iter()? {
        all = all.and(&policy(&part?)?);
    }
    Ok(all)
}

fn judged(data: &Bound<'_, PyBytes>, asked: &Bound<'_, PyAny>) -> PyResult<Report> {
    let options = ScanOptions {
        python: World::get(data.py())?.version,
        ..ScanOptions::default()
    };
    Ok(options.scan(data.as_bytes(), &policy(asked)?))
}

/// What loading would import and call, and whether a policy allows it, without loading anything: a dict with `verdict`
/// ("safe", "unknown" or "dangerous"), `findings`, `imports` and `calls`.
///
/// A policy is "data", "stdlib" or another of the built-in ones, the text of a TOML file, or a list of those.
#[pyfunction]
#[pyo3(signature = (data, policy="stdlib".into()), text_signature = "(data, policy='stdlib')")]
pub fn scan<'py>(data: &Bound<'py, PyAny>, policy: PolicyArgument<'py>) -> PyResult<Bound<'py, PyDict>> {
    let py = data.py();
    let report = judged(&bytes(data)?, &policy.bind(py)?)?;
    let (findings, imports, calls) = (PyList::empty(py), PyList::empty(py), PyList::empty(py));
    for finding in &report.findings {
        let entry = PyDict::new(py);
        entry.set_item("verdict", finding.verdict.name())?;
        entry.set_item("offset", finding.offset)?;
        entry.set_item("name", &finding.name)?;
        entry.set_item("shown", &finding.shown)?;
        entry.set_item("rule", finding.rule.name())?;
        entry.set_item("reason", &finding.reason)?;
        entry.set_item("allow", &finding.allow)?;
        entry.set_item("within", &finding.within)?;
        findings.append(entry)?;
    }
    for import in &report.imports {
        let entry = PyDict::new(py);
        entry.set_item("verdict", import.verdict.name())?;
        entry.set_item("offset", import.offset)?;
        entry.set_item("module", &import.module)?;
        entry.set_item("name", &import.name)?;
        imports.append(entry)?;
    }
    for call in &report.calls {
        let entry = PyDict::new(py);
        entry.set_item("verdict", call.verdict.name())?;
        entry.set_item("offset", call.offset)?;
        entry.set_item("callable", &call.callable)?;
        entry.set_item("shown", &call.shown)?;
        calls.append(entry)?;
    }
    let all = PyDict::new(py);
    all.set_item("verdict", report.verdict.name())?;
    all.set_item("findings", findings)?;
    all.set_item("imports", imports)?;
    all.set_item("calls", calls)?;
    all.set_item("left_out", report.left_out)?;
    Ok(all)
}

/// Loads a pickle that a policy finds safe, by default one of plain data. Any other is refused, with the reason, before
/// anything is imported or called.
#[pyfunction]
#[pyo3(signature = (data, allow="data".into()), text_signature = "(data, allow='data')")]
pub fn safe_loads<'py>(data: &Bound<'py, PyAny>, allow: PolicyArgument<'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = data.py();
    // A copy: what is judged is what is loaded, whatever others do with the buffer.
    let data = bytes(data)?;
    let report = judged(&data, &allow.bind(py)?)?;
    if report.verdict != Verdict::Safe {
        let why = report.findings.first().map(ToString::to_string);
        let why = why.unwrap_or_else(|| "it cannot be judged".into());
        return World::get(py)?.unpickling(py, format!("the pickle is not safe to load: {why}"));
    }
    functions::loads(data.into_any(), true, "ASCII", "strict", None)
}

/// What a policy is given as, with a name for default.
pub struct PolicyArgument<'py>(Result<Bound<'py, PyAny>, &'static str>);

impl PolicyArgument<'_> {
    fn bind<'a>(&self, py: Python<'a>) -> PyResult<Bound<'a, PyAny>> {
        Ok(match &self.0 {
            Ok(given) => given.clone().unbind().into_bound(py),
            Err(name) => PyString::new(py, name).into_any(),
        })
    }
}

impl From<&'static str> for PolicyArgument<'_> {
    fn from(name: &'static str) -> Self {
        PolicyArgument(Err(name))
    }
}

impl<'a, 'py> FromPyObject<'a, 'py> for PolicyArgument<'py> {
    type Error = PyErr;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        Ok(PolicyArgument(Ok(object.to_owned())))
    }
}
