//! `#[serde(with = "brinery::types::numpy")]`: arrays of the crate `ndarray` as fields.

use super::{
    Data as Items, Dtype, Element, Maker, Native, NdArray, Order, array::c_steps, array::fortran_steps, read::count,
};
use crate::{
    Builder,
    serde::{
        faces::{self, Faces},
        parts::{self, FromParts, next},
        token,
    },
};
use ndarray::{Array, ArrayBase, ArrayD, ArrayView, ArrayViewD, Axis, Data, Dimension, IxDyn};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{DeserializeSeed, Error, IntoDeserializer, SeqAccess, Unexpected, Visitor},
};
use std::{borrow::Cow, fmt, marker::PhantomData};

/// For `#[serde(with = "brinery::types::numpy")]`: writes an array as a numpy array; in other formats, as a sequence of
/// sequences.
///
/// ```
/// # #[cfg(feature = "derive")] {
/// use ndarray::{Array2, array};
/// #[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
/// struct Layer {
///     #[serde(with = "brinery::types::numpy")]
///     weights: Array2<f32>,
/// }
/// let layer = Layer { weights: array![[1.0, 2.0], [3.0, 4.0]] };
/// let bytes = brinery::to_vec(&layer)?;
/// assert_eq!(brinery::from_slice::<Layer>(&bytes)?, layer);
/// let text = serde_json::to_string(&layer).unwrap();
/// assert_eq!(text, r#"{"weights":[[1.0,2.0],[3.0,4.0]]}"#);
/// assert_eq!(serde_json::from_str::<Layer>(&text).unwrap(), layer);
/// # }
/// # Ok::<(), brinery::Error>(())
/// ```
pub fn serialize<T, D, A, S>(array: &ArrayBase<A, D>, serializer: S) -> Result<S::Ok, S::Error>
where
    T: Native + Serialize,
    D: Dimension,
    A: Data<Elem = T>,
    S: Serializer,
{
    faces::serialize(&Whole(array.view()), serializer)
}

/// For `#[serde(with = "brinery::types::numpy")]`: reads an array from a numpy array whose items `T` holds (see
/// [`Element`]), or from a sequence of sequences of one length.
///
/// # Errors
/// Another number of axes than `D` has, and rows of several lengths.
pub fn deserialize<'de, T, D, S>(deserializer: S) -> Result<Array<T, D>, S::Error>
where
    T: Element + Deserialize<'de>,
    D: Dimension,
    S: Deserializer<'de>,
{
    let Read(array, _) = parts::deserialize::<Read<T, D>, S>(deserializer)?;
    let axes = array.ndim();
    let fits = array.into_dimensionality();
    fits.map_err(|_| S::Error::invalid_length(axes, &&*format!("an array of {:?} axes", D::NDIM.unwrap_or_default())))
}

struct Whole<'a, T, D>(ArrayView<'a, T, D>);

impl<T: Native + Serialize, D: Dimension> Faces for Whole<'_, T, D> {
    fn plain<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Rows(self.0.view().into_dyn()).serialize(serializer)
    }

    /// As numpy does up to protocol 4, which it reads in all.
    fn object<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut build = Builder::new();
        let made = Maker::new().protocol(4).numpy(1, 26).ndarray(&mut build, &self.0);
        let made = made.map_err(serde::ser::Error::custom)?;
        build.finish(made).serialize(serializer)
    }
}

struct Rows<'a, T>(ArrayViewD<'a, T>);

impl<T: Serialize> Serialize for Rows<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.first() {
            Some(item) if self.0.ndim() == 0 => item.serialize(serializer),
            _ => serializer.collect_seq(self.0.axis_iter(Axis(0)).map(Rows)),
        }
    }
}

/// An array that is read, of as many axes as the second type has.
struct Read<T, D>(ArrayD<T>, PhantomData<D>);

impl<'de, T: Element + Deserialize<'de>, D: Dimension> FromParts<'de> for Read<T, D> {
    const TOKEN: &'static str = token::NDARRAY;
    const NAME: &'static str = "an array";

    fn from_parts<A: SeqAccess<'de>>(mut parts: A) -> Result<Self, A::Error> {
        let (dtype, shape, fortran): (String, String, u64) = (next(&mut parts)?, next(&mut parts)?, next(&mut parts)?);
        let Bytes(bytes) = next(&mut parts)?;
        let dtype: Dtype = dtype.parse().map_err(A::Error::custom)?;
        let shape: Result<Vec<usize>, _> = shape.split_terminator(',').map(str::parse).collect();
        let shape = shape.map_err(A::Error::custom)?;
        let needs = count(&shape).map_err(A::Error::custom)?.checked_mul(dtype.itemsize);
        if needs != Some(bytes.len()) {
            return Err(A::Error::custom("the bytes of an array do not fit its shape"));
        }
        let steps = if fortran == 0 {
            c_steps(&shape)
        } else {
            fortran_steps(&shape)
        };
        let array = NdArray {
            dtype,
            shape,
            steps,
            data: Items::Bytes(Cow::Owned(bytes)),
            class: ("numpy", "ndarray"),
            fortran: fortran != 0,
            scalar: false,
            readonly: false,
            mask: None,
            fill_value: None,
        };
        let array = array.to_array().map_err(A::Error::custom)?;
        Ok(Read(array, PhantomData))
    }

    fn from_plain<S: Deserializer<'de>>(deserializer: S) -> Result<Self, S::Error> {
        let mut items = Vec::new();
        if let Some(axes) = D::NDIM {
            let mut shape = vec![None; axes];
            let level = Level {
                axes,
                shape: &mut shape,
                items: &mut items,
            };
            level.deserialize(deserializer)?;
            let shape: Vec<usize> = shape.into_iter().map(Option::unwrap_or_default).collect();
            let array = ArrayD::from_shape_vec(IxDyn(&shape), items).map_err(S::Error::custom)?;
            return Ok(Read(array, PhantomData));
        }
        let tree = deserializer.deserialize_any(Nested(PhantomData))?;
        let mut shape = Vec::new();
        let mut at = &tree;
        while let Tree::Branch(rows) = at {
            shape.push(rows.len());
            let Some(first) = rows.first() else { break };
            at = first;
        }
        tree.flatten(&shape, &mut items)
            .map_err(|len| S::Error::invalid_length(len, &ONE_LENGTH))?;
        let array = ArrayD::from_shape_vec(IxDyn(&shape), items).map_err(S::Error::custom)?;
        Ok(Read(array, PhantomData))
    }
}

