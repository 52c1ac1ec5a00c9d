//! PyTorch's files: checkpoints read in place, state dicts written (feature `torch`).
//!
//! What `torch.save` writes is a pickle in which tensors are views of storages, and the storages' bytes beside it. A
//! [`Checkpoint`] reads the pickle and leaves the bytes in the file until they are asked for. Nothing is executed: files
//! that `torch.load` refuses with `weights_only=True` can be looked at all the same.
//!
//! ```
//! use brinery::types::torch::{Checkpoint, TensorData, write_state_dict};
//! let mut file = Vec::new();
//! let weight = TensorData::from_slice(&[1f32, 2., 3., 4., 5., 6.], [2, 3])?;
//! let bias = TensorData::from_slice(&[-1f32, 0.5], [2])?;
//! write_state_dict(&mut file, [("fc.weight", weight), ("fc.bias", bias)])?;
//!
//! let checkpoint = Checkpoint::from_bytes(&file)?;
//! for tensor in checkpoint.tensors() {
//!     let (name, tensor) = tensor?;
//!     println!("{name}: {} {:?}", tensor.dtype(), tensor.shape());
//! }
//! assert_eq!(checkpoint.get("fc.bias")?.to_vec::<f32>()?, [-1., 0.5]);
//! # Ok::<(), brinery::Error>(())
//! ```
//!
//! | format | written by | read |
//! |---|---|---|
//! | zip | torch 1.6 and later | yes |
//! | pickles and storages in a row | torch 0.1.10 to 1.5, or `_use_new_zipfile_serialization=False` | yes |
//! | TorchScript | `torch.jit.save` of torch 1.4 and later | the attributes of the modules, not the code |
//! | tar | torch before 0.1.10 | no |
//!
//! Tensors of every plain type are read ([`Dtype`]), in any layout of strides; quantised, sparse and nested ones are
//! refused, each with an error of its own that leaves the others readable. A whole module (`torch.save(model)`) has the
//! tensors that its `state_dict()` has, by the same names.

mod children;
mod directory;
mod dtype;
mod element;
pub(crate) mod legacy;
pub(crate) mod map;
mod rebuild;
mod storage;
mod tensor;
mod view;
mod walk;
mod write;

pub use dtype::Dtype;
pub use element::Element;
pub use storage::Storage;
pub use tensor::Tensor;
pub use view::View;
pub use walk::Tensors;
pub use write::{TensorData, write_state_dict};

use crate::{Encoding, Global, Graph, Options, error::Result};
use map::Bytes;
use std::path::Path;
use storage::{Storages, cut};

/// A file of PyTorch: the objects that were saved, and the storages of their tensors, which stay where they are.
///
/// ```no_run
/// use brinery::types::torch::Checkpoint;
/// let checkpoint = Checkpoint::open("model.pt")?;
/// let weight = checkpoint.get("encoder.layers.0.weight")?;
/// println!("{} {:?} {:?}", weight.dtype(), weight.shape(), weight.to_vec::<f32>()?);
/// # Ok::<(), brinery::Error>(())
/// ```
#[derive(Debug)]
pub struct Checkpoint<'a> {
    bytes: Bytes<'a>,
    graph: Graph<'static>,
    storages: Storages,
    format: Format,
}

/// How a file of PyTorch is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// A zip file, as since torch 1.6.
    Zip,
    /// Pickles and storages in a row, as up to torch 1.5.
    Legacy,
    /// A zip file with code, as `torch.jit.save` writes it.
    TorchScript,
}

impl Checkpoint<'static> {
    /// Opens a file and maps it into memory: only what is looked at is read, and the pickle alone is copied.
    ///
    /// The file must not be changed or cut short by anyone while the checkpoint lives. What a tensor then shows is
    /// undefined, and touching bytes that the file no longer has ends the process (`SIGBUS`); where this can happen, read
    /// the file and use [`from_bytes`](Checkpoint::from_bytes).
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Checkpoint::open_with(path, &options())
    }

    /// The same with options of how the pickle is read: its limits, and the encoding of Python 2's texts.
    pub fn open_with(path: impl AsRef<Path>, options: &Options) -> Result<Self> {
        Checkpoint::new(Bytes::map(path.as_ref())?, options)
    }
}

/// As `torch.load` reads texts of Python 2.
fn options() -> Options {
    Options::new().encoding(Encoding::Utf8)
}

impl<'a> Checkpoint<'a> {
    /// Reads a file that is in memory.
    pub fn from_bytes(bytes: &'a [u8]) -> Result<Self> {
        Checkpoint::from_bytes_with(bytes, &options())
    }

    /// The same with options of how the pickle is read.
    pub fn from_bytes_with(bytes: &'a [u8], options: &Options) -> Result<Self> {
        Checkpoint::new(Bytes::Given(bytes), options)
    }

    fn new(bytes: Bytes<'a>, options: &Options) -> Result<Self> {
        let (graph, storages, format) = if bytes.starts_with(directory::MAGIC) {
            let directory = directory::read(&bytes)?;
            let pickle = bytes.get(directory.pickle).unwrap_or_default();
            (options.read(pickle)?.into_owned(), directory.storages, directory.format)
        } else {
            let (graph, storages) = legacy::read(&bytes, options)?;
            (graph, storages, Format::Legacy)
        };
        Ok(Checkpoint {
            bytes,
            graph,
            storages,
            format,
        })
    }

    /// How the file is laid out.
    pub fn format(&self) -> Format {
        self.format
    }

    /// The pickle: all that was saved, with storages as persistent ids.
    pub fn graph(&self) -> &Graph<'static> {
        &self.graph
    }
}

/// A class or function as `module.name`, cut for messages.
fn brief(global: Global<'_>) -> String {
    let text = |bytes: &[u8]| cut(&String::from_utf8_lossy(bytes)).to_owned();
    format!("{}.{}", text(global.module.as_bytes()), text(global.name.as_bytes()))
}
