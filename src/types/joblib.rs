//! joblib's files: pickles with the bytes of arrays between their opcodes.
//!
//! `joblib.dump` puts a small object where an array is, and right behind the opcode that finishes it the array's bytes:
//! no pickle any more, and `pickle.load` cannot read it. [`read`] does, and leaves the bytes where they are.
//!
//! ```
//! use brinery::types::joblib;
//! // joblib.dump({"x": numpy.array([1.5, -2.0])}, file), protocol 2, without alignment.
//! let mut file = b"\x80\x02}X\x01\0\0\0xcjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81}(X\x08\0\0\0subclasscnumpy\nndarray\n\
//!     X\x05\0\0\0shapeK\x02\x85X\x05\0\0\0orderX\x01\0\0\0CX\x05\0\0\0dtypecnumpy\ndtype\nX\x02\0\0\0f8\x89\x88\x87R\
//!     (K\x03X\x01\0\0\0<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tbub".to_vec();
//! file.extend([1.5f64, -2.0].iter().flat_map(|x| x.to_le_bytes()));
//! file.extend(b"s.");
//!
//! let joblib = joblib::read(&file)?;
//! let x = joblib.root().get("x").expect("it was put in");
//! assert_eq!(joblib.array(x)?.to_vec::<f64>()?, [1.5, -2.0]);
//! # Ok::<(), brinery::Error>(())
//! ```

use super::{
    made::Made,
    numpy::{Dtype, NdArray, item_count},
};
use crate::{
    Error, ErrorKind, Graph, Heap, Op, Ops, Options, Ref, Result, Value,
    graph::{Borrow, EventKind, Loader},
    ops::Failure,
};
use std::{borrow::Cow, collections::HashMap, io::Read, ops::Range};

/// Entries of the dict that describes an array: joblib writes six.
const MOST_ENTRIES: usize = 16;

/// What was dumped: a graph, in which each array is an object of joblib's class `NumpyArrayWrapper`, and the arrays' bytes.
#[derive(Debug)]
pub struct Joblib<'a> {
    file: Cow<'a, [u8]>,
    graph: Graph<'a>,
    arrays: HashMap<Ref, Place>,
}

/// What stands behind the object that stands for an array.
#[derive(Debug, Clone)]
enum Place {
    Bytes(Range<usize>),
    /// A pickle of its own: an array of Python objects.
    Pickle(Ref),
}

/// Reads what `joblib.dump` wrote, since version 0.10. Files that were compressed must be unpacked first: the error says by
/// what they were.
pub fn read(file: &[u8]) -> Result<Joblib<'_>> {
    read_with(file, &Options::new())
}

/// The same with options of how the pickle is read.
pub fn read_with<'a>(file: &'a [u8], options: &Options) -> Result<Joblib<'a>> {
    let (graph, arrays, _) = Reader::read(file, options)?;
    Ok(Joblib {
        file: Cow::Borrowed(file),
        graph,
        arrays,
    })
}

/// The same from a reader, which is read to its end.
pub fn read_from(mut reader: impl Read) -> Result<Joblib<'static>> {
    let mut file = Vec::new();
    reader.read_to_end(&mut file)?;
    let (graph, arrays, _) = Reader::read(&file, &Options::new())?;
    Ok(Joblib {
        graph: graph.into_owned(),
        arrays,
        file: Cow::Owned(file),
    })
}

impl<'a> Joblib<'a> {
    /// The pickle, without the arrays' bytes.
    pub fn graph(&self) -> &Graph<'a> {
        &self.graph
    }

    /// What was dumped.
    pub fn root(&self) -> Value<'_> {
        self.graph.root()
    }

    /// Whether a value is an array whose bytes stand in the file beside the pickle. Others (numpy's scalars, and subclasses
    /// that joblib leaves to numpy) are in the pickle like any object.
    pub fn is_array(&self, value: Value<'_>) -> bool {
        self.arrays.contains_key(&value.id())
    }

    /// The array that a value of this file stands for, wherever it lies. An error if it is none. Nothing is copied.
    pub fn array<'j>(&'j self, value: Value<'j>) -> Result<NdArray<'j>> {
        match self.arrays.get(&value.id()) {
            None => NdArray::from_value(value),
            Some(Place::Pickle(array)) => NdArray::from_value(self.graph.value(*array)),
            Some(Place::Bytes(range)) => {
                let wrapper = Wrapper::of(value)?;
                let bytes = self.file.get(range.clone()).unwrap_or_default();
                let class = wrapper.get("subclass").and_then(|class| class.as_global()?.path());
                let class = class.ok_or_else(|| malformed("the class of an array is no import"))?;
                let fortran = wrapper.get("order").and_then(|order| order.as_str()) == Some("F");
                let dtype = Dtype::from_value(wrapper.need("dtype")?)?;
                NdArray::from_parts(dtype, wrapper.need("shape")?, fortran, bytes, class)
            }
        }
    }

    /// All arrays whose bytes stand in the file beside the pickle, in the order of the file.
    pub fn arrays(&self) -> impl Iterator<Item = Result<NdArray<'_>>> {
        let mut places: Vec<Ref> = self.arrays.keys().copied().collect();
        places.sort_unstable_by_key(|at| at.index());
        places.into_iter().map(|at| self.array(self.graph.value(at)))
    }
}

