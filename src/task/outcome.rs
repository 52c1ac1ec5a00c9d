//! What comes back from a worker.

use crate::{
    error::{ErrorKind, Result},
    graph::{Entries, Graph, Value},
    options::Options,
};
use std::fmt;

/// What a worker made of a task: the function's result, as the root of a graph; or the exception that the function raised,
/// or the worker itself when it could not load the task or write the result.
pub type Outcome<'a> = std::result::Result<Graph<'a>, TaskError>;

/// An exception that a task ended with.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TaskError {
    /// The exception's class with its module, such as `builtins.ValueError` or `shop.models.SoldOut`.
    pub class: String,
    /// `str(exception)`.
    pub message: String,
    /// The traceback as Python prints it, of many lines.
    pub traceback: String,
    /// A pickle of the exception itself, if the worker could make one: what a client in Python raises.
    pub exception: Option<Vec<u8>>,
}

/// As the last line of Python's traceback: the class, without its module if that is `builtins`, and the message.
impl fmt::Display for TaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.class.strip_prefix("builtins.").unwrap_or(&self.class))?;
        if self.message.is_empty() {
            return Ok(());
        }
        write!(f, ": {}", self.message)
    }
}

impl std::error::Error for TaskError {}

/// Reads what a worker sends back: the pickle of `{"result": value}`, or of `{"error": {"class": …, "message": …,
/// "traceback": …}}` with three `str`; beside them there may be `"exception"`, a `bytes` with the exception's own pickle,
/// which is not looked into.
///
/// The outer dict is always the worker's, so a task whose own result looks like an error record is still done:
///
/// ```
/// use brinery::{Exact, Splice, pickle, task::unpack_result};
/// let result = pickle!({"error": {"class": "x.Y", "message": "", "traceback": ""}});
/// let mut payload = Splice::new();
/// payload.dict()?.text("result")?.value(&Exact(&result))?.end()?;
/// let bytes = payload.finish()?;
/// let value = unpack_result(&bytes)?.expect("it is done");
/// assert!(value.root() == result.root());
///
/// let failed = pickle!({"error": {"class": "builtins.ValueError", "message": "no", "traceback": "Traceback…"}}).to_vec()?;
/// let error = unpack_result(&failed)?.unwrap_err();
/// assert_eq!(error.to_string(), "ValueError: no");
/// # Ok::<(), brinery::Error>(())
/// ```
///
/// What is neither is an error, not an outcome. In Python, a worker makes them so:
///
/// ```python
/// try:
///     outcome = {"result": task["fn"](*task["args"], **task["kwargs"])}
/// except BaseException as e:
///     kind = type(e)
///     outcome = {"error": {"class": f"{kind.__module__}.{kind.__qualname__}", "message": str(e),
///                          "traceback": traceback.format_exc()}}
/// ```
pub fn unpack_result(payload: &[u8]) -> Result<Outcome<'_>> {
    Options::new().unpack_result(payload)
}

impl Options {
    /// Reads what a worker sends back with these settings: see [`unpack_result`].
    pub fn unpack_result<'a>(&self, payload: &'a [u8]) -> Result<Outcome<'a>> {
        let mut graph = self.read(payload)?;
        let root = graph.root();
        let entries = root.as_dict().filter(|entries| entries.len() == 1);
        let (key, value) = entries.and_then(|entries| entries.iter().next()).ok_or_else(neither)?;
        match key.as_str() {
            Some("result") => {
                let value = value.id();
                graph.roots = vec![value];
                Ok(Ok(graph))
            }
            Some("error") => Ok(Err(record(value)?)),
            _ => Err(neither().into()),
        }
    }
}

#[cold]
fn neither() -> ErrorKind {
    ErrorKind::Malformed("neither the result of a task nor its error".into())
}

fn record(record: Value<'_>) -> Result<TaskError> {
    let others = || ErrorKind::Malformed("the error of a task has other parts".into());
    let entries = record.as_dict().ok_or_else(others)?;
    let exception = entries.get("exception");
    if entries.len() != 3 + usize::from(exception.is_some()) {
        return Err(others().into());
    }
    let exception = exception
        .map(|pickle| pickle.as_bytes().ok_or_else(others))
        .transpose()?;
    Ok(TaskError {
        class: text(entries, "class")?,
        message: text(entries, "message")?,
        traceback: text(entries, "traceback")?,
        exception: exception.map(<[u8]>::to_vec),
    })
}

/// A text of the record. Messages may hold lone surrogates, which are replaced.
fn text(entries: Entries<'_>, part: &'static str) -> Result<String> {
    use crate::graph::Kind;
    match entries.get(part).map(Value::kind) {
        Some(Kind::Str(text)) => Ok(String::from_utf8_lossy(text.as_bytes()).into_owned()),
        _ => Err(ErrorKind::Malformed(format!("the error of a task has no `{part}`").into()).into()),
    }
}
