//! numpy's arrays, scalars and dtypes.
//!
//! [`NdArray`] reads an array out of a graph, whichever numpy wrote it, and in whichever protocol; its bytes are
//! borrowed from the pickle or from an out-of-band buffer. [`Maker`] writes arrays as numpy does.
//!
//! ```
//! use brinery::{Builder, Graph, Options, types::numpy::{Dtype, Maker, NdArray, Order}};
//! // Write what `pickle.dumps(numpy.array([[1, 2, 3], [4, 5, 6]], dtype="<i2"), 4)` gives.
//! let mut build = Builder::new();
//! let bytes: Vec<u8> = (1..=6_i16).flat_map(i16::to_le_bytes).collect();
//! let root = Maker::new().protocol(4).array(&mut build, &"<i2".parse()?, &[2, 3], Order::C, bytes)?;
//! let pickle = Options::new().protocol(4).write(&build.finish(root))?;
//! // Read it again.
//! let graph = Graph::from_slice(&pickle)?;
//! let array = NdArray::from_value(graph.root())?;
//! assert_eq!((array.shape(), array.dtype()), (&[2, 3][..], &"<i2".parse::<Dtype>()?));
//! assert_eq!(array.to_vec::<i16>()?, [1, 2, 3, 4, 5, 6]);
//! assert_eq!(array.get(&[1, 0]).and_then(|item| item.as_i64()), Some(4));
//! # Ok::<(), brinery::Error>(())
//! ```
//!
//! Typed reading ([`from_slice`](crate::from_slice)) takes arrays as numpy's `tolist()` does: rows and subarrays are
//! sequences, records are tuples or structs, and what is masked or `NaT` is `None`. A `datetime64` is the text of a date
//! (units of days and longer) or of a datetime, which the types of [`types`](crate::types), chrono and jiff read. A
//! `timedelta64` is what a `timedelta` is: its seconds as a float, and for those types and [`Duration`](std::time::Duration)
//! its length. That holds for nanoseconds, too, which `item()` only counts; types that hold them get them exactly, and
//! others refuse them. An int that is asked for is the number of units, which is also what is handed over where there is
//! no such date or length.
//!
//! With the feature `ndarray`, arrays are views (`NdArray::view`) of the pickle's own bytes or
//! copies (`NdArray::to_array`) in the types of the crate `ndarray`, and are written from them.

mod array;
mod dtype;
mod dtype_read;
mod element;
mod field;
mod item;
mod iter;
mod make;
mod make_dtype;
#[cfg(feature = "ndarray")]
mod nd;
#[cfg(feature = "serde")]
mod part;
mod read;
#[cfg(test)]
mod tests;
mod text;
#[cfg(feature = "serde")]
mod time;
#[cfg(all(feature = "ndarray", feature = "serde"))]
mod typed;

pub use array::{Data, NdArray, Order};
pub use dtype::{ByteOrder, Dtype, DtypeKind, Record};
pub use element::Element;
pub use field::{Field, TimeBase, TimeUnit};
pub use item::{Item, Ucs4};
pub use iter::Iter;
pub use make::Maker;
#[cfg(feature = "ndarray")]
pub use nd::Native;
#[cfg(feature = "serde")]
pub(crate) use part::{One, Part};
#[cfg(feature = "serde")]
pub(crate) use read::has_no_axes;
pub(crate) use read::item_count;
#[cfg(feature = "serde")]
pub(crate) use time::{Seconds, civil, described};
#[cfg(all(feature = "ndarray", feature = "serde"))]
pub(crate) use typed::parts_of;
#[cfg(all(feature = "ndarray", feature = "serde"))]
pub use typed::{deserialize, serialize};

use crate::{Error, ErrorKind, Kind, Value};
use std::borrow::Cow;

#[cold]
fn malformed(why: String) -> Error {
    // A dtype can be long, and names come from the input.
    let end = why.char_indices().nth(500).map_or(why.len(), |(end, _)| end);
    ErrorKind::Malformed(format!("numpy: {}", &why[..end]).into()).into()
}

/// The text of a str, or of a bytes from Python 2.
fn text_of(value: Value<'_>) -> Option<Cow<'_, str>> {
    match value.kind() {
        Kind::Str(text) => Some(Cow::Borrowed(text.to_str()?)),
        Kind::Bytes(bytes) => Some(Cow::Borrowed(str::from_utf8(bytes).ok()?)),
        _ => None,
    }
}

impl<'g> Value<'g> {
    /// A numpy array or scalar; `None` for anything else, and for an array that contradicts itself.
    /// [`NdArray::from_value`] says what is wrong.
    pub fn as_ndarray(self) -> Option<NdArray<'g>> {
        // Errors are made of text; most objects are no arrays.
        read::is_array(self).then(|| NdArray::from_value(self).ok()).flatten()
    }
}
