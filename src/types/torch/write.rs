//! Writing state dicts.

use super::{Dtype, Element, Tensor, storage::malformed};
use crate::{
    Builder, Options, Ref,
    error::{Error, ErrorKind, Result},
};
use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    io::Write,
};
use zip::{CompressionMethod, ZipWriter, result::ZipError, write::SimpleFileOptions};

/// Where storages begin in the file: at multiples of this, as torch has them.
const ALIGNMENT: u16 = 64;

/// A tensor to be written: its type, its shape, and the bytes of its elements in row-major order, little-endian.
#[derive(Debug, Clone)]
pub struct TensorData<'a> {
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Cow<'a, [u8]>,
}

impl<'a> TensorData<'a> {
    /// A tensor of these bytes. An error if they are not as many as the shape needs.
    pub fn new(dtype: Dtype, shape: impl Into<Vec<usize>>, bytes: impl Into<Cow<'a, [u8]>>) -> Result<Self> {
        let (shape, bytes) = (shape.into(), bytes.into());
        let needed = shape.iter().copied().try_fold(dtype.size(), usize::checked_mul);
        if needed != Some(bytes.len()) {
            let what = format!("{} bytes for a tensor of {dtype} and shape {shape:?}", bytes.len());
            return Err(malformed(what));
        }
        Ok(TensorData { dtype, shape, bytes })
    }

    /// A tensor of these elements. An error if they are not as many as the shape needs.
    pub fn from_slice<T: Element>(elements: &[T], shape: impl Into<Vec<usize>>) -> Result<TensorData<'static>> {
        let mut bytes = Vec::with_capacity(elements.len() * T::DTYPE.size());
        elements.iter().for_each(|element| element.encode(&mut bytes));
        TensorData::new(T::DTYPE, shape, bytes)
    }

    /// What a tensor of a checkpoint shows. Its bytes are borrowed if they lie in the file as they are written.
    pub fn from_tensor(tensor: &Tensor<'a>) -> Result<Self> {
        TensorData::new(tensor.dtype(), tensor.shape(), tensor.to_bytes()?)
    }
}

fn zip_error(error: ZipError) -> Error {
    ErrorKind::from(error).into()
}

/// Writes named tensors as torch writes a state dict: a file for `torch.load`, also with `weights_only=True` and
/// `mmap=True`. One tensor is taken from the iterator at a time; of those that were written only names and shapes are
/// kept. An error if two have one name.
///
/// ```no_run
/// use brinery::types::torch::{Checkpoint, TensorData, write_state_dict};
/// use std::{fs::File, io::BufWriter};
/// // The weights alone of a training checkpoint.
/// let checkpoint = Checkpoint::open("training.pt")?;
/// let model = checkpoint.under("model").expect("it was saved so");
/// let tensors = model.tensors().collect::<Result<Vec<_>, _>>()?;
/// let data: Vec<_> = tensors
///     .iter()
///     .map(|(name, tensor)| Ok((name, TensorData::from_tensor(tensor)?)))
///     .collect::<brinery::Result<_>>()?;
/// write_state_dict(BufWriter::new(File::create("weights.pt")?), data)?;
/// # Ok::<(), brinery::Error>(())
/// ```
pub fn write_state_dict<'a, N: AsRef<str>>(
    writer: impl Write,
    tensors: impl IntoIterator<Item = (N, TensorData<'a>)>,
) -> Result<()> {
    let mut zip = ZipWriter::new_stream(writer);
    let stored = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .with_alignment(ALIGNMENT);
    let mut entry = |name: &str, bytes: &[u8]| -> Result<()> {
        let large = bytes.len() >= u32::MAX as usize;
        zip.start_file(format!("archive/{name}"), stored.large_file(large))
            .map_err(zip_error)?;
        Ok(zip.write_all(bytes)?)
    };
    let mut pickle = Pickle::new()?;
    for (index, (name, tensor)) in tensors.into_iter().enumerate() {
        pickle.add(name.as_ref(), &tensor, &index.to_string())?;
        entry(&format!("data/{index}"), &tensor.bytes)?;
    }
    entry("data.pkl", &pickle.finish()?)?;
    entry("byteorder", b"little")?;
    entry("version", b"3\n")?;
    zip.finish().map_err(zip_error)?;
    Ok(())
}

/// The pickle of a state dict, with the sharing that torch's own has.
struct Pickle {
    build: Builder<'static>,
    names: HashSet<String>,
    entries: Vec<(Ref, Ref)>,
    globals: HashMap<&'static str, Ref>,
    dict: Ref,
    dict_class: Ref,
    storage: Ref,
    device: Ref,
}

impl Pickle {
    fn new() -> Result<Self> {
        let mut build = Builder::new();
        let dict_class = build.global("collections", "OrderedDict");
        Ok(Pickle {
            dict: build.call(dict_class, [])?,
            storage: build.add("storage"),
            device: build.add("cpu"),
            build,
            names: HashSet::new(),
            entries: Vec::new(),
            globals: HashMap::new(),
            dict_class,
        })
    }

    fn global(&mut self, module: &'static str, name: &'static str) -> Ref {
        let build = &mut self.build;
        *self.globals.entry(name).or_insert_with(|| build.global(module, name))
    }

    fn add(&mut self, name: &str, tensor: &TensorData<'_>, key: &str) -> Result<()> {
        if !self.names.insert(name.into()) {
            return Err(malformed(format!("two tensors have the name {name:?}")));
        }
        let dtype = tensor.dtype;
        // Types that are newer than untyped storages have those, and a function that takes the type.
        let (function, class) = match dtype.storage() {
            Some(class) => ("_rebuild_tensor_v2", self.global("torch", class)),
            None => ("_rebuild_tensor_v3", self.global("torch.storage", "UntypedStorage")),
        };
        let function = self.global("torch._utils", function);
        let counted = if dtype.storage().is_some() { dtype.size() } else { 1 };
        let build = &mut self.build;
        let numel = build.add(tensor.bytes.len() / counted);
        let key = build.add(key);
        let id = build.tuple([self.storage, class, key, self.device, numel]);
        let (name, storage, offset) = (build.add(name), build.persistent(id), build.add(0));
        let shape: Vec<Ref> = tensor.shape.iter().map(|size| build.add(*size)).collect();
        let strides: Vec<Ref> = strides(&tensor.shape)?
            .into_iter()
            .map(|stride| build.add(stride))
            .collect();
        let (shape, strides) = (build.tuple(shape), build.tuple(strides));
        let (requires_grad, hooks) = (build.add(false), build.call(self.dict_class, [])?);
        let mut args = vec![storage, offset, shape, strides, requires_grad, hooks];
        if dtype.storage().is_none() {
            args.push(self.global("torch", dtype.name()));
        }
        let tensor = self.build.call(function, args)?;
        self.entries.push((name, tensor));
        Ok(())
    }

    fn finish(mut self) -> Result<Vec<u8>> {
        self.build.insert(self.dict, self.entries)?;
        Options::new().protocol(2).write(&self.build.finish(self.dict))
    }
}

/// The strides of a row-major tensor. Those of an empty one are as if no size were below 1.
fn strides(shape: &[usize]) -> Result<Vec<usize>> {
    let mut step = 1usize;
    let mut strides = Vec::with_capacity(shape.len());
    for size in shape.iter().rev() {
        strides.push(step);
        step = step
            .checked_mul((*size).max(1))
            .ok_or_else(|| malformed("a tensor has more elements than can be counted"))?;
    }
    strides.reverse();
    Ok(strides)
}
