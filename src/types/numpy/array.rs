//! An array of a graph.

use super::{Dtype, Item, Iter};
use crate::{Items, Value};
use std::{borrow::Cow, fmt};

/// A numpy array, or a scalar as an array without dimensions: dtype, shape, and the bytes as they lie in the pickle or
/// in its buffer. Subclasses (`matrix`, `recarray`, `memmap`, masked arrays) are arrays whose [`class`](NdArray::class)
/// says so.
///
/// ```
/// use brinery::{Graph, types::numpy::NdArray};
/// // numpy.array([[1., 2.]]) of numpy 2 in protocol 2.
/// let bytes = b"\x80\x02cnumpy._core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\x85c_codecs\nencode\n\
///     X\x01\0\0\0bX\x06\0\0\0latin1\x86R\x87R(K\x01K\x01K\x02\x86cnumpy\ndtype\nX\x02\0\0\0f8\x89\x88\x87R\
///     (K\x03X\x01\0\0\0<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb\x89c_codecs\nencode\n\
///     X\x11\0\0\0\0\0\0\0\0\0\xc3\xb0?\0\0\0\0\0\0\0@X\x06\0\0\0latin1\x86Rtb.";
/// let graph = Graph::from_slice(bytes)?;
/// let array = NdArray::from_value(graph.root())?;
/// assert_eq!(array.shape(), [1, 2]);
/// assert_eq!(array.dtype().to_string(), "<f8");
/// assert_eq!(array.to_vec::<f64>()?, [1.0, 2.0]);
/// # Ok::<(), brinery::Error>(())
/// ```
#[derive(Clone)]
pub struct NdArray<'g> {
    pub(super) dtype: Dtype,
    pub(super) shape: Vec<usize>,
    /// The distance to the next item along each axis, in items.
    pub(super) steps: Vec<usize>,
    pub(super) data: Data<'g>,
    pub(super) class: (&'g str, &'g str),
    pub(super) fortran: bool,
    pub(super) scalar: bool,
    pub(super) readonly: bool,
    pub(super) mask: Option<&'g [u8]>,
    pub(super) fill_value: Option<Value<'g>>,
}

/// Where the items of an array are.
#[derive(Clone)]
pub enum Data<'g> {
    /// Their bytes, one item behind the other. Owned only if the pickle has them as text (Python 2's, read as Latin-1).
    Bytes(Cow<'g, [u8]>),
    /// Python objects, always in C order: each item of a structured dtype that holds objects is a tuple.
    Objects(Items<'g>),
}

/// In which order the items of an array lie in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Order {
    /// The last index runs fastest.
    C,
    /// The first index runs fastest.
    Fortran,
    /// Neither: the axes of an array in C order, permuted.
    Permuted,
}

impl<'g> NdArray<'g> {
    /// What its items are.
    pub fn dtype(&self) -> &Dtype {
        &self.dtype
    }

    /// Its length along each axis; empty for a scalar.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// How many axes it has, at most 64.
    pub fn ndim(&self) -> usize {
        self.shape.len()
    }

    /// How many items it has.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether it has no items.
    pub fn is_empty(&self) -> bool {
        self.shape.contains(&0)
    }

    /// The distance to the next item along each axis, in items (numpy counts it in bytes).
    pub fn strides(&self) -> &[usize] {
        &self.steps
    }

    /// The order in memory that numpy gives it. (The list of an array of objects is in C order whatever this says.)
    pub fn order(&self) -> Order {
        if self.fortran {
            Order::Fortran
        } else if self.steps == c_steps(&self.shape) {
            Order::C
        } else {
            Order::Permuted
        }
    }

    /// Module and name of its class: `numpy` and `ndarray`, or a subclass; for a scalar `numpy` and `generic`.
    pub fn class(&self) -> (&'g str, &'g str) {
        self.class
    }

    /// Whether it is a scalar, such as a `numpy.float64`.
    pub fn is_scalar(&self) -> bool {
        self.scalar
    }

    /// Whether it lies in an out-of-band buffer that is read-only.
    pub fn is_readonly(&self) -> bool {
        self.readonly
    }

