//! How to read and write, as serde-pickle's builders say it.

use super::{
    error::Result,
    plain::Context,
    tree::{self, Tree},
    value::Value,
};
use crate::{Encoding, Options, machine::Rules};
use std::sync::LazyLock;

/// How deep a [`Value`] that is read may be nested: trees are dropped, compared and printed by recursion.
pub const MAX_DEPTH: usize = 1000;
/// How deep what is read into Rust's types may be nested. Each level takes some kilobytes of stack when the program is
/// not optimized; threads have two megabytes.
pub const MAX_TYPED_DEPTH: usize = 250;

/// How to read.
#[derive(Clone, Debug, Default)]
pub struct DeOptions {
    pub(super) decode_strings: bool,
    pub(super) keep_restore_state: bool,
    pub(super) replace_unresolved_globals: bool,
    pub(super) replace_recursive_structures: bool,
}

impl DeOptions {
    /// The defaults: Python 2 strings are bytes, an instance without state is an empty dict, and classes, functions and
    /// recursion are errors.
    pub fn new() -> Self {
        DeOptions::default()
    }

    /// Decodes the strings of Python 2 as UTF-8.
    pub fn decode_strings(mut self) -> Self {
        self.decode_strings = true;
        self
    }

    /// An instance without state is the tuple of the arguments it is made with, where that would be lost otherwise.
    pub fn keep_restore_state(mut self) -> Self {
        self.keep_restore_state = true;
        self
    }

    /// What stands for no data, such as a class, is `None`.
    pub fn replace_unresolved_globals(mut self) -> Self {
        self.replace_unresolved_globals = true;
        self
    }

    /// Where a value contains itself there is a `None`.
    pub fn replace_recursive_structures(mut self) -> Self {
        self.replace_recursive_structures = true;
        self
    }

    /// A value of a graph as a tree. Only here: serde-pickle has no graphs.
    ///
    /// ```
    /// use brinery::compat::DeOptions;
    /// let graph = brinery::Graph::from_slice(b"]q\0(h\0K\x01e.")?; // a list that contains itself, and 1
    /// let value = DeOptions::new().replace_recursive_structures().value_of(graph.root())?;
    /// assert_eq!(value.to_string(), "[None, 1]");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn value_of(&self, value: crate::Value<'_>) -> Result<Value> {
        self.unfold(value)
    }

    pub(crate) fn unfold<T: Tree>(&self, value: crate::Value<'_>) -> Result<T> {
        tree::unfold(value, &Context::new(value.graph, self, MAX_DEPTH))
    }

    /// The engine's options that these amount to.
    pub(super) fn engine(&self) -> &'static Options {
        static BYTES: LazyLock<Options> = LazyLock::new(|| engine(Encoding::Bytes));
        static UTF8: LazyLock<Options> = LazyLock::new(|| engine(Encoding::Utf8));
        if self.decode_strings { &UTF8 } else { &BYTES }
    }
}

/// Frames are for Python's reader; serde-pickle never looked at them.
fn engine(encoding: Encoding) -> Options {
    Options::new().encoding(encoding).rules(Rules::Classic)
}

/// The protocols that can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum PickleProto {
    /// Protocol 2, for Python 2 and 3.
    V2,
    /// Protocol 3, for Python 3.
    #[default]
    V3,
}

/// How to write.
#[derive(Clone, Debug, Default)]
pub struct SerOptions {
    pub(super) proto: PickleProto,
    pub(super) compat_enum_repr: bool,
}

impl SerOptions {
    /// The defaults: protocol 3, and enums as other formats have them.
    pub fn new() -> Self {
        SerOptions::default()
    }

    /// Writes protocol 2.
    pub fn proto_v2(mut self) -> Self {
        self.proto = PickleProto::V2;
        self
    }

    /// Writes enums as tuples. Reading accepts both.
    ///
    /// | variant | default | as tuples |
    /// |---|---|---|
    /// | `Unit` | `'Unit'` | `('Unit',)` |
    /// | `New(1)` | `{'New': 1}` | `('New', 1)` |
    /// | `Tuple(1, 2)` | `{'Tuple': [1, 2]}` | `('Tuple', [1, 2])` |
    /// | `Struct { x: 1 }` | `{'Struct': {'x': 1}}` | `('Struct', {'x': 1})` |
    pub fn compat_enum_repr(mut self) -> Self {
        self.compat_enum_repr = true;
        self
    }
}
