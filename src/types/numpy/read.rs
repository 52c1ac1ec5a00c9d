//! Arrays from pickles: `_reconstruct` with a state, `_frombuffer`, `scalar`.

use super::{
    Data, Dtype, NdArray,
    array::{c_steps, fortran_steps},
    dtype::MOST_DIMENSIONS,
    malformed, text_of,
};
use crate::{Global, Items, Kind, Object, Result, Value};
use std::{borrow::Cow, fmt};

/// An array whose items take no bytes may claim any number of them; this many are believed.
const MOST_EMPTY: usize = 1 << 16;

/// The functions that make arrays.
enum Made {
    Reconstruct,
    Masked,
    Buffer,
    Scalar,
}

fn made(object: &Object<'_>) -> Option<Made> {
    let callable = object.callable().as_global()?;
    let module = callable.module.to_str()?;
    Some(match callable.name.to_str()? {
        "_reconstruct" if matches!(module, "numpy.core.multiarray" | "numpy._core.multiarray") => Made::Reconstruct,
        "scalar" if matches!(module, "numpy.core.multiarray" | "numpy._core.multiarray") => Made::Scalar,
        "_frombuffer" if matches!(module, "numpy.core.numeric" | "numpy._core.numeric") => Made::Buffer,
        "_mareconstruct" if matches!(module, "numpy.ma.core" | "numpy.ma") => Made::Masked,
        _ => return None,
    })
}

/// Whether it was made by one of numpy's functions for arrays.
pub(super) fn is_array(value: Value<'_>) -> bool {
    value.as_object().is_some_and(|object| made(&object).is_some())
}

/// Whether it is a scalar, or an array that says it has no axes. That takes no time, unlike to read it.
#[cfg(feature = "serde")]
pub(crate) fn has_no_axes(value: Value<'_>) -> bool {
    let Some(object) = value.as_object() else { return false };
    let empty = |value: Value<'_>| matches!(value.kind(), Kind::Tuple(axes) if axes.is_empty());
    match made(&object) {
        Some(Made::Scalar) => true,
        // Behind a version, mostly.
        Some(Made::Reconstruct | Made::Masked) => match object.state().map(|state| state.kind()) {
            Some(Kind::Tuple(items)) => items.iter().take(2).any(empty),
            _ => false,
        },
        Some(Made::Buffer) => object.args().get(2).is_some_and(empty),
        None => false,
    }
}

impl<'g> NdArray<'g> {
    /// The array or scalar that a value of a pickle stands for: as numpy 1 and 2 write it, in every protocol, in band
    /// and out of band. Nothing is copied.
    ///
    /// # Errors
    /// What is no array; an array whose shape, dtype and bytes do not fit together; more than 64 dimensions; an array
    /// in an out-of-band buffer that was not given; dtypes that [`Dtype::from_value`] refuses.
    pub fn from_value(value: Value<'g>) -> Result<Self> {
        let needed = || malformed(format!("an array is needed, found {}", value.type_name()));
        let object = value.as_object().ok_or_else(needed)?;
        match made(&object) {
            Some(Made::Reconstruct) => reconstructed(object, 0),
            Some(Made::Masked) => reconstructed(object, 2),
            Some(Made::Buffer) => from_buffer(object),
            Some(Made::Scalar) => scalar(object),
            None => Err(match object.callable().as_global() {
                Some(Global { module, name }) => malformed(format!("an array is needed, found {module:?}.{name:?}")),
                None => needed(),
            }),
        }
    }
}

impl<'g> NdArray<'g> {
    /// An array whose bytes lie elsewhere than in the pickle. An error if they are not as many as it needs.
    pub(crate) fn from_parts(
        dtype: Dtype,
        dimensions: Value<'_>,
        fortran: bool,
        bytes: &'g [u8],
        class: (&'g str, &'g str),
    ) -> Result<Self> {
        let shape = shape(dimensions, MOST_DIMENSIONS)?;
        let mut array = Parts { dtype, shape, class }.with_bytes(Cow::Borrowed(bytes))?;
        array.lay_out(fortran);
        Ok(array)
    }
}

/// How many items there are in an array of this shape.
pub(crate) fn item_count(dimensions: Value<'_>) -> Result<usize> {
    count(&shape(dimensions, MOST_DIMENSIONS)?)
}

fn argument<'g>(args: Items<'g>, index: usize) -> Result<Value<'g>> {
    let missing = || {
        malformed(format!(
            "argument {index} of the function that makes an array is missing"
        ))
    };
    args.get(index).ok_or_else(missing)
}

