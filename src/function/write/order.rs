//! In which order objects are made and filled.
//!
//! A pickle makes an object when its parts are there, and fills it right after. Two kinds of fills must wait.
//!
//! Inside the arguments of a call that is under way, a fill that needs the result would have it made a second time. It
//! becomes a call beside that object, as soon as this is made.
//!
//! And where the code of a class or function of the pickle runs, because an instance is made, all that it may look for
//! must be there. So an instance waits until everything that leads to it and that it leads to has been filled, but for
//! what it is needed for itself: that comes beside the outermost object of them. Objects lead to each other if they are in
//! one strongly connected component.

use super::{
    components::components,
    reach::{Needs, Reach},
    skeleton,
    sketch::{Filled, Fold, Id, Items, Make, Sketch, Step},
};
use crate::error::Result;
use std::collections::{HashMap, HashSet, VecDeque};

/// What is done next while the stream is acted out. The flag says that all that is in an object is known to be free.
enum Act {
    Visit(Id, bool),
    /// The parts of an object have been written.
    Close(Id, bool),
    /// Its next step.
    Step(Id, bool),
}

/// Where objects lead to each other.
#[derive(Default)]
struct Knot {
    /// The outermost call, until it is filled.
    outermost: Option<Id>,
    /// Whether all is filled that needs no code of the pickle to run.
    settled: bool,
    /// What waits for that.
    instances: Vec<Step>,
    /// What comes after everything else.
    last: Vec<Step>,
}

struct Order<'s> {
    sketch: &'s mut Sketch,
    reach: Reach,
    /// Whether instances wait.
    patient: bool,
    knots: HashMap<u32, Knot>,
    /// What waits for a call.
    waiting: HashMap<Id, Vec<Step>>,
    /// The steps of an object that are still to be taken.
    todo: HashMap<Id, VecDeque<Step>>,
    /// Attributes that come last.
    last: HashSet<(Id, Id)>,
    seen: Vec<bool>,
}

/// Puts off what must wait, for a stream of these roots. `patient`: instances wait for all that their code may look for.
pub(super) fn order(sketch: &mut Sketch, roots: &[Id], patient: bool) -> Result<()> {
    let component = components(sketch);
    fold(sketch, &component);
    let reach = Reach::new(sketch, component);
    let last = match patient {
        true => skeleton::last(sketch, &reach),
        false => HashSet::new(),
    };
    let seen = vec![false; sketch.nodes.len()];
    let mut order = Order {
        sketch,
        reach,
        patient,
        knots: HashMap::new(),
        waiting: HashMap::new(),
        todo: HashMap::new(),
        last,
        seen,
    };
    for root in roots {
        order.act(*root)?;
    }
    Ok(())
}