/// What the object's parts are, for those that are asked for by [`token::NDARRAY`]: dtype, lengths with commas behind
/// them, whether it is in Fortran order, and the bytes. Objects, permuted axes and masked items are read as
/// plain data.
pub(crate) fn parts_of(array: &NdArray<'_>) -> Option<(String, String, bool, Vec<u8>)> {
    let bytes = array.bytes()?;
    let masked = array.mask().is_some_and(|mask| mask.iter().any(|masked| *masked != 0));
    if masked || array.order() == Order::Permuted || array.dtype().as_record().is_some() {
        return None;
    }
    let shape = array.shape().iter().map(|len| format!("{len},")).collect();
    let fortran = array.order() == Order::Fortran;
    Some((array.dtype().to_string(), shape, fortran, bytes.to_vec()))
}

struct Bytes(Vec<u8>);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_byte_buf(BytesVisitor)
    }
}

struct BytesVisitor;

impl Visitor<'_> for BytesVisitor {
    type Value = Bytes;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Bytes, E> {
        Ok(Bytes(bytes.to_vec()))
    }

    fn visit_byte_buf<E: Error>(self, bytes: Vec<u8>) -> Result<Bytes, E> {
        Ok(Bytes(bytes))
    }
}

const ONE_LENGTH: &str = "rows of one length";

/// Sequences of sequences, as deep as there are axes.
struct Level<'a, T> {
    /// How many axes there are in all.
    axes: usize,
    /// The lengths of those that are left, as far as they are known.
    shape: &'a mut [Option<usize>],
    items: &'a mut Vec<T>,
}

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for Level<'_, T> {
    type Value = ();

    fn deserialize<S: Deserializer<'de>>(self, deserializer: S) -> Result<(), S::Error> {
        if !self.shape.is_empty() {
            return deserializer.deserialize_seq(self);
        }
        self.items.push(T::deserialize(deserializer)?);
        Ok(())
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Level<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an array of {} axes", self.axes)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<(), A::Error> {
        let Level { axes, shape, items } = self;
        let Some((len, shape)) = shape.split_first_mut() else {
            return Ok(());
        };
        let mut found = 0;
        while let Some(()) = rows.next_element_seed(Level { axes, shape, items })? {
            found += 1;
        }
        if *len.get_or_insert(found) != found {
            return Err(A::Error::invalid_length(found, &ONE_LENGTH));
        }
        Ok(())
    }
}

/// Sequences of sequences, as deep as they come. The deserializer bounds how deep that is.
enum Tree<T> {
    Branch(Vec<Tree<T>>),
    Leaf(T),
}

impl<T> Tree<T> {
    /// The leaves in order; or the length that is not that of the first row.
    fn flatten(self, shape: &[usize], items: &mut Vec<T>) -> Result<(), usize> {
        match (self, shape) {
            (Tree::Leaf(item), []) => {
                items.push(item);
                Ok(())
            }
            (Tree::Branch(rows), [len, shape @ ..]) if rows.len() == *len => {
                rows.into_iter().try_for_each(|row| row.flatten(shape, items))
            }
            (Tree::Branch(rows), _) => Err(rows.len()),
            (Tree::Leaf(_), _) => Err(0),
        }
    }
}

struct Nested<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Tree<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Nested(PhantomData))
    }
}

macro_rules! leaves {
    ($($method:ident($ty:ty);)*) => { $(
        fn $method<E: Error>(self, value: $ty) -> Result<Self::Value, E> {
            T::deserialize(value.into_deserializer()).map(Tree::Leaf)
        }
    )* };
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Nested<T> {
    type Value = Tree<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    leaves! {
        visit_bool(bool);
        visit_i64(i64);
        visit_u64(u64);
        visit_f64(f64);
        visit_str(&str);
        visit_string(String);
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Err(E::invalid_type(Unexpected::Unit, &self))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<Self::Value, A::Error> {
        let mut all = Vec::new();
        while let Some(row) = rows.next_element()? {
            all.push(row);
        }
        Ok(Tree::Branch(all))
    }
}