/// `_reconstruct(subtype, (0,), b'b')` and a state of `(version, shape, dtype, is_fortran, data)`; a masked array has
/// `extra` items more, its mask and its fill value.
fn reconstructed<'g>(object: Object<'g>, extra: usize) -> Result<NdArray<'g>> {
    let class = argument(object.args(), 0)?;
    let class = class
        .as_global()
        .and_then(|class| Some((class.module.to_str()?, class.name.to_str()?)));
    let class = class.ok_or_else(|| malformed("the class of an array is no global".into()))?;
    let state = object
        .state()
        .ok_or_else(|| malformed("an array has no state".into()))?;
    let wrong = || malformed("the state of an array is a tuple of its version, shape, dtype, order and data".into());
    let Kind::Tuple(mut items) = state.kind() else {
        return Err(wrong());
    };
    // The __setstate__ of some subclasses takes a tuple of the array's state and its own.
    if let Some(Kind::Tuple(inner)) = items.get(0).map(|item| item.kind())
        && inner.len() == 5
        && items.len() == 2
    {
        items = inner;
    }
    // Before numpy 1 there was no version.
    let first = match items.len().checked_sub(extra) {
        Some(4) => 0,
        Some(5..) => 1,
        _ => return Err(wrong()),
    };
    let get = |index: usize| items.get(first + index).ok_or_else(wrong);
    if first == 1 && !matches!(items.get(0).and_then(|version| version.as_i64()), Some(0 | 1)) {
        return Err(malformed("an array's state is of an unknown version".into()));
    }
    let dtype = Dtype::from_value(get(1)?)?;
    let shape = shape(get(0)?, MOST_DIMENSIONS)?;
    let fortran = get(2)?.as_i64().ok_or_else(wrong)? != 0;
    let mut array = Parts { dtype, shape, class }.with_data(get(3)?)?;
    array.lay_out(fortran);
    if extra > 0 {
        let needs = array.len().checked_mul(array.dtype.mask_size());
        let mask = get(4)?.as_bytes().filter(|mask| Some(mask.len()) == needs);
        array.mask = Some(mask.ok_or_else(|| malformed("the mask of an array does not fit its shape".into()))?);
        array.fill_value = items.get(first + 5);
    }
    Ok(array)
}

/// `_frombuffer(buffer, dtype, shape, order)`, and since numpy 2.3 the permutation of the axes.
fn from_buffer<'g>(object: Object<'g>) -> Result<NdArray<'g>> {
    let args = object.args();
    let dtype = Dtype::from_value(argument(args, 1)?)?;
    let shape = shape(argument(args, 2)?, MOST_DIMENSIONS)?;
    if dtype.has_objects() {
        return Err(malformed(format!(
            "{dtype} holds objects, which cannot lie in a buffer"
        )));
    }
    let class = ("numpy", "ndarray");
    let buffer = argument(args, 0)?;
    let mut array = Parts { dtype, shape, class }.with_data(buffer)?;
    array.readonly = matches!(buffer.kind(), Kind::Buffer { readonly: true, .. } | Kind::Bytes(_));
    match text_of(argument(args, 3)?).as_deref() {
        Some("C") => {}
        Some("F") => array.lay_out(true),
        Some("K") => array.permute(argument(args, 4)?)?,
        _ => return Err(malformed("the order of an array is neither C nor F nor K".into())),
    }
    Ok(array)
}

/// `scalar(dtype, data)`
fn scalar<'g>(object: Object<'g>) -> Result<NdArray<'g>> {
    let class = ("numpy", "generic");
    let dtype = Dtype::from_value(argument(object.args(), 0)?)?;
    let shape = Vec::new();
    // Records with objects in them come as an array of one item, itself without dimensions.
    if let Some(data) = object.args().get(1)
        && dtype.has_objects()
        && let Some(inner) = data.as_object()
        && let Some(Made::Reconstruct) = made(&inner)
    {
        let array = reconstructed(inner, 0)?;
        if !array.shape.is_empty() || array.dtype != dtype {
            return Err(malformed("a scalar lies in an array of another dtype".into()));
        }
        return Ok(NdArray {
            class,
            scalar: true,
            ..array
        });
    }
    let mut array = Parts { dtype, shape, class }.with_data(argument(object.args(), 1)?)?;
    array.scalar = true;
    Ok(array)
}

struct Parts<'g> {
    dtype: Dtype,
    shape: Vec<usize>,
    class: (&'g str, &'g str),
}