/// What stands between the opcodes of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(not(feature = "archive"), allow(dead_code))]
pub(crate) struct Gap {
    pub(crate) range: Range<usize>,
    /// A pickle of its own, not the bytes of an array.
    pub(crate) is_pickle: bool,
    /// It stands inside a frame, where joblib would look for it behind.
    pub(crate) in_frame: bool,
}

/// What is no pickle in a file, in order.
#[cfg(feature = "archive")]
pub(crate) fn gaps(file: &[u8]) -> Result<Vec<Gap>> {
    Ok(Reader::read(file, &Options::new().rules(crate::Rules::Classic))?.2)
}

/// The object that stands for an array.
struct Wrapper<'g>(Value<'g>);

impl<'g> Wrapper<'g> {
    fn of(value: Value<'g>) -> Result<Self> {
        let state = value.last_state().filter(|state| state.as_dict().is_some());
        let state = state.filter(|state| state.len().is_some_and(|len| len <= MOST_ENTRIES));
        state
            .map(Wrapper)
            .ok_or_else(|| malformed("what describes an array is no dict"))
    }

    fn get(&self, name: &str) -> Option<Value<'g>> {
        self.0.get(name)
    }

    fn need(&self, name: &str) -> Result<Value<'g>> {
        self.get(name)
            .ok_or_else(|| malformed("an array is without shape or dtype"))
    }
}

/// Runs the machine, and takes out of the stream what is no pickle.
struct Reader<'a, 'o> {
    file: &'a [u8],
    options: &'o Options,
    loader: Loader<'a, 'o, Borrow>,
    arrays: HashMap<Ref, Place>,
    /// Bytes of an item of each dtype met, and whether it holds objects: a file can have one dtype for many arrays.
    dtypes: HashMap<Ref, (usize, bool)>,
    gaps: Vec<Gap>,
}

/// A graph, where the arrays of its wrappers are, and what stands between the opcodes.
type Found<'a> = (Graph<'a>, HashMap<Ref, Place>, Vec<Gap>);

