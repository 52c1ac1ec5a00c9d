//! Arrays as numpy pickles them.

use super::{Dtype, DtypeKind, NdArray, Order, make_dtype::Dtypes, malformed, read::count};
use crate::{Builder, Ref, Result};

/// Makes arrays, scalars and dtypes in a [`Builder`], just as numpy would pickle them: for one protocol and with the module
/// names of one numpy.
///
/// ```
/// use brinery::{Builder, Options, types::numpy::{Maker, Order}};
/// let mut build = Builder::new();
/// let array = Maker::new().array(&mut build, &"<u2".parse()?, &[3], Order::C, vec![1, 0, 2, 0, 3, 0])?;
/// let graph = build.finish(array);
/// // In band, and with the bytes left to the caller.
/// let pickle = Options::new().protocol(5).write(&graph)?;
/// let mut outside = Vec::new();
/// let shorter = Options::new().protocol(5).write_with_buffers(&graph, |_, bytes, _| {
///     outside.push(bytes.to_vec());
///     false
/// })?;
/// assert_eq!(outside, [[1, 0, 2, 0, 3, 0]]);
/// assert!(shorter.len() < pickle.len());
/// # Ok::<(), brinery::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Maker {
    pub(super) protocol: u8,
    pub(super) numpy: (u8, u8),
}

impl Default for Maker {
    fn default() -> Self {
        Maker::new()
    }
}

impl Maker {
    /// For protocol 5, as numpy 2.0 does.
    pub fn new() -> Self {
        Maker {
            protocol: 5,
            numpy: (2, 0),
        }
    }

    /// For another protocol. From 5 on arrays lie in buffers, which no lower one can write; an array for protocol 2 can be
    /// written in any.
    pub fn protocol(mut self, protocol: u8) -> Self {
        self.protocol = protocol;
        self
    }

    /// As this version of numpy does, instead of 2.0. What numpy 1 writes can be loaded by numpy 1 and 2. Of what numpy 2
    /// writes, numpy 1.26 can load protocols up to 4, and older ones nothing. Aligned records are for the same major
    /// version only: 1.26 refuses those of 2, and 2 forgets that those of 1 are aligned.
    pub fn numpy(mut self, major: u8, minor: u8) -> Self {
        self.numpy = (major, minor);
        self
    }

    /// A dtype.
    pub fn dtype(&self, build: &mut Builder, dtype: &Dtype) -> Result<Ref> {
        Dtypes::new(self, build).dtype(dtype)
    }

    /// An array of these bytes, which lie in memory in C or Fortran order.
    ///
    /// # Errors
    /// If dtype, shape and bytes do not fit together, or the dtype holds Python objects.
    pub fn array(
        &self,
        build: &mut Builder,
        dtype: &Dtype,
        shape: &[usize],
        order: Order,
        bytes: impl Into<Vec<u8>>,
    ) -> Result<Ref> {
        let bytes = bytes.into();
        if dtype.has_objects() {
            return Err(malformed(format!("{dtype} holds Python objects, not bytes")));
        }
        if count(shape)?.checked_mul(dtype.itemsize) != Some(bytes.len()) {
            let (shape, found) = (super::text::Shape(shape), bytes.len());
            return Err(malformed(format!(
                "{found} bytes are no array of shape {shape} and dtype {dtype}"
            )));
        }
        let fortran = is_fortran(shape, order)?;
        if self.protocol < 5 || !dtype.is_exported() {
            let data = |build: &mut Builder| build.add(&*bytes);
            return self.reconstruct(build, dtype, shape, fortran, data);
        }
        let callable = build.global(self.module("numeric"), "_frombuffer");
        let data = build.buffer(bytes, false);
        let dtype = self.dtype(build, dtype)?;
        let shape = ints(build, shape);
        let order = build.add(if fortran { "F" } else { "C" });
        build.call(callable, [data, dtype, shape, order])
    }