    /// Where the items are.
    pub fn data(&self) -> &Data<'g> {
        &self.data
    }

    /// The bytes of the items, as they lie in memory; `None` if they are objects. Between those of a
    /// [`row`](NdArray::row) others may lie.
    pub fn bytes(&self) -> Option<&[u8]> {
        match &self.data {
            Data::Bytes(bytes) => Some(bytes),
            Data::Objects(_) => None,
        }
    }

    /// The same for as long as the graph; `None` also if the bytes had to be decoded.
    pub fn borrowed_bytes(&self) -> Option<&'g [u8]> {
        match self.data {
            Data::Bytes(Cow::Borrowed(bytes)) => Some(bytes),
            _ => None,
        }
    }

    /// The objects of the items, in C order; `None` if they are bytes.
    pub fn objects(&self) -> Option<Items<'g>> {
        match self.data {
            Data::Objects(items) => Some(items),
            Data::Bytes(_) => None,
        }
    }

    /// The mask of a masked array: a byte for each item, not 0 where it is masked, laid out as the items are. (With
    /// fields, a byte for each field of each item.) Nothing else here looks at it: masked items are what lies there.
    /// Typed reading gives `None` for them.
    pub fn mask(&self) -> Option<&'g [u8]> {
        self.mask
    }

    /// The fill value of a masked array, which may be `None` in Python, too.
    pub fn fill_value(&self) -> Option<Value<'g>> {
        self.fill_value
    }

    /// The item at these indices, one for each axis.
    pub fn get(&self, index: &[usize]) -> Option<Item<'_>> {
        if index.len() != self.shape.len() || index.iter().zip(&self.shape).any(|(at, len)| at >= len) {
            return None;
        }
        self.at(index.iter().zip(&self.steps).map(|(at, step)| at * step).sum())
    }

    /// The array at an index of the first axis: a row of a matrix, an array without dimensions of a vector. Nothing is
    /// copied, so other items may lie between its own.
    pub fn row(&self, index: usize) -> Option<NdArray<'g>> {
        let (len, step) = (*self.shape.first()?, *self.steps.first()?);
        let start = (index < len).then(|| index * step)?;
        // What the other axes need, and no more.
        let (shape, steps) = (self.shape.get(1..)?, self.steps.get(1..)?);
        let last: usize = shape
            .iter()
            .zip(steps)
            .map(|(len, step)| len.saturating_sub(1) * step)
            .sum();
        let end = if shape.contains(&0) { start } else { start + last + 1 };
        let (size, masks) = (self.dtype.itemsize(), self.dtype.mask_size());
        let data = match &self.data {
            Data::Objects(items) => Data::Objects(items.slice(start..end)?),
            Data::Bytes(Cow::Borrowed(bytes)) => Data::Bytes(bytes.get(start * size..end * size)?.into()),
            Data::Bytes(Cow::Owned(bytes)) => Data::Bytes(bytes.get(start * size..end * size)?.to_vec().into()),
        };
        Some(NdArray {
            shape: shape.to_vec(),
            steps: steps.to_vec(),
            data,
            fortran: self.fortran && shape.len() > 1,
            mask: self.mask.and_then(|mask| mask.get(start * masks..end * masks)),
            dtype: self.dtype.clone(),
            ..*self
        })
    }

    /// The item of a scalar, or of any array of one item.
    pub fn item(&self) -> Option<Item<'_>> {
        if self.len() == 1 { self.at(0) } else { None }
    }

    /// The items in C order: the last index runs fastest.
    pub fn iter(&self) -> Iter<'_, 'g> {
        Iter::new(self)
    }

    /// The item at a place in memory.
    pub(crate) fn at(&self, place: usize) -> Option<Item<'_>> {
        match &self.data {
            Data::Bytes(bytes) => {
                let size = self.dtype.itemsize();
                let start = place.checked_mul(size)?;
                Some(self.dtype.item(bytes.get(start..start.checked_add(size)?)?))
            }
            Data::Objects(items) => items.get(place).map(Item::Object),
        }
    }
}

impl fmt::Debug for NdArray<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dtype = self.dtype.to_string();
        f.debug_struct("NdArray")
            .field("dtype", &dtype)
            .field("shape", &self.shape)
            .finish_non_exhaustive()
    }
}

/// The steps of an array whose last index runs fastest. The product must not overflow.
pub(super) fn c_steps(shape: &[usize]) -> Vec<usize> {
    let mut steps = vec![1; shape.len()];
    let mut step = 1;
    for (at, len) in shape.iter().enumerate().rev() {
        steps[at] = step;
        step *= (*len).max(1);
    }
    steps
}

/// The steps of an array whose first index runs fastest. The product must not overflow.
pub(super) fn fortran_steps(shape: &[usize]) -> Vec<usize> {
    let mut steps = vec![1; shape.len()];
    let mut step = 1;
    for (at, len) in shape.iter().enumerate() {
        steps[at] = step;
        step *= (*len).max(1);
    }
    steps
}
