//! Classes, made at once with all that can be there before them.

use super::{
    sketch::{Class, Filled, Id, Make, Step, call},
    sketcher::Sketcher,
    subclass_hook::SubclassHook,
};
use crate::{
    Graph, Kind, Ref,
    error::Result,
    function::{ClassDef, Def, Defs, Pairs},
};
use std::collections::{HashMap, HashSet};

/// How many classes a class is taken to be inside of.
const DEEPEST_NAME: usize = 50;

impl Sketcher<'_> {
    pub(super) fn class(&mut self, id: Id, at: Ref, def: &ClassDef) -> Result<()> {
        let name = self.at(def.name);
        let metaclass = self.at(def.metaclass);
        let mut bases = self.all(&def.bases);
        let real = bases.clone();
        let hook = self.subclass_hook(def);
        if let SubclassHook::Hidden(stands) = &hook {
            bases.insert(0, self.temporary_base(stands));
        }
        let bases = self.sketch.tuple(bases);
        let mut entries = Vec::new();
        if let Some(qualname) = self.qualname(at, def) {
            entries.push((self.sketch.text("__qualname__"), qualname));
        }
        let first = [
            ("__module__", def.module),
            ("__slots__", def.slots.filter(|_| !self.has_maker_base(def))),
        ];
        for (name, value) in first {
            if let Some(value) = value {
                let value = self.at(value);
                entries.push((self.sketch.text(name), value));
            }
        }
        let mut late = self.own_attributes(def);
        let of_metaclass = self.attributes_of_metaclass(def.metaclass);
        let guarded = of_metaclass.contains_key("__setattr__");
        if !self.has_maker_base(def) {
            let (later, now): (Vec<_>, Vec<_>) = late.into_iter().partition(|(_, value)| self.is_instance(*value));
            late = later;
            entries.extend(self.pairs(&now));
            if !self.is_known_metaclass(def.metaclass) {
                // A metaclass of one's own may put in something else, from keywords that are not known any more.
                let data = |(_, value): &(Ref, Ref)| self.defs.get(*value).is_none();
                // A property of the metaclass would take it for what it is to be set to.
                let taken = |(name, _): &(Ref, Ref)| {
                    let found = self.text(Some(*name)).and_then(|name| of_metaclass.get(name));
                    found.is_some_and(|value| {
                        self.defs.get(*value).is_none() && self.graph.value(*value).as_object().is_some()
                    })
                };
                late.extend(now.into_iter().filter(|entry| data(entry) && !taken(entry)));
            } else if hook == SubclassHook::Runs {
                // Whatever it changes is changed already. Constructors have an order of their own.
                let constructor = |name| matches!(self.text(Some(name)), Some("__new__" | "__init__"));
                late.extend(now.into_iter().filter(|(name, _)| !constructor(*name)));
            }
        }
        let attributes = self.sketch.add(Make::Dict);
        self.sketch.node_mut(attributes).filled = Filled::Attributes;
        self.sketch.step(attributes, Step::SetItems(entries));
        let plain =
            def.keywords.is_empty() && self.is_type(def.metaclass) && def.bases.iter().all(|base| self.is_class(*base));
        let make = if plain {
            call(metaclass, vec![name, bases, attributes])
        } else {
            self.new_class(def, name, bases, attributes)
        };
        self.tracked(id, def.tracker, make);
        // With an id the class is made within the arguments of another call.
        let made = match (&self.sketch.node(id).make, def.tracker) {
            (Make::Call { args, .. }, Some(_)) => args.last().copied().unwrap_or(id),
            _ => id,
        };
        if guarded {
            self.sketch.guarded.extend([id, made]);
        }
        self.class_parts(id, made, attributes, def);
        for (name, value) in late {
            let (name, value) = (self.at(name), self.at(value));
            let step = self.sketch.set_attribute(made, name, value);
            self.sketch.step(id, step);
        }
        if let SubclassHook::Hidden(_) = hook {
            self.sketch.made_with_other_bases(id, made, real);
        }
        self.register(id, made, def);
        Ok(())
    }

    /// What must be known of a class to find out when its own code can run.
    fn class_parts(&mut self, id: Id, made: Id, attributes: Id, def: &ClassDef) {
        let named = |wanted: &str| {
            let mut found = def
                .attributes
                .iter()
                .filter(|(name, _)| self.text(Some(*name)) == Some(wanted));
            found.next().map(|(name, _)| *name)
        };
        let reduces = ["__reduce__", "__reduce_ex__", "__getnewargs__", "__getnewargs_ex__"];
        let reduces = reduces.into_iter().any(|name| named(name).is_some());
        let constructors = ["__new__", "__init__"].map(named);
        let mut runs = vec![self.at(def.metaclass)];
        let bases = self.all(&def.bases);
        if !def.keywords.is_empty() {
            runs.extend(&bases);
        }
        self.sketch.runs.insert(made, runs);
        let class = Class {
            class: id,
            attributes,
            bases,
            constructors: constructors.map(|name| name.map(|name| self.at(name))),
            reduces,
        };
        self.sketch.classes.insert(made, class);
    }

    /// `types.new_class`, with these in its namespace.
    pub(super) fn new_class(&mut self, def: &ClassDef, name: Id, bases: Id, attributes: Id) -> Make {
        let metaclass = self.at(def.metaclass);
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
    }

    /// The classes registered with an ABC.
    fn register(&mut self, id: Id, made: Id, def: &ClassDef) {
        for other in &def.abc_registry {
            let (callable, other) = (self.sketch.global("abc", "ABCMeta.register"), self.at(*other));
            self.sketch.step(
                id,
                Step::Aside {
                    callable,
                    args: vec![made, other],
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
    pub(super) fn slot_names(&self, def: &ClassDef) -> Vec<String> {
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

    /// The qualified name: as given, or as its methods and the class around it have it. See [`qualnames`].
    pub(super) fn qualname(&mut self, at: Ref, def: &ClassDef) -> Option<Id> {
        if let Some(qualname) = def.qualname {
            return Some(self.at(qualname));
        }
        let text = self.qualnames.get(&at)?.clone();
        Some(self.sketch.text(text))
    }

    /// Whether a base is no class but makes one in its own way, from what its own metaclass finds in the namespace.
    pub(super) fn has_maker_base(&self, def: &ClassDef) -> bool {
        def.bases.iter().any(|base| {
            let global = self.graph.value(*base).as_global().and_then(|global| global.path());
            matches!(
                global,
                Some(("typing" | "typing_extensions", "NamedTuple" | "TypedDict"))
            )
        })
    }

    /// Whether it is an instance of a class of the graph or an object with a state, which may want to know where it is put:
    /// its `__set_name__` ran when the class was first made, and must not be called again.
    fn is_instance(&self, at: Ref) -> bool {
        let value = self.graph.value(at);
        let Some(object) = value.as_object().filter(|_| self.defs.get(at).is_none()) else {
            return false;
        };
        let of_class = matches!(self.defs.get(object.callable().id()), Some(Def::Class(_)));
        of_class
            || value
                .steps()
                .any(|step| matches!(step, crate::Step::State(_) | crate::Step::Setter { .. }))
    }

    fn is_type(&self, at: Ref) -> bool {
        self.named(at) == Some(("builtins", "type"))
    }

    /// Whether it is a metaclass of Python's, which adds to a class what it finds there.
    pub(super) fn is_known_metaclass(&self, at: Ref) -> bool {
        matches!(
            self.named(at),
            Some(("builtins", "type") | ("abc", "ABCMeta") | ("typing", "_ProtocolMeta"))
        )
    }

    /// What is imported, if that is it.
    pub(super) fn named(&self, at: Ref) -> Option<(&str, &str)> {
        match self.defs.get(at) {
            Some(Def::Global { module, name }) => Some((module, name)),
            Some(_) => None,
            None => self.graph.value(at).as_global()?.path(),
        }
    }

    /// Whether it is a class, and not something that stands for one among bases.
    pub(super) fn is_class(&self, at: Ref) -> bool {
        match self.defs.get(at) {
            Some(Def::Class(_) | Def::Enum(_) | Def::Global { .. }) => true,
            Some(Def::Helper(helper)) => helper.name == "_create_namedtuple",
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

impl<'g> Sketcher<'g> {
    /// The attributes of a metaclass of the graph, with those of its bases.
    fn attributes_of_metaclass(&self, metaclass: Ref) -> HashMap<&'g str, Ref> {
        let (mut seen, mut found) = (HashSet::new(), HashMap::new());
        let mut classes = vec![metaclass];
        while let Some(class) = classes.pop() {
            if let Some(Def::Class(def)) = self.defs.get(class)
                && seen.insert(self.defs.canonical(class))
            {
                let named = def.attributes.iter();
                found.extend(named.filter_map(|(name, value)| Some((self.text(Some(*name))?, *value))));
                classes.extend(&def.bases);
            }
        }
        found
    }
}

/// The qualified names that classes must have had, by what is in them and what they are in: `Outer.Inner` has the method
/// `Outer.Inner.run`, and the class `Inner` is an attribute of `Outer`. cloudpickle loses them.
pub(super) fn qualnames(graph: &Graph<'_>, defs: &Defs) -> HashMap<Ref, String> {
    let text = |at: Ref| graph.value(at).as_str();
    let mut found: HashMap<Ref, String> = HashMap::new();
    let mut inside: HashMap<Ref, Ref> = HashMap::new();
    for (at, def) in defs.iter() {
        let Def::Class(class) = def else { continue };
        let Some(name) = text(class.name) else { continue };
        if let Some(known) = class.qualname.and_then(text) {
            found.insert(at, known.to_owned());
        }
        for (attribute, value) in &class.attributes {
            match defs.get(*value) {
                Some(Def::Function(function)) => {
                    let names = (function.qualname.and_then(text), function.name.and_then(text));
                    if let (Some(qualname), Some(own)) = names
                        && let Some(of) = qualname.strip_suffix(own).and_then(|of| of.strip_suffix('.'))
                        && (of == name || of.strip_suffix(name).is_some_and(|of| of.ends_with('.')))
                    {
                        found.entry(at).or_insert_with(|| of.to_owned());
                    }
                }
                Some(Def::Class(other)) if text(other.name) == text(*attribute) => {
                    inside.entry(defs.canonical(*value)).or_insert(at);
                }
                _ => {}
            }
        }
    }
    for (at, def) in defs.iter() {
        let Def::Class(class) = def else { continue };
        if found.contains_key(&at) {
            continue;
        }
        // Outwards to a class that is known, or in no other.
        let (mut names, mut outer) = (vec![text(class.name).unwrap_or_default()], at);
        while let Some(next) = inside.get(&outer).filter(|_| names.len() < DEEPEST_NAME) {
            outer = *next;
            let Some(Def::Class(class)) = defs.get(outer) else {
                break;
            };
            match found.get(&outer) {
                Some(known) => {
                    names.push(known);
                    break;
                }
                None => names.push(text(class.name).unwrap_or_default()),
            }
        }
        if names.len() > 1 {
            names.reverse();
            let joined = names.join(".");
            found.insert(at, joined);
        }
    }
    found
}
