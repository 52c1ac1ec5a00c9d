//! The other functions of cloudpickle and dill that a pickle calls.

use super::{
    Package, Reader,
    callee::{Callee, types_name},
    standalone,
};
use crate::{
    Ref, Result,
    function::model::{Def, HelperDef},
};

/// `_builtin_type(name)`: what `types` has under this name.
pub(super) fn builtin_type(reader: &mut Reader<'_>, at: Ref, args: &[Ref]) -> Result<()> {
    match args.first().and_then(|name| reader.text(*name)) {
        Some(name) => {
            let (package, name) = types_name(name);
            reader.add_global(at, package.module(), name);
            Ok(())
        }
        None => Err(reader.malformed(at, "_builtin_type takes a name")),
    }
}

/// `_getobject(module, name)`, up to cloudpickle 1.1.
pub(super) fn get_object(reader: &mut Reader<'_>, at: Ref, args: &[Ref]) -> Result<()> {
    if let [module, name] = *args
        && let (Some(module), Some(name)) = (reader.text(module), reader.text(name))
    {
        reader.add_global(at, module, name);
    }
    Ok(())
}

impl Reader<'_> {
    pub(super) fn add_global(&mut self, at: Ref, module: &str, name: &str) {
        let (module, name) = (module.into(), name.into());
        self.defs.insert(at, Def::Global { module, name });
    }

    /// A call of something that has no meaning of its own here.
    pub(super) fn other_call(&mut self, at: Ref, callee: Callee<'_>, args: &[Ref]) {
        let package = match callee.package {
            Package::Cloudpickle => "cloudpickle",
            Package::Dill => "dill",
            Package::Typing => return standalone::type_variable(self, at, callee, args),
            _ => return,
        };
        let def = HelperDef {
            name: callee.name.into(),
            package,
            args: self.copied(args),
        };
        self.defs.insert(at, Def::Helper(def));
    }
}
