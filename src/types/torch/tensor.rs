//! Tensors: typed views of storages.

use super::{
    Dtype, Element,
    storage::{Storage, malformed},
};
use crate::error::{Error, ErrorKind, Result};
use std::borrow::Cow;

/// How many elements a tensor may have that repeats those of a smaller storage, before it is refused as a whole: its size
/// costs the file nothing. [`Tensor::iter`] has no limit.
const REPEATED: usize = 1 << 24;

/// A tensor: a typed view of a [`Storage`], with shape and strides. Elements are read when they are asked for.
///
/// ```
/// # use brinery::types::torch::{Checkpoint, TensorData, write_state_dict};
/// # let mut file = Vec::new();
/// # write_state_dict(&mut file, [("weight", TensorData::from_slice(&[1f32, 2., 3., 4., 5., 6.], [2, 3])?)])?;
/// let checkpoint = Checkpoint::from_bytes(&file)?;
/// let weight = checkpoint.get("weight")?;
/// assert_eq!((weight.shape(), weight.strides(), weight.device()), (&[2, 3][..], &[3, 1][..], "cpu"));
/// assert_eq!(weight.to_vec::<f32>()?, [1., 2., 3., 4., 5., 6.]);
/// assert_eq!(weight.iter::<f64>()?.sum::<f64>(), 21.);
/// # Ok::<(), brinery::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Tensor<'c> {
    dtype: Dtype,
    storage: Option<Storage<'c>>,
    offset: usize,
    shape: Vec<usize>,
    strides: Vec<usize>,
    device: &'c str,
    flags: Flags,
    numel: usize,
}

/// What is true of a tensor or not.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Flags {
    pub(super) requires_grad: bool,
    pub(super) parameter: bool,
    pub(super) conjugated: bool,
    pub(super) negated: bool,
}

impl<'c> Tensor<'c> {
    /// Checks that all elements lie in the storage. `place` is offset, shape and strides, all in elements.
    pub(super) fn new(
        dtype: Dtype,
        storage: Option<Storage<'c>>,
        (offset, shape, strides): (usize, Vec<usize>, Vec<usize>),
        device: &'c str,
        flags: Flags,
    ) -> Result<Self> {
        if shape.len() != strides.len() {
            return Err(malformed("a tensor has another number of sizes than of strides"));
        }
        let too_large = || malformed("a tensor has more elements than can be counted");
        let mut numel = 1usize;
        if shape.contains(&0) {
            numel = 0;
        }
        for size in &shape {
            numel = numel.checked_mul(*size).ok_or_else(too_large)?;
        }
        if let (Some(storage), true) = (&storage, numel > 0) {
            let steps = shape.iter().zip(&strides);
            let last = steps.into_iter().try_fold(offset, |at, (size, stride)| {
                at.checked_add((size - 1).checked_mul(*stride)?)
            });
            let end = last.and_then(|last| last.checked_add(1)?.checked_mul(dtype.size()));
            if end.is_none_or(|end| end > storage.bytes.len()) {
                return Err(malformed("a tensor reaches beyond its storage"));
            }
        }
        Ok(Tensor {
            dtype,
            storage,
            offset,
            shape,
            strides,
            device,
            flags,
            numel,
        })
    }

    /// The type of its elements.
    pub fn dtype(&self) -> Dtype {
        self.dtype
    }

    /// Its size in each dimension; none for a scalar.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// How many elements lie between neighbours in each dimension.
    pub fn strides(&self) -> &[usize] {
        &self.strides
    }

    /// Where its first element lies in the storage, in elements.
    pub fn storage_offset(&self) -> usize {
        self.offset
    }

    /// How many elements it has.
    pub fn numel(&self) -> usize {
        self.numel
    }

