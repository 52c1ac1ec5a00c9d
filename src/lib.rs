//! Read and write every Python pickle, exactly, from Rust.

mod arg;
mod emit;
mod error;
mod graph;
mod heap;
mod limits;
mod machine;
mod memo;
mod names;
mod number;
mod opcode;
mod ops;
mod options;
mod printable;
mod text;

pub use emit::{BuildStep, Emitter, Head, Reduce, Settings, Source, Spell, View};
pub use error::{Error, ErrorKind, Result};
pub use graph::{
    Call, Deed, DeedKind, Entries, Global, Graph, Items, ItemsIter, Key, Kind, Object, Ref, Repr, Role, Step, Str,
    Value, Visit, Walk,
};
pub use heap::Heap;
pub use limits::Limits;
pub use machine::{Machine, Rules};
pub use num_bigint::BigInt;
pub use number::Parsed as Int;
pub use opcode::{Info, Op};
pub use ops::{Failure, Input, Ops};
pub use options::{Encoding, Extensions, Options, Python};
pub use text::Text;