impl Order<'_> {
    fn act(&mut self, root: Id) -> Result<()> {
        let mut acts = vec![Act::Visit(root, false)];
        while let Some(act) = acts.pop() {
            match act {
                Act::Visit(id, free) => self.visit(id, free, &mut acts)?,
                Act::Close(id, free) => self.close(id, free, &mut acts),
                Act::Step(id, free) => self.step(id, free, &mut acts)?,
            }
        }
        Ok(())
    }

    /// The first of these comes out first.
    fn push(&self, acts: &mut Vec<Act>, of: Id, parts: Vec<Id>, free: bool) {
        let component = self.reach.component(of);
        // What is known of one component says nothing of another.
        let visit = |id: Id| Act::Visit(id, free && self.reach.component(id) == component);
        acts.extend(parts.into_iter().rev().map(visit));
    }

    fn visit(&mut self, id: Id, free: bool, acts: &mut Vec<Act>) -> Result<()> {
        let at = id.0 as usize;
        if self.seen.len() <= at {
            self.seen.resize(at + 1, false);
        }
        if std::mem::replace(&mut self.seen[at], true) {
            return Ok(());
        }
        let mut free = free;
        let mut parts_free = free;
        if let (Make::Call { .. }, Some(component)) = (&self.sketch.node(id).make, self.reach.component(id)) {
            if self.sketch.node(id).ours {
                (free, parts_free) = (false, false);
            } else {
                free = free || self.needs(component, vec![(id, true)])?.calls.is_none();
                parts_free = free;
            }
            self.reach.open(id, component);
            self.knots.entry(component).or_default().outermost.get_or_insert(id);
            self.hold_attributes(id, component)?;
        }
        acts.push(Act::Close(id, free));
        let parts = self.sketch.parts(id);
        self.push(acts, id, parts, parts_free);
        Ok(())
    }

    /// What cannot be among the attributes that a class is made with is set when it is there.
    fn hold_attributes(&mut self, id: Id, component: u32) -> Result<()> {
        let Some(class) = self.sketch.classes.get(&id) else {
            return Ok(());
        };
        let dict = class.attributes;
        let mut late = Vec::new();
        let mut steps = std::mem::take(&mut self.sketch.node_mut(dict).steps);
        for step in &mut steps {
            let Step::SetItems(entries) = step else { continue };
            for (name, value) in std::mem::take(entries) {
                if self.last.contains(&(dict, name)) {
                    let step = self.sketch.set_attribute(id, name, value);
                    self.knots.entry(component).or_default().last.push(step);
                } else if self.needs(component, vec![(value, false)])?.is_nothing() {
                    entries.push((name, value));
                } else {
                    late.push(self.sketch.set_attribute(id, name, value));
                }
            }
        }
        let node = self.sketch.node_mut(dict);
        node.steps = steps;
        let node = self.sketch.node_mut(id);
        late.append(&mut node.steps);
        node.steps = late;
        Ok(())
    }

    fn close(&mut self, id: Id, free: bool, acts: &mut Vec<Act>) {
        match (&self.sketch.node(id).make, self.reach.component(id)) {
            (Make::Call { .. }, Some(component)) => self.reach.close(id, component),
            _ => self.reach.made(id),
        }
        // What others need of it comes before what its own code may run for.
        let mut steps: VecDeque<Step> = self.waiting.remove(&id).unwrap_or_default().into();
        steps.extend(std::mem::take(&mut self.sketch.node_mut(id).steps));
        self.todo.insert(id, steps);
        acts.push(Act::Step(id, free));
    }

    fn step(&mut self, id: Id, free: bool, acts: &mut Vec<Act>) -> Result<()> {
        let Some(step) = self.next(id) else {
            self.todo.remove(&id);
            return Ok(());
        };
        acts.push(Act::Step(id, free));
        let Some(step) = self.now(id, step, free)? else {
            return Ok(());
        };
        let free = match step {
            Step::State(_) => free || self.sketch.node(id).ours,
            // All that is in them must be there at once.
            Step::Setter { .. } | Step::Aside { .. } => true,
            Step::Append(_) | Step::SetItems(_) | Step::Add(_) => free,
            Step::Set { .. } | Step::Fill { .. } | Step::Attributes { .. } => false,
        };
        self.push(acts, id, step.parts(), free);
        self.sketch.step(id, step);
        Ok(())
    }

    /// The next step of an object; for the outermost one of a knot also those that waited for all the others.
    fn next(&mut self, id: Id) -> Option<Step> {
        let todo = self.todo.get_mut(&id)?;
        if let Some(step) = todo.pop_front() {
            return Some(step);
        }
        let knot = self.knots.get_mut(&self.reach.component(id)?)?;
        if knot.outermost != Some(id) {
            return None;
        }
        knot.settled = true;
        todo.extend(knot.instances.drain(..));
        if todo.is_empty() {
            todo.extend(knot.last.drain(..));
        }
        if todo.is_empty() {
            *knot = Knot::default();
        }
        todo.pop_front()
    }

    fn needs(&mut self, component: u32, of: Vec<(Id, bool)>) -> Result<Needs> {
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
    fn now(&mut self, id: Id, step: Step, free: bool) -> Result<Option<Step>> {
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
    fn attributes(&mut self, id: Id, component: u32, pairs: Vec<(Id, Id)>) -> Result<Vec<(Id, Id)>> {
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
    #[allow(clippy::type_complexity)]
    fn entries(&mut self, component: u32, mut entries: Vec<(Id, Id)>) -> Result<(Vec<(Id, Id)>, Vec<(Id, Id)>, Needs)> {
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
                let (now, late, needs) = self.items(component, items, false)?;
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
    fn globals(&mut self, component: u32, method: Id, object: Id, entries: Vec<(Id, Id)>) -> Result<Option<Step>> {
        let fill = |entries| Step::Fill {
            method,
            object,
            items: Items::Pairs(entries),
        };
        let (mut now, mut instances) = (Vec::new(), Vec::new());
        let mut late: Vec<(Id, Vec<(Id, Id)>)> = Vec::new();
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

/// Makes arguments of what does not lead back to its call, and attributes of the rest.
fn fold(sketch: &mut Sketch, component: &[u32]) {
    for Fold {
        call,
        position,
        name,
        value,
    } in std::mem::take(&mut sketch.folds)
    {
        if component[call.0 as usize] == component[value.0 as usize] {
            let others = vec![(sketch.text(name), value)];
            sketch.step(
                call,
                Step::Attributes {
                    dict: Vec::new(),
                    others,
                },
            );
            continue;
        }
        let none = sketch.none();
        if let Make::Call { args, .. } = &mut sketch.node_mut(call).make {
            if args.len() <= position {
                args.resize(position + 1, none);
            }
            args[position] = value;
        }
    }
}
