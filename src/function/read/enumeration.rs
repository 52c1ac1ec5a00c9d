//! Enums, as they are made.

use super::Reader;
use crate::{
    Call, Ref, Result,
    function::model::{Def, EnumDef, Pairs},
};
use std::collections::HashSet;

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

impl Reader<'_> {
    /// Members by another name and named combinations of flags: cloudpickle knows but the members that an enum counts, and
    /// writes these as attributes, `E(value)`. An attribute that was set to a member afterwards looks the same.
    pub(super) fn aliases(&mut self) {
        let enums = self.defs.iter().filter_map(|(at, def)| match def {
            Def::Enum(class) => Some((at, class)),
            _ => None,
        });
        let found: Vec<(Ref, Pairs)> = enums
            .map(|(at, class)| {
                let alias = |(name, value): &(Ref, Ref)| Some((*name, self.member_of(at, *name, *value)?));
                (at, class.attributes.iter().filter_map(alias).collect())
            })
            .collect();
        for (at, aliases) in found.into_iter().filter(|(_, aliases)| !aliases.is_empty()) {
            if let Some(Def::Enum(class)) = self.defs.get_mut(at) {
                let names: HashSet<Ref> = aliases.iter().map(|(name, _)| *name).collect();
                class.attributes.retain(|(name, _)| !names.contains(name));
                class.members.extend(aliases);
            }
        }
    }

    /// The value of what is a member of an enum under this name.
    fn member_of(&self, class: Ref, name: Ref, value: Ref) -> Option<Ref> {
        let name = self.text(name)?;
        let object = self.graph.value(value).as_object()?;
        let of_class = self.defs.canonical(object.callable().id()) == class && object.call() == Call::Reduce;
        // No member is called so.
        let special = name.starts_with('_') && (name.ends_with('_') || name.contains("__"));
        match object.args().refs {
            [value] if of_class && !special => Some(*value),
            _ => None,
        }
    }
}
