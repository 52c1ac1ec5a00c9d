//! Arrays in the types of the crate `ndarray`.

use super::{ByteOrder, Dtype, DtypeKind, Element, Item, Maker, NdArray, Order, element::numbers, malformed};
use crate::{Builder, Ref, Result};
use half::f16;
use ndarray::{ArrayBase, ArrayD, ArrayViewD, CowArray, Data, Dimension, IxDyn, ShapeBuilder, StrideShape};
use num_complex::Complex;

/// A type that lies in memory as numpy's items do: bool, the integers of up to 64 bits, [`half::f16`], `f32`, `f64`, and
/// [`num_complex::Complex`] of the last two.
pub trait Native: Element + Clone {
    /// Its dtype, in the byte order of this machine.
    fn dtype() -> Dtype;

    /// Whether items of this dtype lie in memory just so. `i64` is also what times are made of.
    fn fits(dtype: &Dtype) -> bool {
        *dtype == Self::dtype()
    }

    /// The bytes as items, if they are aligned and, for bools, all of them 0 or 1.
    fn view(bytes: &[u8]) -> Option<&[Self]>;

    /// The items as bytes.
    fn bytes(items: &[Self]) -> &[u8];
}

macro_rules! natives {
    ($($ty:ty, $text:literal, $fits:expr;)*) => { $(
        impl Native for $ty {
            fn dtype() -> Dtype {
                let kind = const { kind($text) };
                Dtype::plain(kind, size_of::<$ty>(), ByteOrder::NATIVE)
            }

            fn fits(dtype: &Dtype) -> bool {
                let also: fn(&Dtype) -> bool = $fits;
                *dtype == Self::dtype() || also(dtype)
            }

            fn view(bytes: &[u8]) -> Option<&[Self]> {
                // Nothing lies anywhere.
                if bytes.is_empty() { Some(&[]) } else { bytemuck::checked::try_cast_slice(bytes).ok() }
            }

            fn bytes(items: &[Self]) -> &[u8] {
                bytemuck::cast_slice(items)
            }
        }
    )* };
}

natives! {
    bool, "b", |_| false;
    i8, "i", |_| false;
    i16, "i", |_| false;
    i32, "i", |_| false;
    i64, "i", |dtype| dtype.unit().is_some() && dtype.is_native();
    u8, "u", |_| false;
    u16, "u", |_| false;
    u32, "u", |_| false;
    u64, "u", |_| false;
    f16, "f", |_| false;
    f32, "f", |_| false;
    f64, "f", |_| false;
    Complex<f32>, "c", |_| false;
    Complex<f64>, "c", |_| false;
}

const fn kind(letter: &str) -> DtypeKind {
    match letter.as_bytes() {
        b"b" => DtypeKind::Bool,
        b"i" => DtypeKind::Int,
        b"u" => DtypeKind::UInt,
        b"f" => DtypeKind::Float,
        _ => DtypeKind::Complex,
    }
}

impl<'g> NdArray<'g> {
    /// The array where it lies, in the pickle or in its buffer. Nothing is copied.
    ///
    /// ```
    /// use brinery::{Options, types::numpy::NdArray};
    /// // pickle.dumps(numpy.array([[1, 2], [3, 4]], "u1", order="F"), 5, buffer_callback=…)
    /// let pickle = b"\x80\x05\x8c\x13numpy._core.numeric\x8c\x0b_frombuffer\x93(\x97\x8c\x05numpy\x8c\x05dtype\x93\
    ///     \x8c\x02u1\x89\x88\x87R(K\x03\x8c\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tbK\x02K\x02\x86\x8c\x01FtR.";
    /// let graph = Options::new().read_with_buffers(pickle, [&[1, 3, 2, 4][..]])?;
    /// let view = NdArray::from_value(graph.root())?.view::<u8>()?;
    /// assert_eq!(view, ndarray::array![[1, 2], [3, 4]].into_dyn());
    /// # Ok::<(), brinery::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dtype is not that of `T` in the byte order of this machine, if the bytes are not aligned to `T` (out-of-band
    /// buffers mostly are, the inside of a pickle only by chance), or had to be decoded. [`cow`](NdArray::cow) copies then.
    pub fn view<T: Native>(&self) -> Result<ArrayViewD<'g, T>> {
        if !T::fits(&self.dtype) {
            let found = &self.dtype;
            return Err(malformed(format!("{found} does not lie in memory as {} does", T::NAME)));
        }
        let bytes = self
            .borrowed_bytes()
            .ok_or_else(|| malformed("the bytes of the array had to be decoded".into()))?;
        let items = T::view(bytes)
            .ok_or_else(|| malformed(format!("the bytes of the array are not aligned as {} is", T::NAME)))?;
        ArrayViewD::from_shape(self.layout(), items).map_err(|error| malformed(error.to_string()))
    }

    /// A copy, in the same order in memory where nothing else lies between the items, whatever the byte order and alignment.
    ///
    /// # Errors
    /// The first item that `T` does not hold. See [`Element`].
    pub fn to_array<T: Element>(&self) -> Result<ArrayD<T>> {
        let array = match self.is_whole() {
            true => ArrayD::from_shape_vec(self.layout(), self.to_vec_in_memory_order()?),
            false => ArrayD::from_shape_vec(IxDyn(&self.shape), self.to_vec()?),
        };
        array.map_err(|error| malformed(error.to_string()))
    }

    /// A view if the bytes allow it, and a copy if not.
    ///
    /// # Errors
    /// As [`to_array`](NdArray::to_array).
    pub fn cow<T: Native>(&self) -> Result<CowArray<'g, T, IxDyn>> {
        match self.view() {
            Ok(view) => Ok(view.into()),
            Err(_) => self.to_array().map(Into::into),
        }
    }

    fn layout(&self) -> StrideShape<IxDyn> {
        if self.is_empty() {
            return IxDyn(&self.shape).into();
        }
        IxDyn(&self.shape).strides(IxDyn(&self.steps))
    }
}

