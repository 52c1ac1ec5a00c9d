//! Functions by value: what cloudpickle and its like put into a pickle, read without a Python.
//!
//! Python's own pickle knows a function only by its name. Cluster tools therefore ship functions *by value*: code object,
//! cells, globals, and the classes they need. To the graph these are imports and calls like any others. This module is
//! a layer over the graph which says what they mean: [`Defs`].

mod ask;
mod builtins;
mod code;
mod model;
mod pyc;
mod read;
mod show;
#[cfg(feature = "source")]
mod source;
mod syntax;
mod text;
mod write;

pub use ask::{
    Attribute, AttributeKind, Class, FreeVariable, Function, Functions, Import, Parameter, ParameterKind, Signature,
    Uses, Words, Writer,
};
pub use code::{ArgValue, Code, CodeFlags, Handler, Instruction, Layout, Lines, Versions, global_uses};
pub use model::{
    Bytecode, CellDef, CellId, ClassDef, CodeDef, Def, Defs, EnumDef, FunctionDef, HelperDef, ModuleDef, NamespaceDef,
    NamespaceId, Pairs, Source, TypeVarDef, TypeVarKind,
};
pub use pyc::{PycFunction, PycItem, PycModule};
pub use show::Report;
#[cfg(feature = "source")]
pub use source::{FromSource, Nested, SourceFunction, SourceParameter};
pub use write::{COMPILER, FunctionBuilder, Rewire, Wire};
