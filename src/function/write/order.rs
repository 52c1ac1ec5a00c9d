//! Which fills must wait, and for what.
//!
//! A pickle makes an object when its parts are there, and fills it right after. Inside the arguments of an object that is
//! not there yet, a fill that leads to that object would have it made a second time. Such a fill waits: it becomes a call
//! beside the outermost object that is under way and that it leads to. Two objects lead to each other if they are in one
//! strongly connected component, so that is asked once for all of them.

use super::sketch::{Fold, Id, Make, Sketch, Step};
use crate::error::{ErrorKind, Result};
use std::collections::HashMap;

/// The component of each object.
fn components(sketch: &Sketch) -> Vec<u32> {
    const NEW: u32 = u32::MAX;
    let count = sketch.nodes.len();
    let (mut index, mut low, mut component) = (vec![NEW; count], vec![0; count], vec![NEW; count]);
    let (mut next, mut found) = (0, 0);
    // Where they will be is not known yet, but that they lead there is.
    let mut folds: HashMap<Id, Vec<Id>> = HashMap::new();
    for fold in &sketch.folds {
        folds.entry(fold.call).or_default().push(fold.value);
    }
    let mut open: Vec<usize> = Vec::new();
    // Tarjan's, on a stack of its own.
    let mut stack: Vec<(usize, Vec<Id>)> = Vec::new();
    for start in 0..count {
        if index[start] != NEW {
            continue;
        }
        stack.push((start, Vec::new()));
        let mut entering = true;
        while let Some((at, edges)) = stack.last_mut() {
            let at = *at;
            if entering {
                (index[at], low[at]) = (next, next);
                next += 1;
                open.push(at);
                *edges = sketch.parts(Id(at as u32));
                edges.extend(sketch.nodes[at].steps.iter().flat_map(Step::parts));
                edges.extend(folds.get(&Id(at as u32)).into_iter().flatten());
                entering = false;
            }
            match edges.pop() {
                Some(Id(to)) if index[to as usize] == NEW => {
                    stack.push((to as usize, Vec::new()));
                    entering = true;
                }
                Some(Id(to)) if component[to as usize] == NEW => low[at] = low[at].min(index[to as usize]),
                Some(_) => {}
                None => {
                    stack.pop();
                    if let Some((parent, _)) = stack.last() {
                        low[*parent] = low[*parent].min(low[at]);
                    }
                    if low[at] == index[at] {
                        while let Some(member) = open.pop() {
                            component[member] = found;
                            if member == at {
                                break;
                            }
                        }
                        found += 1;
                    }
                }
            }
        }
    }
    component
}

/// What is done next while the stream is acted out.
enum Act {
    Visit(Id),
    /// The parts of a call have been written.
    Close(Id),
    /// What waited for it.
    Waiting(Id),
}

struct Order<'s> {
    sketch: &'s mut Sketch,
    component: Vec<u32>,
    /// The outermost call under way of each component.
    open: HashMap<u32, Id>,
    waiting: HashMap<Id, Vec<(Id, Step)>>,
    seen: Vec<bool>,
}

/// Puts off what must wait, for a stream of these roots.
pub(super) fn order(sketch: &mut Sketch, roots: &[Id]) -> Result<()> {
    let component = components(sketch);
    fold(sketch, &component);
    late_attributes(sketch, &component)?;
    let seen = vec![false; sketch.nodes.len()];
    let mut order = Order {
        sketch,
        component,
        open: HashMap::new(),
        waiting: HashMap::new(),
        seen,
    };
    for root in roots {
        order.act(*root);
    }
    Ok(())
}

