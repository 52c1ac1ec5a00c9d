//! Which part of a step can be taken now, and what the rest waits for.

use super::{
    order::Order,
    reach::Needs,
    sketch::{Filled, Id, Items, Make, Step},
};
use crate::error::Result;

/// Keys and values.
type Pairs = Vec<(Id, Id)>;

impl Order<'_> {
    pub(super) fn needs(&mut self, component: u32, of: Vec<(Id, bool)>) -> Result<Needs> {
        let waits = self.waits(component);
        if !waits && !self.reach.is_open(component) {
            return Ok(Needs::default());
        }
        let mut needs = self.reach.needs(self.sketch, component, of)?;
        needs.runs_code &= waits;
        Ok(needs)
    }

    /// Whether instances wait.
    fn waits(&self, component: u32) -> bool {
        let knot = self.knots.get(&component);
        self.patient && knot.is_some_and(|knot| knot.outermost.is_some() && !knot.settled)
    }

    /// Whether the code of an instance runs when it is put into a dict or set: its `__hash__`.
    fn is_hashed(&self, component: u32, key: Id) -> bool {
        self.waits(component) && self.reach.component(key) == Some(component) && self.reach.runs_code(self.sketch, key)
    }

    /// What of a step can be taken now. The rest waits for what it needs.
    pub(super) fn now(&mut self, id: Id, step: Step, free: bool) -> Result<Option<Step>> {
        let Some(component) = self.reach.component(id) else {
            return Ok(Some(step));
        };
        let waits = self.waits(component) || self.reach.is_open(component);
        let node = self.sketch.node(id);
        let own = matches!(step, Step::Append(_) | Step::SetItems(_) | Step::Add(_));
        if !waits || own && (free || node.filled != Filled::Late) {
            return Ok(Some(step));
        }
        Ok(match step {
            // BUILD cannot be done from outside.
            Step::State(_) => Some(step),
            Step::Setter { setter, state } => {
                let needs = self.needs(component, vec![(setter, true), (state, true)])?;
                if needs.is_nothing() {
                    return Ok(Some(step));
                }
                let args = vec![id, state];
                let callable = setter;
                self.put_off(component, needs, Step::Aside { callable, args });
                None
            }
            Step::Aside { callable, ref args } => {
                let parts = [callable].into_iter().chain(args.iter().copied());
                let mut needs = self.needs(component, parts.map(|part| (part, true)).collect())?;
                let code = self.reach.component(callable) == Some(component);
                needs.runs_code |= code && self.waits(component);
                self.unless(component, needs, step)
            }
            Step::Set { object, value, .. } => {
                let needs = self.needs(component, vec![(object, false), (value, false)])?;
                self.unless(component, needs, step)
            }
            Step::Attributes { dict, others } => {
                let dict = self.attributes(id, component, dict)?;
                let others = self.attributes(id, component, others)?;
                let nothing = dict.is_empty() && others.is_empty();
                (!nothing).then_some(Step::Attributes { dict, others })
            }
            Step::Append(items) => {
                let (now, late, needs) = self.items(component, items, false)?;
                self.fill_later(id, component, "list.extend", Items::Of(late), needs);
                Some(Step::Append(now))
            }
            Step::Add(items) => {
                let (now, late, needs) = self.items(component, items, true)?;
                self.fill_later(id, component, "set.update", Items::Of(late), needs);
                Some(Step::Add(now))
            }
            Step::SetItems(entries) => {
                let (now, late, needs) = self.entries(component, entries)?;
                self.fill_later(id, component, "dict.update", Items::Pairs(late), needs);
                Some(Step::SetItems(now))
            }
            Step::Fill { method, object, items } => self.fill(component, method, object, items)?,
        })
    }

    fn unless(&mut self, component: u32, needs: Needs, step: Step) -> Option<Step> {
        if needs.is_nothing() {
            return Some(step);
        }
        self.put_off(component, needs, step);
        None
    }

    fn put_off(&mut self, component: u32, needs: Needs, step: Step) {
        match needs.calls {
            Some((_, outermost)) => self.waiting.entry(outermost).or_default().push(step),
            None => self.knots.entry(component).or_default().instances.push(step),
        }
    }

    /// The attributes that can be set now.
    fn attributes(&mut self, id: Id, component: u32, pairs: Pairs) -> Result<Pairs> {
        let mut now = Vec::new();
        for (name, value) in pairs {
            let needs = self.needs(component, vec![(value, false)])?;
            if needs.is_nothing() {
                now.push((name, value));
            } else {
                let step = self.sketch.set_attribute(id, name, value);
                self.put_off(component, needs, step);
            }
        }
        Ok(now)
    }

    /// Items up to the first one that must wait, and the rest, in their order.
    fn items(&mut self, component: u32, mut items: Vec<Id>, hashed: bool) -> Result<(Vec<Id>, Vec<Id>, Needs)> {
        for at in 0..items.len() {
            let mut needs = self.needs(component, vec![(items[at], false)])?;
            needs.runs_code |= hashed && self.is_hashed(component, items[at]);
            if !needs.is_nothing() {
                let late = items.split_off(at);
                return Ok((items, late, needs));
            }
        }
        Ok((items, Vec::new(), Needs::default()))
    }

    /// The same for a dict.
    fn entries(&mut self, component: u32, mut entries: Pairs) -> Result<(Pairs, Pairs, Needs)> {
        for at in 0..entries.len() {
            let needs = self.entry_needs(component, entries[at])?;
            if !needs.is_nothing() {
                let late = entries.split_off(at);
                return Ok((entries, late, needs));
            }
        }
        Ok((entries, Vec::new(), Needs::default()))
    }

    fn entry_needs(&mut self, component: u32, (key, value): (Id, Id)) -> Result<Needs> {
        let mut needs = self.needs(component, vec![(key, false), (value, false)])?;
        needs.runs_code |= self.is_hashed(component, key);
        Ok(needs)
    }

    fn fill_later(&mut self, object: Id, component: u32, method: &'static str, items: Items, needs: Needs) {
        if !items.is_empty() {
            let method = self.sketch.global("builtins", method);
            self.put_off(component, needs, Step::Fill { method, object, items });
        }
    }

    fn fill(&mut self, component: u32, method: Id, object: Id, items: Items) -> Result<Option<Step>> {
        let (now, late, needs) = match items {
            Items::Of(items) => {
                let hashed = matches!(self.sketch.node(object).make, Make::Set);
                let (now, late, needs) = self.items(component, items, hashed)?;
                (Items::Of(now), Items::Of(late), needs)
            }
            // The order of globals is nobody's.
            Items::Pairs(entries) if self.sketch.node(object).ours => {
                return self.globals(component, method, object, entries);
            }
            Items::Pairs(entries) => {
                let (now, late, needs) = self.entries(component, entries)?;
                (Items::Pairs(now), Items::Pairs(late), needs)
            }
        };
        if !late.is_empty() {
            let items = late;
            self.put_off(component, needs, Step::Fill { method, object, items });
        }
        let items = now;
        Ok((!items.is_empty()).then_some(Step::Fill { method, object, items }))
    }

    /// What functions bring along: all at once if that can be, but instances on their own.
    fn globals(&mut self, component: u32, method: Id, object: Id, entries: Pairs) -> Result<Option<Step>> {
        let fill = |entries| Step::Fill {
            method,
            object,
            items: Items::Pairs(entries),
        };
        let (mut now, mut instances) = (Vec::new(), Vec::new());
        let mut late: Vec<(Id, Pairs)> = Vec::new();
        for entry in entries {
            let needs = self.entry_needs(component, entry)?;
            match needs.calls {
                Some((_, call)) => match late.iter_mut().find(|(other, _)| *other == call) {
                    Some((_, entries)) => entries.push(entry),
                    None => late.push((call, vec![entry])),
                },
                None if needs.runs_code => instances.push(entry),
                None => now.push(entry),
            }
        }
        // One call for what need not wait and what need not wait long.
        if let Some((_, entries)) = late.iter_mut().max_by_key(|(call, _)| self.reach.depth(*call)) {
            entries.splice(0..0, now.drain(..));
        }
        for (call, entries) in late {
            self.waiting.entry(call).or_default().push(fill(entries));
        }
        if !instances.is_empty() {
            self.knots.entry(component).or_default().instances.push(fill(instances));
        }
        Ok((!now.is_empty()).then(|| fill(now)))
    }
}
