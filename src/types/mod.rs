//! Well-known Python types as Rust values: one file a family.

mod array;
mod classes;
mod deques;
mod dicts;
mod exception;
mod made;
mod partial;
#[cfg(feature = "serde")]
mod parts;
mod range;
mod recipe;
mod shape;
#[cfg(feature = "serde")]
mod typed;
mod wrappers;

pub use array::Array;
pub use classes::{EnumMember, Member, NamedTuple};
pub use deques::Deque;
pub use dicts::{ChainMap, Counter, DefaultDict, OrderedDict};
pub use exception::Exception;
pub use partial::Partial;
#[cfg(feature = "serde")]
#[allow(unused_imports)]
pub(crate) use parts::{Part, parts};
pub use range::{Range, RangeIter, Slice};
pub use recipe::Recipe;
pub(crate) use shape::{Shape, shape};
#[cfg(feature = "serde")]
pub use typed::with::{bytearray, counter, deque, frozenset, list, ordered_dict, set, tuple};
pub use wrappers::{ByteArray, FrozenSet, Ignored, Set, Tuple};
