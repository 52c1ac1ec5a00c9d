//! How a class is made again whose `__init_subclass__` has run already.
//!
//! What it did is in the attributes, and the keywords that it was given are lost. So a class is made with another base
//! before its own, whose `__init_subclass__` does nothing, and then gets its real bases. Python lets bases be exchanged only
//! if both lay out an object alike, from the same class on: the other base is derived from what the first of the real ones
//! is derived from, with the same slots. Where that class has an `__init_subclass__` above it as well, the other base is
//! made in this way itself.

use super::{sketch::Id, sketcher::Sketcher};
use crate::{
    Ref,
    function::{ClassDef, Def},
};
use std::collections::HashSet;

/// How deep the bases of a class are followed.
const DEEPEST_BASES: usize = 1000;
/// How many bases for the time being one class may need, each to make the one before.
const MOST_STANDS: usize = 16;

/// What there is to be done about an `__init_subclass__`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SubclassHook {
    /// Nothing: it is one of an imported class, or the class is made for the first time.
    None,
    /// It does not run. The bases for the time being, each to make the one before.
    Hidden(Vec<Stand>),
    /// It runs, as no such base is known: where a base is no class, or has a metaclass that wants to know of all classes.
    Runs,
}

/// A base for the time being: of these bases, with these slots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stand {
    bases: Vec<Ref>,
    slots: Slots,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Slots {
    /// No `__slots__`.
    Free,
    /// Empty ones.
    Empty,
    Given(Ref),
}

