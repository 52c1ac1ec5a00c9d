//! Code objects.

use super::Reader;
use crate::{
    Ref, Result,
    function::{
        Layout, Versions,
        ask::Writer,
        model::{Bytecode, CodeDef, Def},
    },
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

impl Reader<'_> {
    /// Up to 1.6, cloudpickle writes the table of lines of 3.8 and 3.9 (`co_lnotab`) for 3.10, too, and so does dill up to
    /// 0.3.5. If some of the code can be of 3.10 alone, all that can be of it is.
    pub(super) fn tables(&mut self) {
        let graph = self.graph;
        let by_old_cloudpickle = Writer::of(graph).is_some_and(|writer| writer.may_know_only_lnotab());
        let all: Vec<Ref> = self.defs.iter().map(|(at, _)| at).collect();
        let (mut old, mut common) = (Vec::new(), None);
        for at in all {
            let Some(Def::Code(CodeDef {
                bytecode: Some(bytecode),
                ..
            })) = self.defs.get_mut(at)
            else {
                continue;
            };
            if let Bytecode::Args { args, python } = *bytecode
                && (python == Some((3, 10)) || python.is_none() && by_old_cloudpickle)
                && let Ok(Some(code)) = bytecode.code(graph)
                && code.layout() == Layout::V3_8
            {
                *bytecode = Bytecode::Lnotab { args, python };
            }
            if let Ok(Some(code)) = bytecode.code(graph)
                && (code.has_old_table() || code.layout() == Layout::V3_10)
                && let Ok(versions) = code.check()
            {
                old.push((at, versions));
                common = Some(common.map_or(versions, |common: Versions| common.and(versions)));
            }
        }
        for (at, versions) in old {
            if common.and_then(Versions::only) == Some(10)
                && versions.contains(10)
                && let Some(Def::Code(code)) = self.defs.get_mut(at)
                && let Some(Bytecode::Lnotab { python, .. } | Bytecode::Dill { python, .. }) = &mut code.bytecode
            {
                *python = Some((3, 10));
            }
        }
    }
}
