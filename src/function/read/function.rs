//! Functions and bound methods, as they are made.

use super::Reader;
use crate::{
    Ref, Result,
    function::model::{CellDef, Def, FunctionDef},
};

/// `_make_function(code, globals, name, defaults, closure)`
pub(super) fn make_function(reader: &mut Reader<'_>, at: Ref, args: &[Ref]) -> Result<()> {
    if args.len() < 2 {
        return Err(reader.malformed(at, "_make_function takes a code object and a dict of globals"));
    }
    if !reader.is_code(args[0]) {
        return Err(reader.malformed(at, "_make_function is called with what is not a code object"));
    }
    function(reader, at, args)
}

/// `types.FunctionType(code, globals, name, defaults, closure)`: only what is called with a known code object.
pub(super) fn function_type(reader: &mut Reader<'_>, at: Ref, args: &[Ref]) -> Result<()> {
    match args {
        [code, _, ..] if reader.is_code(*code) => function(reader, at, args),
        _ => Ok(()),
    }
}

fn function(reader: &mut Reader<'_>, at: Ref, args: &[Ref]) -> Result<()> {
    if reader.is_code(args[1]) {
        return Err(reader.malformed(at, "a function is made with a code object for its dict of globals"));
    }
    let namespace = reader.namespace(args[1]);
    let mut def = FunctionDef::new(args[0], namespace);
    let given = |index: usize| args.get(index).copied().filter(|at| *at != Ref::NONE);
    def.name = given(2);
    def.defaults = given(3);
    def.closure = match given(4) {
        Some(closure) => reader.closure(at, closure)?,
        None => Vec::new(),
    };
    reader.defs.insert(at, Def::Function(Box::new(def)));
    Ok(())
}

/// `_make_skel_func(code, cells, globals)`, where the cells are counted or, up to cloudpickle 0.2, a list of what is in
/// them; below 0 and an empty list mean no closure.
pub(super) fn make_skeleton(reader: &mut Reader<'_>, at: Ref, args: &[Ref]) -> Result<()> {
    let (code, cells, base) = match *args {
        [code, cells] => (code, cells, Ref::NONE),
        [code, cells, base, ..] => (code, cells, base),
        _ => return Err(reader.malformed(at, "_make_skel_func takes a code object and a number of cells")),
    };
    if !reader.is_code(code) {
        return Err(reader.malformed(at, "_make_skel_func is called with what is not a code object"));
    }
    let namespace = reader.namespace(base);
    let mut def = FunctionDef::new(code, namespace);
    let values: Vec<Option<Ref>> = match (reader.graph.value(cells).as_i64(), reader.items(cells)) {
        (_, Some(values)) => reader.copied(values).into_iter().map(Some).collect(),
        (Some(count), None) => {
            // As many as the code has free variables, or Python fails: a count allocates nothing ahead of what is there.
            let free = reader.free_variables(code);
            if count >= 0 && count as u64 != free as u64 {
                return Err(reader.malformed(at, "_make_skel_func has another number of cells than its code"));
            }
            if !reader.copy(free) {
                return reader.check_copies();
            }
            vec![None; free.min(usize::try_from(count).unwrap_or(0))]
        }
        (None, None) if cells == Ref::NONE => Vec::new(),
        _ => return Err(reader.malformed(at, "_make_skel_func needs a number of cells")),
    };
    let cell = |value| reader.defs.add_cell(CellDef { node: None, value });
    def.closure = values.into_iter().map(cell).collect();
    reader.defs.insert(at, Def::Function(Box::new(def)));
    Ok(())
}

/// `types.MethodType(function, instance)`; in Python 2 its class follows.
pub(super) fn method(reader: &mut Reader<'_>, at: Ref, args: &[Ref]) -> Result<()> {
    if let [function, instance, ..] = *args
        && instance != Ref::NONE
    {
        reader.defs.insert(at, Def::Method { function, instance });
    }
    Ok(())
}
