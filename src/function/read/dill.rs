//! What dill writes.

use super::{Reader, callee::dill_type};
use crate::{
    Ref, Result,
    function::model::{Bytecode, Def, FunctionDef},
};

/// `_create_function(code, globals, name, defaults, closure, dict, kwdefaults)`
pub(super) fn create_function(reader: &mut Reader<'_>, at: Ref, args: &[Ref]) -> Result<()> {
    let [code, globals, rest @ ..] = args else {
        return Err(reader.malformed(at, "_create_function takes a code object and a dict of globals"));
    };
    if !reader.is_code(*code) {
        return Err(reader.malformed(at, "_create_function is called with what is not a code object"));
    }
    let namespace = reader.namespace(*globals);
    let mut def = FunctionDef::new(*code, namespace);
    let given = |index: usize| rest.get(index).copied().filter(|at| *at != Ref::NONE);
    def.name = given(0);
    def.defaults = given(1);
    if let Some(closure) = given(2) {
        def.closure = reader.closure(at, closure)?;
    }
    def.dict = given(3).and_then(|dict| reader.pairs(dict)).unwrap_or_default();
    def.kwdefaults = given(4);
    reader.defs.insert(at, Def::Function(Box::new(def)));
    Ok(())
}

/// `_create_code(...)`
pub(super) fn create_code(reader: &mut Reader<'_>, at: Ref, args: &[Ref]) -> Result<()> {
    if args.len() < 14 {
        return Err(reader.malformed(at, "_create_code has too few arguments"));
    }
    if let Some(args) = reader.args_of(at) {
        reader.add_code(at, Bytecode::Dill { args });
    }
    Ok(())
}

/// `_create_cell(value)`: `None` also stands for what is set later.
pub(super) fn create_cell(reader: &mut Reader<'_>, at: Ref, args: &[Ref]) -> Result<()> {
    super::cell::make(reader, at, if args.is_empty() { &[Ref::NONE] } else { args })
}

/// `_create_type(metaclass, name, bases, attributes)`
pub(super) fn create_type(reader: &mut Reader<'_>, at: Ref, args: &[Ref]) -> Result<()> {
    if let [metaclass, name, bases, attributes] = *args
        && let Some(def) = reader.class(metaclass, name, bases, attributes)
    {
        reader.defs.insert(at, Def::Class(Box::new(def)));
    }
    Ok(())
}

/// `_load_type(name)`
pub(super) fn load_type(reader: &mut Reader<'_>, at: Ref, args: &[Ref]) -> Result<()> {
    match args.first().and_then(|name| reader.text(*name)) {
        Some(name) => {
            reader.add_global(at, dill_type(name).module(), name);
            Ok(())
        }
        None => Err(reader.malformed(at, "_load_type takes a name")),
    }
}
