//! Well-known Python types as Rust values: one file a family.
//!
//! Each type reads every encoding that CPython 2.7 to 3.13 writes (`from_value`, or `as_date` and the like on
//! [`Value`]). A scalar has a text that loses nothing, by `Display` and `FromStr`.
//!
//! [`Value`]: crate::Value

mod array;
mod classes;
mod complex;
mod datetime;
mod decimal;
mod deques;
mod dicts;
mod exception;
mod foreign;
mod fraction;
mod int;
mod ip;
pub mod joblib;
mod made;
pub mod numpy;
pub mod pandas;
mod partial;
#[cfg(feature = "serde")]
mod parts;
mod path;
#[cfg(feature = "serde")]
pub mod py;
mod range;
mod recipe;
mod scalar;
mod shape;
pub mod sklearn;
#[cfg(feature = "serde")]
mod texts;
#[cfg(feature = "torch")]
pub mod torch;
#[cfg(feature = "serde")]
mod typed;
mod uuid;
mod wrappers;

pub use array::Array;
pub use classes::{EnumMember, Member, NamedTuple};
pub use complex::Complex;
pub use datetime::{Date, DateTime, Time, TimeDelta, TimeZone};
pub use decimal::{Decimal, DecimalKind};
pub use deques::Deque;
pub use dicts::{ChainMap, Counter, DefaultDict, OrderedDict};
pub use exception::Exception;
pub use fraction::Fraction;
pub use int::Integer;
pub use ip::{IpAddress, IpInterface, IpNetwork};
pub use partial::Partial;
pub use path::{Path, PathKind};
#[cfg(feature = "serde")]
pub use py::{AsPython, Py};
pub use range::{Range, RangeIter, Slice};
pub use recipe::Recipe;
#[cfg(feature = "serde")]
pub use typed::with::{bytearray, counter, deque, frozenset, list, ordered_dict, set, tuple};
pub use uuid::Uuid;
pub use wrappers::{ByteArray, FrozenSet, Ignored, Set, Tuple};

pub(crate) use made::{Made, class_path};
#[cfg(feature = "serde")]
#[allow(unused_imports)]
pub(crate) use parts::{Part, parts};
#[cfg(feature = "serde")]
pub(crate) use recipe::Object;
pub(crate) use recipe::split_path;
pub(crate) use shape::{Shape, known};
#[cfg(feature = "serde")]
pub(crate) use shape::{is_masked, shape};
#[cfg(feature = "serde")]
pub(crate) use texts::{is_scalar, recipe_of, text_of};