impl Order<'_> {
    fn component(&self, id: Id) -> u32 {
        // What was added meanwhile is met where it was added.
        self.component.get(id.0 as usize).copied().unwrap_or(u32::MAX)
    }

    fn act(&mut self, root: Id) {
        let mut acts = vec![Act::Visit(root)];
        while let Some(act) = acts.pop() {
            match act {
                Act::Visit(id) => self.visit(id, &mut acts),
                Act::Close(id) => {
                    let component = self.component(id);
                    if self.open.get(&component) == Some(&id) {
                        self.open.remove(&component);
                    }
                    acts.push(Act::Waiting(id));
                    push_all(&mut acts, self.sketch.node(id).steps.iter().flat_map(Step::parts));
                }
                Act::Waiting(id) => {
                    let Some(late) = self.waiting.remove(&id) else { continue };
                    let mut parts = Vec::new();
                    for (of, step) in late {
                        let step = self.beside(of, step);
                        parts.extend(step.parts());
                        self.sketch.step(id, step);
                    }
                    push_all(&mut acts, parts.into_iter());
                }
            }
        }
    }

    fn visit(&mut self, id: Id, acts: &mut Vec<Act>) {
        let at = id.0 as usize;
        if self.seen.len() <= at {
            self.seen.resize(at + 1, false);
        }
        if std::mem::replace(&mut self.seen[at], true) {
            return;
        }
        let component = self.component(id);
        if let Some(owner) = self.open.get(&component).copied() {
            self.put_off(id, owner, component);
        }
        let parts = self.sketch.parts(id);
        if let Make::Call { .. } = self.sketch.node(id).make {
            self.open.entry(component).or_insert(id);
            acts.push(Act::Close(id));
        } else {
            push_all(acts, self.sketch.node(id).steps.iter().flat_map(Step::parts));
        }
        push_all(acts, parts.into_iter());
    }

    /// Moves what leads to an object that is under way to the calls that are made beside it.
    fn put_off(&mut self, id: Id, owner: Id, component: u32) {
        let node = self.sketch.node(id);
        let whole = matches!(node.make, Make::Dict { whole: true });
        if whole || !(node.ours || self.sketch.node(owner).ours) {
            return;
        }
        let mut now = Vec::new();
        let mut late = Vec::new();
        for step in std::mem::take(&mut self.sketch.node_mut(id).steps) {
            let leads = |part: &Id| self.component(*part) == component;
            // Once one waits, what was done after it must wait too.
            if late.is_empty() && !step.parts().iter().any(leads) {
                now.push(step);
                continue;
            }
            match step {
                Step::Attributes { dict, others } => {
                    let (late_dict, dict): (Vec<_>, Vec<_>) = dict.into_iter().partition(|(_, value)| leads(value));
                    let (late_others, others): (Vec<_>, Vec<_>) =
                        others.into_iter().partition(|(_, value)| leads(value));
                    if !(dict.is_empty() && others.is_empty()) {
                        now.push(Step::Attributes { dict, others });
                    }
                    let waits = late_dict.into_iter().chain(late_others);
                    late.extend(waits.map(|(name, value)| self.sketch.set_attribute(id, name, value)));
                }
                Step::Append(mut items) => {
                    let waits = items.iter().position(leads).unwrap_or(0);
                    late.push(Step::Append(items.split_off(waits)));
                    now.push(Step::Append(items));
                }
                Step::SetItems(mut entries) => {
                    let waits = entries.iter().position(|(key, value)| leads(key) || leads(value));
                    late.push(Step::SetItems(entries.split_off(waits.unwrap_or(0))));
                    now.push(Step::SetItems(entries));
                }
                // BUILD cannot be done from outside.
                Step::State(_) => now.push(step),
                step => late.push(step),
            }
        }
        self.sketch.node_mut(id).steps = now;
        if !late.is_empty() {
            let waiting = self.waiting.entry(owner).or_default();
            waiting.extend(late.into_iter().map(|step| (id, step)));
        }
    }

    /// A step of one object as a call that is made beside another.
    fn beside(&mut self, of: Id, step: Step) -> Step {
        let sketch = &mut *self.sketch;
        let (method, items) = match step {
            Step::Append(items) => ("list.extend", sketch.list(items)),
            Step::Add(items) => ("set.update", sketch.list(items)),
            Step::SetItems(entries) => ("dict.update", sketch.dict(entries)),
            Step::Setter { setter, state } => {
                return Step::Aside {
                    callable: setter,
                    args: vec![of, state],
                };
            }
            step => return step,
        };
        Step::Aside {
            callable: sketch.global("builtins", method),
            args: vec![of, items],
        }
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

/// The first comes out first.
fn push_all(acts: &mut Vec<Act>, ids: impl Iterator<Item = Id>) {
    let start = acts.len();
    acts.extend(ids.map(Act::Visit));
    acts[start..].reverse();
}

/// How many times over the objects may be gone through to find the attributes that need their own class.
const ROUNDS: usize = 64;

/// Attributes that cannot be there when their class is made, because they are made from it (an instance of it, a class
/// that derives from it), are set afterwards.
fn late_attributes(sketch: &mut Sketch, component: &[u32]) -> Result<()> {
    // What was added since the components were found is text.
    let of = |id: Id| component.get(id.0 as usize);
    let mut needed_by: HashMap<Id, Vec<Id>> = HashMap::new();
    let of_classes: std::collections::HashSet<u32> = sketch
        .classes
        .iter()
        .filter_map(|(class, _)| of(*class).copied())
        .collect();
    for (at, node) in sketch.nodes.iter().enumerate() {
        let id = Id(at as u32);
        if of(id).is_none_or(|component| !of_classes.contains(component)) {
            continue;
        }
        let fixed = node.steps.iter().filter(|step| match node.make {
            Make::Dict { whole } => whole,
            Make::List | Make::Set => false,
            _ => matches!(
                step,
                Step::State(_) | Step::Append(_) | Step::SetItems(_) | Step::Add(_)
            ),
        });
        for part in sketch.parts(id).into_iter().chain(fixed.flat_map(Step::parts)) {
            if of(part) == of(id) {
                needed_by.entry(part).or_default().push(id);
            }
        }
    }
    let mut budget = ROUNDS * (sketch.nodes.len() + 1000);
    for (class, attributes) in sketch.classes.clone() {
        let mut needs_class = std::collections::HashSet::from([class]);
        let mut stack = vec![class];
        while let Some(id) = stack.pop() {
            for user in needed_by.get(&id).into_iter().flatten() {
                budget = budget
                    .checked_sub(1)
                    .ok_or(ErrorKind::Unwritable("too many classes refer to each other"))?;
                // Its own attributes are what is to be decided.
                if *user != attributes && needs_class.insert(*user) {
                    stack.push(*user);
                }
            }
        }
        let mut late = Vec::new();
        for step in &mut sketch.node_mut(attributes).steps {
            if let Step::SetItems(entries) = step {
                let (waits, now) = entries.drain(..).partition(|(_, value)| needs_class.contains(value));
                *entries = now;
                late.extend::<Vec<_>>(waits);
            }
        }
        for (name, value) in late {
            if let Some(users) = needed_by.get_mut(&value) {
                users.retain(|user| *user != attributes);
            }
            let step = sketch.set_attribute(class, name, value);
            sketch.step(class, step);
        }
    }
    Ok(())
}
