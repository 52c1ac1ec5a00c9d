//! Classes, made at once with all that can be there before them.

use super::{
    sketch::{Id, Make, Step, call},
    sketcher::Sketcher,
};
use crate::{
    Kind, Ref,
    error::Result,
    function::{ClassDef, Def, Pairs},
};
use std::collections::HashSet;

/// How deep the bases of a class are followed.
const DEEPEST_BASES: usize = 1000;

impl Sketcher<'_> {
    pub(super) fn class(&mut self, id: Id, at: Ref, def: &ClassDef) -> Result<()> {
        let name = self.at(def.name);
        let metaclass = self.at(def.metaclass);
        let mut bases = self.all(&def.bases);
        let real = bases.clone();
        let hidden = self.hides_subclass_hook(at, def);
        if hidden {
            bases.insert(0, self.no_subclass_hook());
        }
        let bases = self.sketch.tuple(bases);
        let mut entries = Vec::new();
        let first = [
            ("__module__", def.module),
            ("__qualname__", self.qualname(def)),
            ("__slots__", def.slots),
        ];
        for (name, value) in first {
            if let Some(value) = value {
                let value = self.at(value);
                entries.push((self.sketch.text(name), value));
            }
        }
        let attributes = self.own_attributes(def);
        entries.extend(self.pairs(&attributes));
        let attributes = self.sketch.add(Make::Dict { whole: true });
        self.sketch.step(attributes, Step::SetItems(entries));
        let plain =
            def.keywords.is_empty() && self.is_type(def.metaclass) && def.bases.iter().all(|base| self.is_class(*base));
        let make = if plain {
            call(metaclass, vec![name, bases, attributes])
        } else {
            let mut keywords = vec![(self.sketch.text("metaclass"), metaclass)];
            keywords.extend(self.pairs(&def.keywords));
            let keywords = self.sketch.dict(keywords);
            let (caller, update) = (
                self.sketch.global("operator", "methodcaller"),
                self.sketch.text("update"),
            );
            let fill = self.sketch.call(caller, vec![update, attributes]);
            let new_class = self.sketch.global("types", "new_class");
            call(new_class, vec![name, bases, keywords, fill])
        };
        self.tracked(id, def.tracker, make);
        // With an id the class is made within the arguments of another call.
        let made = match (&self.sketch.node(id).make, def.tracker) {
            (Make::Call { args, .. }, Some(_)) => args.last().copied().unwrap_or(id),
            _ => id,
        };
        self.sketch.classes.push((made, attributes));
        if hidden {
            let (name, real) = (self.sketch.text("__bases__"), self.sketch.tuple(real));
            let step = self.sketch.set_attribute(id, name, real);
            self.sketch.step(id, step);
        }
        self.register(id, def);
        Ok(())
    }

    /// The classes registered with an ABC.
    fn register(&mut self, id: Id, def: &ClassDef) {
        for other in &def.abc_registry {
            let (callable, other) = (self.sketch.global("abc", "ABCMeta.register"), self.at(*other));
            self.sketch.step(
                id,
                Step::Aside {
                    callable,
                    args: vec![id, other],
                },
            );
        }
    }

    /// The attributes of a class but for what stands for its slots, which Python makes anew from their names.
    pub(super) fn own_attributes(&self, def: &ClassDef) -> Pairs {
        let slots: HashSet<String> = self.slot_names(def).into_iter().collect();
        let mut attributes = def.attributes.clone();
        attributes.retain(|(name, _)| {
            self.text(Some(*name))
                .is_none_or(|name| !(slots.contains(name) || name == "__weakref__" || name == "__dict__"))
        });
        attributes
    }

    /// The names of slots, as the class has them: private ones with its own name.
    fn slot_names(&self, def: &ClassDef) -> Vec<String> {
        let class = self.text(Some(def.name)).unwrap_or_default().trim_start_matches('_');
        let names: Vec<_> = match def.slots.map(|slots| self.graph.value(slots)) {
            None => return Vec::new(),
            Some(one) if one.as_str().is_some() => vec![one],
            Some(many) => match many.as_dict() {
                Some(entries) => entries.keys().collect(),
                None => many.items().collect(),
            },
        };
        let mangled = |name: &str| match name.starts_with("__") && !name.ends_with("__") && !class.is_empty() {
            true => format!("_{class}{name}"),
            false => name.to_owned(),
        };
        names.iter().filter_map(|name| name.as_str()).map(mangled).collect()
    }

    /// The qualified name: as given, or as the methods have it, whose names begin with it.
    pub(super) fn qualname(&mut self, def: &ClassDef) -> Option<Ref> {
        def.qualname
    }

    /// Whether a class of the graph above it has an `__init_subclass__`, which ran when this one was made: what it did is
    /// in the attributes, and it must not be done again. With keyword arguments the class is made for the first time.
    pub(super) fn hides_subclass_hook(&self, at: Ref, def: &ClassDef) -> bool {
        if !def.keywords.is_empty() || !def.bases.iter().all(|base| self.is_class(*base)) {
            return false;
        }
        let mut seen = HashSet::from([at]);
        let mut above = def.bases.clone();
        while let Some(base) = above.pop() {
            let base = self.defs.canonical(base);
            if seen.len() > DEEPEST_BASES || !seen.insert(base) {
                continue;
            }
            if let Some(Def::Class(class)) = self.defs.get(base) {
                let hook = |(name, _): &(Ref, Ref)| self.text(Some(*name)) == Some("__init_subclass__");
                if class.attributes.iter().any(hook) {
                    return true;
                }
                above.extend(&class.bases);
            }
        }
        false
    }

    /// A base whose `__init_subclass__` does nothing: `type("…", (), {"__slots__": (), "__init_subclass__": dict})`. A call
    /// of `dict` with any keywords is harmless.
    pub(super) fn no_subclass_hook(&mut self) -> Id {
        if let Some(known) = self.no_subclass_hook {
            return known;
        }
        let sketch = &mut self.sketch;
        let nothing = sketch.tuple(Vec::new());
        let entries = vec![
            (sketch.text("__slots__"), nothing),
            (sketch.text("__init_subclass__"), sketch.global("builtins", "dict")),
        ];
        let (kind, name, entries) = (
            sketch.global("builtins", "type"),
            sketch.text("NoSubclassHook"),
            sketch.dict(entries),
        );
        let id = sketch.call(kind, vec![name, nothing, entries]);
        *self.no_subclass_hook.insert(id)
    }

    fn is_type(&self, at: Ref) -> bool {
        let at = self.defs.canonical(at);
        match self.defs.get(at) {
            Some(Def::Global { module, name }) => module == "builtins" && name == "type",
            Some(_) => false,
            None => self
                .graph
                .value(at)
                .as_global()
                .is_some_and(|global| global.is("builtins", "type")),
        }
    }

    /// Whether it is a class, and not something that stands for one among bases.
    fn is_class(&self, at: Ref) -> bool {
        match self.defs.get(at) {
            Some(Def::Class(_) | Def::Enum(_) | Def::Global { .. }) => true,
            Some(_) => false,
            None => match self.graph.value(at).kind() {
                Kind::Global(global) => {
                    let typing = [&b"typing"[..], b"typing_extensions"].contains(&global.module.as_bytes());
                    !typing || global.name.as_bytes() == b"Generic"
                }
                _ => false,
            },
        }
    }
}
