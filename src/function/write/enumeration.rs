//! Enums: made by their metaclass with bare members, as cloudpickle does, and given the rest afterwards.

use super::{
    code::versions,
    member_value::Arguments,
    repeatable::{MAKERS, Maker, is_repeatable},
    sketch::{Filled, Id, Step, call},
    sketcher::Sketcher,
};
use crate::{
    Kind, Ref,
    error::Result,
    function::{Code, CodeDef, Def, EnumDef, Pairs},
};

impl Sketcher<'_> {
    pub(super) fn enumeration(&mut self, id: Id, def: &EnumDef) -> Result<()> {
        let bases = self.all(&def.bases);
        let metaclass = match (def.metaclass, bases.last()) {
            (Some(metaclass), _) => self.at(metaclass),
            (None, Some(base)) => {
                let kind = self.sketch.global("builtins", "type");
                self.sketch.call(kind, vec![*base])
            }
            (None, None) => return self.refuse("the enum", Some(def.name), "it has no bases"),
        };
        let (name, bases) = (self.at(def.name), self.sketch.tuple(bases));
        let (getattr, prepare) = (
            self.sketch.global("builtins", "getattr"),
            self.sketch.text("__prepare__"),
        );
        let prepare = self.sketch.call(getattr, vec![metaclass, prepare]);
        let members = self.sketch.call(prepare, vec![name, bases]);
        for node in [prepare, members] {
            self.sketch.node_mut(node).ours = true;
        }
        self.sketch.node_mut(members).filled = Filled::Before;
        let mut entries = Vec::new();
        for (name, value) in [("__module__", def.module), ("__qualname__", def.qualname)] {
            if let Some(value) = value {
                let value = self.at(value);
                entries.push((self.sketch.text(name), value));
            }
        }
        entries.extend(self.pairs(&def.members));
        self.sketch.step(members, Step::SetItems(entries));
        let mut runs = self.all(&def.bases);
        runs.push(metaclass);
        self.sketch.runs.insert(id, runs);
        self.tracked(id, def.tracker, call(metaclass, vec![name, bases, members]));
        for (name, value) in &def.attributes {
            let (name, value) = (self.at(*name), self.at(*value));
            let step = self.sketch.set_attribute(id, name, value);
            self.sketch.step(id, step);
        }
        self.initialize(id, def);
        Ok(())
    }

    /// Members get their attributes from the enum's own `__new__` and `__init__`, which were not there when they were made:
    /// `dict.update(member.__dict__, new(class, *arguments).__dict__)` and `init(member, *arguments)`, with the arguments
    /// that the metaclass calls them with.
    pub(super) fn initialize(&mut self, id: Id, def: &EnumDef) {
        let Some(makers) = self.makers_of(def) else { return };
        let (new, init) = (makers.new.map(|at| self.at(at)), makers.init.map(|at| self.at(at)));
        let (getattr, update) = (
            self.sketch.global("builtins", "getattr"),
            self.sketch.global("builtins", "dict.update"),
        );
        for ((name, _), args) in def.members.iter().zip(makers.args) {
            let (name, args) = (self.at(*name), self.all(&args));
            let member = self.sketch.call(getattr, vec![id, name]);
            if let Some(new) = new {
                let made = self.sketch.call(new, [vec![id], args.clone()].concat());
                // If one of them has to wait, so has the other.
                for node in [member, made] {
                    self.sketch
                        .runs
                        .insert(node, [Some(new), init].into_iter().flatten().collect());
                }
                let dict = self.sketch.text("__dict__");
                let [to, from] = [member, made].map(|object| self.sketch.call(getattr, vec![object, dict]));
                let (callable, args) = (update, vec![to, from]);
                self.sketch.step(id, Step::Aside { callable, args });
            }
            if let Some(callable) = init {
                let args = [vec![member], args].concat();
                self.sketch.step(id, Step::Aside { callable, args });
            }
        }
    }

    /// What gave the members of an enum their attributes, if it is there, it is known what it was called with, and it can be
    /// called again.
    pub(super) fn makers_of(&self, def: &EnumDef) -> Option<Makers> {
        let new = ["__new_member__", "_new_member_", "__new__"]
            .into_iter()
            .find_map(|name| self.method(&def.attributes, name));
        let init = self.method(&def.attributes, "__init__");
        if new.is_none() && init.is_none() || !self.leaves_members_alone(def) {
            return None;
        }
        let plain = self.has_plain_members(def);
        let mut set = Vec::new();
        // What a member was made from need not be its value.
        let mut arguments = Arguments::Whole;
        if let Some((_, code)) = new {
            let (code, minor) = self.code_in(code)?;
            arguments = Arguments::of(&code, minor, plain)?;
            if !is_repeatable(&code, minor, Maker::New, &mut set) {
                return None;
            }
        } else if !plain {
            // The type of the members has made the value, of whatever `__init__` is given.
            return None;
        }
        if let Some((_, code)) = init {
            let (code, minor) = self.code_in(code)?;
            if !is_repeatable(&code, minor, Maker::Init, &mut set) {
                return None;
            }
        }
        let args = def.members.iter().map(|(_, value)| {
            let items = match (self.defs.get(*value), self.graph.value(*value).kind()) {
                (None, Kind::Tuple(items)) => Some(items.refs),
                _ => None,
            };
            arguments.pick(*value, items)
        });
        Some(Makers {
            new: new.map(|(at, _)| at),
            init: init.map(|(at, _)| at),
            args: args.collect::<Option<_>>()?,
        })
    }

    /// A function among attributes, and its code.
    fn method(&self, attributes: &Pairs, wanted: &str) -> Option<(Ref, Ref)> {
        let mut found = (attributes.iter()).filter(|(name, _)| self.text(Some(*name)) == Some(wanted));
        let value = found.next()?.1;
        match self.defs.get(value) {
            Some(Def::Function(function)) => Some((value, function.code)),
            _ => None,
        }
    }

    /// Whether neither the metaclass nor a base has a part in making members, but for the types that they are of.
    fn leaves_members_alone(&self, def: &EnumDef) -> bool {
        let is_known = |base: &Ref| match self.named(*base) {
            Some(("enum", _)) => true,
            Some(("builtins" | "__builtin__", name)) => MAKERS.contains(&name),
            _ => false,
        };
        let has_none = |attributes: &Pairs, bases: &[Ref]| {
            let makes = |(name, _): &(Ref, Ref)| {
                let makers = ["__new__", "__new_member__", "_new_member_", "__init__"];
                self.text(Some(*name)).is_none_or(|name| makers.contains(&name))
            };
            !attributes.iter().any(makes) && bases.iter().all(is_known)
        };
        let metaclass = def.metaclass.is_none_or(|metaclass| is_known(&metaclass));
        metaclass
            && def.bases.iter().all(|base| match self.defs.get(*base) {
                Some(Def::Class(base)) => has_none(&base.attributes, &base.bases),
                Some(Def::Enum(base)) => has_none(&base.attributes, &base.bases),
                _ => is_known(base),
            })
    }

    /// Whether members are of no other type, so that what they are given is their value.
    fn has_plain_members(&self, def: &EnumDef) -> bool {
        let is_plain = |base: &Ref| {
            let named = self.named(*base);
            matches!(
                named,
                Some(("enum", "Enum" | "Flag") | ("builtins" | "__builtin__", "object"))
            )
        };
        def.bases.iter().all(|base| match self.defs.get(*base) {
            Some(Def::Class(base)) => base.bases.iter().all(is_plain),
            Some(Def::Enum(base)) => base.bases.iter().all(is_plain),
            _ => is_plain(base),
        })
    }

    /// A code object, and a version that it is of: if there are several it is the same in all of them, or not written.
    fn code_in(&self, code: Ref) -> Option<(Code<'_>, u8)> {
        match self.defs.get(code) {
            Some(Def::Code(CodeDef {
                bytecode: Some(bytecode),
                ..
            })) => {
                let minor = versions(self.graph, bytecode, self.options).ok()?.iter().next()?;
                Some((bytecode.code(self.graph).ok()??, minor))
            }
            _ => None,
        }
    }
}

/// What makes the members of an enum.
pub(super) struct Makers {
    new: Option<Ref>,
    init: Option<Ref>,
    /// What they are called with, for each member.
    args: Vec<Vec<Ref>>,
}
