//! Python's `marshal`: the format of `.pyc` files, read into a graph and written from one.
//!
//! The format is the interpreter's own (`Python/marshal.c`) and changes with it: code objects have another layout in
//! 3.8, in 3.11 and so on. All of CPython 3.8 to 3.13 are known, and the versions 0 to 4 of the format. Code objects
//! become calls of `types.CodeType` with the arguments of their version, so that what reads them from pickles reads
//! these too; `complex` is a call, `Ellipsis` and `StopIteration` are imports.
//!
//! ```
//! use brinery::{function::Code, marshal};
//! // marshal.dumps(compile("lambda: 7", "f.py", "eval").co_consts[0]) of CPython 3.9
//! let bytes = b"c\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0C\0\0\0s\x04\0\0\0d\x01S\0)\x02Ni\x07\0\0\0\xa9\0r\0\0\0\0\
//!     r\0\0\0\0r\0\0\0\0z\x04f.py\xda\x08<lambda>\x01\0\0\0\xf3\0\0\0\0";
//! let graph = marshal::Options::new(9).read(bytes)?;
//! let code = Code::of(graph.root())?.expect("a code object");
//! assert_eq!(code.name().to_str(), Some("<lambda>"));
//! // The same objects in the oldest version of the format.
//! let old = marshal::Options::new(9).version(0).write(&graph)?;
//! assert!(marshal::Options::new(9).read(&old)?.root().to_string().starts_with("types.CodeType(0, 0, 0, 0, 1, 67, "));
//! # Ok::<(), brinery::Error>(())
//! ```
//!
//! # Untrusted input
//!
//! As with pickles, any bytes are read or refused with an [`Error`](crate::Error) that names the byte; nothing recurses on
//! the depth of the input, and lengths in it allocate nothing ahead of its bytes. What is read is data: whether a code
//! object in it makes sense is what [`Code::check`](crate::function::Code::check) says.

mod code;
mod codes;
pub mod pyc;
mod read;
mod write;

use crate::{
    Graph, Limits, Ref,
    error::{ErrorKind, Result},
};
use std::collections::{HashMap, HashSet};

/// How to read and write marshalled objects: for which CPython, in which version of the format.
#[derive(Debug, Clone)]
pub struct Options {
    minor: u8,
    version: u8,
    limits: Limits,
}

/// What marshal says and a graph cannot: which texts are interned, and how a code object of 3.11 or later lists its
/// variables.
///
/// Without it a graph is written as CPython would write the objects after loading them with nothing interned but names.
#[derive(Debug, Clone, Default)]
pub struct Notes {
    interned: HashSet<Ref>,
    /// By the code object: `co_localsplusnames` and `co_localspluskinds`.
    variables: HashMap<Ref, (Ref, Ref)>,
}

impl Options {
    /// For CPython 3.`minor`, in the version 4 of the format, which all of 3.8 to 3.13 write.
    pub fn new(minor: u8) -> Self {
        Options {
            minor,
            version: 4,
            limits: Limits::default(),
        }
    }

    /// The version of the format to write, 0 to 4: the second argument of `marshal.dumps`. All are read.
    pub fn version(mut self, version: u8) -> Self {
        self.version = version;
        self
    }

    /// How much an input may ask for: `stack` and `nodes` are heeded.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Reads the first object of `input`; what follows it is left alone, as by `marshal.loads`.
    pub fn read<'a>(&self, input: &'a [u8]) -> Result<Graph<'a>> {
        self.read_first(input).map(|(graph, _, _)| graph)
    }

    /// Reads the first object of `input`, and answers with it what only marshal knows, and where it ends.
    pub fn read_first<'a>(&self, input: &'a [u8]) -> Result<(Graph<'a>, Notes, usize)> {
        self.known()?;
        read::read(input, 0, self.minor, &self.limits)
    }

    /// Writes the root of a graph, as `marshal.dumps` does.
    ///
    /// Its bytes are those of `marshal.dumps(marshal.loads(…))` but for what depends on how often the interpreter happens
    /// to refer to an object: numbers are shared only where CPython has but one of them, and interned texts are always
    /// marked as shared, as CPython does from 3.11 on.
    ///
    /// # Errors
    /// [`ErrorKind::Unwritable`] for what marshal cannot say: instances, imports, code objects of another version, and
    /// objects that are nested deeper than the 2000 levels that CPython reads.
    pub fn write(&self, graph: &Graph<'_>) -> Result<Vec<u8>> {
        self.write_with(graph, &Notes::default())
    }

    /// Writes the root of a graph that was read with these notes.
    pub fn write_with(&self, graph: &Graph<'_>, notes: &Notes) -> Result<Vec<u8>> {
        self.known()?;
        if self.version > 4 {
            return Err(ErrorKind::Unwritable("there is no such version of marshal").into());
        }
        write::write(graph, notes, self.minor, self.version)
    }

    fn known(&self) -> Result<()> {
        if (8..=13).contains(&self.minor) {
            return Ok(());
        }
        let fault = format!(
            "marshal of CPython 3.{} is not known, that of 3.8 to 3.13 is",
            self.minor
        );
        Err(ErrorKind::Unsupported(fault.into()).into())
    }
}
