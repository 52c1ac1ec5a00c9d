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
    reach::Reach,
    skeleton,
    sketch::{Fold, Id, Make, Sketch, Step},
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
pub(super) struct Knot {
    /// The outermost call, until it is filled.
    pub(super) outermost: Option<Id>,
    /// Whether all is filled that needs no code of the pickle to run.
    pub(super) settled: bool,
    /// What waits for that.
    pub(super) instances: Vec<Step>,
    /// What comes after everything else.
    last: Vec<Step>,
}

pub(super) struct Order<'s> {
    pub(super) sketch: &'s mut Sketch,
    pub(super) reach: Reach,
    /// Whether instances wait.
    pub(super) patient: bool,
    pub(super) knots: HashMap<u32, Knot>,
    /// What waits for a call.
    pub(super) waiting: HashMap<Id, Vec<Step>>,
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
        if let (Make::Call { .. }, Some(component)) = (&self.sketch.node(id).make, self.reach.component(id)) {
            let ours = self.sketch.node(id).ours;
            // Where an object cannot wait, what is in it may.
            free = !ours
                && (free || !self.reach.is_open(component) || self.needs(component, vec![(id, true)])?.calls.is_none());
            self.reach.open(id, component);
            self.knots.entry(component).or_default().outermost.get_or_insert(id);
            self.hold_attributes(id, component)?;
        }
        acts.push(Act::Close(id, free));
        let parts = self.sketch.parts(id);
        self.push(acts, id, parts, free);
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
        // What others need of it comes before what its own code may run for, and its bases before it is a base itself.
        let mut steps: VecDeque<Step> = self.sketch.real_bases.remove(&id).into_iter().collect();
        steps.extend(self.waiting.remove(&id).unwrap_or_default());
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