impl Maker {
    /// An array of the crate `ndarray`, in Fortran order if that is how it lies in memory, else in C order.
    ///
    /// ```
    /// use brinery::{Builder, types::numpy::{Maker, NdArray}};
    /// let mut build = Builder::new();
    /// let array = ndarray::array![[1.0, 2.0], [3.0, 4.0]];
    /// let root = Maker::new().ndarray(&mut build, &array)?;
    /// let graph = build.finish(root);
    /// assert_eq!(NdArray::from_value(graph.root())?.to_array::<f64>()?, array.into_dyn());
    /// # Ok::<(), brinery::Error>(())
    /// ```
    pub fn ndarray<T: Native, D: Dimension>(
        &self,
        build: &mut Builder,
        array: &ArrayBase<impl Data<Elem = T>, D>,
    ) -> Result<Ref> {
        self.ndarray_as(build, &T::dtype(), array)
    }

    /// The same with another dtype of the same bytes: a `datetime64` or `timedelta64` of `i64`.
    ///
    /// # Errors
    /// A dtype that is another type in memory.
    pub fn ndarray_as<T: Native, D: Dimension>(
        &self,
        build: &mut Builder,
        dtype: &Dtype,
        array: &ArrayBase<impl Data<Elem = T>, D>,
    ) -> Result<Ref> {
        if !T::fits(dtype) {
            return Err(malformed(format!("{dtype} does not lie in memory as {} does", T::NAME)));
        }
        let shape = array.shape();
        if let Some(items) = array.as_slice() {
            return self.array(build, dtype, shape, Order::C, T::bytes(items));
        }
        if let Some(items) = array.t().as_slice() {
            return self.array(build, dtype, shape, Order::Fortran, T::bytes(items));
        }
        let items: Vec<T> = array.iter().cloned().collect();
        self.array(build, dtype, shape, Order::C, T::bytes(&items))
    }

    /// An array of strings, with the dtype `U` of the longest of them.
    ///
    /// # Errors
    /// If an item would be larger than 2³¹ - 1 bytes. NULs at the end of a string are refused, numpy would drop them.
    pub fn strings<T: AsRef<str>, D: Dimension>(
        &self,
        build: &mut Builder,
        array: &ArrayBase<impl Data<Elem = T>, D>,
    ) -> Result<Ref> {
        let longest = array.iter().map(|text| text.as_ref().chars().count()).max();
        // As numpy, which knows no strings without room.
        let dtype: Dtype = format!("U{}", longest.unwrap_or(0).max(1)).parse()?;
        let mut bytes = Vec::new();
        for text in array {
            let text = text.as_ref();
            if text.ends_with('\0') {
                return Err(malformed(format!("{text:?} would lose the NUL at its end")));
            }
            let start = bytes.len();
            bytes.extend(text.chars().flat_map(|char| u32::from(char).to_ne_bytes()));
            bytes.resize(start + dtype.itemsize, 0);
        }
        self.array(build, &dtype, array.shape(), Order::C, bytes)
    }
}

impl Element for f16 {
    const NAME: &'static str = "f16";

    fn from_item(item: &Item<'_>) -> Option<Self> {
        let value = item.as_f64()?;
        let near = f16::from_f64(value);
        (near.to_f64() == value || value.is_nan()).then_some(near)
    }

    fn decode(dtype: &Dtype, bytes: &[u8]) -> Option<Vec<Self>> {
        (dtype.is(&DtypeKind::Float, 2)).then(|| numbers(dtype, bytes, f16::from_le_bytes, f16::from_be_bytes))
    }
}

macro_rules! complex {
    ($($ty:ident $name:literal;)*) => { $(
        impl Element for Complex<$ty> {
            const NAME: &'static str = $name;

            fn from_item(item: &Item<'_>) -> Option<Self> {
                Some(match item {
                    Item::Complex(real, imaginary) => Complex::new(
                        Element::from_item(&Item::Float(*real))?,
                        Element::from_item(&Item::Float(*imaginary))?,
                    ),
                    _ => Complex::new(Element::from_item(item)?, 0.0),
                })
            }

            fn decode(dtype: &Dtype, bytes: &[u8]) -> Option<Vec<Self>> {
                let parts = || numbers(dtype, bytes, $ty::from_le_bytes, $ty::from_be_bytes);
                dtype.is(&DtypeKind::Complex, 2 * size_of::<$ty>()).then(|| {
                    parts().as_chunks::<2>().0.iter().map(|[real, imaginary]| Complex::new(*real, *imaginary)).collect()
                })
            }
        }
    )* };
}

complex! {
    f32 "Complex<f32>";
    f64 "Complex<f64>";
}
