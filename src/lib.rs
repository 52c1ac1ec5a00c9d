//! Read and write every Python pickle, exactly, from Rust.
//!
//! Nothing in a pickle is executed, and no Python is needed. One engine serves every use:
//!
//! ```text
//! bytes ──opcode table──▶ Op<'a> ──machine──▶ trait Heap   ◀ impl: Graph │ live Python objects │ …
//! bytes ◀─opcode table── Op<'_> ◀──emitter── trait Source  ◀ impl: Graph │ live Python objects │ …
//! ```
//!
//! # Doors
//!
//! - **Read**: [`Graph::from_slice`], or [`Options`] with its settings for slices, readers, streams and buffers. A
//!   [`Graph`] keeps sharing, cycles, order, unknown classes and calls; [`Value`] is the handle to look at it with, and
//!   prints as Python's `repr`.
//! - **Write**: [`Graph::to_vec`] or [`Options::write`] gives CPython's own bytes in any protocol. [`Builder`] and
//!   [`pickle!`] make graphs from Rust.
//! - **Pickles in pickles**: [`Splice`] puts pickles of any protocol into another one, unread; [`task`] does so with
//!   functions by value and their arguments, for Python workers, and reads what they send back.
//! - **Coming from serde-pickle**: [`compat`] has its names, signatures and results.
//! - **Functions by value**: [`function::Functions`] reads what cloudpickle and its like wrote, [`function::Rewire`] writes
//!   it in another wire, [`function::FunctionBuilder`] and [`function::PycModule`] make functions without a Python; with the
//!   feature `source` there is `Function::from_source`.
//! - **Code objects**: [`function::Code`] reads, checks and disassembles them; [`marshal`] reads and writes `.pyc` files.
//! - **Untrusted pickles**: `scan` (feature `scan`) judges pickles without loading them, `Options::allow` holds reading to a
//!   policy, [`trace`] writes a pickle as the program that it amounts to.
//! - **Opcodes**: [`Ops`] iterates over a stream, [`Info`] is the table.
//! - **Hooks**: [`hooks`] has the say in what is written for an object, and in what an import or a call means.
//! - **Your own objects**: [`Machine`] drives any [`Heap`], [`Emitter`] writes any [`Source`].
//!
//! ```
//! use brinery::{Graph, Options, pickle};
//! let graph = pickle!({"name": "lamp", "sizes": [1, 2]});
//! let bytes = Options::new().protocol(4).write(&graph)?;
//! let again = Graph::from_slice(&bytes)?;
//! assert_eq!(again.root().at("sizes.1").and_then(|size| size.as_i64()), Some(2));
//! assert_eq!(again.to_vec()?, bytes);
//! # Ok::<(), brinery::Error>(())
//! ```
//!
//! # Untrusted input
//!
//! Any bytes may be given to any door. They are read or refused with an [`Error`] that names the byte and the opcode; a
//! panic, an abort or a hang is a bug. Nothing recurses on the depth of the input, lengths in the input allocate nothing
//! ahead of its bytes, and [`Limits`] bounds the rest. A graph that was read says what the pickle *would* do when Python
//! loads it, in [`Graph::deeds`]; that it could be read says nothing about whether loading it is safe.
//!
//! # Source
//!
//! The format is that of Python's `pickle` (PEP 307, 3154, 574 and `Modules/_pickle.c`), whose C pickler and unpickler are
//! the oracle of the tests.

#[cfg(feature = "archive")]
pub mod archive;
mod arg;
#[cfg(feature = "serde")]
pub mod compat;
mod dis;
mod emit;
mod error;
pub mod function;
mod graph;
mod heap;
pub mod hooks;
mod json;
mod limits;
mod machine;
pub mod marshal;
mod memo;
mod modules;
mod names;
mod number;
mod opcode;
mod ops;
mod optimize;
mod options;
mod pickletools;
mod printable;
mod reader;
mod reduce;
#[cfg(feature = "scan")]
pub mod scan;
#[cfg(feature = "serde")]
mod serde;
#[cfg(feature = "serde-pickle")]
mod serde_pickle;
mod settings;
mod splice;
mod stream;
mod supply;
#[cfg(feature = "task")]
pub mod task;
mod text;
mod trace;
pub mod types;

#[cfg(feature = "serde")]
pub use self::serde::ser::{self, Serializer, to_graph, to_vec, to_writer};
pub use dis::{DisOptions, Disassembler, dis};
pub use emit::{Emitter, Filling, Head, Nested, Number, Open, Run, Settings, Source, Spell, Tupling, View};
pub use error::{Error, ErrorKind, Result};
pub use graph::{
    Build, Builder, Deed, DeedKind, Dot, Entries, Global, Graph, Items, ItemsIter, Key, Kind, Object, PyKey, Ref, Repr,
    Role, Step, Str, Value, Visit, Walk,
};
pub use heap::Heap;
pub use json::{JsonOptions, Misfit, MisfitKind};
pub use limits::Limits;
pub use machine::{Machine, Rules};
pub use num_bigint::BigInt;
pub use number::Parsed as Int;
pub use opcode::{Info, Op};
pub use ops::{Failure, Input, Ops};
pub use optimize::optimize;
pub use options::Options;
pub use reader::Reader;
pub use reduce::{BuildStep, Call, Reduce};
#[cfg(feature = "derive")]
pub use serde::PyClass;
#[cfg(feature = "serde")]
pub use serde::de::{
    self, Deserializer, StreamDeserializer, from_graph, from_reader, from_slice, from_value, take_from_slice,
};
#[cfg(feature = "serde")]
pub use serde::{Instance, Shared, shared};
#[cfg(feature = "serde")]
pub use settings::EnumShape;
pub use settings::{Encoding, Extensions, Python};
pub use splice::{Content, Exact, Part, Pickle, Splice, With};
pub use stream::{Pickles, Stream};
pub use supply::Supply;
pub use text::Text;
pub use trace::trace;

/// What the derive macro's code calls. No part of the interface.
#[cfg(feature = "derive")]
#[doc(hidden)]
pub mod __private {
    pub use crate::serde::{
        flat::{Flat, write_flat},
        members::{Member, MemberValue, read_member, write_member},
    };
    pub use ::serde;
}

#[cfg(all(doctest, feature = "serde"))]
#[doc = include_str!("../README.md")]
struct Readme;

#[cfg(all(doctest, feature = "scan"))]
#[doc = include_str!("../docs/untrusted.md")]
struct Untrusted;

#[cfg(doctest)]
#[doc = include_str!("../docs/hooks.md")]
struct Hooks;

#[cfg(all(doctest, feature = "serde"))]
#[doc = include_str!("../docs/from-serde-pickle.md")]
struct FromSerdePickle;
