//! Python files, as the engine reads and writes them.

use crate::raw::Growing;
use brinery::Supply;
use pyo3::{
    PyTraverseError, PyVisit,
    exceptions::{PyNotImplementedError, PyTypeError},
    intern,
    prelude::*,
    types::PyBytes,
};
use std::io::{self, Write};

/// How far ahead a file is looked at.
const PREFETCH: usize = 128 * 1024;

/// The largest piece read at one time at first: a false length asks for no more than twice what is there.
const PIECE: u64 = 1 << 20;

/// A file that is written to: the `write` method of one.
#[derive(Debug)]
pub struct Written<'py>(pub Bound<'py, PyAny>);

impl Write for Written<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes)?;
        Ok(bytes.len())
    }

    /// One call, as each belongs together.
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        if !bytes.is_empty() {
            self.0.call1((PyBytes::new(self.0.py(), bytes),))?;
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Memory that is written to.
pub struct Memory<'py>(pub Growing<'py>);

impl Write for Memory<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        Ok(self.0.append(bytes)?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A file that is read from, by its methods.
#[derive(Debug)]
pub struct Read {
    read: Py<PyAny>,
    readline: Py<PyAny>,
    peek: Option<Py<PyAny>>,
    /// Bytes that were looked at and handed out, and are still to be read.
    peeked: usize,
}

impl Read {
    /// The methods of a file.
    pub fn new(file: &Bound<'_, PyAny>) -> PyResult<Self> {
        let py = file.py();
        let peek = crate::raw::attribute(file, intern!(py, "peek"))?;
        // Unpicklers have always looked for it, but only large payloads are read with it.
        crate::raw::attribute(file, intern!(py, "readinto"))?;
        let read = crate::raw::attribute(file, intern!(py, "read"))?;
        let readline = crate::raw::attribute(file, intern!(py, "readline"))?;
        let (Some(read), Some(readline)) = (read, readline) else {
            let message = "file must have 'read' and 'readline' attributes";
            return Err(PyTypeError::new_err(message));
        };
        Ok(Read {
            read: read.unbind(),
            readline: readline.unbind(),
            peek: peek.map(Bound::unbind),
            peeked: 0,
        })
    }

    /// For the garbage collector.
    pub fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.read)?;
        visit.call(&self.readline)?;
        visit.call(&self.peek)
    }

    /// Reads up to `wanted` bytes; how many there were.
    fn take(&self, py: Python<'_>, wanted: u64, into: &mut Vec<u8>) -> PyResult<usize> {
        let bytes = self.read.bind(py).call1((wanted,))?;
        append(&bytes, "read", into)
    }

    /// Reads what was looked at before.
    fn skip(&mut self, py: Python<'_>, count: usize) -> PyResult<()> {
        self.peeked = 0;
        if count > 0 {
            self.read.bind(py).call1((count,))?;
        }
        Ok(())
    }

    /// Looks ahead; false if there is less than wanted to be seen.
    fn look(&mut self, py: Python<'_>, wanted: u64, into: &mut Vec<u8>) -> PyResult<bool> {
        let Some(peek) = &self.peek else {
            return Ok(false);
        };
        match peek.bind(py).call1((PREFETCH,)) {
            Ok(bytes) => {
                let before = into.len();
                let seen = append(&bytes, "peek", into)?;
                if (seen as u64) < wanted {
                    into.truncate(before);
                    return Ok(false);
                }
                self.peeked = seen;
                Ok(true)
            }
            Err(error) if error.is_instance_of::<PyNotImplementedError>(py) => {
                self.peek = None;
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    fn fill_from(&mut self, py: Python<'_>, wanted: u64, into: &mut Vec<u8>) -> PyResult<()> {
        self.skip(py, self.peeked)?;
        if wanted < PREFETCH as u64 && self.look(py, wanted, into)? {
            return Ok(());
        }
        let (mut left, mut piece) = (wanted, PIECE);
        while left > 0 {
            let asked = left.min(piece);
            let got = self.take(py, asked, into)? as u64;
            if got < asked {
                break;
            }
            left = left.saturating_sub(got);
            piece = piece.saturating_mul(2);
        }
        Ok(())
    }
}

/// Appends what a method returned.
fn append(bytes: &Bound<'_, PyAny>, method: &str, into: &mut Vec<u8>) -> PyResult<usize> {
    let Ok(bytes) = bytes.cast::<PyBytes>() else {
        let message = format!("{method}() returned non-bytes object ({})", bytes.repr()?);
        return Err(PyTypeError::new_err(message));
    };
    into.extend_from_slice(bytes.as_bytes());
    Ok(bytes.as_bytes().len())
}

impl Supply for Read {
    fn fill(&mut self, wanted: u64, into: &mut Vec<u8>) -> io::Result<()> {
        Python::attach(|py| Ok(self.fill_from(py, wanted, into)?))
    }

    fn line(&mut self, into: &mut Vec<u8>) -> io::Result<()> {
        Python::attach(|py| {
            self.skip(py, self.peeked)?;
            let before = into.len();
            if self.look(py, 1, into)? && into[before..].contains(&b'\n') {
                return Ok(());
            }
            into.truncate(before);
            self.peeked = 0;
            append(&self.readline.bind(py).call0()?, "readline", into)?;
            Ok(())
        })
    }

    fn settle(&mut self, unused: usize) -> io::Result<usize> {
        if self.peeked == 0 {
            return Ok(0);
        }
        let back = unused.min(self.peeked);
        Python::attach(|py| self.skip(py, self.peeked - back))?;
        Ok(back)
    }
}
