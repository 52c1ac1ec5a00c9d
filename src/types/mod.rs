//! Well-known Python types as Rust values: one file a family.

mod array;
mod classes;
mod deque;
mod dicts;
mod exception;
mod made;
mod partial;
mod range;
mod recipe;
mod shape;
mod wrappers;

pub use array::Array;
pub use classes::{EnumMember, Member, NamedTuple};
pub use deque::Deque;
pub use dicts::{ChainMap, Counter, DefaultDict, OrderedDict};
pub use exception::Exception;
pub use partial::Partial;
pub use range::{Range, RangeIter, Slice};
pub use recipe::Recipe;
pub(crate) use shape::{Shape, shape};
pub use wrappers::{ByteArray, FrozenSet, Ignored, Set, Tuple};