    /// An array of Python objects: of dtype `O`, or of strings with numpy 2's `StringDType`, or of tuples for a structured
    /// dtype that holds objects. The items are in C order, whatever the order in memory.
    ///
    /// # Errors
    /// If there are not as many items as the shape says, or the dtype holds no objects.
    pub fn objects(
        &self,
        build: &mut Builder,
        dtype: &Dtype,
        shape: &[usize],
        order: Order,
        items: impl AsRef<[Ref]>,
    ) -> Result<Ref> {
        let items = items.as_ref();
        if !dtype.has_objects() || count(shape)? != items.len() {
            let (shape, found) = (super::text::Shape(shape), items.len());
            return Err(malformed(format!(
                "{found} objects are no array of shape {shape} and dtype {dtype}"
            )));
        }
        let fortran = is_fortran(shape, order)?;
        self.reconstruct(build, dtype, shape, fortran, |build| build.list(items))
    }

    /// A scalar, such as a `numpy.float64`, of these bytes.
    ///
    /// # Errors
    /// If the dtype's items have another number of bytes, or are Python objects.
    pub fn scalar(&self, build: &mut Builder, dtype: &Dtype, bytes: &[u8]) -> Result<Ref> {
        if dtype.has_objects() || dtype.itemsize != bytes.len() {
            let found = bytes.len();
            return Err(malformed(format!("{found} bytes are no scalar of dtype {dtype}")));
        }
        if matches!(dtype.kind, DtypeKind::Subarray { .. }) {
            return Err(malformed("a scalar is no subarray".into()));
        }
        let callable = build.global(self.module("multiarray"), "scalar");
        let dtype = self.dtype(build, dtype)?;
        let bytes = build.add(bytes);
        build.call(callable, [dtype, bytes])
    }

    /// `_reconstruct(ndarray, (0,), b'b')` and a state.
    fn reconstruct(
        &self,
        build: &mut Builder,
        dtype: &Dtype,
        shape: &[usize],
        fortran: bool,
        data: impl FnOnce(&mut Builder) -> Ref,
    ) -> Result<Ref> {
        let callable = build.global(self.module("multiarray"), "_reconstruct");
        let class = build.global("numpy", "ndarray");
        let (none, byte) = (ints(build, &[0]), build.add(b"b"));
        let array = build.call(callable, [class, none, byte])?;
        let dtype = self.dtype(build, dtype)?;
        let shape = ints(build, shape);
        let (version, fortran) = (build.add(1), build.add(fortran));
        let data = data(build);
        let state = build.tuple([version, shape, dtype, fortran, data]);
        build.set_state(array, state)?;
        Ok(array)
    }

    pub(super) fn module(&self, name: &str) -> &'static str {
        match (self.numpy < (2, 0), name) {
            (false, "numeric") => "numpy._core.numeric",
            (false, "_internal") => "numpy._core._internal",
            (false, _) => "numpy._core.multiarray",
            (true, "numeric") => "numpy.core.numeric",
            (true, "_internal") => "numpy.core._internal",
            (true, _) => "numpy.core.multiarray",
        }
    }
}

impl NdArray<'_> {
    /// Adds a copy of the array to a builder. Its class becomes `numpy.ndarray`, and a mask is left behind.
    ///
    /// # Errors
    /// Arrays of Python objects are refused: objects cannot be taken from one graph to another by themselves.
    pub fn make(&self, maker: &Maker, build: &mut Builder) -> Result<Ref> {
        let bytes = self
            .bytes()
            .ok_or_else(|| malformed("an array of Python objects cannot be copied from graph to graph".into()))?;
        if self.scalar {
            return maker.scalar(build, &self.dtype, bytes);
        }
        let (order, bytes) = match self.order() {
            Order::Permuted => {
                let size = self.dtype.itemsize;
                let places = self.iter().places();
                let items = places.map(|place| bytes.get(place * size..(place + 1) * size).unwrap_or_default());
                (Order::C, items.collect::<Vec<_>>().concat())
            }
            order => (order, bytes.to_vec()),
        };
        maker.array(build, &self.dtype, &self.shape, order, bytes)
    }
}

/// Whether numpy calls it Fortran order: what is contiguous either way is C.
fn is_fortran(shape: &[usize], order: Order) -> Result<bool> {
    match order {
        Order::C => Ok(false),
        Order::Fortran => Ok(!shape.contains(&0) && shape.iter().filter(|len| **len > 1).count() > 1),
        Order::Permuted => Err(malformed("an array is made in C or Fortran order".into())),
    }
}

pub(super) fn ints(build: &mut Builder, numbers: &[usize]) -> Ref {
    let numbers: Vec<Ref> = numbers.iter().map(|number| build.add(*number)).collect();
    build.tuple(numbers)
}