impl<'a, 'o> Reader<'a, 'o> {
    fn read(file: &'a [u8], options: &'o Options) -> Result<Found<'a>> {
        if let Some(method) = compression(file) {
            let what = format!("a joblib file that is compressed with {method}: unpack it first");
            return Err(ErrorKind::Unsupported(what.into()).into());
        }
        let mut reader = Reader {
            file,
            options,
            loader: Loader::new(&options.read),
            arrays: HashMap::new(),
            dtypes: HashMap::new(),
            gaps: Vec::new(),
        };
        reader.loader.paid(file.len() as u64);
        let root = reader.run()?;
        reader.loader.finish(root);
        Ok((reader.loader.graph, reader.arrays, reader.gaps))
    }

    fn run(&mut self) -> Result<Ref> {
        let mut machine = self.options.machine();
        let mut ops = Ops::starting_at(self.file, 0, self.options.read.rules);
        let mut protocol = 0;
        while let Some(op) = ops.next() {
            let (start, op) = op?;
            let fail = |error: ErrorKind| Failure {
                offset: start as u64,
                opcode: Some(op.code()),
                error,
            };
            if let Op::Proto(number) = op {
                protocol = number;
            }
            let code = op.code();
            let finishes = matches!(op, Op::Build);
            if let Some(root) = machine.step(&mut self.loader, start as u64, op).map_err(fail)? {
                return Ok(root);
            }
            if finishes && let Some(array) = self.wrapper(start as u64) {
                let at = |error: Error| match error.offset() {
                    Some(_) => error,
                    None => error.into_kind().at(start as u64, Some(code)),
                };
                let end = self.skip(array, ops.offset(), protocol).map_err(at)?;
                self.gaps.push(Gap {
                    range: ops.offset()..end,
                    is_pickle: matches!(self.arrays.get(&array), Some(Place::Pickle(_))),
                    #[cfg(feature = "archive")]
                    in_frame: ops.in_frame(),
                    #[cfg(not(feature = "archive"))]
                    in_frame: false,
                });
                ops = Ops::starting_at(self.file, end, self.options.read.rules);
            }
        }
        // Without a STOP the last item was an error.
        Err(ErrorKind::EndOfInput.into())
    }

    /// The object that the BUILD at an offset finished, if it stands for an array.
    fn wrapper(&self, offset: u64) -> Option<Ref> {
        let event = self.loader.graph.events.last()?;
        if event.offset() != offset || event.kind() != EventKind::Build {
            return None;
        }
        let (module, name) = Made::of(self.loader.graph.value(event.node()))?.path()?;
        // scikit-learn had a copy of joblib before 0.23.
        let is_joblib = module.strip_prefix("sklearn.externals.").unwrap_or(module) == "joblib.numpy_pickle";
        (is_joblib && name.ends_with("ArrayWrapper")).then_some(event.node())
    }

    /// Finds what stands in the file for an array, and where it ends.
    fn skip(&mut self, array: Ref, at: usize, protocol: u8) -> Result<usize> {
        let graph = &self.loader.graph;
        let value = graph.value(array);
        let name = Made::of(value).and_then(|made| made.path()).map(|(_, name)| name);
        if name != Some("NumpyArrayWrapper") {
            let what = "a joblib file of a version before 0.10, whose arrays are in files beside it";
            return Err(ErrorKind::Unsupported(what.into()).into());
        }
        if self.arrays.contains_key(&array) {
            return Err(malformed("an array stands in the file twice"));
        }
        let wrapper = Wrapper::of(value)?;
        let dtype = wrapper.need("dtype")?;
        let (size, has_objects) = match self.dtypes.get(&dtype.id()) {
            Some(known) => *known,
            None => {
                let read = Dtype::from_value(dtype)?;
                let known = (read.itemsize(), read.has_objects());
                self.dtypes.insert(dtype.id(), known);
                known
            }
        };
        if has_objects {
            let (root, end) = self.nested(at, protocol)?;
            self.arrays.insert(array, Place::Pickle(root));
            return Ok(end);
        }
        let aligned = wrapper
            .get("numpy_array_alignment_bytes")
            .is_some_and(|alignment| !alignment.is_none());
        let start = match aligned {
            // A byte says how many more there are to skip.
            true => {
                let padding = self.file.get(at).ok_or(ErrorKind::Truncated)?;
                at + 1 + usize::from(*padding)
            }
            false => at,
        };
        let count = item_count(wrapper.need("shape")?)?;
        let end = count.checked_mul(size).and_then(|size| start.checked_add(size));
        let end = end.filter(|end| *end <= self.file.len()).ok_or(ErrorKind::Truncated)?;
        self.arrays.insert(array, Place::Bytes(start..end));
        Ok(end)
    }

    /// Reads a pickle of its own, with its own stack and memo, into the same graph.
    fn nested(&mut self, at: usize, protocol: u8) -> Result<(Ref, usize)> {
        self.loader.begin();
        let mut ops = Ops::starting_at(self.file, at, self.options.read.rules);
        let root = ops.run(&mut self.options.machine(), &mut self.loader)?;
        self.loader.begin();
        Heap::protocol(&mut self.loader, protocol)?;
        Ok((root, ops.offset()))
    }
}

/// By what a file is compressed, as its first bytes tell.
fn compression(file: &[u8]) -> Option<&'static str> {
    let known: [(&[u8], &str); 8] = [
        (b"ZF", "zlib, by a version before 0.10"),
        (b"\x78\x01", "zlib"),
        (b"\x78\x5e", "zlib"),
        (b"\x78\x9c", "zlib"),
        (b"\x78\xda", "zlib"),
        (b"\x1f\x8b", "gzip"),
        (b"\xfd7zXZ", "xz"),
        (b"\x04\x22\x4d\x18", "lz4"),
    ];
    let bz2 = file.starts_with(b"BZh").then_some("bz2");
    // A pickle may begin so, too: a list, then a MARK would follow and never a NUL.
    let lzma = file.starts_with(b"\x5d\0\0").then_some("lzma");
    let found = known
        .iter()
        .find(|(magic, _)| file.starts_with(magic))
        .map(|(_, name)| *name);
    found.or(bz2).or(lzma)
}

fn malformed(what: &str) -> Error {
    ErrorKind::Malformed(format!("joblib: {what}").into()).into()
}
