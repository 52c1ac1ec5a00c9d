//! Code objects.

use super::Reader;
use crate::{
    Ref, Result,
    function::model::{Bytecode, CodeDef, Def},
};

/// `types.CodeType(...)`
pub(super) fn code_type(reader: &mut Reader<'_>, at: Ref, args: &[Ref]) -> Result<()> {
    // Fewer than any version takes.
    if args.len() < 14 {
        return Ok(());
    }
    if let Some(args) = reader.args_of(at) {
        reader.add_code(at, Bytecode::Args { args, python: None });
    }
    Ok(())
}

/// `marshal.loads(bytes)`, also by the name that old versions of dill have for it.
pub(super) fn unmarshal(reader: &mut Reader<'_>, at: Ref, args: &[Ref]) -> Result<()> {
    if let [bytes] = *args
        && reader.graph.value(bytes).as_bytes().is_some()
    {
        reader.add_code(at, Bytecode::Marshal { bytes, python: None });
    }
    Ok(())
}

impl Reader<'_> {
    pub(super) fn add_code(&mut self, at: Ref, bytecode: Bytecode) {
        let def = CodeDef {
            bytecode: Some(bytecode),
            source: None,
        };
        self.defs.insert(at, Def::Code(def));
    }
}
