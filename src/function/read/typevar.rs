//! Type variables.

use super::Reader;
use crate::{
    Ref, Result,
    function::model::{Def, TypeVarDef, TypeVarKind},
};

/// `_make_typevar(name, bound, constraints, covariant, contravariant, tracker)`
pub(super) fn make(reader: &mut Reader<'_>, at: Ref, args: &[Ref]) -> Result<()> {
    let [name, bound, constraints, covariant, contravariant, ref rest @ ..] = *args else {
        return Err(reader.malformed(at, "_make_typevar takes a name, a bound, constraints and two bools"));
    };
    if reader.text(name).is_none() || reader.items(constraints).is_none() {
        return Err(reader.malformed(at, "_make_typevar needs a name and a tuple of constraints"));
    }
    let def = TypeVarDef {
        kind: TypeVarKind::TypeVar,
        name,
        bound: Some(bound).filter(|bound| *bound != Ref::NONE),
        constraints: Some(constraints),
        covariant: Some(covariant),
        contravariant: Some(contravariant),
        tracker: rest.first().copied().filter(|tracker| *tracker != Ref::NONE),
    };
    reader.defs.insert(at, Def::TypeVar(def));
    Ok(())
}