impl<'g> Parts<'g> {
    /// An array in C order.
    fn with_data(self, value: Value<'g>) -> Result<NdArray<'g>> {
        if !self.dtype.has_objects() {
            return self.with_bytes(bytes(value)?);
        }
        let count = count(&self.shape)?;
        let items = match value.kind() {
            Kind::List(items) => items,
            _ => {
                let found = value.type_name();
                return Err(malformed(format!("{self} is made of a list, not {found}")));
            }
        };
        if items.len() != count {
            let found = items.len();
            return Err(malformed(format!("{self} has {count} items, found {found}")));
        }
        Ok(self.with(Data::Objects(items)))
    }

    /// An array in C order.
    fn with_bytes(self, bytes: Cow<'g, [u8]>) -> Result<NdArray<'g>> {
        let count = count(&self.shape)?;
        let size = self.dtype.itemsize();
        if self.dtype.has_objects() || count.checked_mul(size) != Some(bytes.len()) {
            let found = bytes.len();
            return Err(malformed(format!(
                "{self} needs {count} times {size} bytes, found {found}"
            )));
        }
        if size == 0 && count > MOST_EMPTY {
            return Err(malformed(format!("{self} has no bytes, but too many items")));
        }
        Ok(self.with(Data::Bytes(bytes)))
    }

    fn with(self, data: Data<'g>) -> NdArray<'g> {
        let Parts { dtype, shape, class } = self;
        NdArray {
            steps: c_steps(&shape),
            dtype,
            shape,
            data,
            class,
            fortran: false,
            scalar: false,
            readonly: false,
            mask: None,
            fill_value: None,
        }
    }
}

impl fmt::Display for Parts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "an array of shape {} and dtype {}",
            super::text::Shape(&self.shape),
            self.dtype
        )
    }
}

impl NdArray<'_> {
    /// The items lie with the first index running fastest, if `fortran`. Those of a list do not, whatever numpy says.
    fn lay_out(&mut self, fortran: bool) {
        self.fortran = fortran && self.ndim() > 1;
        if fortran && matches!(self.data, Data::Bytes(_)) {
            self.steps = fortran_steps(&self.shape);
        }
    }

    /// The axes change places: axis `i` of the array is axis `axes[i]` of what lies in memory.
    fn permute(&mut self, axes: Value<'_>) -> Result<()> {
        let axes = shape(axes, MOST_DIMENSIONS)?;
        let mut seen = vec![false; self.ndim()];
        for axis in &axes {
            match seen.get_mut(*axis) {
                Some(seen @ false) => *seen = true,
                _ => return Err(malformed("the axes of an array are no permutation".into())),
            }
        }
        if axes.len() != self.ndim() {
            return Err(malformed("the axes of an array are not as many as it has".into()));
        }
        let (shape, steps) = (&self.shape, &self.steps);
        let shape = axes.iter().filter_map(|axis| shape.get(*axis)).copied().collect();
        let steps = axes.iter().filter_map(|axis| steps.get(*axis)).copied().collect();
        (self.shape, self.steps) = (shape, steps);
        Ok(())
    }
}

/// The bytes of a bytes, bytearray or out-of-band buffer; text is taken as Latin-1, as numpy does with that of Python
/// 2.
pub(super) fn bytes(value: Value<'_>) -> Result<Cow<'_, [u8]>> {
    match value.kind() {
        Kind::Bytes(bytes) | Kind::ByteArray(bytes) => Ok(Cow::Borrowed(bytes)),
        Kind::Buffer { bytes: Some(bytes), .. } => Ok(Cow::Borrowed(bytes)),
        Kind::Buffer { index, bytes: None, .. } => Err(crate::ErrorKind::MissingBuffer(index).into()),
        Kind::Str(text) => {
            let latin1 = text
                .to_str()
                .and_then(|text| text.chars().map(|char| u8::try_from(char).ok()).collect());
            let bytes: Vec<u8> =
                latin1.ok_or_else(|| malformed("the data of an array is text that is not Latin-1".into()))?;
            Ok(Cow::Owned(bytes))
        }
        _ => Err(malformed(format!(
            "the data of an array is bytes, not {}",
            value.type_name()
        ))),
    }
}

/// A length or an offset.
pub(super) fn length(value: Value<'_>) -> Result<usize> {
    let found = || malformed(format!("a length or offset is needed, found {value}"));
    match value.kind() {
        Kind::Int(_) => value
            .as_i64()
            .and_then(|value| usize::try_from(value).ok())
            .ok_or_else(found),
        _ => Err(malformed(format!(
            "a length or offset is needed, found {}",
            value.type_name()
        ))),
    }
}

/// A shape: a tuple of lengths. (Lists are taken, too.)
pub(super) fn shape(value: Value<'_>, most: usize) -> Result<Vec<usize>> {
    let (Kind::Tuple(items) | Kind::List(items)) = value.kind() else {
        return Err(malformed(format!("a shape is a tuple, not {}", value.type_name())));
    };
    if items.len() > most {
        return Err(malformed(format!("{} dimensions are too many", items.len())));
    }
    items.iter().map(length).collect()
}

/// How many items a shape has. The product of what is not 0 must fit as well, or strides would not.
pub(super) fn count(shape: &[usize]) -> Result<usize> {
    let all = shape.iter().filter(|len| **len > 0).try_fold(1_usize, |all, len| {
        all.checked_mul(*len).filter(|all| isize::try_from(*all).is_ok())
    });
    match all {
        Some(_) if shape.contains(&0) => Ok(0),
        Some(all) => Ok(all),
        None => Err(malformed(format!(
            "the shape {} has too many items",
            super::text::Shape(shape)
        ))),
    }
}
