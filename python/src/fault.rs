//! What goes wrong, on its way to becoming a Python exception.

use crate::world::World;
use brinery::{Error, ErrorKind, Failure};
use pyo3::{
    exceptions::{
        PyEOFError, PyIndexError, PyMemoryError, PyOSError, PyOverflowError, PyRecursionError, PyTypeError,
        PyUnicodeDecodeError, PyValueError,
    },
    prelude::*,
    types::PyBytes,
};

/// A fault of the engine or an exception of Python's. One word wide, so that results stay in registers.
#[derive(Debug)]
pub struct Fault(Box<Cause>);

#[derive(Debug)]
enum Cause {
    Engine(ErrorKind),
    Python(PyErr),
    Left,
}

impl From<ErrorKind> for Fault {
    #[cold]
    fn from(kind: ErrorKind) -> Self {
        Fault(Box::new(Cause::Engine(kind)))
    }
}

impl From<PyErr> for Fault {
    #[cold]
    fn from(error: PyErr) -> Self {
        Fault(Box::new(Cause::Python(error)))
    }
}

impl<'a, 'py> From<pyo3::CastError<'a, 'py>> for Fault {
    #[cold]
    fn from(error: pyo3::CastError<'a, 'py>) -> Self {
        PyErr::from(error).into()
    }
}

impl Fault {
    /// No fault of the object: it travels by value, which is left to cloudpickle.
    #[cold]
    pub fn left() -> Self {
        Fault(Box::new(Cause::Left))
    }

    /// Whether the object is left to cloudpickle.
    pub fn is_left(&self) -> bool {
        matches!(*self.0, Cause::Left)
    }

    /// Whether there is no more input where an opcode should be.
    pub fn is_end_of_input(&self) -> bool {
        matches!(*self.0, Cause::Engine(ErrorKind::EndOfInput))
    }

    /// Whether it is about an object, and not about where the bytes go.
    pub fn is_about_an_object(&self) -> bool {
        !matches!(*self.0, Cause::Engine(ErrorKind::Io(_)) | Cause::Left)
    }

    /// The exception for a fault of writing. Exceptions of Python's pass unchanged.
    #[cold]
    pub fn raise(self, py: Python<'_>, world: &World) -> PyErr {
        match *self.0 {
            Cause::Engine(kind) => exception(py, world, Error::from(kind)),
            Cause::Python(error) => error,
            Cause::Left => PyErr::from_type(world.pickling_error.bind(py).clone(), LEFT),
        }
    }

    /// The exception for a fault of reading, which says where. Exceptions of Python's pass unchanged.
    #[cold]
    pub fn raise_at(failure: Failure<Fault>, py: Python<'_>, world: &World) -> PyErr {
        let Failure { offset, opcode, error } = failure;
        match *error.0 {
            Cause::Engine(error) => exception(py, world, Failure { offset, opcode, error }.into()),
            Cause::Python(error) => error,
            Cause::Left => PyErr::from_type(world.unpickling_error.bind(py).clone(), LEFT),
        }
    }
}

/// What nobody sees: whoever leaves something to cloudpickle goes there then.
const LEFT: &str = "an object that travels by value";

/// The exception that CPython raises for a fault of the engine.
fn exception(py: Python<'_>, world: &World, error: Error) -> PyErr {
    if let ErrorKind::Io(_) = error.kind() {
        // A file's own exception passes as it is.
        return match error.into_kind() {
            ErrorKind::Io(error) => error.into(),
            kind => PyOSError::new_err(kind.to_string()),
        };
    }
    let message = message(&error);
    match error.kind().python_exception() {
        "EOFError" => PyEOFError::new_err(message),
        "IndexError" => PyIndexError::new_err(message),
        "MemoryError" => PyMemoryError::new_err(message),
        "OverflowError" => PyOverflowError::new_err(message),
        "PicklingError" => PyErr::from_type(world.pickling_error.bind(py).clone(), message),
        "RecursionError" => PyRecursionError::new_err(message),
        "TypeError" => PyTypeError::new_err(message),
        "UnicodeDecodeError" => {
            let encoding = match error.kind() {
                ErrorKind::BadText(encoding) => *encoding,
                _ => "unknown",
            };
            let nothing = PyBytes::new(py, b"").unbind();
            PyUnicodeDecodeError::new_err((encoding, nothing, 0, 0, message))
        }
        "ValueError" => PyValueError::new_err(message),
        _ => PyErr::from_type(world.unpickling_error.bind(py).clone(), message),
    }
}

/// What `_pickle` says, since programs look for it, and the place; else what the engine says.
fn message(error: &Error) -> String {
    let own = match error.kind() {
        // Whole: there are programs that compare it.
        ErrorKind::EndOfInput => return "Ran out of input".into(),
        ErrorKind::Truncated => "pickle data was truncated".into(),
        ErrorKind::UnknownOpcode(byte @ (b' '..=b'~')) if !b"'\\".contains(byte) => {
            format!("invalid load key, '{}'.", char::from(*byte))
        }
        ErrorKind::UnknownOpcode(byte) => format!("invalid load key, '\\x{byte:02x}'."),
        ErrorKind::UnsupportedProtocol(protocol) => format!("unsupported pickle protocol: {protocol}"),
        ErrorKind::StackUnderflow => "unpickling stack underflow".into(),
        ErrorKind::UnexpectedMark => "unexpected MARK found".into(),
        ErrorKind::MissingMark => "could not find MARK".into(),
        ErrorKind::MissingMemo(index) => format!("Memo value not found at index {index}"),
        ErrorKind::FrameOverrun => "pickle exhausted before end of frame".into(),
        ErrorKind::FrameNested => "beginning of a new frame before end of current frame".into(),
        ErrorKind::BadLiteral => "the STRING opcode argument must be quoted".into(),
        ErrorKind::BadPersistentId => return "persistent IDs in protocol 0 must be ASCII strings".into(),
        ErrorKind::OddItems => "odd number of items for SET ITEMS".into(),
        ErrorKind::UnknownExtension(code) if *code > 0 => format!("unregistered extension code {code}"),
        ErrorKind::UnknownExtension(_) => "EXT specifies code <= 0".into(),
        ErrorKind::MissingBuffer(_) => "not enough out-of-band buffers".into(),
        ErrorKind::CycleInFastMode => "fast mode: can't pickle cyclic objects".into(),
        ErrorKind::Limit { name: "calls", .. } => "maximum recursion depth exceeded while pickling an object".into(),
        ErrorKind::Limit { name: "digits", limit } => {
            return format!(
                "Exceeds the limit ({limit} digits) for integer string conversion; \
                 use sys.set_int_max_str_digits() to increase the limit"
            );
        }
        _ => return error.to_string(),
    };
    match (error.opcode(), error.offset()) {
        (Some(opcode), Some(offset)) => format!("{own} ({} at byte {offset})", opcode.name),
        (None, Some(offset)) => format!("{own} (at byte {offset})"),
        _ => own,
    }
}