impl Sketcher<'_> {
    /// Whether a class of the graph above it has an `__init_subclass__`, and whether it can be kept from running. With
    /// keyword arguments the class is made for the first time.
    pub(super) fn subclass_hook(&self, def: &ClassDef) -> SubclassHook {
        if !def.keywords.is_empty() || !self.has_hook(&def.bases) {
            return SubclassHook::None;
        }
        let stands = match def.bases.iter().all(|base| self.is_class(*base)) {
            true => self.stands(def),
            false => None,
        };
        stands.map_or(SubclassHook::Runs, SubclassHook::Hidden)
    }

    /// Whether one of these bases has an `__init_subclass__` or inherits it from a class of the graph.
    fn has_hook(&self, bases: &[Ref]) -> bool {
        let is_hook = |(name, _): &(Ref, Ref)| self.text(Some(*name)) == Some("__init_subclass__");
        self.any_above(bases, |base| match self.defs.get(base) {
            Some(Def::Class(class)) => class.attributes.iter().any(is_hook),
            _ => false,
        })
    }

    /// The class of which a base is an alias: `A` of `A[int]`.
    fn origin(&self, base: Ref) -> Ref {
        let value = self.graph.value(base);
        let Some(object) = value.as_object().filter(|_| self.defs.get(base).is_none()) else {
            return base;
        };
        match (self.named(object.callable().id()), object.args().get(0)) {
            (Some(("operator" | "_operator", "getitem") | ("types", "GenericAlias")), Some(of)) => of.id(),
            _ => base,
        }
    }

    /// The bases for the time being, from that of the class to the one that needs no other.
    fn stands(&self, def: &ClassDef) -> Option<Vec<Stand>> {
        if self.has_solid_base(&def.bases) {
            // The real bases say how an object is laid out, whatever comes before them.
            let (bases, slots) = (Vec::new(), Slots::Empty);
            return Some(vec![Stand { bases, slots }]);
        }
        let mut stands = Vec::new();
        let mut bases = def.bases.clone();
        if self.has_weak_references_only(&bases) {
            return None;
        }
        while stands.len() < MOST_STANDS {
            let stand = self.stand(*bases.first()?);
            let plain = |base: &Ref| {
                let metaclass = match self.defs.get(*base) {
                    Some(Def::Class(class)) => class.metaclass,
                    _ if self.is_harmless(*base) => return true,
                    _ => def.metaclass,
                };
                self.is_class(*base) && self.is_known_metaclass(metaclass)
            };
            if !stand.bases.iter().all(plain) {
                return None;
            }
            bases.clone_from(&stand.bases);
            stands.push(stand);
            if !self.has_hook(&bases) {
                return Some(stands);
            }
        }
        None
    }

    /// What is laid out like instances of a base.
    fn stand(&self, base: Ref) -> Stand {
        let class = |at: Ref| match self.defs.get(self.defs.canonical(at)) {
            Some(Def::Class(class)) => Some(&**class),
            _ => None,
        };
        let Some(mut like) = class(base) else {
            return Stand {
                bases: vec![base],
                slots: Slots::Empty,
            };
        };
        // Up to the class that gives them a `__dict__`, or as far as there is none.
        for _ in 0..DEEPEST_BASES {
            let Some(next) = like.bases.first().and_then(|base| class(*base)) else {
                break;
            };
            let adds = match like.slots {
                None => next.slots.is_some(),
                Some(_) => like.bases.len() > 1 || !self.slot_names(like).is_empty(),
            };
            if adds {
                break;
            }
            like = next;
        }
        Stand {
            bases: like.bases.iter().map(|base| self.origin(*base)).collect(),
            slots: like.slots.map_or(Slots::Free, Slots::Given),
        }
    }

    /// Whether instances have more to them than those of `object`, but for a `__dict__` and weak references.
    fn has_solid_base(&self, bases: &[Ref]) -> bool {
        let slot = |name: &String| name != "__dict__" && name != "__weakref__";
        self.any_above(bases, |base| match self.defs.get(base) {
            Some(Def::Class(class)) => self.slot_names(class).iter().any(slot),
            // A tuple.
            Some(Def::Helper(_)) => true,
            _ => matches!(self.named(base), Some(("builtins" | "__builtin__", name)) if name != "object"),
        })
    }

    /// Whether there is a class with weak references but no `__dict__`: up to 3.10 one with a `__dict__` that derives from
    /// it is laid out like no other.
    fn has_weak_references_only(&self, bases: &[Ref]) -> bool {
        self.any_above(bases, |base| match self.defs.get(base) {
            Some(Def::Class(class)) => self.slot_names(class).iter().any(|name| name == "__weakref__"),
            _ => false,
        })
    }

    /// Whether something is so for one of these bases or for a class above them.
    fn any_above(&self, bases: &[Ref], is_so: impl Fn(Ref) -> bool) -> bool {
        let (mut seen, mut above) = (HashSet::new(), bases.to_vec());
        while let Some(base) = above.pop() {
            let base = self.defs.canonical(self.origin(base));
            if seen.len() > DEEPEST_BASES || !seen.insert(base) {
                continue;
            }
            if is_so(base) {
                return true;
            }
            if let Some(Def::Class(class)) = self.defs.get(base) {
                above.extend(&class.bases);
            }
        }
        false
    }

    /// Whether an imported class takes no note of what derives from it.
    fn is_harmless(&self, base: Ref) -> bool {
        matches!(
            self.named(base),
            Some(
                ("builtins" | "__builtin__", "object")
                    | ("abc", "ABC")
                    | ("typing", "Generic")
                    | ("collections.abc", _)
            )
        )
    }

    /// `type("…", bases, {"__init_subclass__": dict})`, as a call of `dict` with any keywords is harmless.
    pub(super) fn temporary_base(&mut self, stands: &[Stand]) -> Id {
        let mut next = None;
        for stand in stands.iter().rev() {
            let known = self.temporary_bases.iter().find(|(known, _)| known == stand);
            next = Some(match known {
                Some((_, id)) => *id,
                None => {
                    let id = self.stand_in(stand, next);
                    self.temporary_bases.push((stand.clone(), id));
                    id
                }
            });
        }
        next.unwrap_or_else(|| self.sketch.none())
    }

    fn stand_in(&mut self, stand: &Stand, before: Option<Id>) -> Id {
        let real = self.all(&stand.bases);
        let bases: Vec<Id> = before.into_iter().chain(real.iter().copied()).collect();
        let bases = self.sketch.tuple(bases);
        let nothing = self.sketch.tuple(Vec::new());
        let mut entries = vec![(
            self.sketch.text("__init_subclass__"),
            self.sketch.global("builtins", "dict"),
        )];
        match stand.slots {
            Slots::Free => {}
            Slots::Empty => entries.push((self.sketch.text("__slots__"), nothing)),
            Slots::Given(slots) => entries.push((self.sketch.text("__slots__"), self.at(slots))),
        }
        if stand
            .bases
            .iter()
            .any(|base| self.named(*base) == Some(("typing", "Generic")))
        {
            // It asks for this, and complains if there are no parameters.
            entries.push((self.sketch.text("__orig_bases__"), nothing));
        }
        let (kind, name, entries) = (
            self.sketch.global("builtins", "type"),
            self.sketch.text("NoSubclassHook"),
            self.sketch.dict(entries),
        );
        let id = self.sketch.call(kind, vec![name, bases, entries]);
        self.sketch.node_mut(id).ours = true;
        if before.is_some() {
            self.sketch.made_with_other_bases(id, id, real);
        }
        id
    }
}
