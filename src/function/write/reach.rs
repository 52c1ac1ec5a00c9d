//! What must be made before something else can be, while the stream is acted out.

use super::sketch::{Filled, Id, Make, Sketch, Step};
use crate::error::{ErrorKind, Result};
use std::collections::HashMap;

/// How many times over the objects may be gone through in search of what they need.
const ROUNDS: usize = 256;

/// How far an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Progress {
    New,
    /// A call whose arguments are being made, and how many such calls of its component it is inside of.
    Open(u32),
    Made,
}

/// What stands in the way of making something.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Needs {
    /// The innermost and the outermost call under way that must be done first.
    pub(super) calls: Option<(Id, Id)>,
    /// Whether code of the pickle runs to make it.
    pub(super) runs_code: bool,
}

impl Needs {
    pub(super) fn is_nothing(self) -> bool {
        self == Needs::default()
    }
}

/// Which objects lead to each other, and how far they are.
pub(super) struct Reach {
    component: Vec<u32>,
    /// The components in which there is an order to be found: those of several objects, with functions or classes.
    live: Vec<bool>,
    progress: Vec<Progress>,
    open: HashMap<u32, Vec<Id>>,
    /// For each object the search that came by last, times two, and one more if all of it is needed.
    stamps: Vec<u32>,
    searches: u32,
    /// For each object how many calls had been opened when nothing was found in its way, and whether for all of it.
    free: Vec<Option<(u32, bool)>>,
    opened: u32,
    budget: usize,
}

impl Reach {
    pub(super) fn new(sketch: &Sketch, component: Vec<u32>) -> Self {
        let count = sketch.nodes.len();
        let mut sizes = vec![(0usize, false); count];
        for (node, component) in sketch.nodes.iter().zip(&component) {
            let (size, ours) = &mut sizes[*component as usize];
            (*size, *ours) = (*size + 1, *ours || node.ours);
        }
        Reach {
            component,
            live: sizes.into_iter().map(|(size, ours)| size > 1 && ours).collect(),
            progress: vec![Progress::New; count],
            open: HashMap::new(),
            stamps: vec![0; count],
            searches: 0,
            free: vec![None; count],
            opened: 0,
            budget: ROUNDS * (count + 1000),
        }
    }

    /// The component of an object, if there is an order to be found in it.
    pub(super) fn component(&self, id: Id) -> Option<u32> {
        // What was added meanwhile is text and the like.
        let component = *self.component.get(id.0 as usize)?;
        self.live[component as usize].then_some(component)
    }

    pub(super) fn is_open(&self, component: u32) -> bool {
        self.open.get(&component).is_some_and(|open| !open.is_empty())
    }

    /// How many calls of its component a call under way is inside of.
    pub(super) fn depth(&self, id: Id) -> Option<u32> {
        match self.progress.get(id.0 as usize) {
            Some(Progress::Open(depth)) => Some(*depth),
            _ => None,
        }
    }

    pub(super) fn open(&mut self, id: Id, component: u32) {
        self.opened += 1;
        let open = self.open.entry(component).or_default();
        self.progress[id.0 as usize] = Progress::Open(open.len() as u32);
        open.push(id);
    }

    pub(super) fn close(&mut self, id: Id, component: u32) {
        if let Some(open) = self.open.get_mut(&component) {
            open.pop();
        }
        self.made(id);
    }

    pub(super) fn made(&mut self, id: Id) {
        if let Some(progress) = self.progress.get_mut(id.0 as usize) {
            *progress = Progress::Made;
        }
    }

    /// What these objects of a component need that is not made yet. With `true` all that is in them must be there; else
    /// lists, dicts and functions can be filled later.
    pub(super) fn needs(&mut self, sketch: &Sketch, component: u32, of: Vec<(Id, bool)>) -> Result<Needs> {
        let (mut inner, mut outer) = (0, u32::MAX);
        let innermost = self.open.get(&component).map_or(0, Vec::len).saturating_sub(1) as u32;
        let (mut runs_code, mut seen) = (false, Vec::new());
        self.searches += 1;
        let mut stack = of;
        while let Some((id, all)) = stack.pop() {
            let at = id.0 as usize;
            if self.component(id) != Some(component) {
                continue;
            }
            match self.progress[at] {
                Progress::Made => continue,
                Progress::Open(depth) => {
                    (inner, outer) = (inner.max(depth), outer.min(depth));
                    // There is no more to be known.
                    if (inner, outer) == (innermost, 0) {
                        break;
                    }
                    continue;
                }
                Progress::New => {}
            }
            let stamp = self.searches * 2 + u32::from(all);
            let free = self.free[at].is_some_and(|(opened, of_all)| opened == self.opened && of_all >= all);
            if free || self.stamps[at] >= stamp {
                continue;
            }
            self.stamps[at] = stamp;
            seen.push((at, all));
            runs_code |= self.runs_code(sketch, id);
            let before = stack.len();
            needed(sketch, id, all, &mut stack);
            self.budget = self
                .budget
                .checked_sub(1 + stack.len() - before)
                .ok_or(ErrorKind::Unwritable("too many objects refer to each other"))?;
        }
        let open = self.open.get(&component);
        let call = |depth: u32| open.and_then(|open| open.get(depth as usize)).copied();
        let needs = Needs {
            calls: call(inner).zip(call(outer)),
            runs_code,
        };
        if needs.is_nothing() {
            for (at, all) in seen {
                self.free[at] = Some((self.opened, all));
            }
        }
        Ok(needs)
    }

    /// Whether code of the pickle runs when an object is made: it is an instance of a class, or a class whose metaclass
    /// or bases have a say in it.
    pub(super) fn runs_code(&self, sketch: &Sketch, id: Id) -> bool {
        let node = sketch.node(id);
        let Make::Call { callable, .. } = &node.make else {
            return false;
        };
        match sketch.runs.get(&id) {
            Some(classes) => {
                let component = self.component(id);
                classes.iter().any(|class| self.component(*class) == component)
            }
            None => !node.ours && !matches!(sketch.node(*callable).make, Make::Global { .. }),
        }
    }
}

/// What is made on the way to an object, or all that is in it.
fn needed(sketch: &Sketch, id: Id, all: bool, into: &mut Vec<(Id, bool)>) {
    let node = sketch.node(id);
    let plain = matches!(node.make, Make::Call { .. }) && !node.ours;
    into.extend(sketch.parts(id).into_iter().map(|part| (part, all || plain)));
    let filled = match (node.filled, &node.make) {
        // It can go to the class instead.
        (Filled::Attributes, _) => false,
        (Filled::Before, _) => true,
        (Filled::Late, Make::List | Make::Dict | Make::Set) => all && !node.ours,
        (Filled::Late, _) => plain,
    };
    if filled {
        let steps = node.steps.iter().filter(|step| {
            matches!(
                step,
                Step::Append(_) | Step::SetItems(_) | Step::Add(_) | Step::State(_) | Step::Setter { .. }
            )
        });
        let parts = steps.flat_map(Step::parts);
        into.extend(parts.map(|part| (part, all || plain)));
    }
}
