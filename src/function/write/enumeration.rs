//! Enums: made by their metaclass with bare members, as cloudpickle does, and given the rest afterwards.

use super::{
    sketch::{Filled, Id, Step, call},
    sketcher::Sketcher,
};
use crate::{
    Kind, Ref,
    error::Result,
    function::{Def, EnumDef},
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

    /// Members get their attributes from `__init__`, which was not there when they were made: `init(member, *value)`, as
    /// the metaclass calls it.
    pub(super) fn initialize(&mut self, id: Id, def: &EnumDef) {
        let Some(init) = self.init_of(def) else { return };
        let init = self.at(init);
        let getattr = self.sketch.global("builtins", "getattr");
        for (name, value) in &def.members {
            let name = self.at(*name);
            let member = self.sketch.call(getattr, vec![id, name]);
            let mut args = vec![member];
            match (self.defs.get(*value), self.graph.value(*value).kind()) {
                (None, Kind::Tuple(items)) => args.extend(self.all(items.refs)),
                _ => args.push(self.at(*value)),
            }
            self.sketch.step(id, Step::Aside { callable: init, args });
        }
    }

    /// The `__init__` of an enum, if it is a function and is called with the values of the members.
    pub(super) fn init_of(&self, def: &EnumDef) -> Option<Ref> {
        let attribute = |wanted: &str| {
            let found = def
                .attributes
                .iter()
                .find(|(name, _)| self.text(Some(*name)) == Some(wanted));
            found.map(|(_, value)| *value)
        };
        let by_value = |at: &Ref| matches!(self.defs.get(*at), Some(Def::Function(_)));
        // With a `__new__` of its own, what a member was made from is not its value.
        let mut new = ["__new__", "__new_member__", "_new_member_"]
            .into_iter()
            .filter_map(attribute);
        attribute("__init__")
            .filter(by_value)
            .filter(|_| !new.any(|new| by_value(&new)))
    }
}
