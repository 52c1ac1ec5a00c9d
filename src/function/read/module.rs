//! Modules.

use super::Reader;
use crate::{
    Ref, Result,
    function::model::{Def, ModuleDef},
};

/// `subimport(name)`, `importlib.import_module(name)`, dill's `_import_module(name)`.
pub(super) fn import(reader: &mut Reader<'_>, at: Ref, args: &[Ref]) -> Result<()> {
    match args.first() {
        Some(name) if reader.text(*name).is_some() => {
            let def = ModuleDef {
                name: *name,
                contents: None,
            };
            reader.defs.insert(at, Def::Module(def));
            Ok(())
        }
        _ => Err(reader.malformed(at, "a module is imported by what is not a name")),
    }
}

/// `dynamic_subimport(name, contents)`
pub(super) fn dynamic(reader: &mut Reader<'_>, at: Ref, args: &[Ref]) -> Result<()> {
    let made = match *args {
        [name, contents, ..] if reader.text(name).is_some() => reader.pairs(contents).map(|contents| (name, contents)),
        _ => None,
    };
    let Some((name, contents)) = made else {
        return Err(reader.malformed(at, "dynamic_subimport takes a name and a dict"));
    };
    let def = ModuleDef {
        name,
        contents: Some(contents),
    };
    reader.defs.insert(at, Def::Module(def));
    Ok(())
}

/// `types.ModuleType(name)`; what is in it follows as its state.
pub(super) fn new(reader: &mut Reader<'_>, at: Ref, args: &[Ref]) -> Result<()> {
    if let Some(name) = args.first()
        && reader.text(*name).is_some()
    {
        let def = ModuleDef {
            name: *name,
            contents: Some(Vec::new()),
        };
        reader.defs.insert(at, Def::Module(def));
    }
    Ok(())
}
