//! Enums, as they are made.

use super::Reader;
use crate::{
    Ref, Result,
    function::model::{Def, EnumDef},
};

/// `_make_skeleton_enum(bases, name, qualname, members, module, tracker, None)`
pub(super) fn make_skeleton(reader: &mut Reader<'_>, at: Ref, args: &[Ref]) -> Result<()> {
    let [bases, name, qualname, members, module, ref rest @ ..] = *args else {
        return Err(reader.malformed(
            at,
            "_make_skeleton_enum takes bases, a name, a qualified name, members and a module",
        ));
    };
    let (Some(_), Some(bases), Some(members)) = (reader.text(name), reader.tuple(bases), reader.pairs(members)) else {
        return Err(reader.malformed(
            at,
            "_make_skeleton_enum needs a tuple of bases, a name and a dict of members",
        ));
    };
    let given = |at: Ref| Some(at).filter(|at| *at != Ref::NONE);
    let mut def = EnumDef::new(name, reader.copied(bases));
    def.qualname = given(qualname);
    def.module = given(module);
    def.members = members;
    def.tracker = rest.first().copied().and_then(given);
    reader.defs.insert(at, Def::Enum(Box::new(def)));
    Ok(())
}
