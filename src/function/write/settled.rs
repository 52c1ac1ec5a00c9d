//! Whether a graph is what cloudpickle 3 writes already, with nothing to be mended.

use super::{compat::MODULE, sketcher::Sketcher, subclass_hook::SubclassHook};
use crate::{
    Ref, Step, Value,
    function::{ClassDef, Def, EnumDef},
};
use std::collections::{HashMap, HashSet};

impl Sketcher<'_> {
    /// Whether each function, class and so on is made by a call of cloudpickle 3, and none of them needs another.
    pub(super) fn is_settled(&self) -> bool {
        let mut users = HashMap::new();
        for (_, def) in self.defs.iter() {
            if let Def::Function(function) = def {
                for cell in &function.closure {
                    let users: &mut u32 = users.entry(*cell).or_default();
                    *users += 1;
                    // Shared, and made anew for each of them.
                    if *users > 1 {
                        return false;
                    }
                }
            }
        }
        !self.cells_are_data() && self.defs.iter().all(|(at, def)| self.is_fine(at, def))
    }

    /// Whether a cell is referred to by more than the state of its function: there it is another object than the one that
    /// the function is made with.
    fn cells_are_data(&self) -> bool {
        let is_cell = |at: &Ref| matches!(self.defs.get(*at), Some(Def::Cell(_)));
        if !self.defs.iter().any(|(at, _)| is_cell(&at)) {
            return false;
        }
        let mut seen = HashSet::new();
        self.graph.items.iter().any(|at| is_cell(at) && !seen.insert(*at))
    }

    fn is_fine(&self, at: Ref, def: &Def) -> bool {
        let value = self.graph.value(at);
        let by = |names: &[&str]| maker(value).is_some_and(|name| names.contains(&name));
        match def {
            Def::Function(_) => by(&["_make_function"]) && set_by(value, "_function_setstate"),
            Def::Class(class) => by(&["_make_skeleton_class"]) && self.is_fine_class(at, class),
            Def::Enum(class) => by(&["_make_skeleton_enum"]) && self.is_fine_enum(value, class),
            Def::Cell(_) => by(&["_make_cell", "_make_empty_cell"]),
            Def::Module(_) => by(&["subimport", "dynamic_subimport"]),
            Def::TypeVar(_) => by(&["_make_typevar"]),
            Def::Global { .. } => by(&["_builtin_type"]),
            Def::Helper(_) => maker(value).is_some(),
            Def::Namespace(_) => value.as_dict().is_some(),
            Def::Code(_) | Def::Method { .. } => {
                let object = value.as_object();
                object.is_some_and(|object| maker(object.callable()) == Some("_builtin_type"))
            }
        }
    }

    fn is_fine_class(&self, at: Ref, def: &ClassDef) -> bool {
        let named = match self.qualnames.get(&at) {
            Some(qualname) => self.text(Some(def.name)) == Some(qualname),
            None => true,
        };
        let slots = def.slots.is_some() && !self.has_maker_base(def);
        named && !slots && !matches!(self.subclass_hook(def), SubclassHook::Hidden(_))
    }

    fn is_fine_enum(&self, value: Value<'_>, def: &EnumDef) -> bool {
        let members = value.as_object().and_then(|object| object.args().get(3)?.as_dict());
        // It has no aliases among them.
        let all = members.is_none_or(|members| members.len() == def.members.len());
        all && self.makers_of(def).is_none()
    }
}

/// The helper of cloudpickle that made an object.
fn maker(value: Value<'_>) -> Option<&str> {
    let (module, name) = value.as_object()?.callable().as_global()?.path()?;
    (module == MODULE).then_some(name)
}

/// Whether all that was done to an object is a call of this state setter.
fn set_by(value: Value<'_>, wanted: &str) -> bool {
    let is_setter = |setter: Value<'_>| {
        let path = setter.as_global().and_then(|global| global.path());
        path == Some((MODULE, wanted))
    };
    let mut steps = value.steps();
    matches!(steps.next(), Some(Step::Setter { setter, .. }) if is_setter(setter)) && steps.next().is_none()
}