    /// Where it was when it was saved: `cpu`, `cuda:0`, `meta`.
    pub fn device(&self) -> &'c str {
        self.device
    }

    /// Whether torch would compute a gradient for it.
    pub fn requires_grad(&self) -> bool {
        self.flags.requires_grad
    }

    /// Whether it is a parameter of a module.
    pub fn is_parameter(&self) -> bool {
        self.flags.parameter
    }

    /// What it is a view of; `None` for a tensor of the device `meta`, which has no elements.
    pub fn storage(&self) -> Option<Storage<'c>> {
        self.storage
    }

    /// Whether its elements lie in row-major order without gaps.
    pub fn is_contiguous(&self) -> bool {
        let mut expected = 1usize;
        self.numel == 0
            || self.shape.iter().zip(&self.strides).rev().all(|(size, stride)| {
                let fits = *size == 1 || *stride == expected;
                expected = expected.saturating_mul(*size);
                fits
            })
    }

    /// Its bytes straight from the file, if its elements lie there in row-major order, little-endian and as they are;
    /// [`to_bytes`](Self::to_bytes) makes such bytes of any tensor.
    pub fn as_slice_bytes(&self) -> Option<&'c [u8]> {
        let storage = self.storage?;
        let turned = storage.big_endian && self.dtype.word() > 1;
        if turned || self.flags.conjugated || self.flags.negated || !self.is_contiguous() {
            return None;
        }
        self.run(storage)
    }

    /// The bytes of all elements, if they lie in one run.
    fn run(&self, storage: Storage<'c>) -> Option<&'c [u8]> {
        if self.numel == 0 {
            return Some(&[]);
        }
        let size = self.dtype.size();
        storage.bytes.get(self.offset * size..(self.offset + self.numel) * size)
    }

    /// The elements in row-major order. An error if the type does not hold them (see [`Element`]).
    pub fn to_vec<T: Element>(&self) -> Result<Vec<T>> {
        self.check_size()?;
        // Most tensors are what they seem: elements one after another.
        if let Some(bytes) = self.as_slice_bytes() {
            return T::decode_all(self.dtype, bytes).ok_or_else(|| self.wrong::<T>());
        }
        Ok(self.iter()?.collect())
    }

    /// The elements in row-major order, one by one. An error if the type does not hold them (see [`Element`]).
    pub fn iter<T: Element>(&self) -> Result<impl ExactSizeIterator<Item = T> + use<'_, 'c, T>> {
        let decode = self.decoder::<T>()?;
        let flags = self.flags;
        let mut buffer = [0u8; 16];
        Ok(self.elements()?.map(move |bytes| {
            let element = match self.little_endian(bytes, &mut buffer) {
                Some(swapped) => decode(swapped),
                None => decode(bytes),
            };
            let element = if flags.conjugated { element.conjugate() } else { element };
            if flags.negated { element.negate() } else { element }
        }))
    }

    /// The bytes of the elements in row-major order, little-endian: borrowed if they lie so in the file.
    pub fn to_bytes(&self) -> Result<Cow<'c, [u8]>> {
        if let Some(bytes) = self.as_slice_bytes() {
            return Ok(Cow::Borrowed(bytes));
        }
        self.check_size()?;
        if self.flags.conjugated || self.flags.negated {
            return match self.dtype {
                Dtype::C32 => self.encoded::<[half::f16; 2]>(),
                Dtype::C64 => self.encoded::<[f32; 2]>(),
                Dtype::C128 => self.encoded::<[f64; 2]>(),
                Dtype::F32 => self.encoded::<f32>(),
                Dtype::F64 => self.encoded::<f64>(),
                dtype => Err(ErrorKind::Unsupported(format!("a negated view of {dtype}").into()).into()),
            };
        }
        let mut all = Vec::with_capacity(self.numel * self.dtype.size());
        let mut buffer = [0u8; 16];
        for bytes in self.elements()? {
            all.extend_from_slice(self.little_endian(bytes, &mut buffer).unwrap_or(bytes));
        }
        Ok(Cow::Owned(all))
    }

    fn encoded<T: Element>(&self) -> Result<Cow<'c, [u8]>> {
        let mut all = Vec::with_capacity(self.numel * self.dtype.size());
        self.iter::<T>()?.for_each(|element| element.encode(&mut all));
        Ok(Cow::Owned(all))
    }

    fn decoder<T: Element>(&self) -> Result<fn(&[u8]) -> T> {
        T::decoder(self.dtype).ok_or_else(|| self.wrong::<T>())
    }

    fn wrong<T: Element>(&self) -> Error {
        ErrorKind::BadOperand {
            needs: T::DTYPE.name(),
            found: self.dtype.name(),
        }
        .into()
    }

    /// An element of a big-endian file, turned; `None` if it can be read as it is.
    fn little_endian<'b>(&self, bytes: &[u8], buffer: &'b mut [u8; 16]) -> Option<&'b [u8]> {
        self.storage.filter(|storage| storage.big_endian)?;
        let turned = buffer.get_mut(..bytes.len())?;
        turned.copy_from_slice(bytes);
        turned.chunks_mut(self.dtype.word()).for_each(<[u8]>::reverse);
        Some(turned)
    }

    /// Refuses a tensor that would take far more memory than the file has bytes for.
    fn check_size(&self) -> Result<()> {
        let there = self
            .storage
            .map_or(0, |storage| storage.bytes.len() / self.dtype.size());
        if self.numel > there.max(REPEATED) {
            return Err(ErrorKind::Limit {
                name: "elements of a tensor that repeats them",
                limit: REPEATED as u64,
            }
            .into());
        }
        Ok(())
    }

    /// The bytes of each element in row-major order.
    fn elements(&self) -> Result<Elements<'_, 'c>> {
        let storage = self
            .storage
            .ok_or_else(|| ErrorKind::Unsupported("the elements of a meta tensor".into()))?;
        Ok(Elements {
            tensor: self,
            bytes: storage.bytes,
            index: vec![0; self.shape.len()],
            at: self.offset,
            left: self.numel,
        })
    }
}

/// Steps through a tensor as an odometer does.
struct Elements<'t, 'c> {
    tensor: &'t Tensor<'c>,
    bytes: &'c [u8],
    index: Vec<usize>,
    at: usize,
    left: usize,
}

impl<'c> Iterator for Elements<'_, 'c> {
    type Item = &'c [u8];

    #[inline]
    fn next(&mut self) -> Option<&'c [u8]> {
        self.left = self.left.checked_sub(1)?;
        let size = self.tensor.dtype.size();
        let element = self.bytes.get(self.at * size..(self.at + 1) * size)?;
        let dimensions = self.tensor.shape.iter().zip(&self.tensor.strides).zip(&mut self.index);
        for ((size, stride), index) in dimensions.rev() {
            *index += 1;
            if *index < *size {
                self.at += stride;
                break;
            }
            self.at -= stride * (size - 1);
            *index = 0;
        }
        Some(element)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Elements<'_, '_> {}
