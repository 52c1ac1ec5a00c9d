//! The doors of serde-pickle 1.2, with its names, signatures and results: change the import and nothing else.
//!
//! ```
//! use brinery::compat as serde_pickle;
//! use serde_pickle::{DeOptions, SerOptions, Value};
//! let bytes = serde_pickle::to_vec(&(1, "two"), SerOptions::new())?;
//! let value = serde_pickle::value_from_slice(&bytes, DeOptions::new())?;
//! assert_eq!(value, Value::Tuple(vec![Value::I64(1), Value::String("two".into())]));
//! # Ok::<(), serde_pickle::Error>(())
//! ```
//!
//! What is written is what serde-pickle writes, byte for byte. What serde-pickle reads is read with the same result;
//! what it documents but does wrong is done right:
//!
//! - An object met twice is shared, not recursive, and an instance met twice has its state both times.
//! - Ints above `i64::MAX` are read back, up to 128 bits into Rust's types and of any size into [`Value`].
//! - `OrderedDict`, `defaultdict`, `deque` and subclasses of `dict`, `list` and `set` are the data they hold.
//! - Python 2 literals with any escape, raw Unicode escapes, instances of OBJ, and memo indices used twice are read.
//! - Keys compare exactly: NaN is equal to itself, and ints and floats are not rounded to compare them.
//! - What is nested more than [`MAX_DEPTH`] deep ([`MAX_TYPED_DEPTH`] for Rust's types) and small inputs that unfold
//!   into immense trees are errors. Nothing overflows the stack.
//!
//! New code has more by the plain doors of this crate, which keep classes, sharing, cycles and order; `compat` has
//! only what serde-pickle's data model can say. The page `docs/from-serde-pickle.md` compares the doors one by one.

pub mod de;
pub mod error;
mod options;
mod order;
mod plain;
pub mod ser;
pub(crate) mod tree;
mod typed;
pub mod value;
mod write;

pub use de::{
    DeOptions, Deserializer, from_iter, from_reader, from_slice, value_from_iter, value_from_reader, value_from_slice,
};
pub use error::{Error, ErrorCode, Result};
pub use options::{MAX_DEPTH, MAX_TYPED_DEPTH};
pub use ser::{SerOptions, Serializer, to_vec, to_writer, value_to_vec, value_to_writer};
pub use value::{HashableValue, Value, from_value, to_value};
